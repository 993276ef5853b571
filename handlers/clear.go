package handlers

import (
	"context"
	"fmt"
	"maps"
	"net/url"
)

// clear is Django's session.clear(): the values go, a custom expiry among them; the id
// stays, and so does the birth. Django saves even when there was nothing to clear.
// SCS's Clear does nothing then, so setting the deadline, which save does anyway, marks
// the session as modified.
func (l *Lab) clear(ctx context.Context, _ url.Values) error {
	if l.sessions.Token(ctx) == "" {
		return nil // no session, nothing to clear, and no reason to make one
	}
	if err := l.clearValues(ctx); err != nil {
		return fmt.Errorf("clear session: %w", err)
	}
	l.sessions.SetDeadline(ctx, l.expiryDate(ctx))
	return nil
}

var clearLesson = &Lesson{
	Group: "Whole session", Name: "clear", Short: "Clear",
	Title: "Empty the session", Call: "session.clear()",
	Django: `request.session.clear()`,
	Funcs:  []string{"clear"},
	Curl:   []string{"-X POST BASE/clear"},
	Effects: []Effect{
		{Call: "session.clear()",
			Values: Cell{"all gone", "gone"}, Row: Cell{Text: "rewritten, empty"},
			Token: Cell{"same", "same"}, Cookie: Cell{Text: "sent again"}},
	},

	Cards: []Card{{
		ID:  "clear",
		Ask: "You clear a session that has values. What is left of it?",
		Options: []Option{
			{"nothing", "Nothing: the row and the cookie are gone"},
			{"cookie", "The cookie only: the row is deleted"},
			{"all", "All of it, until the next value is stored"},
			{"empty", "The session, now empty, with its clock restarted"},
		},
		Observe: func(r Run) string {
			x := r.Record
			switch {
			case r.Path != "/clear" || r.Refused || !r.Known:
				return ""
			case r.Ended && x.SetCookie != nil && x.SetCookie.MaxAge < 0:
				return "nothing"
			case r.Ended:
				return "cookie"
			case !r.Saved:
				return "all"
			case (x.Token == x.Sent || x.InCookie) && entries(maps.Keys(r.After)) == 0:
				return "empty"
			}
			return ""
		},
		Because: "Clear takes the values and nothing else. The empty dictionary was saved under the same " +
			"token, and like every save it restarted the clock and sent the cookie again.",
		InCookie: wording{Because: "Clear takes the values and nothing else. The empty dictionary was " +
			"signed into a new cookie, with a new end. The cookie before it still carries the values."},
	}},
}
