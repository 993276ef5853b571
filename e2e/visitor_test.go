package e2e

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// visitor is one person at one tab. A new visitor has a cookie jar of their own; newTab and
// newWindow share it. At the end of the test everything that the browser complained about fails it.
type visitor struct {
	t   testing.TB
	lab *lab
	tab context.Context // of the tab, without a deadline

	mu       sync.Mutex
	bad      []string // console errors, exceptions, violations of the policy, failed loads, foreign requests
	allowed  []string
	requests []*request
	byID     map[network.RequestID]*request
	events   []string // that the live panel has got
	log      bytes.Buffer
}

// request is one request of the browser, with its redirects.
type request struct {
	method, url string
	hops        []hop
	sent        []network.Headers
	size        float64 // bytes on the wire; 0 for what came from the cache
}

// hop is one answer to a request: the last one, or a redirect.
type hop struct {
	status  int64
	headers network.Headers
}

func header(h network.Headers, name string) string {
	for key, value := range h {
		if strings.EqualFold(key, name) {
			return fmt.Sprint(value)
		}
	}
	return ""
}

// newVisitor opens a tab with an empty cookie jar.
func newVisitor(t testing.TB, l *lab) *visitor {
	t.Helper()
	return newVisitorIn(t, l, chromium)
}

// newVisitorIn does so in that browser.
func newVisitorIn(t testing.TB, l *lab, b *sharedBrowser) *visitor {
	t.Helper()
	return attach(t, l, b.start(t), chromedp.WithNewBrowserContext())
}

// newTab opens a path in a second tab of the same window, as a middle click would. The first is hidden then.
func (v *visitor) newTab(path string) *visitor {
	v.t.Helper()
	ctx, cancel := v.within()
	defer cancel()
	opened := chromedp.WaitNewTarget(ctx, func(*target.Info) bool { return true })
	js[bool](v, fmt.Sprintf("(open(%q), true)", path))
	id, ok := <-opened
	if !ok {
		v.t.Fatalf("no new tab for %s", path)
	}
	w := attach(v.t, v.lab, v.tab, chromedp.WithTargetID(id))
	w.wait(`document.readyState === "complete" && location.protocol === "http:"`)
	v.wait("document.hidden")
	return w
}

// newWindow opens a window of the same person: both pages can be seen.
func (v *visitor) newWindow() *visitor {
	v.t.Helper()
	return attach(v.t, v.lab, v.tab, chromedp.WithNewWindow(true))
}

// front brings the tab to the front of its window.
func (v *visitor) front() {
	v.t.Helper()
	ctx, cancel := v.within()
	defer cancel()
	if _, err := chromedp.Call(ctx, page.BringToFront, cdp.Empty{}); err != nil {
		v.t.Fatal(err)
	}
}

func attach(t testing.TB, l *lab, parent context.Context, options ...chromedp.ContextOption) *visitor {
	t.Helper()
	v := &visitor{t: t, lab: l, byID: map[network.RequestID]*request{}}
	var cancel context.CancelFunc
	v.tab, cancel = chromedp.NewContext(parent, append(options, chromedp.WithListener(v.listen))...)
	if err := chromedp.Do(v.tab); err != nil {
		cancel()
		t.Fatal("open a tab: ", err)
	}
	v.theme("light")
	t.Cleanup(func() {
		complaints := v.complaints()
		if len(complaints) > 0 {
			t.Errorf("the browser complained:\n  %s", strings.Join(complaints, "\n  "))
		}
		if t.Failed() {
			v.keep()
		}
		cancel()
	})
	return v
}

// keep writes a picture of the page and the browser's log for whoever looks into the failure.
func (v *visitor) keep() {
	ctx, cancel := context.WithTimeout(v.tab, 15*time.Second)
	defer cancel()
	if png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100)); err == nil {
		artifact(v.t, "page.png", png)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	artifact(v.t, "browser.log", v.log.Bytes())
}

// allow says that the browser may complain about what contains text.
func (v *visitor) allow(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.allowed = append(v.allowed, text)
}

// complaints returns what the browser has complained about so far, and forgets it.
func (v *visitor) complaints() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	bad := slices.DeleteFunc(v.bad, func(s string) bool {
		return slices.ContainsFunc(v.allowed, func(text string) bool { return strings.Contains(s, text) })
	})
	v.bad = nil
	return bad
}

func (v *visitor) complain(format string, args ...any) {
	v.bad = append(v.bad, fmt.Sprintf(format, args...))
}

// listen sees every event of the tab, in order.
func (v *visitor) listen(event any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		x := e.ExceptionDetails
		text := x.Text
		if x.Exception != nil {
			text += " " + x.Exception.Description
		}
		v.complain("exception at %s:%d: %s", x.URL, x.LineNumber+1, text)
	case *runtime.EventConsoleAPICalled:
		var args []string
		for _, arg := range e.Args {
			args = append(args, cmp.Or(strings.Trim(string(arg.Value), `"`), arg.Description))
		}
		fmt.Fprintf(&v.log, "console.%s %s\n", e.Type, strings.Join(args, " "))
		if e.Type == "error" || e.Type == "assert" || e.Type == "warning" {
			v.complain("console.%s %s", e.Type, strings.Join(args, " "))
		}
	case *cdplog.EventEntryAdded: // among them violations of the Content-Security-Policy and failed loads
		fmt.Fprintf(&v.log, "log %s/%s %s %s\n", e.Entry.Source, e.Entry.Level, e.Entry.URL, e.Entry.Text)
		if e.Entry.Level == cdplog.EntryLevelError || e.Entry.Level == cdplog.EntryLevelWarning {
			v.complain("%s %s: %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		v.sends(e)
	case *network.EventRequestWillBeSentExtraInfo:
		r := v.request(e.RequestID)
		r.sent = append(r.sent, e.Headers)
	case *network.EventResponseReceivedExtraInfo:
		r := v.request(e.RequestID)
		r.hops = append(r.hops, hop{e.StatusCode, e.Headers})
		fmt.Fprintf(&v.log, "answer %d %s\n", e.StatusCode, r.url)
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 && e.Type != network.ResourceTypeDocument {
			v.complain("%d for %s", int(e.Response.Status), e.Response.URL)
		}
	case *network.EventEventSourceMessageReceived:
		fmt.Fprintf(&v.log, "event %s\n", e.EventName)
		v.events = append(v.events, e.EventName+" "+e.Data)
	case *network.EventLoadingFinished:
		v.request(e.RequestID).size = e.EncodedDataLength
	case *network.EventLoadingFailed:
		r := v.request(e.RequestID)
		fmt.Fprintf(&v.log, "failed %s %s\n", r.url, e.ErrorText)
		if !e.Canceled && r.url != "" { // without an address it began before this listener did
			v.complain("load failed: %s %s", r.url, e.ErrorText)
		}
	}
}

func (v *visitor) request(id network.RequestID) *request {
	r := v.byID[id]
	if r == nil {
		r = &request{}
		v.byID[id] = r
	}
	return r
}

func (v *visitor) sends(e *network.EventRequestWillBeSent) {
	if strings.HasPrefix(e.Request.URL, "data:") {
		return // the browser's own icons
	}
	fmt.Fprintf(&v.log, "request %s %s\n", e.Request.Method, e.Request.URL)
	if u, err := url.Parse(e.Request.URL); err != nil || u.Scheme+"://"+u.Host != v.lab.url {
		v.complain("a request to elsewhere: %s", e.Request.URL)
	}
	if e.RedirectResponse != nil {
		return // the next hop of a request that is known
	}
	r := v.request(e.RequestID)
	r.method, r.url = e.Request.Method, e.Request.URL
	v.requests = append(v.requests, r)
}

// forget drops the requests that were seen so far.
func (v *visitor) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.requests = nil
}

// seen returns the requests since the last forget.
func (v *visitor) seen() []request {
	v.mu.Lock()
	defer v.mu.Unlock()
	var list []request
	for _, r := range v.requests {
		list = append(list, *r)
	}
	return list
}

// got returns all that the live panel's streams have carried to this tab.
func (v *visitor) got() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return strings.Join(v.events, "\n")
}

// live waits until the panel is live.
func (v *visitor) live() {
	v.t.Helper()
	v.wait(`document.documentElement.dataset.live === "on"`)
}

// shows waits until the panel contains all of these.
func (v *visitor) shows(words ...string) {
	v.t.Helper()
	for _, word := range words {
		v.wait(fmt.Sprintf(`document.querySelector("[data-panel]").innerText.includes(%q)`, word))
	}
}

// posts counts the POST requests since the last forget.
func (v *visitor) posts() int {
	n := 0
	for _, r := range v.seen() {
		if r.method == http.MethodPost {
			n++
		}
	}
	return n
}

// within returns the tab with a deadline for one step.
func (v *visitor) within() (context.Context, context.CancelFunc) {
	return context.WithTimeout(v.tab, patience)
}

func (v *visitor) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, cancel := v.within()
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		v.t.Fatalf("%s: %v", what, err)
	}
}

func get[T any](v *visitor, what string, action chromedp.Action[T]) T {
	v.t.Helper()
	ctx, cancel := v.within()
	defer cancel()
	x, err := chromedp.Run(ctx, action)
	if err != nil {
		v.t.Fatalf("%s: %v", what, err)
	}
	return x
}

// js evaluates an expression in the page, also in a tab whose own scripts are off.
func js[T any](v *visitor, expression string) T {
	v.t.Helper()
	return get(v, expression[:min(len(expression), 200)], chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// wait waits until a JavaScript expression is true in the page, across navigations too.
func (v *visitor) wait(expression string) {
	v.t.Helper()
	until(v.t, expression, func() bool {
		ctx, cancel := v.within()
		defer cancel()
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		return err == nil && ok
	})
}

// open goes to a path and returns the status.
func (v *visitor) open(path string) int64 {
	v.t.Helper()
	return v.status(get(v, "open "+path, chromedp.NavigateResponse(v.lab.url+path)))
}

func (v *visitor) status(r *network.Response) int64 {
	v.t.Helper()
	if r == nil {
		v.t.Fatal("no response")
	}
	return r.Status
}

// press clicks, and waits for the next page. It returns its status.
func (v *visitor) press(selector string) int64 {
	v.t.Helper()
	x, y := v.target(selector)
	return v.leave("click "+selector, chromedp.MouseClickXY(x, y))
}

// click clicks, and waits for nothing.
func (v *visitor) click(selector string) {
	v.t.Helper()
	x, y := v.target(selector)
	v.do("click "+selector, chromedp.MouseClickXY(x, y))
}

// target scrolls to an element and returns where to click it, once it stands still and nothing lies on it.
func (v *visitor) target(selector string) (x, y float64) {
	v.t.Helper()
	type point struct {
		X, Y float64
		Top  string
	}
	var last point
	until(v.t, selector+" can be clicked", func() bool {
		p := js[point](v, fmt.Sprintf(`(() => {
			const e = document.querySelector(%q);
			if (!e || !e.checkVisibility() || document.querySelector("[autofocus]") && !document.activeElement.matches("[autofocus]") && document.activeElement === document.body) return {X: -1, Y: -1, Top: "(not there)"};
			e.scrollIntoView({block: "center", behavior: "instant"});
			const r = e.getBoundingClientRect(), x = r.left + r.width / 2, y = r.top + r.height / 2, top = document.elementFromPoint(x, y);
			return {X: x, Y: y, Top: top && (e.contains(top) || top.contains(e)) ? "" : top?.outerHTML.slice(0, 100) ?? "(outside)"};
		})()`, selector))
		still := p == last && p.Top == ""
		last = p
		return still
	})
	return last.X, last.Y
}

// leave does something after which another page is loaded, and returns that page's status.
func (v *visitor) leave(what string, step chromedp.Action[chromedp.Void]) int64 {
	v.t.Helper()
	ctx, cancel := v.within()
	defer cancel()
	r, err := chromedp.RunResponse(ctx, step)
	if err != nil {
		v.t.Fatalf("%s: %v", what, err)
	}
	return v.status(r)
}

// fill types text into a field, in place of what is there. Nobody types a long one: it is pasted.
func (v *visitor) fill(selector, text string) {
	v.t.Helper()
	v.click(selector)
	v.do("empty "+selector, chromedp.Clear(chromedp.CSS(selector)))
	switch {
	case len(text) > 200:
		ctx, cancel := v.within()
		defer cancel()
		if _, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
			v.t.Fatalf("paste into %s: %v", selector, err)
		}
	case text != "":
		v.do("type into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
	}
}

// run presses the button with that text, in the lesson, after filling in the fields of its form. Fields
// are name and text in turn; a name that comes twice is the second field of that name, and "predict" is
// the answer to the question. It returns the status of the page that comes.
func (v *visitor) run(button string, fields ...string) int64 {
	v.t.Helper()
	pressed := fmt.Sprintf(`[...document.querySelectorAll("main button")].find(b => b.textContent.trim() === %q && b.type !== "button")`, button)
	v.mark(pressed)
	times := map[string]int{}
	for i := 0; i+1 < len(fields); i += 2 {
		name, text := fields[i], fields[i+1]
		if name == "predict" {
			v.click(v.mark(fmt.Sprintf(`[...%s.form.querySelectorAll("label.opt")].find(o => o.textContent.trim() === %q)`, pressed, text)))
			continue
		}
		field := v.mark(fmt.Sprintf(`%s.form.querySelectorAll('[name=%q]:not([type=hidden])')[%d]`, pressed, name, times[name]))
		times[name]++
		if js[bool](v, fmt.Sprintf(`document.querySelector(%q).matches("select")`, field)) {
			v.do("choose "+text, chromedp.SetValue(chromedp.CSS(field), text))
		} else {
			v.fill(field, text)
		}
	}
	v.forget()
	return v.press(v.mark(pressed))
}

// mark gives the element of a JavaScript expression an attribute, and returns the selector for it.
func (v *visitor) mark(element string) string {
	v.t.Helper()
	if !js[bool](v, fmt.Sprintf(`(() => { const e = %s; document.querySelectorAll("[data-e2e]").forEach(m => m.removeAttribute("data-e2e")); e?.setAttribute("data-e2e", ""); return !!e })()`, element)) {
		v.t.Fatalf("not on the page: %s", element)
	}
	return "[data-e2e]"
}

// text returns the visible text of an element, in one line.
func (v *visitor) text(selector string) string {
	v.t.Helper()
	return strings.Join(strings.Fields(js[string](v, fmt.Sprintf(`document.querySelector(%q)?.innerText ?? "(none)"`, selector))), " ")
}

// returned is the result that the page shows.
func (v *visitor) returned() string {
	v.t.Helper()
	return js[string](v, `(document.querySelector("#result output[data-result]") ?? document.querySelector("main output[data-result]"))?.textContent ?? "(no result)"`)
}

// says checks that an element's visible text contains all of these.
func (v *visitor) says(selector string, words ...string) {
	v.t.Helper()
	text := v.text(selector)
	for _, word := range words {
		if !strings.Contains(text, word) {
			v.t.Errorf("%s says %q, without %q", selector, text, word)
		}
	}
}

// returns checks the result that the page shows.
func (v *visitor) returns(want string) {
	v.t.Helper()
	if got := v.returned(); got != want {
		v.t.Errorf("the page says that it returned %q, not %q", got, want)
	}
}

// posted returns the answer to the last POST, which is a redirect as a rule, and the Cookie header
// that the browser sent with it.
func (v *visitor) posted() (answer hop, cookie string) {
	v.t.Helper()
	until(v.t, "the headers of the last POST", func() bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		for _, r := range slices.Backward(v.requests) {
			if r.method == http.MethodPost && len(r.hops) > 0 && len(r.sent) > 0 {
				answer, cookie = r.hops[0], header(r.sent[0], "Cookie")
				return true
			}
		}
		return false
	})
	return answer, cookie
}

// jar returns the cookies that the browser holds for the lab.
func (v *visitor) jar() []*network.Cookie {
	v.t.Helper()
	ctx, cancel := v.within()
	defer cancel()
	all, err := chromedp.CallBrowser(ctx, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: chromedp.FromContext(v.tab).BrowserContextID})
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
	raw := header(answer.headers, "Set-Cookie")
	c, err := http.ParseSetCookie(raw)
	if err != nil {
		v.t.Fatalf("Set-Cookie: %q: %v", raw, err)
	}
	if c.Name != "sessionname" || c.Value != held.Value || c.Path != "/" || c.Domain != "" || !c.HttpOnly || c.Secure || c.SameSite != http.SameSiteLaxMode {
		v.t.Errorf("Set-Cookie: %s, and the browser holds %s", raw, held.Value)
	}
	if held.Session == persistent {
		v.t.Errorf("the browser keeps the cookie until it closes: %v, after Set-Cookie: %s", held.Session, raw)
	}
	if !persistent {
		if c.MaxAge != 0 || c.RawExpires != "" {
			v.t.Errorf("a cookie that ends with the browser has no Max-Age and no Expires, but: %s", raw)
		}
		return r
	}
	// The jar counts Max-Age from when the answer came.
	if late := time.UnixMilli(int64(held.Expires * 1000)).Sub(r.deadline); late < -time.Millisecond || late > patience {
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
		BrowserContextID: chromedp.FromContext(v.tab).BrowserContextID,
		Cookies:          []*network.CookieParam{{Name: "sessionname", Value: token, URL: v.lab.url, Path: "/", HTTPOnly: true, SameSite: network.CookieSameSiteLax}},
	}); err != nil {
		v.t.Fatal(err)
	}
}

// forgetCookies empties the browser's jar.
func (v *visitor) forgetCookies() {
	v.t.Helper()
	ctx, cancel := v.within()
	defer cancel()
	if _, err := chromedp.CallBrowser(ctx, storage.ClearCookies, storage.ClearCookiesParams{BrowserContextID: chromedp.FromContext(v.tab).BrowserContextID}); err != nil {
		v.t.Fatal(err)
	}
}

// noCookie checks that the browser holds no cookie.
func (v *visitor) noCookie() {
	v.t.Helper()
	if jar := v.jar(); len(jar) != 0 {
		v.t.Errorf("the browser holds %d cookies, not none: %s=%s", len(jar), jar[0].Name, jar[0].Value)
	}
}

// cookie checks that the browser holds the session cookie and nothing else, with the attributes that
// it must always have, and returns it.
func (v *visitor) cookie() *network.Cookie {
	v.t.Helper()
	jar := v.jar()
	if len(jar) != 1 {
		v.t.Fatalf("the browser holds %d cookies, not one", len(jar))
	}
	c := jar[0]
	if c.Name != "sessionname" || len(c.Value) != 43 || c.Path != "/" || !c.HTTPOnly || c.Secure || c.SameSite != network.CookieSameSiteLax {
		v.t.Errorf("the jar holds %s=%s Path=%s HttpOnly=%v Secure=%v SameSite=%s", c.Name, c.Value, c.Path, c.HTTPOnly, c.Secure, c.SameSite)
	}
	if u, _ := url.Parse(v.lab.url); c.Domain != u.Hostname() {
		v.t.Errorf("the cookie is for %s", c.Domain)
	}
	if text := js[string](v, `location.protocol === "about:" ? "" : document.cookie`); text != "" {
		v.t.Errorf("the page's script can read the cookie: %s", text)
	}
	return c
}

// withoutScripts turns JavaScript off, as in the browser's settings.
func (v *visitor) withoutScripts() {
	v.t.Helper()
	ctx, cancel := v.within()
	defer cancel()
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		v.t.Fatal(err)
	}
}

// theme sets what the system prefers; motion is reduced, so that nothing moves while it is looked at.
func (v *visitor) theme(scheme string) {
	v.t.Helper()
	ctx, cancel := v.within()
	defer cancel()
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}); err != nil {
		v.t.Fatal(err)
	}
}

// resize sets the window's width; under 700 px it is a phone.
func (v *visitor) resize(width int64) {
	v.t.Helper()
	if width < 700 {
		v.do("resize", chromedp.EmulateViewport(width, 800, chromedp.EmulateMobile))
		return
	}
	v.do("resize", chromedp.EmulateViewport(width, 900))
}
