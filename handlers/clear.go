package handlers

import (
	"context"
	"fmt"
	"maps"
	"net/url"

	"sessionlab/handlers/xray"
)

// clear is Django's session.clear(): the values go, a custom expiry among them; the id stays, and so does the
// birth. Django saves even when there was nothing to clear. SCS's Clear does nothing then, so setting the
// deadline, which save does anyway, marks the session as modified.
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

var clearQuestions = []Question{{
	ID:  "clear",
	Ask: "You clear a session that has values. What is left of it?",
	Options: []Option{
		{"nothing", "Nothing: the row and the cookie are gone"},
		{"cookie", "The cookie only: the row is deleted"},
		{"all", "All of it, until the next value is stored"},
		{"empty", "The session, now empty, with its clock restarted"},
	},
	Observe: func(x *xray.Exchange) string {
		switch {
		case x.Path != "/clear" || x.Refused != "" || !x.Known:
			return ""
		case x.Ended && x.SetCookie != nil && x.SetCookie.MaxAge < 0:
			return "nothing"
		case x.Ended:
			return "cookie"
		case x.Committed == nil:
			return "all"
		case (x.Token == x.Sent || x.InCookie) && entries(maps.Keys(x.After())) == 0:
			return "empty"
		}
		return ""
	},
	Because:  "Clear takes the values and nothing else. The empty dictionary was saved under the same token, and like every save it restarted the clock and sent the cookie again.",
	InCookie: wording{Because: "Clear takes the values and nothing else. The empty dictionary was signed into a new cookie, with a new end. The cookie before it still carries the values."},
}}
