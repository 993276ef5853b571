package handlers

import (
	"context"
	"net/url"
)

// pop is Django's session.pop(key[, default]): read once and remove. Without a default an absent
// key raises KeyError; with one, the default is returned and nothing is marked as modified.
func (l *Lab) pop(ctx context.Context, form url.Values) error {
	key, err := keyOf(form)
	if err != nil {
		return err
	}
	if l.sessions.Exists(ctx, key) {
		returns(ctx, l.sessions.Pop(ctx, key))
		return nil
	}
	if !form.Has("default") {
		return keyError(key,
			way{"request.session.pop(" + pythonString(key) + ", None)", "With a default, pop never raises."})
	}
	returns(ctx, form.Get("default"))
	return nil
}

var popQuestions []Question
