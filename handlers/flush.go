package handlers

import (
	"context"
	"fmt"
	"net/url"

	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// flush is Django's session.flush(): the row is deleted at once, and save has the
// browser drop the cookie. No new id is made until something is stored again. Without a
// session there is nothing to delete; SCS would still send the store a DELETE for an
// empty token. Signed cookies have no row: there the browser drops its cookie, and a
// copy of it lives on.
func (l *Lab) flush(ctx context.Context, _ url.Values) error {
	if l.sessions.Token(ctx) == "" {
		return nil
	}
	if err := l.sessions.Destroy(ctx); err != nil {
		return fmt.Errorf("flush session: %w", err)
	}
	return nil
}

// letBKeepACopy has Browser B copy the visitor's cookie, then the visitor flush, and then B read.
func (l *Lab) letBKeepACopy(s *scene, _ url.Values) error {
	b := s.newB()
	b.Give(s.a)
	if _, err := s.a.Do("POST /flush"); err != nil {
		return err
	}
	_, err := b.Do("GET /get", "key", "fname")
	return err
}

var flushLesson = &Lesson{
	Group: "Ending", Name: "flush", Short: "Flush",
	Title: "Flush the session", Call: "session.flush()", WithB: true,
	Django: `request.session.flush()

# in a site with logins:
from django.contrib.auth import logout
logout(request)   # flushes`,
	View:  "request.session.flush()",
	Funcs: []string{"flush"},
	Curl:  []string{"-X POST BASE/flush"},
	Effects: []Effect{
		{Call: "session.flush()", InNotes: true,
			Values: Cell{"all gone", "gone"}, Row: Cell{"deleted", "gone"},
			Token: Cell{"none until the next write", "gone"}, Cookie: Cell{"deleted", "gone"}},
	},

	Cards: []Card{{
		ID: "flush", Title: "Flush it", Paths: []string{"/flush"}, Needs: []Need{needsSession()},
		Ask: "You flush your session. What does your browser hold afterwards?",
		Options: []Option{
			{"new", "A new session ID, at once"},
			{"old", "The old session ID, until it expires"},
			{"none", "No session cookie at all"},
			{"empty", "The old session ID, now for an empty session"},
		},
		Observe: func(r Run) string {
			if r.Path != "/flush" || r.Refused || !r.Known {
				return ""
			}
			switch c := r.Record.SetCookie; {
			case c != nil && c.MaxAge < 0:
				return "none"
			case c != nil && c.Value != r.Record.Sent:
				return "new"
			case r.Ended:
				return "old"
			}
			return "empty"
		},
		Because: "The row was deleted, and the answer told the browser to drop the cookie. Nothing " +
			"replaces them: a new ID is made only when something is stored again.",
		Lacking: "There was no session, so there was nothing to end. Make one above, then flush it.",
		Onward:  "Store a value now, and you get a new ID. The old one stays dead.",
		InCookie: wording{Because: "The answer told the browser to drop the cookie. That is all: the " +
			"server keeps no row that it could delete, so a copy of the cookie still opens the session " +
			"until it expires.",
			Onward: "Whoever copied the cookie can put it back, and the values are there again."},
	}, flushCopyCard},
}

var flushCopyCard = Card{
	ID: "flush-b", Title: "A copy of the cookie", Paths: []string{"/flush/b"},
	Needs: []Need{needsKey("fname", "Aman")},
	Ask:   "Browser B has a copy of your cookie. You flush. Then B reads `fname`. What does B get?",
	Options: []Option{
		{"values", "Your value, until the cookie expires"},
		{"nothing", "Nothing: the copy opens no session"},
		{"empty", "Nothing: the session is there, but empty"},
		{"error", "An error page"},
	},
	Observe: func(r Run) string {
		ran := ranBy(r.Record, "flush-b")
		flush, read := ran.last("A", "/flush"), ran.last("B", "/get")
		if flush == nil || read == nil || !flush.Exchange.Ended || limitMet([]*xray.Exchange{read.Exchange}) {
			return ""
		}
		switch {
		case read.Exchange.Refused != "":
			return "error"
		case !read.Exchange.Known:
			return "nothing"
		case readOf(read) == "":
			return "empty"
		}
		return "values"
	},
	Headline: func(r Run) string {
		ran := ranBy(r.Record, "flush-b")
		if got := readOf(ran.last("B", "/get")); got != "" {
			return "You are logged out, and B reads " + view.Quote(got) + "."
		}
		return "B reads nothing."
	},
	Because: "The copy names a row that is gone. A flush ends the session for everybody who holds its ID, " +
		"and not only in one browser.",
	Lacking: "You need a session with `fname`, so that there is something to copy. Set it first.",
	InCookie: wording{Because: "The server keeps nothing that it could delete. The copy is the session, and " +
		"its signature is still good: it opens until it expires."},
}
