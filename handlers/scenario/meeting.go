package scenario

import (
	"context"
	"sync"
	"time"
)

// Meeting is a point at which so many have to arrive before any goes on. So requests of a race lie where a
// race wants them, whatever the machine does: no sleep could promise that.
type Meeting struct {
	longest time.Duration
	here    chan struct{} // one for each that has arrived
	all     chan struct{} // closed when all have

	mu   sync.Mutex // guards left
	left int
}

// How long one waits at most: with a lock around them two requests never meet.
const (
	Longest  = 2 * time.Second
	WithLock = 300 * time.Millisecond
)

// NewMeeting returns a meeting of n, none of whom waits longer than that.
func NewMeeting(n int, longest time.Duration) *Meeting {
	return &Meeting{longest: longest, here: make(chan struct{}, n), all: make(chan struct{}), left: n}
}

// Arrive waits for the others, as long as ctx lasts, and not longer than the meeting's time. Who comes when
// all have met goes on at once.
func (m *Meeting) Arrive(ctx context.Context) {
	m.mu.Lock()
	if m.left == 0 {
		m.mu.Unlock()
		return
	}
	m.left--
	last := m.left == 0
	m.here <- struct{}{}
	if last {
		close(m.all)
	}
	m.mu.Unlock()
	timer := time.NewTimer(m.longest)
	defer timer.Stop()
	select {
	case <-m.all:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Await waits until one more has arrived, and reports whether that was in time.
func (m *Meeting) Await(ctx context.Context) bool {
	timer := time.NewTimer(m.longest)
	defer timer.Stop()
	select {
	case <-m.here:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}
