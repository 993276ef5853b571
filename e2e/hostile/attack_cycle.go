package main

import (
	"context"
	"errors"
	"sync/atomic"
)

// cycle is from the row about the disk. Sessions with a life of a year change their key without end, and
// each change may leave a mark that lives as long. The rows of the table count those marks where they lie in
// the same one.
func cycle(ctx context.Context, a *attacker) error {
	var visitors []*visitor
	for range a.n {
		v := a.newcomer()
		if _, ok := a.send(ctx, v, "/expiry", "seconds", year); !ok {
			return errors.New("no session could be made")
		}
		visitors = append(visitors, v)
	}
	a.ready(ctx)
	var changes atomic.Int64
	repeat(ctx, a.n, func(sender int) {
		if _, ok := a.send(ctx, visitors[sender], "/cycle-key"); ok {
			changes.Add(1)
		}
	})
	a.say("%d changes of the key of %d sessions", changes.Load(), a.n)
	return nil
}
