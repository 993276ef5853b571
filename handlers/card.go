package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sessionlab/handlers/notebook"
	"sessionlab/handlers/python"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// Card is one experiment of a lesson: what it needs, a question, a form that answers it, and a place for what
// came out. The right answer is read off the recorded exchange, so a page cannot claim what did not happen.
type Card struct {
	ID    string // unique among all cards: what its forms are called, and the fragment of its place on the page
	Title string // the heading above it; "" where the lesson has no other card
	// Paths are where its forms go. An exchange that names no card, as one from curl, belongs to the first
	// card that has its path.
	Paths []string
	Needs []Need
	// Beside is where a form goes that follows one of its runs, with the place that the visitor comes back to;
	// "" for none. See [scene].
	Beside string
	// Fits reports whether a form is of this card, where that depends on what was sent. Of several cards that
	// fit the first counts. Nil where the form's own field tells.
	Fits func(form url.Values) bool

	Ask     string // code in backticks, as in all texts here
	Options []Option
	// Observe returns the ID of the option that a run shows to be right, or "" when this run cannot tell,
	// because the session was not as the card needs it.
	Observe func(Run) string
	Because string // the explanation, once it has run; true of every run for which Observe gives an option
	// Headline says what a run did, where the general sentence does not say what the card is about, and what
	// it returned is not to stand beside it; "" where they do. Nil for a card that has none of its own.
	Headline func(Run) string
	// Lacking says what a run lacked that could not be judged, and what to do about it.
	Lacking string
	// Presses is how often the form is to be sent before there is an answer; 0 where once is enough. Press
	// says of a run that is not judged how many of them it has done, 0 where it was none of them. Again then
	// says what comes next.
	Presses int
	Press   func(Run) int
	Again   string
	Onward  string // a sentence beside the way on; "" for none
	// LandsAtRun has a small window stand at the button after a run, where the card shows much below it.
	LandsAtRun bool
	// InCookie replaces texts on a lab that keeps no rows, where they would be untrue, and NoneLies on one
	// whose store removes what has expired by itself.
	InCookie, NoneLies wording
}

// wording is what a card says; an empty part stays as it is.
type wording struct{ Ask, Because, Onward string }

// Option is one possible answer. The order is fixed, so that a whole class sees the same.
type Option struct{ ID, Text string }

// Need is something that a card needs of the session.
type Need struct {
	What string // for example "a session with `lname`."
	// State says how it is now, and whether that will do.
	State func(Now) (is string, met bool)
	// Prepare makes it so with one press; without an address there is nothing to press.
	Prepare Prepare
	// Whenever offers Prepare also where the need is met.
	Whenever bool
	// OfExpired is set for a need of expired rows: it falls away where none lies about.
	OfExpired bool
}

// Prepare is a form without a field to fill in, which leads back to the card.
type Prepare struct {
	To     string // where it is sent
	Fields []Field
	Button string
}

// Field is a field of a form.
type Field struct{ Name, Value string }

// Now is the session as a page found it.
type Now struct {
	At     time.Time
	Exists bool
	Values map[string]any
	Ends   time.Time // zero where it does not exist
	// Ended is when the session expired that the browser held last; zero where that is not known.
	Ended time.Time
	// Rows are those of the store, in the lesson that shows them; nil elsewhere.
	Rows *graveyard
	// Clock is the session of SCS's two times, in the lesson that has one; nil elsewhere.
	Clock *notebook.Clock
}

// needsKey is the need of a session that has key, prepared with that value.
func needsKey(key, value string) Need {
	return Need{
		What: "a session with " + view.Quote(key) + ".",
		State: func(now Now) (string, bool) {
			v, ok := now.Values[key]
			if ok {
				return "It is " + view.Quote(python.Brief(v, 40)) + ".", true
			}
			return now.holds(), false
		},
		Prepare: Prepare{To: "/set", Button: "Set " + key + " to " + value,
			Fields: []Field{{"key", key}, {"value", value}}},
	}
}

// needsNoKey is the need of a session that does not have key.
func needsNoKey(key string) Need {
	return Need{
		What: "no " + view.Quote(key) + " in it.",
		State: func(now Now) (string, bool) {
			if _, ok := now.Values[key]; ok {
				return "It is there.", false
			}
			return "It is not there.", true
		},
		Prepare: Prepare{To: "/delete", Button: "Delete " + key, Fields: []Field{{"key", key}}},
	}
}

// needsSession is the need of any session.
func needsSession() Need {
	n := needsKey("fname", "Aman")
	n.What = "a session."
	n.State = func(now Now) (string, bool) { return now.holds(), now.Exists }
	return n
}

// needsNoSession is the need of a browser that comes for the first time.
func needsNoSession() Need {
	return Need{
		What: "a browser without a session.",
		State: func(now Now) (string, bool) {
			if now.Exists {
				return "Yours has one.", false
			}
			return "Yours has none.", true
		},
		Prepare: Prepare{To: "/flush", Button: "Start over", Fields: []Field{{"notebook", "forget"}}},
	}
}

// holds says what the session has.
func (now Now) holds() string {
	var keys []string
	for _, v := range xray.Values(now.Values) {
		keys = append(keys, view.Quote(view.KeyText(v.Key)))
	}
	switch {
	case !now.Exists:
		return "You have no session."
	case len(keys) == 0:
		return "Yours is empty."
	case len(keys) > 3:
		return fmt.Sprintf("Yours has %d keys.", len(keys))
	}
	return "Yours has " + enumerated(keys) + "."
}

// runs reports whether x was a run of c, or a preparation for it.
func (c *Card) runs(x *xray.Exchange) bool {
	if x.By != "" { // part of another card's run
		return false
	}
	if x.Card != "" {
		return x.Card == c.ID
	}
	first := cardAt(x.Path)
	return first != nil && first.ID == c.ID && (x.Method != http.MethodGet || x.Returned != nil)
}

// cardAt returns the first card of the course whose forms go to path; nil for none.
func cardAt(path string) *Card {
	for _, lesson := range lessons {
		for i := range lesson.Cards {
			if slices.Contains(lesson.Cards[i].Paths, path) {
				return &lesson.Cards[i]
			}
		}
	}
	return nil
}

// cardBeside returns the card whose run the form at path follows; nil for none.
func cardBeside(path string) *Card {
	for _, lesson := range lessons {
		for i := range lesson.Cards {
			c := &lesson.Cards[i]
			if to, _, ok := strings.Cut(c.Beside, "#"); ok && to == path {
				return c
			}
		}
	}
	return nil
}

func (c *Card) option(id string) (Option, bool) {
	for _, o := range c.Options {
		if o.ID == id {
			return o, true
		}
	}
	return Option{}, false
}

// cardNamed returns the card of that ID, and the lesson that it is in.
func cardNamed(id string) (*Card, *Lesson, error) {
	for _, lesson := range lessons {
		for i := range lesson.Cards {
			if lesson.Cards[i].ID == id {
				return &lesson.Cards[i], lesson, nil
			}
		}
	}
	return nil, nil, fmt.Errorf("no card %q", id)
}
