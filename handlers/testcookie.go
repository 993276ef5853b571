package handlers

import (
	"context"
	"net/url"

	"sessionlab/handlers/xray"
)

// setTestCookie is Django's session.set_test_cookie(). The test cookie is no cookie of
// its own: it is a key in the session. If it is still there on the next request, the
// browser sent the session's cookie back.
func (l *Lab) setTestCookie(ctx context.Context, _ url.Values) error {
	l.sessions.Put(ctx, testCookieKey, testCookieValue)
	return nil
}

// testCookieWorked is Django's session.test_cookie_worked(): True if the key came back.
func (l *Lab) testCookieWorked(ctx context.Context, _ url.Values) error {
	worked := l.sessions.Get(ctx, testCookieKey) == testCookieValue
	x := xray.From(ctx)
	x.Note = aboutBrowser(x, worked)
	returns(ctx, worked)
	return nil
}

// aboutBrowser is what the check has found out about the browser. False alone does not tell a browser that
// blocks cookies from one that has a session without the key.
func aboutBrowser(x *xray.Exchange, worked bool) string {
	switch {
	case worked:
		return "The key is there, so the session's cookie has come back: your browser keeps cookies."
	case x.Known:
		return "Your browser keeps cookies: a session came back with its cookie. It is the key that is not " +
			"there. It was not set, or deleted since."
	case x.Sent != "":
		return "Your browser keeps cookies: it sent one. But no session has that token any more, so set " +
			"the test cookie again."
	}
	return "Your browser sent no session cookie. If you have set the test cookie before, your browser " +
		"blocks cookies: look into its settings. A site would tell the visitor so now, and not show its " +
		"form once more."
}

// setAndCheckTestCookie is the trap: in one request the check only reads back what was
// put into the dictionary a line before, and says True even to a browser that refuses
// cookies.
func (l *Lab) setAndCheckTestCookie(ctx context.Context, form url.Values) error {
	if err := l.setTestCookie(ctx, form); err != nil {
		return err
	}
	if err := l.testCookieWorked(ctx, form); err != nil {
		return err
	}
	xray.From(ctx).Note = "The check read what the line before it had written. A " +
		"browser that blocks every cookie gets True as well."
	return nil
}

// deleteTestCookie is Django's session.delete_test_cookie(): a del, which raises
// KeyError when the key is not there.
func (l *Lab) deleteTestCookie(ctx context.Context, _ url.Values) error {
	if !l.sessions.Exists(ctx, testCookieKey) {
		return keyError(testCookieKey,
			way{"if request.session.test_cookie_worked():", "Ask first: then there " +
				"is one to delete."})
	}
	l.sessions.Remove(ctx, testCookieKey)
	return nil
}

var testCookieLesson = &Lesson{
	Group: "Browser", Name: "test-cookie", Short: "Test cookie",
	Title: "Does the browser keep cookies?", Call: "set_test_cookie()",
	Django: `def first(request):
    request.session.set_test_cookie()

def second(request):
    if request.session.test_cookie_worked():
        request.session.delete_test_cookie()`,
	Funcs: []string{"setTestCookie", "testCookieWorked", "setAndCheckTestCookie", "deleteTestCookie"},
	Curl: []string{
		"-d '' BASE/test-cookie/set",
		"-s -L -d '' BASE/test-cookie/check | grep -o '<output.*/output>'",
	},

	Cards: []Card{{
		ID:  "test-cookie-set",
		Ask: "You call `set_test_cookie()`. Where is the mark that it leaves?",
		Options: []Option{
			{"key", "In the session, under the key `testcookie`"},
			{"cookie", "In a second cookie, named `testcookie`"},
			{"short", "In a cookie that is good for one request"},
			{"row", "In a row of its own, beside your session"},
		},
		Observe: func(r Run) string {
			c := r.Record.SetCookie
			switch {
			case r.Path != "/test-cookie/set" || !r.Saved || r.Before[testCookieKey] != nil:
				return ""
			case r.After[testCookieKey] == testCookieValue:
				return "key"
			case c != nil && c.Name == testCookieKey:
				return "cookie"
			}
			return "row"
		},
		Because: "The only cookie in the answer is that of your session. The test is whether the browser " +
			"sends it back: then the key is found again.",
	}, {
		ID: "test-cookie-both",
		Ask: "One view calls `set_test_cookie()` and, on the next line, `test_cookie_worked()`. The " +
			"browser has sent nothing in between. What does the check say?",
		Options: []Option{
			{"False", "False: nothing has come back yet"},
			{"KeyError", "KeyError"},
			{"None", "None: it cannot know"},
			{"True", "True"},
		},
		Observe: func(r Run) string {
			if r.Path != "/test-cookie/both" || r.Returned == nil || r.Before[testCookieKey] != nil {
				return ""
			}
			return *r.Returned
		},
		Because: "It read back what the line before had put into the dictionary. A browser that refuses " +
			"every cookie gets True too, so this check says nothing.",
	}, {
		ID:  "test-cookie-twice",
		Ask: "You call `delete_test_cookie()` a second time. What happens?",
		Options: []Option{
			{"nothing", "Nothing: it is gone already"},
			{"False", "It returns False"},
			{"KeyError", "KeyError"},
			{"end", "The session ends"},
		},
		// The first delete cannot tell: it has something to remove.
		Observe: func(r Run) string {
			switch {
			case r.Path != "/test-cookie/delete" || r.Before[testCookieKey] != nil:
				return ""
			case r.KeyError:
				return "KeyError"
			case r.Ended:
				return "end"
			case r.Returned != nil:
				return *r.Returned
			}
			return "nothing"
		},
		Because: "It is a `del` on the session's dictionary, and the key is not there. Ask " +
			"`test_cookie_worked()` first.",
	}},
}
