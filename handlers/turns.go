package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	"golang.org/x/sync/semaphore"
)

// turns lets only so many requests do something at the same time, which bounds the memory that they take
// together. The others wait in a line, first come, first served. No address gets more than half of the turns,
// so that one visitor cannot make all others wait.
type turns struct {
	all     *semaphore.Weighted
	each    int64         // how many one address gets
	wait    time.Duration // how long one waits
	refusal *pageError    // for whoever waited in vain

	mu sync.Mutex // guards of
	of map[netip.Addr]*addressTurns
}

// addressTurns are the turns of one address. They are forgotten when nobody of it is at work or waits.
type addressTurns struct {
	*semaphore.Weighted
	count int
}

func newTurns(n int64, wait time.Duration, refusal *pageError) *turns {
	return &turns{all: semaphore.NewWeighted(n), each: max(1, n/2), wait: wait, refusal: refusal,
		of: map[netip.Addr]*addressTurns{}}
}

// enter waits for a turn of address. leave gives it back; only its first call counts. The error is that of
// ctx, or the refusal.
func (t *turns) enter(ctx context.Context, address netip.Addr) (leave func(), err error) {
	own := t.join(address)
	until := time.Now().Add(t.wait)
	if !acquire(ctx, own.Weighted, until) {
		t.part(address, own)
		return nil, cmp.Or(ctx.Err(), error(t.refusal))
	}
	if !acquire(ctx, t.all, until) {
		own.Release(1)
		t.part(address, own)
		return nil, cmp.Or(ctx.Err(), error(t.refusal))
	}
	return sync.OnceFunc(func() {
		t.all.Release(1)
		own.Release(1)
		t.part(address, own)
	}), nil
}

// acquire waits for a place until then. One that is free is given to whoever asks, also when its visitor has
// left: its page says why.
func acquire(ctx context.Context, places *semaphore.Weighted, until time.Time) bool {
	if places.TryAcquire(1) {
		return true
	}
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	return places.Acquire(ctx, 1) == nil
}

// join counts one more of address, at work or waiting.
func (t *turns) join(address netip.Addr) *addressTurns {
	t.mu.Lock()
	defer t.mu.Unlock()
	own := t.of[address]
	if own == nil {
		own = &addressTurns{Weighted: semaphore.NewWeighted(t.each)}
		t.of[address] = own
	}
	own.count++
	return own
}

func (t *turns) part(address netip.Addr, own *addressTurns) {
	t.mu.Lock()
	defer t.mu.Unlock()
	own.count--
	if own.count == 0 {
		delete(t.of, address)
	}
}

// turn is what one request has been given: a turn to be at work, and perhaps one more because its session or
// its form is large. It belongs to that request.
type turn struct {
	address netip.Addr
	leave   func()
	large   func() // nil without one
}

type turnKey struct{}

// withTurn returns r with a turn that [leaveTurn] gives back.
func (l *Lab) withTurn(r *http.Request, leave func()) *http.Request {
	t := &turn{address: l.address(r), leave: leave}
	return r.WithContext(context.WithValue(r.Context(), turnKey{}, t))
}

// leaveTurn gives back what the request was given. What is left to do takes no more than the bytes of the
// answer.
func leaveTurn(r *http.Request) {
	t, ok := r.Context().Value(turnKey{}).(*turn)
	if !ok {
		return
	}
	t.leave()
	if t.large != nil {
		t.large()
	}
}

// takeLarge waits for a turn of the large ones if n bytes are to be worked on and the request has none yet.
// To decode, encode and print a large session takes a processor ten times as long as an ordinary one: one
// address has one of them at a time, and so leaves the other processors to everybody else.
func (l *Lab) takeLarge(ctx context.Context, n int) error {
	t, ok := ctx.Value(turnKey{}).(*turn)
	if !ok || n <= large || t.large != nil {
		return nil
	}
	leave, err := l.large.enter(ctx, t.address)
	if err != nil {
		return err
	}
	t.large = leave
	return nil
}

// patient is a codec that waits for a turn before it decodes something large.
type patient struct {
	scs.Codec
	ctx context.Context // of the request
	lab *Lab
}

// Decode decodes b in its turn.
func (c patient) Decode(b []byte) (time.Time, map[string]any, error) {
	if err := c.lab.takeLarge(c.ctx, len(b)); err != nil {
		return time.Time{}, nil, err
	}
	return c.Codec.Decode(b)
}

// reads adapts a handler that looks into the store and makes a page of what it finds: it runs when it has a
// turn. Pages without a session need none, and go on while a store does not answer.
func (l *Lab) reads(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		leave, err := l.reading.enter(r.Context(), l.address(r))
		if err != nil {
			l.fail(w, r, nil, err)
			return
		}
		r = l.withTurn(r, leave)
		defer leaveTurn(r)
		next(w, r)
	}
}
