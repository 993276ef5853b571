package handlers

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	startOverForm = regexp.MustCompile(
		`<form class="(?:reset|run)" method="post" action="/flush">(.*?)<button class="btn[^"]*">Start over<`)
	hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

// startsOver sends what each Start over of a page would: of the list of lessons, and of the question that the
// key asks.
func (v *visitor) startsOver(page answer) (answers []answer) {
	v.t.Helper()
	for _, form := range startOverForm.FindAllStringSubmatch(page.Body, -1) {
		v.done("/set", "key", "fname", "value", "Aman")
		var fields []string
		for _, field := range hiddenField.FindAllStringSubmatch(form[1], -1) {
			fields = append(fields, field[1:]...)
		}
		answers = append(answers, v.done("/flush", fields...))
	}
	if len(answers) != 2 {
		v.t.Fatalf("the page has Start over %d times, want 2", len(answers))
	}
	return answers
}

// Start over ends the session, and the visitor stays on the page: no lesson's card gets it, and the lesson on
// flush is not what follows.
func TestStartOverStaysOnThePage(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	places := map[string]string{"/internals": "/internals", "/no-such-page": "/"}
	for _, lesson := range withHome() {
		places[lesson.Path] = lesson.Path
	}
	for path, want := range places {
		v := tl.visitor()
		for _, a := range v.startsOver(v.get(path)) {
			to, err := url.Parse(a.Header.Get("Location"))
			if err != nil {
				t.Fatal(err)
			}
			if to.Path != want || to.Query().Get("exchange") == "" || to.Fragment != "" {
				t.Errorf("from %s it leads to %q", path, to)
			}
			if got := a.Header.Values("Set-Cookie"); !slices.Equal(got, []string{deletion}) || v.token() != "" {
				t.Errorf("from %s: Set-Cookie = %q", path, got)
			}
			if page := v.get(to.String()); page.Status != http.StatusOK {
				t.Errorf("%s = %d", to, page.Status)
			}
		}
	}
	if tl.rows() != 0 {
		t.Errorf("%d rows are left", tl.rows())
	}
}

// Without a form's field then, flush leads to its lesson, as ever; a name that is no page's does too.
func TestFlushWithoutAPlaceLeadsToItsLesson(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, fields := range [][]string{nil, {"then", "no-such-lesson"}, {"then", "internals.json"}} {
		to := tl.visitor().done("/flush", fields...).Header.Get("Location")
		if !strings.HasPrefix(to, "/flush?exchange=") {
			t.Errorf("%v leads to %q", fields, to)
		}
	}
}

var openGroup = regexp.MustCompile(`<details name="lessons" open><summary>([^<]*) <span`)

// One group of the list is open: that of the lesson. A page that is no lesson has none.
func TestListOpensTheGroupOfTheLesson(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	for path, want := range map[string][]string{"/set": {"Basics"}, "/summary": {"Before you go"}, "/": nil,
		"/internals": nil, "/no-such-page": nil} {
		body := v.get(path).Body
		var got []string
		for _, m := range openGroup.FindAllStringSubmatch(body, -1) {
			got = append(got, m[1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: open are %q, want %q", path, got, want)
		}
		if n := strings.Count(body, `<details name="lessons"`); n != len(lessonGroups()) {
			t.Errorf("%s: %d groups", path, n)
		}
	}
}

// A page that answers a form says so, for the script not to reload it.
func TestAnswerToAFormSaysSo(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	for what, page := range map[string]answer{
		"a lesson": v.get("/delete"), "a run": v.run("/set", "key", "k", "value", "v"),
		"an error": v.get("/no-such-page"), "a KeyError": v.post("/delete", "key", "absent"),
	} {
		if got := strings.Contains(page.Body, "<body data-posted "); got != (what == "a KeyError") {
			t.Errorf("%s says that it answers a form: %t", what, got)
		}
	}
}
