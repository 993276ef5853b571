package engine

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessionlab/handlers/engine/enginetest"
)

func testExpiry(t *testing.T, s subject) {
	token := s.put(t, newToken(), "short", time.Now().Add(100*time.Millisecond))
	err := enginetest.Eventually(func() error {
		_, found, err := s.FindCtx(t.Context(), token)
		if found {
			err = errors.New("it is still found")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func testExpiredRow(t *testing.T, s subject) {
	token := s.put(t, newToken(), "old", aMinuteAgo())
	s.wantAbsent(t, token)
	s.wantRow(t, token, !s.dropsExpired())
	if s.dropsExpired() || s.Kind().InCookie {
		return
	}
	rows, total, err := s.Rows(t.Context(), 10)
	if err != nil || total != 1 || len(rows) != 1 || rows[0].Token != token {
		t.Errorf("rows = %v, %d, %v; want the expired one", rows, total, err)
	}
	s.put(t, token, "renewed", inAnHour())
	s.wantFound(t, token, "renewed")
}

func testSweep(t *testing.T, s subject) {
	now := time.Now()
	hourOld := s.put(t, newToken(), "data", now.Add(-time.Hour))
	minuteOld := s.put(t, newToken(), "data", now.Add(-time.Minute))
	alive := s.put(t, newToken(), "data", now.Add(time.Hour))
	for _, tt := range []struct {
		t    time.Time
		want int
	}{
		{now.Add(-2 * time.Hour), 0},
		{now.Add(-30 * time.Minute), 1},
		{now, 1},
		{now, 0},
	} {
		if s.Kind().InCookie || s.dropsExpired() {
			tt.want = 0
		}
		if n, err := s.DeleteExpired(t.Context(), tt.t); err != nil || n != tt.want {
			t.Errorf("delete expired before %v = %d, %v; want %d", tt.t.Sub(now), n, err, tt.want)
		}
	}
	s.wantRow(t, hourOld, s.Kind().InCookie)
	s.wantRow(t, minuteOld, s.Kind().InCookie)
	s.wantFound(t, alive, "data")
}

// testSweepMany sweeps more than one batch.
func testSweepMany(t *testing.T, s subject) {
	if s.Kind().InCookie || s.dropsExpired() {
		t.Skip("there is nothing to sweep")
	}
	const n = 4 * (sweepBatch/4 + 10)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range n / 4 {
				s.put(t, newToken(), "data", aMinuteAgo())
			}
		})
	}
	wg.Wait()
	got, err := s.DeleteExpired(t.Context(), time.Now())
	if err != nil || got != n {
		t.Errorf("delete expired = %d, %v; want %d", got, err, n)
	}
	if rows, total, err := s.Rows(t.Context(), 10); err != nil || len(rows) != 0 || total != 0 {
		t.Errorf("rows = %v, %d, %v; want none", rows, total, err)
	}
}

// testSweepRace lets a sweep and a commit of an expired session meet. If the commit
// succeeded, the session is there.
func testSweepRace(t *testing.T, s subject) {
	if s.Kind().InCookie || s.dropsExpired() {
		t.Skip("there is nothing to sweep")
	}
	for range 50 {
		token := s.put(t, newToken(), "data", aMinuteAgo())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := s.DeleteExpired(t.Context(), time.Now()); err != nil {
				t.Errorf("delete expired: %v", err)
			}
		})
		var late error
		wg.Go(func() { _, late = s.tryPut(token, "renewed", inAnHour()) })
		wg.Wait()
		switch {
		case late == nil:
			s.wantFound(t, token, "renewed")
		case errors.Is(late, ErrEnded):
			s.wantEnded(t, token)
		default:
			t.Errorf("late commit: %v", late)
		}
	}
}

// ending is a context that is canceled when it has been asked a few times.
type ending struct {
	context.Context
	left atomic.Int64
}

func (c *ending) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// testSweepBreaksOff ends a sweep in the middle. What it says is removed is gone, and nothing else.
func testSweepBreaksOff(t *testing.T, s subject) {
	if s.Kind().InCookie || s.dropsExpired() {
		t.Skip("there is nothing to sweep")
	}
	const all = 2*sweepBatch + 10
	s.putMany(t, all, "data", aMinuteAgo())
	ctx := &ending{Context: t.Context()}
	ctx.left.Store(2)
	removed, err := s.DeleteExpired(ctx, time.Now())
	if !errors.Is(err, context.Canceled) || removed == 0 || removed == all {
		t.Errorf("delete expired = %d, %v; want some of %d, and %v", removed, err, all, context.Canceled)
	}
	if _, left, err := s.Rows(t.Context(), 1); left != all-removed || err != nil {
		t.Errorf("%d are left, %v, after %d of %d were removed", left, err, removed, all)
	}
}
