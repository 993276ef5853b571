package main

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// fanOut is from the row about amplifiers. Live panels of one large session are open, as many as a session
// may have, and one sender changes a little of it as often as it can: each change is sent to all of them.
func fanOut(ctx context.Context, a *attacker) error {
	visitors, err := a.manyLarge(ctx, 1, brackets)
	if err != nil {
		return err
	}
	panels := a.openPanels(ctx, slices.Repeat(visitors, a.n))
	a.ready(ctx)
	panels.bytes.Store(0)
	panels.events.Store(0)
	var forms atomic.Int64
	filling := strings.Repeat("y", 200)
	repeat(ctx, 1, func(int) {
		value := filling + strconv.FormatInt(forms.Load(), 10)
		if _, ok := a.send(ctx, visitors[0], "/set", "key", "n", "value", value); ok {
			forms.Add(1)
		}
	})
	panels.done.Wait()
	n, sent := forms.Load(), panels.bytes.Load()
	a.say("%d forms of 250 bytes, %d live panels: %s in %d events, %s for each form", n, panels.open.Load(),
		megabytes(sent), panels.events.Load(), megabytes(sent/max(1, n)))
	return nil
}
