package handlers

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// setExpiry is Django's session.set_expiry(value): seconds counted from each save, 0
// for a cookie that ends with the browser, None for the default, or a fixed moment. It
// only stores the wish; save computes the deadline. SCS has nothing like it for one
// session.
func (l *Lab) setExpiry(ctx context.Context, form url.Values) error {
	value, err := l.wishedExpiry(form)
	if err != nil {
		return err
	}
	l.keepExpiry(ctx, value)
	return nil
}

// keepExpiry stores what set_expiry was given under its key; nil for None, which takes
// it away.
func (l *Lab) keepExpiry(ctx context.Context, value any) {
	if value == nil {
		l.sessions.Remove(ctx, expiryKey)
		return
	}
	l.sessions.Put(ctx, expiryKey, value)
}

// wishedExpiry is what a form gives to set_expiry: a number of seconds, nil for None, which is an empty
// field, or a moment as it is kept. An error says what was wrong.
func (l *Lab) wishedExpiry(form url.Values) (any, error) {
	if form.Has("at") {
		at, err := parseTime(form.Get("at"))
		at = at.Truncate(time.Microsecond) // as exact as Python's datetime
		if left := at.Sub(l.now()); err != nil || left <= 0 || left > limits.MaxAge {
			return nil, badInput("No such moment", "The field `at` is a moment in the future, at most one year "+
				"away, such as %s. Django also takes a moment in the past: the session is then born expired.",
				l.now().Add(time.Hour).UTC().Format(time.RFC3339))
		}
		return momentText(at), nil
	}
	if !form.Has("seconds") {
		return nil, badInput("No expiry", "The form needs `seconds`, which may be empty for the default, or `at`.")
	}
	text := form.Get("seconds")
	if text == "" {
		return nil, nil
	}
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 0 || seconds > int(limits.MaxAge.Seconds()) {
		return nil, badInput("No such expiry", "The field `seconds` is a whole number from 0 to %d, which is one "+
			"year. Django also takes negative numbers: the session is then born expired.",
			int(limits.MaxAge.Seconds()))
	}
	return seconds, nil
}

// expiryPageData is the data of expiry.html: what the four getters of the notes answer, and how the session's
// life went.
type expiryPageData struct {
	*page
	CookieAge      int
	Age            int
	Date           time.Time
	AtBrowserClose bool
	Soon           time.Time    // a moment to begin with in the form for a fixed one
	Other          *view.Result // of the exchange on view, if it is a set_expiry of no card

	given view.Given
}

// expiryPage calls the four getters. With ?ask= it runs one of them by itself, so that the exchange
// has its answer and nothing else.
func (l *Lab) expiryPage(ctx context.Context, p *page) (any, error) {
	if p.Query.Has("ask") {
		if err := l.ask(ctx, p.Query.Get("ask")); err != nil {
			return nil, err
		}
	}
	return &expiryPageData{
		page:           p,
		CookieAge:      l.getSessionCookieAge(),
		Age:            l.getExpiryAge(ctx),
		Date:           l.printedDate(ctx),
		AtBrowserClose: l.expireAtBrowserClose(ctx),
		Soon:           l.now().Add(2 * time.Minute).Truncate(time.Minute),
	}, nil
}

// draw is that of [drawn].
func (d *expiryPageData) draw(given view.Given, _ *xray.Exchange, _ []*xray.Exchange) {
	d.given = given
	if x := d.shown; x.Card == "" && x.Path == d.Lesson.Path && x.Method == http.MethodPost {
		d.Other = given.Result(x, &xray.Memo{Codec: xray.Codec})
	}
}

// Line is the life of the session that c ran on, from the set_expiry before it to the run; and to now, if
// nothing has been saved since.
func (d *expiryPageData) Line(c *shownCard) template.HTML {
	if c.Run == nil || c.Run.Refused {
		return ""
	}
	list := []*xray.Exchange{c.Run.Record}
	for _, x := range c.Run.Earlier {
		list = append(list, x)
		if x.Committed != nil && x.Path == d.Lesson.Path {
			break
		}
	}
	later := slices.ContainsFunc(d.past, func(x *xray.Exchange) bool {
		return x.Committed != nil && x.At.After(c.Run.Record.At)
	})
	return d.given.Timeline(list, &xray.Memo{Codec: xray.Codec}, c.Run.Expired, !later).HTML()
}

// callOf is what a request called that saved a session of these values, in a word or two.
func callOf(path string, values map[string]any) string {
	lesson := lessonAt(path)
	switch {
	case lesson == nil:
		return path
	case lesson != expiryLesson:
		return lesson.Short
	}
	switch custom := values[expiryKey].(type) {
	case nil:
		return "set_expiry(None)"
	case int:
		return fmt.Sprintf("set_expiry(%d)", custom)
	}
	return "set_expiry(datetime)"
}

// ask runs the getter with that Python name and notes its answer as the result.
func (l *Lab) ask(ctx context.Context, call string) error {
	run := func(name string, getter func() any) error {
		return xray.From(ctx).Run(name, func() error {
			returns(ctx, getter())
			return nil
		})
	}
	switch call {
	case "get_session_cookie_age":
		return run("getSessionCookieAge", func() any { return l.getSessionCookieAge() })
	case "get_expiry_age":
		return run("getExpiryAge", func() any { return l.getExpiryAge(ctx) })
	case "get_expiry_date":
		return run("expiryDate", func() any { return l.printedDate(ctx) })
	case "get_expire_at_browser_close":
		return run("expireAtBrowserClose", func() any { return l.expireAtBrowserClose(ctx) })
	}
	return badInput("No such getter", "The field `ask` is `get_session_cookie_age`, `get_expiry_age`, "+
		"`get_expiry_date` or `get_expire_at_browser_close`.")
}

// printedDate is expiryDate for a page. An end that moves with the clock is printed to the second; a fixed
// moment as it was given.
func (l *Lab) printedDate(ctx context.Context) time.Time {
	date := l.expiryDate(ctx).UTC()
	if _, fixed := l.sessions.Get(ctx, expiryKey).(string); fixed {
		return date
	}
	return date.Truncate(time.Second)
}

// RowEnds is the end that the row really has, as the getters write a time; "" without a row. It comes
// from the panel, which read it from the store.
func (d expiryPageData) RowEnds() string {
	if d.Panel == nil || !d.Panel.Clock.Runs {
		return ""
	}
	return time.UnixMilli(d.Panel.Clock.EndMS).UTC().Format(time.RFC3339)
}

var expiryLesson = &Lesson{
	Group: "Ending", Name: "expiry", Short: "Expiry",
	Title: "Set the expiry", Call: "set_expiry()",
	Django: `request.session.set_expiry(10)     # 10 s after the last save
request.session.set_expiry(0)      # when the browser closes
request.session.set_expiry(None)   # back to SESSION_COOKIE_AGE

request.session.get_session_cookie_age()
request.session.get_expiry_age()
request.session.get_expiry_date()
request.session.get_expire_at_browser_close()`,
	Funcs: []string{"setExpiry", "keepExpiry", "expiryFrom", "getExpiryAge", "expiryDate"},
	Curl: []string{
		"-d seconds=10 BASE/expiry",
		"-s BASE/expiry | grep -o '<output.*/output>'",
	},
	OutlivesSession: true,
	Effects: []Effect{
		{Call: "session.set_expiry(n)",
			Values: Cell{Text: "_session_expiry"}, Row: Cell{Text: "ends n s after each save"},
			Token: Cell{"same", "same"}, Cookie: Cell{"Max-Age=n", "new"}},
		{Call: "session.set_expiry(0)",
			Values: Cell{Text: "_session_expiry"}, Row: Cell{Text: "ends after the default age"},
			Token: Cell{"same", "same"}, Cookie: Cell{"no Max-Age", "new"}},
	},

	Cards: []Card{readCard, storeCard, closeCard, getterCard},
}
