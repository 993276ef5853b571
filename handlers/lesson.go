package handlers

import (
	"context"
	"net/url"
	"strings"
	"time"

	"sessionlab/handlers/notebook"
	"sessionlab/handlers/python"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// Lesson is one page of the course: everything about it but its text, which is in its template. Each stands
// in a file of its own, and New makes sure that it is whole.
type Lesson struct {
	Name   string // of the template
	Path   string // of the page: the name with a slash before it
	Short  string // in the list of lessons
	Title  string
	Group  string // the heading above it in the list of lessons
	Call   string // the Python call that it is about
	Django string // the snippet to set beside the Go code
	// View is what of Django can be run as a view of one's own; "" where that is all of it, if it is of
	// request.session, and noView where it is nothing. See [Lesson.OwnView].
	View  string
	Funcs []string // the functions to print, by name
	// Curl is what follows "curl -si -b jar -c jar", one a line; BASE stands for the address. A line that only
	// asks for a page, and has no filter of its own, gets one that leaves of it what matters.
	Curl []string

	// OutlivesSession has the cards show also what was run in a session that has expired since. Their runs must
	// be of keys and values that are the same for everybody: what somebody stored is not shown after its end.
	OutlivesSession bool

	// Scenes is set where experiments have several browsers: their runs are in the notebook, since the session
	// may be gone after one. See [scene].
	Scenes bool
	// WithB is set where Browser B comes in besides: what it did is kept there, too.
	WithB bool

	Effects []Effect // its rows on the revision sheet
	Cards   []Card   // its experiments, in the order of the page
	Number  int      // in the course, from 1
}

// Effect is what a call does, in a word or two for each place where it can be seen.
type Effect struct {
	Call                       string
	InNotes                    bool // the notes' own table has this row
	Values, Row, Token, Cookie Cell
}

// Cell is a cell of the revision sheet. Class is its colour: new, same, gone, or "" for none.
type Cell struct{ Text, Class string }

// page is what every page has; each page's own struct embeds it.
type page struct {
	Title  string
	Lesson *Lesson // nil for pages outside the list
	Base   string  // scheme and host under which the visitor reached the lab, for the curl lines
	Query  url.Values
	Posted bool        // it is itself the answer to a form, so that to reload it would send that once more
	Panel  *view.Panel // nil for a page without one
	Lost   bool        // ?exchange= names one that is not kept here, or is not this visitor's

	table   *graveyard       // the rows that the page shows, where a card needs expired ones; nil elsewhere
	clock   *notebook.Clock  // the session of SCS's two times, in the lesson that has one; nil elsewhere
	loaded  map[string]any   // the session's values, if they are known: what the request found decodes to them
	own     *xray.Exchange   // the request's own
	shown   *xray.Exchange   // the exchange on view
	history []*xray.Exchange // of the session, the latest first
	past    []*xray.Exchange // the same, or that of a session that has expired: see Lesson.OutlivesSession
	sheet   *sheet           // what experiments with several browsers keep; nil elsewhere
	cards   []*shownCard     // the lesson's
	sent    url.Values       // the fields of a form that was refused, to be filled in again; nil for none
	problem *pageError       // why it was refused
	refused *refusedScene    // the experiment with several browsers that was refused; nil for none
}

// whatMatters leaves of an answer in HTML the status, the cookie and what was returned.
const whatMatters = ` | grep -oE '^HTTP.*|^Set-Cookie.*|<output.*/output>'`

// DjangoLanguage is what the lesson's snippet is written in, as [pages.Colours] calls it.
func (l *Lesson) DjangoLanguage() string {
	if strings.Contains(l.Django, "{{") || strings.Contains(l.Django, "{%") {
		return "django"
	}
	return "python"
}

// noView is for a snippet of which nothing runs in a view of one's own.
const noView = "none"

// OwnView is the snippet as a view that runs on the page for views of one's own; "" where it is none.
func (l *Lesson) OwnView() string {
	if l.View == noView {
		return ""
	}
	if l.View == "" && l.DjangoLanguage() == "python" && strings.Contains(l.Django, "request.session") {
		return l.Django
	}
	return l.View
}

// ViewQuery is the address of the page that has the lesson's view in its editor; "" where it has none.
func (l *Lesson) ViewQuery() string {
	if l.OwnView() == "" {
		return ""
	}
	return "/view?lesson=" + l.Name
}

// CurlLines are the commands that do the lesson's experiment without a browser, each but the last with its
// line break.
func (p *page) CurlLines() []string {
	if p.Lesson == nil {
		return nil
	}
	lines := make([]string, len(p.Lesson.Curl))
	for i, line := range p.Lesson.Curl {
		lines[i] = "curl -si -b jar -c jar " + strings.ReplaceAll(line, "BASE", p.Base)
		if strings.HasPrefix(strings.TrimPrefix(line, "'"), "BASE") && !strings.Contains(line, " | ") {
			lines[i] += whatMatters
		}
		if i < len(lines)-1 {
			lines[i] += "\n"
		}
	}
	return lines
}

// returns notes what an operation returned; its page shows it as the result.
func returns(ctx context.Context, value any) {
	x := xray.From(ctx)
	s := python.Str(value)
	x.Returned = &s
	switch value.(type) {
	case nil, bool, int:
	default:
		x.Typed = true
	}
}

// Run is one run of an experiment, as a question judges it. [newRun] reads it off the record.
type Run struct {
	Path string // where the form was sent, for example /pop
	// Key is the key that the form named, the first of several. It is "" for none, and where the record
	// keeps no texts: see [xray.History.Add].
	Key     string
	Default bool // whether a default came with the form
	Known   bool // whether the cookie that came named a live session

	// Before and After are the values of the session around the run: nil where there was no session. Where
	// nothing was saved they are the same.
	Before, After map[string]any
	// Marks says for each key in Before or After what became of it. A key that is in neither is Same too.
	Marks map[string]xray.Mark
	// EndBefore is when the session that was found was to end; zero without one.
	EndBefore time.Time

	// Expired is when the session expired that the browser held last, where the request was to have that one
	// and found none; zero where it is not known, or was asked later.
	Expired time.Time

	Saved bool // whether the session was saved
	Ended bool // whether it was flushed
	// Refused says that the run ended with an error page, and KeyError that it did so because a key was not
	// there.
	Refused, KeyError bool
	// Returned is what the operation returned, as its page shows it; nil for nothing. None says that it was
	// None itself, and not a text of that name.
	Returned *string
	None     bool

	Record *xray.Exchange // all the rest: the store's part, the tokens, the cookie that was sent

	// Earlier are the exchanges of the session before this one, the latest first.
	Earlier []*xray.Exchange
	// Last is the run of the same card before this one, for a question about what is done twice; nil where
	// there was none, or where the card was prepared anew since. Its own Last and Earlier are not filled in.
	Last *Run
}
