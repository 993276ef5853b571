package handlers

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Django takes any text as a key, and so does the lab. A page shows one as Python would write it, so that a
// key is never taken for another, and nothing in it reaches a page or the log as it is.
func TestKeysThatCannotBeSeen(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for key, shown := range map[string]string{
		"a\nb":                       `'a\nb'`,
		"nul\x00":                    `'nul\x00'`,
		"\x7f\u0085":                 `'\x7f\x85'`,
		"\u202eright to left":        `'\u202eright to left'`,
		" padded ":                   `' padded '`,
		"it's":                       `"it's"`,
		"`tick`":                     "`tick`",
		"<b>&amp;":                   "<b>&amp;",
		"\r\nSet-Cookie: x=1":        `'\r\nSet-Cookie: x=1'`,
		"\x1b[31m" + "red":           `'\x1b[31mred'`,
		strings.Repeat("k", 512):     strings.Repeat("k", 120) + "… (512 bytes)",
		strings.Repeat("\x01", 512):  `'` + strings.Repeat(`\x01`, 120) + "'… (512 bytes)",
		strings.Repeat("\u00e9", 99): strings.Repeat("\u00e9", 60) + "… (198 bytes)",
	} {
		t.Run(shown[:min(len(shown), 20)], func(t *testing.T) {
			tl := lab.in(t)
			v := tl.visitor()
			set := v.run("/set", "key", key, "value", "first")
			wantText(t, set, "<th scope=\"row\">"+html.EscapeString(shown)+"</th>")
			if got := v.values()[key]; got != "first" {
				t.Fatalf("the session holds %v", v.values())
			}
			if got := v.get("/get?key=" + url.QueryEscape(key)).results(); len(got) != 1 || got[0] != "first" {
				t.Errorf("get = %v", got)
			}
			v.run("/setdefault", "key", key, "value", "second")
			v.run("/update", "key", key, "value", "third")
			popped := v.run("/pop", "key", key)
			if got := popped.results(); len(got) != 1 || got[0] != "third" {
				t.Errorf("pop = %v", got)
			}
			wantText(t, popped, "− "+html.EscapeString(shown))
			missing := v.post("/delete", "key", key)
			if missing.Status != http.StatusNotFound {
				t.Errorf("delete of an absent key = %d", missing.Status)
			}
			v.run("/set", "key", key, "value", "again")
			for _, path := range []string{"/", "/items", "/flow", "/storage", "/internals", "/internals?part=panel",
				"/flush"} {
				a := v.get(path)
				if a.Status != http.StatusOK {
					t.Errorf("GET %s = %d", path, a.Status)
				}
				// What a loop prints, it prints as it is.
				if path != "/items" && strings.ContainsFunc(key, hidden) &&
					strings.Contains(a.Body, html.EscapeString(key)) {
					t.Errorf("GET %s shows the key as it is", path)
				}
			}
			wantText(t, v.get("/items"), "<th scope=\"row\">"+html.EscapeString(shown)+"</th>")
			v.run("/flush")
			if log := tl.log.String(); strings.Contains(log, key) {
				t.Errorf("the log has the key: %s", log)
			}
		})
	}
}

// hidden is what no terminal and no page shows as a character of its own.
func hidden(r rune) bool { return r < ' ' || r == 0x7f || r == 0x85 || r == 0x202e }
