package handlers

import (
	"testing"
	"time"
)

// A session that expires leaves its row behind. Its stream goes on, so that whoever saw it expire sees it
// swept.
func TestEvents_ExpiredRowUntilItIsSwept(t *testing.T) {
	t.Parallel()
	tl, advance := liveLab(t)
	v := tl.visitor()
	v.run("/set", "key", "pin", "value", "BEFORE")
	old := v.token()
	s := v.stream()
	s.session("the first state", func(i internals) bool { return i.Session.Exists })
	advance(401 * time.Second)
	s.session("the end", func(i internals) bool { return !i.Session.Exists && i.Row == nil })
	if n := tl.watcher.Count(old); n != 1 {
		t.Fatalf("%d streams watch the expired row, want 1", n)
	}
	if _, err := tl.engine.DeleteExpired(t.Context(), tl.now()); err != nil {
		t.Fatal(err)
	}
	last := s.ended()
	if len(last) < 2 || last[len(last)-1].Name != "ended" {
		t.Fatalf("after the sweep %+v, want the state without a session, then ended", last)
	}
	for _, e := range last[:len(last)-1] { // more than one where the clock was looked at in between
		if e.state(t).Session.Exists {
			t.Errorf("after the sweep %+v", e)
		}
	}
}
