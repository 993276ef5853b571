package handlers

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-chi/chi/v5"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// serve answers a request without a network. cookie is the Cookie header as it stands.
func serve(h http.Handler, method, path, body, cookie string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	r.Host = "127.0.0.1"
	if u, err := url.Parse(path); err == nil {
		r.URL = u
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if cookie != "" {
		r.Header["Cookie"] = []string{cookie}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// began is the token of a new session in which key is stored.
func began(t *testing.T, h http.Handler, key, value string) string {
	t.Helper()
	w := serve(h, http.MethodPost, "/set", "key="+url.QueryEscape(key)+"&value="+url.QueryEscape(value), "")
	a := answer{w.Code, w.Header(), w.Body.String()}
	if a.Status != http.StatusSeeOther || a.setCookie() == nil {
		t.Fatalf("POST /set = %d\n%s", a.Status, a.Body)
	}
	return a.setCookie().Value
}

// paths lists the site's routes of one method, the stream and static files left out.
func (tl *testLab) paths(method string) (list []string) {
	tl.t.Helper()
	err := chi.Walk(tl.Handler().(chi.Routes), func(m, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if m == method && path != "/internals/events" && !strings.Contains(path, "*") {
			list = append(list, path)
		}
		return nil
	})
	if err != nil || len(list) == 0 {
		tl.t.Fatalf("routes: %v", err)
	}
	return list
}

// lock takes the database's write lock from outside, as a program does that is stuck in a transaction.
func (tl *testLab) lock() (release func()) {
	tl.t.Helper()
	db, err := sql.Open("sqlite", "file:"+tl.file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		tl.t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("BEGIN IMMEDIATE"); err != nil {
		tl.t.Fatal(err)
	}
	release = sync.OnceFunc(func() { db.Close() })
	tl.t.Cleanup(release)
	return release
}

// wantErrorPage checks that a is a page for people which says nothing of the inside.
func (tl *testLab) wantErrorPage(what string, a answer, status int, texts ...string) {
	tl.t.Helper()
	if a.Status != status {
		tl.t.Errorf("%s: status %d, want %d\n%s", what, a.Status, status, a.Body)
		return
	}
	if kind := a.Header.Get("Content-Type"); kind != "text/html; charset=utf-8" {
		tl.t.Errorf("%s: %s, want a page", what, kind)
	}
	if a.setCookie() != nil || a.Header.Get("Location") != "" {
		tl.t.Errorf("%s: an error with Set-Cookie %q and Location %q", what, a.Header.Get("Set-Cookie"), a.Header.Get("Location"))
	}
	for _, text := range append(texts, "Nothing was changed") {
		if !strings.Contains(html.UnescapeString(a.Body), text) {
			tl.t.Errorf("%s: the page does not say %q", what, text)
		}
	}
	for _, inside := range []string{tl.file, "goroutine", "panic", "SQLITE", "no such table", "database is locked", ".go:", "constraint"} {
		if before, _, ok := strings.Cut(a.Body, `<section class="xray`); ok && strings.Contains(before, inside) {
			tl.t.Errorf("%s: the page shows %q of the inside", what, inside)
		}
	}
	if status == http.StatusServiceUnavailable && a.Header.Get("Retry-After") == "" {
		tl.t.Errorf("%s: 503 without Retry-After", what)
	}
}

func TestLocked_Short(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "before")
	release := tl.lock()
	done := make(chan answer, 1)
	go func() { done <- v.post("/set", "key", "k", "value", "after") }()
	reader := tl.visitor()
	reader.setToken(v.token())
	for range 5 {
		if got := reader.values()["k"]; got != "before" {
			t.Errorf("beside a writer that waits a reader sees %v", got)
		}
	}
	release()
	if a := <-done; a.Status != http.StatusSeeOther {
		t.Errorf("the write that waited = %d, want 303", a.Status)
	}
	if got := v.values()["k"]; got != "after" {
		t.Errorf("stored %v", got)
	}
}

// Another program holds the lock and does not let go: everybody who wants to write learns it within
// one waiting time, however long the queue is, and everybody who reads is served.
func TestLocked_Long(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	const writers = 20
	visitors := make([]*visitor, writers)
	for i := range visitors {
		visitors[i] = tl.visitor()
		visitors[i].run("/set", "key", "k", "value", "before")
	}
	release := tl.lock()
	var wg sync.WaitGroup
	var mu sync.Mutex
	var slowest time.Duration
	for _, v := range visitors {
		wg.Go(func() {
			start := time.Now()
			a := v.post("/set", "key", "k", "value", "never")
			took := time.Since(start)
			mu.Lock()
			defer mu.Unlock()
			slowest = max(slowest, took)
			tl.wantErrorPage("write", a, http.StatusServiceUnavailable, "The store is busy")
		})
	}
	waiting := make(chan struct{})
	go func() { wg.Wait(); close(waiting) }()
	reader, reads := tl.visitor(), 0
	reader.setToken(visitors[0].token())
	for reading := true; reading; {
		select {
		case <-waiting:
			reading = false
		default:
			reads++
			if a := reader.get("/items"); a.Status != http.StatusOK || !strings.Contains(a.Body, "before") {
				t.Errorf("a page beside stuck writers = %d", a.Status)
			}
			if a := reader.get("/healthz"); a.Status != http.StatusOK {
				t.Errorf("/healthz beside stuck writers = %d", a.Status)
			}
		}
	}
	t.Logf("%d writers were told after %v at most; %d pages were read meanwhile", writers, slowest, reads)
	// One writer waits about 5 s. Had they to wait one after the other, it would be 5 s for each.
	if slowest > writers*5*time.Second/4 {
		t.Errorf("the last of %d writers was told after %v: the waiting times add up", writers, slowest)
	}
	if reads < 5 {
		t.Errorf("only %d pages were served meanwhile", reads)
	}
	release()
	for _, v := range visitors {
		if got := v.values()["k"]; got != "before" {
			t.Errorf("a write that was refused stored %v", got)
		}
		v.run("/set", "key", "k", "value", "after")
	}
}

// The database file vanishes, or another takes its place: nothing is acknowledged that is not in it.
func TestFileGone(t *testing.T) {
	t.Parallel()
	tests := map[string]func(t *testing.T, file string){
		"moved away": func(*testing.T, string) {},
		"replaced by a copy": func(t *testing.T, file string) {
			b, err := os.ReadFile(file + ".away")
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, b, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, replace := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			v := tl.visitor()
			v.run("/set", "key", "k", "value", "before")
			if err := os.Rename(tl.file, tl.file+".away"); err != nil {
				t.Fatal(err)
			}
			replace(t, tl.file)
			before, readErr := os.ReadFile(tl.file)
			for _, path := range []string{"/set", "/update", "/clear", "/flush", "/cycle-key", "/clear-expired/plant", "/clear-expired"} {
				a := v.post(path, "key", "k", "value", "lost")
				tl.wantErrorPage("POST "+path, a, http.StatusServiceUnavailable, "The store cannot be reached")
			}
			tl.wantErrorPage("newcomer", tl.visitor().post("/set", "key", "k", "value", "lost"), http.StatusServiceUnavailable)
			if a := v.get("/healthz"); a.Status != http.StatusServiceUnavailable {
				t.Errorf("/healthz = %d, want 503", a.Status)
			}
			if a := v.get("/set"); a.Status != http.StatusOK {
				t.Errorf("reading = %d, want 200", a.Status)
			}
			after, err := os.ReadFile(tl.file)
			if string(after) != string(before) || errors.Is(err, os.ErrNotExist) != errors.Is(readErr, os.ErrNotExist) {
				t.Error("the file that took the place was made or changed")
			}

			if err := os.Rename(tl.file+".away", tl.file); err != nil {
				t.Fatal(err)
			}
			if got := v.values()["k"]; got != "before" {
				t.Errorf("when the file is back it holds %v", got)
			}
			v.run("/set", "key", "k", "value", "after")
			if a := v.get("/healthz"); a.Status != http.StatusOK {
				t.Errorf("/healthz = %d when the file is back", a.Status)
			}
		})
	}
}

// The store is broken in a way that nobody foresaw.
func TestStoreBroken(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	tl.sql("DROP TABLE sessions")
	for _, a := range []answer{v.get("/"), v.get("/sessions"), v.get("/internals"), v.get("/internals.json"), v.post("/set", "key", "k", "value", "w")} {
		tl.wantErrorPage("without the table", a, http.StatusServiceUnavailable, "The store cannot be reached")
	}
	for _, path := range []string{"/summary", "/settings"} {
		if a := v.get(path); a.Status != http.StatusOK {
			t.Errorf("%s, which needs no session, = %d", path, a.Status)
		}
	}
	if a := v.get("/healthz"); a.Status != http.StatusServiceUnavailable || strings.Contains(a.Body, "table") {
		t.Errorf("/healthz = %d %q", a.Status, a.Body)
	}
	if !strings.Contains(tl.log.String(), "no such table") {
		t.Error("the log does not say why")
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	h := tl.accessLog(tl.recoverer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("S3CRET of the inside") })))
	w := serve(h, http.MethodGet, "/set", "", "")
	tl.wantErrorPage("panic", answer{w.Code, w.Header(), w.Body.String()}, http.StatusInternalServerError)
	if strings.Contains(w.Body.String(), "S3CRET") || !strings.Contains(tl.log.String(), "S3CRET") {
		t.Error("want what went wrong in the log, and only there")
	}
	if strings.Contains(w.Body.String(), "TestPanic") || !strings.Contains(tl.log.String(), "TestPanic") || !strings.Contains(tl.log.String(), "hardening_test.go:") {
		t.Error("want the stack in the log, down to the line that panicked, and only there")
	}
	for line := range strings.Lines(strings.TrimSpace(tl.log.String())) {
		if !strings.HasPrefix(line, "time=") {
			t.Errorf("the log has a line of its own for %q", line)
		}
	}
}

// A damaged row is an empty session for its owner, and nothing at all for everybody else.
func TestCorruptRow(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	other := tl.visitor()
	other.run("/set", "key", "k", "value", "intact")
	pages := map[*visitor][]string{other: {"/items", "/sessions", "/clear-expired"}}
	for name, data := range map[string]string{
		"no bytes": "x''", "one byte": "x'00'", "text": "'nonsense'", "a number": "12", "long": "zeroblob(400000)",
		"cut short": "substr(data, 1, length(data) / 2)", "not a session": "x'03040002'", "one bit": "x'ff' || substr(data, 2)",
	} {
		v := tl.visitor()
		pages[v] = []string{"/", "/items", "/sessions", "/templates", "/expiry", "/modified", "/internals", "/internals.json"}
		v.run("/set", "key", "pin", "value", "S3CRET")
		token := v.token()
		tl.sql("UPDATE sessions SET data = "+data+" WHERE token = ?", token)
		for who, visitor := range map[string]*visitor{"its owner": v, "another": other} {
			for _, path := range pages[visitor] {
				if a := visitor.get(path); a.Status != http.StatusOK || a.setCookie() != nil {
					t.Errorf("%s: %s for %s = %d, Set-Cookie %q", name, path, who, a.Status, a.Header.Get("Set-Cookie"))
				}
			}
		}
		if i := v.internals(); len(i.Session.Values) != 0 || !i.Session.Exists {
			t.Errorf("%s: the owner sees %+v, want an empty session", name, i.Session)
		}
		v.run("/set", "key", "fresh", "value", "start")
		if got := v.values(); len(got) != 1 || got["fresh"] != "start" || v.token() != token {
			t.Errorf("%s: after the next change the session holds %v", name, got)
		}
	}
	if got := other.values(); len(got) != 1 || got["k"] != "intact" {
		t.Errorf("the other visitor's session holds %v", got)
	}
	if n := strings.Count(tl.log.String(), "session data corrupted"); n == 0 {
		t.Error("the log does not mention it")
	}
}

// What somebody writes into the other columns breaks no page either.
func TestOddRow(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	other := tl.visitor()
	other.run("/set", "key", "k", "value", "v")
	for _, expiry := range []string{"'never'", "9e999", "-9e999", "1e300", "0", "x'00'", "3e6", "'2461367.3'"} {
		v := tl.visitor()
		v.run("/set", "key", "k", "value", "v")
		tl.sql("UPDATE sessions SET expiry = "+expiry+" WHERE token = ?", v.token())
		for visitor, paths := range map[*visitor][]string{v: tl.paths(http.MethodGet), other: {"/sessions", "/clear-expired"}} {
			for _, path := range paths {
				if a := visitor.get(path); a.Status >= 500 {
					t.Errorf("expiry %s: GET %s = %d", expiry, path, a.Status)
				}
			}
		}
		if a := v.post("/set", "key", "k", "value", "w"); a.Status != http.StatusSeeOther {
			t.Errorf("expiry %s: POST /set = %d", expiry, a.Status)
		}
		v.run("/set", "key", "k", "value", "w")
		if got := v.values()["k"]; got != "w" {
			t.Errorf("expiry %s: stored %v", expiry, got)
		}
	}
}

// endings are the ways in which a session ends or changes its id while requests are under way.
var endings = map[string]func(tl *testLab, h http.Handler, token string) (status int){
	"flush": func(_ *testLab, h http.Handler, token string) int {
		return serve(h, http.MethodPost, "/flush", "", "sessionname="+token).Code
	},
	"cycle": func(_ *testLab, h http.Handler, token string) int {
		return serve(h, http.MethodPost, "/cycle-key", "", "sessionname="+token).Code
	},
	"deleted elsewhere": func(tl *testLab, _ http.Handler, token string) int {
		if tl.sql("DELETE FROM sessions WHERE token = ?", token) != 1 {
			return 0
		}
		return http.StatusSeeOther
	},
}

// Each of these requests has loaded the session before it is ended, and saves it after the end was
// acknowledged. None may bring the row or the cookie back.
func TestLateRequests(t *testing.T) {
	t.Parallel()
	const sessions, late = 14, 25 // for each way to end: 1,050 tries in all
	for name, end := range endings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			h := tl.Handler()
			for range sessions {
				token := began(t, h, "k", "v")
				var loaded, done sync.WaitGroup
				loaded.Add(late)
				ended := make(chan struct{})
				slow := tl.perform("/set", func(ctx context.Context, form url.Values) error {
					loaded.Done()
					<-ended
					return tl.set(ctx, form)
				})
				for i := range late {
					done.Go(func() {
						w := serve(slow, http.MethodPost, "/set", fmt.Sprintf("key=late&value=%d", i), "sessionname="+token)
						if w.Code != http.StatusBadRequest || w.Header().Get("Set-Cookie") != "" || !strings.Contains(w.Body.String(), "SessionInterrupted") {
							t.Errorf("late request = %d, Set-Cookie %q; want 400 and no cookie", w.Code, w.Header().Get("Set-Cookie"))
						}
					})
				}
				loaded.Wait()
				if status := end(tl, h, token); status != http.StatusSeeOther {
					t.Errorf("%s = %d", name, status)
				}
				close(ended)
				done.Wait()
				if _, found, err := tl.engine.Row(t.Context(), token); found || err != nil {
					t.Fatalf("the session that was ended is back: %v, %v", found, err)
				}
			}
		})
	}
}

// The same without a script: writers run free while the session is ended under them.
func TestLateRequests_Free(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	h := tl.Handler()
	tries, interrupted := 0, 0
	for range 8 {
		for name, end := range endings {
			token := began(t, h, "k", "v")
			var wg sync.WaitGroup
			var mu sync.Mutex
			stop := make(chan struct{})
			started := make(chan struct{}, 1000)
			for range 4 {
				wg.Go(func() {
					for i := range 200 {
						select {
						case <-stop:
							return
						default:
						}
						w := serve(h, http.MethodPost, "/set", fmt.Sprintf("key=k&value=%d", i), "sessionname="+token)
						started <- struct{}{}
						mu.Lock()
						tries++
						switch w.Code {
						case http.StatusBadRequest:
							interrupted++
						case http.StatusSeeOther:
						default:
							t.Errorf("%s: a write beside it = %d", name, w.Code)
						}
						mu.Unlock()
					}
				})
			}
			<-started
			<-started
			if status := end(tl, h, token); status != http.StatusSeeOther {
				t.Errorf("%s = %d", name, status)
			}
			// What begins now comes after the end: the old id must be dead for it.
			for range 5 {
				w := serve(h, http.MethodPost, "/set", "key=k&value=after", "sessionname="+token)
				a := answer{w.Code, w.Header(), ""}
				if c := a.setCookie(); a.Status != http.StatusSeeOther || c == nil || c.Value == token {
					t.Errorf("%s: the next write = %d, %v; want a new id", name, a.Status, c)
				}
			}
			close(stop)
			wg.Wait()
			if _, found, _ := tl.engine.Row(t.Context(), token); found {
				t.Fatalf("%s: the session that was ended is back", name)
			}
		}
	}
	t.Logf("%d writes beside 24 endings, %d of them interrupted", tries, interrupted)
}

// Two requests that overlap: each saves the whole session as it loaded it, so the last one wins and the
// other's change is lost. Django's sessions do the same.
func TestParallelWrites_LastOneWins(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	h := tl.Handler()
	token := began(t, h, "base", "1")
	ready, first := make(chan struct{}, 2), make(chan struct{})
	hold := func(until <-chan struct{}) http.Handler {
		return tl.perform("/set", func(ctx context.Context, form url.Values) error {
			ready <- struct{}{}
			<-until
			return tl.set(ctx, form)
		})
	}
	statuses := make(chan int, 2)
	both := make(chan struct{})
	go func() {
		statuses <- serve(hold(both), http.MethodPost, "/set", "key=first&value=1", "sessionname="+token).Code
		close(first)
	}()
	go func() {
		statuses <- serve(hold(first), http.MethodPost, "/set", "key=last&value=1", "sessionname="+token).Code
	}()
	<-ready
	<-ready
	close(both)
	for range 2 {
		if status := <-statuses; status != http.StatusSeeOther {
			t.Errorf("an overlapping write = %d, want 303", status)
		}
	}
	v := tl.visitor()
	v.setToken(token)
	got := v.values()
	if len(got) != 2 || got["base"] != "1" || got["last"] != "1" {
		t.Errorf("stored %v; want what the last writer had, without the first one's key", got)
	}
}

func TestParallelWrites_AreNeverErrors(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "base", "value", "1")
	const writers, each = 8, 10
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for j := range each {
				a := v.post("/set", "key", fmt.Sprintf("k%d.%d", i, j), "value", "x")
				if a.Status != http.StatusSeeOther {
					t.Errorf("parallel write = %d, want 303", a.Status)
				}
			}
		})
	}
	wg.Wait()
	got := v.values()
	delete(got, "base")
	t.Logf("%d parallel writes of one session: %d of the keys are kept, the others were overwritten by a save that had not seen them", writers*each, len(got))
	if len(got) == 0 {
		t.Error("nothing of it is kept; at least the last write must be")
	}
	for key, value := range got {
		if value != "x" {
			t.Errorf("%s = %v", key, value)
		}
	}
}

// Senders who begin a form and never end it are cut off, hold up nobody and change nothing.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.formWait = 2 * time.Second
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "before")
	var slow []net.Conn
	for range 30 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(tl.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST /set HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionname=%s\r\n"+
			"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nkey=k&value=sl", v.token())
		slow = append(slow, conn)
	}
	v.run("/set", "key", "other", "value", "tab")
	for _, conn := range slow {
		conn.SetReadDeadline(time.Now().Add(patience))
		b, err := io.ReadAll(conn)
		if err != nil {
			t.Fatalf("the connection is not closed: %v", err)
		}
		if !strings.HasPrefix(string(b), "HTTP/1.1 400 ") || !strings.Contains(string(b), "Incomplete request") {
			t.Errorf("answer %.80q, want the 400 page", b)
		}
	}
	if got := v.values(); got["k"] != "before" || got["other"] != "tab" {
		t.Errorf("stored %v", got)
	}
}

// A body that nobody reads does not hold an answer up for ever: net/http waits for it before it answers.
func TestBodyThatNeverComes(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.formWait = time.Second
	for request, status := range map[string]string{
		"GET /set HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n":                                "200",
		"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n":                           "200",
		"POST /no-such-page HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n":                      "404",
		"POST /set HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 10\r\n\r\n": "403",
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(tl.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, request)
		conn.SetReadDeadline(time.Now().Add(patience))
		b, err := io.ReadAll(conn)
		if err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 "+status) {
			t.Errorf("%q: %.80q, %v; want %s and the end of the connection", request, b, err, status)
		}
	}
}

// Who asks for pages and does not take them is cut off too.
func TestSlowPageReader(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.pageWait = 4 * time.Second
	v := tl.visitor()
	big := strings.Repeat("x", 60<<10)
	v.run("/update", "key", "a", "value", big, "key", "b", "value", big, "key", "c", "value", big)
	conn, err := net.Dial("tcp", strings.TrimPrefix(tl.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	request := fmt.Sprintf("GET /internals.json HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionname=%s\r\n\r\n", v.token())
	io.WriteString(conn, strings.Repeat(request, 50)) // half a megabyte each: more than the network holds
	until(t, "the connection is given up", func() bool {
		_, err := io.WriteString(conn, "\r\n")
		return err != nil
	})
}

// Every form of the site has the same limits, and over a limit nothing of it counts.
func TestEveryFormIsLimited(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/update", "key", "k", "value", "v", "key", "testcookie", "value", "worked")
	before := v.internals()
	const urlencoded = "application/x-www-form-urlencoded"
	tests := map[string]struct {
		body, kind string
		status     int
		text       string
	}{
		"long body":      {"key=k&value=" + strings.Repeat("x", maxBody), urlencoded, http.StatusRequestEntityTooLarge, "1 MiB"},
		"many fields":    {"key=k&value=x" + strings.Repeat("&a", maxFields), urlencoded, http.StatusRequestEntityTooLarge, "1000 fields"},
		"multipart":      {"key=k&value=x", "multipart/form-data; boundary=x", http.StatusUnsupportedMediaType, urlencoded},
		"no kind":        {"key=k&value=x", "", http.StatusUnsupportedMediaType, urlencoded},
		"JSON":           {`{"key":"k"}`, "application/json", http.StatusUnsupportedMediaType, urlencoded},
		"invalid UTF-8":  {"key=k&value=%ff", urlencoded, http.StatusBadRequest, "UTF-8"},
		"broken percent": {"key=k&value=%zz", urlencoded, http.StatusBadRequest, "percent"},
		"semicolon":      {"key=k;value=x", urlencoded, http.StatusBadRequest, "parted by"},
	}
	for _, path := range tl.paths(http.MethodPost) {
		for name, tt := range tests {
			tl.wantErrorPage("POST "+path+" with "+name, v.postBody(path, tt.body, tt.kind), tt.status, tt.text)
		}
	}
	after := v.internals()
	if string(after.Row.Data) != string(before.Row.Data) || after.Row.ExpiryJulian != before.Row.ExpiryJulian || after.Cookie != before.Cookie {
		t.Error("a form that was refused changed the session")
	}
	if n := tl.rows(); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

// wire sends text as it stands over a connection of its own, and returns the first answer that is final.
func (tl *testLab) wire(text string) answer {
	tl.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(tl.url, "http://"))
	if err != nil {
		tl.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		tl.t.Fatal(err)
	}
	return tl.answer(conn)
}

// answer reads the first answer on conn that is final.
func (tl *testLab) answer(conn net.Conn) answer {
	tl.t.Helper()
	conn.SetDeadline(time.Now().Add(patience))
	r := bufio.NewReader(conn)
	for {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			tl.t.Fatal(err)
		}
		if resp.StatusCode == http.StatusContinue {
			continue
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			tl.t.Fatal(err)
		}
		return answer{resp.StatusCode, resp.Header, string(body)}
	}
}

// The limit of a body holds to the byte, however its length is told.
func TestBodyToTheByte(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	form := "key=k&value=v&pad="
	whole := form + strings.Repeat("x", 1<<20-len(form))
	head := "POST /set HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	chunked := func(body string) string {
		half := len(body) / 2
		return fmt.Sprintf("%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", head, half, body[:half], len(body)-half, body[half:])
	}
	length := func(body string) string {
		return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body)
	}
	expect := func(body string) string {
		return fmt.Sprintf("%sExpect: 100-continue\r\nContent-Length: %d\r\n\r\n%s", head, len(body), body)
	}
	for name, send := range map[string]func(body string) string{"a length": length, "chunks": chunked, "a length that waits for 100": expect} {
		if a := tl.wire(send(whole)); a.Status != http.StatusSeeOther {
			t.Errorf("1 MiB with %s = %d, want 303", name, a.Status)
		}
		rows := tl.rows()
		tl.wantErrorPage("one byte more with "+name, tl.wire(send(whole+"x")), http.StatusRequestEntityTooLarge, "1 MiB")
		if n := tl.rows(); n != rows {
			t.Errorf("one byte more with %s made a row", name)
		}
	}
}

// A body that is not what its head says is no form, and one that is refused for its head is not asked for.
func TestBodiesThatLie(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	head := "POST /set HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	for name, text := range map[string]string{
		"shorter than its length": head + "Content-Length: 100\r\n\r\nkey=k&value=v",
		"cut in a chunk":          head + "Transfer-Encoding: chunked\r\n\r\nff\r\nkey=k&value=v",
		"without the last chunk":  head + "Transfer-Encoding: chunked\r\n\r\nd\r\nkey=k&value=v\r\n",
		"not in chunks":           head + "Transfer-Encoding: chunked\r\n\r\nkey=k&value=v\r\n",
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(tl.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, text)
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		tl.wantErrorPage(name, tl.answer(conn), http.StatusBadRequest, "did not arrive whole")
	}
	for name, text := range map[string]string{
		"two lengths":        head + "Content-Length: 13\r\nContent-Length: 5\r\n\r\nkey=k&value=v",
		"a negative length":  head + "Content-Length: -1\r\n\r\nkey=k&value=v",
		"an unknown coding":  head + "Transfer-Encoding: gzip\r\n\r\nkey=k&value=v",
		"a length in spaces": head + "Content-Length: 1 3\r\n\r\nkey=k&value=v",
	} {
		if a := tl.wire(text); a.Status < 400 || a.Status == http.StatusInternalServerError {
			t.Errorf("%s = %d", name, a.Status)
		}
	}
	if n := tl.rows(); n != 0 {
		t.Errorf("%d rows, want none", n)
	}
	waits := "Expect: 100-continue\r\nContent-Length: 13\r\n"
	for name, tt := range map[string]struct {
		text   string
		status int
	}{
		"cross-site":   {head + "Sec-Fetch-Site: cross-site\r\n" + waits + "\r\n", http.StatusForbidden},
		"foreign host": {strings.Replace(head, "127.0.0.1", "evil.example", 1) + waits + "\r\n", http.StatusMisdirectedRequest},
		"no page":      {strings.Replace(head, "/set", "/nothing", 1) + waits + "\r\n", http.StatusNotFound},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(tl.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(patience))
		io.WriteString(conn, tt.text)
		if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.HasPrefix(line, fmt.Sprintf("HTTP/1.1 %d ", tt.status)) {
			t.Errorf("%s: the server says %q, %v; want %d before it has seen the form", name, line, err, tt.status)
		}
	}
}

// What stands in the address is no field of a form: a link could carry it.
func TestTheQueryIsNoForm(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/update", "key", "k", "value", "v", "key", "testcookie", "value", "worked")
	before := v.internals()
	const query = "?key=k&value=query&type=string&seconds=5&default=query&also=query&then=flow&predict=set:same"
	for path, status := range map[string]int{"/set": http.StatusBadRequest, "/delete": http.StatusBadRequest, "/setdefault": http.StatusBadRequest,
		"/pop": http.StatusBadRequest, "/update": http.StatusBadRequest, "/expiry": http.StatusBadRequest} {
		for _, body := range []string{"", "other=1"} {
			tl.wantErrorPage("POST "+path+" with the fields in the query, body "+body, v.postBody(path+query, body, "application/x-www-form-urlencoded"), status)
		}
	}
	tl.wantErrorPage("a default in the query", v.postBody("/pop"+query, "key=absent", "application/x-www-form-urlencoded"), http.StatusNotFound)
	after := v.internals()
	if string(after.Row.Data) != string(before.Row.Data) || after.Row.ExpiryJulian != before.Row.ExpiryJulian {
		t.Error("a query changed the session")
	}
	a := v.postBody("/set"+query, "key=fresh&value=body", "application/x-www-form-urlencoded")
	if to := a.Header.Get("Location"); a.Status != http.StatusSeeOther || !strings.HasPrefix(to, "/set?") || v.values()["fresh"] != "body" {
		t.Errorf("a form beside a query = %d, Location %q, stored %v", a.Status, to, v.values())
	}
}

// Whatever stands in the first line or under Host, the answer is a page of this server or a refusal, and
// leads nowhere.
func TestOddRequestLines(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, tt := range []struct {
		line, host string
		status     int
		allow      string
	}{
		{"GET /set HTTP/1.1", "127.0.0.1", http.StatusOK, ""},
		{"GET http://127.0.0.1/set HTTP/1.1", "127.0.0.1", http.StatusOK, ""},
		{"GET http://evil.example/set HTTP/1.1", "127.0.0.1", http.StatusMisdirectedRequest, ""},
		{"GET /set HTTP/1.1", "", http.StatusMisdirectedRequest, ""},
		{"GET /set HTTP/1.1", ":4000", http.StatusMisdirectedRequest, ""},
		{"GET /set HTTP/1.1", "127.0.0.1.", http.StatusMisdirectedRequest, ""},
		{"GET /set HTTP/1.1", "127.1", http.StatusMisdirectedRequest, ""},
		{"GET /set HTTP/1.1", "2130706433", http.StatusMisdirectedRequest, ""},
		{"GET /set HTTP/1.1", "localhost:80:80", http.StatusMisdirectedRequest, ""},
		{"GET /set HTTP/1.1", "[::1", http.StatusMisdirectedRequest, ""},
		{"GET /set HTTP/1.1", "[::ffff:127.0.0.1]", http.StatusMisdirectedRequest, ""},
		{"GET /set HTTP/1.1", "localhost\r\nHost: evil.example", http.StatusBadRequest, ""},
		{"GET /set HTTP/1.1", "localhost evil.example", http.StatusBadRequest, ""},

		{"GET //evil.example HTTP/1.1", "127.0.0.1", http.StatusNotFound, ""},
		{"GET //evil.example/%2e%2e/set HTTP/1.1", "127.0.0.1", http.StatusNotFound, ""},
		{"GET ///set HTTP/1.1", "127.0.0.1", http.StatusNotFound, ""},
		{"GET /./set HTTP/1.1", "127.0.0.1", http.StatusNotFound, ""},
		{"GET /get/../set HTTP/1.1", "127.0.0.1", http.StatusNotFound, ""},
		{"GET /%2f%2fevil.example HTTP/1.1", "127.0.0.1", http.StatusNotFound, ""},
		{"GET /%2fset HTTP/1.1", "127.0.0.1", http.StatusNotFound, ""},
		{"GET /\\evil.example HTTP/1.1", "127.0.0.1", http.StatusNotFound, ""},
		{"GET /%5cevil.example HTTP/1.1", "127.0.0.1", http.StatusNotFound, ""},
		{"GET /%0d%0aLocation:%20//evil.example HTTP/1.1", "127.0.0.1", http.StatusNotFound, ""},
		{"GET /static/%2e%2e%2fmain.go HTTP/1.1", "127.0.0.1", http.StatusNotFound, ""},
		{"GET /static/" + strings.Repeat("x", 9000) + " HTTP/1.1", "127.0.0.1", http.StatusNotFound, ""},
		{"POST //flush HTTP/1.1", "127.0.0.1", http.StatusNotFound, ""},

		{"BREW /set HTTP/1.1", "127.0.0.1", http.StatusMethodNotAllowed, "GET, HEAD, POST"},
		{"get /set HTTP/1.1", "127.0.0.1", http.StatusMethodNotAllowed, "GET, HEAD, POST"},
		{"TRACE /set HTTP/1.1", "127.0.0.1", http.StatusMethodNotAllowed, "GET, HEAD, POST"},
		{"PROPFIND /static/x HTTP/1.1", "127.0.0.1", http.StatusMethodNotAllowed, "GET, HEAD"},
		{"BREW /nosuchpage HTTP/1.1", "127.0.0.1", http.StatusNotFound, ""},
		{"CONNECT 127.0.0.1:80 HTTP/1.1", "127.0.0.1", http.StatusNotFound, ""},
		{"CONNECT evil.example:80 HTTP/1.1", "127.0.0.1", http.StatusMisdirectedRequest, ""},
		{"B<R>EW /set HTTP/1.1", "127.0.0.1", http.StatusBadRequest, ""},
	} {
		what := fmt.Sprintf("%.60q for %q", tt.line, tt.host)
		a := tl.wire(tt.line + "\r\nHost: " + tt.host + "\r\nConnection: close\r\n\r\n")
		if a.Status != tt.status || a.Header.Get("Allow") != tt.allow || a.Header.Get("Location") != "" || a.setCookie() != nil {
			t.Errorf("%s = %d, Allow %q, Location %q, Set-Cookie %v; want %d, Allow %q and neither",
				what, a.Status, a.Header.Get("Allow"), a.Header.Get("Location"), a.setCookie(), tt.status, tt.allow)
		}
		if a.Status != http.StatusOK && a.Status != http.StatusBadRequest { // that is net/http's own
			tl.wantErrorPage(what, a, tt.status)
		}
	}
	if a := tl.wire("GET /set HTTP/1.0\r\n\r\n"); a.Status != http.StatusMisdirectedRequest {
		t.Errorf("without a Host = %d, want 421", a.Status)
	}
	if n := tl.rows(); n != 0 {
		t.Errorf("%d rows, want none", n)
	}
}

// A redirect leads to a page of the lab, whatever the request says of places.
func TestRedirectsStayHere(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	local := regexp.MustCompile(`^(/[a-z-]+)\?exchange=[A-Z2-7]{26}$`)
	const evil = "https://evil.example/"
	for _, path := range tl.paths(http.MethodPost) {
		for _, then := range []string{evil, "//evil.example", "/\\evil.example", "evil", ""} {
			v := tl.visitor()
			v.run("/set", "key", "pin", "value", "1")
			v.run("/test-cookie/set")
			body := url.Values{"key": {"pin"}, "value": {"1"}, "seconds": {"300"}, "then": {then}, "next": {evil}, "page": {evil}, "exchange": {evil}}
			r, err := http.NewRequest(http.MethodPost, tl.url+path+"?then="+evil+"&next="+evil, strings.NewReader(body.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Referer", evil)
			r.Header.Set("X-Forwarded-Host", "evil.example")
			r.Header.Set("X-Forwarded-Prefix", evil)
			a := v.do(r)
			if to := a.Header.Get("Location"); a.Status != http.StatusSeeOther || !local.MatchString(to) || !strings.HasPrefix(path, local.FindStringSubmatch(to)[1]) {
				t.Errorf("POST %s with then=%s = %d, Location %q", path, then, a.Status, to)
			}
		}
	}
	if to := tl.visitor().post("/set", "key", "k", "value", "v", "then", "flow").Header.Get("Location"); !strings.HasPrefix(to, "/flow?exchange=") {
		t.Errorf("then=flow leads to %q", to)
	}
}

// Other cookies belong to other programs on this host. Their number is shown, and nothing else is kept.
func TestOtherCookiesAreOnlyCounted(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	mine, second := tl.visitor(), tl.visitor()
	mine.run("/set", "key", "k", "value", "v")
	second.run("/set", "key", "k", "value", "SECOND")
	const others = "other_name=other_value; csrftoken=other_value2; empty_other="
	for _, tt := range []struct {
		name, cookie, says string
	}{
		{"beside a session", "sessionname=" + mine.token() + "; " + others, "and 3 of other programs on this host"},
		{"before a session", others + "; sessionname=" + mine.token(), "and 3 of other programs on this host"},
		{"without a session", others, "and 3 of other programs on this host"},
		{"another of the same name", "sessionname=" + second.token() + "; sessionname=" + mine.token(), "the last of 2 cookies"},
		{"none", "sessionname=" + mine.token(), ""},
	} {
		for _, path := range tl.addresses(http.MethodGet) {
			a := tl.send(http.MethodGet, path, "Cookie", tt.cookie)
			for _, private := range []string{"other_name", "other_value", "empty_other", second.token(), "SECOND"} {
				if strings.Contains(a.Body, private) {
					t.Errorf("%s: %s shows %q", tt.name, path, private)
				}
			}
			if used := strings.Contains(tt.cookie, mine.token()); path == "/set" && used != strings.Contains(a.Body, `data-token="`+mine.token()+`"`) {
				t.Errorf("%s: the panel does not show the cookie that is used", tt.name)
			}
			if path == "/set" && (tt.says == "" && strings.Contains(a.Body, "of other programs") || !strings.Contains(a.Body, tt.says)) {
				t.Errorf("%s: %s does not say %q", tt.name, path, tt.says)
			}
		}
	}
	s := mine.streamWith("sessionname=" + mine.token() + "; " + others)
	s.session("the state", func(internals) bool { return true })
	if strings.Contains(s.all(), "other_") {
		t.Error("the stream carries another cookie")
	}
	for _, x := range tl.history.Of(mine.token()) {
		if all := fmt.Sprintf("%+v", x); strings.Contains(all, "other_") || strings.Contains(all, second.token()) {
			t.Errorf("recorded: %s", all)
		}
	}
	if log := tl.log.String(); strings.Contains(log, "other_") {
		t.Error("another cookie is in the log")
	}
}

// hostileKey and hostileValue are markup in every context. Each character that could end a context
// stands before the letters zq, so what must not be in a page as it is can be told by searching.
const (
	hostileKey   = "</script><zq a=\"zq'zq &zq;`zq`{{zq}}\u2028\u202e\u2066"
	hostileValue = hostileKey + "\x00\r\n\t<zq>--><!--zq]]>\ufeff"
)

var unescaped = []string{"<zq", `"zq`, "'zq", "&zq", "<!--zq", "\x00"}

// wantEscaped checks that nothing hostile stands in a page as it was sent.
func wantEscaped(t *testing.T, what, body string) {
	t.Helper()
	for _, s := range unescaped {
		if i := strings.Index(body, s); i >= 0 {
			t.Errorf("%s: %q stands in the page: …%q…", what, s, body[max(0, i-60):min(len(body), i+40)])
		}
	}
}

func TestEscaping(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	q := url.QueryEscape
	query := "?key=" + q(hostileKey) + "&default=" + q(hostileValue) + "&exchange=" + q(hostileValue) + "&predict=" + q(hostileKey) +
		"&name=" + q(hostileKey) + "&path=" + q(hostileValue) + "&domain=" + q(hostileValue) + "&samesite=" + q(hostileKey) + "&age=" + q(hostileKey) +
		"&lookup=" + q(hostileKey) + "&part=" + q(hostileKey) + "&" + q(hostileKey) + "=" + q(hostileValue)

	// Rows of others, with markup where a token should be.
	for i := range 3 {
		tl.sql("INSERT INTO sessions VALUES (?, ?, julianday('now', ?))", strings.Repeat("<zq>\"zq'zq&zq", 4)+fmt.Sprint(i), "<zq>", fmt.Sprintf("%d minutes", 5*i-5))
	}
	pages := map[string]answer{}
	do := func(path string, fields ...string) {
		a := v.post(path, fields...)
		pages[fmt.Sprintf("POST %s %d", path, len(pages))] = a
		if to := a.Header.Get("Location"); to != "" {
			pages[fmt.Sprintf("GET %s %d", to, len(pages))] = v.get(to)
		}
	}
	do("/set", "key", hostileKey, "value", hostileValue, "predict", hostileKey)
	do("/set", "key", hostileKey+"list", "value", hostileValue+","+hostileValue, "type", "list")
	do("/set", "key", hostileKey, "value", hostileValue, "type", hostileKey)
	do("/setdefault", "key", hostileKey, "value", "")
	do("/pop", "key", hostileKey+"absent")
	do("/pop", "key", hostileKey+"absent", "default", hostileValue)
	do("/delete", "key", hostileKey+"absent")
	do("/update", "key", hostileKey+"2", "value", hostileValue)
	do("/expiry", "seconds", hostileKey)
	do("/expiry", "at", hostileKey)
	do("/test-cookie/delete")
	do("/modified/in-place", "also", hostileValue)
	do("/cycle-key")

	for _, path := range tl.paths(http.MethodGet) {
		pages["GET "+path] = v.get(path)
		pages["GET "+path+" with a query"] = v.get(path + query)
		pages["GET "+path+" of another"] = tl.visitor().get(path)
	}
	hostilePath := "/" + url.PathEscape(hostileKey)
	pages["panel"] = v.get("/internals?part=panel")
	pages["brackets"] = v.get("/get" + query + "&access=brackets")
	pages["no such page"] = v.get(hostilePath + query)
	pages["no such page below one"] = v.get("/set" + hostilePath)
	pages["wrong method"] = v.post("/items"+query, "key", hostileKey)
	pages["static"] = v.get("/static" + hostilePath)

	for what, a := range pages {
		if a.Status >= 500 {
			t.Errorf("%s = %d", what, a.Status)
		}
		switch kind := a.Header.Get("Content-Type"); {
		case strings.HasPrefix(kind, "text/html"):
			wantEscaped(t, what, a.Body)
		case kind == "application/json":
			if strings.ContainsAny(a.Body, "<>&\u2028") {
				t.Errorf("%s carries markup in JSON", what)
			}
		case strings.HasPrefix(kind, "text/plain"), kind == "", strings.HasPrefix(kind, "image/"):
		default:
			t.Errorf("%s is of the kind %s", what, kind)
		}
	}
	for _, what := range []string{"GET /items", "GET /internals", "panel", "GET /templates"} {
		if !strings.Contains(html.UnescapeString(pages[what].Body), keyText(hostileKey)) {
			t.Errorf("%s does not show the key, so this test tests nothing", what)
		}
	}
	if got := v.values()[hostileKey]; got != hostileValue {
		t.Errorf("stored %q, want it byte for byte", got)
	}

	before := strings.Count(tl.log.String(), "\n")
	v.get(hostilePath + "%0atime=now%20level=INFO%0d%0amsg=forged")
	if n := strings.Count(tl.log.String(), "\n") - before; n != 1 {
		t.Errorf("a path with line breaks made %d lines in the log", n)
	}
}

var links = regexp.MustCompile(`(?:href|src|action|formaction|data-exchange)="([^"]*)"`)

// An id is in Set-Cookie and, for its owner, in the panel; never in an address and never in the log.
func TestTokensInNoURLAndNoLog(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	var tokens []string
	var addresses []string
	note := func(a answer) {
		if token := v.token(); token != "" && !slices.Contains(tokens, token) {
			tokens = append(tokens, token)
		}
		addresses = append(addresses, a.Header.Get("Location"))
		for _, m := range links.FindAllStringSubmatch(a.Body, -1) {
			addresses = append(addresses, html.UnescapeString(m[1]))
		}
	}
	fields := []string{"key", "pin", "value", "S3CRET", "seconds", "300", "default", "S3CRET"}
	for _, path := range tl.paths(http.MethodPost) {
		v.post("/set", fields...)
		a := v.post(path, fields...)
		note(a)
		if to := a.Header.Get("Location"); to != "" {
			note(v.get(to))
		}
	}
	v.post("/set", fields...)
	for _, path := range tl.paths(http.MethodGet) {
		note(v.get(path + "?key=pin&default=S3CRET"))
	}
	unknown := strings.Repeat("Z", 43)
	stranger := tl.visitor()
	stranger.setToken(unknown)
	note(stranger.get("/set"))
	tl.sql("UPDATE sessions SET data = 'S3CRET'")
	note(v.get("/set"))
	tl.sql("DROP TABLE sessions")
	note(v.get("/set"))
	v.post("/set", fields...)

	if len(tokens) < 3 {
		t.Fatalf("only %d tokens came by", len(tokens))
	}
	log := tl.log.String()
	for _, secret := range append(tokens, unknown) {
		for _, address := range addresses {
			if strings.Contains(address, secret) {
				t.Errorf("a token is in the address %q", address)
			}
		}
		if strings.Contains(log, secret) || strings.Contains(log, secret[:16]) {
			t.Error("a token is in the log")
		}
	}
	if strings.Contains(log, "S3CRET") || strings.Contains(log, "pin") {
		t.Error("what a visitor typed is in the log")
	}
}

// Where sessions are files, their names hold the token. What the file system says of one that cannot be
// read or written goes into the log without it.
func TestFileErrorsNameNoToken(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "sessions")
	tl := newLabOn(t, "file:"+dir)
	tl.file = dir
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	token := v.token()
	file := filepath.Join(dir, "session-"+token)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(file, "full"), 0o700); err != nil { // it can neither be read nor replaced
		t.Fatal(err)
	}
	for _, a := range []answer{v.get("/set"), v.get("/internals.json"), v.post("/set", "key", "k", "value", "w"), v.post("/flush"), v.post("/cycle-key")} {
		tl.wantErrorPage("a session that cannot be read", a, http.StatusServiceUnavailable, "cannot be reached")
		if strings.Contains(a.Body, file) {
			t.Error("the page names the file")
		}
	}
	if err := tl.engine.CommitCtx(t.Context(), token, []byte("data"), time.Now().Add(time.Hour)); err == nil || strings.Contains(err.Error(), token) {
		t.Errorf("commit: %v; want an error without the token", err)
	}
	if log := tl.log.String(); !strings.Contains(log, "is a directory") {
		t.Errorf("the log does not name the cause:\n%s", log)
	}

	// The watcher reads no session. It complains when it cannot even ask for one.
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	stamped, stop, _ := tl.watcher.Watch(token, 1)
	defer stop()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { tl.watcher.Run(ctx) })
	until(t, "the watcher complains", func() bool { return strings.Contains(tl.log.String(), "watch the store") })
	cancel()
	wg.Wait()
	if len(stamped) > 0 {
		t.Error("the watcher knows what it could not read")
	}
	if log := tl.log.String(); strings.Contains(log, token) || !strings.Contains(log, "not a directory") {
		t.Errorf("the log names the token, or not the cause:\n%s", log)
	}
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	a, b := tl.visitor(), tl.visitor()
	a.post("/set", "key", "k", "value", "v")
	b.post("/set", "key", "k", "value", "v")
	head := func(path string) {
		r, _ := http.NewRequest(http.MethodHead, tl.url+path, nil)
		a.do(r)
	}
	a.get("/set?q=1")
	a.post("/delete", "key", "absent")
	head("/internals/events")
	head("/healthz")
	b.get("/nothing")

	line := regexp.MustCompile(`level=INFO msg=request method=(\S+) path=(\S+) status=(\d+) took=\S+ session=(\S+)`)
	var got []string
	var sessions []string
	until(t, "a line for each request", func() bool { return strings.Count(tl.log.String(), "msg=request") == 7 })
	for _, m := range line.FindAllStringSubmatch(tl.log.String(), -1) {
		got = append(got, m[1]+" "+m[2]+" "+m[3])
		sessions = append(sessions, m[4])
	}
	want := []string{"POST /set 303", "POST /set 303", "GET /set 200", "POST /delete 404", "HEAD /internals/events 200", "HEAD /healthz 200", "GET /nothing 404"}
	if !slices.Equal(got, want) {
		t.Errorf("lines\n%q\nwant\n%q", got, want)
	}
	if len(sessions) == 7 && (sessions[0] != "-" || sessions[2] == "-" || sessions[2] != sessions[3] || sessions[2] == sessions[6] || len(sessions[2]) > 12) {
		t.Errorf("sessions %q; want a short hash for each, and - without one", sessions)
	}
}

// However long a path or a method is, a line of the log has room for its beginning alone, and says so.
func TestLogLinesAreBounded(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	long := "/" + strings.Repeat("é", 30_000)
	send := func(method, path string, over any) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Method, r.URL.Path, r.Host = method, path, "127.0.0.1"
		tl.Handler().ServeHTTP(httptest.NewRecorder(), r.WithContext(context.WithValue(r.Context(), overKey{}, over)))
	}
	send(http.MethodGet, long, nil)
	send(strings.Repeat("X", 60_000), "/set", nil)
	send(http.MethodGet, long, true) // refused with 503, which has a line of its own
	send(http.MethodGet, "/"+strings.Repeat("x", maxLogged-1), nil)
	lines := strings.Split(strings.TrimSpace(tl.log.String()), "\n")
	for _, line := range lines {
		if len(line) > maxLogged+200 {
			t.Errorf("a line has %d bytes: %.80s…", len(line), line)
		}
	}
	for _, want := range []string{"é… (60001 bytes)", "X… (60000 bytes)", `level=ERROR msg="request failed" method=GET path="/éé`, strings.Repeat("x", maxLogged-1) + " status="} {
		if !strings.Contains(strings.Join(lines, "\n"), want) {
			t.Errorf("no line has %q", want)
		}
	}
	if len(lines) != 5 {
		t.Errorf("%d lines, want one for each request and one for the error", len(lines))
	}
}

var issued = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// Whatever comes as a cookie, no page fails because of it and no id is taken over.
func TestHostileCookies(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	h := tl.Handler()
	victim := began(t, h, "pin", "S3CRET")
	dead := began(t, h, "k", "v")
	serve(h, http.MethodPost, "/flush", "", "sessionname="+dead)
	rows := tl.rows()
	for name, value := range map[string]string{
		"nothing": "", "10 kB": strings.Repeat("A", 10<<10), "NUL": "a\x00b", "line break": "a\r\nSet-Cookie: x=y", "quotes": `"a"b"`,
		"path": "../../../etc/passwd", "SQL": "' OR '1'='1", "SQL comment": "x'; DROP TABLE sessions; --", "wildcard": "%", "markup": "<zq>\"zq'zq",
		"not UTF-8": "\xff\xfe", "ended": dead, "made up": strings.Repeat("A", 43), "longer": victim + "A", "shorter": victim[:42],
		"other case": strings.ToUpper(victim), "with a NUL": victim + "\x00", "with a space": victim + " x", "padded": victim + "=",
		"encoded": "%" + hex.EncodeToString([]byte(victim[:1])) + victim[1:], "JSON": `{"a":1}`, "semicolons": ";;;=;;=", "emoji": "🍪",
	} {
		cookie := "sessionname=" + value
		for _, path := range []string{"/items", "/internals", "/internals.json", "/sessions", "/healthz"} {
			w := serve(h, http.MethodGet, path, "", cookie)
			if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "S3CRET") {
				t.Errorf("%s: GET %s = %d", name, path, w.Code)
			}
			if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
				wantEscaped(t, name+": GET "+path, w.Body.String())
			}
			if c := (answer{0, w.Header(), ""}).setCookie(); c != nil && c.MaxAge >= 0 {
				t.Errorf("%s: GET %s sets %v", name, path, c)
			}
		}
		w := serve(h, http.MethodPost, "/set", "key=k&value=v", cookie)
		c := (answer{0, w.Header(), ""}).setCookie()
		if w.Code != http.StatusSeeOther || c == nil || !issued.MatchString(c.Value) || c.Value == value || c.Value == dead || c.Value == victim {
			t.Errorf("%s: POST /set = %d, cookie %v; want a new id from the server", name, w.Code, c)
			continue
		}
		rows++
		if n := tl.rows(); n != rows {
			t.Errorf("%s: %d rows, want %d", name, n, rows)
		}
	}
	for _, way := range []string{"/items?sessionname=", "/items?session_key="} {
		if w := serve(h, http.MethodGet, way+victim, "", ""); strings.Contains(w.Body.String(), "S3CRET") {
			t.Errorf("%s: an id in the address opens the session", way)
		}
	}
	w := serve(h, http.MethodPost, "/set", "key=k&value=v&sessionname="+victim, "")
	if c := (answer{0, w.Header(), ""}).setCookie(); c == nil || c.Value == victim {
		t.Error("an id in the form opens the session")
	}
}

// Of others' sessions a visitor sees that they are there, and nothing that could be used or read.
func TestOthersAreMasked(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	owner, other := tl.visitor(), tl.visitor()
	owner.run("/set", "key", "medical", "value", "S3CRET diagnosis")
	other.run("/set", "key", "k", "value", "v")
	i := owner.internals()
	token := owner.token()
	hidden := []string{"S3CRET", "medical", base64.StdEncoding.EncodeToString(i.Row.Data)[len(i.Row.Data):], hex.EncodeToString(i.Row.Data)[len(i.Row.Data):]}
	for at := 0; at+8 <= len(token); at++ {
		hidden = append(hidden, token[at:at+8])
	}
	for _, visitor := range []*visitor{other, tl.visitor()} {
		for _, path := range tl.paths(http.MethodGet) {
			a := visitor.get(path)
			for _, s := range hidden {
				if strings.Contains(a.Body, s) {
					t.Errorf("%s shows %q of another visitor", path, s)
				}
			}
		}
	}
	for _, path := range []string{"/sessions", "/clear-expired"} {
		if a := other.get(path); !strings.Contains(a.Body, token[:4]+"…"+token[39:]) {
			t.Errorf("%s does not list the other session at all", path)
		}
	}
}

// The address of an exchange is worth nothing to another visitor.
func TestForeignExchange(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	owner := tl.visitor()
	owner.run("/set", "key", "medical", "value", "S3CRET")
	location := owner.post("/pop", "key", "medical", "default", "x").Header.Get("Location")
	if a := owner.get(location); !strings.Contains(a.Body, "S3CRET") {
		t.Fatal("the owner does not see what was popped")
	}
	id := strings.TrimPrefix(location, "/pop?exchange=")
	other, ended := tl.visitor(), tl.visitor()
	other.run("/set", "key", "k", "value", "v")
	ended.setToken(owner.token()[:42] + "x")
	for name, v := range map[string]*visitor{"another": other, "newcomer": tl.visitor(), "unknown token": ended} {
		for _, path := range []string{location, "/internals?exchange=" + id, "/internals?part=panel&exchange=" + id, "/flow?exchange=" + id} {
			a := v.get(path)
			if a.Status != http.StatusOK {
				t.Errorf("%s: GET %s = %d, want the page without it", name, path, a.Status)
			}
			for _, secret := range []string{"S3CRET", "medical", owner.token()} {
				if strings.Contains(a.Body, secret) {
					t.Errorf("%s: %s shows %q of the exchange's owner", name, path, secret)
				}
			}
		}
		if a := v.get(location); !strings.Contains(a.Body, "made by another visitor") {
			t.Errorf("%s: the page does not say that the exchange is not theirs", name)
		}
	}
}

// After a flush nobody owns the exchange any more, so there is nothing in it that matters.
func TestFlushedExchange(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	earlier := v.post("/set", "key", "medical", "value", "S3CRET").Header.Get("Location")
	token := v.token()
	location := v.post("/flush").Header.Get("Location")
	for name, who := range map[string]*visitor{"who flushed": v, "another": tl.visitor()} {
		for _, path := range []string{location, earlier, strings.Replace(location, "/flush", "/internals", 1), strings.Replace(earlier, "/set", "/internals", 1)} {
			a := who.get(path)
			if a.Status != http.StatusOK || strings.Contains(a.Body, "S3CRET") || strings.Contains(a.Body, token) || strings.Contains(a.Body, token[:8]) {
				t.Errorf("%s: GET %s = %d; it shows a value or the dead id", name, path, a.Status)
			}
		}
	}
	if a := v.get(location); !strings.Contains(a.Body, token[:4]+"…"+token[39:]) {
		t.Error("the page after a flush does not show the dead id masked")
	}
}

func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	first := v.post("/set", "key", "n", "value", "0").Header.Get("Location")
	for i := range 25 {
		v.post("/set", "key", "n", "value", fmt.Sprint(i))
	}
	if n := len(tl.history.Of(v.token())); n != 20 {
		t.Errorf("%d exchanges of one session are kept, want 20", n)
	}
	if a := v.get(first); a.Status != http.StatusOK || !strings.Contains(a.Body, "not kept here any more") {
		t.Errorf("the page of a forgotten exchange = %d", a.Status)
	}
	// A session that is gone without a flush takes its exchanges along at the next sweep.
	token := v.token()
	tl.sql("DELETE FROM sessions")
	tl.sweepOnce(t.Context(), time.Hour)
	if n := len(tl.history.Of(token)); n != 0 {
		t.Errorf("%d exchanges of a session that is gone are kept", n)
	}
}

// What the lab remembers of all visitors together has a bound, in number and in bytes.
func TestHistoryIsBoundedForAll(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	h := tl.Handler()
	var tokens []string
	kept := func() (n, bytes int) {
		for _, token := range tokens {
			for _, x := range tl.history.Of(token) {
				n++
				bytes += len(x.Found) + len(x.Committed)
			}
		}
		return n, bytes
	}
	limits := historyLimits
	limits.Total = 300
	tl.history = xray.NewHistory(limits)
	for range limits.Total + 20 {
		tokens = append(tokens, began(t, h, "k", "v"))
	}
	if n, _ := kept(); n != limits.Total {
		t.Errorf("%d exchanges of all visitors are kept, want %d", n, limits.Total)
	}
	big := "key=a&value=" + strings.Repeat("x", maxValueBytes)
	for _, key := range []string{"b", "c"} {
		big += "&key=" + key + "&value=" + strings.Repeat("x", maxValueBytes)
	}
	for _, token := range tokens[:100] { // 400 kB each time
		for range 2 {
			if w := serve(h, http.MethodPost, "/update", big, "sessionname="+token); w.Code != http.StatusSeeOther {
				t.Fatalf("POST /update = %d", w.Code)
			}
		}
	}
	n, bytes := kept()
	t.Logf("%d exchanges with %d bytes are kept", n, bytes)
	if bytes > 32<<20 || bytes < 16<<20 {
		t.Errorf("%d bytes of all visitors are kept, want about 32 MiB and no more", bytes)
	}
}

// A template that fails in the middle of a page makes a whole page that says so, and no cookie is sent.
func TestTemplateFails(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	broken := fstest.MapFS{}
	for _, pattern := range []string{"templates/*.html", "templates/*/*.html", "static/*"} {
		names, err := fs.Glob(os.DirFS(".."), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile("../" + name)
			if err != nil {
				t.Fatal(err)
			}
			broken[name] = &fstest.MapFile{Data: b}
		}
	}
	broken["templates/items.html"].Data = []byte(`{{define "main"}}HALF A PAGE {{.NoSuchField}}{{end}}`)
	tl.pages.dev, tl.pages.files = true, broken
	v := tl.visitor()
	v.setToken(strings.Repeat("A", 43)) // a page that works deletes it
	for range 2 {
		a := v.get("/items")
		tl.wantErrorPage("a template that fails", a, http.StatusInternalServerError, "Something broke on the server")
		if strings.Contains(a.Body, "HALF A PAGE") || strings.Contains(a.Body, "NoSuchField") || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("the answer is %v\n%s", a.Header, a.Body)
		}
	}
	if !strings.Contains(tl.log.String(), "NoSuchField") {
		t.Error("the log does not say why")
	}
	if a := v.get("/get"); a.Status != http.StatusOK || a.setCookie() == nil {
		t.Errorf("another page = %d, Set-Cookie %v", a.Status, a.setCookie())
	}
}

// Every answer says which scripts may run, that it is not kept, and what it is; the refused ones too.
func TestHeadersOfRefusedRequests(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	send := func(change func(*http.Request)) answer {
		r, err := http.NewRequest(http.MethodPost, tl.url+"/set", strings.NewReader("key=k&value=v"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		change(r)
		return tl.visitor().do(r)
	}
	for name, a := range map[string]answer{
		"foreign host": send(func(r *http.Request) { r.Host = "evil.example" }),
		"cross-site":   send(func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }),
		"wrong method": send(func(r *http.Request) { r.Method = http.MethodPut }),
		"not found":    send(func(r *http.Request) { r.URL.Path = "/nothing" }),
		"no form":      send(func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }),
	} {
		if a.Status < 400 || a.Status >= 500 {
			t.Errorf("%s = %d", name, a.Status)
		}
		if csp := a.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: Content-Security-Policy %q", name, csp)
		}
		if a.Header.Get("X-Content-Type-Options") != "nosniff" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", name, a.Header)
		}
	}
	if n := tl.rows(); n != 0 {
		t.Errorf("a refused request made %d rows", n)
	}
}

// stuck is an engine whose writes come back when the client is gone.
type stuck struct{ engine.Engine }

func (s stuck) CommitCtx(ctx context.Context, _ string, _ []byte, _ time.Time) error {
	<-ctx.Done()
	return ctx.Err()
}

// A visitor who leaves while the request waits is no failure of the server.
func TestVisitorLeaves(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.engine.Engine = stuck{tl.engine.Engine}
	tl.sessions.Store = heldBack{Recorder: tl.engine}
	ctx, cancel := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "http://127.0.0.1/set", strings.NewReader("key=k&value=v"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	cancel()
	w := httptest.NewRecorder()
	tl.Handler().ServeHTTP(w, r)
	if w.Code == http.StatusInternalServerError || strings.Contains(tl.log.String(), "level=ERROR") {
		t.Errorf("status %d, log:\n%s", w.Code, tl.log.String())
	}
}

// TestBrokenAddress: what a link or a form sends with GET is refused where it is broken. It is not left out,
// which would give another answer than the one that was asked for.
func TestBrokenAddress(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, path := range []string{"/get?key=nope&default=50%", "/get?key=nope&default=a;b", "/expiry?ask=%zz", "/settings?name=%zz"} {
		tl.wantErrorPage(path, tl.visitor().get(path), http.StatusBadRequest)
	}
}

// TestSlowOperation: the time to take the answer counts from when there is one.
func TestSlowOperation(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.pageWait = 200 * time.Millisecond
	slow := tl.perform("/clear-expired", func(ctx context.Context, _ url.Values) error {
		<-time.After(2 * tl.pageWait)
		returns(ctx, 500_000)
		return nil
	})
	server := httptest.NewServer(tl.deadline(slow))
	defer server.Close()
	resp, err := tl.visitor().Post(server.URL+"/clear-expired", "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal("an operation that took longer than a page has no answer: ", err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther {
		t.Errorf("%d, want 303", resp.StatusCode)
	}
}

// TestCompression: gzip goes to those who take it.
func TestCompression(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	path, err := tl.pages.assets.path("lab.css")
	if err != nil {
		t.Fatal(err)
	}
	for accept, want := range map[string]string{
		"gzip": "gzip", "GZIP": "gzip", "br, gzip;q=0.5": "gzip", "deflate, gzip ; q=1.0, *;q=0": "gzip",
		"": "", "br": "", "gzip;q=0": "", "br, gzip; q=0.000": "", "xgzip": "", "gzip;q=": "",
	} {
		a := tl.send(http.MethodGet, path, "Accept-Encoding", accept)
		if got := a.Header.Get("Content-Encoding"); got != want || a.Status != http.StatusOK {
			t.Errorf("Accept-Encoding %q: %d, Content-Encoding %q, want %q", accept, a.Status, got, want)
		}
	}
}

// TestBacktick: in a key it is a character, and no mark of code.
func TestBacktick(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	const shown = "<code>a`&lt;i&gt;`b</code>"
	if a := v.run("/set", "key", "a`<i>`b", "value", "v"); !strings.Contains(a.Body, shown+" is stored.") {
		t.Errorf("the headline does not show the key as %s", shown)
	}
	if a := v.post("/pop", "key", "no`<i>`ne"); !strings.Contains(a.Body, "<code>no`&lt;i&gt;`ne</code>. In Django") {
		t.Error("the page of the KeyError does not show the key")
	}
}

// TestErrorPageNamesWhatIsHeld: not what an older exchange, that is on view beside it, has removed.
func TestErrorPageNamesWhatIsHeld(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/update", "key", "kept", "value", "1", "key", "dropped", "value", "2")
	location := v.post("/delete", "key", "dropped").Header.Get("Location")
	_, id, _ := strings.Cut(location, "=")
	a := v.get("/get?key=absent&access=brackets&exchange=" + id)
	holds := regexp.MustCompile(`(?s)Your session holds(.*?)</p>`).FindStringSubmatch(a.Body)
	if a.Status != http.StatusNotFound || holds == nil || !strings.Contains(holds[1], "kept") || strings.Contains(holds[1], "dropped") {
		t.Errorf("%d, the session holds %q", a.Status, holds)
	}
}

// TestFaviconFollowsItsFile: in development an edited file has another name at once.
func TestFaviconFollowsItsFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("..")); err != nil {
		t.Fatal(err)
	}
	tl := newLab(t)
	settings := tl.settings
	settings.Dev = true
	lab, err := New(os.DirFS(dir), tl.engine.Engine, settings, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(lab.Handler())
	defer server.Close()
	if err := os.WriteFile(filepath.Join(dir, "static", "favicon.svg"), []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), 0o600); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(server.URL + "/favicon.ico")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("/favicon.ico leads to %d", resp.StatusCode)
	}
}
