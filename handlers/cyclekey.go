package handlers

import (
	"context"
	"net/url"
)

// cycleKey is Django's session.cycle_key(): a new id for the same values. SCS's RenewToken, which
// newToken calls, also sets the deadline back to the default; save then counts it from the session's
// own age again, so a custom expiry is kept. A visitor without a session gets an empty one.
func (l *Lab) cycleKey(ctx context.Context, _ url.Values) error {
	return l.newToken(ctx)
}

var cycleKeyQuestions []Question
