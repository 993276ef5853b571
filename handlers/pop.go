package handlers

import (
	"context"
	"net/url"

	"sessionlab/handlers/python"
	"sessionlab/handlers/view"
)

// pop is Django's session.pop(key[, default]): read once and remove. Without a default
// an absent key raises KeyError; with one, the default is returned and nothing is
// marked as modified.
func (l *Lab) pop(ctx context.Context, form url.Values) error {
	key, err := keyOf(form)
	if err != nil {
		return err
	}
	fallback := form.Get("default")
	if err := checkValue(fallback); err != nil {
		return err
	}
	var value any
	if form.Has("default") {
		value = l.popItem(ctx, key, fallback)
	} else if value, err = l.popOrRaise(ctx, key); err != nil {
		return err
	}
	returns(ctx, value)
	return nil
}

// popItem is session.pop(key, fallback).
func (l *Lab) popItem(ctx context.Context, key string, fallback any) any {
	if !l.sessions.Exists(ctx, key) {
		return fallback
	}
	return l.sessions.Pop(ctx, key)
}

// popOrRaise is session.pop(key).
func (l *Lab) popOrRaise(ctx context.Context, key string) (any, error) {
	if !l.sessions.Exists(ctx, key) {
		return nil, keyError(key,
			way{"request.session.pop(" + python.Repr(key) + ", None)", "With a " +
				"default, pop never raises."})
	}
	return l.sessions.Pop(ctx, key), nil
}

var popLesson = &Lesson{
	Group: "Whole session", Name: "pop", Short: "Pop",
	Title: "Read once and remove", Call: "session.pop()",
	Django: `msg = request.session.pop('msg', '')`,
	Funcs:  []string{"pop", "popItem", "popOrRaise"},
	Curl: []string{
		"-d key=msg -d 'value=Profile saved' BASE/set",
		"-d key=msg -d default= BASE/pop",
		"-d key=msg -d default= BASE/pop",
	},
	Effects: []Effect{
		{Call: "session.pop('k', d)",
			Values: Cell{Text: "one less, or d"}, Row: Cell{Text: "rewritten if it was there"},
			Token: Cell{"same", "same"}, Cookie: Cell{Text: "if it was there"}},
	},

	Cards: []Card{{
		ID: "pop", Title: "Read it twice", Paths: []string{"/pop"},
		Needs: []Need{needsMessage()},
		Ask:   "You pop `msg` twice, with the default `''`. What do you get the second time?",
		Options: []Option{
			{"error", "A `KeyError`"},
			{"again", "The message once more"},
			{"written", "The default, and the session is saved"},
			{"default", "The default, and nothing is saved"},
		},
		Observe: func(r Run) string {
			switch {
			case r.Path != "/pop" || !r.Default:
				return ""
			case r.KeyError:
				return "error"
			case !r.Known || r.Returned == nil || r.took():
				return "" // without a session, or the key was still there: this was the first time
			case !r.Saved:
				return "default"
			}
			return "written"
		},
		Presses: 2,
		Press: func(r Run) int {
			if r.Default && r.took() {
				return 1
			}
			return 0
		},
		Again:   "Read, and gone. The question is about the second time: now press it again.",
		Lacking: "There was no session, or no default was sent. Leave the message above, then pop it twice.",
		Because: "The key was not there, so `pop` took nothing out and only gave back the default. The " +
			"session was not marked as modified: nothing was saved, and the clock went on.",
		Onward: "So a flash message is shown once, and a reload does not repeat it.",
	}, {
		ID: "pop-bare", Title: "Without a default", Needs: []Need{needsNoMessage()},
		Ask: "The message is gone. You call `pop('msg')`, without a default. What happens?",
		Options: []Option{
			{"none", "It returns `None`, as `get` does"},
			{"error", "It raises `KeyError`"},
			{"empty", "It returns an empty string"},
			{"ends", "The session ends"},
		},
		Observe: func(r Run) string {
			switch {
			case r.Path != "/pop" || r.Default:
				return ""
			case r.KeyError:
				return "error"
			case r.Ended:
				return "ends"
			case r.Returned == nil || r.took():
				return ""
			case r.None:
				return "none"
			case *r.Returned == "":
				return "empty"
			}
			return ""
		},
		Because: "A session is a dictionary, and `pop` is the dictionary's own: without a default an " +
			"absent key is an error. Only `get` gives `None` by itself.",
		Lacking: "The key was there, so this press took it out. Now it is gone: press once more.",
		Onward:  "Never raises: `session.pop('msg', None)`",
	}},
}

// took reports whether r removed the key that it named, and left the session alive.
func (r *Run) took() bool { return r.Key != "" && r.deleted(r.Key) }

// needsMessage is the need of a session with a flash message.
func needsMessage() Need {
	n := needsKey("msg", "Profile saved")
	n.Prepare.Button = "Leave the message"
	return n
}

// needsNoMessage is the need of a session without that message, or of none.
func needsNoMessage() Need {
	return Need{
		What: "no `msg` in the session.",
		State: func(now Now) (string, bool) {
			if v, ok := now.Values["msg"]; ok {
				return "It is " + view.Quote(python.Brief(v, 40)) + ".", false
			}
			return "It is not there.", true
		},
		Prepare: Prepare{To: "/pop", Button: "Read it first", Fields: []Field{{"key", "msg"}, {"default", ""}}},
	}
}
