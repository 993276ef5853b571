package handlers

import (
	"net/http"
	"strconv"
	"time"

	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// This file is the experiments of the lesson expiry. None is a race: who reads slowly makes the session anew
// and goes on, and who is quick waits for its end.

const readCardID = "expiry-read"

// needsExpiry is the need of a session that was given that many seconds.
func needsExpiry(seconds int) Need {
	text := strconv.Itoa(seconds)
	return Need{
		What: "a session that ends in " + text + " s.",
		State: func(now Now) (string, bool) {
			end := now.Ends.Local().Format(view.TimeOfDay)
			switch {
			case now.Exists && now.Values[expiryKey] == seconds:
				return "It ends at " + end + ".", true
			case now.Exists:
				return "Yours ends at " + end + ", and not by `set_expiry(" + text + ")`.", false
			case !now.Ended.IsZero():
				return "Yours ended at " + now.Ended.Local().Format(view.TimeOfDay) + ".", false
			}
			return now.holds(), false
		},
		Prepare: Prepare{To: "/expiry", Fields: []Field{{"seconds", text}}, Button: "set_expiry(" + text + ")"},
		// It is used up by itself, while somebody reads the question.
		Whenever: true,
	}
}

var readCard = Card{
	ID: readCardID, Title: "Does a read move the end?", Needs: []Need{needsExpiry(10)},
	Ask: "You call `set_expiry(10)` and then only read. What does each read do to the end?",
	Options: []Option{
		{"again", "It moves it: ten seconds start again"},
		{"cookie", "It moves the end of the cookie alone"},
		{"stays", "Nothing: the end stays where it is"},
		{"default", "It takes it back to the cookie age"},
	},
	Observe: readMovedTheEnd, Headline: readHeadline,
	Presses: 3,
	Press:   func(r Run) int { return min(r.reads(), 2) },
	Lacking: "It takes a read before the end, and one after it. Press `set_expiry(10)` above, then read at " +
		"once.",
	Because: "A read saves nothing, so the end stays where `set_expiry` put it. However often you read, it " +
		"comes.",
	Onward: "Next in this lesson: does a save move it?",
}

var storeCard = Card{
	ID: "expiry-store", Title: "Does a save move the end?", Needs: []Need{needsExpiry(30)},
	Ask: "You call `set_expiry(30)`, and store a value some seconds later. When does the session end?",
	Options: []Option{
		{"again", "30 seconds after the value was stored"},
		{"first", "30 seconds after `set_expiry`"},
		{"default", "When the cookie age has passed"},
	},
	Observe: storeMovedTheEnd, Headline: storeHeadline,
	Lacking: "The session had ended before you stored the value. Press `set_expiry(30)` above, then store it.",
	Because: "The 30 seconds are kept in the session and count from each save. Storing any value is a save.",
	Onward:  "Next in this lesson: what is zero?",
}

var closeCard = Card{
	ID: "expiry-close", Title: "What does zero mean?",
	Ask: "You call `set_expiry(0)`. When does the row in the table end?",
	Options: []Option{
		{"closed", "When you close the browser"},
		{"now", "At once: zero seconds"},
		{"never", "Never"},
		{"age", "After the cookie age, as if nothing was set"},
	},
	Observe: rowEndAtBrowserClose, Headline: closeHeadline,
	Lacking: "It was another number than zero.",
	Because: "Only the cookie lost its `Max-Age`. The server cannot see a browser close, so the row ends " +
		"like any other.",
	Onward: "Next in this lesson: can you ask for the time left?",
	InCookie: wording{Ask: "You call `set_expiry(0)`. When does the server stop taking your cookie?",
		Because: "The cookie lost its `Max-Age`, so the browser forgets it when it closes. The server cannot " +
			"see that: the end that is signed in the cookie stays, and a copy is good until then."},
}

var getterCard = Card{
	ID: "expiry-getter", Title: "Can you ask for the time left?", Needs: []Need{needsExpiry(30)},
	Ask: "You have called `set_expiry(30)`. What does `get_session_cookie_age()` answer some seconds later?",
	Options: []Option{
		{"left", "The seconds that are left"},
		{"own", "30, the age of this session"},
		{"setting", "The setting, the same for every visitor"},
	},
	Observe: whatCookieAgeAnswered,
	Lacking: "There was no session of 30 seconds when you asked. Press `set_expiry(30)` above, then ask.",
	Because: "It answers `SESSION_COOKIE_AGE` and does not look at the session. `get_expiry_age()` answers " +
		"30 each time. The time left is in the row.",
	InCookie: wording{Because: "It answers `SESSION_COOKIE_AGE` and does not look at the session. " +
		"`get_expiry_age()` answers 30 each time. The time left is in the end that is signed in the cookie."},
}

// lives reports whether set_expiry had given the session that r found so many seconds.
func (r Run) lives(seconds int) bool { return r.Before[expiryKey] == seconds }

// livesFor reports whether r saved the session for that many seconds from then on.
func (r Run) livesFor(seconds int) bool {
	over := r.Record.Deadline.Sub(r.Record.At) - time.Duration(seconds)*time.Second
	return over >= 0 && over <= r.Record.Took
}

// only reports whether r asked and wrote nothing.
func (r Run) only() bool {
	return r.Path == "/expiry" && r.Record.Method == http.MethodGet && r.Returned != nil
}

// reads counts how often the card was run on a session of ten seconds since that was saved, r among them.
func (r Run) reads() (n int) {
	if r.only() && r.lives(10) {
		n++
	}
	for _, x := range r.Earlier {
		if x.Committed != nil {
			break
		}
		if x.Card == readCardID && x.Known && x.Returned != nil {
			n++
		}
	}
	return n
}

func readMovedTheEnd(r Run) string {
	switch {
	case !r.only():
		return ""
	case !r.Expired.IsZero():
		// Where nothing of that session is kept any more, its end is known all the same: it is the one that
		// the last save gave it.
		if r.reads() > 0 || len(r.Earlier) == 0 {
			return "stays"
		}
		return ""
	case !r.lives(10):
		return ""
	case r.Saved && r.livesFor(10):
		return "again"
	case r.Saved:
		return "default"
	case r.Record.SetCookie != nil:
		return "cookie"
	}
	return ""
}

func readHeadline(r Run) string {
	switch {
	case !r.only():
		return ""
	case !r.Expired.IsZero():
		return expiredHeadline
	case r.Known && !r.Saved:
		return "Only read. The end did not move."
	}
	return ""
}

func storeMovedTheEnd(r Run) string {
	switch {
	case r.Path != "/set" || !r.Saved || !r.lives(30):
		return ""
	case r.Record.Deadline.Equal(r.EndBefore):
		return "first"
	case r.livesFor(30):
		return "again"
	}
	return "default"
}

func storeHeadline(r Run) string {
	switch {
	case !r.Saved || !r.Known:
		return ""
	case r.Record.Deadline.Equal(r.EndBefore):
		return "Saved. The end did not move."
	}
	return "Saved. The end moved to " + r.Record.Deadline.Local().Format(view.TimeOfDay) + "."
}

func rowEndAtBrowserClose(r Run) string {
	switch {
	case r.Path != "/expiry" || !r.Saved || r.After[expiryKey] != 0:
		return ""
	case r.Record.Deadline.IsZero():
		return "never"
	case !r.Record.Deadline.After(r.Record.At):
		return "now"
	}
	return "age"
}

func closeHeadline(r Run) string {
	if rowEndAtBrowserClose(r) != "age" {
		return ""
	}
	if r.Record.InCookie {
		return "The cookie has no `Max-Age` now. Signed in it is an end all the same."
	}
	return "The cookie has no end of its own now. The row has."
}

func whatCookieAgeAnswered(r Run) string {
	x := r.Record
	if !r.lives(30) || r.Returned == nil || x.Steps[len(x.Steps)-1].Name != "getSessionCookieAge" {
		return ""
	}
	end := r.EndBefore
	if end.IsZero() { // of the request's own session only the values were kept
		end, _, _ = xray.Codec.Decode(x.Found)
	}
	left := int((end.Sub(x.At) + time.Second - 1) / time.Second)
	switch *r.Returned {
	case "30":
		return "own"
	case strconv.Itoa(left):
		return "left"
	}
	return "setting"
}
