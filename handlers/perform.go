package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/xray"
)

// operation changes the session of ctx as Django's operation of that name would. It gets a form
// that was read before the session was loaded, so that a slow upload cannot undo what another
// tab wrote meanwhile. On an error nothing is saved.
type operation func(ctx context.Context, form url.Values) error

// perform adapts an operation to POST: read the form, load the session, operate, save, file the
// exchange, and send the browser to page, where the exchange is shown (status 303, so that a
// reload does not repeat the operation).
func (l *Lab) perform(page string, op operation) http.HandlerFunc {
	return l.performIn(l.saving, page, op)
}

// performIn is perform with turns of its own, for an operation that takes more than others.
func (l *Lab) performIn(turns *limits.Turns, page string, op operation) http.HandlerFunc {
	name := funcName(op)
	return l.answering(turns, page, func(r *http.Request, x *xray.Exchange, form url.Values, unread error) (
		*http.Cookie, error,
	) {
		return l.run(r, x, name, op, form, unread)
	})
}

// running does what a form asks for, and returns the cookie to send, on an error too. unread is why the form
// could not be read; nil where it was.
type running func(r *http.Request, x *xray.Exchange, form url.Values, unread error) (*http.Cookie, error)

// answering is a POST that run does: all of it but the session's part.
func (l *Lab) answering(turns *limits.Turns, page string, run running) http.HandlerFunc {
	next := func(w http.ResponseWriter, r *http.Request, form url.Values, unread error) {
		x := l.record(r, form)
		location := returnTo(form, page, x)
		x.Foresee(http.StatusSeeOther, location)
		cookie, err := run(r, x, form, unread)
		l.startAnswer(w)
		if err != nil {
			l.refuse(w, r, x, form, cookie, err)
			return
		}
		x.Close(http.StatusSeeOther, location, cookie, l.now())
		book := l.turnPage(r, x, form)
		l.file(r, x)
		for _, c := range append([]*http.Cookie{cookie, book}, x.Also...) {
			if c != nil {
				http.SetCookie(w, c)
			}
		}
		http.Redirect(w, r, location, http.StatusSeeOther)
	}
	return l.receive(turns, l.failRead, next)
}

// withForm answers a request whose form was read. err is why it could not be, or why the request is refused.
type withForm func(w http.ResponseWriter, r *http.Request, form url.Values, err error)

// receive adapts next to POST: it is called with the form, once the request has its turn. Who gets no turn is
// answered by refuse.
func (l *Lab) receive(turns *limits.Turns, refuse, next withForm) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		leaveRoom, err := l.roomForBody(r)
		if err != nil {
			l.fail(w, r, err)
			return
		}
		defer leaveRoom()
		form, unread := l.readForm(w, r)
		leave, err := enter(r, turns) // only now: a slow sender holds up nobody
		if err != nil {
			refuse(w, r, form, err)
			return
		}
		r = withTurn(r, leave)
		defer leaveTurn(r)
		if err := l.takeLarge(r.Context(), int(r.ContentLength)); err != nil {
			refuse(w, r, form, err)
			return
		}
		next(w, r, form, unread)
	}
}

// newExchange begins the record of r.
func (l *Lab) newExchange(r *http.Request) *xray.Exchange {
	return xray.NewExchange(r, l.settings.CookieName, l.settings.notebookName(), l.now())
}

// record begins the record of a form.
func (l *Lab) record(r *http.Request, form url.Values) *xray.Exchange {
	x := l.newExchange(r)
	x.Guess = guess(form)
	x.Key, x.Default = asked(form)
	x.Card, x.Prepares = purpose(r.URL.Path, form)
	x.Follows = follows(form)
	return x
}

// returnTo is where x is shown: in the card that it belongs to, or on the page that the form names in its
// field then, as Start over does, or on the operation's own.
func returnTo(form url.Values, page string, x *xray.Exchange) string {
	exchange := "?exchange=" + x.ID
	if _, lesson, err := cardNamed(x.Card); err == nil {
		if pageOf(page) != lesson.Path { // a lesson's own operation may lead to it by another address
			page = lesson.Path
		}
		return page + exchange + "#" + x.Card
	}
	return cmp.Or(pageNamed(form.Get("then")), page) + exchange
}

// run loads, operates and saves, and returns the cookie to send, on an error too. A form that could not be
// read is refused after loading: the record then tells what session it was for.
func (l *Lab) run(
	r *http.Request, x *xray.Exchange, name string, op operation, form url.Values, unread error,
) (*http.Cookie, error) {
	ctx, err := l.load(r, x)
	if unread != nil || err != nil {
		return l.staleCookie(ctx, x), cmp.Or(unread, err)
	}
	if err := x.Run(name, func() error { return op(ctx, form) }); err != nil {
		return l.staleCookie(ctx, x), err
	}
	return l.save(ctx, x)
}
