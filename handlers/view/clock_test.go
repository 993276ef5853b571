package view

import (
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// The line has a dot for each save and a ring for each read since it began, where they happened.
func TestClock_Line(t *testing.T) {
	t.Parallel()
	g := given(engine.Kinds[0])
	at := func(seconds float64, saved, known bool) *xray.Exchange {
		since := time.Duration(seconds * float64(time.Second))
		x := &xray.Exchange{At: end.Add(-400*time.Second + since), Known: known}
		if saved {
			x.Committed = some
		}
		return x
	}
	history := []*xray.Exchange{at(300, false, true), at(200, false, false), at(100, false, true),
		at(-.2, true, true), at(-50, true, true), at(-60, false, true)}
	row := &engine.Row{Token: oldID, Data: some, Expiry: end}
	c := g.clock(xray.Snapshot{Token: oldID, Row: row}, history)
	html := string(c.HTML())
	for _, want := range []string{`data-of="400"`, `class="save" cx="1.00%"`, `class="read" cx="25.50%"`,
		`class="read" cx="74.50%"`, `class="left" x="84.30%"`, "on the line 1 save and 2 reads",
		"last change 11:53:20", "until this session expires", "ends 12:00:00"} {
		if !strings.Contains(html, want) {
			t.Errorf("the clock has no %s:\n%s", want, html)
		}
	}
	if n := strings.Count(html, "<circle"); n != 3 {
		t.Errorf("%d dots, want 3: what came before the line, or found nothing, is not on it\n%s", n, html)
	}
}

// A clock that runs to an end which no save moves says which, and one without a session has nothing to tell.
func TestClock_OtherEnds(t *testing.T) {
	t.Parallel()
	g := given(engine.Kinds[0])
	row := &engine.Row{Token: oldID, Data: fixed, Expiry: end}
	s := xray.Snapshot{Token: oldID, Row: row, Values: map[string]any{"end": "fixed"}}
	if html := string(g.clock(s, nil).HTML()); !strings.Contains(html, "until a fixed moment") {
		t.Errorf("a fixed end: %s", html)
	}
	g.OfLife = func(map[string]any, time.Time) bool { return true }
	if html := string(g.clock(s, nil).HTML()); !strings.Contains(html, "until the end of its life") {
		t.Errorf("the end of its life: %s", html)
	}
	html := string(g.clock(xray.Snapshot{}, nil).HTML())
	if !strings.Contains(html, `data-clock="none"`) || strings.Contains(html, "data-end") ||
		strings.Contains(html, `class="left" x=`) || !strings.Contains(html, "nothing to expire") {
		t.Errorf("no session: %s", html)
	}
}
