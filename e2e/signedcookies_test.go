package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// TestSignedCookies goes through the lab where the session is the cookie.
func TestSignedCookies(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t, "-store", "cookie:")
	v := newVisitorIn(t, l, shell())
	whole := func() string {
		t.Helper()
		jar := v.jar()
		if len(jar) != 1 {
			t.Fatalf("the browser holds %d cookies", len(jar))
		}
		return jar[0].Value
	}
	v.open("/set")
	ok(t, v.run("Set it", "key", "fname", "value", "Aman", "predict", "The value is added to it"))
	v.says(landed, "Correct.", "A session was made for it.")
	v.click("#xray [data-fold=cookie] summary")
	v.says("#xray", "No row exists", "of 4096 bytes", "HMAC-SHA256")
	first := whole()
	if shown := js[string](v, `document.querySelector("[data-whole]").textContent`); shown != first {
		t.Errorf("the panel shows %q of the cookie %q", shown, first)
	}
	const colour = `getComputedStyle(document.querySelector("#xray .cookie .tok")).color +
		document.querySelector("#xray .cookie path").getAttribute("d")`
	looked := js[string](v, colour)

	v.hasCutThread()

	// The longest cookie that fits breaks nothing on a phone.
	ok(t, v.run("Set it", "key", "big", "value", strings.Repeat("x", 2000)))
	v.says(landed, "Same session, in a new cookie.")
	if js[string](v, colour) == looked {
		t.Error("the new cookie looks like the old one")
	}
	v.fitsPhone()

	// The browser drops its cookie, and a copy still works.
	copied := whole()
	v.open("/flush")
	ok(t, v.run("Flush this session"))
	v.says(landed, "A copy of it still opens the session.")
	v.noCookie()
	v.hold(copied)
	v.open("/get")
	ok(t, v.run("Get it", "key", "fname"))
	v.returns("Aman")
}

// hasCutThread checks the panel's thread: whole from the cookie to memory, broken from there, and no row at
// its end.
func (v *visitor) hasCutThread() {
	v.t.Helper()
	line := func(tier int, part, property string) string {
		return js[string](v, fmt.Sprintf(
			`getComputedStyle(document.querySelectorAll("#xray .tier")[%d], %q)[%q]`, tier, part, property))
	}
	above, below := line(0, "::after", "backgroundImage"), line(1, "::after", "backgroundImage")
	if above != "none" || !strings.Contains(below, "gradient") {
		v.t.Errorf("the thread: %s, then %s", above, below)
	}
	memory, row := line(1, "::before", "backgroundColor"), line(2, "::before", "backgroundColor")
	if memory == row {
		v.t.Errorf("the row's knot is filled like that of memory: %s", row)
	}
}

// fitsPhone checks that each page is as narrow as a phone, and no larger than it may be.
func (v *visitor) fitsPhone() {
	v.t.Helper()
	v.resize(360)
	paths := []string{"/set", "/get", "/flush", "/cycle-key", "/expiry", "/storage", "/internals"}
	for _, path := range paths {
		v.forget()
		v.open(path)
		if wide := js[int](v, "document.documentElement.scrollWidth"); wide > 360 {
			v.t.Errorf("%s is %d pixels wide", path, wide)
		}
		const files = 18_600 // style sheet, script and icon
		size := js[int](v, "performance.getEntriesByType('navigation')[0].transferSize")
		if size > 60_000+4096-files { // the cookie itself is 4096 of them
			v.t.Errorf("%s has %d bytes", path, size)
		}
	}
	v.resize(1440)
}
