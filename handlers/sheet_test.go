package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/scenario"
	"sessionlab/handlers/xray"
)

// bookID is the notebook that the visitor's browser holds.
func (v *visitor) bookID() string {
	r, err := http.NewRequest(http.MethodGet, v.lab.url, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range v.Jar.Cookies(r.URL) {
		if c.Name == "notebook" {
			return c.Value
		}
	}
	return ""
}

// sheet is what experiments keep for the visitor.
func (v *visitor) sheet() *sheet {
	v.t.Helper()
	return v.lab.sheetOf(v.bookID())
}

// sheetOf is what experiments keep in the notebook of that ID; an empty sheet for nothing.
func (tl *testLab) sheetOf(id string) *sheet {
	tl.t.Helper()
	data, err := tl.notebooks.Sheet(tl.t.Context(), id)
	if err != nil {
		tl.t.Fatal(err)
	}
	if data == nil {
		return &sheet{}
	}
	s, err := decodeSheet(data)
	if err != nil {
		tl.t.Fatal(err)
	}
	return s
}

// play runs a card with a prediction, and returns the page and what was recorded.
func (v *visitor) play(path, card, option string, fields ...string) (answer, *ran) {
	v.t.Helper()
	page := v.run(path, append([]string{"card", card, "predict", card + ":" + option}, fields...)...)
	runs := v.sheet().Runs
	if len(runs) == 0 || runs[0].Card != card {
		v.t.Fatalf("POST %s: its run is not kept", path)
	}
	return page, ranBy(runs[0], card)
}

// falsify changes the record of the last run, and returns the page that shows it then.
func (v *visitor) falsify(path string, change func(*ran)) answer {
	v.t.Helper()
	s := v.sheet()
	x := s.Runs[0]
	now := *ranBy(x, x.Card)
	change(&now)
	if err := x.SetDetail(x.Card, now); err != nil {
		v.t.Fatal(err)
	}
	data, err := encodeSheet(s)
	if err != nil {
		v.t.Fatal(err)
	}
	if err := v.lab.notebooks.KeepSheet(v.t.Context(), v.bookID(), data); err != nil {
		v.t.Fatal(err)
	}
	return v.get(path)
}

// wantJudged checks which option of the card comes true where the record of the last run says something else:
// a verdict that did not turn with it would not be read off it.
func (v *visitor) wantJudged(path, card, says string, change func(*ran), want string) {
	v.t.Helper()
	if got := v.falsify(path, change).cameTrue(card); got != want {
		v.t.Errorf("with a record that says: %s, it is %q, want %q", says, got, want)
	}
}

// No record of a session is in a page that is not this visitor's, and Start over forgets all.
func TestSheetsBelongToTheirNotebook(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v, other := tl.visitor(), tl.visitor()
	v.run("/set", "key", "who", "value", "Ann")
	location := v.done("/two", "value", "Ben").Header.Get("Location")
	for _, page := range []answer{other.get(location), other.get("/two")} {
		if strings.Contains(page.Body, `class="stage`) || strings.Contains(page.Body, xray.Mask(v.token())) {
			t.Error("another visitor sees the run")
		}
	}
	if page := v.get("/two"); !strings.Contains(page.Body, `class="stage`) {
		t.Error("the run is not there without its address")
	}
	id := v.bookID()
	v.run("/flush", "notebook", "forget", "card", "start-over")
	data, err := tl.notebooks.Sheet(t.Context(), id)
	if err != nil || data != nil || v.bookID() != "" {
		t.Errorf("after Start over: %d bytes, %v, notebook %q", len(data), err, v.bookID())
	}
}

// What a notebook keeps of experiments is bounded, in requests and in bytes; the latest run stays.
func TestSheetsAreBounded(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	long := strings.Repeat("x", 60<<10)
	v.run("/set", "key", "who", "value", long)
	v.run("/set", "key", "more", "value", "<b>"+long)
	for range 3 {
		page, run := v.play("/two", "two", "own", "value", "B"+long)
		if got := page.cameTrue("two"); got != "" || len(run.Events) != 2 {
			t.Errorf("of sessions that are not kept whole: %q, %d events", got, len(run.Events))
		}
		for range 10 {
			v.run("/two/move", "move", "b-get")
		}
	}
	s := v.sheet()
	if len(s.Runs) != 1 || len(s.Moves) > mostMoves {
		t.Errorf("%d runs and %d moves are kept", len(s.Runs), len(s.Moves))
	}
	for i := range 2 * limits.MaxSheetSteps {
		x := &xray.Exchange{ID: fmt.Sprint(i), Card: "two"}
		r := ran{Choice: x.ID, Events: make([]scenario.Event, 3)}
		if err := x.SetDetail("two", r); err != nil {
			t.Fatal(err)
		}
		s.add(x, r)
	}
	if n := 3 * len(s.Runs); n > limits.MaxSheetSteps || n < limits.MaxSheetSteps-3 ||
		s.Runs[0].ID != fmt.Sprint(2*limits.MaxSheetSteps-1) {
		t.Errorf("%d requests are kept, the latest of run %s", n, s.Runs[0].ID)
	}
	for i := range s.Runs { // what cannot be compressed
		random := make([]string, 100)
		for j := range random {
			random[j] = newID()
		}
		r := ran{Choice: fmt.Sprint(i), Events: []scenario.Event{{Form: strings.Join(random, "")}}}
		if err := s.Runs[i].SetDetail("two", r); err != nil {
			t.Fatal(err)
		}
	}
	before := len(s.Runs)
	r, _ := http.NewRequest(http.MethodGet, tl.url, nil)
	r.AddCookie(&http.Cookie{Name: "notebook", Value: v.bookID()})
	if err := tl.keepSheet(r, s); err != nil || len(s.Runs) == before || len(v.sheet().Runs) != len(s.Runs) {
		t.Errorf("%v, and %d of %d runs are kept", err, len(s.Runs), before)
	}
}
