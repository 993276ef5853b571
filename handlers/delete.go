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
	return l.delItem(ctx, key)
}

// delItem is del session[key].
func (l *Lab) delItem(ctx context.Context, key string) error {
	if !l.sessions.Exists(ctx, key) {
		return keyError(key,
			way{"request.session.pop(" + python.Repr(key) + ", None)", "Removes the " +
				"key if it is there, and never raises."},
			askFirst(key))
	}
	l.sessions.Remove(ctx, key)
	return nil
}

// deleted reports whether r removed key and left the session alive.
func (r *Run) deleted(key string) bool {
	return r.Key == key && r.Marks[key] == xray.Removed && !r.Ended
}

var deleteLesson = &Lesson{
	Group: "Basics", Name: "delete", Short: "Delete",
	Title: "Delete a key", Call: "del session['k']",
	Django: `del request.session['lname']

# never raises:
request.session.pop('lname', None)`,
	Funcs: []string{"deleteKey", "delItem"},
	Curl: []string{
		"-d key=lname -d value=Roy BASE/set",
		"-d key=lname BASE/delete",
		"-d key=lname BASE/delete | head -1",
	},
	Effects: []Effect{
		{Call: "del session['k']", InNotes: true,
			Values: Cell{Text: "one less, or KeyError"}, Row: Cell{Text: "rewritten"},
			Token: Cell{"same", "same"}, Cookie: Cell{Text: "sent again"}},
	},

	Cards: []Card{{
		ID: "delete", Paths: []string{"/delete"}, Needs: []Need{needsKey("lname", "Roy")},
		Ask: "You delete `lname` twice. What happens the second time?",
		Options: []Option{
			{"error", "It raises `KeyError`"},
			{"nothing", "Nothing: it is gone already"},
			{"ended", "The session ends"},
			{"token", "The session gets a new ID"},
		},
		Observe: func(r Run) string {
			switch {
			case r.Last == nil || !r.Last.deleted(r.Key) || r.deleted(r.Key):
				return "" // not the second time
			case r.KeyError:
				return "error"
			case r.Refused:
				return ""
			case r.Ended:
				return "ended"
			case r.Record.Token != r.Record.Sent:
				return "token"
			}
			return "nothing"
		},
		Presses: 2,
		Press: func(r Run) int {
			if r.deleted(r.Key) {
				return 1
			}
			return 0
		},
		Again: "The question is about the second time: now press it again.",
		Lacking: "The key was not there at the first press, so there was no second one. Set it above, then " +
			"press twice.",
		Onward: "Never raises: `session.pop('lname', None)`",
		Because: "A session is a dictionary. `del` on a key that is not there raises `KeyError`. In Django, " +
			"if nobody catches it, that is a page with status 500.",
	}},
}
