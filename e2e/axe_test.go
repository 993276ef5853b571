package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// look is a window and a theme in which axe looks at a page.
type look struct {
	width  int64
	scheme string
}

// inspect checks the page that is open at every width, and with axe in some looks.
func (v *visitor) inspect(state, axe string, looks ...look) {
	v.t.Helper()
	v.loadAxe(axe)
	// What stays in view while the page scrolls lies on something wherever it stands. Whether all can be
	// scrolled free of it is for the Tab key to show; axe sees it where it begins.
	js[bool](v, `(document.querySelectorAll("body > .bar, body > .dock")
		.forEach(e => { e.style.position = "relative" }), true)`)
	for _, width := range widths {
		v.resize(width)
		v.theme("light") // where things lie does not depend on their colours
		troubles := call[[]string](v, layoutJS)
		for _, l := range looks {
			if l.width == width && axe != "" {
				troubles = append(troubles, v.violations("document", l.scheme)...)
			}
		}
		for _, trouble := range troubles {
			v.t.Errorf("%s, %d px: %s", state, width, trouble)
		}
	}
	for _, complaint := range v.complaints() {
		v.t.Errorf("%s: the browser complained: %s", state, complaint)
	}
}

// inspectSheet checks what is a sheet on a phone. What lies behind it is not looked at.
func (v *visitor) inspectSheet(id, axe string) {
	v.t.Helper()
	if !js[bool](v, fmt.Sprintf(`(() => {
		const sheet = document.getElementById(%q);
		if (!sheet?.matches("[popover]")) return false;
		sheet.showPopover();
		return true;
	})()`, id)) {
		return
	}
	v.loadAxe(axe)
	troubles := call[[]string](v, layoutJS)
	if axe != "" {
		for _, scheme := range []string{"dark", "light"} {
			part := fmt.Sprintf("document.getElementById(%q)", id)
			troubles = append(troubles, v.violations(part, scheme)...)
		}
	}
	for _, trouble := range troubles {
		v.t.Errorf("390 px, %s open: %s", id, trouble)
	}
	js[bool](v, fmt.Sprintf(`(document.getElementById(%q).hidePopover(), true)`, id))
}

// loadAxe puts axe-core into the page, if it is not there yet.
func (v *visitor) loadAxe(axe string) {
	v.t.Helper()
	if axe != "" && !js[bool](v, "!!window.axe") {
		v.do("load axe", chromedp.Evaluate[chromedp.Void](axe+";0"))
	}
}

// violations are what axe finds in that theme in the part of the page that a JavaScript expression names. In
// dark it looks at colours only: nothing else depends on the theme.
func (v *visitor) violations(part, scheme string) []string {
	v.t.Helper()
	v.theme(scheme)
	rules := `runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`
	if scheme == "dark" {
		rules = `runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]}`
	}
	// What it would load before it looks is for rules about films and sound.
	return js[[]string](v, fmt.Sprintf(`axe.run(%s, {%s, preload: false, resultTypes: ["violations"]})
		.then(r => r.violations.flatMap(v => v.nodes.map(n => {
			const why = (n.failureSummary ?? v.help).replace(/\s+/g, " ");
			return %q + ": " + v.id + " (" + v.impact + "): " + n.target.join(" ") + ": " + why;
		})).slice(0, 12))`, part, rules, scheme))
}

// readAxe returns the source of axe-core; "" when it is not there and need not be.
func readAxe(t testing.TB) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		if required() {
			t.Fatal("axe-core is missing: run npm ci --ignore-scripts in e2e")
		}
		t.Log("without axe-core: run npm ci --ignore-scripts in e2e")
	}
	return string(source)
}
