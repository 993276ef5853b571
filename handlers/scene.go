package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/notebook"
	"sessionlab/handlers/scenario"
	"sessionlab/handlers/xray"
)

// Experiments with several browsers: the visitor's, Browser B, and requests at the same time. What they send
// goes through the lab as any request does; see package scenario. Their own request touches no session.

// maySend is what they may send, and nothing else: no experiment starts another one.
var maySend = []string{
	"GET /flow", "POST /set", "GET /get", "POST /clear", "POST /flush", "POST /cycle-key", "POST /expiry",
	"POST /test-cookie/set", "POST /test-cookie/check", "POST /lost-update/add", "POST /late-request/slow",
	"POST /double-submit/form", "POST /double-submit/pay",
}

// scene is one run of an experiment.
type scene struct {
	*scenario.Scene
	context.Context
	a    *scenario.Browser // sends what the lab sends with the visitor's cookie
	kept *sheet
	ran  ran
	// place is where on the page the visitor comes back to, of what is no run of a card; "" for a run.
	place string
	// follows is the card whose run, in ran.Choice, is to be shown on; "" for a run of a card.
	follows string
}

// experiment is what a card with several browsers runs.
type experiment func(s *scene, form url.Values) error

// mostMoves is how many of the moves of two browsers are kept.
const mostMoves = 6

// newB is a Browser B with an empty jar.
func (s *scene) newB() *scenario.Browser { return s.Browser("B", xray.ByB, true) }

// plays adapts an experiment to POST: it has browsers send requests, and its run goes into the notebook of
// the visitor. What those requests did to the visitor's cookie, the answer does to the visitor's browser.
func (l *Lab) plays(page string, e experiment) http.HandlerFunc {
	name := funcName(e)
	next := func(w http.ResponseWriter, r *http.Request, form url.Values, unread error) {
		if unread != nil {
			l.failScene(w, r, form, unread)
			return
		}
		r, book, err := l.openBook(r)
		if err != nil {
			l.failScene(w, r, form, err)
			return
		}
		leave, err := l.enterLine(r)
		if err != nil {
			l.failScene(w, r, form, err)
			return
		}
		defer leave()
		leaveLarge(r)
		x := l.recordScene(r, form)
		x.Location = returnTo(form, page, x)
		cookie, err := l.play(r, x, name, e, form)
		l.startAnswer(w)
		for _, c := range []*http.Cookie{cookie, book} {
			if c != nil {
				http.SetCookie(w, c)
			}
		}
		if err != nil {
			l.refuseScene(w, r, x, form, err)
			return
		}
		http.Redirect(w, r, x.Location, http.StatusSeeOther)
	}
	return l.receive(l.scenes, l.failScene, next)
}

// recordScene begins the record of an experiment. Its card is that of the form, or of the address.
func (l *Lab) recordScene(r *http.Request, form url.Values) *xray.Exchange {
	x := l.record(r, form)
	if card := cardAt(r.URL.Path); x.Card == "" && card != nil {
		x.Card = card.ID
	}
	return x
}

// enterLine waits until no other experiment of the same notebook is at work.
func (l *Lab) enterLine(r *http.Request) (leave func(), err error) {
	ctx, cancel := context.WithTimeout(r.Context(), limits.WaitForTurn)
	defer cancel()
	leave, ok := l.queues.Enter(ctx, l.notebookID(r))
	if !ok {
		return nil, busyScenes
	}
	return leave, nil
}

// play runs e, keeps its run, and returns the session cookie that the visitor's browser is to get; nil for
// none.
func (l *Lab) play(
	r *http.Request, x *xray.Exchange, name string, e experiment, form url.Values,
) (*http.Cookie, error) {
	sc, err := l.scenery.Scene(r)
	if err != nil {
		return nil, sceneError(err)
	}
	sc.Apart = x.Sent
	s := &scene{Scene: sc, Context: r.Context(), kept: l.readSheet(r)}
	s.a = sc.Browser("A", xray.ByLab, true, l.sessionCookie(x)...)
	err = x.Run(name, func() error { return e(s, form) })
	l.noteScene(r, s)
	cookie := s.a.Sent()
	if err != nil {
		return cookie, s.broke(err)
	}
	s.ran.Events = sc.Events()
	s.ran.slim()
	if s.place != "" {
		x.Location = pageOf(x.Path) + "#" + s.place
		s.kept.Moves = append(s.kept.Moves, s.ran.Events...)
		s.kept.Moves = s.kept.Moves[max(0, len(s.kept.Moves)-mostMoves):]
		return cookie, s.broke(l.keepSheet(r, s.kept))
	}
	if s.follows != "" {
		x.Card = besides(s.follows)
		x.Location = pageOf(x.Path) + "?exchange=" + s.ran.Choice + "#" + x.Card
	}
	if err := x.SetDetail(x.Card, s.ran); err != nil {
		return cookie, s.broke(err)
	}
	x.Close(http.StatusSeeOther, x.Location, nil, l.now())
	s.kept.add(x, s.ran)
	return cookie, s.broke(l.keepSheet(r, s.kept))
}

// sessionCookie is the one that came with x, for a jar.
func (l *Lab) sessionCookie(x *xray.Exchange) []*http.Cookie {
	if x.Sent == "" {
		return nil
	}
	c := l.bareCookie()
	c.Value = x.Sent
	return []*http.Cookie{c}
}

// noteScene writes into the notebook what the requests sent for the visitor did to the session.
func (l *Lab) noteScene(r *http.Request, s *scene) {
	ctx := r.Context()
	l.missed(ctx, l.notebooks.Update(ctx, l.notebookID(r), func(n *notebook.Notebook) {
		for _, e := range s.Events() {
			if x := e.Exchange; x != nil && x.By == xray.ByLab && x.SetCookie != nil {
				l.note(n, x)
			}
		}
	}))
}

// sceneError is what the visitor is told of an experiment that could not be run. What has a page of its own,
// or no better one than any error, is told as it is.
func sceneError(err error) error {
	switch {
	case errors.Is(err, scenario.ErrBusy):
		return busyScenes
	case errors.Is(err, scenario.ErrUnreachable):
		return &pageError{status: http.StatusBadGateway, title: "Browser B could not reach the lab",
			text: "The lab sends the requests of this experiment to itself, and got no answer.",
			next: "Try it again. Everything else goes on.", cause: err}
	}
	return err
}
