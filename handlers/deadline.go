package handlers

import (
	"context"
	"iter"
	"time"

	"sessionlab/handlers/limits"
)

// When a session ends: the age that it was given, a moment, or the end of its life.

// expiryKey keeps a session's own expiry inside of it, as Django does. It holds seconds as an int, 0 for "at
// browser close", or a fixed moment as text, see [momentText].
const expiryKey = "_session_expiry"

// momentText is how a fixed moment is kept: RFC 3339 in UTC, with microseconds where it has some. Django
// keeps one as ISO text too, since 4.1, and this is the same.
func momentText(at time.Time) string {
	if at = at.UTC(); at.Nanosecond()/1000 == 0 {
		return at.Format("2006-01-02T15:04:05-07:00")
	}
	return at.Format("2006-01-02T15:04:05.000000-07:00")
}

// getSessionCookieAge is Django's session.get_session_cookie_age(): the setting, in
// seconds. It is the same for every visitor, whatever set_expiry was given.
func (l *Lab) getSessionCookieAge() int {
	return int(l.settings.CookieAge.Seconds())
}

// getExpiryAge is Django's session.get_expiry_age(): how many seconds a save made now
// would give the session. For a number of seconds that is no countdown: it answers the
// same each time.
func (l *Lab) getExpiryAge(ctx context.Context) int {
	return int(l.expiryDate(ctx).Sub(l.now()).Round(time.Second).Seconds())
}

// expiryDate is Django's session.get_expiry_date(): when the session would end if it
// were saved now. It moves with the clock. The row's own end is in the panel.
func (l *Lab) expiryDate(ctx context.Context) time.Time {
	return expiryFrom(l.now(), l.sessions.Get(ctx, expiryKey), l.settings.CookieAge)
}

// expireAtBrowserClose is Django's session.get_expire_at_browser_close(): whether
// set_expiry(0) is in force.
func (l *Lab) expireAtBrowserClose(ctx context.Context) bool {
	return l.sessions.Get(ctx, expiryKey) == 0
}

// expiryFrom is the end of a session that is saved at t with that custom expiry. At
// browser close means the default age for the row: the server cannot see a browser
// close. So does what setExpiry would have refused: somebody else wrote it into the
// row.
func expiryFrom(t time.Time, custom any, age time.Duration) time.Time {
	switch custom := custom.(type) {
	case int:
		if custom > 0 && custom <= int(limits.MaxAge.Seconds()) {
			age = time.Duration(custom) * time.Second
		}
	case string:
		at, err := time.Parse(time.RFC3339, custom)
		if err == nil && at.Sub(t).Abs() <= limits.MaxAge {
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

// birthKey keeps inside a session when it was first saved, where [Settings.SessionLife] bounds how long it
// lives. Django has nothing like it: a session that is saved again and again lives for ever there. It holds
// the moment as text, see [momentText].
const birthKey = "_session_birth"

// withinLife is deadline, or the end of the session's life if that comes first. A session without a birth is
// born now: it is new, or from a time when no life was bounded.
func (l *Lab) withinLife(ctx context.Context, deadline time.Time) time.Time {
	if l.settings.SessionLife == 0 {
		return deadline
	}
	end, ok := l.endOfLife(l.sessions.Get(ctx, birthKey))
	if !ok {
		birth := momentText(l.now())
		l.sessions.Put(ctx, birthKey, birth)
		end, _ = l.endOfLife(birth)
	}
	if end.Before(deadline) {
		return end
	}
	return deadline
}

// endOfLife is the end of the life of a session with that birth. It is false where life has no bound, and for
// what is no birth: nothing, or something that somebody else wrote into the row.
func (l *Lab) endOfLife(birth any) (time.Time, bool) {
	text, _ := birth.(string)
	born, err := time.Parse(time.RFC3339, text)
	if l.settings.SessionLife == 0 || err != nil || born.After(l.now()) {
		return time.Time{}, false
	}
	return born.Add(l.settings.SessionLife), true
}

// endsWithLife says whether a session of these values that ends then does so because its life is over. A
// store keeps the end to the millisecond.
func (l *Lab) endsWithLife(values map[string]any, end time.Time) bool {
	of, ok := l.endOfLife(values[birthKey])
	return ok && of.Sub(end).Abs() < 2*time.Millisecond
}

// clearValues is SCS's Clear, which leaves the birth: the session stays the same one, so its life goes on.
func (l *Lab) clearValues(ctx context.Context) error {
	birth := l.sessions.Get(ctx, birthKey)
	if err := l.sessions.Clear(ctx); err != nil {
		return err
	}
	if birth != nil && l.settings.SessionLife > 0 {
		l.sessions.Put(ctx, birthKey, birth)
	}
	return nil
}

// entries counts the keys of a session that somebody put there. Its birth comes by itself.
func entries(keys iter.Seq[string]) (n int) {
	for key := range keys {
		if key != birthKey {
			n++
		}
	}
	return n
}
