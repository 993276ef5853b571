package handlers

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"sessionlab/handlers/python"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// nestedView is the view that the first question is about.
const nestedView = `def view(request):
    cart = request.session['cart']
    cart['n'] += 1
    request.session['cart']['n'] += 1
    if 'fname' in request.session:
        print(request.session['fname'])
    return cart['n']`

// flaggedView is nestedView, mended.
const flaggedView = `def view(request):
    cart = request.session['cart']
    cart['n'] += 1
    request.session['cart']['n'] += 1
    request.session.modified = True
    return cart['n']`

// viewExample is a view to begin with.
type viewExample struct{ Name, Code string }

// viewExamples are those that the page offers.
var viewExamples = []viewExample{
	{"Nested change", nestedView},
	{"Set", setLesson.Django},
	{"Get", "first_name = request.session.get('fname')\nlast_name = request.session.get('lname', 'Guest')\n" +
		"return first_name, last_name"},
	{"Delete", "del request.session['lname']"},
	{"Set default", "age = request.session.setdefault('age', 31)\nreturn age"},
	{"KeyError", "fname = request.session['fname']\nrequest.session['seen'] = True\n" +
		"lname = request.session['lname']\nreturn fname + ' ' + lname"},
	{"Expiry", "request.session.set_expiry(30)\nprint(request.session.get_expiry_age())\n" +
		"return request.session.get_expiry_date()"},
	{"Log out", "name = request.session.pop('fname', 'you')\nrequest.session.flush()\n" +
		"return 'Good bye, %s.' % name"},
	{"A loop", "for key, value in request.session.items():\n    print(key, ':', value)"},
}

// Query is the example as the page's address has it.
func (e viewExample) Query() string {
	return "/view?code=" + strings.ReplaceAll(url.QueryEscape(e.Code), "+", "%20")
}

// viewPageData is the data of view.html.
type viewPageData struct {
	*page
	Source  string
	Nested  bool               // the first question is about it
	Outcome *python.Outcome    // of the run of this source on view; nil without one
	Lines   []python.LineTrace // what each line of it did
	run     *xray.Exchange     // that run
	Unknown *python.Unknown    // why it is no view; nil where it is one, or was not sent
}

// viewPage fills the editor: with ?code=, with the view of the lesson that ?lesson= names, or with what was
// run last. It runs nothing.
func (l *Lab) viewPage(_ context.Context, p *page) (any, error) {
	d := &viewPageData{page: p, Source: nestedView}
	code := p.Query
	if p.sent != nil {
		code = p.sent
	}
	if lesson := lessonAt("/" + code.Get("lesson")); lesson != nil && lesson.OwnView() != "" {
		d.Source = lesson.OwnView()
		return d, nil
	}
	if !code.Has("code") {
		return d, nil
	}
	d.Source = sent(code)
	if len(d.Source) > python.MaxSource && p.sent == nil {
		return nil, tooLarge("A view has at most 4 KB, and this one has %d bytes.", len(d.Source))
	}
	if p.sent != nil {
		_, err := python.Parse(d.Source)
		d.Unknown, _ = errors.AsType[*python.Unknown](err)
	}
	return d, nil
}

// draw is that of [drawn]: the source and the trace are those of the run on view.
func (d *viewPageData) draw(view.Given, *xray.Exchange, []*xray.Exchange) {
	for _, c := range d.cards {
		c.Next = nil // one of them is on the page, the one that fits what is in the editor
	}
	if d.Query.Has("code") || d.Query.Has("lesson") || d.Unknown != nil {
		d.anew()
	} else {
		d.ran()
	}
	d.Nested = sameView(d.Source, nestedView)
}

// anew has the cards not run yet: another view is in the editor.
func (d *viewPageData) anew() {
	for _, c := range d.cards {
		if d.Unknown == nil || c.Result == nil || c.Result.Raised == "" {
			c.Result, c.Run, c.Came = nil, nil, ""
		}
	}
}

// ran takes over the last run: the one on view, or the session's last.
func (d *viewPageData) ran() {
	for _, x := range slices.Concat([]*xray.Exchange{d.shown}, d.past) {
		var run ranView
		if x.Detail.Decode("view", &run) {
			d.Source, d.Outcome, d.run = run.Source, run.Outcome, x
			d.Lines = run.Outcome.Folded(run.Source)
			return
		}
	}
}

// sameView reports whether two sources differ in nothing but the white space around them.
func sameView(a, b string) bool { return strings.TrimSpace(a) == strings.TrimSpace(b) }

// Examples are those of the page.
func (d *viewPageData) Examples() []viewExample { return viewExamples }

// Here reports whether the example is in the editor.
func (d *viewPageData) Here(e viewExample) bool { return sameView(e.Code, d.Source) }

// maxViewLines is how many lines the editor shows at most.
const maxViewLines = 60

// Rows is how many lines the editor shows.
func (d *viewPageData) Rows() int {
	return min(max(2, 1+strings.Count(d.Source, "\n")), maxViewLines)
}

// Numbers are those of the lines.
func (d *viewPageData) Numbers() []int {
	numbers := make([]int, d.Rows())
	for i := range numbers {
		numbers[i] = i + 1
	}
	return numbers
}

// Failed is the line that raised, or that was not understood; 0 for none.
func (d *viewPageData) Failed() int {
	switch {
	case d.Unknown != nil:
		return d.Unknown.Line
	case d.Outcome != nil && d.Outcome.Raised != nil:
		return d.Outcome.Raised.Line
	}
	return 0
}

// Saved reports whether the run on view saved the session.
func (d *viewPageData) Saved() bool { return d.run != nil && d.run.Committed != nil }

// At is when it ran.
func (d *viewPageData) At() string {
	if d.run == nil {
		return ""
	}
	return d.run.At.Local().Format(view.TimeOfDay)
}

// Gone reports whether it flushed the session and stored nothing after it.
func (d *viewPageData) Gone() bool { return d.run != nil && d.run.Ended }

// Ways are views to run next: how the run on view could be mended.
func (d *viewPageData) Ways() []viewExample {
	switch {
	case d.Outcome == nil:
		return nil
	case d.Nested && !d.Saved():
		return []viewExample{{"Add “request.session.modified = True”", flaggedView}}
	case d.Outcome.Raised != nil && d.Outcome.Raised.Key != "":
		return waysAround(d.Source, d.Outcome.Raised)
	}
	return nil
}

// waysAround mends a view that raised KeyError: it asks with get in that line, or stores the key first.
func waysAround(source string, f *python.Failure) (ways []viewExample) {
	lines, key := strings.Split(source, "\n"), python.Repr(f.Key)
	if f.Line < 1 || f.Line > len(lines) {
		return nil
	}
	line := lines[f.Line-1]
	asks := strings.Replace(line, "request.session["+key+"]", "request.session.get("+key+", '')", 1)
	if asks != line && !strings.HasPrefix(strings.TrimSpace(line), "del ") {
		mended := append([]string{}, lines...)
		mended[f.Line-1] = asks
		ways = append(ways, viewExample{"Change it to get(" + key + ", '')", strings.Join(mended, "\n")})
	}
	return append(ways, viewExample{"Or store " + view.KeyText(f.Key) + " first",
		"request.session[" + key + "] = 'Roy'"})
}

// sent is the view that a form brought. A form ends its lines as HTTP does.
func sent(form url.Values) string { return strings.ReplaceAll(form.Get("code"), "\r\n", "\n") }
