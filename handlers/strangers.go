package handlers

import (
	"context"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/xray"
)

// This file makes sessions for requests that bring no cookie. What is in them belongs to nobody: their IDs
// are not sent to any browser.

// stranger is what SCS does for a request that brings no cookie and stores a value: it
// loads no session, begins one, and commits it under a new ID. The ID goes to nobody.
func (l *Lab) stranger(
	ctx context.Context, value string, life time.Duration,
) (string, error) {
	alone, err := l.strangers.Load(ctx, "") // "": there is no cookie
	if err != nil {
		return "", fmt.Errorf("load for a stranger: %w", err)
	}
	l.strangers.Put(alone, "visitor", value)
	l.strangers.SetDeadline(alone, l.now().Add(life))
	id, _, err := l.strangers.Commit(alone)
	if err != nil {
		return "", fmt.Errorf("commit for a stranger: %w", err)
	}
	return id, nil
}

// admitStrangers asks whether the visitor of ctx may have n of them put in.
func (l *Lab) admitStrangers(ctx context.Context, n int) error {
	if l.engine.Kind().InCookie {
		return nil // nothing is kept
	}
	const bytes = 120 // about what one of them holds
	return l.room.Admit(visitOf(ctx).address,
		limits.Growth{IDs: n, Rows: n, Bytes: n * bytes})
}

// newStrangers is a manager for the sessions of strangers. It has to be one of its own: SCS takes the session
// that it finds in a context, and there that is the visitor's.
func (l *Lab) newStrangers() *scs.SessionManager {
	m := scs.New()
	m.Store, m.Codec, m.Lifetime = putIn{lab: l}, xray.Codec, l.settings.CookieAge
	return m
}

// putIn is a store for SCS whose commits are those of strangers: the record of the visitor's own session
// stays as it is.
type putIn struct {
	scs.Store // nil: with a context, SCS calls none of its methods
	lab       *Lab
}

// CommitCtx puts the row in and counts it.
func (s putIn) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	if err := s.lab.engine.Plant(ctx, token, b, expiry); err != nil {
		return err
	}
	if !s.lab.engine.Kind().InCookie {
		s.lab.room.Add(1, len(b))
	}
	return nil
}
