package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/notebook"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// This file is the notebook of the person at the browser, and the only writer of its cookie. No lesson needs
// it, and no session has anything of it. A browser gets one when an experiment starts whose end it will not
// see otherwise, so that a first visit still has no cookie at all.

// notebookName is the name of the notebook's cookie. It is never that of the session's, and protected by the
// prefix __Host- where that is.
func (s Settings) notebookName() string {
	prefix := ""
	if s.Secure {
		prefix = CookiePrefix(s.CookieName, "__Host-")
	}
	if name := prefix + "notebook"; name != s.CookieName {
		return name
	}
	return prefix + "lab-notebook"
}

// notebookCookie keeps the ID of a notebook in the browser until it closes; "" deletes it.
func (l *Lab) notebookCookie(id string) *http.Cookie {
	c := &http.Cookie{Name: l.settings.notebookName(), Value: id, Path: "/", HttpOnly: true,
		Secure: l.settings.Secure, SameSite: http.SameSiteLaxMode}
	if id == "" {
		c.MaxAge, c.Expires = -1, time.Unix(0, 0)
	}
	return c
}

// notebookID is what the notebook's cookie holds, "" without one. It may be anything.
func (l *Lab) notebookID(r *http.Request) string {
	if id, ok := r.Context().Value(bookKey{}).(string); ok {
		return id
	}
	id, _ := xray.LastCookie(r, l.settings.notebookName())
	return id
}

type bookKey struct{}

// openBook returns r with a notebook: the one that its cookie names, or a new one, whose cookie is to be sent
// then. The error says that there can be none.
func (l *Lab) openBook(r *http.Request) (*http.Request, *http.Cookie, error) {
	id := l.notebookID(r)
	_, known, err := l.notebooks.Read(r.Context(), id)
	if known || err != nil {
		return r, nil, err
	}
	if id, err = l.beginBook(r, notebook.Notebook{}); err != nil {
		return r, nil, err
	}
	return r.WithContext(context.WithValue(r.Context(), bookKey{}, id)), l.notebookCookie(id), nil
}

// beginBook keeps n as a new notebook for the visitor who sent r, and returns its ID. Who leaves the cookie
// out each time would push out those of all others.
func (l *Lab) beginBook(r *http.Request, n notebook.Notebook) (id string, err error) {
	if err := l.room.Admit(limits.Address(r), limits.Growth{Notebooks: 1}); err != nil {
		return "", err
	}
	return l.notebooks.Begin(r.Context(), n)
}

// turnPage begins a notebook after an operation that needs one, where there is none, or forgets it where the
// visitor starts over. It returns the cookie to send after that of the session; nil for none.
func (l *Lab) turnPage(r *http.Request, x *xray.Exchange, form url.Values) *http.Cookie {
	ctx := r.Context()
	id := l.notebookID(r)
	if startsOver(x, form) {
		if _, came := xray.LastCookie(r, l.settings.notebookName()); came == 0 {
			return nil
		}
		l.missed(ctx, l.notebooks.Forget(ctx, id))
		return l.notebookCookie("")
	}
	if !needsNotebook(x, form) {
		return nil
	}
	clock := clockIn(x)
	_, known, err := l.notebooks.Read(ctx, id)
	if known && clock != nil {
		err = l.notebooks.Update(ctx, id, func(n *notebook.Notebook) { n.Clock = clock })
	}
	if l.missed(ctx, err) || known {
		return nil
	}
	n := notebook.Notebook{Clock: clock}
	if x.SetCookie != nil {
		l.note(&n, x)
	}
	if id, err = l.beginBook(r, n); l.missed(ctx, err) {
		return nil
	}
	return l.notebookCookie(id)
}

// startsOver reports whether the form is that of Start over, which stands in the list of lessons. The lesson
// on flush has a form of its own, which ends the session and nothing else.
func startsOver(x *xray.Exchange, form url.Values) bool {
	return x.Path == "/flush" && form.Get("notebook") == "forget"
}

// needsNotebook reports whether x is an experiment that gave a session an end to wait for, or began one
// beside the visitor's.
func needsNotebook(x *xray.Exchange, form url.Values) bool {
	if clockIn(x) != nil {
		return true
	}
	seconds, _ := strconv.Atoi(form.Get("seconds"))
	return x.Path == "/expiry" && (form.Has("at") || seconds > 0)
}

// note writes into n what x, whose answer has a session cookie, did to the session that the browser holds: it
// was saved, perhaps under another ID; or it was ended; or its cookie came and named nothing any more.
func (l *Lab) note(n *notebook.Notebook, x *xray.Exchange) {
	switch s := &n.Session; {
	case x.SetCookie.MaxAge >= 0:
		*s = notebook.Session{ID: l.noted(x.Token), Ends: x.Deadline.UTC(), AtClose: x.SetCookie.MaxAge == 0}
	case x.Ended:
		*s = notebook.Session{}
	case s.ID != l.noted(x.Sent):
	case s.Ends.After(l.now()): // somebody else ended it
		*s = notebook.Session{}
	default:
		s.Told = true
	}
}

// noted is how a notebook names a session. Where the cookie is the session it is masked, so that the server
// keeps nothing of it.
func (l *Lab) noted(token string) string {
	if l.engine.Kind().InCookie {
		return xray.Mask(token)
	}
	return token
}

// browser is what the panel knows of the browser that sent r, with came session cookies: also of the session
// that it held last, if that has expired. Then no cookie came, or still the one of that session, dead, which
// the answer has the browser drop; dead is "" where it is not known to name nothing.
func (l *Lab) browser(r *http.Request, came int, dead string) (view.Browser, error) {
	b := view.Browser{Came: came}
	id := l.notebookID(r)
	if came > 0 && dead == "" || id == "" {
		return b, nil
	}
	n, ok, err := l.notebooks.Read(r.Context(), id)
	s := n.Session
	if l.missed(r.Context(), err) || !ok || s.ID == "" || s.Ends.After(l.now()) ||
		came > 0 && s.ID != l.noted(dead) {
		return b, nil
	}
	e := &view.Expired{ID: s.ID, Ended: s.Ends, AtClose: s.AtClose, Told: s.Told}
	if !l.engine.Kind().InCookie {
		found, err := xray.Look(r.Context(), l.engine, brief{xray.Codec}, s.ID, l.now())
		if err != nil || found.Row != nil { // another browser keeps it alive, and this one has lost it
			return b, err
		}
		e.Lying = found.Lying
	}
	b.Expired = e
	e.History, err = l.past(r.Context(), l.nameOf(e, dead))
	return b, err
}

// missed reports whether a notebook could not be read or written. That is a line in the log and nothing more:
// no lesson needs one.
func (l *Lab) missed(ctx context.Context, err error) bool {
	if err != nil && ctx.Err() == nil {
		l.log.Warn("notebook", "err", err)
	}
	return err != nil
}
