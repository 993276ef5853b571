package handlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"sessionlab/handlers/python"
	"sessionlab/handlers/xray"
)

// ranView is what is kept of a run: the Detail of its exchange.
type ranView struct {
	Source  string
	Outcome *python.Outcome
}

// runView runs the Python in the field code as one request of a Django view: see [viewSession]. A view that
// raises answers 500, as Django does, and nothing is saved then.
func (l *Lab) runView(
	r *http.Request, x *xray.Exchange, form url.Values, unread error,
) (*http.Cookie, error) {
	session := &viewSession{lab: l, request: r, x: x}
	source := strings.ReplaceAll(form.Get("code"), "\r\n", "\n") // as a form sends it
	program, err := parseView(source, unread)
	if unread == nil {
		x.Card = cardOfView(source)
	}
	if err != nil {
		return nil, errors.Join(session.untouched(), err)
	}
	var outcome *python.Outcome
	err = x.Run("view", func() (err error) {
		outcome, err = program.Run(r.Context(), l.viewRequest(r, session), l.now)
		return err
	})
	if err != nil {
		cookie, _ := session.finish(true)
		return cookie, err
	}
	note(x, source, outcome)
	failure := answered(outcome)
	cookie, err := session.finish(failure != nil)
	if raised, ok := errors.AsType[*python.Raised](err); ok {
		outcome.Raised = raised.AtSave()
		note(x, source, outcome)
		return cookie, viewRaised(outcome.Raised)
	}
	if err != nil {
		return cookie, err
	}
	return cookie, failure
}

// parseView parses a view, or says why it is none.
func parseView(source string, unread error) (*python.Program, error) {
	switch {
	case unread != nil:
		return nil, unread
	case len(source) > python.MaxSource:
		return nil, tooLarge("A view has at most 4 KB, and this one has %d bytes.", len(source))
	case strings.TrimSpace(source) == "":
		return nil, notUnderstood("There is nothing to run: the view is empty.")
	}
	program, err := python.Parse(source)
	if unknown, ok := errors.AsType[*python.Unknown](err); ok {
		return nil, notUnderstood(unknown.Says)
	}
	return program, err
}

// notUnderstood refuses a view that Python, or this small part of it, does not know.
func notUnderstood(says string) error {
	return &pageError{status: http.StatusBadRequest, title: "It did not run", text: says,
		next: "Your text is still in the editor."}
}

// viewRequest is what the view gets.
func (l *Lab) viewRequest(r *http.Request, session *viewSession) python.Request {
	request := python.Request{Method: r.Method, Path: r.URL.Path, Session: session, GET: &python.Dict{},
		Cookies: &python.Dict{}}
	for name, values := range r.URL.Query() {
		_ = request.GET.Set(name, values[len(values)-1]) // text is always a key
	}
	for _, c := range r.Cookies() { // of several the last counts, as in Django
		_ = request.Cookies.Set(c.Name, c.Value)
	}
	return request
}

// note keeps the run in the record.
func note(x *xray.Exchange, source string, outcome *python.Outcome) {
	const most = 16 << 10 // bytes of the record
	run := ranView{source, outcome}
	for {
		b, err := json.Marshal(run)
		if err != nil || len(b) <= most || len(outcome.Events) == 0 {
			break
		}
		kept := len(outcome.Events) / 2
		outcome.More += len(outcome.Events) - kept
		outcome.Events = outcome.Events[:kept]
	}
	if outcome.Raised == nil && outcome.Over == "" {
		returned := outcome.Returned
		x.Returned, x.Typed = &returned, !outcome.Plain
	}
	// It is all text and numbers, so it can be encoded.
	_ = x.SetPrivateDetail("view", run, ranView{source, outcome.Bare()})
}

// answered is the error that a run ends with; nil for one whose session is to be saved.
func answered(o *python.Outcome) error {
	switch {
	case o.Raised != nil:
		return viewRaised(o.Raised)
	case o.Over != "":
		return &pageError{status: http.StatusBadRequest, title: "It was ended", text: o.Over,
			next: "Make it smaller, and run it again."}
	case o.Response != nil && o.Response.Status >= 500:
		return &pageError{status: o.Response.Status, raised: true,
			title: fmt.Sprintf("The view answered %d", o.Response.Status),
			text:  "After an answer from 500 on Django saves nothing. Until 4.1 that was so for 500 alone.",
			next:  "Change the status, and run it again."}
	}
	return nil
}

// viewRaised is the answer to an exception that nobody caught.
func viewRaised(f *python.Failure) error {
	return &pageError{status: http.StatusInternalServerError, raised: true, title: f.Says,
		text: "After an exception Django saves nothing and answers 500.",
		next: "Change the view, and run it again."}
}

// maxViewLines is how many lines have a number beside them.
const maxViewLines = 60
