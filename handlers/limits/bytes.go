package limits

import (
	"cmp"
	"context"
	"time"

	"golang.org/x/sync/semaphore"
)

// Bytes bounds how many bytes are under way at the same time. What is small is not counted: the number of
// connections bounds that. It may be used concurrently.
type Bytes struct {
	all     *semaphore.Weighted
	small   int64
	wait    time.Duration // how long one waits
	refusal error         // for whoever waited in vain
}

// NewBytes returns room for so many bytes. What has at most so many as small is not counted. refusal is the
// error for whoever has waited that long in vain; 0 is not at all.
func NewBytes(most, small int64, wait time.Duration, refusal error) *Bytes {
	return &Bytes{semaphore.NewWeighted(most), small, wait, refusal}
}

// Enter waits for room for n bytes; leave, to be called once, gives it back. The error is that of ctx, or the
// refusal.
func (b *Bytes) Enter(ctx context.Context, n int64) (leave func(), err error) {
	if n <= b.small {
		return func() {}, nil
	}
	if !acquire(ctx, b.all, n, time.Now().Add(b.wait)) {
		return nil, cmp.Or(ctx.Err(), b.refusal)
	}
	return func() { b.all.Release(n) }, nil
}
