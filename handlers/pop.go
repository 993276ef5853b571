package handlers

import (
	"context"
	"net/url"

	"sessionlab/handlers/python"
	"sessionlab/handlers/xray"
)

// pop is Django's session.pop(key[, default]): read once and remove. Without a default
// an absent key raises KeyError; with one, the default is returned and nothing is
// marked as modified.
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
			way{"request.session.pop(" + python.Repr(key) + ", None)", "With a " +
				"default, pop never raises."})
	}
	fallback := form.Get("default")
	if err := checkValue(fallback); err != nil {
		return err
	}
	returns(ctx, fallback)
	return nil
}

var popLesson = &Lesson{
	Group: "Whole session", Name: "pop", Short: "Pop",
	Title: "Read once and remove", Call: "session.pop()",
	Django: `msg = request.session.pop('msg', '')`,
	Funcs:  []string{"pop"},
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
		ID:  "pop",
		Ask: "The message was popped a moment ago. You call `pop('msg', '')` a second time. What happens?",
		Options: []Option{
			{"error", "It raises `KeyError`"},
			{"again", "It returns the message once more"},
			{"written", "It returns the default, and the row is written again"},
			{"default", "It returns the default, and nothing is written"},
		},
		Observe: func(r Run) string {
			switch {
			case r.Path != "/pop" || !r.Default:
				return ""
			case r.KeyError:
				return "error"
			case !r.Known || r.Returned == nil || r.Marks[r.Key] == xray.Removed:
				return "" // without a session, or the key was still there: this was the first time
			case !r.Saved:
				return "default"
			}
			return "written"
		},
		Because: "The key was gone, so `pop` took nothing out and only handed back the default. The " +
			"session was not marked as modified: no row, no cookie, and the clock went on.",
	}, {
		ID:  "pop-bare",
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
			case r.Returned == nil || r.Marks[r.Key] == xray.Removed:
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
	}},
}
