package handlers

import (
	"context"
	"net/url"

	"sessionlab/handlers/xray"
)

// cycleKey is Django's session.cycle_key(): a new id for the same values. SCS's
// RenewToken, which newToken calls, also sets the deadline back to the default; save
// then counts it from the session's own age again, so a custom expiry is kept. A
// visitor without a session gets an empty one.
func (l *Lab) cycleKey(ctx context.Context, _ url.Values) error {
	return l.newToken(ctx)
}

var cycleKeyLesson = &Lesson{
	Group: "Ending", Name: "cycle-key", Short: "Cycle key",
	Title: "A new ID for the same data", Call: "cycle_key()",
	Django: `request.session.cycle_key()`,
	Funcs:  []string{"cycleKey", "newToken", "renew"},
	Curl:   []string{"-X POST BASE/cycle-key"},
	Effects: []Effect{
		{Call: "session.cycle_key()",
			Values: Cell{"same", "same"}, Row: Cell{Text: "moved"},
			Token: Cell{"new", "new"}, Cookie: Cell{"new value", "new"}},
	},

	Cards: []Card{{
		ID: "cycle-key", Paths: []string{"/cycle-key"}, Needs: []Need{needsSession()},
		Ask: "Another browser still holds the old session ID. You cycle the key. What does that browser get?",
		Options: []Option{
			{"nothing", "An empty session: the old ID names nothing"},
			{"values", "Your values, until its cookie expires"},
			{"new", "The new ID, with its next request"},
			{"refused", "An error page that says 403"},
		},
		Observe: func(r Run) string {
			if r.Path != "/cycle-key" || r.Refused || !r.Known {
				return ""
			}
			if r.Record.InCookie {
				return "values" // it was signed anew, and nothing can make the old signature bad
			}
			for _, s := range r.Record.Steps {
				if s.Kind == xray.Cycle && s.Old == r.Record.Sent && s.Err == "" {
					return "nothing" // the old row went in the same step
				}
			}
			return "values"
		},
		Because: "The row moved to the new ID, so the old one names nothing. The new ID went to you alone, in " +
			"`Set-Cookie`.",
		Lacking: "You had no session, so there was no old ID. Now you have one: cycle its key.",
		Onward:  "Below: try the old ID yourself.",
		InCookie: wording{Ask: "Another browser still holds the old cookie. You cycle the key. What does " +
			"that browser get?",
			Because: "There is no ID. The values were signed once more, in a new cookie for you. The old " +
				"cookie has its own copy of them, and its signature is still good. Only its end stops it.",
			Onward: "Below: try the old cookie yourself."},
	}},
}
