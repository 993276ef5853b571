package handlers

import (
	"context"
	"net/url"
	"strconv"
	"time"
)

// expiryKey keeps a session's own expiry inside the session, under Django's name. It holds seconds
// as an int, 0 for "at browser close", or a fixed moment as RFC 3339 text.
const expiryKey = "_session_expiry"

const maxAge = 365 * 24 * time.Hour

// setExpiry is Django's session.set_expiry(value): seconds counted from each save, 0 for a cookie
// that ends with the browser, None (an empty field) for the default, or a fixed moment. It only stores
// the wish; save computes the deadline. SCS has nothing like it for one session.
func (l *Lab) setExpiry(ctx context.Context, form url.Values) error {
	if form.Has("at") {
		at, err := parseTime(form.Get("at"))
		if left := at.Sub(l.now()); err != nil || left <= 0 || left > maxAge {
			return badInput("No such moment", "The field `at` is a moment in the future, at most one year away, such as %s.",
				l.now().Add(time.Hour).UTC().Format(time.RFC3339))
		}
		l.sessions.Put(ctx, expiryKey, at.UTC().Format(time.RFC3339))
		return nil
	}
	if !form.Has("seconds") {
		return badInput("No expiry", "The form needs `seconds`, which may be empty for the default, or `at`.")
	}
	text := form.Get("seconds")
	if text == "" {
		l.sessions.Remove(ctx, expiryKey)
		return nil
	}
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 0 || seconds > int(maxAge.Seconds()) {
		return badInput("No such expiry", "The field `seconds` is a whole number from 0 to %d, which is one year. Django also takes negative numbers: the session is then born expired.", int(maxAge.Seconds()))
	}
	l.sessions.Put(ctx, expiryKey, seconds)
	return nil
}

// getSessionCookieAge is Django's session.get_session_cookie_age(): the setting, in seconds. It is
// the same for every visitor, whatever set_expiry was given.
func (l *Lab) getSessionCookieAge() int {
	return int(l.settings.CookieAge.Seconds())
}

// getExpiryAge is Django's session.get_expiry_age(): how many seconds a save made now would give the
// session. For a number of seconds that is no countdown: it answers the same each time.
func (l *Lab) getExpiryAge(ctx context.Context) int {
	return int(l.expiryDate(ctx).Sub(l.now()).Round(time.Second).Seconds())
}

// expiryDate is Django's session.get_expiry_date(): when the session would end if it were saved now.
// It moves with the clock. The row's own end is in the panel.
func (l *Lab) expiryDate(ctx context.Context) time.Time {
	return expiryFrom(l.now(), l.sessions.Get(ctx, expiryKey), l.settings.CookieAge)
}

// expireAtBrowserClose is Django's session.get_expire_at_browser_close(): whether set_expiry(0) is
// in force.
func (l *Lab) expireAtBrowserClose(ctx context.Context) bool {
	return l.sessions.Get(ctx, expiryKey) == 0
}

// expiryFrom is the end of a session that is saved at t with that custom expiry. At browser close
// means the default age for the row: the server cannot see a browser close.
func expiryFrom(t time.Time, custom any, age time.Duration) time.Time {
	switch custom := custom.(type) {
	case int:
		if custom > 0 {
			age = time.Duration(custom) * time.Second
		}
	case string:
		if at, err := time.Parse(time.RFC3339, custom); err == nil {
			return at
		}
	}
	return t.Add(age)
}

// ageIn is the age that a session with these values gets at each save; false for a fixed moment,
// which has none.
func ageIn(values map[string]any, age time.Duration) (time.Duration, bool) {
	if _, fixed := values[expiryKey].(string); fixed {
		return 0, false
	}
	zero := time.Time{}
	return expiryFrom(zero, values[expiryKey], age).Sub(zero), true
}

// expiryPageData is the data of expiry.html: the four getters of the notes.
type expiryPageData struct {
	*page
	CookieAge      int
	Age            int
	Date           time.Time
	AtBrowserClose bool
}

func (l *Lab) expiryPage(ctx context.Context, p *page) (any, error) {
	return expiryPageData{p, l.getSessionCookieAge(), l.getExpiryAge(ctx), l.expiryDate(ctx), l.expireAtBrowserClose(ctx)}, nil
}

var expiryQuestions []Question
