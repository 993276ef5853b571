package handlers

import (
	"context"
	"net/url"

	"sessionlab/handlers/xray"
)

// setDefault is Django's session.setdefault(key, value): it stores the value only if
// the key is not there, and returns what is stored then. With the key present nothing
// is marked as modified.
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

var setDefaultLesson = &Lesson{
	Group: "Whole session", Name: "setdefault", Short: "Set default",
	Title: "Set only if absent", Call: "setdefault()",
	Django: `request.session.setdefault('age', 31)`,
	Funcs:  []string{"setDefault"},
	Curl: []string{
		"-d key=age -d value=31 -d type=int BASE/setdefault",
		"-d key=age -d value=99 -d type=int BASE/setdefault",
	},
	Effects: []Effect{
		{Call: "session.setdefault('k', v)",
			Values: Cell{Text: "one more, only if absent"}, Row: Cell{Text: "rewritten if added"},
			Token: Cell{"same", "same"}, Cookie: Cell{Text: "if added"}},
	},

	Cards: []Card{{
		ID:  "setdefault",
		Ask: "`age` is stored already. You call `setdefault('age', 99)`. What happens?",
		Options: []Option{
			{"kept", "It returns what is stored, and nothing is written"},
			{"replaced", "It stores 99 and returns 99"},
			{"saved", "It returns what is stored, and the row is written again"},
			{"none", "It returns `None`, because it set nothing"},
		},
		Observe: func(r Run) string {
			switch {
			case r.Path != "/setdefault" || r.Returned == nil:
				return ""
			case r.None:
				return "none"
			case !r.Saved:
				return "kept"
			case r.Marks[r.Key] == xray.Added:
				return "" // the key was not there
			case r.Marks[r.Key] == xray.Changed:
				return "replaced"
			}
			return "saved"
		},
		Because: "The key was there, so the session was not marked as modified: no row, no cookie, and the " +
			"clock went on. What `setdefault` returns is always what is stored after the call.",
	}},
}
