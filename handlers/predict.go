package handlers

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"sessionlab/handlers/python"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// Question asks for a prediction before an experiment is run. The right answer is read off the
// recorded exchange, so a page cannot claim what did not happen.
type Question struct {
	ID      string // unique among all questions
	Ask     string // code in backticks
	Options []Option
	// Observe returns the id of the option that a run shows to be right, or "" when this run cannot
	// tell, for example because it ran something else or with another key than the question is about.
	Observe func(Run) string
	Because string // the explanation, once it has run
	// InCookie replaces Ask and Because on a lab that keeps no rows, where they would be untrue.
	InCookie wording
}

// wording is what a question says; an empty part stays as it is.
type wording struct{ Ask, Because string }

// Option is one possible answer. The order is fixed, so that a whole class sees the same.
type Option struct{ ID, Text string }

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
}

// newRun reads a run off its record. It is false for one that tells nothing any more: the session was ended
// while the request ran, and what the request had found and done is not kept.
func newRun(x *xray.Exchange) (Run, bool) {
	if x.Known && x.Found == nil && !x.Ended {
		return Run{}, false
	}
	r := Run{Path: x.Path, Key: x.Key, Default: x.Default, Known: x.Known,
		Before: x.Before(), After: x.After(), Marks: map[string]xray.Mark{},
		Saved: x.Committed != nil, Ended: x.Ended,
		Refused: x.Refused != "", KeyError: strings.HasPrefix(x.Refused, "KeyError"),
		Returned: x.Returned, None: x.Returned != nil && *x.Returned == python.Str(nil) && !x.Typed,
		Record: x}
	for _, c := range xray.Diff(r.Before, r.After) {
		r.Marks[c.Key] = c.Mark
	}
	if r.Before != nil {
		r.EndBefore, _, _ = xray.Codec.Decode(x.Found) // it was decoded without an error a moment ago
	}
	return r, true
}

// judge compares the prediction that came with x with what x shows; nil when there was none.
func (l *Lab) judge(x *xray.Exchange) *view.Verdict {
	id, choice, _ := strings.Cut(x.Guess, ":")
	q, err := l.question(id)
	if err != nil {
		return nil
	}
	guessed, ok := q.option(choice)
	if !ok {
		return nil
	}
	v := &view.Verdict{Guessed: view.Code(guessed.Text)}
	run, ok := newRun(x)
	if !ok {
		return v
	}
	if happened, ok := q.option(q.Observe(run)); ok {
		v.Happened, v.Right, v.Because = view.Code(happened.Text), happened.ID == choice, view.Code(q.Because)
	}
	return v
}

func (q Question) option(id string) (Option, bool) {
	for _, o := range q.Options {
		if o.ID == id {
			return o, true
		}
	}
	return Option{}, false
}

// question is the question of that id as it is put on this lab's engine, for templates and for judging.
func (l *Lab) question(id string) (Question, error) {
	q, err := questionNamed(id)
	if l.engine.Kind().InCookie {
		q.Ask, q.Because = cmp.Or(q.InCookie.Ask, q.Ask), cmp.Or(q.InCookie.Because, q.Because)
	}
	return q, err
}

// questionNamed returns the question of that id.
func questionNamed(id string) (Question, error) {
	for _, lesson := range lessons {
		for _, q := range lesson.Questions {
			if q.ID == id {
				return q, nil
			}
		}
	}
	return Question{}, fmt.Errorf("no question %q", id)
}
