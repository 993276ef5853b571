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
	Funcs: []string{"Lab.get", "getItem"},
	Curl: []string{
		"'BASE/get?key=nickname&default=Guest'",
		"'BASE/get?key=nickname'",
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

	Cards: []Card{getDefault, getAbsent},
}

var getDefault = Card{
	ID: "get", Title: "With a default", Paths: []string{"/get"}, Needs: []Need{needsSession()},
	Ask: "You read `nickname`, with the default `Guest`. What is in the session afterwards?",
	Options: []Option{
		{"default", "`Guest` too, if `nickname` was not there"},
		{"same", "What was there before, and nothing more"},
		{"none", "`nickname` too, with `None`, if it was not there"},
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
	Because: "`get` only returns. A default goes to your code, and is stored nowhere. Nothing was written. " +
		"A session that is read ends when it would have ended anyway.",
	Lacking: "Nothing was read. Make a session above, then read from it.",
	Onward:  "Or read `fname`, which is there.",
}

var getAbsent = Card{
	ID: "get-absent", Title: "Without a default", Needs: []Need{needsSession(), needsNoKey("nickname")},
	Ask: "`nickname` is not there, and you give no default. Choose a button. What do you get?",
	Options: []Option{
		{"none", "`None`"},
		{"empty", "An empty text"},
		{"error", "A `KeyError`"},
		{"guest", "`Guest`, as above"},
	},
	Observe: func(r Run) string {
		switch {
		case r.Path != "/get" || r.Default:
			return ""
		case r.KeyError:
			return "error"
		case r.None:
			return "none"
		case r.Returned == nil || r.Before[r.Key] != nil:
			return ""
		case *r.Returned == "":
			return "empty"
		}
		return "guest"
	},
	Because: "Without a default `get` gives `None`, and brackets raise `KeyError`. Neither of them writes " +
		"anything.",
	Lacking: "That key was there, so you got its value. Read a key that is not there.",
	Onward:  "Or press the other button, and compare.",
}
