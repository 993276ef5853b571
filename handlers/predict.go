package handlers

import (
	"cmp"
	"fmt"
	"strings"

	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// Question asks for a prediction before an experiment is run. The right answer is read off the
// recorded exchange, so a page cannot claim what did not happen.
type Question struct {
	ID      string // unique among all questions
	Ask     string // code in backticks
	Options []Option
	// Observe returns the id of the option that an exchange shows to be right, or "" when this
	// exchange cannot tell, for example because it ran something else.
	Observe func(*xray.Exchange) string
	Because string // the explanation, once it has run
	// InCookie replaces Ask and Because on a lab that keeps no rows, where they would be untrue.
	InCookie wording
}

// wording is what a question says; an empty part stays as it is.
type wording struct{ Ask, Because string }

// Option is one possible answer. The order is fixed, so that a whole class sees the same.
type Option struct{ ID, Text string }

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
	if happened, ok := q.option(q.Observe(x)); ok {
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

// changed reports whether some entry of the session has that mark after the exchange.
func changed(x *xray.Exchange, mark xray.Mark) bool {
	for _, c := range xray.Diff(x.Before(), x.After()) {
		if c.Mark == mark {
			return true
		}
	}
	return false
}

// raisedKeyError reports whether the exchange was refused because a key was not there.
func raisedKeyError(x *xray.Exchange) bool { return strings.HasPrefix(x.Refused, "KeyError") }
