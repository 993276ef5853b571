package handlers

import (
	"context"
	"fmt"
	"net/url"
)

// flush is Django's session.flush(): the row is deleted at once, and save has the browser drop the
// cookie. No new id is made until something is stored again. Without a session there is nothing to
// delete; SCS would still send the store a DELETE for an empty token.
func (l *Lab) flush(ctx context.Context, _ url.Values) error {
	if l.sessions.Token(ctx) == "" {
		return nil
	}
	if err := l.sessions.Destroy(ctx); err != nil {
		return fmt.Errorf("flush session: %w", err)
	}
	return nil
}

var flushQuestions []Question
