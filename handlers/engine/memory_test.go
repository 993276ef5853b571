package engine

import (
	"testing"
	"time"
)

func TestMemory_ForgetsWhatNobodyRemembers(t *testing.T) {
	t.Parallel()
	s := openSubject(t, kind{name: "memory"}, "memory:")
	e := s.Engine.(*memoryEngine)
	before := time.Now()
	for life, want := range map[time.Duration]time.Duration{
		time.Minute:    time.Hour, // a late request may take that long
		-time.Minute:   time.Hour,
		48 * time.Hour: 48 * time.Hour,
	} {
		token := s.put(t, newToken(), "data", before.Add(life))
		s.end(t, token)
		if got := e.ended[token].Sub(before); got < want || got > want+time.Minute {
			t.Errorf("a session with %v to live is remembered for %v; want %v", life, got, want)
		}
		s.wantEnded(t, token)
		e.ended[token] = aMinuteAgo()
	}
	if _, err := s.DeleteExpired(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if len(e.ended) != 0 {
		t.Errorf("still remembered: %v", e.ended)
	}
}
