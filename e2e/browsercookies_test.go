package e2e

import (
	"errors"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestCookiesBlocked blocks cookies in the browser's settings, as a visitor may do. The check says so,
// and nothing goes round in circles.
func TestCookiesBlocked(t *testing.T) {
	t.Parallel()
	path := needBrowser(t)
	if strings.Contains(path, "headless-shell") {
		missing(t, errors.New("the headless shell has no settings"))
	}
	l := startLab(t)
	const block = 2
	ctx, end, err := startBrowser(path, chromedp.UserDataDir(profile(t, map[string]any{
		"profile": map[string]any{"default_content_setting_values": map[string]any{"cookies": block}},
	})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	v := attach(t, l, ctx)
	v.open("/test-cookie")
	v.run("Set the test cookie")
	v.noCookie()
	v.run("Check it")
	v.returns("False")
	v.says(landed, "it blocks cookies, so look into its settings")
	v.live()
	if n := len(v.seen()); n > 10 { // two pages with their files, and the stream
		t.Errorf("%d requests for one click", n)
	}
	if strings.Contains(v.got(), "testcookie") {
		t.Error("the stream tells of a session that the browser does not have")
	}
	for _, r := range v.seen() {
		for _, sent := range r.sent {
			if header(sent, "Cookie") != "" {
				t.Errorf("cookies are not blocked: %s", header(sent, "Cookie"))
			}
		}
	}
}

// TestBrowserClosed closes the browser and opens it again: the cookie of set_expiry(0) is gone, and its
// row is not; a cookie with an age is still there.
func TestBrowserClosed(t *testing.T) {
	t.Parallel()
	path := needBrowser(t)
	kept, lost := startLab(t), startLab(t)
	lost.url = strings.Replace(lost.url, "127.0.0.1", "localhost", 1) // ports do not part cookies, names do
	dir := t.TempDir()
	ctx, end, err := startBrowser(path, chromedp.UserDataDir(dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("before", func(t *testing.T) {
		for _, l := range []*lab{kept, lost} {
			v := attach(t, l, ctx)
			v.open("/set")
			v.run("Set it", "key", "fname", "value", "Aman")
			if l == lost {
				v.open("/expiry")
				v.run("Set to 0")
			}
		}
		if v := attach(t, kept, ctx); len(v.jar()) != 2 {
			t.Errorf("the browser holds %d cookies before it is closed", len(v.jar()))
		}
	})
	end()
	if ctx, end, err = startBrowser(path, chromedp.UserDataDir(dir)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	t.Run("after", func(t *testing.T) {
		v := attach(t, kept, ctx)
		token := v.cookie().Value
		v.open("/get")
		v.run("Get it", "key", "fname", "default", "Guest")
		v.returns("Aman")
		kept.holds(token, map[string]any{"fname": "Aman"})

		v = attach(t, lost, ctx)
		v.open("/get")
		v.run("Get it", "key", "fname", "default", "Guest")
		v.returns("Guest")
		if len(lost.rows()) != 1 {
			t.Error("the server has noticed that the browser was closed")
		}
	})
}

// TestPlantedCookie: a browser sends a cookie that was planted for one page before the one of the whole site.
// The last counts, so the visitor stays in the own session, and the x-ray says that there are two.
func TestPlantedCookie(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitor(t, l)
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	own := v.cookie().Value
	js[string](v, `document.cookie = "sessionname=" + "A".repeat(43) + "; path=/set"`)
	v.run("Set it", "key", "lname", "value", "Roy")
	v.says("#xray", "sends 2 cookies of this name", "the last of 2 cookies")
	l.holds(own, map[string]any{"fname": "Aman", "lname": "Roy"})
}
