package handlers

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// This file tests the rules of load and save, over every address of the site.

// rawRow is a row as another program sees it.
type rawRow struct {
	token, data string
	julian      float64
}

// raw returns all rows, straight from the table.
func (tl *testLab) raw() []rawRow {
	tl.t.Helper()
	rows, _, err := tl.engine.Rows(tl.t.Context(), 1000)
	if err != nil {
		tl.t.Fatal(err)
	}
	var list []rawRow
	for _, r := range rows {
		row, ok, err := tl.engine.Row(tl.t.Context(), r.Token)
		if err != nil || !ok {
			tl.t.Fatalf("row %s: %v", r.Token, err)
		}
		list = append(list, rawRow{row.Token, string(row.Data), row.Julian})
	}
	return list
}

// send makes a request with these headers, and returns the answer without its body: the stream of
// events has no end.
func (tl *testLab) send(method, path string, headers ...string) answer {
	tl.t.Helper()
	ctx, cancel := context.WithCancel(tl.t.Context())
	defer cancel()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader("key=k&value=v")
	}
	r, err := http.NewRequestWithContext(ctx, method, tl.url+path, body)
	if err != nil {
		tl.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Add(headers[i], headers[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		tl.t.Fatal(err)
	}
	defer resp.Body.Close()
	a := answer{Status: resp.StatusCode, Header: resp.Header}
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			tl.t.Fatal(err)
		}
		a.Body = string(b)
	}
	return a
}

// addresses returns every path of the site that answers a method, read off the router itself. The
// static files stand for themselves with one of them.
func (tl *testLab) addresses(method string) []string {
	tl.t.Helper()
	var paths []string
	err := chi.Walk(tl.Handler().(chi.Routes), func(m, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if m == method {
			if strings.HasSuffix(route, "/*") {
				css, err := tl.pages.assets.path("lab.css")
				if err != nil {
					return err
				}
				route = css
			}
			paths = append(paths, route)
		}
		return nil
	})
	if err != nil {
		tl.t.Fatal(err)
	}
	return paths
}

// loads says whether a page loads the session. The others never touch a cookie.
func loads(path string) bool {
	for _, bare := range []string{"/settings", "/summary", "/internals", "/healthz", "/static/", "/favicon.ico"} {
		if strings.HasPrefix(path, bare) {
			return false
		}
	}
	return true
}

// readings are the addresses that read, each with the queries that make it do something.
func (tl *testLab) readings() []string {
	paths := tl.addresses(http.MethodGet)
	if len(paths) < 20 {
		tl.t.Fatalf("only %d GET routes found", len(paths))
	}
	return append(paths, "/get?key=fname", "/get?key=absent&default=Guest", "/get?key=absent&access=brackets", "/get?key=",
		"/expiry?ask=get_expiry_age", "/expiry?ask=flush", "/set?exchange=unknown", "/internals?exchange=unknown",
		"/settings?name=other", "/settings?name=", "/sessions?count=rows", "/nosuchpage", "/set?key=k&value=v", "/flush?confirm=1")
}

func TestReadingCreatesNothing(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, path := range tl.readings() {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			a := tl.send(method, path)
			if a.Status >= 500 || a.setCookie() != nil || len(tl.raw()) != 0 {
				t.Errorf("%s %s = %d, Set-Cookie %v, %d rows", method, path, a.Status, a.setCookie(), len(tl.raw()))
			}
		}
	}
}

// TestReadingLeavesTheRowAsItIs: its bytes and its end, also with an age of its own.
func TestReadingLeavesTheRowAsItIs(t *testing.T) {
	t.Parallel()
	for _, expiry := range []string{"", "0", "1000"} {
		t.Run("seconds="+expiry, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			v := tl.visitor()
			v.run("/set", "key", "fname", "value", "Aman")
			v.run("/modified/assign")
			v.run("/test-cookie/set")
			v.run("/expiry", "seconds", expiry)
			before := tl.raw()
			now := time.Now().Add(30 * time.Second)
			tl.at(now)
			for _, path := range tl.readings() {
				for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace} {
					a := tl.send(method, path, "Cookie", "sessionname="+v.token())
					if a.Status >= 500 || a.setCookie() != nil {
						t.Errorf("%s %s = %d, Set-Cookie %v", method, path, a.Status, a.setCookie())
					}
					if !slices.Equal(tl.raw(), before) {
						t.Fatalf("%s %s changed the table", method, path)
					}
				}
			}
		})
	}
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, path := range append(tl.addresses(http.MethodGet), "/nosuchpage") {
		if path == "/internals/events" {
			continue // a HEAD ends it at once; a GET goes on
		}
		get, head := tl.send(http.MethodGet, path), tl.send(http.MethodHead, path)
		if head.Body != "" || head.Status != get.Status || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
			t.Errorf("HEAD %s = %d %s, %d bytes; GET = %d %s", path, head.Status, head.Header.Get("Content-Type"), len(head.Body), get.Status, get.Header.Get("Content-Type"))
		}
	}
}

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
	if got := tl.send(http.MethodPost, "/set").Header.Get("Set-Cookie"); !strings.HasSuffix(got, "; HttpOnly; Secure; SameSite=Lax") {
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

// TestForeignTokenIsNeverAdopted: whatever the cookie says, a first write gets a token that the server
// drew, and nothing is stored under the other.
func TestForeignTokenIsNeverAdopted(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, tt := range []struct{ name, value string }{
		{"unknown", strings.Repeat("A", 43)},
		{"short", "x"},
		{"empty", ""},
		{"Django's", "abcdefghijklmnopqrstuvwxyz012345"},
		{"SQL", "' OR '1'='1"},
		{"SQL, quoted", `x'; DROP TABLE sessions; --`},
		{"a path", "../../../../etc/passwd"},
		{"escapes", "%00%0d%0aSet-Cookie:%20a=b"},
		{"HTML", "<script>alert(1)</script>"},
		{"double quotes", `"quoted"`},
		{"a lone quote", `"`},
		{"a comma", "a,b"},
		{"a backslash", `a\b`},
		{"spaces", "  a b  "},
		{"bytes that are no UTF-8", "\xff\xfe\x80"},
		{"other letters", "Schlüssel🔑"},
		{"an ellipsis, as in a masked token", "abcd…wxyz"},
		{"equals signs", "a=b=c=="},
		{"huge", strings.Repeat("B", 30_000)},
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
			before := len(tl.raw())
			a := tl.send(method, "/set", "Cookie", "sessionname="+tt.value)
			c := a.setCookie()
			switch {
			case a.Status >= 400:
				t.Errorf("%s: %s = %d", tt.name, method, a.Status)
			case method != http.MethodPost:
				// A value that is no cookie at all reads as none; there is nothing to delete then.
				if c != nil && (c.MaxAge != -1 || c.Value != "") || len(tl.raw()) != before {
					t.Errorf("%s: %s sets %v, %d rows", tt.name, method, c, len(tl.raw())-before)
				}
				if strings.Contains(a.Body, "<script>alert") {
					t.Errorf("%s: the page repeats HTML", tt.name)
				}
			case c == nil || len(c.Value) != 43 || c.Value == tt.value:
				t.Errorf("%s: a write sets %v, want a token of the server's own", tt.name, c)
			}
		}
	}
	for _, row := range tl.raw() {
		if len(row.token) != 43 || row.token == strings.Repeat("A", 43) {
			t.Errorf("a row lies under %q", row.token)
		}
	}
	if i := tl.send(http.MethodGet, "/internals.json", "Cookie", "sessionname='; DROP TABLE sessions"); i.Status != http.StatusOK {
		t.Errorf("internals = %d", i.Status)
	}
}

// TestSeveralCookiesOfOneName: the last counts, as in Django, for the session and for the panel alike, and both
// say so.
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
		{"other names beside it", []string{"sessionid=" + stale + "; Sessionname=" + stale + "; " + aman + "; xsessionname=1"}, 1,
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

// TestExpiredRowIsNotFoundAndNotShown: it stays in the table until it is swept, and its content is
// nowhere to be seen. The next write makes a new session beside it.
func TestExpiredRowIsNotFoundAndNotShown(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "secretkey", "value", "secretvalue")
	dead := v.token()
	tl.expire(dead)
	before := tl.raw()
	for _, path := range tl.readings() {
		a := tl.send(http.MethodGet, path, "Cookie", "sessionname="+dead)
		if strings.Contains(a.Body, "secretkey") || strings.Contains(a.Body, "secretvalue") {
			t.Errorf("%s shows what the expired row holds", path)
		}
		if want := loads(path) && !strings.Contains(path, "nosuchpage"); (a.setCookie() != nil) != want {
			t.Errorf("%s: Set-Cookie = %v", path, a.setCookie())
		}
	}
	if !slices.Equal(tl.raw(), before) {
		t.Error("reading changed the table")
	}
	i := v.internals()
	if i.Row != nil || i.Session.Exists || len(i.Session.Values) != 0 || !i.Cookie.Received || i.Cookie.Token != dead {
		t.Errorf("internals = %+v, want a cookie without a row", i)
	}

	v.run("/set", "key", "k", "value", "v")
	if v.token() == dead || len(v.values()) != 1 || tl.rows() != 2 {
		t.Errorf("after a write: token kept %v, values %v, %d rows; want a new session beside the old row", v.token() == dead, v.values(), tl.rows())
	}
}

// TestCorruptRowIsAnEmptySession: under the same token, with a line in the log, and the next write
// mends it.
func TestCorruptRowIsAnEmptySession(t *testing.T) {
	t.Parallel()
	for _, blob := range []string{"x'00ff'", "x''", "'{\"fname\": \"Aman\"}'", "zeroblob(1000)"} {
		t.Run(blob, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			v := tl.visitor()
			v.run("/set", "key", "fname", "value", "Aman")
			token := v.token()
			tl.sql("UPDATE sessions SET data = " + blob)
			before := tl.raw()
			for _, path := range tl.readings() {
				a := tl.send(http.MethodGet, path, "Cookie", "sessionname="+token)
				if a.Status >= 500 || a.setCookie() != nil {
					t.Errorf("%s = %d, Set-Cookie %v", path, a.Status, a.setCookie())
				}
			}
			if !slices.Equal(tl.raw(), before) {
				t.Error("reading changed the table")
			}
			if got := tl.log.String(); !strings.Contains(got, "session data corrupted") || strings.Contains(got, token) {
				t.Error("the log lacks the line, or names the token")
			}
			if i := v.internals(); !i.Session.Exists || i.Session.Token != token || len(i.Session.Values) != 0 || i.Session.IsEmpty || i.Row == nil {
				t.Errorf("internals = %+v, want an empty session under the same token", i.Session)
			}
			a := v.post("/set", "key", "k", "value", "v")
			if c := a.setCookie(); c == nil || c.Value != token || len(v.values()) != 1 {
				t.Errorf("a write sets %v, values %v; want the same token and k", c, v.values())
			}
		})
	}
}

// faulty is an engine that fails to commit.
type faulty struct {
	engine.Engine
	err error
}

func (f faulty) CommitCtx(context.Context, string, []byte, time.Time) error { return f.err }
func (f faulty) DeleteCtx(context.Context, string) error                    { return f.err }
func (f faulty) Cycle(context.Context, string, string, []byte, time.Time) error {
	return f.err
}

// fleeting is an engine that fails in the middle of a sweep, and after it was given some rows.
type fleeting struct {
	engine.Engine
	rows *int // how many more it takes
}

func (f fleeting) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	if *f.rows == 0 {
		return engine.ErrFull
	}
	*f.rows--
	return f.Engine.CommitCtx(ctx, token, b, expiry)
}

func (f fleeting) DeleteExpired(ctx context.Context, t time.Time) (int, error) {
	n, err := f.Engine.DeleteExpired(ctx, t)
	return n, errors.Join(err, engine.ErrBusy)
}

// TestFailureHalfWay: what was done before the error stays done, and the error's page says so.
func TestFailureHalfWay(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	tl.engine.Engine = fleeting{tl.engine.Engine, new(2)}
	plant := v.post("/clear-expired/plant")
	if tl.rows() != 2 || plant.Status != http.StatusInsufficientStorage || !strings.Contains(plant.Body, "What was put in before the error stays: 2 rows.") {
		t.Errorf("planting = %d, %d rows; want a page that says that there are two", plant.Status, tl.rows())
	}
	sweep := v.post("/clear-expired")
	if tl.rows() != 0 || sweep.Status != http.StatusServiceUnavailable || !strings.Contains(sweep.Body, "What was removed before the error stays removed: 2 rows.") {
		t.Errorf("the sweep = %d, %d rows; want a page that says that two are gone", sweep.Status, tl.rows())
	}
	for _, a := range []answer{plant, sweep} {
		if strings.Contains(a.Body, "Nothing was changed") || a.setCookie() != nil {
			t.Error("the page says that nothing was changed")
		}
	}
}

// TestStoreThatDoesNotAnswer: nobody knows whether the session was saved, so no page says that it was not.
func TestStoreThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	tl.sessions.Store = heldBack{Recorder: xray.Recorder{Engine: faulty{tl.engine.Engine, fmt.Errorf("%w: %w", engine.ErrUnavailable, engine.ErrUnsure)}}}
	for _, post := range [][]string{{"/set", "key", "k", "value", "v"}, {"/flush"}, {"/cycle-key"}} {
		a := v.post(post[0], post[1:]...)
		if a.Status != http.StatusServiceUnavailable || a.setCookie() != nil {
			t.Errorf("POST %s = %d, Set-Cookie %v; want 503 and none", post[0], a.Status, a.setCookie())
		}
		for _, want := range []string{"Whether it was done is not known", "the store did not answer. This is how it is now.", "<dd>not known<"} {
			wantText(t, a, want)
		}
		for _, untrue := range []string{"Nothing was changed", "nothing was saved", "did not change it", "not written"} {
			if strings.Contains(a.Body, untrue) {
				t.Errorf("POST %s: the page says %q", post[0], untrue)
			}
		}
		_, exchange, _ := strings.Cut(a.Body, post[0]+"?exchange=") // in the history, the latest first
		exchange, _, _ = strings.Cut(exchange, `"`)
		again := v.get(post[0] + "?exchange=" + exchange)
		wantText(t, again, "Whether it was done is not known")
		for _, untrue := range []string{"Nothing was changed", "nothing saved", "not written"} {
			if strings.Contains(again.Body, untrue) {
				t.Errorf("GET %s of that exchange: the page says %q", post[0], untrue)
			}
		}
	}
}

// TestStoreThatFailsToSave: the answer is an error page of the right status, sends no cookie and no
// Location, and the row is as it was.
func TestStoreThatFailsToSave(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		err    error
		status int
	}{
		{"ended", engine.ErrEnded, http.StatusBadRequest},
		{"busy", engine.ErrBusy, http.StatusServiceUnavailable},
		{"full", engine.ErrFull, http.StatusInsufficientStorage},
		{"unavailable", engine.ErrUnavailable, http.StatusServiceUnavailable},
		{"too large", engine.ErrTooLarge, http.StatusRequestEntityTooLarge},
		{"anything else", errors.New("secret detail"), http.StatusInternalServerError},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			v := tl.visitor()
			v.run("/set", "key", "fname", "value", "Aman")
			before := tl.raw()
			tl.sessions.Store = heldBack{Recorder: xray.Recorder{Engine: faulty{tl.engine.Engine, fmt.Errorf("store: %w", tt.err)}}}
			for _, post := range [][]string{{"/set", "key", "k", "value", "v"}, {"/flush"}, {"/clear"}, {"/cycle-key"}, {"/expiry", "seconds", "5"}, {"/test-cookie/set"}, {"/delete", "key", "fname"}} {
				a := v.post(post[0], post[1:]...)
				if a.Status != tt.status || a.setCookie() != nil || a.Header.Get("Location") != "" {
					t.Errorf("POST %s = %d, Set-Cookie %v, Location %q; want %d and neither", post[0], a.Status, a.setCookie(), a.Header.Get("Location"), tt.status)
				}
				if !strings.Contains(a.Body, "Nothing was changed") || strings.Contains(a.Body, "secret detail") {
					t.Errorf("POST %s: the page does not say that nothing was changed, or says too much", post[0])
				}
				if got := a.Header.Get("Retry-After"); (got != "") != (tt.status == http.StatusServiceUnavailable) {
					t.Errorf("POST %s: Retry-After = %q", post[0], got)
				}
			}
			if !slices.Equal(tl.raw(), before) {
				t.Error("the table was changed")
			}
			// A visitor without a session gets none either.
			if a := tl.send(http.MethodPost, "/set"); a.Status != tt.status || a.setCookie() != nil {
				t.Errorf("a newcomer's write = %d, Set-Cookie %v", a.Status, a.setCookie())
			}
		})
	}
}

// TestNothingIsSavedWhenTheOperationFails: what it had put into the session before is dropped.
func TestNothingIsSavedWhenTheOperationFails(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]func() error{
		"an error": func() error { return errors.New("broken") },
		"a panic":  func() error { panic("broken") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			v := tl.visitor()
			v.run("/set", "key", "fname", "value", "Aman")
			before := tl.raw()
			router := tl.Handler().(chi.Router)
			router.Post("/broken", tl.perform("/set", func(ctx context.Context, _ url.Values) error {
				tl.sessions.Put(ctx, "half", "done")
				return fails()
			}))
			for _, cookie := range []string{"sessionname=" + v.token(), "other=1"} {
				w := newAnswerRecorder()
				r, err := http.NewRequest(http.MethodPost, "/broken", http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				r.Host = "localhost"
				r.Header.Set("Cookie", cookie)
				router.ServeHTTP(w, r)
				if w.status != http.StatusInternalServerError || w.header.Get("Set-Cookie") != "" || !slices.Equal(tl.raw(), before) {
					t.Errorf("%s: %d, Set-Cookie %q, or the table was changed", cookie, w.status, w.header.Get("Set-Cookie"))
				}
			}
		})
	}
}

// answerRecorder is a ResponseWriter that remembers.
type answerRecorder struct {
	header http.Header
	status int
}

func newAnswerRecorder() *answerRecorder                  { return &answerRecorder{header: http.Header{}} }
func (r *answerRecorder) Header() http.Header             { return r.header }
func (r *answerRecorder) Write(b []byte) (int, error)     { return len(b), nil }
func (r *answerRecorder) WriteHeader(status int)          { r.status = status }
func (r *answerRecorder) SetReadDeadline(time.Time) error { return http.ErrNotSupported }

func TestLimitOfKeys(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	var pairs []string
	for i := range 200 {
		pairs = append(pairs, "key", fmt.Sprintf("k%03d", i), "value", "v")
	}
	v.run("/update", pairs...)
	before := v.internals().Row
	for _, post := range [][]string{{"/set", "key", "one-more", "value", "v"}, {"/setdefault", "key", "one-more", "value", "v"},
		{"/update", "key", "one-more", "value", "v"}, {"/expiry", "seconds", "10"}, {"/test-cookie/set"}} {
		a := v.post(post[0], post[1:]...)
		if a.Status != http.StatusRequestEntityTooLarge || a.setCookie() != nil || !strings.Contains(a.Body, "200 keys") {
			t.Errorf("%v over the limit = %d, Set-Cookie %v; want a page that names the limit", post, a.Status, a.setCookie())
		}
	}
	if after := v.internals().Row; string(after.Data) != string(before.Data) || !after.Expiry.Equal(before.Expiry) {
		t.Error("the row was changed")
	}
	v.run("/set", "key", "k000", "value", "changed") // still usable
	v.run("/delete", "key", "k001")
	v.run("/set", "key", "one-more", "value", "v")
	if got := len(v.values()); got != 200 {
		t.Errorf("%d keys, want 200", got)
	}
	if a := tl.visitor().post("/update", append(pairs, "key", "one-more", "value", "v")...); a.Status != http.StatusRequestEntityTooLarge || tl.rows() != 1 {
		t.Errorf("201 pairs at once = %d, %d rows", a.Status, tl.rows())
	}
}

func TestLimitOfBytes(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	full := strings.Repeat("x", 64<<10)
	for _, key := range []string{"a", "b", "c"} {
		v.run("/set", "key", key, "value", full)
	}
	before := v.internals().Row
	a := v.post("/set", "key", "d", "value", full) // the values alone are 256 KiB then
	if a.Status != http.StatusRequestEntityTooLarge || a.setCookie() != nil || !strings.Contains(a.Body, "256 KiB") {
		t.Errorf("over 256 KiB = %d, Set-Cookie %v; want a page that names the limit", a.Status, a.setCookie())
	}
	if a := v.post("/set", "key", "d", "value", full+"x"); a.Status != http.StatusRequestEntityTooLarge || !strings.Contains(a.Body, "64 KiB") {
		t.Errorf("a value over 64 KiB = %d", a.Status)
	}
	if after := v.internals().Row; string(after.Data) != string(before.Data) || !after.Expiry.Equal(before.Expiry) {
		t.Error("the row was changed")
	}
	v.run("/set", "key", "d", "value", full[:60<<10]) // what still fits
	fits := 60<<10 + maxSessionBytes - v.internals().Row.Size
	v.run("/set", "key", "d", "value", full[:fits])
	if got := v.internals().Row.Size; got != maxSessionBytes {
		t.Errorf("the row has %d bytes, want all of the %d that are allowed", got, maxSessionBytes)
	}
	if a := v.post("/set", "key", "d", "value", full[:fits+1]); a.Status != http.StatusRequestEntityTooLarge || v.internals().Row.Size != maxSessionBytes {
		t.Errorf("one byte more = %d, and the row has %d bytes", a.Status, v.internals().Row.Size)
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	const form = "application/x-www-form-urlencoded"
	for _, tt := range []struct {
		name, body, kind string
		status           int
		says             string
	}{
		{"a form", "key=k&value=v", form, http.StatusSeeOther, ""},
		{"with a charset", "key=k&value=v", form + "; charset=UTF-8", http.StatusSeeOther, ""},
		{"in capitals", "key=k&value=v", strings.ToUpper(form), http.StatusSeeOther, ""},
		{"a key of 512 bytes", "key=" + strings.Repeat("k", 512), form, http.StatusSeeOther, ""},
		{"1000 fields", "key=k" + strings.Repeat("&x=1", 999), form, http.StatusSeeOther, ""},
		{"JSON", `{"key":"k"}`, "application/json", http.StatusUnsupportedMediaType, "urlencoded"},
		{"multipart", "--x--", "multipart/form-data; boundary=x", http.StatusUnsupportedMediaType, "urlencoded"},
		{"plain text", "key=k&value=v", "text/plain", http.StatusUnsupportedMediaType, "urlencoded"},
		{"no type", "key=k&value=v", "", http.StatusUnsupportedMediaType, "urlencoded"},
		{"over 1 MiB", "key=k&value=" + strings.Repeat("v", 1<<20), form, http.StatusRequestEntityTooLarge, "1 MiB"},
		{"1001 fields", "key=k" + strings.Repeat("&x=1", 1000), form, http.StatusRequestEntityTooLarge, "1000 fields"},
		{"a broken escape", "key=k&value=%zz", form, http.StatusBadRequest, "percent"},
		{"a semicolon", "key=k;value=v", form, http.StatusBadRequest, "urlencoded"},
		{"no UTF-8", "key=k&value=%ff", form, http.StatusBadRequest, "UTF-8"},
		{"a key that is no UTF-8", "key=%ff", form, http.StatusBadRequest, "UTF-8"},
		{"nothing", "", form, http.StatusBadRequest, "key"},
		{"a key of 513 bytes", "key=" + strings.Repeat("k", 513), form, http.StatusBadRequest, "512"},
		{"a reserved key", "key=_session_expiry&value=1", form, http.StatusBadRequest, "underscore"},
	} {
		before := tl.rows()
		a := tl.visitor().postBody("/set", tt.body, tt.kind)
		if a.Status != tt.status || !strings.Contains(a.Body, tt.says) {
			t.Errorf("%s = %d, want %d with %q", tt.name, a.Status, tt.status, tt.says)
		}
		if tt.status != http.StatusSeeOther && (a.setCookie() != nil || tl.rows() != before || !strings.Contains(a.Body, "Nothing was changed")) {
			t.Errorf("%s: Set-Cookie %v, %d new rows", tt.name, a.setCookie(), tl.rows()-before)
		}
	}
}

// TestInternalsContract: every field by name and type, as the contract has them.
func TestInternalsContract(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	v := tl.visitor()
	for _, f := range [][3]string{{"s", "text", "string"}, {"i", "31", "int"}, {"f", "1.5", "float"}, {"b", "true", "bool"},
		{"t", "2026-11-22T14:30:00Z", "time"}, {"l", "a,b", "list"}} {
		v.run("/set", "key", f[0], "value", f[1], "type", f[2])
	}
	v.run("/test-cookie/set")
	v.run("/expiry", "seconds", "600")
	a := v.get("/internals.json")
	if a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("Content-Type = %q", a.Header.Get("Content-Type"))
	}
	row := tl.raw()[0]
	token := v.token()
	end := now.Add(600 * time.Second)
	got := decodeJSON(t, a.Body)
	expiry, julian := takeTime(t, got, "row", "expiry"), take(t, got, "row", "expiry_julian").(float64)
	if !near(expiry, end) || julian != row.julian {
		t.Errorf("row ends at %v (%v), want %v (%v)", expiry, julian, end, row.julian)
	}
	if date := takeTime(t, got, "session", "expiry_date"); !date.Equal(end) {
		t.Errorf("expiry_date = %v, want %v", date, end)
	}
	want := decodeJSON(t, fmt.Sprintf(`{
		"engine": "sqlite",
		"cookie": {"name": "sessionname", "received": true, "token": %q},
		"session": {"exists": true, "token": %[1]q, "is_empty": false, "test_cookie_worked": true, "expiry_age": 600,
			"expire_at_browser_close": false, "cookie_age": 400, "values": [
			{"key": "_session_expiry", "type": "int", "value": 600},
			{"key": "b", "type": "bool", "value": true},
			{"key": "f", "type": "float", "value": 1.5},
			{"key": "i", "type": "int", "value": 31},
			{"key": "l", "type": "list", "value": ["a", "b"]},
			{"key": "s", "type": "string", "value": "text"},
			{"key": "t", "type": "time", "value": "2026-11-22T14:30:00Z"},
			{"key": "testcookie", "type": "string", "value": "worked"}]},
		"row": {"token": %[1]q, "size": %[2]d, "data": %[3]q}}`, token, len(row.data), base64.StdEncoding.EncodeToString([]byte(row.data))))
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("internals = %v\nwant %v", got, want)
	}
}

// TestInternalsContractWithoutASession: row is null, values is an empty list.
func TestInternalsContractWithoutASession(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	stale := strings.Repeat("A", 43)
	for _, tt := range []struct {
		name, header, token string
	}{
		{"no cookie", "other=1", ""},
		{"an unknown cookie", "sessionname=" + stale, stale},
	} {
		got := decodeJSON(t, tl.send(http.MethodGet, "/internals.json", "Cookie", tt.header).Body)
		if date := takeTime(t, got, "session", "expiry_date"); !date.Equal(now.Add(400 * time.Second)) {
			t.Errorf("%s: expiry_date = %v", tt.name, date)
		}
		want := decodeJSON(t, fmt.Sprintf(`{"engine": "sqlite", "cookie": {"name": "sessionname", "received": %v, "token": %q},
			"session": {"exists": false, "token": "", "values": [], "is_empty": true, "test_cookie_worked": false, "expiry_age": 400,
				"expire_at_browser_close": false, "cookie_age": 400},
			"row": null}`, tt.token != "", tt.token))
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: internals = %v\nwant %v", tt.name, got, want)
		}
	}
}

func decodeJSON(t *testing.T, text string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return m
}

// take removes an entry, which has to be there.
func take(t *testing.T, m map[string]any, section, name string) any {
	t.Helper()
	fields, _ := m[section].(map[string]any)
	value, ok := fields[name]
	if !ok {
		t.Fatalf("%s has no %s: %v", section, name, m)
	}
	delete(fields, name)
	return value
}

func takeTime(t *testing.T, m map[string]any, section, name string) time.Time {
	t.Helper()
	text, _ := take(t, m, section, name).(string)
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatalf("%s.%s: %v", section, name, err)
	}
	return moment
}

func TestUnknownAddressIsAPageWith404(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, path := range []string{"/nosuchpage", "/set/", "/static/", "/static/../routes.go", "/static/lab.css.map", "/SET", "/%2e%2e/", "//evil.example/", "/test-cookie/"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if method == http.MethodPost && strings.HasPrefix(path, "/static/") {
				continue // files are only read: that is a 405
			}
			a := tl.send(method, path)
			if a.Status != http.StatusNotFound || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") || !strings.Contains(a.Body, "No such page") || a.Header.Get("Location") != "" {
				t.Errorf("%s %s = %d %s", method, path, a.Status, a.Header.Get("Location"))
			}
		}
	}
}

func TestWrongMethodIsAPageWith405(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	both, get, post := "GET, HEAD, POST", "GET, HEAD", "POST"
	for _, tt := range []struct{ method, path, allow string }{
		{http.MethodPut, "/set", both}, {http.MethodDelete, "/set", both}, {http.MethodOptions, "/set", both}, {http.MethodPatch, "/flush", both},
		{http.MethodPost, "/items", get}, {http.MethodPost, "/get", get}, {http.MethodPost, "/", get}, {http.MethodPost, "/internals.json", get},
		{http.MethodDelete, "/settings", get}, {http.MethodPost, "/summary", get}, {http.MethodPost, "/healthz", get},
		{http.MethodGet, "/test-cookie/set", post}, {http.MethodHead, "/test-cookie/set", post}, {http.MethodGet, "/clear-expired/plant", post},
		{http.MethodPut, "/modified/assign", post},
	} {
		a := tl.send(tt.method, tt.path)
		if a.Status != http.StatusMethodNotAllowed || a.Header.Get("Allow") != tt.allow || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s %s = %d, Allow %q; want 405 and %q", tt.method, tt.path, a.Status, a.Header.Get("Allow"), tt.allow)
		}
		if tt.method != http.MethodHead && !strings.Contains(a.Body, "Nothing was changed") {
			t.Errorf("%s %s: no page", tt.method, tt.path)
		}
	}
	if tl.rows() != 0 {
		t.Error("a refused request made a row")
	}
}

func TestHostCheck(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, host := range []string{"localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:65535", "[::1]", "[::1]:4000"} {
		if a := tl.send(http.MethodGet, "/set", "Host", host); a.Status != http.StatusOK {
			t.Errorf("Host %s = %d, want 200", host, a.Status)
		}
	}
	for _, host := range []string{"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "0.0.0.0", "127.0.0.2", "localhost.", "[::2]"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			a := tl.send(method, "/set", "Host", host, "X-Forwarded-Host", "localhost")
			if a.Status != http.StatusMisdirectedRequest || a.setCookie() != nil || !strings.Contains(a.Body, "ALLOWED_HOSTS") {
				t.Errorf("%s for host %s = %d, Set-Cookie %v; want 421", method, host, a.Status, a.setCookie())
			}
		}
	}
	if tl.rows() != 0 {
		t.Error("a refused request made a row")
	}
	if a := tl.send(http.MethodGet, "/set", "X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example"); a.Status != http.StatusOK || strings.Contains(a.Body, "evil.example") {
		t.Error("a forwarded host counts")
	}
}

func TestCrossSitePostIsRefused(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	host := strings.TrimPrefix(tl.url, "http://")
	for _, tt := range []struct {
		name    string
		headers []string
		refused bool
	}{
		{"curl, with neither header", nil, false},
		{"our own form", []string{"Sec-Fetch-Site", "same-origin", "Origin", tl.url}, false},
		{"typed by hand", []string{"Sec-Fetch-Site", "none"}, false},
		{"our own form in a browser without the header", []string{"Origin", tl.url}, false},
		{"another site", []string{"Sec-Fetch-Site", "cross-site", "Origin", "http://evil.example"}, true},
		{"another port of this host", []string{"Sec-Fetch-Site", "same-site", "Origin", "http://127.0.0.1:1"}, true},
		{"another site without the header", []string{"Origin", "http://evil.example"}, true},
		{"another port without the header", []string{"Origin", "http://127.0.0.1:1"}, true},
		{"a sandboxed frame", []string{"Origin", "null"}, true},
		{"a name that begins like ours", []string{"Origin", "http://" + host + ".evil.example"}, true},
	} {
		for _, path := range tl.addresses(http.MethodPost) {
			a := tl.send(http.MethodPost, path, tt.headers...)
			if refused := a.Status == http.StatusForbidden; refused != tt.refused {
				t.Errorf("%s: POST %s = %d", tt.name, path, a.Status)
			}
			if tt.refused && (a.setCookie() != nil || !strings.Contains(a.Body, "Nothing was changed") || !strings.Contains(a.Body, "CSRF")) {
				t.Errorf("%s: POST %s sets a cookie or is no page", tt.name, path)
			}
		}
		if a := tl.send(http.MethodGet, "/set", tt.headers...); a.Status != http.StatusOK {
			t.Errorf("%s: GET = %d, want 200", tt.name, a.Status)
		}
	}
}

func TestCrossSitePostChangesNothing(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	before := tl.raw()
	for _, path := range tl.addresses(http.MethodPost) {
		tl.send(http.MethodPost, path, "Cookie", "sessionname="+v.token(), "Sec-Fetch-Site", "cross-site")
		if !slices.Equal(tl.raw(), before) {
			t.Fatalf("POST %s from another site changed the table", path)
		}
	}
}

// TestSecurityHeadersOnEveryAnswer: pages, files, redirects and errors.
func TestSecurityHeadersOnEveryAnswer(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	answers := map[string]answer{
		"another host": tl.send(http.MethodGet, "/set", "Host", "evil.example"),
		"cross-site":   tl.send(http.MethodPost, "/set", "Sec-Fetch-Site", "cross-site"),
		"not found":    tl.send(http.MethodGet, "/nosuchpage"),
		"method":       tl.send(http.MethodPut, "/set"),
		"bad input":    tl.visitor().post("/set", "key", ""),
		"redirect":     tl.send(http.MethodPost, "/set"),
		"KeyError":     tl.visitor().post("/delete", "key", "absent"),
		"no form":      tl.visitor().postBody("/set", "{}", "application/json"),
	}
	for _, path := range tl.addresses(http.MethodGet) {
		answers["GET "+path] = tl.send(http.MethodGet, path)
		answers["HEAD "+path] = tl.send(http.MethodHead, path)
	}
	for name, a := range answers {
		h := a.Header
		for header, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"} {
			if h.Get(header) != want {
				t.Errorf("%s: %s = %q, want %q", name, header, h.Get(header), want)
			}
		}
		policy := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'", "object-src 'none'", "form-action 'self'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the policy lacks %s", name, want)
			}
		}
		if strings.Contains(policy, "unsafe") || h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: the policy is open", name)
		}
		if !strings.Contains(name, "/static/") && (h.Get("Cache-Control") != "no-store" || !slices.Contains(h.Values("Vary"), "Cookie")) {
			t.Errorf("%s: Cache-Control = %q, Vary = %q", name, h.Get("Cache-Control"), h.Values("Vary"))
		}
		if strings.Contains(a.Body, " style=") || strings.Contains(a.Body, "<script>") || strings.Contains(a.Body, " onclick=") {
			t.Errorf("%s has an inline style or script", name)
		}
	}
}

// With an older exchange on view the panel says how the session is now, and makes nothing up about the
// latest request or other tabs.
func TestOlderExchangeOnView(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	first := v.post("/set", "key", "a", "value", "1").Header.Get("Location")
	if page := v.get(first); !strings.Contains(page.Body, "A new session, made by your last request.") || strings.Contains(page.Body, "older exchange") {
		t.Error("the first exchange is the latest, and its page does not say what it did")
	}
	v.run("/set", "key", "b", "value", "2")
	page := v.get(first)
	for _, text := range []string{"Alive. On view is an older exchange, not your last.", "There was no session yet, so a token was made"} {
		if !strings.Contains(page.Body, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
	for _, text := range []string{"made by your last request", "by another tab or program", "<small>was ", ">inserted<"} {
		if strings.Contains(page.Body, text) {
			t.Errorf("the page says %q", text)
		}
	}
}

// blind is an engine whose rows cannot be looked at, though sessions can be loaded.
type blind struct{ engine.Engine }

func (blind) Row(context.Context, string) (engine.Row, bool, error) {
	return engine.Row{}, false, engine.ErrUnavailable
}

// A page that fails after its exchange was filed leaves that exchange as it was.
func TestPageWithoutALookAtTheRow(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	before := len(tl.history.Of(v.token()))
	sighted := tl.engine
	tl.engine.Engine = blind{sighted.Engine}
	tl.wantErrorPage("a row that cannot be looked at", v.get("/items"), http.StatusServiceUnavailable, "cannot be reached")
	tl.engine = sighted
	list := tl.history.Of(v.token())
	if len(list) != before+1 || list[0].Path != "/items" || list[0].Status != http.StatusOK || list[0].Refused != "" {
		t.Errorf("%d exchanges, %d before; the last is %+v; want one more, that went well", len(list), before, list[0])
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
		if strings.Contains(a.Body, "no row of yours, no cookie") || strings.Contains(a.Body, "The next page drops it") || !strings.Contains(a.Body, "the browser is told to drop it") {
			t.Errorf("%s: the panel does not say that the cookie is dropped", tt.name)
		}
	}
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	if c := v.post("/pop", "key", "absent").setCookie(); c != nil {
		t.Errorf("an error with a live session sets %v", c)
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
		for _, want := range []string{"Cookie: without a value", "and 1 of other programs", "Your browser holds no sessionname."} {
			if !strings.Contains(a.text(), want) {
				t.Errorf("%s: the page does not say %q", name, want)
			}
		}
	}
}

// TestUnreadableForm: it is refused before anything of it is used, and the record says truly whose it was.
func TestUnreadableForm(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	for _, tt := range []struct {
		name, body, kind string
		status           int
	}{
		{"no UTF-8", "key=%ff&value=x", "application/x-www-form-urlencoded", http.StatusBadRequest},
		{"a broken percent", "key=%&value=x", "application/x-www-form-urlencoded", http.StatusBadRequest},
		{"no form", "{}", "application/json", http.StatusUnsupportedMediaType},
		{"too large", strings.Repeat("x", maxBody+1), "application/x-www-form-urlencoded", http.StatusRequestEntityTooLarge},
	} {
		a := v.postBody("/set", tt.body, tt.kind)
		if a.Status != tt.status || a.setCookie() != nil {
			t.Errorf("%s: %d, Set-Cookie %v; want %d", tt.name, a.Status, a.setCookie(), tt.status)
		}
		for _, untrue := range []string{"belongs to no live session", "Changed after this exchange", "added"} {
			if strings.Contains(a.text(), untrue) {
				t.Errorf("%s: the page says %q", tt.name, untrue)
			}
		}
		if list := tl.history.Of(v.token()); list[0].Status != tt.status || list[0].Refused == "" {
			t.Errorf("%s: the exchange is not kept: the latest is %d %s", tt.name, list[0].Status, list[0].Refused)
		}
	}
	if got := v.values(); len(got) != 1 || got["k"] != "v" {
		t.Errorf("the session holds %v", got)
	}
}
