package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// text returns the visible text of an element, in one line.
func (v *visitor) text(selector string) string {
	v.t.Helper()
	text := js[string](v, fmt.Sprintf(`document.querySelector(%q)?.innerText ?? "(none)"`, selector))
	return strings.Join(strings.Fields(text), " ")
}

// html is the page's source, as the browser has it now.
func (v *visitor) html() string {
	v.t.Helper()
	return js[string](v, "document.documentElement.outerHTML")
}

// returned is the result that the page shows.
func (v *visitor) returned() string {
	v.t.Helper()
	return js[string](v, `(document.querySelector("`+landed+` output[data-result]") ??
		document.querySelector("main output[data-result]"))?.textContent ?? "(no result)"`)
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

// landed is the card that the address names, and headline that of what it has done.
const (
	landed   = "[data-card]:has(:target)"
	headline = landed + " [data-outcome]"
)

// announces checks that nobody misses the outcome: it is in sight, and if there are scripts the live region
// says it to screen readers and it has the focus. The page of an error begins with it, and has no focus.
func (v *visitor) announces(outcome string) {
	v.t.Helper()
	text := js[string](v, fmt.Sprintf(`document.querySelector(%q)?.textContent ?? ""`, outcome))
	if text == "" {
		v.t.Fatalf("there is no outcome: the page has no %s", outcome)
	}
	if !js[bool](v, fmt.Sprintf(`(() => {
		const r = document.querySelector(%q).getBoundingClientRect();
		return r.top < innerHeight && r.bottom > 0;
	})()`, outcome)) {
		v.t.Error("the outcome is out of sight")
	}
	if v.scriptless {
		return
	}
	if strings.HasSuffix(outcome, "[data-outcome]") {
		v.wait(`document.activeElement.matches("[data-outcome]")`)
	}
	v.wait(fmt.Sprintf(`document.querySelector("[role=status]").textContent.includes(%q)`, text))
}

// ok checks the status of a page.
func ok(t testing.TB, status int64) {
	t.Helper()
	if status != http.StatusOK {
		t.Errorf("status %d", status)
	}
}

// refused checks that the answer is of that status, and that its outcome is an error of that name, which has
// changed nothing.
func (v *visitor) refused(status, want int64, name string) {
	v.t.Helper()
	if status != want {
		v.t.Errorf("status %d, not %d", status, want)
	}
	v.says(headline, name, "Nothing was changed.")
}
