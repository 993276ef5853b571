package handlers

import (
	"mime"
	"net/http"
	"strings"
	"testing"
)

// What is text says how its characters are encoded. JSON has no such parameter (RFC 8259, 11): it is UTF-8.
func TestEveryTextNamesItsCharset(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	paths := append(tl.addresses(http.MethodGet), "/nothing", "/clear-expired?exchange=none")
	for _, file := range []string{"lab.css", "lab.js", "favicon.svg", "lab-light.png"} {
		path, err := tl.pages.assets.path(file)
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
	for _, kind := range []string{"text/html", "text/css", "text/javascript", "text/plain", "text/event-stream", "image/svg+xml", "image/png", "application/json"} {
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
	paths := append(tl.addresses(http.MethodGet), "/nothing")
	for host, strict := range map[string]bool{
		"lab.example.org": true, "LAB.example.org:8443": true, "localhost.example.org": true, "192.0.2.7": true, "evil.example": true,
		"localhost": false, "LocalHost:4000": false, "127.0.0.1": false, "127.0.0.1:4000": false, "127.9.9.9": false,
		"[::1]": false, "[::1]:4000": false, "tricky.localhost": false,
	} {
		for _, secure := range []bool{true, false} {
			tl.settings.Secure = secure
			want := ""
			if strict && secure {
				want = "max-age=31536000"
			}
			for _, path := range paths {
				if got := tl.send(http.MethodGet, path, "Host", host).Header.Get("Strict-Transport-Security"); got != want {
					t.Errorf("-secure=%v, Host %s, GET %s: Strict-Transport-Security %q, want %q", secure, host, path, got, want)
				}
			}
			a := tl.send(http.MethodPost, "/set", "Host", host, "Sec-Fetch-Site", "cross-site")
			if got := a.Header.Get("Strict-Transport-Security"); got != want || a.Status < 400 {
				t.Errorf("-secure=%v, Host %s, a refused form: %d, Strict-Transport-Security %q, want %q", secure, host, a.Status, got, want)
			}
		}
	}
}

// A form counts as the lab's own by what the browser says of where it comes from. With -secure the lab's own
// pages come over TLS, so what says plain http is not one of them, though its host is the same.
func TestFormsOfOtherOrigins(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.settings.Hosts = []string{"lab.example.org"}
	for name, tt := range map[string]struct {
		secure bool
		host   string
		says   []string
		taken  bool
	}{
		"curl says nothing":                             {true, "lab.example.org", nil, true},
		"its own page over TLS":                         {true, "lab.example.org", []string{"Origin", "https://lab.example.org"}, true},
		"its own page, with Fetch metadata":             {true, "lab.example.org", []string{"Origin", "https://lab.example.org", "Sec-Fetch-Site", "same-origin"}, true},
		"a page of the same host over plain http":       {true, "lab.example.org", []string{"Origin", "http://lab.example.org"}, false},
		"written in other letters":                      {true, "lab.example.org", []string{"Origin", "HTTP://lab.example.org"}, false},
		"plain http, with Fetch metadata":               {true, "lab.example.org", []string{"Origin", "http://lab.example.org", "Sec-Fetch-Site", "cross-site"}, false},
		"another site":                                  {true, "lab.example.org", []string{"Origin", "https://evil.example"}, false},
		"another port":                                  {true, "lab.example.org", []string{"Origin", "https://lab.example.org:8443"}, false},
		"a page without an origin":                      {true, "lab.example.org", []string{"Origin", "null"}, false},
		"plain http is the lab's own without -secure":   {false, "lab.example.org", []string{"Origin", "http://lab.example.org"}, true},
		"plain http is the lab's own on this machine":   {true, "localhost:4000", []string{"Origin", "http://localhost:4000"}, true},
		"another port on this machine, without -secure": {false, "localhost:4000", []string{"Origin", "http://localhost:8000"}, false},
	} {
		tl.settings.Secure = tt.secure
		rows := tl.rows()
		a := tl.send(http.MethodPost, "/set", append(tt.says, "Host", tt.host)...)
		switch {
		case tt.taken && (a.Status != http.StatusSeeOther || tl.rows() != rows+1):
			t.Errorf("%s: %d, want it to be taken", name, a.Status)
		case !tt.taken && (a.Status != http.StatusForbidden || !strings.Contains(a.Body, "Cross-site request refused") || tl.rows() != rows):
			t.Errorf("%s: %d, want 403 and nothing stored", name, a.Status)
		}
	}
}
