package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/notebook"
)

// cookieNamed is what the visitor's jar holds under a name; "" for nothing.
func (v *visitor) cookieNamed(name string) string {
	v.t.Helper()
	u, err := url.Parse(v.lab.url)
	if err != nil {
		v.t.Fatal(err)
	}
	value := ""
	for _, c := range v.Jar.Cookies(u) {
		if c.Name == name {
			value = c.Value
		}
	}
	return value
}

// put puts a cookie into the visitor's jar; "" takes it out.
func (v *visitor) put(name, value string) {
	v.t.Helper()
	u, err := url.Parse(v.lab.url)
	if err != nil {
		v.t.Fatal(err)
	}
	c := &http.Cookie{Name: name, Value: value, Path: "/"}
	if value == "" {
		c.MaxAge = -1
	}
	v.Jar.SetCookies(u, []*http.Cookie{c})
}

// notebook is what the lab keeps for the visitor's browser; false for nothing.
func (v *visitor) notebook() (notebook.Notebook, bool) {
	v.t.Helper()
	n, ok, err := v.lab.notebooks.Read(v.t.Context(), v.cookieNamed("notebook"))
	if err != nil {
		v.t.Fatal(err)
	}
	return n, ok
}

var (
	panelState = regexp.MustCompile(`<p class="x-state">(?:<span class="running">)?(.*?)(?:</span>|</p>)`)
	panelTiers = regexp.MustCompile(`(?s)<section class="tier.*?</section>`)
)

// panel is what a page's panel says: the state, the tier of the cookie and that of the row, as a person reads
// them. The cookie's is also there as HTML.
func (a answer) panel(t *testing.T) (state, cookie, row, markup string) {
	t.Helper()
	says := panelState.FindStringSubmatch(a.Body)
	tiers := panelTiers.FindAllString(a.Body, -1)
	if len(says) != 2 || len(tiers) != 3 {
		t.Fatalf("%d: a page without a panel\n%s", a.Status, a.Body)
	}
	read := func(tier string) string { return answer{Body: tier}.text() }
	return read(says[1]), read(tiers[0]), read(tiers[2]), tiers[0]
}

// The panels of one visitor: on pages, in a window of its own, as a part, and beside an error.
var panels = []string{"/set", "/expiry", "/clear-expired", "/internals", "/internals?part=panel",
	"/get?key=absent&access=brackets", "/internals?exchange=unknown", "/set?exchange=unknown"}

const stillThere = "Expired. The row is still in the table, but nobody can find it."

// The whole life of one: the session of an experiment expires, its cookie leaves the browser, and every panel
// knows what has become of it, until the row is swept too.
func TestNotebook_Expired(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	v := tl.visitor()
	v.run("/set", "key", "secretkey", "value", "secretvalue")
	v.run("/expiry", "seconds", "3")
	dead, size := v.token(), v.stored().Size
	if n, ok := v.notebook(); !ok || n.Session.ID != dead || !n.Session.Ends.Equal(now.Add(3*time.Second)) {
		t.Fatalf("the notebook has %+v, %v", n, ok)
	}
	v.put("sessionname", "")
	early, _, row, _ := v.get("/set").panel(t)
	if strings.Contains(early, "xpired") || !strings.Contains(row, "Your browser names no row.") {
		t.Errorf("before its end: %q, row: %q", early, row)
	}
	tl.later(4 * time.Second)
	before := tl.raw()
	lies := fmt.Sprintf("%s…%s %d bytes ended %s It stays until clearsessions deletes it.",
		dead[:4], dead[39:], size,
		now.Add(3*time.Second).Format("15:04:05"))
	for _, path := range panels {
		a := v.get(path)
		state, cookie, row, markup := a.panel(t)
		if state != stillThere || !strings.Contains(row, lies) || strings.Contains(row, "No row") {
			t.Errorf("%s: %q, row: %q", path, state, row)
		}
		if !strings.Contains(cookie, "expired; your browser dropped it with its Max-Age") ||
			!strings.Contains(markup, `class="tok gone"`) || !strings.Contains(cookie, dead[:4]+"…"+dead[39:]) {
			t.Errorf("%s: cookie: %q", path, markup)
		}
		for _, secret := range []string{"secretkey", "secretvalue", dead, v.cookieNamed("notebook")} {
			if strings.Contains(a.Body, secret) {
				t.Errorf("%s shows %q", path, secret)
			}
		}
		if len(a.Header.Values("Set-Cookie")) != 0 {
			t.Errorf("%s sets %q", path, a.Header.Values("Set-Cookie"))
		}
		ended := now.Add(3 * time.Second).Format("15:04:05")
		wantText(t, a, "ended "+ended, "on the line 2 saves and 2 reads; ended "+ended)
	}
	if fmt.Sprint(tl.raw()) != fmt.Sprint(before) {
		t.Error("looking changed the table")
	}
}

// What is sent is looked up, and the notebook is not asked. It goes on with what the browser holds next.
func TestNotebook_AfterTheEnd(t *testing.T) {
	t.Parallel()
	tl, _ := newClockLab(t)
	v := tl.visitor()
	v.run("/expiry", "seconds", "3")
	v.put("sessionname", "")
	tl.later(4 * time.Second)
	v.setToken(strings.Repeat("A", 43))
	if state, cookie, _, _ := v.get("/internals").panel(t); strings.Contains(state+cookie, "xpired") {
		t.Errorf("with an unknown cookie: %q, cookie: %q", state, cookie)
	}
	v.put("sessionname", "")
	i := v.internals()
	if i.Row != nil || i.Session.Exists || i.Cookie != (internalCookie{Name: "sessionname"}) {
		t.Errorf("internals = %+v", i)
	}
	if _, err := tl.engine.DeleteExpired(t.Context(), tl.now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	state, _, row, _ := v.get("/set").panel(t)
	if state != "Expired. Cookie and row are both gone." ||
		!strings.Contains(row, "The row is gone. It expired at") {
		t.Errorf("after a sweep: %q, row: %q", state, row)
	}
	v.run("/set", "key", "k", "value", "v")
	if state, _, _, _ := v.get("/set").panel(t); strings.Contains(state, "xpired") {
		t.Errorf("with a new session: %q", state)
	}
}

// What becomes of the cookie is said as it was.
func TestNotebook_HowTheCookieWent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		told  bool // the browser still sends it after its end
		close bool // it has no Max-Age
		want  string
	}{
		{"Max-Age", false, false, "expired; your browser dropped it with its Max-Age"},
		{"no Max-Age, dropped by hand", false, true,
			"expired; it had no Max-Age, and your browser holds it no more"},
		{"no Max-Age, sent on", true, true, "expired; the server told your browser to drop it"},
		{"sent late", true, false, "expired; the server told your browser to drop it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tl, _ := newClockLab(t)
			v := tl.visitor()
			v.run("/expiry", "seconds", "3")
			if tt.close {
				v.run("/expiry", "seconds", "0")
			}
			dead := v.token()
			tl.later(500 * time.Second)
			if tt.told {
				tl.expire(dead)
				if a := v.get("/set"); a.setCookie() == nil || v.token() != "" {
					t.Fatal("the page does not drop the cookie")
				}
			} else {
				v.put("sessionname", "")
			}
			state, cookie, _, _ := v.get("/set").panel(t)
			if state != stillThere || !strings.Contains(cookie, tt.want) {
				t.Errorf("%q, cookie: %q", state, cookie)
			}
		})
	}
}

// A session that ended in another way has not expired, and one that somebody else keeps alive has not either.
// Nothing of it is shown to a browser that names it no more.
func TestNotebook_NotExpired(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testLab, *visitor){
		"flush": func(_ *testLab, v *visitor) { v.done("/flush") },
		"flush in another browser": func(tl *testLab, v *visitor) {
			other := tl.visitor()
			other.setToken(v.token())
			other.done("/flush")
			v.get("/set") // which drops the cookie
		},
		"cycle, then flush": func(_ *testLab, v *visitor) { v.done("/cycle-key"); v.done("/flush") },
		"another browser goes on": func(tl *testLab, v *visitor) {
			other := tl.visitor()
			other.setToken(v.token())
			other.done("/expiry", "seconds", "7200")
		},
		"start over":        func(_ *testLab, v *visitor) { v.done("/flush", "notebook", "forget") },
		"a lost notebook":   func(_ *testLab, v *visitor) { v.put("notebook", "") },
		"somebody else's":   func(_ *testLab, v *visitor) { v.put("notebook", strings.Repeat("A", 22)) },
		"malformed":         func(_ *testLab, v *visitor) { v.put("notebook", "'x") },
		"a blank one at it": func(_ *testLab, v *visitor) { v.put("notebook", ""); v.put("notebook", " ") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl, _ := newClockLab(t)
			v := tl.visitor()
			v.run("/set", "key", "secretkey", "value", "secretvalue")
			v.run("/expiry", "seconds", "300")
			end(tl, v)
			v.put("sessionname", "")
			tl.later(10 * time.Minute)
			for _, path := range panels {
				a := v.get(path)
				state, cookie, row, _ := a.panel(t)
				if state != "No session. Nothing is stored for you." ||
					!strings.Contains(row, "Your browser names no row.") || strings.Contains(cookie, "xpired") ||
					strings.Contains(a.Body, "secretvalue") {
					t.Errorf("%s: %q, cookie: %q, row: %q", path, state, cookie, row)
				}
			}
		})
	}
}

// A session that moved to another ID expires under that one.
func TestNotebook_Cycled(t *testing.T) {
	t.Parallel()
	tl, _ := newClockLab(t)
	v := tl.visitor()
	v.run("/expiry", "seconds", "3")
	v.run("/cycle-key")
	fresh := v.token()
	tl.later(4 * time.Second)
	v.put("sessionname", "")
	if state, cookie, _, _ := v.get("/set").panel(t); state != stillThere ||
		!strings.Contains(cookie, fresh[:4]+"…"+fresh[39:]) {
		t.Errorf("%q, cookie: %q, want that of %s", state, cookie, fresh)
	}
}

// Two tabs have one notebook: what one saves, the other one's panel knows.
func TestNotebook_TwoTabs(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	v := tl.visitor()
	v.run("/expiry", "seconds", "3")
	tab := tl.visitor()
	tab.Jar = v.Jar
	id := v.cookieNamed("notebook")
	tl.later(time.Second)
	tab.run("/expiry", "seconds", "5")
	if v.cookieNamed("notebook") != id {
		t.Error("the second tab began a notebook of its own")
	}
	if n, _ := v.notebook(); !n.Session.Ends.Equal(now.Add(6 * time.Second)) {
		t.Errorf("the session ends %v, want six seconds after %v", n.Session.Ends, now)
	}
}
