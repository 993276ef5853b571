package handlers

import (
	"context"
	"net/url"
)

// setDefault is Django's session.setdefault(key, value): it stores the value only if the key is not
// there, and returns what is stored then. With the key present nothing is marked as modified.
func (l *Lab) setDefault(ctx context.Context, form url.Values) error {
	key, err := keyOf(form)
	if err != nil {
		return err
	}
	value, err := typed(form.Get("value"), form.Get("type"))
	if err != nil {
		return err
	}
	if !l.sessions.Exists(ctx, key) {
		l.sessions.Put(ctx, key, value)
	}
	returns(ctx, l.sessions.Get(ctx, key))
	return nil
}

var setdefaultQuestions []Question
