package handlers

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// This file answers an experiment with several browsers that was refused. Whatever the reason is, it is said
// in the card that was pressed, and nothing of it is kept: the next page shows the card's last run again.

// failScene is refuseScene for what did not even begin.
func (l *Lab) failScene(w http.ResponseWriter, r *http.Request, form url.Values, err error) {
	l.refuseScene(w, r, l.recordScene(r, form), form, err)
}

// refuseScene answers with the lesson of x, if it can, or else with the error's page. The card shows x, which
// is of no session.
func (l *Lab) refuseScene(
	w http.ResponseWriter, r *http.Request, x *xray.Exchange, form url.Values, err error,
) {
	e := asPage(err)
	x.Refused = e.title
	x.Close(e.status, "", nil, l.now())
	x.Untouched = true
	l.announce(w, r, err)
	// The lesson's page would do again what there was no room for, or what is broken, or for nobody.
	alone := e == busyLarge || e.status == http.StatusInternalServerError || e.status == statusClientGone
	if p := l.refusedPage(r, x, form); p == nil || alone || !l.refuseOnPage(w, r, p, e) {
		l.showError(w, r, nil, form, err)
	}
}

// refuseOnPage answers with the page p, if it can. The panel shows how the session was read for that.
func (l *Lab) refuseOnPage(w http.ResponseWriter, r *http.Request, p *page, e *pageError) bool {
	r, leave := l.turnForPage(r)
	if leave == nil {
		return false
	}
	defer leave()
	p.problem = e
	x := l.newExchange(r)
	own, err := l.readAgain(r, x, p)
	if err != nil {
		return false
	}
	x.Rendered(p.Lesson.Name + ".html")
	x.Close(e.status, "", nil, l.now())
	return l.answerInCard(w, r, x, p, own, nil)
}

// turnForPage gives r a turn to make a page, where it has none; leave is nil where there is none for it.
func (l *Lab) turnForPage(r *http.Request) (_ *http.Request, leave func()) {
	if _, ok := r.Context().Value(turnKey{}).(*turn); ok {
		return r, func() {}
	}
	leave, err := enter(r, l.reading)
	if err != nil {
		return r, nil
	}
	r = withTurn(r, leave)
	return r, func() { leaveTurn(r) }
}

// refusedPage is the page on which x is said to be refused; nil where it is of no card.
func (l *Lab) refusedPage(r *http.Request, x *xray.Exchange, form url.Values) *page {
	beside := cardBeside(x.Path)
	if beside != nil {
		x.Card = beside.ID
	}
	_, lesson, err := cardNamed(x.Card)
	if err != nil {
		return nil
	}
	p := l.newPage(r, lesson.Title, lesson)
	p.Query, p.sent = url.Values{}, toFillIn(form)
	p.refused = &refusedScene{Exchange: x, beside: beside != nil}
	if beside != nil {
		token, _ := xray.LastCookie(r, l.settings.CookieName)
		run, err := l.followed(r.Context(), form, token, beside)
		if err == nil && run != nil { // or else the card shows its last run
			p.Query.Set("exchange", run.ID)
		}
	}
	return p
}

// refusedScene is an experiment that was refused.
type refusedScene struct {
	*xray.Exchange
	beside bool // it was none of the card's runs, but something that follows one
}

// notDone is something that follows a run of a card, and was refused.
type notDone struct {
	Place      string // where the visitor comes back to
	Title      string
	Left       string // what was changed
	Says, Next template.HTML
}

// refusal takes into the card what was refused in it, and returns its run: that, or the one before it where
// it is none of its runs.
func (c *shownCard) refusal(p *page, run *xray.Exchange) *xray.Exchange {
	if p.refused == nil || p.refused.Card != c.ID {
		return run
	}
	if run == nil || !p.refused.beside {
		return p.refused.Exchange
	}
	_, place, _ := strings.Cut(c.Card.Beside, "#")
	c.NotDone = &notDone{place, p.problem.title, p.problem.leaves(), view.Code(p.problem.text),
		view.Code(p.problem.next)}
	return run
}

// leaves is what a refused experiment has changed.
func (e *pageError) leaves() string { return cmp.Or(e.left, view.LeftBehind(nil)) }

// broke is what is told of an experiment that broke off with err; nil for nil. What its requests did until
// then is not undone.
func (s *scene) broke(err error) error {
	if err == nil {
		return nil
	}
	err = sceneError(err)
	for _, e := range s.Events() {
		if x := e.Exchange; x != nil && (x.Committed != nil || x.Ended || x.Cycled) {
			told := *asPage(err)
			told.left = "What was done before that stays done."
			return &told
		}
	}
	return err
}
