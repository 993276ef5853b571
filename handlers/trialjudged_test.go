package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// The verdict is on what the requests brought, whatever browsers usually do.
func TestTrialIsJudgedByWhatCame(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	h := tl.Handler()
	for _, tt := range []struct {
		name   string
		bring  []bool // to /settings/seen, /seen and the page
		says   string
		unsure bool
	}{
		{"every", []bool{true,
			true, true}, `class="opt happened"><input type="radio" name="predict" value="settings:every"`, false},
		{"under", []bool{true, false, true}, "Correct.", false},
		{"under, and then its time was over", []bool{true, false, false}, "Correct.", false},
		{"page", []bool{false,
			false, true}, `class="opt happened"><input type="radio" name="predict" value="settings:page"`, false},
		{"none", []bool{false, false, false}, "", true},
	} {
		w := serve(h, http.MethodPost, "/settings",
			"name=a&path=/settings&age=60&predict=settings:under", "")
		sent, err := http.ParseSetCookie(w.Header().Get("Set-Cookie"))
		if err != nil {
			t.Fatal(err)
		}
		for _, bring := range tt.bring {
			cookie := "other=1"
			if bring {
				cookie += "; a=" + sent.Value
			}
			to, _, _ := strings.Cut(w.Header().Get("Location"), "#")
			w = serve(h, http.MethodGet, to, "", cookie)
		}
		page := answer{w.Code, w.Header(), w.Body.String()}
		if page.Status != http.StatusOK || tt.unsure != strings.Contains(page.Body, "Not judged yet.") {
			t.Errorf("%s: %d, unsure %v", tt.name, page.Status, !tt.unsure)
		}
		wantText(t, page, tt.says)
	}
}

// Another value under the name of the trial is not the trial.
func TestTrialIsKnownByItsValue(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	sent, _ := v.try()
	id := v.recorded(sent).ID
	for _, value := range []string{"", "x", "trial-", "trial-" + strings.Repeat("A", 26)} {
		cookie := "shopsession=" + value
		for _, path := range []string{"/settings/seen", "/seen", "/settings"} {
			a := tl.send(http.MethodGet, path+"?exchange="+id, "Cookie", cookie)
			if len(a.back()) > 0 || strings.Contains(a.Header.Get("Location"), "came") {
				t.Errorf("%s with %q takes it for the trial", path, cookie)
			}
		}
	}
}

// What nobody asked is not claimed, and a made-up finding is none.
func TestTrialClaimsNothingThatWasNotSeen(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	v := tl.visitor()
	sent, _ := v.try("predict", "settings:under")
	id := v.recorded(sent).ID
	for _, query := range []string{"", "&under=", "&under=yes&outside=Came", "&under=%3Cb%3E"} {
		a := v.get("/settings?exchange=" + id + query)
		if !slices.Equal(a.back(), []string{"/settings"}) || strings.Count(a.Body, "not asked this time") != 2 {
			t.Errorf("%q: %v", query, a.back())
		}
		wantText(t, a, "Not judged yet.")
	}
	again, by := v.follow(v.get("/settings/seen?exchange=" + id))
	if len(by) != 2 || !slices.Equal(again.back(), []string{"/settings", "/settings/seen"}) {
		t.Errorf("asked once more: by %v, back %v", by, again.back())
	}
	tl.at(now.Add(61 * time.Second))
	v.Jar = tl.visitor().Jar // the browser's clock goes with the server's
	over, _ := v.follow(v.get("/settings/seen?exchange=" + id))
	if over.headline() != "Nothing comes back: its time is over." {
		t.Errorf("after its end: %q", over.headline())
	}
	wantText(t, over, "Not judged yet.", "Its time was over at")
	for _, path := range []string{"/settings/seen", "/seen"} {
		a, by := v.follow(v.get(path + "?exchange=unknown&under=came&outside=came"))
		if !slices.Equal(by[len(by)-1:], []string{"/settings"}) || len(a.back()) > 0 ||
			!strings.Contains(a.Body, "made by another visitor") {
			t.Errorf("%s of an unknown exchange leads by %v to %v", path, by, a.back())
		}
	}
}

func TestTrialSaysWhyItWasDropped(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fields []string
		base   string
		why    string
	}{
		{[]string{"samesite", "None"}, "http://127.0.0.1", "SameSite=None` needs"},
		{[]string{"samesite", "None", "secure", "on"}, "https://lab.example", ""},
		{[]string{"secure", "on"}, "http://lab.example", "this page came from `http://lab.example`"},
		{[]string{"secure", "on"}, "https://lab.example", ""},
		{[]string{"name", "__Secure-a"}, "https://lab.example", "begins with `__Secure-` needs `Secure`"},
		{[]string{"name", "__secure-a", "secure", "on"}, "https://lab.example", ""},
		{[]string{"name", "__Host-a", "secure", "on", "path", "/settings"}, "https://lab.example", "and `Path=/`"},
		{[]string{"name", "__Host-a", "path", "/"}, "https://lab.example", "and `Path=/`"},
		{[]string{"name", "__HOST-a", "path", "/", "secure", "on"}, "https://lab.example", ""},
		{[]string{"name", "__Http-a", "secure", "on"}, "https://lab.example", "`Secure` and `HttpOnly`"},
		{[]string{"name", "__Http-a", "secure", "on", "httponly", "on"}, "https://lab.example", ""},
		{[]string{"name", "__Host-Http-a", "secure", "on", "path", "/"}, "https://lab.example", "and `HttpOnly`"},
		{nil, "http://127.0.0.1", ""},
	} {
		form := url.Values{"name": {"a"}, "path": {"/"}}
		for i := 0; i < len(tt.fields); i += 2 {
			form.Set(tt.fields[i], tt.fields[i+1])
		}
		c, err := newLab(t).trialCookie(form)
		if err != nil {
			t.Fatal(err)
		}
		if got := droppedBecause(c, tt.base); tt.why == "" && got != "" || !strings.Contains(got, tt.why) {
			t.Errorf("%v from %s: %q, want %q", tt.fields, tt.base, got, tt.why)
		}
	}
	v := newLab(t).visitor()
	v.Jar = nil // it drops all cookies
	_, page := v.try("secure", "on")
	if page.headline() != "Nothing came back: your browser dropped it." {
		t.Errorf("Secure on http: %q", page.headline())
	}
	wantText(t, page, "<code>Secure</code> asks for https")
	if _, page = v.try(); page.headline() != "Nothing came back." {
		t.Errorf("with all cookies blocked: %q", page.headline())
	}
}
