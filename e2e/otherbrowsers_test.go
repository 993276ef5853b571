package e2e

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What the other engines make of the lab: what they do differently from Chromium, in which the rest is looked at.

func TestFirefox(t *testing.T) {
	t.Parallel()
	needOther(t)
	f := startFirefox(t)
	p := meet(t, f)
	t.Run("print", p.printsTheSheet)
	if err := f.blockCookies(); err != nil {
		t.Fatal(err)
	}
	t.Run("cookies blocked", p.worksWithoutCookies)
}

func TestWebKit(t *testing.T) {
	t.Parallel()
	needOther(t)
	w := startWebKit(t)
	p := meet(t, w)
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	if err := w.begin("--cookies-policy=never"); err != nil {
		t.Fatal(err)
	}
	t.Run("cookies blocked", p.worksWithoutCookies)
}

func needOther(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("browser tests are left out with -short")
	}
}

// meet does what every browser has to pass.
func meet(t *testing.T, b driven) *person {
	l := startLab(t)
	p := &person{driven: b, t: t, lab: l, url: b.address(t, l)}
	t.Run("complaints are heard", p.isHeard)
	for _, s := range [][2]int{{1366, 768}, {390, 844}} {
		p.window(s[0], s[1])
		for _, path := range l.paths() {
			t.Run(fmt.Sprintf("%d/%s", s[0], pageName(path)), func(t *testing.T) { p.runs(t, path) })
		}
		t.Run(fmt.Sprintf("%d/layout", s[0]), p.fits)
	}
	p.window(1366, 768)
	t.Run("back and forward", p.goesBack)
	return p
}

// isHeard makes sure that what goes wrong in a page would be heard of.
func (p *person) isHeard(t *testing.T) {
	p = p.in(t)
	p.open("/set")
	p.quiet()
	eval[bool](p, `(setTimeout("1"), setTimeout(() => { thrownByTest() }), true)`)
	p.open("/get")
	heard, err := p.heard()
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(heard, "\n")
	for _, want := range []string{"thrownByTest", "script-src"} {
		if !strings.Contains(all, want) {
			t.Errorf("nothing was heard of %s, only: %s", want, all)
		}
	}
}

// noSessionAfter are the cards that leave a browser which came without a session without one.
var noSessionAfter = []string{"flow", "flush", "clear-expired", "settings", "storage", "guess"}

// runs is what a new visitor does in a lesson: each card is prepared as it asks for, the first option chosen, and
// its button pressed.
func (p *person) runs(t *testing.T, path string) {
	p = p.in(t)
	p.must(deleteCookies, map[string]any{})
	p.open(path)
	buttons := `[...document.querySelectorAll("[data-card=%s] form:has([name=card]) button")]`
	for _, card := range eval[[]string](p,
		`[...document.querySelectorAll("[data-card]")].map(c => c.dataset.card)`) {
		for i := range eval[int](p, fmt.Sprintf(buttons+".length", card)) {
			for range 3 {
				p.prepares(card)
				p.click(fmt.Sprintf("[data-card=%s] fieldset.predict label.opt", card))
				p.press(p.mark(fmt.Sprintf(buttons+"[%d]", card, i)))
				p.shows(card)
				p.agrees(card)
				again := fmt.Sprintf(`document.querySelector("[data-card=%s] .again-now") !== null`, card)
				if card == "expiry-read" || !eval[bool](p, again) { // its last press is ten seconds later
					break
				}
			}
		}
	}
	p.quiet()
	if t.Failed() {
		p.keep()
	}
}

// mark gives what an expression finds an attribute, and returns the selector for it.
func (p *person) mark(expression string) string {
	p.t.Helper()
	if !eval[bool](p, fmt.Sprintf(`(() => {
		document.querySelectorAll("[data-e2e]").forEach(m => m.removeAttribute("data-e2e"));
		const found = %s;
		found?.setAttribute("data-e2e", "");
		return Boolean(found);
	})()`, expression)) {
		p.t.Fatal("there is no ", expression)
	}
	return marked
}

// prepares presses the buttons of what the card needs and has not.
func (p *person) prepares(card string) {
	p.t.Helper()
	unmet := fmt.Sprintf(`document.querySelector("[data-card=%s] .needs.unmet form button")`, card)
	for range 3 {
		if !eval[bool](p, unmet+" !== null") {
			return
		}
		p.press(p.mark(unmet))
	}
}

// shows checks that the outcome is where the visitor looks.
func (p *person) shows(card string) {
	p.t.Helper()
	for _, part := range []string{"outcome", "verdict"} {
		if lies := apply[string](p, inViewJS, fmt.Sprintf("[data-card=%s] [data-%s]", card, part)); lies != "" {
			p.t.Errorf("%s: the %s %s", card, part, lies)
		}
	}
	if i := eval[int](p, fmt.Sprintf(`[...document.querySelectorAll("[data-card=%s] fieldset.predict input")]
		.findIndex(o => o.checked)`, card)); i != 0 {
		p.t.Errorf("%s: option %d is chosen, and it was 0", card, i)
	}
}

// agrees checks that the browser's jar, the panel, what the server is sent and the database are of one mind.
func (p *person) agrees(card string) {
	p.t.Helper()
	var sent struct {
		Cookie  struct{ Token string }
		Session struct {
			Exists bool
			Values []struct{ Key string }
		}
	}
	answer := eval[string](p, `fetch("/internals.json").then(r => r.text())`)
	if err := json.Unmarshal([]byte(answer), &sent); err != nil {
		p.t.Fatal(err)
	}
	token := ""
	if c := p.session(); c != nil {
		token = c.Value
	}
	panel := eval[string](p, `document.querySelector("#xray .cookie [data-token]")?.dataset.token ?? ""`)
	if panel != token || sent.Cookie.Token != token {
		p.t.Errorf("%s: the jar holds %q, the panel shows %q, and the server is sent %q", card, token, panel,
			sent.Cookie.Token)
	}
	row, ok := p.lab.rows()[token]
	if want := !slices.Contains(noSessionAfter, card); ok != want || sent.Session.Exists != want {
		p.t.Errorf("%s: there is a session: %v, and its row: %v; want %v", card, sent.Session.Exists, ok, want)
	}
	if len(row.values) != len(sent.Session.Values) {
		p.t.Errorf("%s: the row has %d values, the session %d", card, len(row.values), len(sent.Session.Values))
	}
	for _, v := range sent.Session.Values {
		if _, ok := row.values[v.Key]; !ok {
			p.t.Errorf("%s: the row has no %q", card, v.Key)
		}
	}
}

// fits looks at every page, with a session that has values of all kinds, at the width that the window has.
func (p *person) fits(t *testing.T) {
	p = p.in(t)
	c := p.lab.client(t)
	c.full()
	p.open("/")
	p.must(addCookie, map[string]any{"cookie": map[string]any{"name": "sessionname", "value": c.token(),
		"path": "/", "httpOnly": true, "sameSite": "Lax"}})
	for _, path := range append(p.lab.paths(), "/no-such-page") {
		p.open(path)
		if path == "/internals" {
			p.says("main", "Aman") // the session is its own
		}
		for _, fault := range apply[[]string](p, layoutJS, nil) {
			t.Errorf("%s: %s", path, fault)
		}
		for _, fault := range eval[[]string](p, cutFields) {
			t.Errorf("%s: %s", path, fault)
		}
	}
	p.quiet("/no-such-page")
	if t.Failed() {
		p.keep()
	}
}

// cutFields names the fields for numbers and moments that are too narrow for the largest that they take.
const cutFields = `(() => {
	document.querySelectorAll("main details").forEach(d => { d.open = true; });
	return [...document.querySelectorAll("main input:is([type=number], [type=datetime-local])")].filter(field => {
		if (field.max) field.value = field.max;
		return field.scrollWidth > field.clientWidth;
	}).map(field => "cut: " + field.outerHTML);
})()`

// goesBack goes back and forward after a flush. WebKit keeps whole pages in spite of no-store: they must not show
// a session that is over.
func (p *person) goesBack(t *testing.T) {
	p = p.in(t)
	p.must(deleteCookies, map[string]any{})
	p.open("/set")
	p.press("[data-card=set] .run button")
	p.says("#xray .kv", "Aman")
	p.open("/flush")
	p.says("#xray .kv", "Aman")
	p.press("[data-card=flush] .run button")
	p.says("#xray", "Your browser holds no sessionname")
	rows := len(p.lab.rows())
	for _, step := range []command{goBack, goBack, goForward, goForward, goBack} {
		p.history(step)
		p.wait(`document.documentElement.dataset.live === "on"`)
		if text := p.text("#xray"); !strings.Contains(text, "Your browser holds no sessionname") ||
			strings.Contains(text, "Aman") {
			t.Errorf("%s leads to %s, whose panel says: %.300s", step.path, eval[string](p, "location.href"), text)
		}
	}
	if after := len(p.lab.rows()); after != rows || p.session() != nil {
		t.Errorf("a session came back: %d rows, and before it were %d; the jar has %v", after, rows, p.session())
	}
	p.quiet()
}

// worksWithoutCookies runs a lesson where the browser blocks all cookies.
func (p *person) worksWithoutCookies(t *testing.T) {
	p = p.in(t)
	p.must(deleteCookies, map[string]any{})
	p.open("/test-cookie")
	p.press("[data-card=test-cookie-set] .run button")
	if jar := p.cookies(); len(jar) != 0 {
		t.Errorf("the jar holds %+v", jar)
	}
	p.wait(`document.documentElement.dataset.live === "on"`)
	p.press("[data-card=test-cookie-check] .run button")
	p.says("[data-card=test-cookie-check] [data-outcome]", "False")
	p.says("main", "it blocks cookies, so look into its settings")
	p.open("/set")
	p.press("[data-card=set] .run button")
	p.says("[data-card=set]", "Your browser sent no session cookie.")
	p.wait(`document.documentElement.dataset.live === "on"`)
	p.quiet("cookieBlockedAll") // Firefox says so, of localStorage too
}

// printsTheSheet prints the revision sheet: two pages of A4.
func (p *person) printsTheSheet(t *testing.T) {
	p = p.in(t)
	p.open("/summary")
	var text string
	if err := json.Unmarshal(p.must(printPage, map[string]any{
		"page": map[string]any{"width": 21, "height": 29.7}, "shrinkToFit": false,
	}), &text); err != nil {
		t.Fatal(err)
	}
	pdf, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	if n := pagesOf(pdf); n != 2 {
		t.Errorf("%d pages", n)
		artifact(t, "sheet.pdf", pdf)
	}
}

// pagesOf counts the pages of a PDF, whose objects may lie compressed in streams.
func pagesOf(pdf []byte) (n int) {
	page := regexp.MustCompile(`/Type\s*/Page\b`)
	n = len(page.FindAll(pdf, -1))
	for _, part := range bytes.Split(pdf, []byte("stream\n"))[1:] {
		if r, err := zlib.NewReader(bytes.NewReader(part)); err == nil {
			text, _ := io.ReadAll(r) // up to where the stream ends
			n += len(page.FindAll(text, -1))
		}
	}
	return n
}
