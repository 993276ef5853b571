package handlers

import (
	"context"
	"net/url"

	"sessionlab/handlers/python"
	"sessionlab/handlers/xray"
)

// deleteKey is Django's del session[key]. SCS's Remove passes over a key that is not
// there in silence; Django raises KeyError, and so does this. The session stays when
// its last key goes.
func (l *Lab) deleteKey(ctx context.Context, form url.Values) error {
	key, err := keyOf(form)
	if err != nil {
		return err
	}
	if !l.sessions.Exists(ctx, key) {
		return keyError(key,
			way{"request.session.pop(" + python.Repr(key) + ", None)", "Removes the " +
				"key if it is there, and never raises."},
			askFirst(key))
	}
	l.sessions.Remove(ctx, key)
	return nil
}

var deleteLesson = &Lesson{
	Group: "Basics", Name: "delete", Short: "Delete",
	Title: "Delete a key", Call: "del session['k']",
	Django: `del request.session['lname']

# never raises:
request.session.pop('lname', None)`,
	Funcs: []string{"deleteKey"},
	Curl:  []string{"-d key=lname BASE/delete"},
	Effects: []Effect{
		{Call: "del session['k']", InNotes: true,
			Values: Cell{Text: "one less, or KeyError"}, Row: Cell{Text: "rewritten"},
			Token: Cell{"same", "same"}, Cookie: Cell{Text: "sent again"}},
	},

	Questions: []Question{{
		ID:  "delete",
		Ask: "You delete `lname` twice. What happens the second time?",
		Options: []Option{
			{"error", "It raises `KeyError`"},
			{"nothing", "Nothing: it is gone already"},
			{"ended", "The session ends"},
			{"token", "The session gets a new token"},
		},
		Observe: func(r Run) string {
			switch {
			case r.Path != "/delete":
				return ""
			case r.KeyError:
				return "error"
			case r.Refused || r.Marks[r.Key] == xray.Removed && !r.Ended:
				return "" // the first time
			case r.Ended:
				return "ended"
			case r.Record.Token != r.Record.Sent:
				return "token"
			}
			return "nothing"
		},
		Because: "The session is a dictionary, and `del` on an absent key raises `KeyError`. Nothing was " +
			"saved: row, token and expiry are as they were.",
	}},
}
