package handlers

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/url"
	"time"
)

// clearExpired is Django's session.clear_expired(): it removes every row of the store that has
// expired, whoever it belonged to. sqlite3store would do this by itself every five minutes; that is
// switched off here, so that expired rows can be seen lying.
func (l *Lab) clearExpired(ctx context.Context, _ url.Values) error {
	n, err := l.engine.DeleteExpired(ctx, l.now())
	if err != nil {
		return fmt.Errorf("clear expired: %w", err)
	}
	returns(ctx, n)
	return nil
}

// plantExpired puts three rows into the store that expired a few minutes ago, for clearExpired to
// find. Nobody holds their tokens.
func (l *Lab) plantExpired(ctx context.Context, _ url.Values) error {
	for i := range 3 {
		expiry := l.now().Add(-time.Duration(i+1) * time.Minute)
		data, err := strict.Encode(expiry, map[string]any{"demo": fmt.Sprintf("forgotten visitor %d", i+1)})
		if err != nil {
			return fmt.Errorf("plant expired: %w", err)
		}
		random := make([]byte, 32)
		_, _ = rand.Read(random) // never fails
		if err := l.engine.Engine.CommitCtx(ctx, base64.RawURLEncoding.EncodeToString(random), data, expiry); err != nil {
			return fmt.Errorf("plant expired: %w", err)
		}
	}
	return nil
}

// clearExpiredPageData is the data of clear-expired.html.
type clearExpiredPageData struct {
	*page
	Table table
}

func (l *Lab) clearExpiredPage(ctx context.Context, p *page) (any, error) {
	t, err := l.table(ctx, 20)
	return clearExpiredPageData{p, t}, err
}

var clearExpiredQuestions []Question
