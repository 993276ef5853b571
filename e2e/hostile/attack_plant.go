package main

import (
	"context"
	"sync/atomic"
)

// plant is from the row about the disk. Expired rows are planted, three with each request, by somebody who
// has no session.
func plant(ctx context.Context, a *attacker) error {
	a.ready(ctx)
	var planted atomic.Int64
	repeat(ctx, a.n, func(int) {
		if _, ok := a.send(ctx, a.newcomer(), "/clear-expired/plant"); ok {
			planted.Add(3)
		}
	})
	a.say("%d rows planted", planted.Load())
	return nil
}
