package handlers

import (
	"mime"
	"net/http"
	"slices"
	"strings"
	"testing"
)

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
		for header, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if h.Get(header) != want {
				t.Errorf("%s: %s = %q, want %q", name, header, h.Get(header), want)
			}
		}
		policy := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'",
			"base-uri 'none'", "object-src 'none'", "form-action 'self'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the policy lacks %s", name, want)
			}
		}
		if strings.Contains(policy, "unsafe") || h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: the policy is open", name)
		}
		if !strings.Contains(name, "/static/") &&
			(h.Get("Cache-Control") != "no-store" || !slices.Contains(h.Values("Vary"), "Cookie")) {
			t.Errorf("%s: Cache-Control = %q, Vary = %q", name, h.Get("Cache-Control"), h.Values("Vary"))
		}
		if strings.Contains(a.Body, " style=") || strings.Contains(a.Body, "<script>") ||
			strings.Contains(a.Body, " onclick=") {
			t.Errorf("%s has an inline style or script", name)
		}
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
		if csp := a.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") ||
			strings.Contains(csp, "unsafe") {
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

// What is text says how its characters are encoded. JSON has no such parameter (RFC 8259, 11): it is UTF-8.
func TestEveryTextNamesItsCharset(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	paths := append(tl.addresses(http.MethodGet), "/nothing", "/clear-expired?exchange=none")
	for _, file := range []string{"lab.css", "lab.js", "favicon.svg", "lab-light.png"} {
		path, err := tl.pages.Asset(file)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	seen := map[string]bool{}
	for _, path := range paths {
		kind, parameters, err := mime.ParseMediaType(tl.send(http.MethodGet, path).Header.Get("Content-Type"))
		if err != nil {
			t.Errorf("GET %s: Content-Type: %v", path, err)
		}
		text := kind != "application/json" && kind != "image/png"
		if got := parameters["charset"]; text && got != "utf-8" || !text && got != "" {
			t.Errorf("GET %s: %s with the charset %q", path, kind, got)
		}
		seen[kind] = true
	}
	for _, kind := range []string{"text/html", "text/css", "text/javascript", "text/plain", "text/event-stream",
		"image/svg+xml", "image/png", "application/json"} {
		if !seen[kind] {
			t.Errorf("no answer was of the kind %s", kind)
		}
	}
}

// With -secure every answer keeps the browser on TLS: pages, refusals, files and streams. Under a name that
// means the visitor's own machine it does not, since other programs answer there too.
func TestStrictTransportSecurity(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.settings.Hosts = []string{"lab.example.org", "tricky.localhost", "localhost.example.org"}
	tl.settings.AnyIP = true
	all, few := append(tl.addresses(http.MethodGet), "/nothing"), []string{"/set", "/nothing"}
	for host, tt := range map[string]struct {
		strict bool
		paths  []string // the name decides: every kind of answer is asked for under one of each
	}{
		"lab.example.org": {true, all}, "LAB.example.org:8443": {true, few}, "localhost.example.org": {true, few},
		"192.0.2.7": {true, few}, "evil.example": {true, few},
		"localhost": {false, all}, "LocalHost:4000": {false, few}, "127.0.0.1": {false, few},
		"127.0.0.1:4000": {false, few}, "127.9.9.9": {false, few}, "[::1]": {false, few},
		"[::1]:4000": {false, few}, "tricky.localhost": {false, few},
	} {
		for _, secure := range []bool{true, false} {
			tl.settings.Secure = secure
			want := ""
			if tt.strict && secure {
				want = "max-age=31536000"
			}
			for _, path := range tt.paths {
				got := tl.send(http.MethodGet, path, "Host", host).Header.Get("Strict-Transport-Security")
				if got != want {
					t.Errorf("-secure=%v, Host %s, GET %s: Strict-Transport-Security %q, want %q",
						secure, host, path, got, want)
				}
			}
			a := tl.send(http.MethodPost, "/set", "Host", host, "Sec-Fetch-Site", "cross-site")
			if got := a.Header.Get("Strict-Transport-Security"); got != want || a.Status < 400 {
				t.Errorf("-secure=%v, Host %s, a refused form: %d, Strict-Transport-Security %q, want %q",
					secure, host, a.Status, got, want)
			}
		}
	}
}
