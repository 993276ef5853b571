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
	returns(ctx, l.setIfAbsent(ctx, key, value))
	return nil
}

// setIfAbsent is session.setdefault(key, value).
func (l *Lab) setIfAbsent(ctx context.Context, key string, value any) any {
	if !l.sessions.Exists(ctx, key) {
		l.sessions.Put(ctx, key, value)
	}
	return l.sessions.Get(ctx, key)
}

var setDefaultLesson = &Lesson{
	Group: "Whole session", Name: "setdefault", Short: "Set default",
	Title: "Set only if absent", Call: "setdefault()",
	Django: `request.session.setdefault('age', 31)`,
	Funcs:  []string{"setDefault", "setIfAbsent"},
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
		ID: "setdefault", Paths: []string{"/setdefault"}, Needs: []Need{needsAge()},
		Ask: "`age` is there already. What does `setdefault('age', 99)` return and save?",
		Options: []Option{
			{"kept", "What is stored, and nothing is saved"},
			{"replaced", "99, and 99 is saved"},
			{"saved", "What is stored, and that is saved again"},
			{"none", "`None`, and nothing is saved"},
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
		Because: "The key was there, so the session was not marked as modified: nothing was saved, and the " +
			"clock went on. What `setdefault` returns is always what is stored after the call.",
		Lacking: "The key was not there, so this call stored it. Now it is there: press once more.",
		Onward:  "To read with a default, use `get`: it never stores.",
	}},
}

// needsAge is the need of a session with an age. It is prepared as in the notes: by the first call.
func needsAge() Need {
	n := needsKey("age", "31")
	n.Prepare = Prepare{To: "/setdefault", Button: "Call it with 31",
		Fields: []Field{{"key", "age"}, {"value", "31"}, {"type", "int"}}}
	return n
}
