package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// inspect checks the page that is open, in light and dark, at every width; with axe at some of them.
func (v *visitor) inspect(state, axe string, axeWidths ...int64) {
	v.t.Helper()
	v.loadAxe(axe)
	// What stays in view while the page scrolls lies on something wherever it stands. Whether all can be
	// scrolled free of it is for the Tab key to show; axe sees it where it begins.
	js[bool](v, `(document.querySelectorAll("body > .bar, body > .dock")
		.forEach(e => { e.style.position = "relative" }), true)`)
	for _, width := range widths {
		v.resize(width)
		for _, scheme := range schemes {
			axes := axe != "" && slices.Contains(axeWidths, width)
			if scheme == "dark" && !(axes && coloured(width)) { // where things lie does not depend on their colours
				continue
			}
			v.theme(scheme)
			troubles := call[[]string](v, layoutJS)
			if axes {
				troubles = append(troubles, v.violations("document", scheme, width)...)
			}
			for _, trouble := range troubles {
				v.t.Errorf("%s, %s, %d px: %s", state, scheme, width, trouble)
			}
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
	for _, scheme := range schemes {
		v.theme(scheme)
		troubles := call[[]string](v, layoutJS)
		if axe != "" {
			part := fmt.Sprintf("document.getElementById(%q)", id)
			troubles = append(troubles, v.violations(part, scheme, 390)...)
		}
		for _, trouble := range troubles {
			v.t.Errorf("390 px, %s, %s open: %s", scheme, id, trouble)
		}
	}
	js[bool](v, fmt.Sprintf(`(document.getElementById(%q).hidePopover(), true)`, id))
}

var schemes = []string{"light", "dark"}

// loadAxe puts axe-core into the page, if it is not there yet.
func (v *visitor) loadAxe(axe string) {
	v.t.Helper()
	if axe != "" && !js[bool](v, "!!window.axe") {
		v.do("load axe", chromedp.Evaluate[chromedp.Void](axe+";0"))
	}
}

// coloured reports whether axe looks at colours in a window of that width.
func coloured(width int64) bool { return width == 390 || width == 1440 }

// violations are what axe finds in the part of the page that a JavaScript expression names. Colours do not
// depend on the width, so it looks at them at 390 and 1440 px, between which everything appears. Nothing
// else depends on the theme, so it looks at that in light.
func (v *visitor) violations(part, scheme string, width int64) []string {
	v.t.Helper()
	const every = `runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`
	colours := coloured(width)
	var rules string
	switch {
	case scheme == "light" && colours:
		rules = every
	case scheme == "light":
		rules = every + `, rules: {"color-contrast": {enabled: false}}`
	case colours:
		rules = `runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]}`
	default:
		return nil
	}
	return js[[]string](v, fmt.Sprintf(`axe.run(%s, {%s, resultTypes: ["violations"]})
		.then(r => r.violations.flatMap(v => v.nodes.map(n => {
			const why = (n.failureSummary ?? v.help).replace(/\s+/g, " ");
			return v.id + " (" + v.impact + "): " + n.target.join(" ") + ": " + why;
		})).slice(0, 12))`, part, rules))
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
