package e2e

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// profile is the part of the browser that is this visitor's own.
func (v *visitor) profile() cdp.BrowserContextID {
	return chromedp.FromContext(v.tab).BrowserContextID
}

// jar returns the cookies that the browser holds for the lab, but for that of its notebook.
func (v *visitor) jar() []*network.Cookie {
	v.t.Helper()
	return slices.DeleteFunc(v.everyCookie(), func(c *network.Cookie) bool { return c.Name == "notebook" })
}

// everyCookie returns all cookies that the browser holds.
func (v *visitor) everyCookie() []*network.Cookie {
	v.t.Helper()
	ctx, cancel := v.within()
	defer cancel()
	all, err := chromedp.CallBrowser(ctx, storage.GetCookies,
		storage.GetCookiesParams{BrowserContextID: v.profile()})
	if err != nil {
		v.t.Fatal("read the cookie jar: ", err)
	}
	return all.Cookies
}

// saved checks what an operation that changed the session has left behind: the Set-Cookie of its
// answer, the cookie in the browser, and the only row of the store. It returns the row.
func (v *visitor) saved(values map[string]any) row {
	v.t.Helper()
	return v.savedWith(true, values)
}

// savedForBrowser is saved for a cookie that ends with the browser.
func (v *visitor) savedForBrowser(values map[string]any) row {
	v.t.Helper()
	return v.savedWith(false, values)
}

func (v *visitor) savedWith(persistent bool, values map[string]any) row {
	v.t.Helper()
	held := v.cookie()
	r := v.lab.holds(held.Value, values)
	if gap := r.expiry.Sub(r.deadline).Abs(); gap > time.Millisecond {
		v.t.Errorf("the row's column and its data end %s apart", gap)
	}
	answer, _ := v.posted()
	if answer.status != http.StatusSeeOther {
		v.t.Errorf("the POST was answered with %d", answer.status)
	}
	raw := sessionCookie(answer.headers)
	c, err := http.ParseSetCookie(raw)
	if err != nil {
		v.t.Fatalf("Set-Cookie: %q: %v", raw, err)
	}
	if c.Name != "sessionname" || c.Value != held.Value || c.Path != "/" || c.Domain != "" ||
		!c.HttpOnly || c.Secure || c.SameSite != http.SameSiteLaxMode {
		v.t.Errorf("Set-Cookie: %s, and the browser holds %s", raw, held.Value)
	}
	if held.Session == persistent {
		v.t.Errorf("the browser keeps it until it closes: %v, after Set-Cookie: %s", held.Session, raw)
	}
	if !persistent {
		if c.MaxAge != 0 || c.RawExpires != "" {
			v.t.Errorf("a cookie that ends with the browser has no Max-Age and no Expires, but: %s", raw)
		}
		return r
	}
	// The jar counts Max-Age from when the answer came.
	end := time.UnixMilli(int64(held.Expires * 1000))
	if late := end.Sub(r.deadline); late < -time.Millisecond || late > patience {
		v.t.Errorf("the browser keeps the cookie until %s after the row's end", late)
	}
	// Whole seconds, rounded up.
	if late := c.Expires.Sub(r.deadline); late < -time.Millisecond || late > time.Second {
		v.t.Errorf("the cookie ends %s after the row: %s", late, raw)
	}
	date, err := http.ParseTime(header(answer.headers, "Date"))
	if err != nil {
		v.t.Fatal(err)
	}
	if left := r.deadline.Sub(date); c.MaxAge < int(left.Seconds())-1 || c.MaxAge > int(left.Seconds())+60 {
		v.t.Errorf("Max-Age is %d, and the row lives %s: %s", c.MaxAge, left, raw)
	}
	return r
}

// unsaved checks that the last operation wrote nothing: no Set-Cookie, and the row as it was.
func (v *visitor) unsaved(before row) {
	v.t.Helper()
	if after := v.lab.holds(v.cookie().Value, before.values); !reflect.DeepEqual(after, before) {
		v.t.Errorf("the row was written: it ends at %s, and before it was %s", after.expiry, before.expiry)
	}
	for _, r := range v.seen() {
		for _, h := range r.hops {
			if raw := header(h.headers, "Set-Cookie"); raw != "" {
				v.t.Errorf("%s %s sent a cookie: %s", r.method, r.url, raw)
			}
		}
	}
}

// hold puts a session cookie into the browser's jar.
func (v *visitor) hold(token string) {
	v.t.Helper()
	ctx, cancel := v.within()
	defer cancel()
	if _, err := chromedp.CallBrowser(ctx, storage.SetCookies, storage.SetCookiesParams{
		BrowserContextID: v.profile(),
		Cookies: []*network.CookieParam{{Name: "sessionname", Value: token, URL: v.lab.url, Path: "/",
			HTTPOnly: true, SameSite: network.CookieSameSiteLax}},
	}); err != nil {
		v.t.Fatal(err)
	}
}

// forgetCookies empties the browser's jar.
func (v *visitor) forgetCookies() {
	v.t.Helper()
	ctx, cancel := v.within()
	defer cancel()
	if _, err := chromedp.CallBrowser(ctx, storage.ClearCookies,
		storage.ClearCookiesParams{BrowserContextID: v.profile()}); err != nil {
		v.t.Fatal(err)
	}
}

// noCookie checks that the browser holds no cookie at all.
func (v *visitor) noCookie() {
	v.t.Helper()
	if jar := v.everyCookie(); len(jar) != 0 {
		v.t.Errorf("the browser holds %d cookies, not none: %s=%s", len(jar), jar[0].Name, jar[0].Value)
	}
}

// noSession checks that the browser holds the cookie of its notebook, as it must be, and nothing else.
func (v *visitor) noSession() {
	v.t.Helper()
	jar := v.everyCookie()
	if len(jar) != 1 || jar[0].Name != "notebook" || len(jar[0].Value) != 22 || jar[0].Path != "/" ||
		!jar[0].HTTPOnly || !jar[0].Session || jar[0].SameSite != network.CookieSameSiteLax {
		v.t.Errorf("the browser holds %d cookies: %+v", len(jar), jar)
	}
}

// cookie checks that the browser holds the session cookie, and perhaps its notebook's, with the attributes
// that it must always have, and returns it.
func (v *visitor) cookie() *network.Cookie {
	v.t.Helper()
	jar := v.jar()
	if len(jar) != 1 {
		v.t.Fatalf("the browser holds %d cookies, not one", len(jar))
	}
	c := jar[0]
	if c.Name != "sessionname" || len(c.Value) != 43 || c.Path != "/" ||
		!c.HTTPOnly || c.Secure || c.SameSite != network.CookieSameSiteLax {
		v.t.Errorf("the jar holds %s=%s Path=%s HttpOnly=%v Secure=%v SameSite=%s",
			c.Name, c.Value, c.Path, c.HTTPOnly, c.Secure, c.SameSite)
	}
	if u, _ := url.Parse(v.lab.url); c.Domain != u.Hostname() {
		v.t.Errorf("the cookie is for %s", c.Domain)
	}
	if text := js[string](v, `location.protocol === "about:" ? "" : document.cookie`); text != "" {
		v.t.Errorf("the page's script can read the cookie: %s", text)
	}
	return c
}
