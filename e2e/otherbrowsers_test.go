package e2e

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
)

// What the two other engines make of the lab. Chromium is looked at more closely, elsewhere.

func TestFirefox(t *testing.T) {
	t.Parallel()
	notShort(t)
	f := startFirefox(t)
	p := meet(t, f, laptop, phone)
	t.Run("print", p.printsTheSheet)
	if err := f.blockCookies(); err != nil {
		t.Fatal(err)
	}
	t.Run("cookies blocked", p.worksWithoutCookies)
}

func TestWebKit(t *testing.T) {
	t.Parallel()
	notShort(t)
	w := startWebKit(t)
	p := meet(t, w, phone, laptop)
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	if err := w.begin("--cookies-policy=never"); err != nil {
		t.Fatal(err)
	}
	t.Run("cookies blocked", p.worksWithoutCookies)
}

var laptop, phone = [2]int{1366, 768}, [2]int{390, 844}

// meet does what every browser has to pass: buttons are pressed in the window pressed, and what came of it is
// looked at in the other, too.
func meet(t *testing.T, b driven, pressed, other [2]int) *person {
	l := startPlain(t)
	p := &person{driven: b, t: t, lab: l, url: b.address(t, l), pressed: pressed, other: other}
	t.Run("complaints are heard", p.isHeard)
	p.window(pressed)
	for _, path := range l.paths() {
		t.Run(pageName(path), func(t *testing.T) { p.runs(t, path) })
	}
	for _, size := range [][2]int{phone, laptop} {
		p.window(size)
		t.Run(fmt.Sprintf("%d/layout", size[0]), p.fits)
	}
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

// fits looks at every page, with a session that has values of all kinds, at the width that the window has.
func (p *person) fits(t *testing.T) {
	p = p.in(t)
	defer p.settle("/no-such-page")
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
}

// cutFields names the fields for numbers and moments that are too narrow for the largest that they take. What
// a moment needs is inside of the field, where only its own width tells of it.
const cutFields = `(() => {
	document.querySelectorAll("main details").forEach(d => { d.open = true; });
	const cut = field => {
		if (field.max) field.value = field.max;
		if (field.type === "number") return field.scrollWidth > field.clientWidth;
		const given = field.offsetWidth;
		field.style.minWidth = "max-content";
		return field.offsetWidth > given + 1;
	};
	return [...document.querySelectorAll("main input:is([type=number], [type=datetime-local])")]
		.filter(cut).map(field => "cut: " + field.outerHTML);
})()`

// goesBack goes back and forward after a flush. WebKit keeps whole pages in spite of no-store: they must not
// show a session that is over.
func (p *person) goesBack(t *testing.T) {
	p = p.in(t)
	defer p.settle()
	p.forgetCookies()
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
			t.Errorf("%s leads to %s, whose panel says: %.300s", step.path,
				eval[string](p, "location.href"), text)
		}
	}
	if after := len(p.lab.rows()); after != rows || p.session() != nil {
		t.Errorf("a session came back: %d rows, not %d; the jar has %v", after, rows, p.session())
	}
}

// worksWithoutCookies runs a lesson where the browser blocks all cookies.
func (p *person) worksWithoutCookies(t *testing.T) {
	p = p.in(t)
	defer p.settle("cookieBlockedAll") // Firefox says so, of localStorage too
	p.open("/test-cookie")
	p.forgetCookies() // those from before
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
