package handlers

import (
	"context"
	"net/url"
)

// deleteKey is Django's del session[key]. SCS's Remove passes over a key that is not there in
// silence; Django raises KeyError, and so does this.
func (l *Lab) deleteKey(ctx context.Context, form url.Values) error {
	key, err := keyOf(form)
	if err != nil {
		return err
	}
	if !l.sessions.Exists(ctx, key) {
		return keyError(key,
			way{"request.session.pop(" + pythonString(key) + ", None)", "Removes the key if it is there, and never raises."},
			way{"if " + pythonString(key) + " in request.session:", "Asks first, then you decide."})
	}
	l.sessions.Remove(ctx, key)
	return nil
}

var deleteQuestions []Question
