package e2e

import (
	"fmt"
	"net/http"
	"testing"
)

// move presses a button of what two browsers do after a run. With script the page stays, and its live region
// says what came of it; without, another page comes.
func (v *visitor) move(selector string) int64 {
	v.t.Helper()
	if v.scriptless {
		return v.press(selector)
	}
	js[bool](v, `(document.querySelector("#say").textContent = "", window.stays = true)`)
	v.click(selector)
	v.wait(`window.stays && document.querySelector("#say").textContent !== ""`)
	return http.StatusOK
}

// TestLanesLive has the two browsers do something after a run, and the visitor's session change elsewhere.
// The page shows each without being loaded anew, the focus stays, and the live region says what came of it.
func TestLanesLive(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startPlain(t)
	v := newVisitorIn(t, l, shell())
	v.open("/two")
	ok(t, v.run("Set who to Ann"))
	ok(t, v.run("Let B store it", "value", "Ben"))
	for _, tt := range []struct{ move, says, sees string }{
		{"b-get", "B got 200: 'Ben'. You see 1 value, and B sees 1 value.", "B sees now who 'Ben'"},
		{"copy", "B holds a copy of your cookie. You see 1 value, and B sees 1 value.",
			"B sees now who 'Ann'"},
		{"a-set", "You got 303. You see 1 value, and B sees 1 value.", "POST /set who=Ann"},
		{"empty", "B holds no cookie. You see 1 value, and B sees no session.", "B sees now no session"},
	} {
		button := fmt.Sprintf("#two-now [value=%s]", tt.move)
		ok(t, v.move(button))
		v.says("#two-now", tt.sees)
		if said := v.text("#say"); said != tt.says {
			t.Errorf("after %s the page says %q", tt.move, said)
		}
		if !js[bool](v, "document.activeElement.matches(`"+button+"`)") {
			t.Errorf("after %s the focus is on %s", tt.move,
				js[string](v, "document.activeElement.outerHTML.slice(0, 60)"))
		}
	}
	other := l.client(t)
	other.hold(v.cookie().Value)
	other.post("/set", "key", "who", "value", "Zoe")
	v.wait(`document.querySelector(".ends .sees").innerText.includes("Zoe")`)
	if !js[bool](v, "window.stays === true") {
		t.Error("another page was loaded")
	}
	js[bool](v, `(window.fetch = () => Promise.reject(new TypeError("away")), true)`)
	v.click("#two-now [value=b-set]")
	v.wait(`!window.stays && document.querySelector("#say")?.textContent.startsWith("B got 303.")`)
	v.says("#two-now", "B sees now who 'Ben'")
}

// TestBrowserBLive has Browser B try what came of a run: it appears in the card, and has the focus.
func TestBrowserBLive(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	v := newVisitorIn(t, startPlain(t), shell())
	v.allow("status of 400")
	v.allow("400 for")
	v.open("/cycle-key")
	v.prepareCard("cycle-key")
	v.run("Cycle the key", "predict", "An empty session: the old ID names nothing")
	of := js[string](v, `document.querySelector("[name=of]").value`)
	js[bool](v, `(document.querySelector("[name=of]").value = "x", true)`)
	ok(t, v.move(".moves button"))
	v.says("[data-told]", "No old ID. Nothing was changed.")
	js[bool](v, fmt.Sprintf(`(document.querySelector("[name=of]").value = %q, true)`, of))
	ok(t, v.move(".moves button"))
	const says = "Browser B got: An empty session: the old ID names nothing. That is what you predicted."
	v.says("[data-card=cycle-key] .result", "Correct.", says, "GET /get fname")
	if !js[bool](v, `document.activeElement.matches("[data-told]")`) || v.text("#say") != says {
		t.Errorf("the page says %q", v.text("#say"))
	}
}

// TestMoveAfterNothing has Browser B follow a run that is forgotten: the answer has the card, and nothing to
// tell in it, so the page comes anew.
func TestMoveAfterNothing(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	v := newVisitorIn(t, startPlain(t), shell())
	v.allow("status of 400")
	v.allow("400 for")
	v.open("/cycle-key")
	v.prepareCard("cycle-key")
	v.run("Cycle the key")
	js[bool](v, `fetch("/flush", { method: "POST" }).then((answer) => answer.ok)`)
	js[bool](v, "(window.stays = true)")
	v.click(".moves button")
	v.wait(`!window.stays && document.querySelector(".err-name")?.textContent === "No old ID"`)
}

// TestMoveLetsGo has the visitor leave while a move is under way. Firefox gives it up at that moment, and it
// must not be sent once more then: that would bring the visitor back.
func TestMoveLetsGo(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	v := newVisitorIn(t, startPlain(t), shell())
	v.open("/two")
	ok(t, v.run("Set who to Ann"))
	ok(t, v.run("Let B store it", "value", "Ben"))
	js[bool](v, `(window.fetch = () => new Promise((_, fail) => addEventListener("beforeunload", fail)), true)`)
	v.click("#two-now [value=b-get]")
	js[bool](v, `(location.href = "/get", true)`)
	v.wait(`location.pathname === "/get" && document.readyState === "complete"`)
}
