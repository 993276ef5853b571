package e2e

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// visitor is one person at one tab. A new visitor has a cookie jar of their own; newTab and
// newWindow share it. At the end of the test everything that the browser complained about fails it.
type visitor struct {
	t   testing.TB
	lab *lab
	tab context.Context // of the tab, without a deadline

	scriptless bool // JavaScript is off

	mu       sync.Mutex
	bad      []string // console errors, exceptions, violations of the policy, failed loads, foreign requests
	allowed  []string
	requests []*request
	byID     map[network.RequestID]*request
	events   []string // that the live panel has got
	log      bytes.Buffer
}

// newVisitor opens a tab with an empty cookie jar.
func newVisitor(t testing.TB, l *lab) *visitor {
	t.Helper()
	return newVisitorIn(t, l, chromium)
}

// newVisitorIn does so in that browser.
func newVisitorIn(t testing.TB, l *lab, b *sharedBrowser) *visitor {
	t.Helper()
	return attach(t, l, b.start(t), chromedp.WithNewBrowserContext())
}

// newTab opens a path in a second tab of the same window, as a middle click would. The first is hidden then.
func (v *visitor) newTab(path string) *visitor {
	v.t.Helper()
	ctx, cancel := v.within()
	defer cancel()
	opened := chromedp.WaitNewTarget(ctx, func(*target.Info) bool { return true })
	js[bool](v, fmt.Sprintf("(open(%q), true)", path))
	id, ok := <-opened
	if !ok {
		v.t.Fatalf("no new tab for %s", path)
	}
	w := attach(v.t, v.lab, v.tab, chromedp.WithTargetID(id))
	w.wait(`document.readyState === "complete" && location.protocol === "http:"`)
	v.wait("document.hidden")
	return w
}

// newWindow opens a window of the same person: both pages can be seen.
func (v *visitor) newWindow() *visitor {
	v.t.Helper()
	return attach(v.t, v.lab, v.tab, chromedp.WithNewWindow(true))
}

// front brings the tab to the front of its window.
func (v *visitor) front() {
	v.t.Helper()
	ctx, cancel := v.within()
	defer cancel()
	if _, err := chromedp.Call(ctx, page.BringToFront, cdp.Empty{}); err != nil {
		v.t.Fatal(err)
	}
}

func attach(t testing.TB, l *lab, parent context.Context, options ...chromedp.ContextOption) *visitor {
	t.Helper()
	v := &visitor{t: t, lab: l, byID: map[network.RequestID]*request{}}
	var cancel context.CancelFunc
	v.tab, cancel = chromedp.NewContext(parent, append(options, chromedp.WithListener(v.listen))...)
	if err := chromedp.Do(v.tab); err != nil {
		cancel()
		t.Fatal("open a tab: ", err)
	}
	v.theme("light")
	t.Cleanup(func() {
		complaints := v.complaints()
		if len(complaints) > 0 {
			t.Errorf("the browser complained:\n  %s", strings.Join(complaints, "\n  "))
		}
		if t.Failed() {
			v.keep()
		}
		cancel()
	})
	return v
}

// keep writes a picture of the page and the browser's log for whoever looks into the failure.
func (v *visitor) keep() {
	ctx, cancel := context.WithTimeout(v.tab, 15*time.Second)
	defer cancel()
	if png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100)); err == nil {
		artifact(v.t, "page.png", png)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	artifact(v.t, "browser.log", v.log.Bytes())
}

// withoutScripts turns JavaScript off, as in the browser's settings.
func (v *visitor) withoutScripts() {
	v.t.Helper()
	ctx, cancel := v.within()
	defer cancel()
	off := emulation.SetScriptExecutionDisabledParams{Value: true}
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, off); err != nil {
		v.t.Fatal(err)
	}
	v.scriptless = true
}

// theme sets what the system prefers; motion is reduced, so that nothing moves while it is looked at.
func (v *visitor) theme(scheme string) {
	v.t.Helper()
	ctx, cancel := v.within()
	defer cancel()
	prefers := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, prefers); err != nil {
		v.t.Fatal(err)
	}
}

// resize sets the window's width; under 700 px it is a phone.
func (v *visitor) resize(width int64) {
	v.t.Helper()
	if width < 700 {
		v.do("resize", chromedp.EmulateViewport(width, 800, chromedp.EmulateMobile))
		return
	}
	v.do("resize", chromedp.EmulateViewport(width, 900))
}
