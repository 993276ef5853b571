package main

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"
)

// commas is from the row about amplifiers. A list of nothing but commas is short to send, and long to show:
// two senders ask for the page of the items again and again.
func commas(ctx context.Context, a *attacker) error {
	v, entries, err := a.withList(ctx, a.n)
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
		a.say("a list of %d entries: %d pages of %s each, one in %v", entries, n, megabytes(bytes.Load()/n),
			(time.Since(began) / time.Duration(n)).Round(time.Millisecond))
	}
	return nil
}

// withList is a visitor with a list of empty entries: so many, or where that is refused, the most of half of
// that, a quarter of it, and so on.
func (a *attacker) withList(ctx context.Context, entries int) (*visitor, int, error) {
	v := a.newcomer()
	for ; entries > 1; entries /= 2 {
		list := strings.Repeat(",", entries-1)
		if _, ok := a.send(ctx, v, "/set", "key", "k", "type", "list", "value", list); ok {
			return v, entries, nil
		}
	}
	return nil, 0, errors.New("no list was taken")
}
