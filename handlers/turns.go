package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/netip"
	"sync"
	"time"

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
	// A free turn is given to whoever asks, also when its visitor has left: its page says why.
	waiting, cancel := context.WithTimeout(ctx, t.wait)
	defer cancel()
	if !own.TryAcquire(1) && own.Acquire(waiting, 1) != nil {
		t.part(address, own)
		return nil, cmp.Or(ctx.Err(), error(t.refusal))
	}
	if !t.all.TryAcquire(1) && t.all.Acquire(waiting, 1) != nil {
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

type turnKey struct{}

// withTurn returns r with a turn that [leaveTurn] gives back.
func withTurn(r *http.Request, leave func()) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), turnKey{}, leave))
}

// leaveTurn gives back the turn of r, if it has one. What is left to do takes no more than the bytes of the
// answer.
func leaveTurn(r *http.Request) {
	if leave, ok := r.Context().Value(turnKey{}).(func()); ok {
		leave()
	}
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
		defer leave()
		next(w, withTurn(r, leave))
	}
}
