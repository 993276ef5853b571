package handlers

import (
	"context"
	"net/url"
)

// set is Django's session['key'] = value: one key is stored or replaced, and the
// session is marked as modified. Nothing goes to the store yet; save does that when the
// operation is over.
func (l *Lab) set(ctx context.Context, form url.Values) error {
	key, err := keyOf(form)
	if err != nil {
		return err
	}
	value, err := typed(form.Get("value"), form.Get("type"))
	if err != nil {
		return err
	}
	l.setItem(ctx, key, value)
	return nil
}

// setItem is session[key] = value.
func (l *Lab) setItem(ctx context.Context, key string, value any) {
	l.sessions.Put(ctx, key, value)
}

var setLesson = &Lesson{
	Group: "Basics", Name: "set", Short: "Set",
	Title: "Set a value", Call: "session['k'] = v",
	Django: `request.session['fname'] = 'Aman'
request.session['lname'] = 'Roy'`,
	Funcs: []string{"set", "setItem"},
	Curl:  []string{"-d key=fname -d value=Aman BASE/set"},
	Effects: []Effect{
		{Call: "session['k'] = v",
			Values: Cell{"one more, or replaced", "new"}, Row: Cell{Text: "created or rewritten"},
			Token: Cell{"same, new if none", "same"}, Cookie: Cell{Text: "sent again"}},
	},

	Cards: []Card{{
		ID: "set", Paths: []string{"/set"},
		Ask: "You store a value. What happens to the session ID in your cookie?",
		Options: []Option{
			{"added", "The value is added to it"},
			{"same", "It stays as it is, and is sent again"},
			{"new", "An ID is made, because there was none"},
			{"changed", "Each change gets a new one"},
		},
		Observe: func(r Run) string {
			switch {
			case r.Path != "/set" || !r.Saved:
				return ""
			case r.Record.InCookie:
				return "added"
			case !r.Known:
				return "new"
			case r.Record.Token == r.Record.Sent:
				return "same"
			}
			return "changed"
		},
		Because: "The ID only names the row that holds the value. It is made once, and each later save sends " +
			"it again.",
		Lacking: "Nothing was stored.",
		Onward:  "Or set another key above.",
		InCookie: wording{Ask: "You store a value. What happens to what your cookie carries?",
			Because: "This server keeps sessions in signed cookies. There is no ID that names a row: " +
				"the values are in the cookie themselves, and each save signs them anew."},
	}},
}
