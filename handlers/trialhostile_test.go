package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sessionlab/handlers/xray"
)

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
	for _, cookieName := range []string{"sessionname", "__Host-sessionname", "__Secure-shop", "notebook", "s",
		"t"} {
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
		a := tl.send(http.MethodGet, "/internals.json", "Cookie", cookies)
		if !strings.Contains(a.Body, `"Aman"`) || strings.Contains(a.Body, "S3CRET") {
			t.Errorf("%s opens %s", cookies, a.Body)
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

// In the card what is refused comes back with what was typed, and the trial before is still known.
func TestTrialThatIsRefusedKeepsItsForm(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	v.try("name", "mine")
	sent, _ := v.try("card", "settings", "name", "two words", "age", "77", "path", "/here", "samesite", "Strict",
		"secure", "on", "predict", "settings:page")
	if sent.Status != http.StatusBadRequest || len(sent.Header.Values("Set-Cookie")) > 0 {
		t.Errorf("%d, Set-Cookie %q", sent.Status, sent.Header.Values("Set-Cookie"))
	}
	wantVerdict(t, sent, "Not judged yet.")
	wantText(t, sent, "The name of a cookie has letters", `name="name" value="two words"`,
		`name="age" value="77"`,
		`name="path" value="/here"`, "<option selected>Strict", `name="secure" checked`,
		`name="was-name" value="mine"`,
		`value="settings:page" checked`)
}
