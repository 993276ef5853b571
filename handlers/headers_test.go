package handlers

import (
	"mime"
	"net/http"
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
