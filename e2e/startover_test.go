package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestStartOver presses the button of the list: it asks nothing, the session is gone, the page is the same
// one, and no lesson is ticked off for it.
func TestStartOver(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitorIn(t, l, shell())
	v.resize(1440)
	for _, path := range []string{"/get", "/"} {
		c := l.client(t)
		c.post("/set", "key", "fname", "value", "Aman")
		v.hold(c.token())
		v.open(path)
		ok(t, v.press(".reset button"))
		v.wait(fmt.Sprintf(`location.pathname === %q`, path))
		l.empty()
		v.noCookie()
		v.wait(`document.querySelector("nav [data-count]").textContent === "0/5 done"`)
		if ticked := v.text(".nav li:has(.i)"); ticked != "(none)" {
			t.Errorf("from %s: %s is ticked off", path, ticked)
		}
	}
}

// TestListHasItsEndInSight opens one group of the list after the other, in the smallest window of a student's
// laptop: the others fold, and nothing of the list is out of sight.
func TestListHasItsEndInSight(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitorIn(t, l, shell())
	v.do("size", chromedp.EmulateViewport(1366, 641))
	v.open("/cycle-key")
	if open := v.text(".nav details[open] summary"); open != "Ending 0/4 done" {
		t.Errorf("open is %q", open)
	}
	groups := js[int](v, `document.querySelectorAll(".nav details").length`)
	for i := range groups {
		v.click(v.mark(fmt.Sprintf(`document.querySelectorAll(".nav details")[%d].querySelector("summary")`, i)))
		v.wait(fmt.Sprintf(`document.querySelectorAll(".nav details")[%d].open`, i))
		if !js[bool](v, `(() => {
			const list = document.querySelector(".nav .groups"), bottom = e => e.getBoundingClientRect().bottom;
			return document.querySelectorAll(".nav details[open]").length === 1 &&
				list.scrollHeight <= list.clientHeight && bottom(document.querySelector(".nav .reset")) <= innerHeight;
		})()`) {
			t.Errorf("with group %d open, two are open, or the end is out of sight", i)
		}
	}
}

// TestPageFromTheCache: a page that comes from the browser's page cache is loaded again. One that answers a
// form is not, which would send the form once more: its panel alone is looked at again.
func TestPageFromTheCache(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitorIn(t, l, shell())
	v.allow("status of 404")
	const restore = `(dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true})), true)`
	v.open("/set")
	js[bool](v, `(window.old = true)`)
	js[bool](v, restore)
	v.wait(`!window.old && document.readyState === "complete"`)

	v.open("/delete")
	v.run("Delete the key", "key", "absent")
	v.says("[data-outcome]", "KeyError")
	v.live()
	v.forget()
	js[bool](v, `(window.old = true)`)
	js[bool](v, restore)
	until(t, "the panel is asked for", func() bool { return len(v.seen()) > 0 })
	if v.posts() != 0 || !js[bool](v, `window.old`) {
		t.Error("the answer to a form was loaded again")
	}
}

// TestBlockedStorage has a browser that refuses a page its storage and the channel to other tabs, as Firefox
// does where all cookies are blocked: the panel is live, and the buttons work.
func TestBlockedStorage(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	v := newVisitorIn(t, startLab(t), shell())
	ctx, cancel := v.within()
	defer cancel()
	const blocked = `
		const refuse = () => { throw new DOMException("The operation is insecure.", "SecurityError"); };
		Object.defineProperty(window, "localStorage", {get: refuse});
		window.BroadcastChannel = class { constructor() { refuse(); } };`
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument,
		page.AddScriptToEvaluateOnNewDocumentParams{Source: blocked}); err != nil {
		t.Fatal(err)
	}
	v.open("/set")
	v.live()
	v.do("t", chromedp.KeyEvent("t"))
	v.wait(`document.documentElement.dataset.theme === "light"`)
	v.run("Set it", "key", "fname", "value", "Aman")
	v.live()
	v.wait(`document.querySelector("nav [data-count]").textContent.endsWith("/5 done")`)
}
