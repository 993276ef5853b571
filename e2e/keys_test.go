package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

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
	all := chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	v.do("type", all, chromedp.KeyEvent("city"))
	v.tabTo(`e.name === "value"`)
	v.do("type", all, chromedp.KeyEvent("Pune"))
	v.forget()
	ok(t, v.leave("Enter", chromedp.KeyEvent(kb.Enter)))
	v.saved(map[string]any{"city": "Pune"})
	v.says("[data-outcome]", "city")
	v.says(".opt:has(:checked)", "your choice")
}

// TestOutcomeHasTheFocus: what came of a run has the focus, in sight, and is said to screen readers; also
// where the card is the answer to the form itself. Ctrl and Enter there run the same card once more.
func TestOutcomeHasTheFocus(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	v := newVisitorIn(t, startLab(t), shell())
	v.allow("status of 404")
	for _, tt := range []struct{ path, button, field, text, outcome string }{
		{"/set", "Set it", "value", "Aman", "is stored"},
		{"/delete", "Delete the key", "key", "absent", "KeyError"},
	} {
		for _, width := range []int64{390, 1440} {
			v.resize(width)
			v.forgetCookies()
			v.open(tt.path)
			v.run(tt.button, tt.field, tt.text)
			v.wait(`document.activeElement.matches("[data-card] [data-outcome]")`)
			v.says(":focus", tt.outcome)
			v.wait(`document.querySelector("[role=status]").textContent === document.activeElement.textContent`)
			if !js[bool](v, `(() => {
				const r = document.activeElement.getBoundingClientRect();
				return r.top >= 0 && r.bottom <= innerHeight;
			})()`) {
				t.Errorf("%s, %d px: the outcome is out of sight", tt.path, width)
			}
			v.leave("Ctrl+Enter", chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
			v.wait(fmt.Sprintf(`location.pathname === %q &&
				document.activeElement.matches("[data-outcome]")`, tt.path))
		}
	}
}

// TestKeysOfTheList presses the keys that the page lists. None of them works while one types.
func TestKeysOfTheList(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitorIn(t, l, shell())
	v.open("/set")
	v.click("#key")
	v.do("type", chromedp.KeyEvent("rtp?"))
	if !js[bool](v, `location.pathname === "/set" && !document.documentElement.dataset.theme`) {
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
	v.wait(`location.pathname === "/get"`)
	v.looks("dark", "present")
	ok(t, v.leave("left arrow", chromedp.KeyEvent(kb.ArrowLeft)))
	v.wait(`location.pathname === "/set"`)
	asked := `document.getElementById("ask").matches(":popover-open")`
	v.do("r", chromedp.KeyEvent("r"))
	v.wait(asked + ` && document.activeElement.textContent === "Start over"`)
	v.do("r again", chromedp.KeyEvent("r"))
	v.wait(asked)
	v.do("Escape", chromedp.KeyEvent(kb.Escape))
	v.wait("!" + asked)
	v.cookie() // nothing has happened yet
	v.do("r", chromedp.KeyEvent("r"))
	v.wait(asked)
	v.forget()
	ok(t, v.leave("Enter", chromedp.KeyEvent(kb.Enter)))
	v.wait(`location.pathname === "/set"`)
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
			HTMLFormElement.prototype.requestSubmit = button => { ran = button?.textContent ?? "a form"; };
			const target = %s;
			target.focus();
			const how = {bubbles: true, cancelable: true, %s};
			target.dispatchEvent(new KeyboardEvent("keydown", {key: %q, ...how}));
			return document.getElementById("ask").matches(":popover-open") ? "a question" : ran;
		})()`, target, modifiers, key))
	}
	button := func(text string) string {
		return fmt.Sprintf(`[...document.querySelectorAll("main button")]
			.find(b => b.textContent === %q)`, text)
	}
	for _, k := range []struct{ path, key, modifiers, target, want string }{
		{"/flush", "Enter", "ctrlKey: true", "document.body", "Flush this session"},
		{"/flush", "Enter", "ctrlKey: true", `document.querySelector(".nav a")`, "nothing"},
		{"/flush", "Enter", "ctrlKey: true", `document.querySelector(".reset button")`, "nothing"},
		{"/modified", "Enter", "ctrlKey: true", button("Change in place"), "Change in place"},
		{"/expiry", "Enter", "ctrlKey: true", button("Set to 0"), "Set to 0"},
		{"/set", "r", "", "document.body", "a question"},
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
