package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestKeyboard walks through every page with the Tab key: each control is reached, in the order of the
// page, with a ring that can be seen and nothing on top of it.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startPlain(t)
	paths := append(l.paths(), "/no-such-page")
	for _, path := range paths {
		t.Run(pageName(path), func(t *testing.T) {
			t.Parallel()
			v := newVisitorIn(t, l, shell())
			v.allow("status of 404")
			c := l.client(t) // one for each page: a session has only so many live panels
			c.post("/update", "key", "fname", "value", "Aman", "key", "lname", "value", "Roy")
			v.hold(c.token())
			for _, width := range []int64{390, 1440} {
				v.resize(width)
				v.open(path)
				if path != "/set" { // the list of lessons is the same on every page: one walk is enough
					js[bool](v, `(document.getElementById("lessons").inert = true)`)
				}
				v.walk(fmt.Sprintf("%d px", width))
			}
		})
	}
}

// walk presses Tab until the focus has been everywhere.
func (v *visitor) walk(where string) {
	v.t.Helper()
	n := call[int](v, stopsJS)
	if n < 3 {
		v.t.Errorf("%s: only %d controls can be focused", where, n)
	}
	reached := map[int]bool{}
	last := -1
	for range 2*n + 20 {
		v.do("Tab", chromedp.KeyEvent(kb.Tab))
		at := call[struct {
			Index           int
			Name, Complaint string
		}](v, focusedJS)
		if at.Index == -2 { // back at the document: once around
			break
		}
		if at.Complaint != "" {
			v.t.Errorf("%s: %s %s", where, at.Name, at.Complaint)
		}
		if at.Index < 0 { // something else, such as a box that scrolls
			continue
		}
		if at.Index < last {
			v.t.Errorf("%s: the focus goes back, to %s", where, at.Name)
		}
		last = at.Index
		reached[at.Index] = true
	}
	for i := range n {
		if !reached[i] {
			stop := js[string](v, fmt.Sprintf("window.e2eStops[%d].outerHTML.slice(0, 120)", i))
			v.t.Errorf("%s: the Tab key does not reach %s", where, stop)
		}
	}
}
