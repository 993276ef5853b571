package e2e

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What must hold on every page, whatever it is about.

var widths = []int64{360, 390, 768, 1440, 1920}

// paths returns every page of the lab: the first one, the lessons that its list names, the panel.
func (l *lab) paths() []string {
	l.t.Helper()
	_, body := l.client(l.t).get("/")
	paths := []string{"/", "/internals"}
	for _, m := range regexp.MustCompile(`<li><a href="(/[^"]+)"`).FindAllStringSubmatch(body, -1) {
		if !slices.Contains(paths, m[1]) {
			paths = append(paths, m[1])
		}
	}
	if len(paths) < 20 {
		l.t.Fatalf("the list of lessons names only %q", paths)
	}
	return paths
}

// full gives a client a session with values of every type, short ones and such as fit in no line.
func (c *client) full() {
	c.t.Helper()
	long := strings.Repeat("Abcdefghij", 40)
	for _, fields := range [][]string{
		{"key", "fname", "value", "Aman"},
		{"key", "lname", "value", "Roy"},
		{"key", "age", "value", "31", "type", "int"},
		{"key", "ratio", "value", "0.25", "type", "float"},
		{"key", "member", "value", "true", "type", "bool"},
		{"key", "since", "value", "2026-01-31T12:00:00Z", "type", "time"},
		{"key", "cart", "value", "bread, milk", "type", "list"},
		{"key", "markup", "value", `<b onclick="alert(1)">&amp;</b>`},
		{"key", "ключ-鍵-🔑", "value", "значение 値 🙂"},
		{"key", long[:128], "value", long},
	} {
		if r, body := c.post("/set", fields...); r.StatusCode != http.StatusSeeOther {
			c.t.Fatalf("set %q: %s\n%s", fields, r.Status, body)
		}
	}
}

// TestPages looks at every page: how much it loads, and in light and dark at every width how it looks and
// what axe says of it, after its experiment and without a session.
func TestPages(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startPlain(t)
	axe := readAxe(t)
	paths := append(l.paths(), "/no-such-page", "KeyError")
	for _, path := range paths {
		t.Run(pageName(path), func(t *testing.T) {
			t.Parallel()
			v := newVisitorIn(t, l, shell())
			v.allow("status of 404") // the error pages
			v.allow("status of 500") // a view that raises
			c := l.client(t)
			c.full()
			v.hold(c.token())
			if path == "/sessions" { // it is fullest in a class
				for range 40 {
					l.client(t).post("/set", "key", "fname", "value", "Ben")
				}
			}
			if path == "KeyError" {
				v.open("/delete")
				v.run("Delete the key", "key", "absent")
				v.says(headline, "KeyError")
				v.announces(headline)
			} else {
				v.weighs(path)
				if x := call[*trial](v, experimentJS, nil); x != nil && x.Card != "" {
					v.press(marked)
					v.announces(headline)
				}
			}
			v.inspect("after its experiment", axe, look{390, "light"}, look{1440, "dark"})
			v.resize(390)
			if path == "/set" { // axe has seen the panel beside each page; as a sheet it is always the same
				for _, id := range []string{"xray", "lessons", "keys", "ask"} {
					v.inspectSheet(id, axe)
				}
			} else {
				v.inspectSheet("xray", "")
			}
			if path != "KeyError" {
				v.forgetCookies()
				v.open(path)
				v.inspect("without a session", axe, look{1440, "light"})
			}
		})
	}
}

func pageName(path string) string {
	return cmp.Or(strings.ReplaceAll(strings.Trim(path, "/"), "/", "-"), "home")
}
