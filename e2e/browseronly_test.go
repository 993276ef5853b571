package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// What only a browser shows.

// TestCookiesBlocked blocks cookies in the browser's settings, as a visitor may do. The check says so,
// and nothing goes round in circles.
func TestCookiesBlocked(t *testing.T) {
	t.Parallel()
	path := needBrowser(t)
	if strings.Contains(path, "headless-shell") {
		missing(t, errors.New("the headless shell has no settings"))
	}
	l := startLab(t)
	ctx, end, err := startBrowser(path, chromedp.UserDataDir(profile(t, map[string]any{"profile": map[string]any{"default_content_setting_values": map[string]any{"cookies": 2}}})))
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
	v.says("#result", "your browser blocks cookies")
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

// TestTwoVisitors lets two visitors work side by side. Neither page, panel nor stream of the one ever
// holds anything of the other.
func TestTwoVisitors(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	a, b := newVisitor(t, l), newVisitor(t, l)
	a.open("/set")
	a.run("Set it", "key", "alpha", "value", "apples of the first")
	b.open("/set")
	b.run("Set it", "key", "beta", "value", "bananas of the second")
	a.live()
	b.live()
	ta, tb := a.cookie().Value, b.cookie().Value
	if ta == tb {
		t.Fatal("two visitors, one token")
	}
	// Each changes while the other looks on. The change behind the program's back is the sign that the
	// stream was looked at since.
	for i, v := range []*visitor{a, b, a, b} {
		v.open("/set")
		v.run("Set it", "key", fmt.Sprintf("turn%d", i), "value", "x")
		v.live()
	}
	for _, c := range []struct{ key, token string }{{"shell-a", ta}, {"shell-b", tb}} {
		other := l.client(t)
		other.hold(c.token)
		other.post("/set", "key", c.key, "value", "y")
	}
	a.shows("shell-a")
	b.shows("shell-b")
	for _, pair := range []struct {
		v       *visitor
		foreign []string
	}{
		{a, []string{tb, "beta", "bananas", "turn1", "turn3", "shell-b"}},
		{b, []string{ta, "alpha", "apples", "turn0", "turn2", "shell-a"}},
	} {
		if pair.v.got() == "" {
			t.Error("the stream carried nothing")
		}
		for name, text := range map[string]string{"page": js[string](pair.v, "document.documentElement.outerHTML"), "stream": pair.v.got()} {
			for _, secret := range pair.foreign {
				if strings.Contains(text, secret) {
					t.Errorf("the %s of one visitor holds %q of the other", name, secret)
				}
			}
		}
		pair.v.open("/sessions")
		text := js[string](pair.v, "document.documentElement.outerHTML")
		for _, secret := range pair.foreign {
			if strings.Contains(text, secret) {
				t.Errorf("the list of sessions shows one visitor %q of the other", secret)
			}
		}
	}
	// An exchange is shown to the one who made it, and to nobody else.
	a.open("/set")
	a.run("Set it", "key", "private", "value", "only mine")
	query := js[string](a, "location.pathname + location.search")
	b.open(query)
	if strings.Contains(js[string](b, "document.documentElement.outerHTML"), "only mine") {
		t.Error("an exchange is shown to another visitor")
	}
}

// TestTwoTabs shares one session between two tabs: each sees at once what the other does, and what
// somebody does to the database.
func TestTwoTabs(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	one := newVisitor(t, l)
	two := one.newWindow()
	one.open("/set")
	two.open("/set")
	one.live()
	two.live()

	one.run("Set it", "key", "fname", "value", "Aman") // before it there was no session
	two.shows("fname", "Aman")
	two.wait(`!document.querySelector(".dock time").hidden && document.querySelector(".dock .tok").dataset.tok !== "none"`)
	two.run("Set it", "key", "lname", "value", "Roy")
	one.shows("lname", "Roy")
	if one.cookie().Value != two.cookie().Value {
		t.Error("two tabs, two tokens")
	}
	token := one.cookie().Value
	l.holds(token, map[string]any{"fname": "Aman", "lname": "Roy"})

	// A page that only reads changes no row. The other tab shows it all the same.
	one.open("/internals")
	one.live()
	two.open("/get")
	two.run("Get it", "key", "fname", "default", "Guest")
	one.shows("GET /get", "Your last request only read it.")
	// And of a form and the page that its answer leads to, the form.
	two.open("/set")
	two.run("Set it", "key", "fname", "value", "Aman")
	one.shows("POST /set", "saved by your last request")
	one.open("/set")

	one.live()
	two.open("/cycle-key")
	two.run("Cycle the key")
	fresh := two.cookie().Value
	one.shows(fresh[:4]) // by itself, with the browser's new cookie
	if strings.Contains(js[string](one, "document.documentElement.outerHTML"), token) {
		t.Error("the first tab still shows the old token")
	}

	l.exec("UPDATE sessions SET expiry = expiry - 1 WHERE token = ?", fresh)
	one.shows("Expired")
	two.shows("Expired")
	l.exec("UPDATE sessions SET expiry = expiry + 1 WHERE token = ?", fresh)
	one.open("/items")
	one.shows("fname")
	one.live()
	two.open("/flush")
	two.run("Flush this session")
	one.shows("Your browser holds no")
	one.wait(`document.querySelector(".dock time").hidden && document.querySelector(".dock .tok").textContent === "none"`)
	l.empty()
}

// TestCountdown moves the page's clock. What the page shows follows it, down to the end.
func TestCountdown(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitorIn(t, l, shell())
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	v.live()
	left := func() string { return v.text("#xray .clock time.left") }
	if !regexp.MustCompile(`^[0-6]:\d\d$`).MatchString(left()) {
		t.Errorf("the clock says %q", left())
	}
	js[bool](v, `(() => { const now = Date.now(); window.ahead = 0; Date.now = () => now + window.ahead; return true })()`)
	js[bool](v, `(() => { const c = document.querySelector("#xray .clock"); window.end = Number(c.dataset.end) - Date.now() - (c.skew ?? 0); return true })()`)
	for _, step := range []struct {
		left       int // milliseconds to the end
		text, mark string
	}{{119_500, "2:00", "ok"}, {30_000, "0:30", "soon"}, {4_500, "0:05", "soon"}, {0, "0:00", "over"}} {
		js[bool](v, fmt.Sprintf(`(window.ahead = window.end - %d, true)`, step.left))
		v.wait(fmt.Sprintf(`document.querySelector("#xray .clock time.left").textContent === %q && document.querySelector("#xray .clock").dataset.clock === %q`, step.text, step.mark))
		if dock := js[string](v, `document.querySelector(".dock").dataset.clock`); dock != step.mark {
			t.Errorf("at %s the dock is %q", step.text, dock)
		}
	}
	v.says("#xray", "Expired just now.", "The next request finds nothing.")
	if js[bool](v, `[...document.querySelectorAll("#xray .running")].some(e => e.checkVisibility())`) {
		t.Error("the panel still says that the session is alive")
	}
}

// TestExpired lets a session end while the page is open. The panel says so by itself, and the next
// request finds nothing.
func TestExpired(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitor(t, l)
	v.open("/expiry")
	v.run("10 s") // longer than a page takes on a busy machine
	token := ""
	for token = range l.rows() {
	}
	v.wait(`document.querySelector("main .clock").innerText.includes("It has expired.")`)
	v.shows("Your browser holds no sessionname.") // its Max-Age is over too
	if js[bool](v, `document.querySelector("[data-panel]").innerText.includes("_session_expiry")`) {
		t.Error("the panel still shows what the session held")
	}
	if len(l.rows()) != 1 {
		t.Error("the row is gone: nobody has swept")
	}
	v.open("/get")
	v.run("Get it", "key", "_session_expiry", "default", "nothing is found")
	v.returns("nothing is found")
	v.noCookie()
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	if v.cookie().Value == token || len(l.rows()) != 2 {
		t.Error("the expired token was used again")
	}
}

// TestServerRestart stops the server under an open page. The page says that it is not live, comes back
// by itself, and the session is as it was.
func TestServerRestart(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitor(t, l)
	v.allow("ERR_") // the stream, while nobody listens
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	v.live()
	token := v.cookie().Value
	l.stop()
	v.wait(`document.documentElement.dataset.live === "off"`)
	l.start(strings.TrimPrefix(l.url, "http://"))
	v.live()
	other := l.client(t)
	other.hold(token)
	other.post("/set", "key", "since", "value", "the restart")
	v.shows("fname", "Aman", "since", "the restart")
}

// TestProxysError has a proxy in front of the lab answer the stream with an error of its own. A browser does not
// come back by itself after that, so the page does.
func TestProxysError(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	target, err := url.Parse(l.url)
	if err != nil {
		t.Fatal(err)
	}
	var broken atomic.Bool
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // the lab compares it with where a form came from
	}}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/internals/events" && broken.Load() {
			http.Error(w, "the lab is being restarted", http.StatusBadGateway)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	t.Cleanup(front.CloseClientConnections) // before it: Close waits for the stream
	l.url = front.URL
	v := newVisitorIn(t, l, shell())
	v.allow("502")
	broken.Store(true)
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	v.wait(`document.documentElement.dataset.live === "off"`)
	broken.Store(false)
	v.live()
	other := l.client(t)
	other.hold(v.cookie().Value)
	other.post("/set", "key", "since", "value", "the error")
	v.shows("since", "the error")
}

// TestRefresh has the live panel look again while somebody reads it: what has the focus, what is unfolded and
// what is chosen stays so. The page's own clock follows too, also when the session is gone.
func TestRefresh(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitorIn(t, l, shell())
	v.open("/expiry")
	ok(t, v.run("Set", "seconds", "7200"))
	token := v.cookie().Value
	v.live()
	v.click("#xray .row-data summary")
	v.click(v.mark(`document.querySelector("#xray input[name=row][value=hex]").closest("label")`))
	v.click("#xray .cookie button.tok")
	v.wait(fmt.Sprintf(`document.querySelector("#xray .cookie").innerText.includes(%q)`, token))

	other := l.client(t)
	other.hold(token)
	other.post("/set", "key", "seen", "value", "by the panel")
	v.wait(`document.querySelector("[data-panel]").textContent.includes("by the panel")`)
	for what, kept := range map[string]string{
		"the focus":          `document.activeElement.matches("#xray .cookie button.tok")`,
		"the unfolded token": fmt.Sprintf(`document.querySelector("#xray .cookie").innerText.includes(%q)`, token),
		"the unfolded row":   `document.querySelector("#xray .row-data").open`,
		"the chosen view":    `document.querySelector("#xray input[name=row][value=hex]").checked`,
	} {
		if !js[bool](v, kept) {
			t.Errorf("the panel looked again and lost %s", what)
		}
	}

	// The history has a new first line, and the focus stays on the exchange that it was on.
	const focused = `document.activeElement.matches("#xray .hist a") && document.activeElement.getAttribute("href")`
	link := js[string](v, `(document.querySelector("#xray .hist a").focus(), `+focused+`)`)
	other.post("/set", "key", "seen", "value", "once more")
	v.wait(`document.querySelector("[data-panel]").textContent.includes("once more")`)
	if now := js[string](v, focused+` || "nowhere"`); now != link {
		t.Errorf("the focus went from the exchange %s to %s", link, now)
	}

	// The page's own clock follows.
	clock := func(text string) {
		t.Helper()
		v.wait(fmt.Sprintf(`document.querySelector(".big-clock").innerText.includes(%q)`, text))
	}
	clock("left of 7200 seconds")
	other.post("/expiry", "seconds", "3600")
	clock("left of 3600 seconds")
	other.post("/flush")
	clock("No session, so no clock.")
	v.wait(`!document.querySelector(".big-clock").dataset.end`)
}

// TestTenTabs opens ten tabs of one visitor. A browser has six connections for one server, and a live
// panel holds one: a tab that is hidden has to give its up.
func TestTenTabs(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	first := newVisitor(t, l)
	first.open("/set")
	first.run("Set it", "key", "fname", "value", "Aman")
	first.live()
	tabs := []*visitor{first}
	for range 9 {
		v := tabs[len(tabs)-1].newTab("/set")
		v.shows("Aman")
		v.live()
		tabs = append(tabs, v)
	}
	last := tabs[9]
	last.run("Set it", "key", "lname", "value", "Roy")
	// A tab that is brought to the front is live again, and up to date.
	first.front()
	first.live()
	first.shows("Roy")
}

// TestReloadAndBack goes back and forth and reloads after each operation: none is done twice.
func TestReloadAndBack(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitor(t, l)
	v.open("/modified")
	v.run("Assign the cart")
	v.run("Assign the cart")
	r := v.saved(map[string]any{"cart": map[string]int{"n": 2}})
	v.forget()
	for _, step := range []struct {
		what string
		do   chromedp.Action[chromedp.Void]
	}{
		{"reload", chromedp.Reload()}, {"back", chromedp.NavigateBack()}, {"back", chromedp.NavigateBack()},
		{"forward", chromedp.NavigateForward()}, {"forward", chromedp.NavigateForward()}, {"reload", chromedp.Reload()},
	} {
		v.do(step.what, step.do)
		v.live()
		if n := v.posts(); n != 0 {
			t.Errorf("%s sent %d POSTs", step.what, n)
		}
		v.unsaved(r)
	}
	v.returns("2") // the last exchange is still on view

	// After a flush, back shows the present, not the values from before.
	v.open("/flush")
	v.run("Flush this session")
	v.forget()
	v.do("back", chromedp.NavigateBack())
	v.live()
	v.shows("No session")
	if n := v.posts(); n != 0 {
		t.Errorf("back sent %d POSTs", n)
	}
	l.empty()
	v.noCookie()
}

// TestKeyboardOnly runs an experiment without a mouse.
func TestKeyboardOnly(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitorIn(t, l, shell())
	v.open("/set")
	v.do("first Tab", chromedp.KeyEvent(kb.Tab))
	if text := js[string](v, "document.activeElement.textContent"); text != "Skip to the lesson" {
		t.Errorf("the first stop is %q", text)
	}
	v.do("skip", chromedp.KeyEvent(kb.Enter))
	v.tabTo(`e.name === "predict"`)
	v.do("answer", chromedp.KeyEvent(kb.ArrowDown))
	v.tabTo(`e.name === "key"`)
	v.do("type", chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent("city"))
	v.tabTo(`e.name === "value"`)
	v.do("type", chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent("Pune"))
	v.forget()
	ok(t, v.leave("Enter", chromedp.KeyEvent(kb.Enter)))
	v.saved(map[string]any{"city": "Pune"})
	v.says("#result", "city", "You predicted")

	// The keys of the list: none of them works while one types.
	v.open("/set")
	v.click("#key")
	v.do("type", chromedp.KeyEvent("rtp?"))
	if path := js[string](v, "location.pathname"); path != "/set" || js[bool](v, `!!document.documentElement.dataset.theme`) {
		t.Error("a key did something while the cursor was in a field")
	}
	ok(t, v.leave("Ctrl+Enter", chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl))))
	v.wait(`location.search.startsWith("?exchange=")`)
	v.open("/set")
	v.do("?", chromedp.KeyEvent("?"))
	v.wait(`document.getElementById("keys").matches(":popover-open")`)
	v.do("Escape", chromedp.KeyEvent(kb.Escape))
	v.wait(`!document.getElementById("keys").matches(":popover-open")`)
	v.do("t", chromedp.KeyEvent("t"))
	v.wait(`document.documentElement.dataset.theme === "light"`)
	v.do("t", chromedp.KeyEvent("t"))
	v.wait(`document.documentElement.dataset.theme === "dark"`)
	v.do("p", chromedp.KeyEvent("p"))
	v.wait(`document.documentElement.dataset.size === "present"`)
	ok(t, v.leave("right arrow", chromedp.KeyEvent(kb.ArrowRight)))
	v.wait(`location.pathname === "/get" && document.documentElement.dataset.theme === "dark" && document.documentElement.dataset.size === "present"`)
	ok(t, v.leave("left arrow", chromedp.KeyEvent(kb.ArrowLeft)))
	v.wait(`location.pathname === "/set"`)
	v.leave("r", chromedp.KeyEvent("r"))
	v.wait(`location.pathname === "/flush"`)
	l.empty()
	v.noCookie()
}

// tabTo presses Tab until the focus is where the expression, about e, is true.
func (v *visitor) tabTo(expression string) {
	v.t.Helper()
	for range 100 {
		if js[bool](v, fmt.Sprintf(`(e => %s)(document.activeElement)`, expression)) {
			return
		}
		v.do("Tab", chromedp.KeyEvent(kb.Tab))
	}
	v.t.Fatalf("Tab does not lead to %s", expression)
}

// TestSheets opens the lessons and the x-ray on a phone, by touch and by key.
func TestSheets(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitorIn(t, l, shell())
	v.resize(390)
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	for _, sheet := range []struct{ id, inside string }{{"xray", "fname"}, {"lessons", "Flush"}} {
		button := fmt.Sprintf("[popovertarget=%s]:not([popovertargetaction])", sheet.id)
		open := fmt.Sprintf(`document.getElementById(%q).matches(":popover-open")`, sheet.id)
		v.click(button)
		v.wait(open)
		v.says("#"+sheet.id, sheet.inside)
		v.do("Escape", chromedp.KeyEvent(kb.Escape))
		v.wait("!" + open)
	}
}

// TestButtons presses what is on every page: theme, size, a token, and copy.
func TestButtons(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitor(t, l)
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	token := v.cookie().Value
	v.live()

	v.click("button[data-act=theme]")
	v.wait(`document.documentElement.dataset.theme === "light"`)
	v.click("button[data-act=theme]")
	v.wait(`document.documentElement.dataset.theme === "dark" && getComputedStyle(document.body).colorScheme !== "light"`)
	v.click("button[data-act=size]")
	v.wait(`document.documentElement.dataset.size === "present" && document.querySelector("[data-act=size]").ariaPressed === "true"`)
	v.open("/set")
	v.wait(`document.documentElement.dataset.theme === "dark" && document.documentElement.dataset.size === "present"`)
	v.click("button[data-act=size]")

	if strings.Contains(v.text("#xray"), token) {
		t.Error("the token stands there unfolded")
	}
	v.click("#xray button.tok")
	v.wait(fmt.Sprintf(`document.querySelector("#xray .cookie").innerText.includes(%q)`, token))
	v.click("#xray button.tok")
	v.wait(fmt.Sprintf(`!document.querySelector("#xray .cookie").innerText.includes(%q)`, token))

	v.allowClipboard()
	v.click("main .copy")
	v.wait(`document.querySelector("[role=status]").textContent === "Copied"`)
	if copied, want := js[string](v, "navigator.clipboard.readText()"), js[string](v, `document.querySelector("main .copy").closest("figure").querySelector("pre").textContent`); strings.TrimSpace(copied) != strings.TrimSpace(want) {
		t.Errorf("copied %q, not %q", copied, want)
	}
}

// clipboard is held by the test that copies: the browser has only one.
var clipboard sync.Mutex

// takeClipboard has the clipboard for this test until it ends.
func (v *visitor) takeClipboard() {
	clipboard.Lock()
	v.t.Cleanup(clipboard.Unlock)
	v.front()
}

// allowClipboard takes the clipboard and lets the page use it, as a click on the browser's question would.
func (v *visitor) allowClipboard() {
	v.t.Helper()
	v.takeClipboard()
	ctx, cancel := v.within()
	defer cancel()
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		if _, err := chromedp.CallBrowser(ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted,
			Origin: v.lab.url, BrowserContextID: chromedp.FromContext(v.tab).BrowserContextID,
		}); err != nil {
			v.t.Fatal(err)
		}
	}
}

// TestCopySignedCookie copies a cookie that stands in the page whole.
func TestCopySignedCookie(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	v := newVisitor(t, startLab(t, "-store", "cookie:"))
	v.open("/set")
	ok(t, v.run("Set it", "key", "fname", "value", "Aman"))
	v.allowClipboard()
	v.click("#xray .cookie [data-copy]")
	v.wait(`document.querySelector("[role=status]").textContent === "Copied"`)
	if copied, held := js[string](v, "navigator.clipboard.readText()"), v.jar()[0].Value; copied != held {
		t.Errorf("copied %q of the cookie %q", copied, held)
	}
	js[bool](v, `(document.querySelector("[role=status]").textContent = "", true)`)
	v.click("main figure .copy")
	v.wait(`document.querySelector("[role=status]").textContent === "Copied"`)
	if copied, code := js[string](v, "navigator.clipboard.readText()"), js[string](v, `document.querySelector("main figure code").textContent`); copied != code || !strings.Contains(code, "request.session") {
		t.Errorf("copied %q of the code %q", copied, code)
	}
}

// TestTicks runs an experiment: the lesson is ticked off in this browser, and the session does not know.
func TestTicks(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitorIn(t, l, shell())
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	v.wait(`document.querySelector("nav [data-lesson=set]").textContent.includes("done")`)
	v.saved(map[string]any{"fname": "Aman"})
	v.open("/")
	v.wait(`document.querySelector("main [data-lesson=set] .dot").classList.contains("done")`)
	if js[bool](v, `document.querySelector("main [data-lesson=get] .dot").classList.contains("done")`) {
		t.Error("a lesson is ticked off that nobody did")
	}

	// Another program under the same address may have kept something else under that name.
	for _, odd := range []string{"5", "null", "{", `{"length": 1}`} {
		js[bool](v, fmt.Sprintf(`(localStorage.setItem("done", %q), true)`, odd))
		v.open("/set")
		v.live()
	}
}

// TestPrint prints the revision sheet: two pages of A4 at most.
func TestPrint(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	v := newVisitorIn(t, startLab(t), shell())
	v.open("/summary")
	pdf := get(v, "print", chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPrintBackground()))
	if n := len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(pdf, -1)); n < 1 || n > 2 {
		t.Errorf("%d pages", n)
	}
	if !bytes.HasPrefix(pdf, []byte("%PDF")) {
		t.Error("no PDF")
	}
}

// TestNetworkName opens the lab under a name of the network, over plain http. There a browser does not
// say whether a form comes from the same site; the lab's own forms must work all the same.
func TestNetworkName(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t, "-host", networkName)
	l.url = strings.Replace(l.url, "127.0.0.1", networkName, 1)
	v := newVisitor(t, l)
	v.allow("Cross-Origin-Opener-Policy header has been ignored") // it takes effect over https and on this machine only
	v.open("/set")
	ok(t, v.run("Set it", "key", "fname", "value", "Aman"))
	v.saved(map[string]any{"fname": "Aman"})
	v.live()
	if js[bool](v, "isSecureContext") {
		t.Error("the browser takes the name for this machine: the older way of copying was not tried")
	}
	v.takeClipboard()
	v.click("main .copy")
	v.wait(`document.querySelector("[role=status]").textContent === "Copied"`)
	l.url = strings.Replace(l.url, networkName, "127.0.0.1", 1)
}

// TestForeignForm lets another site's page post to the lab, with the visitor's cookie where the browser
// sends it. It is refused, and nothing is changed.
func TestForeignForm(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><title>prize</title><link rel=icon href="data:,"><form method=post action="%s/flush"><button>win a prize</button></form>`, l.url)
	}))
	t.Cleanup(site.Close)
	v := newVisitor(t, l)
	v.allow("a request to elsewhere")
	v.allow("status of 403")
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	r := v.saved(map[string]any{"fname": "Aman"})
	for _, origin := range []string{site.URL, strings.Replace(site.URL, "127.0.0.1", "localhost", 1)} { // same site with another port; another site
		v.do("open the other site", chromedp.Navigate(origin))
		if status := v.press("button"); status != http.StatusForbidden {
			t.Errorf("a form from %s was answered with %d", origin, status)
		}
		v.says("main", "Nothing was changed.")
		l.holds(r.token, r.values)
	}
}

// TestKeys presses keys where they could do harm, and looks at what they would run.
func TestKeys(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitorIn(t, l, shell())
	press := func(key, modifiers, target string) string {
		t.Helper()
		return js[string](v, fmt.Sprintf(`(() => {
			let ran = "nothing";
			HTMLFormElement.prototype.requestSubmit = function (button) { ran = button?.textContent ?? "a form"; };
			const target = %s;
			target.focus();
			target.dispatchEvent(new KeyboardEvent("keydown", {key: %q, bubbles: true, cancelable: true, %s}));
			return ran;
		})()`, target, key, modifiers))
	}
	button := func(text string) string {
		return fmt.Sprintf(`[...document.querySelectorAll("main button")].find(b => b.textContent === %q)`, text)
	}
	for _, k := range []struct{ path, key, modifiers, target, want string }{
		{"/flush", "Enter", "ctrlKey: true", "document.body", "Flush this session"},
		{"/flush", "Enter", "ctrlKey: true", `document.querySelector(".nav a")`, "nothing"},
		{"/flush", "Enter", "ctrlKey: true", `document.querySelector(".reset button")`, "nothing"},
		{"/modified", "Enter", "ctrlKey: true", button("Change in place"), "Change in place"},
		{"/expiry", "Enter", "ctrlKey: true", button("10 s"), "10 s"},
		{"/set", "r", "", "document.body", "a form"},
		{"/set", "r", "repeat: true", "document.body", "nothing"},
		{"/set", "r", "", `document.querySelector("#key")`, "nothing"},
	} {
		v.open(k.path)
		if got := press(k.key, k.modifiers, k.target); got != k.want {
			t.Errorf("%s %s on %s of %s runs %q, want %q", k.key, k.modifiers, k.target, k.path, got, k.want)
		}
	}
	v.resize(1440)
	v.click("button.icon-btn[popovertarget=keys]")
	v.click("[data-act=letters]")
	if got := press("r", "", "document.body"); got != "nothing" {
		t.Errorf("with the letter keys off, r runs %q", got)
	}
	v.open("/set")
	if got := press("r", "", "document.body"); got != "nothing" {
		t.Errorf("on the next page, r runs %q again", got)
	}
}

// TestPlantedCookie: a browser sends a cookie that was planted for one page before the one of the whole site. The
// last counts, so the visitor stays in the own session, and the x-ray says that there are two.
func TestPlantedCookie(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitor(t, l)
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	own := v.cookie().Value
	js[bool](v, `(() => { document.cookie = "sessionname=" + "A".repeat(43) + "; path=/set"; return true })()`)
	v.run("Set it", "key", "lname", "value", "Roy")
	v.says("#xray", "sends 2 cookies of this name", "the last of 2 cookies")
	l.holds(own, map[string]any{"fname": "Aman", "lname": "Roy"})
}
