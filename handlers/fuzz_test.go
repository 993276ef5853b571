package handlers

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/limits"
	"sessionlab/handlers/xray"
)

// The fuzz tests send whatever they think of through the router to a real SQLite file. Run one with
//
//	go test -run=- -fuzz=FuzzForm -fuzztime=2m ./handlers
//
// What they found worth keeping is in testdata/fuzz, and part of every ordinary test.

// fuzzLab is a lab for many requests.
func fuzzLab(f *testing.F) *Lab {
	f.Helper()
	schema, err := os.ReadFile("../sessions.db.sql")
	if err != nil {
		f.Fatal(err)
	}
	eng, err := engine.Open(f.Context(), "sqlite:"+filepath.Join(f.TempDir(), "sessions.db"), string(schema))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { eng.Close() })
	settings := Settings{CookieName: "sessionname", CookieAge: 400 * time.Second}
	l, err := New(os.DirFS(".."), eng, settings, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		f.Fatal(err)
	}
	return l
}

// plant stores a session under a new token.
func (l *Lab) plant(t *testing.T, data []byte) (token string) {
	t.Helper()
	x := xray.NewExchange(httptest.NewRequest(http.MethodGet, "/", nil), "", "", time.Now())
	token = (x.ID + x.ID)[:43]
	if err := l.engine.CommitCtx(t.Context(), token, data, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	return token
}

// rowOf is the row of token; nil when there is none.
func (l *Lab) rowOf(t *testing.T, token string) *engine.Row {
	t.Helper()
	row, ok, err := l.engine.Row(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return nil
	}
	return &row
}

// wantPage fails unless w is a whole page without a script that is not the site's.
func wantPage(t *testing.T, what string, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	body := w.Body.String()
	if w.Code != status || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Fatalf("%s = %d %s, want a page with %d\n%s", what, w.Code, w.Header().Get("Content-Type"), status, body)
	}
	if n := strings.Count(strings.ToLower(body), "<script"); n != 1 ||
		!strings.HasSuffix(strings.TrimSpace(body), "</html>") {
		t.Fatalf("%s: %d scripts in the page, or it is not whole", what, n)
	}
}

// wantInternals returns what /internals.json says to the holder of a cookie.
func wantInternals(t *testing.T, h http.Handler, cookie string) (i internals) {
	t.Helper()
	w := serve(h, http.MethodGet, "/internals.json", "", cookie)
	if err := json.Unmarshal(w.Body.Bytes(), &i); err != nil || w.Code != http.StatusOK {
		t.Fatalf("/internals.json = %d, %v\n%s", w.Code, err, w.Body)
	}
	return i
}

// Whatever a form holds: it is done or refused, never half done and never a failure; and the session
// stays within its limits.
func FuzzForm(f *testing.F) {
	l := fuzzLab(f)
	h := l.Handler()
	var routes []string
	chi.Walk(h.(chi.Routes), func(method, path string, _ http.Handler,
		_ ...func(http.Handler) http.Handler) error {
		if method == http.MethodPost {
			routes = append(routes, path)
		}
		return nil
	})
	start := map[string]any{"fname": "Aman", "n": 1, "cart": map[string]int{"n": 1},
		testCookieKey: testCookieValue, expiryKey: 300}
	data, err := xray.Codec.Encode(time.Now().Add(time.Hour), start)
	if err != nil {
		f.Fatal(err)
	}
	for i, route := range routes {
		// Some experiments send many requests, and take few fields: each of them gets some of the bodies.
		lesson := lessonAt(route)
		long := lesson != nil && (lesson.Scenes || lesson.Group == "In SCS")
		for j, body := range []string{
			"", "key=fname&value=x", "key=fname&default=", "seconds=10", "seconds=0", "seconds=",
			"at=2100-01-01T00:00", "key=a&value=1&key=a&value=2",
			"key=n&value=-1&type=int", "key=n&value=1e999&type=float",
			"key=t&value=2026-01-01T00:00:00%2B24:00&type=time", "key=l&value=a,b&type=list&also=1",
			"key=_session_expiry&value=1", "key=%00&value=%00", "key=%ff", "key=%zz", "key=a;b", "&&&==&",
			"predict=set:same&key=k&value=%3Cscript%3E%0d%0a",
		} {
			if !long || (i+j)%4 == 0 {
				f.Add(byte(i), body)
			}
		}
	}
	served := reachable(f, h)
	f.Fuzz(func(t *testing.T, route byte, body string) {
		path := routes[int(route)%len(routes)]
		token := l.plant(t, data)
		before := l.rowOf(t, token)
		w := serve(served, http.MethodPost, path, body, "sessionname="+token)
		a := answer{w.Code, w.Header(), w.Body.String()}
		cookie := a.setCookie()
		if a.Status != http.StatusSeeOther {
			if a.Status < 400 || a.Status >= 500 {
				t.Fatalf("POST %s = %d", path, a.Status)
			}
			wantPage(t, "POST "+path, w, a.Status)
			if after := l.rowOf(t, token); cookie != nil || after == nil ||
				string(after.Data) != string(before.Data) || after.Julian != before.Julian {
				t.Fatalf("POST %s was refused with %d and changed the session", path, a.Status)
			}
			return
		}
		to, err := url.Parse(a.Header.Get("Location"))
		if err != nil || to.Host != "" || !strings.HasPrefix(path, to.Path) ||
			len(to.RawQuery) != len("exchange=")+26 {
			t.Fatalf("POST %s leads to %q", path, a.Header.Get("Location"))
		}
		now := token
		if cookie != nil {
			now = cookie.Value
		}
		wantPage(t, "GET "+to.String(), serve(h, http.MethodGet, to.String(), "", "sessionname="+now),
			http.StatusOK)
		wantInternals(t, h, "sessionname="+now)
		row := l.rowOf(t, now)
		if row == nil {
			if path != "/flush" && path != "/flush/b" {
				t.Fatalf("POST %s: the session is gone", path)
			}
			return
		}
		_, values, err := xray.Codec.Decode(row.Data)
		if err != nil || len(values) > limits.MaxKeys || len(row.Data) > limits.MaxSessionBytes {
			t.Fatalf("POST %s: %d keys, %d bytes, %v", path, len(values), len(row.Data), err)
		}
		for key, value := range values {
			if err := checkKey(key); err != nil && key != expiryKey {
				t.Fatalf("POST %s stored the key %q: %v", path, key, err)
			}
			if s, ok := value.(string); ok && len(s) > limits.MaxValueBytes {
				t.Fatalf("POST %s stored %d bytes under one key", path, len(s))
			}
		}
		if !slices.Contains([]string{"/expiry", "/clear", "/items/store"}, path) && values[expiryKey] != 300 {
			t.Fatalf("POST %s changed the expiry to %v", path, values[expiryKey])
		}
		if left := time.Until(row.Expiry); left <= -time.Second || left > limits.MaxAge+time.Second {
			t.Fatalf("POST %s: the session lives for %v", path, left)
		}
	})
}

// Whatever comes as a Cookie header: no page fails, no id is taken over, and a session opens to
// exactly its own.
func FuzzCookie(f *testing.F) {
	l := fuzzLab(f)
	h := l.Handler()
	const victim = "Victim0Victim1Victim2Victim3Victim4Victim5V"
	data, err := xray.Codec.Encode(time.Now().Add(time.Hour), map[string]any{"pin": "S3CRET"})
	if err != nil {
		f.Fatal(err)
	}
	if err := l.engine.CommitCtx(f.Context(), victim, data, time.Now().Add(time.Hour)); err != nil {
		f.Fatal(err)
	}
	for _, header := range []string{
		"", "sessionname=", "sessionname=" + victim, "sessionname=" + victim + "; sessionname=x",
		"sessionname=x; sessionname=" + victim,
		`sessionname="` + victim + `"`, "sessionname=" + victim + "x", "sessionname= " + victim, "Sessionname=" +
			victim, "sessionname=" + strings.ToLower(victim),
		"sessionname=" + strings.Repeat("A", 43), "sessionname=%56ictim0", "sessionname", "=; ;;",
		"a=b; sessionname=\x00", "sessionname=\xff\xfe", "sessionname=<script>",
		"sessionname='; DROP TABLE sessions; --", "sessionname=../../x", "sessionname=\r\nSet-Cookie: a=b",
		strings.Repeat("a=b; ", 4000) + "sessionname=" + victim,
	} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Cookie"] = []string{header}
		token, cookies := xray.LastCookie(r, "sessionname")
		came := cookies > 0
		known := token == victim

		page := serve(h, http.MethodGet, "/items", "", header)
		wantPage(t, "GET /items", page, http.StatusOK)
		if got := strings.Contains(page.Body.String(), "S3CRET"); got != known {
			t.Fatalf("the session is open: %v, for the token %q", got, token)
		}
		deleted := (answer{0, page.Header(), ""}).setCookie()
		if (deleted != nil) != (came && !known) || deleted != nil && (deleted.MaxAge >= 0 || deleted.Value != "") {
			t.Fatalf("GET with the token %q sets %v", token, deleted)
		}
		if i := wantInternals(t, h, header); i.Session.Exists != known || i.Cookie.Received != (token != "") {
			t.Fatalf("/internals.json says %+v of the token %q", i.Session, token)
		}
		if w := serve(h, http.MethodHead, "/internals/events", "", header); w.Code != http.StatusOK {
			t.Fatalf("HEAD of the stream = %d", w.Code)
		}
		w := serve(h, http.MethodPost, "/set", "key=pin&value=S3CRET", header)
		c := (answer{0, w.Header(), ""}).setCookie()
		if w.Code != http.StatusSeeOther || c == nil || (c.Value == token) != known ||
			!known && !issued.MatchString(c.Value) {
			t.Fatalf("POST /set with the token %q = %d, cookie %v", token, w.Code, c)
		}
		if !known && l.rowOf(t, token) != nil {
			t.Fatalf("the token %q was taken over", token)
		}
	})
}
