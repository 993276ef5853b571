package main

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"
)

// commas is from the row about amplifiers. A list of nothing but commas is short to send, and long to show.
// Two senders ask for the page of the items again and again.
func commas(ctx context.Context, a *attacker) error {
	v, lists, length, err := a.withLists(ctx, a.n)
	if err != nil {
		return err
	}
	a.ready(ctx)
	var pages, bytes atomic.Int64
	began := time.Now()
	repeat(ctx, 2, func(int) {
		if got, ok := a.load(ctx, v, "/items"); ok {
			pages.Add(1)
			bytes.Add(int64(len(got.body)))
		}
	})
	if n := pages.Load(); n > 0 {
		a.say("%d lists of %d entries: %d pages of %s each, one in %v", lists, length, n,
			megabytes(bytes.Load()/n), (time.Since(began) / time.Duration(n)).Round(time.Millisecond))
	}
	return nil
}

// withLists is a visitor with lists of empty entries, four of them, or as many as a session takes. They are
// as long as was asked for, or where that is refused, half of that, a quarter of it, and so on.
func (a *attacker) withLists(ctx context.Context, entries int) (v *visitor, lists, length int, err error) {
	v = a.newcomer()
	for length = entries; length > 1; length /= 2 {
		for _, key := range []string{"a", "b", "c", "d"} {
			value := strings.Repeat(",", length-1)
			if _, ok := a.send(ctx, v, "/set", "key", key, "type", "list", "value", value); !ok {
				break
			}
			lists++
		}
		if lists > 0 {
			return v, lists, length, nil
		}
	}
	return nil, 0, 0, errors.New("no list was taken")
}
