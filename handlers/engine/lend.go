package engine

import (
	"context"
	"fmt"
	"time"
)

// lend takes one of the connections that are free, lends it to f and puts it back. Waiting for one ends with
// ctx, and with [ErrBusy] after wait. What f does with it has limits of its own.
func lend[C any](ctx context.Context, free chan C, wait time.Duration, f func(C) error) error {
	c, err := take(ctx, free, wait)
	if err != nil {
		return err
	}
	defer func() { free <- c }()
	return f(c)
}

func take[C any](ctx context.Context, free chan C, wait time.Duration) (c C, err error) {
	if err := ctx.Err(); err != nil {
		return c, err
	}
	select {
	case c = <-free:
		return c, nil
	default:
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case c = <-free:
		return c, nil
	case <-ctx.Done():
		return c, ctx.Err()
	case <-timer.C:
		return c, fmt.Errorf("%w: no connection was free within %v", ErrBusy, wait)
	}
}
