package handlers

import (
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sessionlab/handlers/python"
	"sessionlab/handlers/xray"
)

// view runs a view, and returns the page that shows what became of it.
func (v *visitor) view(code string) answer {
	v.t.Helper()
	a := v.post("/view", "code", code, "card", "view-own")
	if to := a.Header.Get("Location"); to != "" {
		return v.get(to)
	}
	return a
}

// unsaved is what the x-ray says beside values that were in memory and not saved.
const unsaved = "In that request only: nothing was saved."

func TestViewPageFillsTheEditorAndRunsNothing(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	code := "request.session['a'] = '</textarea><b>'"
	a := v.get("/view?code=" + url.QueryEscape(code))
	wantText(t, a, "\n"+html.EscapeString(code)+"</textarea>", "Run it, and what happened appears here.",
		"What becomes of your session")
	if v.token() != "" || tl.rows() != 0 {
		t.Error("to fill the editor made a session")
	}
	wantText(t, v.get("/view"), "What does the next request read in <code>cart[&#39;n&#39;]</code>?")
}

func TestViewShowsWhatItReturnedAndPrinted(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	a := v.view("request.session['fname'] = 'Aman'\nprint('hello', 31)\nreturn request.session.items()")
	if got := a.results(); !slices.Equal(got, []string{"dict_items([('fname', 'Aman')])"}) {
		t.Errorf("results = %q", got)
	}
	wantText(t, a, "printed hello 31", "fname &#39;Aman&#39;", "modified = True", "modified is True.")
	if got := v.values()["fname"]; got != "Aman" {
		t.Errorf("fname = %v", got)
	}
	// What was run last is still there when somebody comes back.
	wantText(t, v.get("/view"), "print(&#39;hello&#39;, 31)", "printed hello 31")
}

// A view that does not touch the session costs no question to the store, and shows in its history.
func TestViewThatTouchesNothingAsksNothing(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	before := v.stored()
	a := v.view("return 1 + 1")
	x := tl.exchanges(v.token())[0]
	if x.Method != http.MethodPost { // the page that shows it was a request too
		x = tl.exchanges(v.token())[1]
	}
	if !x.Untouched || x.Asked(xray.Find) || x.Path != "/view" {
		t.Errorf("%s %s: untouched %v, steps %v", x.Method, x.Path, x.Untouched, x.Steps)
	}
	v.untouched(before)
	wantText(t, a, "The session was not touched. The store was asked for nothing.",
		"Alive. Your last request did not touch it.")
	if got := a.results(); !slices.Equal(got, []string{"2"}) {
		t.Errorf("results = %q", got)
	}
	stranger := tl.visitor()
	stranger.setToken(strings.Repeat("x", 43))
	stranger.view("return 1")
	if got := tl.exchanges(strings.Repeat("x", 43)); len(got) != 0 {
		t.Errorf("an ID that names nothing has %d exchanges", len(got))
	}
}

func TestViewThatRaisesAnswers500AndSavesNothing(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	before := v.stored()
	code := "request.session['seen'] = True\nlname = request.session['lname']"
	a := v.post("/view", "code", code, "card", "view-own", "predict", "view-own:raised")
	if a.Status != http.StatusInternalServerError || a.setCookie() != nil {
		t.Errorf("status %d, cookie %v, want 500 and none", a.Status, a.setCookie())
	}
	v.untouched(before)
	wantText(t, a, "KeyError: &#39;lname&#39;</output>", "File &#34;your view&#34;, line 2, in view",
		"<b>2</b>", "Correct.", unsaved, "Change it to get(&#39;lname&#39;, &#39;&#39;)",
		html.EscapeString(code)+"</textarea>")
	if a := v.post("/view", "code", code); a.Status != http.StatusInternalServerError || v.token() == "" {
		t.Errorf("sent again: %d", a.Status)
	}
}

func TestViewThatIsNotUnderstoodDoesNotRun(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	before := v.stored()
	for code, says := range map[string]string{
		"x = 1\nreturn f'Hello {x}'":     "This small Python has no f-strings.",
		"import os":                      "import",
		"\n{{ request.session.fname }}":  "This is a template, and no view.",
		"python manage.py clearsessions": "This is a command for a shell, and no view.",
		"x = (1":                         "never closed",
		"":                               "the view is empty",
		strings.Repeat("x = 1\n", 700):   "A view has at most 4 KB",
	} {
		a := v.post("/view", "code", code, "card", "view-own")
		if a.Status != http.StatusBadRequest && a.Status != http.StatusRequestEntityTooLarge {
			t.Errorf("%.20q = %d", code, a.Status)
		}
		wantText(t, a, says, "Not judged yet.", html.EscapeString(code)+"</textarea>")
		v.untouched(before)
	}
}

// Beyond the page for it, a view is bounded in itself.
func TestViewOverALimitIsEnded(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	before := v.stored()
	for _, code := range []string{
		"request.session['a'] = 1\nwhile True:\n    pass",
		"request.session['a'] = 'a' * 10000000",
		"n = 1\nwhile True:\n    n = n * 99999999",
		"request.session['_session_birth'] = 'never'",
		"request.session.set_expiry(-5)",
	} {
		a := v.post("/view", "code", code, "card", "view-own")
		if a.Status != http.StatusBadRequest {
			t.Errorf("%q = %d", code, a.Status)
		}
		wantText(t, a, "Not judged yet.")
		v.untouched(before)
	}
}

func TestViewsAreJudged(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		code, came string
	}{
		"saved":    {"request.session['a'] = 1", "saved"},
		"flagged":  {"request.session.modified = True", "saved"},
		"unmarked": {"return request.session.get('a')", "unmarked"},
		"apart":    {"return 1", "unmarked"},
		"raised":   {"raise ValueError('no')", "raised"},
		"at save":  {"from datetime import datetime\nrequest.session['t'] = datetime(2026, 1, 2)", "raised"},
		"a 500":    {"request.session['a'] = 1\nreturn HttpResponse('no', status=500)", "raised"},
		"flushed":  {"request.session.flush()", "gone"},
		"anew":     {"request.session.flush()\nrequest.session['a'] = 1", "saved"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newLab(t).visitor()
			v.run("/set", "key", "k", "value", "v")
			a := v.post("/view", "code", tt.code, "card", "view-own", "predict", "view-own:"+tt.came)
			if to := a.Header.Get("Location"); to != "" {
				a = v.get(to)
			}
			wantText(t, a, "<b>Correct.</b>")
		})
	}
}

func TestTheNestedViewIsJudged(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	a := v.post("/view", "code", nestedView, "card", "view", "predict", "view:same")
	wantText(t, a, "KeyError: &#39;cart&#39;", "Not judged yet.")
	v.run("/modified/assign")
	a = v.run("/view", "code", nestedView, "card", "view", "predict", "view:same")
	wantText(t, a, "<b>Correct.</b>", unsaved, "~ cart[&#39;n&#39;] 1 → 2",
		"Add “request.session.modified = True”")
	a = v.run("/view", "code", flaggedView, "card", "view", "predict", "view-own:saved")
	wantText(t, a, "<b>Correct.</b>", "It returned <output data-result>3</output>")
}

// Who has no session has nobody's exchange: whoever knows its address sees which lines ran, and no value.
func TestViewWithoutASessionKeepsNoValues(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "pin", "value", "S3CRET")
	a := v.done("/view", "code", "pin = request.session['pin']\nprint(pin)\nrequest.session.flush()\nreturn pin")
	seen := tl.visitor().get(a.Header.Get("Location"))
	if strings.Contains(seen.Body, "S3CRET") {
		t.Error("a stranger sees a value")
	}
	wantText(t, seen, "read pin", "flush()")
	x := tl.exchange(strings.TrimPrefix(strings.Split(a.Header.Get("Location"), "=")[1], ""), "")
	if x != nil && strings.Contains(string(x.Detail.Data), "S3CRET") {
		t.Error("the record holds a value")
	}
}

// A session that was flushed and made anew in one request is another one.
func TestViewThatFlushesAndStores(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "pin", "value", "S3CRET")
	old := v.token()
	a := v.view("request.session.flush()\nrequest.session['a'] = 1")
	if v.token() == old || v.token() == "" || tl.rows() != 1 {
		t.Errorf("token %q after %q, %d rows", v.token(), old, tl.rows())
	}
	wantText(t, a, "Flush deleted the row.")
	if strings.Contains(a.Body, "S3CRET") || len(tl.exchanges(old)) != 0 {
		t.Error("what the old session had is still there")
	}
	for _, x := range tl.exchanges(v.token()) {
		if x.Path == "/set" {
			t.Error("the new session has the exchanges of the old one")
		}
	}
}

// What JSON alone can keep is kept as JSON, and the other pages show it.
func TestViewStoresWhatFormsCannot(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.view("request.session['d'] = {'b': [1, None, {'x': True}], 'a': 1.5}\nrequest.session['none'] = None\n" +
		"request.session['big'] = 10 ** 2") // no operator: it does not run
	if len(v.values()) != 0 {
		t.Fatalf("values = %v", v.values())
	}
	v.view("request.session['d'] = {'b': [1, None, {'x': True}], 'a': 1.5}\nrequest.session['none'] = None")
	a := v.view("return request.session['d'], request.session['none']")
	if got := a.results(); !slices.Equal(got, []string{"({'b': [1, None, {'x': True}], 'a': 1.5}, None)"}) {
		t.Errorf("results = %q", got)
	}
	for _, path := range []string{"/items", "/templates", "/internals", "/modified", "/storage"} {
		if a := v.get(path); a.Status != http.StatusOK {
			t.Errorf("GET %s = %d", path, a.Status)
		}
	}
	wantText(t, v.get("/items"), "{&#39;b&#39;: [1, None, {&#39;x&#39;: True}], &#39;a&#39;: 1.5}")
}

// Each lesson's snippet that is a view leads to the page, and runs there.
func TestEachLessonsViewIsUnderstood(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	n := 0
	for _, lesson := range lessons {
		code := lesson.OwnView()
		if code == "" {
			continue
		}
		n++
		if _, err := python.Parse(code); err != nil {
			t.Errorf("%s: %v", lesson.Name, err)
		}
		v := tl.visitor()
		v.run("/update", "key", "fname", "value", "Aman", "key", "lname", "value", "Roy")
		wantText(t, v.get(lesson.Path), lesson.ViewQuery(), "Run it in a view of your own")
		if a := v.post("/view", "code", code); a.Status != http.StatusSeeOther {
			t.Errorf("%s = %d\n%s", lesson.Name, a.Status, code)
		}
	}
	if n < 14 {
		t.Errorf("%d lessons have a view", n)
	}
	for _, e := range viewExamples {
		if _, err := python.Parse(e.Code); err != nil {
			t.Errorf("%s: %v", e.Name, err)
		}
	}
}
