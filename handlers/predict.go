package handlers

import (
	"cmp"
	"fmt"
	"strings"

	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

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
