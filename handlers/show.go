package handlers

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"

	"sessionlab/handlers/notebook"
	"sessionlab/handlers/scenario"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// reading computes a page's own data from the loaded session. It must not change the session.
// The panel and the result are filled in afterwards, from what was recorded.
type reading func(ctx context.Context, p *page) (any, error)

// drawn is the data of a page that draws requests itself: its own one, or what came before it. draw fills
// that in, once the record of the page's own request is complete. history are the session's, the latest
// first.
type drawn interface {
	draw(given view.Given, request *xray.Exchange, history []*xray.Exchange)
}

// show adapts a reading page to GET: load the session, ask for the page's data, render. Nothing is
// saved; the only cookie that a GET ever sends is the deletion of one that points to nothing. A page
// without data of its own has no reading.
func (l *Lab) show(name string, data reading) http.HandlerFunc {
	lesson := lessonNamed(name)
	l.readings[name] = data
	return l.reads(func(w http.ResponseWriter, r *http.Request) {
		x := l.newExchange(r)
		x.Guess = guess(r.URL.Query())
		x.Card, x.Prepares = purpose(r.URL.Path, r.URL.Query())
		p := l.newPage(r, lesson.Title, lesson)
		own, cookie, err := l.read(r, x, p, data)
		if err != nil {
			l.refuse(w, r, x, r.URL.Query(), cookie, err)
			return
		}
		if err := l.look(r, p, x); err != nil {
			l.fail(w, r, err) // the exchange itself went well, and is filed
			return
		}
		if d, ok := own.(drawn); ok {
			d.draw(l.given(), x, p.history)
		}
		l.render(w, r, http.StatusOK, name, own, cookie)
	})
}

// read loads the session, runs the page's own function and files the exchange, all before a byte is
// written. It returns the page's own data, and the cookie to send, on an error too.
func (l *Lab) read(r *http.Request, x *xray.Exchange, p *page, data reading) (any, *http.Cookie, error) {
	ctx, err := l.load(r, x)
	if err != nil {
		return nil, nil, err
	}
	if _, err := parseFields(r.URL.RawQuery); err != nil {
		return nil, l.staleCookie(ctx, x), err
	}
	var own any = p
	if data == nil {
		x.Rendered(p.Lesson.Name + ".html")
	} else if err = x.Run(funcName(data), func() (err error) {
		own, err = data(ctx, p)
		return err
	}); err != nil {
		return nil, l.staleCookie(ctx, x), err
	}
	cookie, err := l.save(ctx, x)
	if err != nil {
		return nil, cookie, err
	}
	x.Close(http.StatusOK, "", cookie, l.now())
	l.file(r, x)
	p.loaded = maps.Collect(l.values(ctx))
	return own, cookie, nil
}

// funcName is the name of a method in the source: (*Lab).setExpiry-fm is setExpiry. The diagram names the
// function that ran, and a name that is written beside the function could be another's.
func funcName(f any) string {
	name := runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()
	return strings.TrimSuffix(name[strings.LastIndex(name, ".")+1:], "-fm")
}

// look completes a page from the record: the panel as of now, and the result of the exchange that is
// on view. That is the one named by ?exchange=, if this visitor made it, and x otherwise.
func (l *Lab) look(r *http.Request, p *page, x *xray.Exchange) error {
	token, came := xray.LastCookie(r, l.settings.CookieName)
	dead := token
	if x.Token != "" {
		dead = ""
	}
	browser, err := l.browser(r, came, dead)
	if err != nil {
		return err
	}
	owner := x.Token
	outlived := owner == "" && browser.Expired != nil && p.Lesson != nil && p.Lesson.OutlivesSession
	if outlived {
		owner = l.nameOf(browser.Expired, dead)
	}
	if p.Lesson != nil && (p.Lesson.Scenes || p.Lesson.WithB) {
		p.sheet = l.readSheet(r)
	}
	shown, onPanel, err := l.onView(r, p, x, owner)
	if err != nil {
		return err
	}
	memo := &xray.Memo{Codec: xray.Codec}
	if len(p.loaded) > 0 { // damaged data was loaded as an empty session, which it is not
		memo.Know(x.Found, p.loaded)
	}
	snapshot, err := xray.Look(r.Context(), l.engine, memo, cmp.Or(x.Token, token), l.now())
	if err != nil {
		return err
	}
	if outlived {
		p.past = browser.Expired.History
	} else if p.history, err = l.past(r.Context(), owner); err != nil {
		return err
	} else {
		p.past = p.sheet.with(p.history)
	}
	p.own, p.shown = x, shown
	p.Panel = l.given().Panel(snapshot, memo, onPanel, p.history, browser)
	now := newNow(l.now(), snapshot, browser)
	now.Rows, now.Clock = p.table, p.clock
	return l.stage(p, now, memo)
}

// onView is the exchange that the page is about: x, its own, or the one in its address, which is that of the
// session of owner or a run in the notebook. The panel shows no run: that is of no session.
func (l *Lab) onView(r *http.Request, p *page, x *xray.Exchange, owner string) (
	shown, onPanel *xray.Exchange, err error,
) {
	id := p.Query.Get("exchange")
	if id == "" {
		return x, x, nil
	}
	if run := p.sheet.run(id); run != nil {
		return run, x, nil
	}
	found, err := l.history.Get(r.Context(), id, owner)
	if p.Lost = found == nil; found != nil {
		return found, found, err
	}
	return x, x, err
}

// nameOf is what the exchanges of an expired session are found by. dead is the cookie of it that came; "" for
// none. Where the cookie is the session, a notebook does not know its name.
func (l *Lab) nameOf(e *view.Expired, dead string) string {
	if l.engine.Kind().InCookie {
		return dead
	}
	return e.ID
}

// past is what is kept of the session of token, the latest first, and the one exchange before it that its
// first form named: that was made without a session, so whoever knows its ID may see it.
func (l *Lab) past(ctx context.Context, token string) ([]*xray.Exchange, error) {
	history, err := l.history.Of(ctx, token)
	i := slices.IndexFunc(history, func(x *xray.Exchange) bool { return x.Follows != "" && !x.Known })
	if i < 0 || err != nil {
		return history, err
	}
	before, err := l.history.Get(ctx, history[i].Follows, "")
	if before == nil || err != nil || before.At.After(history[i].At) {
		return history, err
	}
	return append(slices.Clone(history), before), nil
}

// newNow is the session as a page found it.
func newNow(at time.Time, s xray.Snapshot, browser view.Browser) Now {
	now := Now{At: at, Exists: s.Row != nil, Values: s.Values}
	if s.Row != nil {
		now.Ends = s.Row.Expiry
	}
	switch {
	case browser.Expired != nil:
		now.Ended = browser.Expired.Ended
	case s.Lying != nil:
		now.Ended = s.Lying.Expiry
	}
	return now
}

// file keeps a completed exchange, and writes into the browser's notebook what it did to the session. It
// comes before the history has taken from the exchange what nobody may keep.
func (l *Lab) file(r *http.Request, x *xray.Exchange) {
	if id := l.notebookID(r); id != "" && x.SetCookie != nil {
		ctx := r.Context()
		l.missed(ctx, l.notebooks.Update(ctx, id, func(n *notebook.Notebook) { l.note(n, x) }))
	}
	if t := scenario.Of(r.Context()); t != nil {
		t.Leave(x)
	}
	if err := l.history.Add(r.Context(), x); err != nil {
		l.log.Warn("an exchange is not kept for other copies", "err", err)
	}
}
