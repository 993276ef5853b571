package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"sessionlab/handlers/python"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// letBStore has Browser B, which holds no cookie, store a value, and then the visitor's
// browser read.
func (l *Lab) letBStore(s *scene, form url.Values) error {
	value := form.Get("value")
	if err := checkValue(value); err != nil {
		return err
	}
	b := s.newB()
	if _, err := b.Do("POST /set", "key", "who", "value", value); err != nil {
		return err
	}
	_, err := s.a.Do("GET /get", "key", "who")
	s.kept.Jar, s.kept.Moves = b.Jar(), nil
	return err
}

// letBStoreFive has a browser that keeps no cookies store a value five times.
func (l *Lab) letBStoreFive(s *scene, _ url.Values) error {
	b := s.Browser("B", xray.ByB, false)
	for range 5 {
		if _, err := b.Do("POST /set", "key", "who", "value", "Ben"); err != nil {
			return err
		}
	}
	return nil
}

// moveTwo has one of the two browsers do something. It is no run of a card.
func (l *Lab) moveTwo(s *scene, form url.Values) error {
	var cookies []*http.Cookie
	if s.kept.Jar != nil {
		cookies = append(cookies, s.kept.Jar)
	}
	b := s.Browser("B", xray.ByB, true, cookies...)
	var err error
	switch form.Get("move") {
	case "a-set":
		_, err = s.a.Do("POST /set", "key", "who", "value", "Ann")
	case "a-get":
		_, err = s.a.Do("GET /get", "key", "who")
	case "b-set":
		_, err = b.Do("POST /set", "key", "who", "value", "Ben")
	case "b-get":
		_, err = b.Do("GET /get", "key", "who")
	case "copy":
		b.Give(s.a)
	case "empty":
		b.Close()
		b = s.newB()
	default:
		err = badInput("Unknown move", "The field `move` is one of those that the page sends.")
	}
	s.kept.Jar, s.place = b.Jar(), "two-now"
	return err
}

// storeInTab stores a value, as the page of any tab does.
func (l *Lab) storeInTab(ctx context.Context, _ url.Values) error {
	l.sessions.Put(ctx, "tab", "second")
	return nil
}

var twoLesson = &Lesson{
	Group: "Two browsers", Name: "two", Short: "Two browsers",
	Title: "Two browsers", Call: "request.session", Scenes: true, View: noView,
	Django: `def store(request):
    # the row of this browser's ID, and no other
    request.session['who'] = 'Ann'

def read(request):
    who = request.session['who']
    return HttpResponse(who)`,
	Funcs: []string{"letBStore", "letBStoreFive"},
	Curl: []string{
		"-d key=who -d value=Ann BASE/set",
		"-b other -c other -d key=who -d value=Ben BASE/set",
		"'BASE/get?key=who'",
	},
	Cards: []Card{twoCard, twoJarCard, twoTabCard},
}

var twoCard = Card{
	ID: "two", Title: "Two browsers, one key", Paths: []string{"/two"}, Beside: "/two/move#two-now",
	Needs: []Need{needsKey("who", "Ann")},
	Ask:   "You stored `who`. Now Browser B stores `who`, too. What do you read then?",
	Options: []Option{
		{"last", "B's value: the last one wins"},
		{"own", "My own value"},
		{"error", "An error"},
		{"both", "Both, in a list"},
	},
	Observe: func(r Run) string {
		ran := ranBy(r.Record, "two")
		store, read := ran.last("B", "/set"), ran.last("A", "/get")
		if store == nil || read == nil || !store.Exchange.Known && store.Exchange.Committed == nil {
			return ""
		}
		own, _ := read.Exchange.Before()["who"].(string)
		bs, _ := store.Exchange.After()["who"].(string)
		switch got := readOf(read); {
		case read.Exchange.Refused != "":
			return "error"
		case own == "" || own == bs: // one cannot be told from the other
			return ""
		case got == own:
			return "own"
		case got == bs:
			return "last"
		}
		return "both"
	},
	Headline: func(r Run) string {
		if read := ranBy(r.Record, "two").last("A", "/get"); readOf(read) != "" {
			return "You read " + view.Quote(python.Repr(readOf(read))) + "."
		}
		return "You read nothing: you have no `who`."
	},
	Because: "B sent no session ID, so the server made a new one. It finds a row by its ID alone.",
	Lacking: "You need a `who` of your own. B needs another value, and a short one.",
	InCookie: wording{Because: "B sent no cookie, so the server began a new session. It knows a session " +
		"by its cookie alone."},
}

var twoJarCard = Card{
	ID: "two-jar", Title: "A browser that keeps no cookies", Paths: []string{"/two/jar"},
	Ask: "B now keeps no cookies. It stores a value five times. How many new rows are in the table?",
	Options: []Option{
		{"one", "One"},
		{"five", "Five"},
		{"none", "None: the server refuses"},
		{"list", "One, with five values"},
	},
	Observe: func(r Run) string {
		ran := ranBy(r.Record, "two-jar")
		if ran.steps() < 5 || limitMet(exchangesOf(ran.to("/set"))) {
			return ""
		}
		last := ran.last("B", "/set").Exchange
		switch n := ran.sessionsBegun(); {
		case n == 5:
			return "five"
		case n == 0:
			return "none"
		case n == 1 && len(last.After()) == 5:
			return "list"
		case n == 1:
			return "one"
		}
		return ""
	},
	Headline: func(r Run) string {
		if ran := ranBy(r.Record, "two-jar"); ran != nil {
			return fmt.Sprintf("%d requests, %d new sessions.", len(ran.Events), ran.sessionsBegun())
		}
		return ""
	},
	Because: "No session ID came back, so each request was that of a new visitor. Nobody can open these " +
		"rows again: they lie there until they expire.",
	Lacking: "A limit of this server has refused some of the requests. Wait a while, and run it again.",
	Onward:  "A browser that blocks cookies does this, and so does a robot.",
	InCookie: wording{
		Ask: "B now keeps no cookies. It stores a value five times. How many sessions does the server begin?",
		Because: "No cookie came back, so each request was that of a new visitor. The server keeps " +
			"nothing of them.",
	},
}

var twoTabCard = Card{
	ID: "two-tab", Title: "A second tab", Paths: []string{"/two/tab"},
	Needs: []Need{needsSession()},
	Ask:   "You open this page in a second tab, and store a value there. How many sessions do you have?",
	Options: []Option{
		{"two", "Two: each tab has its own"},
		{"one", "One"},
		{"reload", "One, until you reload"},
		{"depends", "It depends on the tab"},
	},
	Observe: func(r Run) string {
		switch {
		case r.Path != "/two/tab" || !r.Saved || !r.Known:
			return ""
		case r.Record.Token == r.Record.Sent || r.Record.InCookie:
			return "one"
		}
		return "two"
	},
	Headline: func(r Run) string {
		if !r.Known || !r.Saved {
			return ""
		}
		return "The tab sent the session ID that your browser holds."
	},
	Because: "All tabs of a browser share one cookie jar, so they send the same session ID. The server " +
		"cannot see tabs.",
	Lacking: "You need a session before the second tab stores something.",
	Onward:  "A private window has a jar of its own, until it is closed.",
	InCookie: wording{Because: "All tabs of a browser share one cookie jar, so they send the same cookie. " +
		"The server cannot see tabs."},
}
