package e2e

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestSheets opens the lessons and the x-ray on a phone, by touch and by key.
func TestSheets(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitorIn(t, l, shell())
	v.resize(390)
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	for _, sheet := range []struct{ id, inside string }{{"xray", "fname"}, {"lessons", "Modified"}} {
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
	v.wait(`document.documentElement.dataset.theme === "dark"`)
	v.wait(`getComputedStyle(document.body).colorScheme !== "light"`)
	v.click("button[data-act=size]")
	v.wait(`document.documentElement.dataset.size === "present"`)
	v.wait(`document.querySelector("[data-act=size]").ariaPressed === "true"`)
	v.open("/set")
	v.looks("dark", "present")
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
	want := js[string](v, `document.querySelector("main .copy").closest("figure")
		.querySelector("pre").textContent`)
	if copied := v.pasted(); strings.TrimSpace(copied) != strings.TrimSpace(want) {
		t.Errorf("copied %q, not %q", copied, want)
	}
}

// looks waits until the page has that theme and size of text.
func (v *visitor) looks(theme, size string) {
	v.t.Helper()
	v.wait(fmt.Sprintf(`document.documentElement.dataset.theme === %q`, theme))
	v.wait(fmt.Sprintf(`document.documentElement.dataset.size === %q`, size))
}

// TestTicks runs an experiment: the lesson is ticked off in this browser, and the session does not know.
func TestTicks(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitorIn(t, l, shell())
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	v.wait(`document.querySelector('nav li a[href="/set"]').textContent.includes("done")`)
	v.saved(map[string]any{"fname": "Aman"})
	v.open("/")
	v.wait(`document.querySelector('.map a[href="/set"] .dot').classList.contains("done")`)
	if js[bool](v, `document.querySelector('.map a[href="/get"] .dot').classList.contains("done")`) {
		t.Error("a lesson is ticked off that nobody did")
	}

	// Another program under the same address may have kept something else under that name.
	for _, odd := range []string{"5", "null", "{", `{"length": 1}`} {
		js[bool](v, fmt.Sprintf(`(localStorage.setItem("done", %q), true)`, odd))
		v.open("/set")
		v.live()
	}
}

// TestPrint prints the revision sheet and the table of every operation: two pages of A4 each, at most.
func TestPrint(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	v := newVisitorIn(t, startLab(t), shell())
	for _, path := range []string{"/summary", "/api"} {
		v.open(path)
		pdf := get(v, "print",
			chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPrintBackground()))
		if n := len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(pdf, -1)); n < 1 || n > 2 {
			t.Errorf("%s: %d pages", path, n)
			artifact(t, pageName(path)+".pdf", pdf)
		}
		if !bytes.HasPrefix(pdf, []byte("%PDF")) {
			t.Errorf("%s: no PDF", path)
		}
	}
}

// TestFilterWhileTyping: the table has what is typed without a new page, and the address follows.
func TestFilterWhileTyping(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	v := newVisitorIn(t, startLab(t), shell())
	v.open("/api")
	js[bool](v, `(window.same = true)`)
	const count = `document.querySelector("#count").innerText`
	v.click("#q")
	v.do("type", chromedp.SendKeys(chromedp.CSS("#q"), "remmeber"))
	v.wait(count + `.startsWith("0 of ")`)
	v.says("#found", "No call has “remmeber”", "Did you mean RememberMe?")
	js[bool](v, `(document.querySelector("#q").select(), true)`)
	v.do("type something else", chromedp.SendKeys(chromedp.CSS("#q"), "keyerror"))
	v.wait(count + `.includes("rows have “keyerror”")`)
	v.wait(`document.querySelectorAll("#found mark").length > 3 && document.activeElement.id === "q"`)
	v.click("[name=differs]")
	v.wait(`location.search === "?q=keyerror&in=&differs=on" && window.same`)
	v.open(js[string](v, "location.pathname + location.search"))
	v.wait(`document.querySelector("#q").value === "keyerror" &&
		document.querySelector("[name=differs]").checked`)
}

// TestQuizKeepsItsAnswers chooses answers on the revision sheet and comes back: they are there, in the
// browser alone, until one begins anew. What was kept of other questions, or by another program, chooses
// nothing.
func TestQuizKeepsItsAnswers(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitorIn(t, l, shell())
	const (
		chosen = `[...document.querySelectorAll("[data-quiz] :checked")].map(r => r.name + r.value).join()`
		fourth = `getComputedStyle(document.querySelector(".predict:has([name=q4]) .why.yes")).display`
	)
	v.open("/summary")
	for _, answer := range []string{"[name=q1][value='1']", "[name=q4][value='0']", "[name=q1][value='2']"} {
		v.click(answer)
	}
	v.open("/set")
	v.open("/summary")
	v.wait(chosen + ` === "q12,q40"`)
	v.wait(fourth + ` === "block"`)
	l.empty()
	v.noCookie()

	edition := js[string](v, `document.querySelector("[data-quiz]").dataset.quiz`)
	for _, odd := range []string{"00000000:0000000000", edition, edition + ":xx\"", "{", "null"} {
		js[bool](v, fmt.Sprintf(`(localStorage.setItem("quiz", %q), true)`, odd))
		v.open("/summary")
		v.wait(chosen + ` === ""`)
	}
	v.click("[name=q1][value='1']")
	v.click("[data-act=anew]")
	v.wait(chosen + ` === ""`)
	v.open("/summary")
	v.wait(chosen + ` === ""`)
}
