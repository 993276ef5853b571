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
	for _, life := range []time.Duration{time.Minute, -time.Minute, 48 * time.Hour} {
		token := s.put(t, newToken(), "data", before.Add(life))
		s.end(t, token)
		if got := e.ended[token].Sub(before); got < time.Hour || got > time.Hour+time.Minute {
			t.Errorf("a session with %v to live is remembered for %v; want an hour", life, got)
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
