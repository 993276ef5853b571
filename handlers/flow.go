package handlers

import (
	"context"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"strings"

	"sessionlab/handlers/xray"
)

// flowPageData is the data of flow.html.
type flowPageData struct {
	*page
	lab     *Lab
	request *xray.Exchange // for this page itself; it is complete when the page is rendered
}

// flowPage is Django's session.get('x') when ?read= asks for it, and nothing otherwise. Reading makes no
// session: without a stored value there is no row and no cookie.
func (l *Lab) flowPage(ctx context.Context, p *page) (any, error) {
	if p.Query.Has("read") {
		returns(ctx, l.get(ctx, "x", nil))
	}
	return flowPageData{p, l, xray.From(ctx)}, nil
}

// Own reports whether the page draws the request that asked for it, not an earlier one.
func (d flowPageData) Own() bool { return d.shown() == d.request }

// Steps is the exchange that the page draws: the one named by ?exchange=, or the page's own.
func (d flowPageData) Steps() sevenSteps {
	s := d.lab.newSevenSteps(d.shown())
	if d.Own() {
		s.Expires = d.Panel.Row.Expires
	}
	return s
}

func (d flowPageData) shown() *xray.Exchange {
	if x := d.lab.history.Get(d.Query.Get("exchange"), d.request.Token); x != nil {
		return x
	}
	return d.request
}

// Requests are the visitor's latest requests, the newest first. Without a session there is nobody
// to keep them for, and only the page's own is left.
func (d flowPageData) Requests() []requestLine {
	history := d.lab.history.Of(d.request.Token)
	if len(history) == 0 {
		history = []*xray.Exchange{d.request}
	}
	lines := make([]requestLine, len(history))
	for i, x := range history {
		lines[i] = newRequestLine(x)
		lines[i].Here = x == d.shown()
	}
	return lines
}

// requestLine is one request in the table of flow.html.
type requestLine struct {
	ID, At, Request string
	Sent            bool   // whether a session cookie came with it
	Store           string // what the store was asked for, in order
	SetCookie       string
	Here            bool // it is the one that the page draws
}

func newRequestLine(x *xray.Exchange) requestLine {
	r := requestLine{ID: x.ID, At: x.At.Local().Format(timeOfDay), Request: x.Method + " " + x.Path, Sent: x.Sent != ""}
	var asked []string
	for _, s := range x.Steps {
		if s.Kind != xray.Code {
			asked = append(asked, s.Kind.String())
		}
	}
	r.Store = strings.Join(asked, ", ")
	switch c := x.SetCookie; {
	case c == nil:
	case c.MaxAge < 0:
		r.SetCookie = "deleted"
	case c.Value == x.Sent:
		r.SetCookie = "the same token"
	case x.InCookie():
		r.SetCookie = "a new cookie"
	default:
		r.SetCookie = "a new token"
	}
	return r
}

// sevenSteps is a recorded exchange told as the seven steps of the notes, for steps.html: what happened
// at each, or why it was passed over.
type sevenSteps struct {
	Request string // method and path
	Cookie  string // the session cookie's name
	Store   string
	Sent    string // the token that came; "" for none

	Find    *xray.Step // step 3; nil when the store was not asked
	Query   []statement
	Expires string // of the row that was found, where it is still the same row

	Made string // the token that step 4 made; "" when it made none

	Code   string // the function that ran in step 5
	Values []xray.Change
	More   int // values that Values leaves out

	Status   string
	Location string
	Age      string    // of the cookie that was sent: Max-Age=400
	Set      string    // the token that step 6 sent; "" when it sent none
	Dropped  bool      // step 6 told the browser to drop its cookie
	Deleted  bool      // the code of step 5 had the row deleted
	Saved    string    // what became of the row in step 6: written or moved; "" for nothing
	Size     int       // of what was saved, in bytes
	Keeps    string    // the token that the browser holds afterwards; "" for none
	Notes    stepNotes // in words
}

// stepNotes explains the steps; those that need no word have none.
type stepNotes struct{ Look, Fetch, Make, Work, Answer, Keep template.HTML }

// Via4 reports whether the request came by step 4: no token came, or one was made.
func (s sevenSteps) Via4() bool { return s.Sent == "" || s.Made != "" }

func (l *Lab) newSevenSteps(x *xray.Exchange) sevenSteps {
	s := sevenSteps{Request: x.Method + " " + x.Path, Cookie: l.settings.CookieName, Store: l.engine.Kind().Label, Sent: x.Sent}
	for i, step := range x.Steps {
		switch {
		case step.Kind == xray.Find && s.Find == nil:
			s.Find = &x.Steps[i]
			for _, st := range step.Statements {
				s.Query = append(s.Query, newStatement(st, step, l.engine.Kind().SQL))
			}
		case step.Kind == xray.Code && s.Code == "":
			s.Code = step.Name + "()"
		}
	}
	if x.Committed != nil && (!x.Known || x.Cycled) {
		s.Made = x.Token
	}
	s.Values, s.More = valuesOf(x)
	s.answer(x)
	s.Notes = stepNotes{Look: lookNote(s), Fetch: fetchNote(s), Make: makeNote(x, s, l.history.Of(x.Token)),
		Work: workNote(x, s), Answer: answerNote(x), Keep: l.keepNote(s)}
	if l.inCookie() {
		s.inCookie(x)
	}
	return s
}

// inCookie puts other words where those about an ID and a row would be untrue: the cookie is the session.
func (s *sevenSteps) inCookie(x *xray.Exchange) {
	if s.Sent != "" {
		s.Notes.Look = inline("It is there, and it is no ID: it is the session, signed. Without it, step 4.")
	}
	switch {
	case s.Find == nil:
		s.Notes.Fetch = inline("Not this time. There is no cookie to check.")
	case s.Find.Found:
		s.Notes.Fetch = inline("Nothing is fetched. The signature is checked, and the data read out of the cookie.")
	default:
		s.Notes.Fetch = inline("The signature does not fit the key of this server, or the time is over. Your code gets an empty session.")
	}
	switch {
	case x.Cycled:
		s.Notes.Make = inline("There is no ID. The same values were signed again.")
	case s.Made != "":
		s.Notes.Make = inline("There is no ID either: the session itself goes into the cookie, at the end of the request.")
	case x.Known:
		s.Notes.Make = inline("Not this time, and never in this store: it has no IDs.")
	}
	if x.Ended && x.Known {
		s.Notes.Work = inline("It ended the session. The server has nothing to delete.")
	}
	if x.SetCookie != nil && x.SetCookie.MaxAge < 0 {
		s.Notes.Answer = inline("The browser is told to drop its cookie.")
	}
}

// answer fills in step 6 and what follows from it.
func (s *sevenSteps) answer(x *xray.Exchange) {
	s.Status = fmt.Sprintf("%d %s", x.Status, http.StatusText(x.Status))
	s.Location, _, _ = strings.Cut(x.Location, "?")
	s.Keeps = x.Token
	switch c := x.SetCookie; {
	case c == nil:
	case c.MaxAge < 0:
		s.Dropped = true
	case c.MaxAge == 0:
		s.Set, s.Age = c.Value, "no Max-Age"
	default:
		s.Set, s.Age = c.Value, fmt.Sprintf("Max-Age=%d", c.MaxAge)
	}
	s.Deleted, s.Size = x.Ended && x.Known, len(x.Committed)
	switch {
	case x.Cycled:
		s.Saved = "moved"
	case x.Committed != nil:
		s.Saved = "written"
	}
}

// valuesOf are the values that the code of step 5 met or changed. A long list is cut, and so is
// a long value.
func valuesOf(x *xray.Exchange) (list []xray.Change, more int) {
	const most, width = 6, 48
	for _, key := range x.Removed {
		list = append(list, xray.Change{Mark: xray.Removed, Key: key})
	}
	list = append(list, xray.Diff(x.Before(strict), x.After(strict))...)
	if more = len(list) - most; more > 0 {
		list = list[:most]
	}
	for i := range list {
		list[i].Old, list[i].New = cut(list[i].Old, width), cut(list[i].New, width)
	}
	return list, max(more, 0)
}

// cut shortens s to width characters.
func cut(s string, width int) string {
	if r := []rune(s); len(r) > width {
		return string(r[:width]) + "…"
	}
	return s
}

func lookNote(s sevenSteps) template.HTML {
	if s.Sent == "" {
		return inline("There is none, so there is nothing to fetch.")
	}
	return inline("It is there, so the flow goes on to step 3. Without it, step 4.")
}

func fetchNote(s sevenSteps) template.HTML {
	switch {
	case s.Find == nil:
		return inline("Not this time. There is no ID to look up, so the store was not asked.")
	case !s.Find.Found:
		return inline("No live row has this ID. The server does not adopt an ID that it does not know: your code gets an empty session.")
	}
	return ""
}

// makeNote says when the token was made: in this exchange, or in which of those before it.
func makeNote(x *xray.Exchange, s sevenSteps, history []*xray.Exchange) template.HTML {
	switch {
	case x.Cycled:
		return inline("The session was there already, and moved to this new ID.")
	case s.Made != "" && entries(maps.Keys(x.After(strict))) == 0:
		return inline("Made by your code: `cycle_key()` asks for a new ID at once, and makes an empty session.")
	case s.Made != "":
		return inline("Made at the end of the request, when the session was saved for the first time. While your code ran, there was no ID yet.")
	case x.Known && x.Ended:
		return inline("Not this time. A session that was ended gets no new ID until something is stored again.")
	case !x.Known:
		return inline("Not yet. Nothing was stored, so neither a session nor an ID was made.")
	}
	for _, old := range history { // the latest first
		if old.At.Before(x.At) && old.Committed != nil && (!old.Known || old.Cycled) {
			return inline(fmt.Sprintf("Not this time. Your ID was made at %s, by `%s %s`.", old.At.Local().Format(timeOfDay), old.Method, old.Path))
		}
	}
	return inline("Not this time. Your session has its ID already.")
}

func workNote(x *xray.Exchange, s sevenSteps) template.HTML {
	switch {
	case x.Unsure():
		return inline("It marked the session as modified, and the store did not answer when it was to be saved.")
	case x.Refused != "":
		return inline("It ended with `" + firstWord(x.Refused) + "`, so nothing is saved.")
	case x.Ended && x.Known:
		return inline("It ended the session: the row was deleted at once.")
	case x.Committed != nil:
		return inline("It marked the session as modified, so the session is saved before the answer goes out.")
	case len(s.Values) == 0:
		return inline("The session is empty, and nothing marked it as modified.")
	}
	return inline("Nothing marked the session as modified.")
}

func answerNote(x *xray.Exchange) template.HTML {
	switch c := x.SetCookie; {
	case c != nil && c.MaxAge < 0:
		return inline("The cookie names no session any more, so the browser is told to drop it.")
	case c != nil:
		return inline("The session was saved, so the cookie goes out with it.")
	case x.Unsure():
		return inline("No Set-Cookie. Whether the session was saved is not known.")
	case x.Refused != "":
		return inline("No Set-Cookie. The request was refused, and nothing was saved.")
	case x.Token == "":
		return inline("No Set-Cookie. There is no session that it could name.")
	}
	return inline("No Set-Cookie this time: the session was not saved. After a change the cookie is sent again.")
}

func (l *Lab) keepNote(s sevenSteps) template.HTML {
	switch {
	case s.Dropped:
		return inline("It drops the cookie.")
	case s.Keeps == "":
		return inline("Not this time. No ID was sent.")
	case l.inCookie():
		return inline("In this store the cookie is the session: the values are in it, signed, and readable.")
	}
	return inline("Only the ID. The values never left the server.")
}

var flowLesson = &Lesson{
	Group: "Basics", Name: "flow", Short: "Flow",
	Title: "The way of a session", Call: "how it works",
	Django: `request.session.get('x')   # no row, no cookie
request.session['x'] = 1    # a row and a cookie`,
	Funcs: []string{"load", "save"},
	Curl: []string{
		"'BASE/flow?read=x'",
		"-d key=x -d value=1 BASE/set",
		"'BASE/flow?read=x'",
	},

	Questions: []Question{{
		ID: "flow",
		Ask: "A browser opens this site for the first time and only reads. How many rows are added to the " +
			"store?",
		Options: []Option{
			{"deleted", "One, and it is deleted after the answer"},
			{"one", "One: every visitor gets a session"},
			{"browser", "None on the server: the session is in the browser"},
			{"none", "None, and no cookie either"},
		},
		Observe: func(r Run) string {
			if r.Path != "/flow" || r.Record.Sent != "" || r.Refused {
				return "" // a browser with a cookie does not come for the first time
			}
			var written, deleted bool
			for _, s := range r.Record.Steps {
				written = written || s.Kind == xray.Commit
				deleted = deleted || s.Kind == xray.Delete
			}
			switch {
			case written && deleted:
				return "deleted"
			case written:
				return "one"
			case r.Record.SetCookie != nil:
				return "browser"
			}
			return "none"
		},
		Because: "Sessions are lazy. Your code got an empty one in memory, nothing was stored in it, and " +
			"so nothing was saved: no row, no token, no `Set-Cookie`.",
	}},
}
