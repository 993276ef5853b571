package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/xray"
)

// setExpiry is Django's session.set_expiry(value): seconds counted from each save, 0
// for a cookie that ends with the browser, None (an empty field) for the default, or a
// fixed moment. It only stores the wish; save computes the deadline. SCS has nothing
// like it for one session.
func (l *Lab) setExpiry(ctx context.Context, form url.Values) error {
	if form.Has("at") {
		at, err := parseTime(form.Get("at"))
		at = at.Truncate(time.Microsecond) // as exact as Python's datetime
		if left := at.Sub(l.now()); err != nil || left <= 0 || left > limits.MaxAge {
			return badInput("No such moment", "The field `at` is a moment in the "+
				"future, at most one year away, such as %s. "+
				"Django also takes a moment in the past: the session is then born "+
				"expired.",
				l.now().Add(time.Hour).UTC().Format(time.RFC3339))
		}
		l.sessions.Put(ctx, expiryKey, at.UTC().Format(momentLayout))
		return nil
	}
	if !form.Has("seconds") {
		return badInput("No expiry", "The form needs `seconds`, which may be empty "+
			"for the default, or `at`.")
	}
	text := form.Get("seconds")
	if text == "" {
		l.sessions.Remove(ctx, expiryKey)
		return nil
	}
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 0 || seconds > int(limits.MaxAge.Seconds()) {
		return badInput("No such expiry", "The field `seconds` is a whole number "+
			"from 0 to %d, which is one year. Django also takes negative numbers: "+
			"the session is then born expired.", int(limits.MaxAge.Seconds()))
	}
	l.sessions.Put(ctx, expiryKey, seconds)
	return nil
}

// expiryPageData is the data of expiry.html: what the four getters of the notes answer.
type expiryPageData struct {
	*page
	CookieAge      int
	Age            int
	Date           time.Time
	AtBrowserClose bool
	Soon           time.Time // a moment to begin with in the form for a fixed one
}

// expiryPage calls the four getters. With ?ask= it runs one of them by itself, so that the exchange
// has its answer and nothing else.
func (l *Lab) expiryPage(ctx context.Context, p *page) (any, error) {
	if p.Query.Has("ask") {
		if err := l.ask(ctx, p.Query.Get("ask")); err != nil {
			return nil, err
		}
	}
	return expiryPageData{
		page:           p,
		CookieAge:      l.getSessionCookieAge(),
		Age:            l.getExpiryAge(ctx),
		Date:           l.printedDate(ctx),
		AtBrowserClose: l.expireAtBrowserClose(ctx),
		Soon:           l.now().Add(2 * time.Minute).Truncate(time.Minute),
	}, nil
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
	Funcs: []string{
		"setExpiry", "expiryFrom",
		"getSessionCookieAge", "getExpiryAge", "expiryDate", "expireAtBrowserClose",
	},
	Curl: []string{
		"-d seconds=10 BASE/expiry",
		"-s BASE/expiry | grep -o '<output.*/output>'",
	},
	Effects: []Effect{
		{Call: "session.set_expiry(n)",
			Values: Cell{Text: "_session_expiry"}, Row: Cell{Text: "ends n s after each save"},
			Token: Cell{"same", "same"}, Cookie: Cell{"Max-Age=n", "new"}},
		{Call: "session.set_expiry(0)",
			Values: Cell{Text: "_session_expiry"}, Row: Cell{Text: "ends after the default age"},
			Token: Cell{"same", "same"}, Cookie: Cell{"no Max-Age", "new"}},
	},

	Cards: []Card{{
		ID: "expiry-read",
		Ask: "You call `set_expiry(10)`, and then only read the session, once every three seconds. What " +
			"does each read do to the end of the session?",
		Options: []Option{
			{"again", "It moves it: ten seconds start again with every read"},
			{"cookie", "It moves the end of the cookie, but not that of the row"},
			{"stays", "Nothing: the end stays ten seconds after `set_expiry`"},
			{"default", "It takes it back to the cookie age"},
		},
		Observe: readMovedTheEnd,
		Because: "A read marks nothing as modified, so nothing is saved and no cookie is sent. Go on " +
			"reading: after ten seconds the session is gone, however often you looked at it.",
	}, {
		ID:  "expiry-store",
		Ask: "You call `set_expiry(10)` and store a value eight seconds later. When does the session end?",
		Options: []Option{
			{"again", "Ten seconds after the value was stored"},
			{"first", "Two seconds later: ten seconds after `set_expiry`"},
			{"default", "When the cookie age has passed: the ten seconds were for one save"},
		},
		Observe: storeMovedTheEnd,
		Because: "The ten seconds are kept in the session, as `_session_expiry`, and count from each save. " +
			"Storing any value is a save.",
	}, {
		ID:  "expiry-close",
		Ask: "You call `set_expiry(0)`. When does the row in the store expire?",
		Options: []Option{
			{"closed", "When you close the browser"},
			{"now", "At once: zero seconds"},
			{"never", "Never"},
			{"age", "After the cookie age, as if nothing had been set"},
		},
		Observe: rowEndAtBrowserClose,
		Because: "Only the cookie lost its `Max-Age`. The server cannot see a browser close, so the row " +
			"gets an end like any other.",
		InCookie: wording{Ask: "You call `set_expiry(0)`. When does the server stop to take your cookie?",
			Because: "The cookie lost its `Max-Age`, so the browser forgets it when it closes. The server " +
				"cannot see that: the end that is signed in the cookie is one like any other, and a copy " +
				"is good until then."},
	}, {
		ID: "expiry-getter",
		Ask: "You have called `set_expiry(10)`. What does `get_session_cookie_age()` answer three seconds " +
			"later?",
		Options: []Option{
			{"left", "The seconds that are left"},
			{"own", "10, the age of this session"},
			{"setting", "The setting, the same for every visitor"},
		},
		Observe: whatCookieAgeAnswered,
		Because: "It answers `SESSION_COOKIE_AGE` and does not look at the session at all. The age of " +
			"this session is `get_expiry_age()`, and the time left is in the row.",
		InCookie: wording{Because: "It answers `SESSION_COOKIE_AGE` and does not look at the session at " +
			"all. The age of this session is `get_expiry_age()`, and the time left is in the end that is " +
			"signed in the cookie."},
	}},
}

// tenSeconds reports whether set_expiry had given the session the ten seconds that the questions are about.
func (r Run) tenSeconds() bool { return r.Before[expiryKey] == 10 }

// livesFor reports whether r saved the session for that many seconds from then on.
func (r Run) livesFor(seconds int) bool {
	over := r.Record.Deadline.Sub(r.Record.At) - time.Duration(seconds)*time.Second
	return over >= 0 && over <= r.Record.Took
}

func readMovedTheEnd(r Run) string {
	switch {
	case r.Path != "/expiry" || r.Record.Method == http.MethodPost || !r.tenSeconds():
		return ""
	case !r.Saved && r.Record.SetCookie == nil:
		return "stays"
	case !r.Saved:
		return "cookie"
	case r.livesFor(10):
		return "again"
	}
	return "default"
}

func storeMovedTheEnd(r Run) string {
	switch {
	case r.Path != "/set" || !r.Saved || !r.tenSeconds():
		return ""
	case r.Record.Deadline.Equal(r.EndBefore):
		return "first"
	case r.livesFor(10):
		return "again"
	}
	return "default"
}

func rowEndAtBrowserClose(r Run) string {
	switch {
	case r.Path != "/expiry" || !r.Saved || r.After[expiryKey] != 0:
		return ""
	case r.Record.Deadline.IsZero():
		return "never"
	case !r.Record.Deadline.After(r.Record.At):
		return "now"
	}
	return "age"
}

func whatCookieAgeAnswered(r Run) string {
	x := r.Record
	if !r.tenSeconds() || r.Returned == nil || x.Steps[len(x.Steps)-1].Name != "getSessionCookieAge" {
		return ""
	}
	left := int((r.EndBefore.Sub(x.At) + time.Second - 1) / time.Second)
	switch *r.Returned {
	case "10":
		return "own"
	case strconv.Itoa(left):
		return "left"
	}
	return "setting"
}
