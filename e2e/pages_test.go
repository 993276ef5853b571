package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// What must hold on every page, whatever it is about.

var widths = []int64{360, 390, 768, 1440, 1920}

// paths returns every page of the lab: the first one, the lessons that its list names, the panel.
func (l *lab) paths() []string {
	l.t.Helper()
	_, body := l.client(l.t).get("/")
	paths := []string{"/", "/internals"}
	for _, m := range regexp.MustCompile(`<a href="(/[a-z-]+)" data-lesson`).FindAllStringSubmatch(body, -1) {
		if !slices.Contains(paths, m[1]) {
			paths = append(paths, m[1])
		}
	}
	if len(paths) < 20 {
		l.t.Fatalf("the list of lessons names only %q", paths)
	}
	return paths
}

// full gives a client a session with values of every type, short ones and such as fit in no line.
func (c *client) full() {
	c.t.Helper()
	long := strings.Repeat("Abcdefghij", 40)
	for _, fields := range [][]string{
		{"key", "fname", "value", "Aman"},
		{"key", "lname", "value", "Roy"},
		{"key", "age", "value", "31", "type", "int"},
		{"key", "ratio", "value", "0.25", "type", "float"},
		{"key", "member", "value", "true", "type", "bool"},
		{"key", "since", "value", "2026-01-31T12:00:00Z", "type", "time"},
		{"key", "cart", "value", "bread, milk", "type", "list"},
		{"key", "markup", "value", `<b onclick="alert(1)">&amp;</b>`},
		{"key", "ключ-鍵-🔑", "value", "значение 値 🙂"},
		{"key", long[:128], "value", long},
	} {
		if r, body := c.post("/set", fields...); r.StatusCode != http.StatusSeeOther {
			c.t.Fatalf("set %q: %s\n%s", fields, r.Status, body)
		}
	}
}

// experiment marks the button of the page's experiment, if it has one.
const experiment = `(() => {
	const form = document.querySelector(".lab form:has(.btn:not(.quiet))") ?? document.querySelector(".lab form") ?? document.querySelector("main form");
	if (!form) return false;
	for (const field of form.querySelectorAll("input:required")) field.value ||= field.type === "number" ? "1" : "fname";
	const button = form.querySelector(".btn:not(.quiet)") ?? form.querySelector("button:not([type=button])");
	document.querySelectorAll("[data-e2e]").forEach(m => m.removeAttribute("data-e2e"));
	button?.setAttribute("data-e2e", "");
	return !!button;
})()`

// TestPages looks at every page: how much it loads, and in light and dark at every width how it looks and
// what axe says of it, after its experiment and without a session.
func TestPages(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	axe := readAxe(t)
	paths := append(l.paths(), "/no-such-page", "KeyError")
	for _, path := range paths {
		t.Run(pageName(path), func(t *testing.T) {
			t.Parallel()
			v := newVisitorIn(t, l, shell())
			v.allow("status of 404") // the error pages
			c := l.client(t)
			c.full()
			v.hold(c.token())
			if path == "KeyError" {
				v.open("/delete")
				v.run("Delete the key", "key", "absent")
				v.says("h1", "KeyError")
				v.announces(".err h1")
			} else {
				v.weighs(path)
				if js[bool](v, experiment) {
					v.press("[data-e2e]")
					v.announces("#result h3")
				}
			}
			v.inspect("after its experiment", axe, widths...)
			v.resize(390)
			if path == "/set" { // axe has seen the panel beside each page; as a sheet it is the same everywhere
				for _, id := range []string{"xray", "lessons", "keys"} {
					v.inspectSheet(id, axe)
				}
			} else {
				v.inspectSheet("xray", "")
			}
			if path != "KeyError" {
				v.forgetCookies()
				v.open(path)
				v.inspect("without a session", axe, 1440)
			}
		})
	}
}

// announces checks that nobody misses the outcome: it is in sight, and the live region says it to screen
// readers. A result has the focus too; the page of an error begins with it.
func (v *visitor) announces(outcome string) {
	v.t.Helper()
	if strings.HasPrefix(outcome, "#result") {
		v.wait(`document.activeElement.id === "result"`)
	}
	if !js[bool](v, fmt.Sprintf(`(() => { const r = document.querySelector(%q).getBoundingClientRect(); return r.top < innerHeight && r.bottom > 0 })()`, outcome)) {
		v.t.Error("the outcome is out of sight")
	}
	v.wait(fmt.Sprintf(`document.querySelector("[role=status]").textContent.includes(%q)`, js[string](v, fmt.Sprintf(`document.querySelector(%q).textContent`, outcome))))
}

func pageName(path string) string {
	return cmp.Or(strings.ReplaceAll(strings.Trim(path, "/"), "/", "-"), "home")
}

// inspect checks the page that is open, in light and dark, at every width; with axe at some of them.
func (v *visitor) inspect(state, axe string, axeWidths ...int64) {
	v.t.Helper()
	v.loadAxe(axe)
	// What stays in view while the page scrolls lies on something wherever it stands. Whether all can be scrolled
	// free of it is for the Tab key to show; axe sees it where it begins.
	js[bool](v, `(document.querySelectorAll("body > .bar, body > .dock").forEach(e => { e.style.position = "relative" }), true)`)
	for _, width := range widths {
		v.resize(width)
		for _, scheme := range schemes {
			v.theme(scheme)
			troubles := js[[]string](v, layout)
			if axe != "" && slices.Contains(axeWidths, width) {
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
	if !js[bool](v, fmt.Sprintf(`(() => { const sheet = document.getElementById(%q); if (!sheet?.matches("[popover]")) return false; sheet.showPopover(); return true })()`, id)) {
		return
	}
	v.loadAxe(axe)
	for _, scheme := range schemes {
		v.theme(scheme)
		troubles := js[[]string](v, layout)
		if axe != "" {
			troubles = append(troubles, v.violations(fmt.Sprintf("document.getElementById(%q)", id), scheme, 390)...)
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

// violations are what axe finds in the part of the page that a JavaScript expression names. Colours do not depend on
// the width, so it looks at them at 390 and 1440 px, between which everything appears. Nothing else depends on
// the theme, so it looks at that in light.
func (v *visitor) violations(part, scheme string, width int64) []string {
	v.t.Helper()
	const every = `runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`
	colours := width == 390 || width == 1440
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
	return js[[]string](v, fmt.Sprintf(`axe.run(%s, {
		%s, resultTypes: ["violations"],
	}).then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + " (" + v.impact + "): " + n.target.join(" ") + ": " + (n.failureSummary ?? v.help).replace(/\s+/g, " "))).slice(0, 12))`, part, rules))
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

// layout names what does not fit: a page that scrolls sideways, text that is cut off or sticks out of
// its box, two elements with one id. Whether controls are large enough is axe's business.
const layout = `(() => {
	const out = new Set(), W = document.documentElement.clientWidth;
	const name = e => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + [...e.classList].map(c => "." + c).join("");
	const clipped = e => { for (; e && e !== document.body; e = e.parentElement) if (e.clientWidth <= 1 && e.clientHeight <= 1 && getComputedStyle(e).display !== "inline") return true; return false; };
	const seen = e => e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && !clipped(e); // what only screen readers see is clipped
	const scrolls = e => { const s = getComputedStyle(e); return /auto|scroll/.test(s.overflowX + s.overflowY); };
	if (document.documentElement.scrollWidth > W) {
		out.add("the page scrolls sideways: " + document.documentElement.scrollWidth + " px");
		for (const e of document.querySelectorAll("body *")) {
			const r = e.getBoundingClientRect();
			if (r.width && r.right > W + 1 && seen(e)) out.add("  sticks out: " + name(e) + " to " + Math.round(r.right));
		}
	}
	for (const e of document.querySelectorAll("body *")) {
		if (!seen(e) || e instanceof SVGElement || !e.innerText?.trim()) continue;
		const s = getComputedStyle(e);
		if (/hidden|clip/.test(s.overflowX) && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1) out.add("text cut off at the side: " + name(e) + " " + JSON.stringify(e.innerText.slice(0, 40)));
		if (/hidden|clip/.test(s.overflowY) && e.scrollHeight > e.clientHeight + 1 && e.clientHeight > 1) out.add("text cut off below: " + name(e) + " " + JSON.stringify(e.innerText.slice(0, 40)));
	}
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; n = texts.nextNode();) {
		let e = n.parentElement;
		if (!n.data.trim() || !seen(e) || e.closest("svg")) continue;
		let free = false; // inside something that scrolls, it can be reached
		for (let a = e; a && a !== document.body; a = a.parentElement) if (scrolls(a) && (a.scrollWidth > a.clientWidth || a.scrollHeight > a.clientHeight)) free = true;
		if (free) continue;
		while (e !== document.body && /^(inline|contents)$/.test(getComputedStyle(e).display)) e = e.parentElement;
		const box = e.getBoundingClientRect(), range = document.createRange();
		range.selectNodeContents(n);
		for (const r of range.getClientRects()) {
			if (r.width && (r.right > box.right + 2 || r.left < box.left - 2)) { out.add("text sticks out of " + name(e) + ": " + JSON.stringify(n.data.trim().slice(0, 40))); break; }
		}
	}
	const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
	for (const id of new Set(ids)) if (ids.indexOf(id) !== ids.lastIndexOf(id)) out.add("two elements with the id " + id);
	return [...out].slice(0, 12);
})()`

// TestKeyboard walks through every page with the Tab key: each control is reached, in the order of the
// page, with a ring that can be seen and nothing on top of it.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	paths := append(l.paths(), "/no-such-page")
	for _, path := range paths {
		t.Run(pageName(path), func(t *testing.T) {
			t.Parallel()
			v := newVisitorIn(t, l, shell())
			v.allow("status of 404")
			c := l.client(t) // one for each page: a session has only so many live panels
			c.post("/update", "key", "fname", "value", "Aman", "key", "lname", "value", "Roy")
			v.hold(c.token())
			for _, width := range []int64{390, 1440} {
				v.resize(width)
				v.open(path)
				if path != "/set" { // the list of lessons is the same on every page: one walk through it is enough
					js[bool](v, `(document.getElementById("lessons").inert = true)`)
				}
				v.walk(fmt.Sprintf("%d px", width))
			}
		})
	}
}

// walk presses Tab until the focus has been everywhere.
func (v *visitor) walk(where string) {
	v.t.Helper()
	n := js[int](v, stops)
	if n < 3 {
		v.t.Errorf("%s: only %d controls can be focused", where, n)
	}
	reached := map[int]bool{}
	last := -1
	for range 2*n + 20 {
		v.do("Tab", chromedp.KeyEvent(kb.Tab))
		at := js[struct {
			Index           int
			Name, Complaint string
		}](v, focused)
		if at.Index == -2 { // back at the document: once around
			break
		}
		if at.Complaint != "" {
			v.t.Errorf("%s: %s %s", where, at.Name, at.Complaint)
		}
		if at.Index < 0 { // something else, such as a box that scrolls
			continue
		}
		if at.Index < last {
			v.t.Errorf("%s: the focus goes back, to %s", where, at.Name)
		}
		last = at.Index
		reached[at.Index] = true
	}
	for i := range n {
		if !reached[i] {
			v.t.Errorf("%s: the Tab key does not reach %s", where, js[string](v, fmt.Sprintf("window.e2eStops[%d].outerHTML.slice(0, 120)", i)))
		}
	}
}

// stops lists what the Tab key must reach, in the order of the document.
const stops = `(() => {
	const groups = new Set();
	window.e2eStops = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]")].filter(e => {
		if (e.tabIndex < 0 || e.disabled || e.closest("[inert]") || !e.checkVisibility({visibilityProperty: true})) return false;
		if (e.type !== "radio") return true;
		const group = (e.form?.action ?? "") + e.name; // a group is one stop: the choice, or the first
		const chosen = [...document.querySelectorAll("input[type=radio]")].find(o => o.name === e.name && o.form === e.form && o.checked);
		if (groups.has(group) || chosen && chosen !== e) return false;
		groups.add(group);
		return true;
	});
	return window.e2eStops.length;
})()`

const focused = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body || e === document.documentElement) return {Index: -2, Name: "", Complaint: ""};
	const name = e.outerHTML.replace(/\s+/g, " ").slice(0, 90);
	let complaint = "";
	const shows = x => { if (!x) return false; const s = getComputedStyle(x); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1 && s.outlineColor !== "rgba(0, 0, 0, 0)"; };
	const part = e.type === "datetime-local" && !e.matches(":focus-visible"); // its button for the calendar, which the browser draws
	if (!part && ![e, e.closest("label"), e.nextElementSibling, e.closest("fieldset")].some(shows)) complaint = "has no visible focus";
	const box = e.matches("[type=radio], [type=checkbox]") ? e.closest("label") ?? e : e;
	let r = box.getBoundingClientRect();
	if (r.width <= 1 && e.nextElementSibling) r = e.nextElementSibling.getBoundingClientRect();
	const x0 = Math.max(r.left, 0), x1 = Math.min(r.right, innerWidth), y0 = Math.max(r.top, 0), y1 = Math.min(r.bottom, innerHeight);
	if (x1 <= x0 || y1 <= y0) complaint ||= "is focused outside of the window";
	else {
		let free = false;
		for (const fx of [.1, .5, .9]) for (const fy of [.15, .5, .85]) {
			const top = document.elementFromPoint(x0 + (x1 - x0) * fx, y0 + (y1 - y0) * fy);
			if (top && (box.contains(top) || top.contains(box) && top !== document.body && top !== document.documentElement || top.closest("label")?.contains(e))) free = true;
		}
		if (!free) complaint ||= "is focused, but something lies on it";
	}
	return {Index: (window.e2eStops ?? []).indexOf(e), Name: name, Complaint: complaint};
})()`

// weighs opens a page with an empty cache: at most 60 KB and 6 requests, and files that never change under
// their names. The second time they come from the cache.
func (v *visitor) weighs(path string) {
	v.t.Helper()
	v.open(path)
	v.wait("document.readyState === 'complete'")
	var size float64
	until(v.t, "every file of the page", func() bool {
		size = 0
		for _, r := range v.seen() {
			if r.size == 0 && !strings.HasSuffix(r.url, "/internals/events") {
				return false
			}
			size += r.size
		}
		return true
	})
	requests := v.seen()
	if len(requests) > 6 || size > 60_000 {
		v.t.Errorf("%.0f bytes in %d requests", size, len(requests))
	}
	for _, r := range requests {
		v.t.Logf("%6.0f %s", r.size, r.url)
		if u := strings.TrimPrefix(r.url, v.lab.url); strings.HasPrefix(u, "/static/") {
			if !regexp.MustCompile(`\.[0-9a-f]{8,}\.[a-z]+$`).MatchString(u) {
				v.t.Errorf("%s has no hash in its name", u)
			}
			until(v.t, "the headers of "+u, func() bool { return len(r.hops) > 0 || refreshed(v, &r) })
			if cc := header(r.hops[0].headers, "Cache-Control"); !strings.Contains(cc, "immutable") || !strings.Contains(cc, "max-age=31536000") {
				v.t.Errorf("%s has Cache-Control %q", u, cc)
			}
		}
	}
	v.forget()
	v.open(path)
	v.wait("document.readyState === 'complete'")
	for _, r := range v.seen() {
		if strings.Contains(r.url, "/static/") && r.size > 0 && slices.ContainsFunc(requests, func(first request) bool { return first.url == r.url }) {
			v.t.Errorf("%s was fetched again", r.url)
		}
	}
}

// refreshed reads a request's record anew.
func refreshed(v *visitor, r *request) bool {
	for _, now := range v.seen() {
		if now.url == r.url {
			*r = now
		}
	}
	return len(r.hops) > 0
}

// TestValidHTML gives every page that the server can make to the Nu HTML checker. It needs no browser.
func TestValidHTML(t *testing.T) {
	t.Parallel()
	jar := filepath.Join("node_modules", "vnu-jar", "build", "dist", "vnu.jar")
	if _, err := os.Stat(jar); err != nil {
		missing(t, fmt.Errorf("vnu-jar is missing: run npm ci --ignore-scripts in e2e"))
	}
	if _, err := exec.LookPath("java"); err != nil {
		missing(t, fmt.Errorf("java is missing: the HTML checker needs it"))
	}
	l := startLab(t)
	dir := t.TempDir()
	n := 0
	var files []string
	save := func(what, body string) {
		n++
		file := filepath.Join(dir, fmt.Sprintf("%02d-%s.html", n, strings.Trim(strings.NewReplacer("/", "-", "?", "-", "=", "-").Replace(what), "-")))
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	page := func(c *client, state, path string) string {
		r, body := c.get(path)
		if kind := r.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/html") {
			t.Errorf("%s is %q", path, kind)
		}
		save(state+path, body)
		return body
	}
	rich := l.client(t)
	rich.full()
	for _, path := range append(l.paths(), "/no-such-page") {
		page(l.client(t), "new", path)
		body := page(rich, "full", path)
		// Every form of the page, as it comes.
		for _, m := range regexp.MustCompile(`(?s)<form method="post" action="([^"]+)".*?</form>`).FindAllStringSubmatch(body, -1) {
			if m[1] == "/flush" && path != "/flush" {
				continue // "Start over", on every page
			}
			c := l.client(t)
			c.full()
			r, body := c.post(m[1], "key", "fname", "value", "Aman", "default", "Guest", "seconds", "60")
			if r.StatusCode != http.StatusSeeOther {
				save("refused"+m[1], body)
				continue
			}
			page(c, "result", r.Header.Get("Location"))
		}
	}
	for path, fields := range map[string][]string{
		"/delete": {"key", "absent"}, "/pop": {"key", "absent"}, "/set": {"key", ""}, "/expiry": {"seconds", "-5"}, "/test-cookie/delete": nil, "/update": nil,
	} {
		_, body := rich.post(path, fields...)
		save("error"+path, body)
	}

	// The checker runs for seconds only: optimising it for longer would take as much work again.
	out, err := exec.Command("java", append([]string{"-XX:TieredStopAtLevel=1", "-Xss2m", "-jar", jar, "--format", "json", "--stdout"}, files...)...).Output()
	var result struct {
		Messages []struct {
			Type, SubType, URL, Message, Extract string
			LastLine                             int
		}
	}
	if json.Unmarshal(out, &result) != nil {
		t.Fatalf("the HTML checker: %v\n%s", err, out)
	}
	told := map[string]bool{}
	for _, m := range result.Messages {
		if m.Type == "error" || m.SubType == "warning" {
			if key := m.Message; !told[key] {
				told[key] = true
				t.Errorf("%s:%d: %s: %s", filepath.Base(m.URL), m.LastLine, m.Message, m.Extract)
			}
		}
	}
	t.Logf("%d pages checked, %d messages", n, len(result.Messages))
}
