package engine

import (
	"cmp"
	"errors"
	"sync"
	"testing"
	"time"
)

func testDelete(t *testing.T, s subject) {
	token := s.put(t, newToken(), "data", inAnHour())
	other := s.put(t, newToken(), "other", inAnHour())
	s.end(t, newToken())
	s.end(t, token)
	s.end(t, token)
	s.wantFound(t, other, "other")
	if s.Kind().InCookie { // whoever has the cookie has the session
		s.wantFound(t, token, "data")
		return
	}
	s.wantAbsent(t, token)
	s.wantRow(t, token, false)
}

func testEnded(t *testing.T, s subject) {
	if s.Kind().InCookie {
		t.Skip("a signed cookie cannot be ended by the server")
	}
	deleted := s.put(t, newToken(), "data", inAnHour())
	s.end(t, deleted)
	s.wantEnded(t, deleted)

	cycled := s.put(t, newToken(), "data", inAnHour())
	if err := s.Cycle(t.Context(), cycled, newToken(), []byte("data"), inAnHour()); err != nil {
		t.Fatal(err)
	}
	s.wantEnded(t, cycled)

	swept := s.put(t, newToken(), "data", aMinuteAgo())
	if _, err := s.DeleteExpired(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	s.wantEnded(t, swept)

	// Another sweep forgets none of them: a late request may still come.
	if _, err := s.DeleteExpired(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{deleted, cycled, swept} {
		s.wantEnded(t, token)
	}
}

// testEndedRace lets a delete and several late commits meet. Whatever comes first, the
// session is gone in the end.
func testEndedRace(t *testing.T, s subject) {
	if s.Kind().InCookie {
		t.Skip("a signed cookie cannot be ended by the server")
	}
	for range 50 {
		token := s.put(t, newToken(), "data", inAnHour())
		var wg sync.WaitGroup
		wg.Go(func() { s.end(t, token) })
		for range 3 {
			wg.Go(func() {
				if _, err := s.tryPut(token, "late", inAnHour()); err != nil && !errors.Is(err, ErrEnded) {
					t.Errorf("late commit: %v", err)
				}
			})
		}
		wg.Wait()
		s.wantEnded(t, token)
	}
}

func testCycle(t *testing.T, s subject) {
	old := s.put(t, newToken(), "data", inAnHour())
	var log Log
	fresh := newToken()
	if err := s.Cycle(WithLog(t.Context(), &log), old, fresh, []byte("moved"), inAnHour()); err != nil {
		t.Fatal(err)
	}
	fresh = cmp.Or(log.Cookie, fresh)
	s.wantFound(t, fresh, "moved")
	if s.Kind().InCookie {
		s.wantFound(t, old, "data")
	} else {
		s.wantAbsent(t, old)
		s.wantRow(t, old, false)
	}

	for name, gone := range map[string]string{
		"an old token": old, "an unknown token": newToken(), "no token": "", "an odd token": "a/../\x00",
	} {
		if s.Kind().InCookie && gone == old {
			continue
		}
		next := newToken()
		err := s.Cycle(WithLog(t.Context(), &log), gone, next, []byte("x"), inAnHour())
		if !errors.Is(err, ErrEnded) {
			t.Errorf("cycle of %s: %v; want %v", name, err, ErrEnded)
		}
		s.wantRow(t, next, false)
	}
}

func testCycleRace(t *testing.T, s subject) {
	if s.Kind().InCookie {
		t.Skip("a signed cookie can be cycled any number of times")
	}
	for range 20 {
		old := s.put(t, newToken(), "data", inAnHour())
		fresh := []string{newToken(), newToken(), newToken(), newToken()}
		errs := make([]error, len(fresh))
		var wg sync.WaitGroup
		for i, token := range fresh {
			wg.Go(func() { errs[i] = s.Cycle(t.Context(), old, token, []byte("moved"), inAnHour()) })
		}
		wg.Wait()
		winners := 0
		for i, token := range fresh {
			switch {
			case errs[i] == nil:
				winners++
				s.wantFound(t, token, "moved")
			case errors.Is(errs[i], ErrEnded):
				s.wantAbsent(t, token)
			default:
				t.Errorf("cycle: %v", errs[i])
			}
		}
		if winners != 1 {
			t.Errorf("%d cycles of one session succeeded", winners)
		}
		s.wantEnded(t, old)
	}
}

// testMark checks until when an engine refuses to save an ended session.
func testMark(t *testing.T, s subject) {
	if s.Kind().InCookie {
		t.Skip("a signed cookie cannot be ended by the server")
	}
	lives := []time.Duration{time.Minute, 400 * time.Second, 365 * 24 * time.Hour}
	if !s.dropsExpired() {
		lives = append(lives, -time.Minute)
	}
	for _, life := range lives {
		token := s.put(t, newToken(), "data", time.Now().Add(life))
		before := time.Now()
		s.end(t, token)
		const rounding = 2 * time.Second // of servers' clocks and of a slow machine, generously
		until, ok := markOf(t, s, token)
		early, late := before.Add(time.Hour-rounding), time.Now().Add(time.Hour+rounding)
		if !ok || until.Before(early) || until.After(late) {
			t.Errorf("a session with %v to live is remembered until %v, %v; want in an hour", life, until, ok)
		}
		s.wantEnded(t, token)
		setMark(t, s, token, aMinuteAgo())
		if _, err := s.DeleteExpired(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		if until, ok := markOf(t, s, token); ok {
			t.Errorf("a sweep after the hour leaves the mark until %v", until)
		}
	}
}
