package handlers

import (
	"net/http"
	"slices"

	"sessionlab/handlers/python"
	"sessionlab/handlers/scenario"
	"sessionlab/handlers/xray"
)

// This file is what a run of an experiment with several browsers found out, and how cards and pages read it.

// ran is what a run of an experiment with several browsers found out.
type ran struct {
	Choice string `json:",omitempty"` // what was chosen for it, such as a cure; each has its own last run
	Events []scenario.Event
	Bench  []*xray.Exchange `json:",omitempty"` // the same by SCS as it comes
	Lines  []scsLine        `json:",omitempty"` // what else was found out
}

// ranBy is what a run of the card found out; nil in any other exchange.
func ranBy(x *xray.Exchange, card string) *ran {
	var r ran
	if x == nil || !x.Detail.Decode(card, &r) {
		return nil
	}
	return &r
}

// steps is how many things r tells of, on the lab and on the bench: what bounds how much is kept.
func (r *ran) steps() int {
	if r == nil {
		return 0
	}
	return len(r.Events) + len(r.Bench)
}

// first is the first request of the browser of that name to that path; nil for none.
func (r *ran) first(name, path string) *scenario.Event {
	if r == nil {
		return nil
	}
	for i := range r.Events {
		if e := &r.Events[i]; isRequest(*e, name, path) {
			return e
		}
	}
	return nil
}

// last is the last request of the browser of that name to that path; nil for none.
func (r *ran) last(name, path string) *scenario.Event {
	if r == nil {
		return nil
	}
	for i := range slices.Backward(r.Events) {
		if e := &r.Events[i]; isRequest(*e, name, path) {
			return e
		}
	}
	return nil
}

// isRequest reports whether e is a request of the browser of that name to that path, and not done by hand.
func isRequest(e scenario.Event, name, path string) bool {
	return e.Name == name && e.Exchange != nil && e.Exchange.Path == path
}

// to are the requests of r to path, whoever sent them.
func (r *ran) to(path string) (events []scenario.Event) {
	if r == nil {
		return nil
	}
	for _, e := range r.Events {
		if e.Exchange != nil && e.Exchange.Path == path {
			events = append(events, e)
		}
	}
	return events
}

// exchangesOf are the records of events. What was done by hand has none.
func exchangesOf(events []scenario.Event) (list []*xray.Exchange) {
	for _, e := range events {
		if e.Exchange != nil {
			list = append(list, e.Exchange)
		}
	}
	return list
}

// readOf is what a request returned; "" for nothing, and for what is not there.
func readOf(e *scenario.Event) string {
	if e == nil || e.Exchange.Returned == nil {
		return ""
	}
	x := e.Exchange
	if !x.Typed && *x.Returned == python.Str(nil) {
		return ""
	}
	return *x.Returned
}

// sessionsBegun is how many sessions the requests of r have begun, each under an ID of its own.
func (r *ran) sessionsBegun() int {
	begun := map[string]bool{}
	for _, x := range exchangesOf(r.Events) {
		if x.Committed != nil && !x.Known {
			begun[x.Token] = true
		}
	}
	return len(begun)
}

// limitMet reports whether a limit of the lab has refused one of list: then it says nothing of sessions.
func limitMet(list []*xray.Exchange) bool {
	return slices.ContainsFunc(list, func(x *xray.Exchange) bool {
		return x.Status == http.StatusTooManyRequests || x.Status == http.StatusServiceUnavailable ||
			x.Status == http.StatusInsufficientStorage
	})
}

// slim takes out of a run what is too large to be kept: session data and long answers.
func (r *ran) slim() {
	const mostData, mostText = 4 << 10, 200
	for _, x := range slices.Concat(exchangesOf(r.Events), r.Bench) {
		if len(x.Found)+len(x.Committed)+len(x.Unsaved) > mostData {
			x.Found, x.Committed, x.Unsaved = nil, nil, nil
		}
		if x.Returned != nil {
			if text := []rune(*x.Returned); len(text) > mostText {
				cut := string(text[:mostText]) + "…"
				x.Returned = &cut
			}
		}
	}
}
