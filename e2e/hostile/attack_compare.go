package main

import (
	"context"
	"strings"
)

// compareStores is from the row about amplifiers. A comparison of the stores opens four of them for one
// request. Many are asked for at the same time, with 200 KB of values.
func compareStores(ctx context.Context, a *attacker) error {
	v := a.newcomer()
	for _, key := range []string{"a", "b", "c", "d"} {
		if _, ok := a.send(ctx, v, "/set", "key", key, "value", strings.Repeat("x", 50000)); !ok {
			break // signed cookies take none of it: the comparison then has the notes' example
		}
	}
	a.ready(ctx)
	repeat(ctx, a.n, func(int) { a.send(ctx, v, "/storage/compare") })
	a.say("%d comparisons were asked for at a time", a.n)
	return nil
}
