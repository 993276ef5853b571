package handlers

import (
	"context"
	"net/url"
	"strings"

	"sessionlab/handlers/view"
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
	worked := l.hasTestCookie(ctx)
	x := xray.From(ctx)
	x.Note = aboutBrowser(x, worked, l.settings.Secure)
	returns(ctx, worked)
	return nil
}

// hasTestCookie reports whether the key is there, with its value.
func (l *Lab) hasTestCookie(ctx context.Context) bool {
	return l.sessions.Get(ctx, testCookieKey) == testCookieValue
}

// aboutBrowser is what the check has found out about the browser. False alone does not tell a browser that
// dropped the cookie from one that has a session without the key; nor does it tell why a cookie was dropped,
// which may be the server's doing, where secure has its cookies travel over TLS alone.
func aboutBrowser(x *xray.Exchange, worked, secure bool) string {
	const dropped = "Your browser sent no session cookie. If you set the test cookie a moment ago, it dropped " +
		"the cookie: "
	switch {
	case worked:
		return "The key is there, so the session's cookie has come back: your browser keeps cookies."
	case x.Known:
		return "Your browser keeps cookies: a session came back with its cookie. It is the key that is not " +
			"there. It was not set, or deleted since."
	case x.Sent != "":
		return "Your browser keeps cookies: it sent one. But there is no session with that ID any more, so " +
			"set the test cookie again."
	case secure:
		return dropped + "it blocks cookies, or this page came over plain http. The server marks its cookie " +
			"as Secure, and a browser keeps such a cookie only from https. Chromium and Firefox also keep " +
			"one from 127.0.0.1 and localhost."
	}
	return dropped + "it blocks cookies, so look into its settings. A site would tell the visitor so now, " +
		"and not show its form once more."
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

// checkWithoutJar has a browser that keeps no cookies come to both views.
func (l *Lab) checkWithoutJar(s *scene, _ url.Values) error {
	b := s.Browser("B", xray.ByB, false)
	if _, err := b.Do("POST /test-cookie/set"); err != nil {
		return err
	}
	_, err := b.Do("POST /test-cookie/check")
	return err
}

var testCookieLesson = &Lesson{
	Group: "Browser", Name: "test-cookie", Short: "Test cookie",
	Title: "Does the browser keep cookies?", Call: "set_test_cookie()", WithB: true,
	Django: `def first(request):
    request.session.set_test_cookie()

def second(request):
    if request.session.test_cookie_worked():
        request.session.delete_test_cookie()`,
	View: `if request.session.test_cookie_worked():
    request.session.delete_test_cookie()
    return 'The browser keeps cookies.'
request.session.set_test_cookie()
return 'Set. Run this view once more.'`,
	Funcs: []string{"setTestCookie", "testCookieWorked", "hasTestCookie", "setAndCheckTestCookie",
		"deleteTestCookie"},
	Curl: []string{
		"-d '' BASE/test-cookie/set",
		"-s -L -d '' BASE/test-cookie/check | grep -o '<output.*/output>'",
	},

	Cards: []Card{{
		ID: "test-cookie-set", Title: "Set it", Paths: []string{"/test-cookie/set"},
		Needs: []Need{needsNoTestCookie()},
		Ask:   "You call `set_test_cookie()`. What does it store, and where?",
		Options: []Option{
			{"key", "A key in the session, named `testcookie`"},
			{"cookie", "A second cookie, named `testcookie`"},
			{"short", "A cookie that is good for one request"},
			{"row", "A row of its own, beside your session"},
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
		Lacking: "The key was there already, so this run added nothing. Delete it above, then set it.",
		Onward:  "Nothing is tested yet: that takes a second request.",
	}, {
		ID: "test-cookie-check", Title: "Check it, in the next request", Paths: []string{"/test-cookie/check"},
		Needs: []Need{needsTestCookie()},
		Ask:   "The next request calls `test_cookie_worked()`. What does it return, and what becomes of the key?",
		Options: []Option{
			{"used", "`True`, and the key is taken out: it is used up"},
			{"kept", "`True`, and the key stays"},
			{"False", "`False`: no cookie named `testcookie` came back"},
			{"None", "`None`, until the visitor has agreed to cookies"},
		},
		Observe: func(r Run) string {
			switch {
			case r.Path != "/test-cookie/check" || r.Returned == nil || r.Before[testCookieKey] != testCookieValue:
				return ""
			case *r.Returned != "True":
				return *r.Returned
			case r.Marks[testCookieKey] == xray.Removed:
				return "used"
			}
			return "kept"
		},
		Because: "The check only reads: the session's cookie came back, and the key is in that session. It " +
			"stays there until `delete_test_cookie()`.",
		Lacking: "This request found no test cookie, for the reason below. Set it above, and check once more.",
	}, testCookieNoneCard, {
		ID: "test-cookie-twice", Title: "Delete it twice", Paths: []string{"/test-cookie/delete"},
		Needs: []Need{needsTestCookie()},
		Ask:   "You call `delete_test_cookie()` twice. What happens the second time?",
		Options: []Option{
			{"nothing", "Nothing: it is gone already"},
			{"False", "It returns `False`"},
			{"KeyError", "It raises `KeyError`"},
			{"end", "The session ends"},
		},
		Observe: func(r Run) string {
			switch {
			case r.Last == nil || !r.Last.tookTestCookie() || r.tookTestCookie():
				return "" // not the second time
			case r.KeyError:
				return "KeyError"
			case r.Ended:
				return "end"
			case r.Returned != nil:
				return *r.Returned
			}
			return "nothing"
		},
		Presses: 2,
		Press: func(r Run) int {
			if r.tookTestCookie() {
				return 1
			}
			return 0
		},
		Again: "The question is about the second time: now press it again.",
		Lacking: "There was no test cookie at the first press, so there was no second one. Set it above, then " +
			"press twice.",
		Because: "It is a `del` on the session's dictionary, and the key was not there. Nothing was changed. " +
			"Ask `test_cookie_worked()` first.",
		Onward: "Never raises: `session.pop('testcookie', None)`",
	}, {
		ID: "test-cookie-both", Title: "The trap: both in one view", Paths: []string{"/test-cookie/both"},
		Needs: []Need{needsNoTestCookie()},
		Ask:   "One view calls `set_test_cookie()` and then `test_cookie_worked()`. What does the check return?",
		Options: []Option{
			{"False", "`False`: nothing has come back yet"},
			{"KeyError", "It raises `KeyError`"},
			{"None", "`None`: it cannot know"},
			{"True", "`True`, before the browser has sent anything back"},
		},
		Observe: func(r Run) string {
			if r.Path != "/test-cookie/both" || r.Returned == nil || r.Before[testCookieKey] != nil {
				return ""
			}
			return *r.Returned
		},
		Because: "It read what the line before had put into the dictionary. A browser that refuses every " +
			"cookie gets `True` too, so this check says nothing.",
		Lacking: "The key was there from before, so the check could have read that. Delete it above first.",
	}},
}

var testCookieNoneCard = Card{
	ID: "test-cookie-none", Title: "A browser that keeps no cookies", Paths: []string{"/test-cookie/b"},
	Ask: "Browser B throws every cookie away. It comes to both views. What does the check return to it?",
	Options: []Option{
		{"True", "`True`: the key is stored on the server"},
		{"KeyError", "It raises `KeyError`"},
		{"error", "No answer: a browser without cookies is refused"},
		{"False", "`False`: no session came with the second request"},
	},
	Observe: func(r Run) string {
		ran := ranBy(r.Record, "test-cookie-none")
		set, check := ran.last("B", "/test-cookie/set"), ran.last("B", "/test-cookie/check")
		if set == nil || check == nil || limitMet(exchangesOf(ran.Events)) || set.Holds != "" {
			return ""
		}
		switch returned := readOf(check); {
		case strings.HasPrefix(check.Exchange.Refused, "KeyError"):
			return "KeyError"
		case set.Exchange.Refused != "" || check.Exchange.Refused != "":
			return "error"
		default:
			return returned
		}
	},
	Headline: func(r Run) string {
		check := ranBy(r.Record, "test-cookie-none").last("B", "/test-cookie/check")
		if returned := readOf(check); returned != "" {
			return "To Browser B it returned " + view.Quote(returned) + "."
		}
		return ""
	},
	Because: "The key lies in the row of the first request. B threw that session ID away, so its second " +
		"request was that of a new visitor.",
	Lacking: "A limit of this server has refused one of the requests. Wait a while, and run it again.",
	Onward:  "Now a site can say: please allow cookies.",
	InCookie: wording{Because: "The key was in the cookie of the first answer. B threw that away, so its " +
		"second request was that of a new visitor."},
}

// needsTestCookie is the need of a test cookie that an earlier request has set.
func needsTestCookie() Need {
	return Need{
		What: "a test cookie.",
		State: func(now Now) (string, bool) {
			if now.Values[testCookieKey] == nil {
				return now.holds(), false
			}
			return "An earlier request set it.", true
		},
		Prepare: Prepare{To: "/test-cookie/set", Button: "Set it first"},
	}
}

// tookTestCookie reports whether r removed the test cookie and left the session alive.
func (r *Run) tookTestCookie() bool {
	return r.Marks[testCookieKey] == xray.Removed && !r.Ended
}

// needsNoTestCookie is the need of a session, or of none, in which there is nothing to be found.
func needsNoTestCookie() Need {
	return Need{
		What: "no test cookie yet.",
		State: func(now Now) (string, bool) {
			if now.Values[testCookieKey] == nil {
				return "It is not set.", true
			}
			return "It is set.", false
		},
		Prepare: Prepare{To: "/test-cookie/delete", Button: "Delete it first"},
	}
}
