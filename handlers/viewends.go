package handlers

import (
	"cmp"
	"time"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/python"
)

// This file is what a view can do to its session as a whole: see [viewSession].

// Clear is session.clear().
func (s *viewSession) Clear() error {
	if err := s.load(); err != nil {
		return err
	}
	s.empty()
	return s.lab.clear(s.ctx, nil)
}

// empty forgets the values in memory.
func (s *viewSession) empty() {
	s.modified, s.naive, s.cache = true, false, &python.Dict{}
}

// Flush is session.flush().
func (s *viewSession) Flush() error {
	if err := s.load(); err != nil {
		return err
	}
	s.empty()
	if s.lab.sessions.Token(s.ctx) == "" {
		return s.lab.clear(s.ctx, nil) // there is nothing in a store, and perhaps something in memory
	}
	return s.lab.flush(s.ctx, nil)
}

// CycleKey is session.cycle_key().
func (s *viewSession) CycleKey() error {
	if err := s.load(); err != nil {
		return err
	}
	s.modified = true
	return s.lab.cycleKey(s.ctx, nil)
}

// SetExpiry is session.set_expiry(v).
func (s *viewSession) SetExpiry(v python.Value) error {
	wish, err := s.wish(v)
	if err != nil {
		return err
	}
	if err := s.load(); err != nil {
		return err
	}
	at, isDatetime := v.(*python.Datetime)
	s.naive = isDatetime && !at.Aware
	s.lab.keepExpiry(s.ctx, wish)
	if wish == nil {
		_, had, err := s.cache.Delete(expiryKey)
		s.modified = s.modified || had
		return err
	}
	s.modified = true
	return s.cache.Set(expiryKey, python.Thaw(wish))
}

// wish is what is kept of an expiry: see [expiryKey]. The lab takes no end in the past and none beyond a
// year.
func (s *viewSession) wish(v python.Value) (any, error) {
	now := s.lab.now()
	if v == nil {
		return nil, nil
	}
	if at, ok := python.Moment(v, now); ok {
		at = at.Truncate(time.Microsecond) // as exact as Python's datetime
		if left := at.Sub(now); left <= 0 || left > limits.MaxAge {
			return nil, notHere("The lab takes a moment in the future, at most one year away. Django also takes " +
				"one in the past: the session is then born expired.")
		}
		return momentText(at), nil
	}
	seconds, ok := python.Int(v)
	if !ok || seconds < 0 || seconds > int(limits.MaxAge.Seconds()) {
		return nil, notHere("The lab takes a whole number from 0 to %d, which is one year. Django also takes "+
			"negative numbers: the session is then born expired.", int(limits.MaxAge.Seconds()))
	}
	return seconds, nil
}

// ExpiryAge is session.get_expiry_age().
func (s *viewSession) ExpiryAge() (int, error) {
	if err := cmp.Or(s.load(), s.aware()); err != nil {
		return 0, err
	}
	return s.lab.getExpiryAge(s.ctx), nil
}

// aware raises what Django does for an end without a time zone, where it has one itself (USE_TZ).
func (s *viewSession) aware() error {
	if s.naive {
		return python.TypeError("can't subtract offset-naive and offset-aware datetimes")
	}
	return nil
}

// ExpiryDate is session.get_expiry_date().
func (s *viewSession) ExpiryDate() (time.Time, error) {
	if err := s.load(); err != nil {
		return time.Time{}, err
	}
	return s.lab.expiryDate(s.ctx), nil
}

// ExpireAtBrowserClose is session.get_expire_at_browser_close().
func (s *viewSession) ExpireAtBrowserClose() (bool, error) {
	if err := s.load(); err != nil {
		return false, err
	}
	return s.lab.expireAtBrowserClose(s.ctx), nil
}

// CookieAge is session.get_session_cookie_age().
func (s *viewSession) CookieAge() int { return s.lab.getSessionCookieAge() }

// SetTestCookie is session.set_test_cookie().
func (s *viewSession) SetTestCookie() error {
	if err := s.load(); err != nil {
		return err
	}
	s.modified = true
	if err := s.lab.setTestCookie(s.ctx, nil); err != nil {
		return err
	}
	return s.cache.Set(testCookieKey, testCookieValue)
}

// TestCookieWorked is session.test_cookie_worked().
func (s *viewSession) TestCookieWorked() (bool, error) {
	if err := s.load(); err != nil {
		return false, err
	}
	v, _, err := s.cache.Get(testCookieKey)
	return s.lab.hasTestCookie(s.ctx) || v == testCookieValue, err
}

// DeleteTestCookie is session.delete_test_cookie().
func (s *viewSession) DeleteTestCookie() error {
	if err := s.load(); err != nil {
		return err
	}
	if err := s.lab.deleteTestCookie(s.ctx, nil); err != nil {
		return raised(testCookieKey, err)
	}
	_, err := s.take(testCookieKey)
	return err
}

// ClearExpired is session.clear_expired(). It touches no session of a visitor who is there, his own neither.
func (s *viewSession) ClearExpired() error {
	_, err := s.lab.deleteExpired(s.context())
	return err
}

// IsEmpty is session.is_empty(): as in Django it loads nothing, and an ID that came is believed until then.
func (s *viewSession) IsEmpty() (bool, error) {
	if s.ctx == nil {
		return s.ID() == nil, nil
	}
	return s.cache.Len() == 0 && s.lab.isEmpty(s.ctx), nil
}

// ID is session.session_key. Until the session was loaded it is what the cookie says, as in Django.
func (s *viewSession) ID() python.Value {
	const least = 8 // Django's _validate_session_key
	id := s.x.Sent
	if s.ctx != nil {
		id = s.lab.sessions.Token(s.ctx)
	}
	if len(id) < least {
		return nil
	}
	return id
}

// Exists is session.exists(id).
func (s *viewSession) Exists(id string) (bool, error) {
	row, found, err := s.lab.engine.Row(s.context(), id)
	return found && row.Expiry.After(s.lab.now()), err
}

// Save is session.save(), which writes at once, and makes a row where there is none.
func (s *viewSession) Save() error {
	if err := s.load(); err != nil {
		return err
	}
	if err := s.freeze(); err != nil {
		return err
	}
	s.lab.markModified(s.ctx)
	if s.lab.sessions.Token(s.ctx) == "" {
		if err := s.lab.newToken(s.ctx); err != nil {
			return err
		}
	}
	_, err := s.lab.save(s.ctx, s.x)
	return err
}

// Accessed is session.accessed.
func (s *viewSession) Accessed() bool { return s.accessed }

// SetAccessed is session.accessed = to.
func (s *viewSession) SetAccessed(to bool) { s.accessed = to }

// Modified is session.modified.
func (s *viewSession) Modified() bool { return s.modified }

// SetModified is session.modified = to.
func (s *viewSession) SetModified(to bool) error {
	s.modified = to
	return nil
}

// destroyed reports whether the session was flushed and nothing was stored since.
func (s *viewSession) destroyed() bool {
	return s.ctx != nil && s.lab.sessions.Status(s.ctx) == scs.Destroyed
}
