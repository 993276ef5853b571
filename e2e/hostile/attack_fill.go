package main

import (
	"context"
	"sync/atomic"
	"time"
)

// year is the longest life that a session may be given, in seconds.
const year = "31536000"

// fill is from the row about the disk. It makes new sessions of 252 KB that live for a year, as many as it
// can, and stops at the number of -n: a disk of this machine is not to be filled.
func fill(ctx context.Context, a *attacker) error {
	a.ready(ctx)
	var made atomic.Int64
	began := time.Now()
	repeat(ctx, 4, func(int) {
		if made.Load() >= int64(a.n) {
			wait(ctx, time.Hour)
			return
		}
		v := a.newcomer()
		if _, ok := a.send(ctx, v, "/expiry", "seconds", year); ok && a.large(ctx, v, letters) {
			made.Add(1)
		}
	})
	n, seconds := made.Load(), time.Since(began).Seconds()
	a.say("%d sessions of 252 KB, %.0f a second, %.1f MB/s", n, float64(n)/seconds, float64(n)*0.258/seconds)
	return nil
}
