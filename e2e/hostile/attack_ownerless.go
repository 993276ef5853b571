package main

import (
	"bytes"
	"context"
	"fmt"
	"time"
)

// ownerless is from the row about exchanges without a session. A visitor who has none pops a value and gives
// a secret as its default; somebody else opens the address to which the answer led, and looks for the secret.
func ownerless(ctx context.Context, a *attacker) error {
	a.ready(ctx)
	seen, own, asked := 0, 0, 0
	for ; asked < a.n && ctx.Err() == nil; asked++ {
		secret := fmt.Sprintf("secret-%d-of-the-visitor", asked)
		visitor, thief := a.newcomer(), a.newcomer()
		got, ok := a.send(ctx, visitor, "/pop", "key", "x", "default", secret)
		if !ok {
			continue
		}
		if page, ok := a.load(ctx, thief, got.location); ok && bytes.Contains(page.body, []byte(secret)) {
			seen++
		}
		if page, ok := a.load(ctx, visitor, got.location); ok && bytes.Contains(page.body, []byte(secret)) {
			own++
		}
		wait(ctx, 50*time.Millisecond)
	}
	a.say("%d of %d secrets were seen by somebody else, %d by the visitor", seen, asked, own)
	<-ctx.Done()
	return nil
}
