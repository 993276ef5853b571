package e2e

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"sessionlab/e2e/launch"
)

// command is one of WebDriver's: how it is sent over HTTP, and what Firefox calls it in Marionette, its own
// protocol with the same commands.
type command struct{ method, path, marionette string }

var (
	navigateTo    = command{"POST", "/url", "WebDriver:Navigate"}
	goBack        = command{"POST", "/back", "WebDriver:Back"}
	goForward     = command{"POST", "/forward", "WebDriver:Forward"}
	execute       = command{"POST", "/execute/sync", "WebDriver:ExecuteScript"}
	findElement   = command{"POST", "/element", "WebDriver:FindElement"}
	clickElement  = command{"POST", "/element/{id}/click", "WebDriver:ElementClick"}
	readCookies   = command{"GET", "/cookie", "WebDriver:GetCookies"}
	deleteCookies = command{"DELETE", "/cookie", "WebDriver:DeleteAllCookies"}
	addCookie     = command{"POST", "/cookie", "WebDriver:AddCookie"}
	setWindow     = command{"POST", "/window/rect", "WebDriver:SetWindowRect"}
	printPage     = command{"POST", "/print", "WebDriver:Print"}
)

// driven is a running browser that is no Chromium: what differs between Firefox and WebKit.
type driven interface {
	// send has it obey a command. The answer is the command's value.
	send(c command, params map[string]any) (json.RawMessage, error)
	// address is where it finds the pages of the lab.
	address(t *testing.T, l *lab) string
	// resize gives the page a window of that size.
	resize(p *person, width, height int) error
	// heard returns the errors and warnings of pages since it was called last, and forgets them.
	heard() ([]string, error)
}

// person is somebody at the one tab of such a browser, as visitor is in Chromium.
type person struct {
	driven
	t   testing.TB
	lab *lab
	url string

	pressed, other [2]int // the windows in which buttons are pressed, and what came of it is looked at, too
}

// in is the same person in another test.
func (p *person) in(t testing.TB) *person {
	of := *p
	of.t = t
	return &of
}

// must sends a command that has to be obeyed.
func (p *person) must(c command, params map[string]any) json.RawMessage {
	p.t.Helper()
	value, err := p.send(c, params)
	if err != nil {
		p.t.Fatalf("%s %v: %v", c.marionette, params, err)
	}
	return value
}

func (p *person) open(path string) {
	p.t.Helper()
	p.must(navigateTo, map[string]any{"url": p.url + path})
}

// eval evaluates a JavaScript expression in the page; of a promise, it is what comes of it.
func eval[T any](p *person, expression string) (x T) {
	p.t.Helper()
	value := p.must(execute, script(expression))
	if err := json.Unmarshal(value, &x); err != nil {
		p.t.Fatalf("%.200s: %v: %.200s", expression, err, value)
	}
	return x
}

func script(expression string) map[string]any {
	return map[string]any{"script": "return " + expression, "args": []any{}}
}

// apply evaluates a function of the files in js, with that argument.
func apply[T any](p *person, function string, arg any) T {
	p.t.Helper()
	text, err := json.Marshal(arg)
	if err != nil {
		p.t.Fatal(err)
	}
	return eval[T](p, fmt.Sprintf("(%s)(%s)", function, text))
}

// wait waits until an expression is true in the page, across navigations too.
func (p *person) wait(expression string) {
	p.t.Helper()
	until(p.t, expression, func() bool {
		value, err := p.send(execute, script(expression))
		return err == nil && string(value) == "true"
	})
}

// click clicks as a hand does: on what is in sight, and not covered.
func (p *person) click(selector string) {
	p.t.Helper()
	found := p.must(findElement, map[string]any{"using": "css selector", "value": selector})
	var element map[string]string
	if err := json.Unmarshal(found, &element); err != nil {
		p.t.Fatal(err)
	}
	// Of its own accord a driver scrolls as little as it can, and leaves it behind the bar or the dock.
	eval[any](p, fmt.Sprintf(`document.querySelector(%q)
		.scrollIntoView({block: "center", behavior: "instant"})`, selector))
	for _, id := range element {
		p.must(clickElement, map[string]any{"id": id})
	}
}

// press clicks, and waits for the next page. The old one is marked, and the address says nothing: what is run
// twice leads to the same.
func (p *person) press(selector string) {
	p.t.Helper()
	p.leave(func() { p.click(selector) })
}

// leave does something after which another page is there.
func (p *person) leave(step func()) {
	p.t.Helper()
	eval[bool](p, "(window.e2eLeft = true)")
	step()
	p.arrive()
}

func (p *person) arrive() {
	p.t.Helper()
	p.wait(`!window.e2eLeft && document.readyState === "complete"`)
}

// history goes back or forward. A page that comes from the page cache with its mark still on it has to load
// itself anew.
func (p *person) history(c command) {
	p.t.Helper()
	eval[bool](p, "(window.e2eLeft = true)")
	p.must(c, map[string]any{})
	p.arrive()
}

// text is an element's visible text, in one line.
func (p *person) text(selector string) string {
	p.t.Helper()
	text := eval[string](p, fmt.Sprintf(`document.querySelector(%q)?.innerText ?? "(none)"`, selector))
	return strings.Join(strings.Fields(text), " ")
}

func (p *person) says(selector, words string) {
	p.t.Helper()
	if text := p.text(selector); !strings.Contains(text, words) {
		p.t.Errorf("%s says %q, without %q", selector, text, words)
	}
}

// heldCookie is a cookie in the browser's jar.
type heldCookie struct {
	Name, Value, Path, SameSite string
	HTTPOnly, Secure            bool
}

func (p *person) cookies() (jar []heldCookie) {
	p.t.Helper()
	if err := json.Unmarshal(p.must(readCookies, map[string]any{}), &jar); err != nil {
		p.t.Fatal(err)
	}
	return jar
}

// forgetCookies empties the jar, from any page of the lab. WebKit may do so a moment later.
func (p *person) forgetCookies() {
	p.t.Helper()
	p.must(deleteCookies, map[string]any{})
	p.wait(`fetch("/internals.json").then(r => r.json()).then(state => !state.cookie.received)`)
}

// session is the session cookie in the jar, nil for none, with the attributes that it must have.
func (p *person) session() *heldCookie {
	p.t.Helper()
	jar := p.cookies()
	i := slices.IndexFunc(jar, func(c heldCookie) bool { return c.Name == "sessionname" })
	if i < 0 {
		return nil
	}
	if c := jar[i]; len(c.Value) != 43 || c.Path != "/" || !c.HTTPOnly || c.Secure || c.SameSite != "Lax" {
		p.t.Errorf("the jar holds %+v", c)
	}
	return &jar[i]
}

func (p *person) window(size [2]int) {
	p.t.Helper()
	if err := p.resize(p, size[0], size[1]); err != nil {
		p.t.Fatal(err)
	}
	p.wait(fmt.Sprintf("innerWidth === %d && innerHeight === %d", size[0], size[1]))
}

// quiet fails the test if a page has complained since it was asked last, but for what contains one of these.
func (p *person) quiet(allowed ...string) {
	p.t.Helper()
	heard, err := p.heard()
	if err != nil {
		p.t.Fatal(err)
	}
	for _, line := range slices.Compact(slices.Sorted(slices.Values(heard))) {
		if !slices.ContainsFunc(allowed, func(text string) bool { return strings.Contains(line, text) }) {
			p.t.Errorf("the browser complained: %s", line)
		}
	}
}

// settle ends a test, as quiet, and writes down the page for whoever looks into a failure.
func (p *person) settle(allowed ...string) {
	p.t.Helper()
	p.quiet(allowed...)
	if p.t.Failed() {
		artifact(p.t, "page.html", []byte(eval[string](p, "document.documentElement.outerHTML")))
	}
}

// launched starts a program that ends with this one at the latest, and returns what stops it.
func launched(t testing.TB, cmd *exec.Cmd) (stop func()) {
	t.Helper()
	launch.EndWithUs(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		cmd.Process.Kill()
		cmd.Wait()
	}
}
