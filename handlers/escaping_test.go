package handlers

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"sessionlab/handlers/view"
	"strings"
	"testing"
)

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
	query := "?" + url.Values{"key": {hostileKey}, "default": {hostileValue}, "exchange": {hostileValue},
		"predict": {hostileKey}, "name": {hostileKey}, "path": {hostileValue}, "domain": {hostileValue},
		"samesite": {hostileKey}, "age": {hostileKey}, "lookup": {hostileKey}, "part": {hostileKey},
		hostileKey: {hostileValue}}.Encode()

	// Rows of others, with markup where a token should be.
	for i := range 3 {
		tl.sql("INSERT INTO sessions VALUES (?, ?, julianday('now', ?))", strings.Repeat("<zq>\"zq'zq&zq", 4)+
			fmt.Sprint(i), "<zq>", fmt.Sprintf("%d minutes", 5*i-5))
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
		if !strings.Contains(html.UnescapeString(pages[what].Body), view.KeyText(hostileKey)) {
			t.Errorf("%s does not show the key, so this test tests nothing", what)
		}
	}
	if got := v.values()[hostileKey]; got != hostileValue {
		t.Errorf("stored %q, want it byte for byte", got)
	}

	before := strings.Count(tl.log.String(), "\n")
	v.get(hostilePath + "%0atime=now%20level=INFO%0d%0amsg=forged")
	lines := func() int { return strings.Count(tl.log.String(), "\n") - before }
	until(t, "the line of the log, which comes after the answer", func() bool { return lines() > 0 })
	if n := lines(); n != 1 {
		t.Errorf("a path with line breaks made %d lines in the log", n)
	}
}
