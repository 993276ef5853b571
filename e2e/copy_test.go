package e2e

import (
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// clipboard is held by the test that copies: the browser has only one.
var clipboard sync.Mutex

// takeClipboard has the clipboard for this test until it ends.
func (v *visitor) takeClipboard() {
	clipboard.Lock()
	v.t.Cleanup(clipboard.Unlock)
	v.front()
}

// allowClipboard takes the clipboard and lets the page use it, as a click on the browser's question would.
func (v *visitor) allowClipboard() {
	v.t.Helper()
	v.takeClipboard()
	ctx, cancel := v.within()
	defer cancel()
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		if _, err := chromedp.CallBrowser(ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted,
			Origin: v.lab.url, BrowserContextID: v.profile(),
		}); err != nil {
			v.t.Fatal(err)
		}
	}
}

// pasted is what the clipboard holds.
func (v *visitor) pasted() string {
	v.t.Helper()
	return js[string](v, "navigator.clipboard.readText()")
}

// TestCopySignedCookie copies a cookie that stands in the page whole.
func TestCopySignedCookie(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	v := newVisitor(t, startLab(t, "-store", "cookie:"))
	v.open("/set")
	ok(t, v.run("Set it", "key", "fname", "value", "Aman"))
	v.allowClipboard()
	v.click("#xray .cookie [data-copy]")
	v.wait(`document.querySelector("[role=status]").textContent === "Copied"`)
	if copied, held := v.pasted(), v.jar()[0].Value; copied != held {
		t.Errorf("copied %q of the cookie %q", copied, held)
	}
	js[bool](v, `(document.querySelector("[role=status]").textContent = "", true)`)
	v.click("main figure .copy")
	v.wait(`document.querySelector("[role=status]").textContent === "Copied"`)
	code := js[string](v, `document.querySelector("main figure code").textContent`)
	if copied := v.pasted(); copied != code || !strings.Contains(code, "request.session") {
		t.Errorf("copied %q of the code %q", copied, code)
	}
}

// TestCopyCode copies a function as it stands in its file, with the button and by selecting it: lines that
// the page breaks are whole again.
func TestCopyCode(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	file, err := os.ReadFile("../handlers/set.go")
	if err != nil {
		t.Fatal(err)
	}
	v := newVisitor(t, startLab(t))
	v.resize(390)
	v.open("/set")
	v.allowClipboard()
	v.click("main figure:nth-of-type(2) .copy")
	v.wait(`document.querySelector("[role=status]").textContent === "Copied"`)
	copied := v.pasted()
	if !strings.HasPrefix(copied, "// set is") || !strings.HasSuffix(copied, "\n}") ||
		!strings.Contains(string(file), copied) {
		t.Errorf("copied what is not in the file: %q", copied)
	}
	selected := js[string](v, `(getSelection().selectAllChildren(document.querySelector(
		"main figure:nth-of-type(2) code")), getSelection().toString())`)
	if selected != copied {
		t.Errorf("selected %q, want %q", selected, copied)
	}
	if over := js[float64](v, `Math.max(...[...document.querySelectorAll("pre.code")].map(
		(code) => code.scrollWidth - code.clientWidth))`); over > 0 {
		t.Errorf("code scrolls by %g px", over)
	}
}
