package handlers

import (
	"context"
	"net/url"
)

// update is Django's session.update({...}): many keys, one save. The form's key and value fields are
// paired in order; of a key that comes twice the last value wins. All pairs are checked before the
// first is stored.
func (l *Lab) update(ctx context.Context, form url.Values) error {
	keys, values := form["key"], form["value"]
	if len(keys) == 0 {
		return badInput("Nothing to update", "There are no pairs of `key` and `value`. In Django `update({})` is allowed, and saves the session all the same.")
	}
	if len(keys) != len(values) {
		return badInput("Unpaired fields", "There are %d keys and %d values. Each `key` needs its `value`.", len(keys), len(values))
	}
	for i, key := range keys {
		if err := checkKey(key); err != nil {
			return err
		}
		if err := checkValue(values[i]); err != nil {
			return err
		}
	}
	for i, key := range keys {
		l.sessions.Put(ctx, key, values[i])
	}
	return nil
}

var updateQuestions []Question
