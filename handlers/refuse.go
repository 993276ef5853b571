package handlers

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// refuse ends an exchange that went wrong: it is kept, marked with the error. What the visitor can mend is
// answered in the card that sent it, with its fields as they were; the rest has the error's page. cookie goes
// with it; nil for none.
func (l *Lab) refuse(
	w http.ResponseWriter, r *http.Request, x *xray.Exchange, form url.Values, cookie *http.Cookie, err error,
) {
	e := asPage(err)
	x.Refused, x.Raised = e.title, e.raised
	x.Close(e.status, "", cookie, l.now())
	if errors.Is(err, engine.ErrEnded) {
		x.Late()
	}
	l.file(r, x)
	if l.refuseInCard(w, r, x, form, cookie, e) {
		return
	}
	if cookie != nil {
		http.SetCookie(w, cookie)
	}
	l.announce(w, r, err)
	l.showError(w, r, x, form, err)
}

// refuseInCard answers with the lesson of the card that x was sent by, and reports whether it did. What is no
// fault of what was sent, or tells when to try again, is said on a page of its own.
func (l *Lab) refuseInCard(
	w http.ResponseWriter, r *http.Request, x *xray.Exchange, form url.Values, cookie *http.Cookie,
	e *pageError,
) bool {
	_, lesson, err := cardNamed(x.Card)
	mendable := e.raised || e.status >= 400 && e.status < statusClientGone && e.retry == 0 && e.cause == nil
	if err != nil || !mendable {
		return false
	}
	p := l.newPage(r, lesson.Title, lesson)
	p.Query, p.sent, p.problem = url.Values{}, toFillIn(form), e
	again := l.newExchange(r)
	own, err := l.readAgain(r, again, p)
	return err == nil && l.answerInCard(w, r, x, p, own, cookie)
}

// answerInCard answers with the page p and its own data, and with x on its panel.
func (l *Lab) answerInCard(
	w http.ResponseWriter, r *http.Request, x *xray.Exchange, p *page, own any, cookie *http.Cookie,
) bool {
	if l.look(r, p, x) != nil {
		return false
	}
	if d, ok := own.(drawn); ok {
		d.draw(l.given(), x, p.history)
	}
	l.render(w, r, p.problem.status, p.Lesson.Name, own, cookie)
	return true
}

// toFillIn is what of a refused form goes into its fields again: all but what nobody types.
func toFillIn(form url.Values) url.Values {
	const most = 6 << 10 // bytes of a field: a view with its line ends fits
	kept := url.Values{}
	for name, values := range form {
		if len(values[0]) <= most {
			kept[name] = values
		}
	}
	return kept
}

// readAgain is the lesson's page of a session that a refused request left as it was. It is loaded anew, since
// the operation may have changed its copy before it was refused; that is no part of the exchange on view.
func (l *Lab) readAgain(r *http.Request, x *xray.Exchange, p *page) (any, error) {
	ctx, err := l.load(r, x)
	if err != nil {
		return nil, err
	}
	p.loaded = maps.Collect(l.values(ctx))
	if data := l.readings[p.Lesson.Name]; data != nil {
		return data(ctx, p)
	}
	return p, nil
}

// passes reports whether the same request may be taken later: it was no fault of what was sent.
func (e *pageError) passes() bool {
	return e.status >= 500 || e.retry > 0 || errors.Is(e.cause, engine.ErrEnded)
}

// resent is a form that was sent, to be sent once more with one press.
type resent struct {
	To     string
	Fields []Field
}

// resend is the form that r brought; nil for none, and for one that would make the page too large.
func resend(r *http.Request, form url.Values) *resent {
	const most = 16 << 10
	if form == nil || r.Method != http.MethodPost {
		return nil
	}
	again, size := &resent{To: r.URL.Path}, 0
	if card, _ := purpose(r.URL.Path, form); card != "" && card != startOver {
		again.To += "#" + card
	}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, value := range form[name] {
			again.Fields = append(again.Fields, Field{name, value})
			if size += len(name) + len(value); size > most {
				return nil
			}
		}
	}
	return again
}
