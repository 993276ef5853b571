package e2e

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
)

// The functions that tests evaluate in a page, for call.
var (
	//go:embed js/experiment.js
	experimentJS string // chooses a button and fills in what its form requires: see trial
	//go:embed js/early.js
	earlyJS string // tells what goes wrong in a page
	//go:embed js/inview.js
	inViewJS string // says where an element lies that is not in view
	//go:embed js/target.js
	targetJS string // where to click an element
	//go:embed js/layout.js
	layoutJS string // what does not fit; whether controls are large enough is axe's business
	//go:embed js/stops.js
	stopsJS string // what the Tab key must reach, in the order of the document
	//go:embed js/focused.js
	focusedJS string // where the focus is, and whether one sees it
)

func (v *visitor) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, cancel := v.within()
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		v.t.Fatalf("%s: %v", what, err)
	}
}

// within returns the tab with a deadline for one step.
func (v *visitor) within() (context.Context, context.CancelFunc) {
	return context.WithTimeout(v.tab, patience)
}

func get[T any](v *visitor, what string, action chromedp.Action[T]) T {
	v.t.Helper()
	ctx, cancel := v.within()
	defer cancel()
	x, err := chromedp.Run(ctx, action)
	if err != nil {
		v.t.Fatalf("%s: %v", what, err)
	}
	return x
}

// js evaluates an expression in the page, also in a tab whose own scripts are off.
func js[T any](v *visitor, expression string) T {
	v.t.Helper()
	evaluate := chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise)
	return get(v, expression[:min(len(expression), 200)], evaluate)
}

// call evaluates a function of the files in js, with these arguments.
func call[T any](v *visitor, function string, args ...any) T {
	v.t.Helper()
	texts := make([]string, len(args))
	for i, arg := range args {
		text, err := json.Marshal(arg)
		if err != nil {
			v.t.Fatal(err)
		}
		texts[i] = string(text)
	}
	return js[T](v, fmt.Sprintf("(%s)(%s)", function, strings.Join(texts, ", ")))
}

// wait waits until a JavaScript expression is true in the page, across navigations too.
func (v *visitor) wait(expression string) {
	v.t.Helper()
	until(v.t, expression, func() bool {
		ctx, cancel := v.within()
		defer cancel()
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		return err == nil && ok
	})
}
