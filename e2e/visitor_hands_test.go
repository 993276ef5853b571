package e2e

import (
	"fmt"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// open goes to a path and returns the status.
func (v *visitor) open(path string) int64 {
	v.t.Helper()
	return v.status(get(v, "open "+path, chromedp.NavigateResponse(v.lab.url+path)))
}

func (v *visitor) status(r *network.Response) int64 {
	v.t.Helper()
	if r == nil {
		v.t.Fatal("no response")
	}
	return r.Status
}

// press clicks, and waits for the next page. It returns its status.
func (v *visitor) press(selector string) int64 {
	v.t.Helper()
	x, y := v.target(selector)
	return v.leave("click "+selector, chromedp.MouseClickXY(x, y))
}

// click clicks, and waits for nothing.
func (v *visitor) click(selector string) {
	v.t.Helper()
	x, y := v.target(selector)
	v.do("click "+selector, chromedp.MouseClickXY(x, y))
}

// target scrolls to an element and returns where to click it, once it stands still and nothing lies on it.
func (v *visitor) target(selector string) (x, y float64) {
	v.t.Helper()
	type point struct {
		X, Y float64
		Top  string
	}
	var last point
	until(v.t, selector+" can be clicked", func() bool {
		p := call[point](v, targetJS, selector)
		still := p == last && p.Top == ""
		last = p
		return still
	})
	return last.X, last.Y
}

// leave does something after which another page is loaded, and returns that page's status.
func (v *visitor) leave(what string, step chromedp.Action[chromedp.Void]) int64 {
	v.t.Helper()
	ctx, cancel := v.within()
	defer cancel()
	r, err := chromedp.RunResponse(ctx, step)
	if err != nil {
		v.t.Fatalf("%s: %v", what, err)
	}
	return v.status(r)
}

// fill types text into a field, in place of what is there. Nobody types a long one: it is pasted.
func (v *visitor) fill(selector, text string) {
	v.t.Helper()
	v.click(selector)
	v.do("empty "+selector, chromedp.Clear(chromedp.CSS(selector)))
	switch {
	case len(text) > 200:
		ctx, cancel := v.within()
		defer cancel()
		if _, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
			v.t.Fatalf("paste into %s: %v", selector, err)
		}
	case text != "":
		v.do("type into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
	}
}

// run presses the button with that text, in the lesson, after filling in the fields of its form. Fields
// are name and text in turn; a name that comes twice is the second field of that name, and "predict" is
// the answer to the question. It returns the status of the page that comes.
func (v *visitor) run(button string, fields ...string) int64 {
	v.t.Helper()
	pressed := fmt.Sprintf(`[...document.querySelectorAll("main button:not([type=button])")]
		.find(b => b.textContent.trim() === %q)`, button)
	v.mark(pressed)
	times := map[string]int{}
	for i := 0; i+1 < len(fields); i += 2 {
		name, text := fields[i], fields[i+1]
		if name == "predict" {
			v.click(v.mark(fmt.Sprintf(`[...%s.form.querySelectorAll("label.opt")]
				.find(o => o.querySelector("span").textContent.trim() === %q)`, pressed, text)))
			continue
		}
		field := v.mark(fmt.Sprintf(`%s.form.querySelectorAll('[name=%q]:not([type=hidden])')[%d]`,
			pressed, name, times[name]))
		times[name]++
		if js[bool](v, fmt.Sprintf(`document.querySelector(%q).matches("select")`, field)) {
			v.do("choose "+text, chromedp.SetValue(chromedp.CSS(field), text))
		} else {
			v.fill(field, text)
		}
	}
	v.forget()
	return v.press(v.mark(pressed))
}

// mark gives the element of a JavaScript expression an attribute, and returns the selector for it.
func (v *visitor) mark(element string) string {
	v.t.Helper()
	if !js[bool](v, markJS(element)) {
		v.t.Fatalf("not on the page: %s", element)
	}
	return marked
}

// marked is the selector of the element that a test has chosen.
const marked = "[data-e2e]"

// markJS marks the element of a JavaScript expression, and no other, and tells whether it is there.
func markJS(element string) string {
	return fmt.Sprintf(`(() => {
		const e = %s;
		document.querySelectorAll("[data-e2e]").forEach(m => m.removeAttribute("data-e2e"));
		e?.setAttribute("data-e2e", "");
		return !!e;
	})()`, element)
}
