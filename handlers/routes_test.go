package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sessionlab/handlers/limits"
)

func TestHeadIsGetWithoutABody(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, path := range append(tl.addresses(http.MethodGet), "/nosuchpage") {
		if path == "/internals/events" {
			continue // a HEAD ends it at once; a GET goes on
		}
		get, head := tl.send(http.MethodGet, path), tl.send(http.MethodHead, path)
		if head.Body != "" || head.Status != get.Status ||
			head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
			t.Errorf("HEAD %s = %d %s, %d bytes; GET = %d %s", path, head.Status, head.Header.Get("Content-Type"),
				len(head.Body), get.Status, get.Header.Get("Content-Type"))
		}
	}
}

func TestUnknownAddressIsAPageWith404(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, path := range []string{"/nosuchpage", "/set/", "/static/", "/static/../routes.go",
		"/static/lab.css.map", "/SET", "/%2e%2e/", "//evil.example/", "/test-cookie/"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if method == http.MethodPost && strings.HasPrefix(path, "/static/") {
				continue // files are only read: that is a 405
			}
			a := tl.send(method, path)
			if a.Status != http.StatusNotFound || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") ||
				!strings.Contains(a.Body, "No such page") ||
				strings.Count(a.Body, `<a class="btn" href="/`) != 1 || a.Header.Get("Location") != "" {
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
		{http.MethodPut, "/set", both}, {http.MethodDelete, "/set", both}, {http.MethodOptions, "/set", both},
		{http.MethodPatch, "/flush", both},
		{http.MethodPost, "/items", get}, {http.MethodPost, "/get", get}, {http.MethodPost, "/", get},
		{http.MethodPost, "/internals.json", get},
		{http.MethodDelete, "/settings", both}, {http.MethodPost, "/summary", get},
		{http.MethodPost, "/healthz", get},
		{http.MethodGet, "/test-cookie/set", post}, {http.MethodHead, "/test-cookie/set", post},
		{http.MethodGet, "/clear-expired/plant", post}, {http.MethodGet, "/items/store", post},
		{http.MethodPut, "/modified/assign", post},
	} {
		a := tl.send(tt.method, tt.path)
		if a.Status != http.StatusMethodNotAllowed || a.Header.Get("Allow") != tt.allow ||
			!strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s %s = %d, Allow %q; want 405 and %q", tt.method, tt.path, a.Status, a.Header.Get("Allow"),
				tt.allow)
		}
		only := map[string]string{both: "GET, HEAD and POST", get: "GET and HEAD", post: "POST"}[tt.allow]
		if tt.method != http.MethodHead && (!strings.Contains(a.Body, "Nothing was changed") ||
			!strings.Contains(a.Body, "This address accepts only "+only+".")) {
			t.Errorf("%s %s: no page, or it does not say what the address accepts", tt.method, tt.path)
		}
	}
	if tl.rows() != 0 {
		t.Error("a refused request made a row")
	}
}

func TestHostCheck(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, host := range []string{"localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:65535", "[::1]",
		"[::1]:4000"} {
		if a := tl.send(http.MethodGet, "/set", "Host", host); a.Status != http.StatusOK {
			t.Errorf("Host %s = %d, want 200", host, a.Status)
		}
	}
	for _, host := range []string{"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1",
		"0.0.0.0", "127.0.0.2", "localhost.", "[::2]"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			a := tl.send(method, "/set", "Host", host, "X-Forwarded-Host", "localhost")
			if a.Status != http.StatusMisdirectedRequest || a.setCookie() != nil ||
				!strings.Contains(a.Body, "ALLOWED_HOSTS") {
				t.Errorf("%s for host %s = %d, Set-Cookie %v; want 421", method, host, a.Status, a.setCookie())
			}
		}
	}
	if tl.rows() != 0 {
		t.Error("a refused request made a row")
	}
	if a := tl.send(http.MethodGet, "/set", "X-Forwarded-Host", "evil.example", "Forwarded",
		"host=evil.example"); a.Status != http.StatusOK || strings.Contains(a.Body, "evil.example") {
		t.Error("a forwarded host counts")
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
		if a.Status != tt.status || a.Header.Get("Allow") != tt.allow || a.Header.Get("Location") != "" ||
			a.setCookie() != nil {
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

// TestBrokenAddress: what a link or a form sends with GET is refused where it is broken. It is not left out,
// which would give another answer than the one that was asked for.
func TestBrokenAddress(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, path := range []string{"/get?key=nope&default=50%", "/get?key=nope&default=a;b", "/expiry?ask=%zz",
		"/settings?name=%zz"} {
		tl.wantErrorPage(path, tl.visitor().get(path), http.StatusBadRequest)
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

	line := regexp.MustCompile(
		`level=INFO msg=request method=(\S+) path=(\S+) status=(\d+) took=\S+ session=(\S+)`)
	var got []string
	var sessions []string
	until(t, "a line for each request", func() bool {
		return strings.Count(tl.log.String(), "msg=request") == 7
	})
	for _, m := range line.FindAllStringSubmatch(tl.log.String(), -1) {
		got = append(got, m[1]+" "+m[2]+" "+m[3])
		sessions = append(sessions, m[4])
	}
	want := []string{"POST /set 303", "POST /set 303", "GET /set 200", "POST /delete 404",
		"HEAD /internals/events 200", "HEAD /healthz 200", "GET /nothing 404"}
	if !slices.Equal(got, want) {
		t.Errorf("lines\n%q\nwant\n%q", got, want)
	}
	if len(sessions) == 7 && (sessions[0] != "-" || sessions[2] == "-" || sessions[2] != sessions[3] ||
		sessions[2] == sessions[6] || len(sessions[2]) > 12) {
		t.Errorf("sessions %q; want a short hash for each, and - without one", sessions)
	}
}

// However long a path or a method is, a line of the log has room for its beginning alone, and says so.
func TestLogLinesAreBounded(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	long := "/" + strings.Repeat("é", 30_000)
	send := func(ctx context.Context, method, path string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Method, r.URL.Path, r.Host = method, path, "127.0.0.1"
		tl.Handler().ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx))
	}
	send(t.Context(), http.MethodGet, long)
	send(t.Context(), strings.Repeat("X", 60_000), "/set")
	send(turnedAway(t), http.MethodGet, long) // refused with 503, which has a line of its own
	send(t.Context(), http.MethodGet, "/"+strings.Repeat("x", limits.MaxLogged-1))
	lines := strings.Split(strings.TrimSpace(tl.log.String()), "\n")
	for _, line := range lines {
		if len(line) > limits.MaxLogged+200 {
			t.Errorf("a line has %d bytes: %.80s…", len(line), line)
		}
	}
	for _, want := range []string{"é… (60001 bytes)", "X… (60000 bytes)",
		`level=ERROR msg="request failed" method=GET path="/éé`,
		strings.Repeat("x", limits.MaxLogged-1) + " status="} {
		if !strings.Contains(strings.Join(lines, "\n"), want) {
			t.Errorf("no line has %q", want)
		}
	}
	if len(lines) != 5 {
		t.Errorf("%d lines, want one for each request and one for the error", len(lines))
	}
}
