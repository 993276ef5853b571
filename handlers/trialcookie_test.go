package handlers

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/xray"
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

// try sends the trial form, as it stands but for these fields, and returns the answer and the page it leads to.
func (v *visitor) try(fields ...string) (sent, page answer) {
	v.t.Helper()
	form := []string{"name", "shopsession", "age", "60", "path", "/settings", "samesite", "Lax", "httponly", "on"}
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
	headline = regexp.MustCompile(`<h3 class="headline">(.*?)</h3>`)
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
	return html.UnescapeString(tags.ReplaceAllString(m[1], ""))
}

// What the form says is what is sent, to the letter, and the page shows the header whole. The session is as it
// was, and none is made.
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
			strings.Repeat("n", 64) + "=ID; Path=/" + strings.Repeat("p", 127) + "; Max-Age=60; HttpOnly; SameSite=Lax"},
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
			"it names no row")
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
			"Your browser kept it, and sent it back to /settings and /settings/seen.", "It was so."},
		{"/", []string{"/settings", "/settings/seen", "/seen"},
			"Your browser kept it, and sent it back to /settings and /settings/seen and /seen.", "could not tell"},
		{"/settings/", []string{"/settings/seen"},
			"Your browser kept it, and sent it back to /settings/seen.", "could not tell"},
		{"/set", nil, "Nothing came back: none of these addresses is under /set.", "could not tell"},
		{"/Settings", nil, "Nothing came back: none of these addresses is under /Settings.", "could not tell"},
		{"/seen", []string{"/seen"}, "Your browser kept it, and sent it back to /seen.", "could not tell"},
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
		{"every", []bool{true, true, true}, "What happened: Every request to this server.", false},
		{"under", []bool{true, false, true}, "It was so.", false},
		{"under, and then its time was over", []bool{true, false, false}, "It was so.", false},
		{"page", []bool{false, false, true}, "What happened: Only the page that set it.", false},
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
		if page.Status != http.StatusOK || tt.unsure != strings.Contains(page.Body, "This run could not tell") {
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
		wantText(t, a, "This run could not tell")
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
	wantText(t, over, "This run could not tell", "Its time was over at")
	for _, path := range []string{"/settings/seen", "/seen"} {
		a, by := v.follow(v.get(path + "?exchange=unknown&under=came&outside=came"))
		if !slices.Equal(by[len(by)-1:], []string{"/settings"}) || len(a.back()) > 0 ||
			!strings.Contains(a.Body, "is not kept here any more") {
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

// A browser holds one trial cookie at most: each deletes the one before, wherever it went.
func TestTrialDeletesTheOneBefore(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	was := regexp.MustCompile(`<input type="hidden" name="(was-[a-z]+)" value="([^"]*)">`)
	everywhere := func() (names []string) {
		for _, path := range []string{"/", "/settings", "/settings/seen", "/flow"} {
			u, _ := url.Parse(tl.url + path)
			for _, c := range v.Jar.Cookies(u) {
				if !slices.Contains(names, c.Name) {
					names = append(names, c.Name)
				}
			}
		}
		return names
	}
	var former []string
	for i, path := range []string{"/settings", "/flow", "/flow", "/", "/settings/seen"} {
		name := fmt.Sprint("shop", i)
		sent, page := v.try(append(former, "name", name, "path", path)...)
		if got := everywhere(); !slices.Equal(got, []string{name}) {
			t.Errorf("after %s the browser holds %v", path, got)
		}
		if n := len(sent.Header.Values("Set-Cookie")); n != min(i+1, 2) {
			t.Errorf("%s: %d headers", path, n)
		}
		former = nil
		for _, m := range was.FindAllStringSubmatch(page.Body, -1)[:2] {
			former = append(former, m[1], m[2])
		}
	}
	a := v.post("/settings/forget", former...)
	page, _ := v.follow(a)
	if len(everywhere()) != 0 || page.headline() != "No trial cookie came with this request." {
		t.Errorf("after the deletion: %v, %q", everywhere(), page.headline())
	}
	wantText(t, page, "Set-Cookie: shop4=; Path=/settings/seen; Max-Age=0")
}

// Those that the form does not know are deleted too, when they come.
func TestTrialDeletesStrays(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	for _, path := range []string{"/", "/settings"} {
		v.try("name", "left", "path", path)
	}
	wantText(t, v.get("/settings"), `action="/settings/forget"`)
	v.post("/settings/forget")
	if a := v.get("/settings"); strings.Contains(a.Body, "/settings/forget") || v.cookieNamed("left") != "" {
		t.Error("it came once more")
	}
	many := "shopsession=trial-A; sessionname=trial-B; notebook=trial-C; mine=1"
	for i := range 40 {
		many += fmt.Sprintf("; stray%d=trial-%d", i, i)
	}
	a := tl.send(http.MethodPost, "/settings/forget", "Cookie", many)
	for _, header := range a.Header.Values("Set-Cookie") {
		if strings.HasPrefix(header, "notebook=") || strings.HasPrefix(header, "mine=") ||
			strings.HasPrefix(header, "sessionname=") && header != deletion {
			t.Errorf("it sends %q", header)
		}
	}
	if n := len(a.Header.Values("Set-Cookie")); n != 3*4+1 {
		t.Errorf("%d headers for 41 strays", n)
	}
}

// hostileTrials are forms that are refused, each with one field that is not as it may be.
var hostileTrials = []struct{ field, value string }{
	{"name", ""}, {"name", "two words"}, {"name", "a=b"}, {"name", "a;b"}, {"name", "Schlüssel"},
	{"name", "\x00"}, {"name", "\xff"}, {"name", "a\r\nSet-Cookie: b=c"}, {"name", strings.Repeat("n", 65)},
	{"name", strings.Repeat("n", 4096)}, {"name", `"a"`}, {"name", "a,b"}, {"name", "🔑"},
	{"name", "sessionname"}, {"name", "SESSIONNAME"}, {"name", "SessionName"}, {"name", "session"},
	{"name", "sessionname2"}, {"name", "s"}, {"name", "__Host-sessionname"}, {"name", "__secure-SessionName"},
	{"name", "notebook"}, {"name", "Notebook"}, {"name", "__Host-notebook"}, {"name", "__Host-"},
	{"age", "0"}, {"age", "-1"}, {"age", "1.5"}, {"age", "soon"}, {"age", "86401"}, {"age", "1e3"},
	{"age", "9223372036854775807"}, {"age", " 5"}, {"age", "5; Domain=evil.example"},
	{"path", ""}, {"path", "shop"}, {"path", "/a;b"}, {"path", "/\r\n"}, {"path", "/ü"}, {"path", "/\x00"},
	{"path", "/; Domain=evil.example"}, {"path", "/" + strings.Repeat("p", 128)},
	{"path", "/" + strings.Repeat("p", 4096)},
	{"samesite", "lax"}, {"samesite", "Sometimes"}, {"samesite", "Lax; Secure"},
}

// TestTrialCookieIsBounded: what is no cookie of this server is refused with a page, and nothing is sent.
func TestTrialCookieIsBounded(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	before := v.stored()
	for _, tt := range hostileTrials {
		sent, _ := v.try(tt.field, tt.value)
		tl.wantErrorPage(tt.field+"="+tt.value, sent, http.StatusBadRequest, "Nothing was changed")
		if got := sent.Header.Values("Set-Cookie"); len(got) > 0 {
			t.Errorf("%s=%.40q sends %q", tt.field, tt.value, got)
		}
		wantEscaped(t, tt.value, sent.Body)
	}
	v.untouched(before)
	for _, name := range []string{"sessionid", "SESSIONID", "__Host-a", "Csrftoken", "!#$%&'*+-.^_`|~"} {
		if sent, _ := v.try("name", name); sent.Status != http.StatusSeeOther {
			t.Errorf("the name %q is refused", name)
		}
	}
	if log := tl.log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("the log has %s", log)
	}
}

// A form cannot name a cookie of the server as the one before, and so have it deleted.
func TestTrialDeletesNoCookieOfTheServer(t *testing.T) {
	t.Parallel()
	for _, cookieName := range []string{"sessionname", "__Host-sessionname", "__Secure-shop", "notebook", "s", "t"} {
		tl := newLab(t)
		tl.settings.CookieName, tl.sessions.Cookie.Name = cookieName, cookieName
		tl.settings.Secure, tl.sessions.Cookie.Secure = true, true
		own := []string{cookieName, strings.ToLower(cookieName), tl.settings.notebookName(), bareName(cookieName)}
		for _, name := range own {
			form := "was-name=" + url.QueryEscape(name) + "&was-path=/&was-secure=on"
			for _, path := range []string{"/settings", "/settings/forget"} {
				w := serve(tl.Handler(), http.MethodPost, path, form+"&name="+tl.trialName()+"&path=/", "")
				for _, header := range w.Header().Values("Set-Cookie") {
					if !strings.HasPrefix(header, tl.trialName()+"="+xray.TrialMark) {
						t.Errorf("%s: %s sends %q for %q", cookieName, path, header, name)
					}
				}
			}
			w := serve(tl.Handler(), http.MethodPost, "/settings", "name="+url.QueryEscape(name)+"&path=/", "")
			if w.Code != http.StatusBadRequest {
				t.Errorf("%s: the name %q = %d", cookieName, name, w.Code)
			}
		}
		w := serve(tl.Handler(), http.MethodPost, "/settings", "name="+tl.trialName()+"&path=/", "")
		if w.Code != http.StatusSeeOther {
			t.Errorf("%s: the name that the form offers, %q, is refused", cookieName, tl.trialName())
		}
	}
}

// A trial cookie opens no session, whatever its value, and hides none.
func TestTrialShadowsNoSession(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	victim, v := tl.visitor(), tl.visitor()
	victim.run("/set", "key", "pin", "value", "S3CRET")
	v.run("/set", "key", "who", "value", "Aman")
	_, page := v.try("name", "sessionid", "path", "/")
	if len(page.back()) != 3 {
		t.Fatalf("it came back to %v", page.back())
	}
	for _, cookies := range []string{
		"sessionid=" + victim.token() + "; sessionname=" + v.token(),
		"sessionname=" + v.token() + "; SESSIONNAME=" + victim.token(),
	} {
		a := tl.send(http.MethodGet, "/get?key=who&default=nobody", "Cookie", cookies)
		if got := a.results(); len(got) != 1 || got[0] != "Aman" || strings.Contains(a.Body, "S3CRET") {
			t.Errorf("%s opens %v", cookies, got)
		}
	}
	a := tl.send(http.MethodGet, "/settings", "Cookie", "sessionname="+v.cookieNamed("sessionid"))
	if got := a.Header.Get("Set-Cookie"); got != deletion || tl.rows() != 2 {
		t.Errorf("the value of a trial as a session ID: Set-Cookie %q", got)
	}
}

// An exchange of a session is its owner's: nobody else learns from its address what came back.
func TestTrialBelongsToItsSession(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	owner, other := tl.visitor(), tl.visitor()
	owner.run("/set", "key", "k", "value", "v")
	other.run("/set", "key", "k", "value", "v")
	sent, _ := owner.try()
	id, value := owner.recorded(sent).ID, owner.recorded(sent).Also[0].Value
	for _, path := range []string{"/settings", "/settings/seen", "/seen"} {
		page, _ := other.follow(other.get(path + "?exchange=" + id + "&under=came&outside=came"))
		if len(page.back()) > 0 || strings.Contains(page.Body, value) {
			t.Errorf("%s shows another visitor's trial", path)
		}
	}
}

// With -secure the name that the form offers may have a prefix, and the page keeps what was sent in its form.
func TestTrialFormKeepsWhatWasSent(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	_, page := v.try("name", "mine", "age", "", "path", "/here", "samesite", "", "secure", "on")
	for _, again := range []answer{page, v.get("/settings")} {
		wantText(t, again, `name="name" value="mine"`, `name="age" value=""`, `name="path" value="/here"`,
			`<option value="" selected>not set`, `name="secure" checked`, `name="was-name" value="mine"`,
			`name="was-path" value="/here"`, `name="was-secure" value="on"`)
	}
}
