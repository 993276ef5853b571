package handlers

import (
	"context"
	"net/url"
)

// The test cookie is no cookie of its own: it is a key in the session. If it is still there on the
// next request, the browser sent the session's cookie back.
const (
	testCookieKey   = "testcookie"
	testCookieValue = "worked"
)

// setTestCookie is Django's session.set_test_cookie().
func (l *Lab) setTestCookie(ctx context.Context, _ url.Values) error {
	l.sessions.Put(ctx, testCookieKey, testCookieValue)
	return nil
}

// testCookieWorked is Django's session.test_cookie_worked(): True if the key came back.
func (l *Lab) testCookieWorked(ctx context.Context, _ url.Values) error {
	returns(ctx, l.sessions.Get(ctx, testCookieKey) == testCookieValue)
	return nil
}

// setAndCheckTestCookie is the trap: in one request the check only reads back what was put into the
// dictionary a line before, and says True even to a browser that refuses cookies.
func (l *Lab) setAndCheckTestCookie(ctx context.Context, form url.Values) error {
	if err := l.setTestCookie(ctx, form); err != nil {
		return err
	}
	return l.testCookieWorked(ctx, form)
}

// deleteTestCookie is Django's session.delete_test_cookie(): a del, which raises KeyError when the
// key is not there.
func (l *Lab) deleteTestCookie(ctx context.Context, _ url.Values) error {
	if !l.sessions.Exists(ctx, testCookieKey) {
		return keyError(testCookieKey,
			way{"if request.session.test_cookie_worked():", "Ask first: then there is one to delete."})
	}
	l.sessions.Remove(ctx, testCookieKey)
	return nil
}

var testCookieQuestions []Question
