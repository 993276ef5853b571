package main

import "context"

// eachStreams is how many streams one session may have.
const eachStreams = 12

// slowStreams is from the row about memory without bound. Live panels of large sessions are opened and not
// read; each session has as many as it may.
func slowStreams(ctx context.Context, a *attacker) error {
	visitors, err := a.manyLarge(ctx, (a.n+eachStreams-1)/eachStreams, brackets)
	if err != nil {
		return err
	}
	a.ready(ctx)
	a.holdUnread(ctx, "/internals/events", visitors)
	return nil
}
