package handlers

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestSummaryNeedsNoSession(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	v := lab.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	before := v.internals()
	lastExchange := lab.exchanges(v.token())[0]

	page := v.get("/summary")
	if page.Status != http.StatusOK || page.setCookie() != nil {
		t.Errorf("page = %d with cookie %v", page.Status, page.setCookie())
	}
	if !sameRow(before.Row, v.internals().Row) {
		t.Error("the row changed")
	}
	if lab.exchanges(v.token())[0] != lastExchange {
		t.Error("an exchange was recorded: the page loaded a session")
	}
	if strings.Contains(page.Body, v.token()) || strings.Contains(page.Body, `id="xray"`) {
		t.Error("the page has a panel or a token")
	}
}

// A store that is gone does not take the revision sheet along, and an unknown cookie stays, since
// nothing looks at it.
func TestSummaryDoesNotAskTheStore(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	v := lab.visitor()
	v.setToken(strings.Repeat("A", 43))
	if page := v.get("/summary"); page.setCookie() != nil {
		t.Errorf("cookie = %v, want none", page.setCookie())
	}
	lab.engine.Close()
	if page := v.get("/summary"); page.Status != http.StatusOK {
		t.Errorf("page = %d with a closed store, want 200", page.Status)
	}
}

func TestSummaryHasEverything(t *testing.T) {
	t.Parallel()
	page := newLab(t).visitor().get("/summary")
	for _, row := range []string{"session[&#39;k&#39;] = v", "session.get(", "del session[", "session.pop(",
		"session.setdefault(", "session.update(",
		"session.clear()", "session.cycle_key()", "session.flush()", "session.set_expiry(n)",
		"session.set_expiry(0)", "clear_expired()"} {
		if !strings.Contains(strings.ReplaceAll(page.Body, "'", "&#39;"), `<th scope="row">`+row) {
			t.Errorf("the table has no row %s", row)
		}
	}
	if n := strings.Count(page.Body, `<tr class="here">`); n != 3 {
		t.Errorf("%d rows are tinted, want the three of the notes", n)
	}
	if n := strings.Count(page.Body, ` data-right`); n != len(quiz) {
		t.Errorf("%d right answers in the quiz, want %d", n, len(quiz))
	}
}

// TestQuizInTheAddress: without a script the answers are in the address; what is no answer chooses nothing.
func TestQuizInTheAddress(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	checked := regexp.MustCompile(`name="(q\d+)" value="(\d)"( data-right)? checked`)
	page := v.get("/summary?q1=0&q2=0&q10=2&q3=7&q4=%22%3E&q11=1&q5=")
	var got []string
	for _, m := range checked.FindAllStringSubmatch(page.Body, -1) {
		got = append(got, m[1]+"="+m[2]+m[3])
	}
	if !slices.Equal(got, []string{"q1=0 data-right", "q2=0", "q10=2"}) {
		t.Errorf("chosen: %q", got)
	}
	if page := v.get("/summary"); checked.MatchString(page.Body) {
		t.Error("an answer is chosen that nobody gave")
	}
}

func TestQuiz(t *testing.T) {
	t.Parallel()
	if len(quiz) != 10 {
		t.Errorf("%d questions, want ten", len(quiz))
	}
	places := map[int]int{}
	for _, q := range quiz {
		place := slices.Index(q.Options, q.Right)
		if place < 0 {
			t.Errorf("%q: the right answer is not among the options", q.Ask)
		}
		places[place]++
		if len(q.Options) > 10 {
			t.Errorf("%q: what is kept of an answer is one digit", q.Ask)
		}
		if lessonAt(q.Try) == nil {
			t.Errorf("%q: no lesson %s", q.Ask, q.Try)
		}
	}
	for place, n := range places {
		if n > 5 {
			t.Errorf("%d of ten right answers are option %d", n, place+1)
		}
	}
}

// The prediction of the quiz on `del` and the one on a first visit, checked on the lab itself.
func TestQuizAnswersAreSo(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	v := lab.visitor()
	v.get("/flow")
	if lab.rows() != 0 {
		t.Error("a first visit made a row")
	}
	v.run("/set", "key", "a", "value", "b")
	v.run("/delete", "key", "a")
	if i := v.internals(); !i.Session.Exists || len(i.Session.Values) != 0 || v.token() == "" {
		t.Error("deleting the last key left no empty session")
	}
	if c := v.post("/expiry", "seconds", "0").setCookie(); c == nil || c.MaxAge != 0 {
		t.Errorf("cookie = %v, want one without Max-Age", c)
	}
	v.post("/flush")
	if v.token() != "" {
		t.Error("the browser still holds a cookie after flush")
	}
	if got := v.run("/test-cookie/both").results(); len(got) == 0 || got[len(got)-1] != "True" {
		t.Errorf("set and checked in one request = %q, want True", got)
	}
}
