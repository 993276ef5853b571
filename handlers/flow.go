package handlers

import (
	"cmp"
	"context"
	"net/url"
	"strings"

	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// flowPageData is the data of flow.html.
type flowPageData struct {
	scenePageData
	drawings map[string]*view.Steps // of the last run of each card
	Other    *view.Steps            // of the exchange that the address names, where it is no card's run
	Requests []requestLine          // the visitor's latest requests, the newest first: mostLines of them
}

// flowPage is Django's session.get('x') when ?read= asks for it, and nothing otherwise. Reading makes no
// session: without a stored value there is no row and no cookie.
func (l *Lab) flowPage(ctx context.Context, p *page) (any, error) {
	if p.Query.Has("read") {
		returns(ctx, l.get(ctx, "x", nil))
	}
	return &flowPageData{scenePageData: scenePageData{p, ctx, l}, drawings: map[string]*view.Steps{}}, nil
}

// letBBegin has Browser B, which holds no cookie, read, store and read again, and then
// the visitor's browser read the same key.
func (l *Lab) letBBegin(s *scene, _ url.Values) error {
	b := s.newB()
	if _, err := b.Do("GET /flow", "read", "x"); err != nil {
		return err
	}
	if _, err := b.Do("POST /set", "key", "x", "value", "2"); err != nil {
		return err
	}
	if _, err := b.Do("GET /flow", "read", "x"); err != nil {
		return err
	}
	_, err := s.a.Do("GET /flow", "read", "x")
	return err
}

// mostLines is how many requests the table has: what was just done, and how it came to that.
const mostLines = 6

// draw draws what the cards ran, and lists the requests. Without a session there is nobody to keep them for,
// and only the page's own is left.
func (d *flowPageData) draw(given view.Given, request *xray.Exchange, history []*xray.Exchange) {
	steps := func(x *xray.Exchange) *view.Steps {
		s := given.Steps(x, history)
		if x.ID == request.ID {
			s.Expires = d.Panel.Row.Expires
		}
		return &s
	}
	placed := map[string]string{}
	for _, c := range d.cards {
		if c.Run != nil {
			d.drawings[c.ID], placed[c.Run.Record.ID] = steps(c.Run.Record), c.ID
		}
	}
	if len(history) == 0 {
		history = []*xray.Exchange{request}
	}
	for _, x := range history[:min(mostLines, len(history))] {
		line := newRequestLine(x)
		line.Place = cmp.Or(placed[x.ID], "drawn")
		line.Here = x.ID == d.shown.ID
		d.Requests = append(d.Requests, line)
	}
	if d.shown.ID == d.Query.Get("exchange") && placed[d.shown.ID] == "" {
		d.Other = steps(d.shown)
	}
}

// Drawing is the last run of the card of that ID as seven steps; nil where it was not run.
func (d *flowPageData) Drawing(card string) *view.Steps { return d.drawings[card] }

// After is the exchange on view where it ran a card without a session: what is sent from here names it, or it
// would be lost once there is one. It is "" for any other, and for what the notebook has.
func (d *flowPageData) After() string {
	if d.shown.Token == "" && d.shown.Card != "" && !d.shown.Prepares && d.sheet.run(d.shown.ID) == nil {
		return d.shown.ID
	}
	return ""
}

// Untouched reports whether the last run of Browser B left the visitor's session as it was: it was found
// after that, and neither the store nor the visitor's browser was given anything.
func (d *flowPageData) Untouched() bool {
	yours := d.Ran("flow-b").last("A", "/flow")
	return yours != nil && yours.Exchange.Known && !yours.Exchange.Asked(xray.Commit) &&
		yours.Exchange.SetCookie == nil
}

// requestLine is one request in the table of flow.html.
type requestLine struct {
	ID, Request string
	Sent        bool   // whether a session cookie came with it
	Store       string // what the store was asked for, in order
	SetCookie   string
	Place       string // where on the page it is drawn
	Here        bool   // it is the one in the address
}

func newRequestLine(x *xray.Exchange) requestLine {
	r := requestLine{ID: x.ID, Request: x.Method + " " + x.Path, Sent: x.Sent != ""}
	var asked []string
	for _, s := range x.Steps {
		if s.Kind != xray.Code && s.Kind != xray.Page {
			asked = append(asked, s.Kind.String())
		}
	}
	r.Store = strings.Join(asked, ", ")
	switch c := x.SetCookie; {
	case c == nil:
	case c.MaxAge < 0:
		r.SetCookie = "deleted"
	case c.Value == x.Sent:
		r.SetCookie = "the same ID"
	case x.InCookie:
		r.SetCookie = "a new cookie"
	default:
		r.SetCookie = "a new ID"
	}
	return r
}

var flowLesson = &Lesson{
	Group: "Basics", Name: "flow", Short: "Flow",
	Title: "How a session works", Call: "how it works", WithB: true,
	Django: `request.session.get('x')   # no row, no cookie
request.session['x'] = 1    # a row and a cookie`,
	Funcs: []string{"load", "save"},
	Curl: []string{
		"'BASE/flow?read=x'",
		"-d key=x -d value=1 BASE/set",
		"'BASE/flow?read=x'",
	},
	Cards: []Card{flowRead, flowStore, flowAgain, flowB},
}

var flowRead = Card{
	ID: "flow", Title: "Read", Paths: []string{"/flow"}, Needs: []Need{needsNoSession()},
	Ask: "A browser comes for the first time, and reads. How many rows are stored?",
	Options: []Option{
		{"deleted", "One, and it is deleted after the answer"},
		{"one", "One: every visitor gets a session"},
		{"browser", "None: the browser stores the session"},
		{"none", "None, and no cookie is sent"},
	},
	Observe: func(r Run) string {
		if r.Path != "/flow" || r.Returned == nil || r.Record.Sent != "" || r.Refused {
			return "" // a browser with a cookie does not come for the first time
		}
		switch wrote := r.wrote(); {
		case wrote && r.Record.Asked(xray.Delete):
			return "deleted"
		case wrote:
			return "one"
		case r.Record.SetCookie != nil:
			return "browser"
		}
		return "none"
	},
	Because: "A session is made late. Your code got an empty one in memory, and stored nothing in it. So " +
		"there is no row, no session ID and no `Set-Cookie`.",
	Lacking: "Your browser sent a session cookie, so this was not its first time. Start over above, then " +
		"read. Or let Browser B come, below.",
	Onward: "Now let it store something.",
}

var flowStore = Card{
	ID: "flow-store", Title: "Store", Needs: []Need{needsNoSession()},
	Ask: "Now the same browser stores `x = 1`. What does the answer bring to it?",
	Options: []Option{
		{"value", "A cookie with `x = 1` in it"},
		{"both", "A cookie with a new session ID, and no value"},
		{"nothing", "No cookie: the server knows the browser"},
	},
	Observe: func(r Run) string {
		switch {
		case r.Path != "/set" || r.Known || !r.Saved:
			return ""
		case r.Record.InCookie:
			return "value"
		case r.Record.SetCookie != nil:
			return "both"
		}
		return "nothing"
	},
	Because: "The first value makes the session, when the request ends: a row in the store, and a random " +
		"session ID that names it. Only the ID goes to the browser.",
	Lacking: "You had a session already, so none was made. Start over above, then store it.",
	Onward:  "Same colour, same ID: each session ID has its own colour here.",
	InCookie: wording{Because: "The first value makes the session, when the request ends. This server keeps " +
		"sessions in signed cookies, so the cookie carries the value itself.",
		Onward: "Each cookie has its own colour here."},
}

var flowAgain = Card{
	ID: "flow-again", Title: "Read again", Needs: []Need{needsKey("x", "1")},
	Ask: "The browser reads `x` once more, now with a session. What does the server send or write?",
	Options: []Option{
		{"cookie", "The cookie again, so that it lives longer"},
		{"row", "The row again, with a later end"},
		{"id", "A new session ID"},
		{"nothing", "Nothing: it only reads the session"},
	},
	Observe: func(r Run) string {
		if r.Path != "/flow" || r.Returned == nil || !r.Known || r.Refused {
			return ""
		}
		switch c := r.Record.SetCookie; {
		case c != nil && c.Value != r.Record.Sent:
			return "id"
		case r.wrote():
			return "row"
		case c != nil:
			return "cookie"
		}
		return "nothing"
	},
	Because: "The ID in the cookie found the row. Nothing was changed, so nothing was saved: no write, no " +
		"`Set-Cookie`, and the session ends when it would have ended anyway.",
	Lacking: "There was no session to read. Store x above, then read it.",
	InCookie: wording{Because: "The signature fitted, so the values in the cookie were taken. Nothing was " +
		"changed, so no new cookie was signed, and the session ends when it would have ended anyway."},
}

var flowB = Card{
	ID: "flow-b", Title: "Another browser", Paths: []string{"/flow/b"}, Needs: []Need{needsKey("x", "1")},
	Ask: "Your session has an `x`. Now Browser B comes for the first time, and reads `x`. What does it get?",
	Options: []Option{
		{"yours", "Your value: both read the same key"},
		{"new", "Nothing, and a new session ID"},
		{"none", "Nothing, and no cookie"},
		{"error", "An error: it has no session"},
	},
	Observe: func(r Run) string {
		ran := ranBy(r.Record, "flow-b")
		first, stored, yours := ran.first("B", "/flow"), ran.last("B", "/set"), ran.last("A", "/flow")
		if first == nil || stored == nil || stored.Exchange.Committed == nil || readOf(yours) == "" ||
			first.Held != "" || limitMet(exchangesOf(ran.Events)) {
			return "" // it did not come for the first time, or there was nothing of yours to get
		}
		switch {
		case first.Exchange.Refused != "":
			return "error"
		case readOf(first) != "":
			return "yours"
		case first.Exchange.SetCookie != nil:
			return "new"
		}
		return "none"
	},
	Headline: func(r Run) string {
		ran := ranBy(r.Record, "flow-b")
		own, yours := readOf(ran.last("B", "/flow")), readOf(ran.last("A", "/flow"))
		if own == "" || yours == "" {
			return ""
		}
		return "B now reads " + view.Quote(own) + ", and you read " + view.Quote(yours) + "."
	},
	Because: "B sent no session ID, so there was nothing to find, and a read makes nothing. Its session began " +
		"when it stored `x`: a new ID, and a row of its own.",
	Lacking: "You need an `x` of your own, which B could get. Set it above, then let B come.",
	InCookie: wording{Because: "B sent no cookie, so there was nothing to read, and a read makes nothing. Its " +
		"session began when it stored `x`, in a cookie of its own."},
}

// wrote reports whether the store was given the session to keep.
func (r *Run) wrote() bool { return r.Record.Asked(xray.Commit) }
