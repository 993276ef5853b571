package handlers

import (
	"context"
	"fmt"
	"time"
)

// get is Django's session.get(key, fallback): the stored value, or the fallback for a key that is
// not there. The fallback is only returned, never stored, and reading does not mark the session as
// modified. SCS's Get gives nil for an absent key, so absence is asked for by itself.
func (l *Lab) get(ctx context.Context, key string, fallback any) any {
	if !l.sessions.Exists(ctx, key) {
		return fallback
	}
	return l.sessions.Get(ctx, key)
}

// getItem is Django's session[key]: it raises KeyError for a key that is not there.
func (l *Lab) getItem(ctx context.Context, key string) (any, error) {
	if !l.sessions.Exists(ctx, key) {
		return nil, keyError(key,
			way{"request.session.get(" + pythonString(key) + ")", "Gives None when the key is missing."},
			way{"request.session.get(" + pythonString(key) + ", 'Guest')", "Gives the default when the key is missing."},
			way{"if " + pythonString(key) + " in request.session:", "Asks first, then you decide."})
	}
	return l.sessions.Get(ctx, key), nil
}

// getPage runs get for ?key= and, when there is one, ?default=; with ?access=brackets it runs getItem.
func (l *Lab) getPage(ctx context.Context, p *page) (any, error) {
	if !p.Query.Has("key") {
		return p, nil
	}
	key := p.Query.Get("key")
	if key == "" || len(key) > maxKeyBytes {
		return nil, badInput("No key", "The field `key` has 1 to %d bytes.", maxKeyBytes)
	}
	if p.Query.Get("access") == "brackets" {
		value, err := l.getItem(ctx, key)
		if err != nil {
			return nil, err
		}
		returns(ctx, value)
		return p, nil
	}
	var fallback any
	if p.Query.Has("default") {
		fallback = p.Query.Get("default")
	}
	returns(ctx, l.get(ctx, key, fallback))
	return p, nil
}

// pythonText writes a value as Python's print would: None, True, 31, Aman.
func pythonText(value any) string {
	switch v := value.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case time.Time:
		return v.Format(time.RFC3339)
	}
	return fmt.Sprint(value)
}

var getQuestions []Question
