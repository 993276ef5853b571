package main

import "context"

// slowItems is from the row about memory without bound. A list of empty entries makes the page of the items
// a hundred times as large as the list. Many connections ask for that page and do not read.
func slowItems(ctx context.Context, a *attacker) error {
	v, entries, err := a.withList(ctx, 65000)
	if err != nil {
		return err
	}
	a.ready(ctx)
	a.say("a list of %d empty entries", entries)
	a.holdUnread(ctx, "/items", []*visitor{v})
	return nil
}
