package handlers

import (
	"context"
	"fmt"
	"maps"
	"net/url"

	"sessionlab/handlers/python"
	"sessionlab/handlers/view"
)

// clear is Django's session.clear(): the values go, a custom expiry among them; the id
// stays, and so does the birth. Django saves even when there was nothing to clear.
// SCS's Clear does nothing then, so the session is marked as modified here.
func (l *Lab) clear(ctx context.Context, _ url.Values) error {
	if err := l.clearValues(ctx); err != nil {
		return fmt.Errorf("clear session: %w", err)
	}
	l.markModified(ctx)
	return nil
}

var clearLesson = &Lesson{
	Group: "Whole session", Name: "clear", Short: "Clear",
	Title: "Empty the session", Call: "session.clear()",
	Django: `request.session.clear()`,
	Funcs:  []string{"clear", "markModified"},
	Curl:   []string{"-X POST BASE/clear"},
	Effects: []Effect{
		{Call: "session.clear()",
			Values: Cell{"all gone", "gone"}, Row: Cell{Text: "rewritten, empty"},
			Token: Cell{"same", "same"}, Cookie: Cell{Text: "sent again"}},
	},

	Cards: []Card{{
		ID: "clear", Title: "What is left?", Paths: []string{"/clear"}, Needs: []Need{needsValues()},
		Ask: "You clear a session that has values. What is left of it?",
		Options: []Option{
			{"nothing", "Nothing: the row and the cookie are gone"},
			{"cookie", "The cookie only: the row is deleted"},
			{"all", "All of it, until the next value is stored"},
			{"empty", "The session itself, now empty"},
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
		Because: "Clear takes the values, and nothing else. The empty session was saved under the same ID, and " +
			"every save restarts the clock.",
		Lacking: "There was no session, so there was nothing to clear. Make one above, then clear it.",
		Onward:  "Store a value now, and it goes into the same row.",
		InCookie: wording{Because: "Clear takes the values and nothing else. The empty dictionary was " +
			"signed into a new cookie, with a new end. The cookie before it still carries the values.",
			Onward: "For every other engine this is the same row, now empty."},
	}, {
		ID: "clear-expiry", Title: "An expiry of its own", Needs: []Need{needsMinute()},
		Ask: "You gave the session 60 seconds with `set_expiry(60)`. You clear it. How long does it live now?",
		Options: []Option{
			{"same", "60 seconds, counted from now"},
			{"left", "What was left of its 60 seconds"},
			{"settings", "As long as the settings say"},
			{"close", "Until the browser closes"},
		},
		Observe: lifeAfterClear,
		Because: "What `set_expiry` was given is one of the values, `_session_expiry`, and clear takes all " +
			"of them. The next save counted with the age of the settings.",
		Lacking: "The session had no expiry of 60 seconds. Give it one above, then clear it.",
	}},
}

// needsValues is the need of a session that holds something.
func needsValues() Need {
	n := needsSession()
	n.What = "a session with values."
	n.State = func(now Now) (string, bool) { return now.holds(), entries(maps.Keys(now.Values)) > 0 }
	return n
}

// needsMinute is the need of a session that was given 60 seconds.
func needsMinute() Need {
	return Need{
		What: "a session with `set_expiry(60)`.",
		State: func(now Now) (string, bool) {
			given, own := now.Values[expiryKey]
			switch {
			case !now.Exists:
				return "You have no session.", false
			case !own:
				return "Yours was given no expiry.", false
			}
			return "Yours was given " + view.Quote(python.Brief(given, 40)) + ".", given == 60
		},
		Prepare: Prepare{To: "/expiry", Button: "Call set_expiry(60)", Fields: []Field{{"seconds", "60"}}},
	}
}

// lifeAfterClear is how long a session of 60 seconds lives once it was cleared.
func lifeAfterClear(r Run) string {
	_, kept := r.After[expiryKey]
	switch {
	case r.Path != "/clear" || !r.Saved || r.Before[expiryKey] != 60:
		return ""
	case !kept:
		return "settings"
	case r.Record.Deadline.Equal(r.EndBefore):
		return "left"
	}
	return "same"
}
