package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestSessionCookieToTheLetter: every save sends the cookie with these attributes and no others.
func TestSessionCookieToTheLetter(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	v := tl.visitor()
	for _, key := range []string{"first", "second"} {
		a := v.post("/set", "key", key, "value", "v")
		// The end is a quarter of a second past a full one, and a date in a cookie has no fraction: both
		// numbers are rounded up, so that the cookie does not end before its row.
		want := fmt.Sprintf("sessionname=%s; Path=/; Expires=%s; Max-Age=400; HttpOnly; SameSite=Lax", v.token(),
			now.Add(400*time.Second+750*time.Millisecond).UTC().Format(http.TimeFormat))
		if got := a.Header.Values("Set-Cookie"); len(got) != 1 || got[0] != want {
			t.Errorf("Set-Cookie = %q, want %q", got, want)
		}
	}
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`).MatchString(v.token()) {
		t.Errorf("token %q is not 43 characters of base64url", v.token())
	}
	if end := v.internals().Row.Expiry; !near(end, now.Add(400*time.Second)) {
		t.Errorf("the row ends at %v, want 400 s after %v", end, now)
	}
}

func TestSessionCookieIsSecureWhenTheServerIs(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.settings.Secure, tl.sessions.Cookie.Secure = true, true
	if got := tl.send(http.MethodPost,
		"/set").Header.Get("Set-Cookie"); !strings.HasSuffix(got, "; HttpOnly; Secure; SameSite=Lax") {
		t.Errorf("Set-Cookie = %q, want Secure in it", got)
	}
	stale := tl.send(http.MethodGet, "/set", "Cookie", "sessionname=stale").Header.Get("Set-Cookie")
	if !strings.HasSuffix(stale, "; Max-Age=0; Secure; SameSite=Lax") {
		t.Errorf("the deletion is %q, want Secure in it", stale)
	}
}

// TestStaleCookieIsDeletedByEveryPageThatLooks: and left alone by those that load no session.
func TestStaleCookieIsDeletedByEveryPageThatLooks(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	stale := strings.Repeat("A", 43)
	for _, path := range tl.addresses(http.MethodGet) {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			a := tl.send(method, path, "Cookie", "sessionname="+stale)
			want := ""
			if loads(path) {
				want = deletion
			}
			if got := a.Header.Get("Set-Cookie"); got != want {
				t.Errorf("%s %s: Set-Cookie = %q, want %q", method, path, got, want)
			}
		}
	}
	if n := len(tl.raw()); n != 0 {
		t.Errorf("%d rows, want none", n)
	}
}

// TestStaleCookieIsDeletedByErrorsToo: as in Django, where the middleware does not look at the status. A
// refused form changes nothing else.
func TestStaleCookieIsDeletedByErrorsToo(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	stale := strings.Repeat("A", 43)
	for _, tt := range []struct {
		name, method, path string
		status             int
	}{
		{"KeyError of a page", http.MethodGet, "/get?key=absent&access=brackets", http.StatusNotFound},
		{"KeyError of an operation", http.MethodPost, "/pop", http.StatusNotFound},
		{"bad input", http.MethodPost, "/expiry?", http.StatusBadRequest},
		{"a broken address", http.MethodGet, "/set?key=%zz", http.StatusBadRequest},
	} {
		a := tl.send(tt.method, tt.path, "Cookie", "sessionname="+stale)
		if tt.path == "/expiry?" {
			v := tl.visitor()
			v.setToken(stale)
			a = v.post("/expiry", "seconds", "many")
		}
		if got := a.Header.Get("Set-Cookie"); a.Status != tt.status || got != deletion {
			t.Errorf("%s: %d, Set-Cookie = %q; want %d, %q", tt.name, a.Status, got, tt.status, deletion)
		}
		if strings.Contains(a.Body, "no row of yours, no cookie") ||
			strings.Contains(a.Body, "The next page drops it") ||
			!strings.Contains(a.Body, "the browser is told to drop it") {
			t.Errorf("%s: the panel does not say that the cookie is dropped", tt.name)
		}
	}
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	if c := v.post("/pop", "key", "absent").setCookie(); c != nil {
		t.Errorf("an error with a live session sets %v", c)
	}
}

// TestSeveralCookiesOfOneName: the last counts, as in Django, for the session and for the panel alike, and
// both say so.
func TestSeveralCookiesOfOneName(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	a, b := tl.visitor(), tl.visitor()
	a.run("/set", "key", "who", "value", "Aman")
	b.run("/set", "key", "who", "value", "Bela")
	aman, bela, stale := "sessionname="+a.token(), "sessionname="+b.token(), strings.Repeat("A", 43)
	for _, tt := range []struct {
		name    string
		headers []string // of the request
		came    int
		token   string // that counts
		who     string // nobody for none
	}{
		{"two sessions", []string{aman + "; " + bela}, 2, b.token(), "Bela"},
		{"the other way round", []string{bela + "; " + aman}, 2, a.token(), "Aman"},
		{"two headers", []string{aman, bela}, 2, b.token(), "Bela"},
		{"a stale one first", []string{"sessionname=" + stale + "; " + aman}, 2, a.token(), "Aman"},
		{"a stale one last", []string{aman + "; " + bela + "; sessionname=" + stale}, 3, stale, "nobody"},
		{"one without a value last", []string{aman + "; sessionname="}, 2, "", "nobody"},
		{"other names beside it", []string{"sessionid=" + stale + "; Sessionname=" + stale + "; " + aman +
			"; xsessionname=1"}, 1,
			a.token(), "Aman"},
	} {
		var headers []string
		for _, header := range tt.headers {
			headers = append(headers, "Cookie", header)
		}
		page := tl.send(http.MethodGet, "/get?key=who&default=nobody", headers...)
		if got := page.results(); len(got) != 1 || got[0] != tt.who {
			t.Errorf("%s: get = %v, want %s", tt.name, got, tt.who)
		}
		if deleted := page.setCookie() != nil; deleted != (tt.who == "nobody") {
			t.Errorf("%s: Set-Cookie = %v", tt.name, page.setCookie())
		}
		for _, says := range []string{
			fmt.Sprintf("the last of %d cookies", tt.came),                // in the exchange
			fmt.Sprintf("Your browser sends %d cookies of this", tt.came), // beside the cookie
		} {
			if strings.Contains(page.Body, says) != (tt.came > 1) {
				t.Errorf("%s: %q on the page: %v", tt.name, says, tt.came == 1)
			}
		}
		if listed := fmt.Sprintf(", last of %d cookies</span>", tt.came); tt.who != "nobody" &&
			strings.Contains(page.Body, listed) != (tt.came > 1) {
			t.Errorf("%s: %q in the history: %v", tt.name, listed, tt.came == 1)
		}
		checkCookieJSON(t, tt.name, tl.send(http.MethodGet, "/internals.json", headers...).Body, tt.token, tt.came)
	}
}

// checkCookieJSON wants that token and, if several cookies came, how many and that the last is used.
func checkCookieJSON(t *testing.T, name, body, token string, came int) {
	t.Helper()
	var i internals
	if err := json.Unmarshal([]byte(body), &i); err != nil {
		t.Fatal(err)
	}
	want := internalCookie{Name: "sessionname", Received: token != "", Token: token}
	if came > 1 {
		want.Came, want.Used = came, came
	}
	if i.Cookie != want {
		t.Errorf("%s: the JSON says %+v, want %+v", name, i.Cookie, want)
	}
}

// TestPlantedCookie: a cookie that somebody planted for one page comes first, and loses. What the page saves
// goes into the visitor's own session.
func TestPlantedCookie(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	attacker, victim := tl.visitor(), tl.visitor()
	attacker.run("/set", "key", "who", "value", "attacker")
	victim.run("/set", "key", "who", "value", "victim")
	own := victim.token()
	site, err := url.Parse(tl.url + "/set")
	if err != nil {
		t.Fatal(err)
	}
	victim.Jar.SetCookies(site, []*http.Cookie{{Name: "sessionname", Value: attacker.token(), Path: "/set"}})
	a := victim.run("/set", "key", "secret", "value", "mine")
	wantText(t, a, "the last of 2 cookies")
	if got := attacker.values(); got["secret"] != nil {
		t.Errorf("the victim's value went into the planted session: %v", got)
	}
	if got := victim.values(); got["secret"] != "mine" || victim.token() != own {
		t.Errorf("the victim holds %v under %q, want its own session", got, victim.token())
	}
}

// TestCookieWithoutAValue: it names no session, so it is deleted, and it is not another program's.
func TestCookieWithoutAValue(t *testing.T) {
	t.Parallel()
	for name, tl := range map[string]*testLab{"sqlite": newLab(t), "cookie": newCookieLab(t)} {
		a := tl.send(http.MethodGet, "/set", "Cookie", "sessionname=; theme=dark")
		if got := a.Header.Get("Set-Cookie"); got != deletion {
			t.Errorf("%s: Set-Cookie = %q, want %q", name, got, deletion)
		}
		for _, want := range []string{"cookie without a value", "and 1 of other programs",
			"Your browser holds no sessionname."} {
			if !strings.Contains(a.text(), want) {
				t.Errorf("%s: the page does not say %q", name, want)
			}
		}
	}
}
