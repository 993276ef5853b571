package handlers

import (
	"context"
	"unicode/utf8"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/python"
	"sessionlab/handlers/xray"
)

// get is Django's session.get(key, fallback): the stored value, or the fallback for a
// key that is not there. The fallback is only returned, never stored, and reading does
// not mark the session as modified. SCS's Get gives nil for an absent key, so absence
// is asked for by itself.
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
			way{"request.session.get(" + python.Repr(key) + ")",
				"Gives None when the key is missing."},
			way{"request.session.get(" + python.Repr(key) + ", 'Guest')",
				"Gives the default when the key is missing."},
			askFirst(key))
	}
	return l.sessions.Get(ctx, key), nil
}

// getPage runs get for ?key= and, when there is one, ?default=; with ?access=brackets it runs getItem.
// It refuses what a form would be refused for, but takes names that begin with an underscore: they
// may be read.
func (l *Lab) getPage(ctx context.Context, p *page) (any, error) {
	if !p.Query.Has("key") && !p.Query.Has("default") && !p.Query.Has("access") {
		return p, nil
	}
	x := xray.From(ctx)
	x.Key, x.Default = asked(p.Query)
	key, fallback := p.Query.Get("key"), p.Query.Get("default")
	if key == "" || len(key) > limits.MaxKeyBytes {
		return nil, badInput("No key", "The field `key` has 1 to %d bytes.", limits.MaxKeyBytes)
	}
	if !utf8.ValidString(key) || !utf8.ValidString(fallback) {
		return nil, badInput("Not UTF-8", "A field is not valid UTF-8 text. It is refused, not repaired.")
	}
	if err := checkValue(fallback); err != nil {
		return nil, err
	}
	switch {
	case p.Query.Get("access") == "brackets":
		value, err := l.getItem(ctx, key)
		if err != nil {
			return nil, err
		}
		returns(ctx, value)
	case p.Query.Has("default"):
		returns(ctx, l.get(ctx, key, fallback))
	default:
		returns(ctx, l.get(ctx, key, nil))
	}
	return p, nil
}

var getLesson = &Lesson{
	Group: "Basics", Name: "get", Short: "Get",
	Title: "Get a value", Call: "session.get('k')",
	Django: `request.session.get('fname')
request.session.get('fname', 'Guest')
request.session['fname']   # KeyError if absent`,
	Funcs: []string{"get", "getItem"},
	Curl: []string{
		"'BASE/get?key=fname&default=Guest'",
		"'BASE/get?key=nickname&access=brackets'",
	},
	Effects: []Effect{
		{Call: "session['k']",
			Values: Cell{"same, or KeyError", "same"}, Row: Cell{"read", "same"},
			Token: Cell{"same", "same"}, Cookie: Cell{"not sent", "same"}},
		{Call: "session.get('k', d)",
			Values: Cell{"same; d is not stored", "same"}, Row: Cell{"read", "same"},
			Token: Cell{"same", "same"}, Cookie: Cell{"not sent", "same"}},
	},

	Cards: []Card{{
		ID:  "get",
		Ask: "You read a key with a default. What does your session hold afterwards?",
		Options: []Option{
			{"default", "The default too, under that key, if the key was absent"},
			{"same", "What it held before, and nothing more"},
			{"none", "The key too, with `None`, if it was absent"},
			{"less", "Less: what was read is taken out"},
		},
		Observe: func(r Run) string {
			if r.Path != "/get" || r.Returned == nil {
				return ""
			}
			switch mark := r.Marks[r.Key]; {
			case mark == xray.Removed:
				return "less"
			case mark != xray.Same && r.None:
				return "none"
			case mark != xray.Same:
				return "default"
			}
			return "same"
		},
		Because: "`get` only returns. The default is handed to your code and stored nowhere. Nothing " +
			"marked the session as modified, so no row was written and the expiry did not move.",
		InCookie: wording{Because: "`get` only returns. The default is handed to your code and stored " +
			"nowhere. Nothing marked the session as modified, so no new cookie was signed and the expiry " +
			"did not move."},
	}},
}
