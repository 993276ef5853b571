package main

import "context"

// slowItems is from the row about memory without bound. Lists of empty entries make the page of the items
// many times as large as they are. Many connections ask for that page and do not read.
func slowItems(ctx context.Context, a *attacker) error {
	v, lists, length, err := a.withLists(ctx, 65000)
	if err != nil {
		return err
	}
	a.ready(ctx)
	a.say("%d lists of %d empty entries", lists, length)
	a.holdUnread(ctx, "/items", []*visitor{v})
	return nil
}
