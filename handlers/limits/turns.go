package limits

import (
	"cmp"
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// Turns lets only so many requests do something at the same time, which bounds the memory that they take
// together. The others wait in a line, first come, first served. No address gets more than half of the turns,
// so that one visitor cannot make all others wait. It may be used concurrently.
type Turns struct {
	all     *semaphore.Weighted
	each    int64         // how many one address gets
	wait    time.Duration // how long one waits
	refusal error         // for whoever waited in vain

	mu sync.Mutex // guards of
	of map[netip.Addr]*addressTurns
}

// addressTurns are the turns of one address. They are forgotten when nobody of it is at work or waits.
type addressTurns struct {
	*semaphore.Weighted
	count int
}

// NewTurns returns n turns. refusal is the error for whoever has waited that long in vain.
func NewTurns(n int64, wait time.Duration, refusal error) *Turns {
	return &Turns{all: semaphore.NewWeighted(n), each: max(1, n/2), wait: wait, refusal: refusal,
		of: map[netip.Addr]*addressTurns{}}
}

// Enter waits for a turn of address. leave gives it back; only its first call counts. The error is that of
// ctx, or the refusal.
func (t *Turns) Enter(ctx context.Context, address netip.Addr) (leave func(), err error) {
	own := t.join(address)
	until := time.Now().Add(t.wait)
	if !acquire(ctx, own.Weighted, 1, until) {
		t.part(address, own)
		return nil, cmp.Or(ctx.Err(), t.refusal)
	}
	if !acquire(ctx, t.all, 1, until) {
		own.Release(1)
		t.part(address, own)
		return nil, cmp.Or(ctx.Err(), t.refusal)
	}
	return sync.OnceFunc(func() {
		t.all.Release(1)
		own.Release(1)
		t.part(address, own)
	}), nil
}

// join counts one more of address, at work or waiting.
func (t *Turns) join(address netip.Addr) *addressTurns {
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

func (t *Turns) part(address netip.Addr, own *addressTurns) {
	t.mu.Lock()
	defer t.mu.Unlock()
	own.count--
	if own.count == 0 {
		delete(t.of, address)
	}
}

// acquire waits until then for n of all. What is free is given to whoever asks, also when its visitor has
// left: its page says why.
func acquire(ctx context.Context, all *semaphore.Weighted, n int64, until time.Time) bool {
	if all.TryAcquire(n) {
		return true
	}
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	return all.Acquire(ctx, n) == nil
}
