package main

import (
	"context"
	"sync/atomic"
)

// flushFlood is from the row about exchanges that are pushed out. Flushes without a cookie leave exchanges
// that belong to nobody, and may take the place of everybody's. What is left of the class's, the columns
// lost and kept tell: they are looked at while the flood goes on.
func flushFlood(ctx context.Context, a *attacker) error {
	a.ready(ctx)
	var flushes atomic.Int64
	repeat(ctx, a.n, func(int) {
		if _, ok := a.send(ctx, a.newcomer(), "/flush"); ok {
			flushes.Add(1)
		}
	})
	a.say("%d flushes without a cookie", flushes.Load())
	return nil
}
