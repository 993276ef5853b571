package main

import "context"

// slowJSON is from the row about memory without bound. One visitor has 252 KB of a character that takes six
// bytes in JSON. Many connections ask for that session as JSON and do not read: what the lab keeps for each
// of them until its deadline is its memory.
func slowJSON(ctx context.Context, a *attacker) error {
	visitors, err := a.manyLarge(ctx, 1, brackets)
	if err != nil {
		return err
	}
	a.ready(ctx)
	a.holdUnread(ctx, "/internals.json", visitors)
	return nil
}
