package handlers

import (
	"cmp"
	"slices"
	"strings"

	"sessionlab/handlers/python"
	"sessionlab/handlers/xray"
)

// card is the card of that ID as it is put on this lab's engine.
func (l *Lab) card(id string) (Card, *Lesson, error) {
	card, lesson, err := cardNamed(id)
	if err != nil {
		return Card{}, nil, err
	}
	c := *card
	switch kind := l.engine.Kind(); {
	case kind.InCookie:
		c.reword(c.InCookie)
	case !kind.Lies:
		c.reword(c.NoneLies)
	}
	if !l.engine.Kind().Lies {
		c.Needs = slices.DeleteFunc(slices.Clone(c.Needs), func(n Need) bool { return n.OfExpired })
	}
	return c, lesson, nil
}

// reword takes the words of w that are not empty.
func (c *Card) reword(w wording) {
	c.Ask, c.Because = cmp.Or(w.Ask, c.Ask), cmp.Or(w.Because, c.Because)
	c.Onward = cmp.Or(w.Onward, c.Onward)
}

// runOf finds the latest run of c: the one on view, if it is one, or else in history, the latest first. It is
// nil where the card was not run, or was prepared anew since. earlier are the exchanges before it.
func (c *Card) runOf(onView *xray.Exchange, history []*xray.Exchange) (
	x *xray.Exchange, earlier []*xray.Exchange,
) {
	if onView == nil || !c.runs(onView) {
		i := slices.IndexFunc(history, c.runs)
		if i < 0 {
			return nil, nil
		}
		onView = history[i]
	}
	if onView.Prepares {
		return nil, nil
	}
	before := func(old *xray.Exchange) bool { return old.ID != onView.ID && old.At.Before(onView.At) }
	if i := slices.IndexFunc(history, before); i >= 0 {
		earlier = history[i:]
	}
	return onView, earlier
}

// run reads a run of c off its record, and the run before it. It is false for one that tells nothing any
// more: the session was ended while the request ran, and what the request had found and done is not kept.
func (c *Card) run(x *xray.Exchange, earlier []*xray.Exchange, memo *xray.Memo) (Run, bool) {
	r, ok := newRun(x, memo)
	r.Earlier = earlier
	if last, _ := c.runOf(nil, earlier); last != nil {
		if before, ok := newRun(last, memo); ok {
			r.Last = &before
		}
	}
	return r, ok
}

// newRun reads a run off its record, all of it but what was before. See [Card.run].
func newRun(x *xray.Exchange, memo *xray.Memo) (Run, bool) {
	if x.Known && x.Found == nil && !x.Ended && !x.Anew {
		return Run{}, false
	}
	r := Run{Path: x.Path, Key: x.Key, Default: x.Default, Known: x.Known,
		Before: memo.Before(x), After: memo.After(x), Marks: map[string]xray.Mark{},
		Saved: x.Committed != nil, Ended: x.Ended,
		Refused: x.Refused != "", KeyError: strings.HasPrefix(x.Refused, "KeyError"),
		Returned: x.Returned, None: x.Returned != nil && *x.Returned == python.Str(nil) && !x.Typed,
		Record: x}
	for _, c := range xray.Diff(r.Before, r.After) {
		r.Marks[c.Key] = c.Mark
	}
	if r.Before != nil {
		r.EndBefore = memo.End(x.Found)
	}
	return r, true
}
