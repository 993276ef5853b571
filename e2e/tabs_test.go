package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

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
	a.knowsNothingOf(tb, "beta", "bananas", "turn1", "turn3", "shell-b")
	b.knowsNothingOf(ta, "alpha", "apples", "turn0", "turn2", "shell-a")
	// An exchange is shown to the one who made it, and to nobody else.
	a.open("/set")
	a.run("Set it", "key", "private", "value", "only mine")
	query := js[string](a, "location.pathname + location.search")
	b.open(query)
	if strings.Contains(b.html(), "only mine") {
		t.Error("an exchange is shown to another visitor")
	}
}

// knowsNothingOf checks that page, stream and list of sessions hold none of these of another visitor.
func (v *visitor) knowsNothingOf(foreign ...string) {
	v.t.Helper()
	texts := map[string]string{"page": v.html(), "stream": v.got()}
	if texts["stream"] == "" {
		v.t.Error("the stream carried nothing")
	}
	v.open("/sessions")
	texts["list of sessions"] = v.html()
	for name, text := range texts {
		for _, secret := range foreign {
			if strings.Contains(text, secret) {
				v.t.Errorf("the %s of one visitor holds %q of the other", name, secret)
			}
		}
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
	two.wait(`!document.querySelector(".dock time").hidden &&
		document.querySelector(".dock .tok").dataset.tok !== "none"`)
	two.run("Set it", "key", "lname", "value", "Roy")
	one.shows("lname", "Roy")
	if one.cookie().Value != two.cookie().Value {
		t.Error("two tabs, two tokens")
	}
	token := one.cookie().Value
	l.holds(token, map[string]any{"fname": "Aman", "lname": "Roy"})
	one.seesReading(two)
	one.seesEnding(two, token)
	l.empty()
}

// seesReading has another tab read. That changes no row, and this tab shows it all the same.
func (one *visitor) seesReading(two *visitor) {
	one.t.Helper()
	one.open("/internals")
	one.live()
	two.open("/get")
	two.run("Get it", "key", "fname", "default", "Guest")
	one.shows("GET /get", "Your last request only read it.")
	// And of a form and the page that its answer leads to, the form.
	two.open("/set")
	two.run("Set it", "key", "fname", "value", "Aman")
	one.shows("POST /set", "saved by your last request")
}

// seesEnding has another tab cycle the key of the session, whose token this is, and end it in two ways.
func (one *visitor) seesEnding(two *visitor, token string) {
	one.t.Helper()
	one.open("/set")
	one.live()
	two.open("/cycle-key")
	two.run("Cycle the key")
	fresh := two.cookie().Value
	one.shows(fresh[:4]) // by itself, with the browser's new cookie
	if js[bool](one,
		fmt.Sprintf(`[...document.querySelectorAll("#xray .tier")].some(t => t.outerHTML.includes(%q))`,
			token)) {
		one.t.Error("the first tab still shows the old ID as its own")
	}

	one.lab.exec("UPDATE sessions SET expiry = expiry - 1 WHERE token = ?", fresh)
	one.shows("Expired")
	two.shows("Expired")
	one.lab.exec("UPDATE sessions SET expiry = expiry + 1 WHERE token = ?", fresh)
	one.open("/items")
	one.shows("fname")
	one.live()
	two.open("/flush")
	two.run("Flush this session")
	one.shows("Your browser holds no")
	one.wait(`document.querySelector(".dock time").hidden &&
		document.querySelector(".dock .tok").textContent === "none"`)
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
		{"forward", chromedp.NavigateForward()}, {"forward", chromedp.NavigateForward()},
		{"reload", chromedp.Reload()},
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
