package handlers

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// follow goes where an answer leads, until it leads to no other address, as a browser does.
func (v *visitor) follow(a answer) (page answer, by []string) {
	v.t.Helper()
	for a.Status == http.StatusSeeOther {
		to, err := url.Parse(a.Header.Get("Location"))
		if err != nil || len(by) > 5 {
			v.t.Fatalf("after %v the way leads to %q", by, a.Header.Get("Location"))
		}
		by = append(by, to.Path)
		to.Fragment = ""
		a = v.get(to.String())
	}
	return a, by
}

// try sends the trial form, as it stands but for these fields, and returns the answer and the page it leads
// to.
func (v *visitor) try(fields ...string) (sent, page answer) {
	v.t.Helper()
	form := []string{"name", "shopsession", "age", "60", "path", "/settings", "samesite", "Lax", "httponly",
		"on"}
	for i := 0; i < len(fields); i += 2 {
		if at := slices.Index(form, fields[i]); at >= 0 {
			form[at+1] = fields[i+1]
		} else {
			form = append(form, fields[i], fields[i+1])
		}
	}
	sent = v.post("/settings", form...)
	page, _ = v.follow(sent)
	return sent, page
}

var (
	backRow  = regexp.MustCompile(`<p>GET (\S+) <span>(.*?)</span></p>\n`)
	headline = regexp.MustCompile(`<h4 class="headline" data-outcome tabindex="-1">(.*?)</h4>`)
)

// back are the addresses to which the page says that the trial cookie came.
func (a answer) back() (list []string) {
	for _, m := range backRow.FindAllStringSubmatch(a.Body, -1) {
		if strings.HasPrefix(m[2], "Cookie:") {
			list = append(list, m[1])
		}
	}
	return list
}

func (a answer) headline() string {
	m := headline.FindStringSubmatch(a.Body)
	if m == nil {
		return ""
	}
	return html.UnescapeString(withoutTags(m[1]))
}

// What the form says is what is sent, to the letter, and the page shows the header whole. The session is as
// it was, and none is made.
func TestTrialIsSentAsAsked(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, tt := range []struct {
		fields []string
		want   string
	}{
		{nil, "shopsession=ID; Path=/settings; Max-Age=60; HttpOnly; SameSite=Lax"},
		{[]string{"name", "a", "age", "", "path", "/", "samesite", ""}, "a=ID; Path=/; HttpOnly"},
		{[]string{"samesite", "None", "secure", "on"},
			"shopsession=ID; Path=/settings; Max-Age=60; HttpOnly; Secure; SameSite=None"},
		{[]string{"name", "__Host-a", "age", "86400", "path", "/", "samesite", "Strict", "secure", "on"},
			"__Host-a=ID; Path=/; Max-Age=86400; HttpOnly; Secure; SameSite=Strict"},
		{[]string{"name", strings.Repeat("n", 64), "path", "/" + strings.Repeat("p", 127)},
			strings.Repeat("n", 64) + "=ID; Path=/" + strings.Repeat("p", 127) +
				"; Max-Age=60; HttpOnly; SameSite=Lax"},
	} {
		v := tl.visitor()
		sent, page := v.try(tt.fields...)
		got := sent.Header.Values("Set-Cookie")
		if len(got) != 1 || regexp.MustCompile(`=trial-[A-Z2-7]{26}`).ReplaceAllString(got[0], "=ID") != tt.want {
			t.Errorf("%v sends %q, want %q", tt.fields, got, tt.want)
			continue
		}
		if !strings.Contains(page.text(), "Set-Cookie: "+got[0]) {
			t.Errorf("%v: the page does not show %q", tt.fields, got[0])
		}
		if v.token() != "" || tl.rows() != 0 {
			t.Errorf("%v: a session was made", tt.fields)
		}
	}
}

func TestTrialTouchesNoSession(t *testing.T) {
	t.Parallel()
	for name, tl := range map[string]*testLab{"sqlite": newLab(t), "cookie": newCookieLab(t)} {
		v := tl.visitor()
		v.run("/set", "key", "k", "value", "v")
		before, held := v.stored(), v.token()
		sent, page := v.try()
		x := v.recorded(sent)
		if name == "sqlite" {
			v.untouched(before)
		}
		if v.token() != held || x.SetCookie != nil || x.Committed != nil || len(x.Also) != 1 || x.Token != held {
			t.Errorf("%s: the session was written, or the record lacks the trial: %+v", name, x)
		}
		wantText(t, page, "trySettings()", "trial value", "trial cookie</span>",
			"it names no session")
		if a := v.get("/flow"); strings.Contains(a.Body, "trial cookie of the lesson") {
			t.Errorf("%s: the x-ray of /flow has a cookie that did not come", name)
		}
		v.try("path", "/")
		wantText(t, v.get("/flow"), "and a trial cookie of the lesson Settings")
		if a := v.get("/flow"); strings.Contains(a.Body, "of other programs") {
			t.Errorf("%s: the trial cookie is taken for another program's", name)
		}
	}
}

// The browser is led to an address under the page, to one that is not, and to the page. What each brought is
// on the page.
func TestTrialComesBackByPath(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, tt := range []struct {
		path     string
		back     []string
		headline string
		verdict  string
	}{
		{"/settings", []string{"/settings", "/settings/seen"},
			"It came back to /settings and /settings/seen.", "Correct."},
		{"/", []string{"/settings", "/settings/seen", "/seen"},
			"It came back to /settings and /settings/seen and /seen.", "Not judged yet."},
		{"/settings/", []string{"/settings/seen"},
			"It came back to /settings/seen.", "Not judged yet."},
		{"/set", nil, "Nothing came back: none of these addresses is under /set.", "Not judged yet."},
		{"/Settings", nil, "Nothing came back: none of these addresses is under /Settings.", "Not judged yet."},
		{"/seen", []string{"/seen"}, "It came back to /seen.", "Not judged yet."},
	} {
		v := tl.visitor()
		_, page := v.try("path", tt.path, "predict", "settings:under")
		if !slices.Equal(page.back(), tt.back) || page.headline() != tt.headline {
			t.Errorf("%s came back to %v, %q", tt.path, page.back(), page.headline())
		}
		wantText(t, page, tt.verdict)
	}
	_, by := tl.visitor().follow(tl.visitor().post("/settings", "name", "a", "path", "/"))
	if want := []string{"/settings/seen", "/seen", "/settings"}; !slices.Equal(by, want) {
		t.Errorf("the way is %v, want %v", by, want)
	}
}
