package handlers

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

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
		{"another port of this host", []string{"Sec-Fetch-Site", "same-site", "Origin", "http://127.0.0.1:1"},
			true},
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
			if tt.refused && (a.setCookie() != nil || !strings.Contains(a.Body, "Nothing was changed") ||
				!strings.Contains(a.Body, "CSRF")) {
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
		"curl says nothing":     {true, "lab.example.org", nil, true},
		"its own page over TLS": {true, "lab.example.org", []string{"Origin", "https://lab.example.org"}, true},
		"its own page, with Fetch metadata": {true, "lab.example.org",
			[]string{"Origin", "https://lab.example.org", "Sec-Fetch-Site", "same-origin"}, true},
		"a page of the same host over plain http": {true, "lab.example.org",
			[]string{"Origin", "http://lab.example.org"}, false},
		"written in other letters": {true, "lab.example.org", []string{"Origin", "HTTP://lab.example.org"}, false},
		"plain http, with Fetch metadata": {true, "lab.example.org",
			[]string{"Origin", "http://lab.example.org", "Sec-Fetch-Site", "cross-site"}, false},
		"another site": {true, "lab.example.org", []string{"Origin", "https://evil.example"}, false},
		"another port": {true, "lab.example.org",
			[]string{"Origin", "https://lab.example.org:8443"}, false},
		"a page without an origin": {true, "lab.example.org", []string{"Origin", "null"}, false},
		"plain http is the lab's own without -secure": {false, "lab.example.org",
			[]string{"Origin", "http://lab.example.org"}, true},
		"plain http is the lab's own on this machine": {true, "localhost:4000",
			[]string{"Origin", "http://localhost:4000"}, true},
		"another port on this machine, without -secure": {false, "localhost:4000",
			[]string{"Origin", "http://localhost:8000"}, false},
	} {
		tl.settings.Secure = tt.secure
		rows := tl.rows()
		a := tl.send(http.MethodPost, "/set", append(tt.says, "Host", tt.host)...)
		switch {
		case tt.taken && (a.Status != http.StatusSeeOther || tl.rows() != rows+1):
			t.Errorf("%s: %d, want it to be taken", name, a.Status)
		case !tt.taken && (a.Status != http.StatusForbidden ||
			!strings.Contains(a.Body, "Cross-origin request refused") || tl.rows() != rows):
			t.Errorf("%s: %d, want 403 and nothing stored", name, a.Status)
		}
	}
}
