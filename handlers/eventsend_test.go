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
	if last := s.ended(); len(last) != 2 || last[0].state(t).Session.Exists || last[1].Name != "ended" {
		t.Errorf("after the sweep %+v, want the state without a session, then ended", last)
	}
}

// The watcher's first look wakes each new stream: something may have happened since its first state. Where
// nothing has, the state is not told again.
func TestEvents_NothingIsToldTwice(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	tl.heartbeat = 50 * time.Millisecond // five looks
	v := tl.visitor()
	v.run("/set", "key", "pin", "value", "BEFORE")
	s := v.stream()
	s.session("the first state", func(i internals) bool { return i.Session.Exists })
	for beats := 0; beats < 3; beats++ {
		if e := s.next(); e.Comment == "" {
			t.Fatalf("while nothing happens: %+v", e)
		}
	}
}
