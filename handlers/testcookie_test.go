package handlers

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

func TestTestCookieNeedsASecondRequest(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()

	// Before anything was set the check says False, and neither makes a session nor saves one.
	if got := v.run("/test-cookie/check").results(); len(got) != 1 || got[0] != "False" || v.token() != "" ||
		tl.rows() != 0 {
		t.Errorf("check without a session = %v, token %q, %d rows", got, v.token(), tl.rows())
	}

	set := v.post("/test-cookie/set")
	if cookies := set.Header.Values("Set-Cookie"); len(cookies) != 1 ||
		!strings.HasPrefix(cookies[0], "sessionname=") {
		t.Errorf("Set-Cookie = %v, want that of the session alone", cookies)
	}
	if got := v.get(set.Header.Get("Location")).results(); len(got) != 0 {
		t.Errorf("set returned %v, want nothing", got)
	}
	u, err := url.Parse(tl.url)
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Jar.Cookies(u); len(got) != 1 || got[0].Name != "sessionname" {
		t.Errorf("the browser holds %v, want the session's cookie alone", got)
	}
	if got := v.values(); len(got) != 1 || got["testcookie"] != "worked" ||
		!v.internals().Session.TestCookieWorked {
		t.Errorf("values = %v, want testcookie = worked", got)
	}
	if items := v.get("/items").Body; !strings.Contains(items, "testcookie") ||
		!strings.Contains(items, "worked") {
		t.Error("items does not list testcookie")
	}

	// The check only reads.
	before := v.internals().Row
	check := v.post("/test-cookie/check")
	if got := v.get(check.Header.Get("Location")).results(); len(got) != 1 || got[0] != "True" ||
		check.setCookie() != nil {
		t.Errorf("check = %v, Set-Cookie %v; want True and none", got, check.setCookie())
	}
	if after := v.internals().Row; string(after.Data) != string(before.Data) ||
		!after.Expiry.Equal(before.Expiry) {
		t.Error("the check wrote the row")
	}
}

func TestTestCookieOfABrowserThatKeepsNone(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	forget := func() {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		v.Jar = jar
	}
	v.post("/test-cookie/set")
	forget()
	if got := v.run("/test-cookie/check").results(); len(got) != 1 || got[0] != "False" {
		t.Errorf("check = %v, want False", got)
	}
}

// A cookie that is Secure is dropped by a browser that blocks nothing, where the page came over plain http.
func TestTestCookieNamesBothReasonsWhereItIsSecure(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.settings.Secure = true
	wantText(t, tl.visitor().run("/test-cookie/check"), "it blocks cookies, or this page came over plain http.")
}

// TestTestCookieSaysWhatItTells: False has three reasons, and only one of them is the browser.
func TestTestCookieSaysWhatItTells(t *testing.T) {
	t.Parallel()
	for name, tl := range map[string]*testLab{"sqlite": newLab(t), "cookie": newCookieLab(t)} {
		v := tl.visitor()
		check := func(path, want string) {
			t.Helper()
			if a := v.run(path); !strings.Contains(a.text(), want) {
				t.Errorf("%s: %s does not say %q", name, path, want)
			}
		}
		check("/test-cookie/check", "it blocks cookies, so look into its settings.")
		// The exchange can be looked at on any page.
		location := v.post("/test-cookie/check").Header.Get("Location")
		for _, path := range []string{"/internals", "/set", "/storage", "/test-cookie"} {
			if a := v.get(path + strings.TrimPrefix(location, "/test-cookie")); a.Status != http.StatusOK {
				t.Errorf("%s: %s with an exchange of the test cookie = %d", name, path, a.Status)
			}
		}
		check("/test-cookie/both", "A browser that blocks every cookie gets True as well.")
		check("/test-cookie/check", "your browser keeps cookies.")
		v.run("/test-cookie/delete")
		check("/test-cookie/check", "It is the key that is not there.")
		v.setToken(strings.Repeat("A", 43))
		check("/test-cookie/check", "there is no session with that ID any more")
	}
}

// TestTestCookieSetAndCheckAtOnce is the trap: True, although nothing has come back.
func TestTestCookieSetAndCheckAtOnce(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	if got := v.run("/test-cookie/both").results(); len(got) != 1 || got[0] != "True" {
		t.Errorf("both = %v, want True", got)
	}
	if got := v.values()["testcookie"]; got != "worked" {
		t.Errorf("testcookie = %v, want worked", got)
	}
}

func TestTestCookieDelete(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	v.run("/test-cookie/set")
	token := v.token()
	v.run("/test-cookie/delete")
	if got := v.values(); len(got) != 1 || got["fname"] != "Aman" || v.token() != token {
		t.Errorf("values = %v, want fname alone under the same token", got)
	}

	before := v.internals().Row
	a := v.post("/test-cookie/delete")
	if a.Status != http.StatusNotFound || a.setCookie() != nil || !strings.Contains(a.Body, "KeyError") ||
		!strings.Contains(a.Body, "testcookie") || !strings.Contains(a.Body, "Nothing was changed") {
		t.Errorf("second delete = %d, Set-Cookie %v; want a page for KeyError: 'testcookie'", a.Status,
			a.setCookie())
	}
	if after := v.internals().Row; string(after.Data) != string(before.Data) ||
		!after.Expiry.Equal(before.Expiry) {
		t.Error("the failed delete wrote the row")
	}

	if a := tl.visitor().post("/test-cookie/delete"); a.Status != http.StatusNotFound || a.setCookie() != nil ||
		tl.rows() != 1 {
		t.Errorf("delete without a session = %d, Set-Cookie %v, %d rows", a.Status, a.setCookie(), tl.rows())
	}
}

// TestTestCookieIsAKeyLikeAnyOther: what stands under the key may be something else, and then the
// check says False.
func TestTestCookieIsAKeyLikeAnyOther(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "testcookie", "value", "broken")
	if got := v.run("/test-cookie/check").results(); len(got) != 1 || got[0] != "False" {
		t.Errorf("check = %v, want False", got)
	}
	v.run("/set", "key", "testcookie", "value", "worked")
	if got := v.run("/test-cookie/check").results(); len(got) != 1 || got[0] != "True" {
		t.Errorf("check = %v, want True", got)
	}
}

func TestTestCookiePredictions(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for _, tt := range []struct {
		name, path, guess, want string
		set                     bool // before the run
	}{
		{"what is set is a key", "/test-cookie/set", "test-cookie-set:key", "Correct.", false},
		{"it is no cookie", "/test-cookie/set", "test-cookie-set:cookie", "Not this time.", false},
		{"a second set cannot tell", "/test-cookie/set", "test-cookie-set:key", "Not judged yet.", true},
		{"the check finds the key and leaves it", "/test-cookie/check", "test-cookie-check:kept", "Correct.", true},
		{"the check does not use it up", "/test-cookie/check", "test-cookie-check:used", "Not this time.", true},
		{"without a key it cannot tell", "/test-cookie/check", "test-cookie-check:kept", "Not judged yet.", false},
		{"at once the check says True", "/test-cookie/both", "test-cookie-both:True", "Correct.", false},
		{"at once the check does not say False", "/test-cookie/both", "test-cookie-both:False", "Not this time.",
			false},
		{"a key that was there cannot tell", "/test-cookie/both", "test-cookie-both:True", "Not judged yet.", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := lab.in(t).visitor()
			if tt.set {
				v.run("/test-cookie/set", "prepare", "test-cookie-check")
			}
			wantVerdict(t, v.run(tt.path, "predict", tt.guess), tt.want)
		})
	}
}

func TestTestCookieDeletedTwiceIsAKeyError(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/test-cookie/set", "prepare", "test-cookie-twice")
	once := v.run("/test-cookie/delete", "predict", "test-cookie-twice:KeyError")
	wantVerdict(t, once, pressAgain)
	wantText(t, once, "Press 1 of 2 done", "Delete it once more")
	page := v.post("/test-cookie/delete", "predict", "test-cookie-twice:nothing")
	wantVerdict(t, page, "Not this time.")
	wantText(t, page, "KeyError: &#39;testcookie&#39;", "Nothing was changed.")
}

func TestADeleteWithoutATestCookieIsNoSecondOne(t *testing.T) {
	t.Parallel()
	page := newLab(t).visitor().post("/test-cookie/delete", "predict", "test-cookie-twice:KeyError")
	wantVerdict(t, page, "Not judged yet.")
	wantText(t, page, "KeyError: &#39;testcookie&#39;", "a test cookie. <span class=\"is\">You have no session.")
}
