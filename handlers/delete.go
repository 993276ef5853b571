package handlers

import (
	"context"
	"net/url"

	"sessionlab/handlers/python"
	"sessionlab/handlers/xray"
)

// deleteKey is Django's del session[key]. SCS's Remove passes over a key that is not there in
// silence; Django raises KeyError, and so does this. The session stays when its last key goes.
func (l *Lab) deleteKey(ctx context.Context, form url.Values) error {
	key, err := keyOf(form)
	if err != nil {
		return err
	}
	if !l.sessions.Exists(ctx, key) {
		return keyError(key,
			way{"request.session.pop(" + python.Repr(key) + ", None)", "Removes the key if it is there, and never raises."},
			way{"if " + python.Repr(key) + " in request.session:", "Asks first, then you decide."})
	}
	l.sessions.Remove(ctx, key)
	return nil
}

var deleteQuestions = []Question{{
	ID:  "delete",
	Ask: "You delete `lname` twice. What happens the second time?",
	Options: []Option{
		{"error", "It raises `KeyError`"},
		{"nothing", "Nothing: it is gone already"},
		{"ended", "The session ends"},
		{"token", "The session gets a new token"},
	},
	Observe: func(x *xray.Exchange) string {
		if x.Path != "/delete" {
			return ""
		}
		before, after := x.Before(), x.After()
		switch {
		case raisedKeyError(x):
			return "error"
		case x.Refused != "" || len(after) < len(before) && !x.Ended:
			return "" // the first time
		case x.Ended:
			return "ended"
		case x.Token != x.Sent:
			return "token"
		}
		return "nothing"
	},
	Because: "The session is a dictionary, and `del` on an absent key raises `KeyError`. Nothing was saved: row, token and expiry are as they were.",
}}
