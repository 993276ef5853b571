package handlers

import (
	"cmp"
	"fmt"
	"strings"

	"sessionlab/handlers/python"
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

func (q Question) option(id string) (Option, bool) {
	for _, o := range q.Options {
		if o.ID == id {
			return o, true
		}
	}
	return Option{}, false
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
