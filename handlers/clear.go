package handlers

import (
	"context"
	"fmt"
	"net/url"
)

// clear is Django's session.clear(): the values go, a custom expiry among them; the id stays. Django
// saves even when there was nothing to clear. SCS's Clear does nothing then, so setting the deadline,
// which save does anyway, marks the session as modified.
func (l *Lab) clear(ctx context.Context, _ url.Values) error {
	if l.sessions.Token(ctx) == "" {
		return nil // no session, nothing to clear, and no reason to make one
	}
	if err := l.sessions.Clear(ctx); err != nil {
		return fmt.Errorf("clear session: %w", err)
	}
	l.sessions.SetDeadline(ctx, l.expiryDate(ctx))
	return nil
}

var clearQuestions []Question
