package handlers

import (
	"net/http"
	"strings"
	"testing"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/xray"
)

// Two browsers have two sessions, and neither sees what is in the other's.
func TestTwoBrowsers(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	page, run := v.play("/two", "two", "own", "value", "Ben")
	wantVerdict(t, page, "Not judged yet.")
	if read := run.last("A", "/get"); read.Exchange.Known || v.token() != "" {
		t.Errorf("somebody without a session: %+v", read)
	}
	v.run("/set", "key", "who", "value", "Ann")
	mine := v.token()
	page, run = v.play("/two", "two", "own", "value", "Ben")
	wantVerdict(t, page, "Correct.")
	wantText(t, page, "You read <code>&#39;Ann&#39;</code>.", "a new session", `<b class="says">Ann</b>`)
	store, read := run.last("B", "/set"), run.last("A", "/get")
	if store.Held != "" || store.Exchange.By != xray.ByB || store.Holds == mine ||
		store.Exchange.After()["who"] != "Ben" || read.Exchange.By != xray.ByLab ||
		read.Exchange.Sent != mine || v.token() != mine {
		t.Errorf("B: %+v\nA: %+v", store, read)
	}
	for name, tt := range map[string]struct {
		change func(*ran)
		want   string
	}{
		"B's value":  {func(r *ran) { *r.Events[1].Exchange.Returned = "Ben" }, "last"},
		"both":       {func(r *ran) { *r.Events[1].Exchange.Returned = "['Ann', 'Ben']" }, "both"},
		"an error":   {func(r *ran) { r.Events[1].Exchange.Refused = "Conflict" }, "error"},
		"not read":   {func(r *ran) { r.Events = r.Events[:1] }, ""},
		"not stored": {func(r *ran) { r.Events[0].Exchange.Committed = nil }, ""},
	} {
		v.play("/two", "two", "own", "value", "Ben")
		v.wantJudged("/two", "two", name, tt.change, tt.want)
	}
	page, _ = v.play("/two", "two", "own", "value", "Ann")
	wantVerdict(t, page, "Not judged yet.")
}

// A session too large to be listed is not said to be empty, and nobody is told to set what is set.
func TestLargeValuesOfTwoBrowsers(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "who", "value", "Ann")
	page, _ := v.play("/two", "two", "own", "value", strings.Repeat("x", limits.MaxEventBytes))
	wantVerdict(t, page, "Not judged yet.")
	wantText(t, page, "too large to list here", "You see 1 value, and B sees too much to list.",
		"a short one")
	if strings.Contains(page.Body, ">no values<") {
		t.Error("B's large session is said to be empty")
	}
}

// The history of a session names who sent what, and what the lab sent is nobody's run of a lesson.
func TestHistoryNamesTheSender(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "who", "value", "Ann")
	v.play("/two", "two", "own", "value", "Ben")
	v.run("/two/move", "move", "copy")
	v.run("/two/move", "move", "b-set")
	page := v.get("/set")
	wantText(t, page, `<b class="actor b">B</b>, another browser with your ID`,
		`<b class="actor a">A</b>, sent by the lab for you`)
	if got := page.cameTrue("set"); got != "new" {
		t.Errorf("the lesson set judges %q: another browser's run is not the visitor's", got)
	}
	if got := v.values()["who"]; got != "Ben" {
		t.Errorf("with a copy of the cookie B stored, and the visitor reads %v", got)
	}
}

// What the two do by hand is drawn after the run, and the jar of B is kept between two requests.
func TestMovesOfTwoBrowsers(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "who", "value", "Ann")
	v.play("/two", "two", "own", "value", "Ben")
	bs := v.sheet().Jar.Value
	wantText(t, v.get("/two"), `data-told="two-now">You see 1 value, and B sees 1 value.<`)
	const both = "You see 1 value, and B sees 1 value."
	for _, step := range []struct{ do, holds, says, told string }{
		{"b-get", bs, `<b class="says">Ben</b>`, "B got 200: 'Ben'. " + both},
		{"copy", v.token(), "copied by hand", "B holds a copy of your cookie. " + both},
		{"b-get", v.token(), `<b class="says">Ann</b>`, "B got 200: 'Ann'. " + both},
		{"b-set", v.token(), "", "B got 303. " + both}, {"a-get", v.token(), "", "You got 200: 'Ben'. " + both},
		{"a-set", v.token(), "", "You got 303. " + both},
		{"empty", "", "no session", "B holds no cookie. You see 1 value, and B sees no session."},
		{"b-get", "", "", "B got 200. You see 1 value, and B sees no session."},
	} {
		location := v.done("/two/move", "move", step.do).Header.Get("Location")
		if location != "/two#two-now" {
			t.Errorf("%s leads to %s", step.do, location)
		}
		page := v.get("/two")
		wantText(t, page, step.says)
		if !strings.Contains(page.text(), step.told) {
			t.Errorf("after %s the page does not say %q", step.do, step.told)
		}
		holds := ""
		if jar := v.sheet().Jar; jar != nil {
			holds = jar.Value
		}
		if holds != step.holds {
			t.Errorf("after %s B holds %q, want %q", step.do, holds, step.holds)
		}
	}
	if a := v.post("/two/move", "move", "anything"); a.Status != http.StatusBadRequest {
		t.Errorf("an unknown move = %d", a.Status)
	}
	if page := v.get("/two"); page.cameTrue("two") != "own" {
		t.Errorf("after the moves the run is judged %q", page.cameTrue("two"))
	}
}

// A browser that keeps no cookies is a new visitor each time.
func TestBrowserWithoutAJar(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	before := tl.rows()
	page, run := v.play("/two/jar", "two-jar", "five")
	wantVerdict(t, page, "Correct.")
	if n := tl.rows() - before; n != 5 || len(run.Events) != 5 || v.token() != "" {
		t.Errorf("%d new rows, %d requests", n, len(run.Events))
	}
	wantText(t, page, "5 requests, 5 new sessions.", "thrown away")
	for name, tt := range map[string]struct {
		change func(*ran)
		want   string
	}{
		"one session": {func(r *ran) {
			for i := range r.Events {
				r.Events[i].Exchange.Token = "the same"
			}
		}, "one"},
		"no session": {func(r *ran) {
			for i := range r.Events {
				r.Events[i].Exchange.Committed = nil
			}
		}, "none"},
		"three of them": {func(r *ran) { r.Events = r.Events[:3] }, ""},
	} {
		v.play("/two/jar", "two-jar", "five")
		v.wantJudged("/two", "two-jar", name, tt.change, tt.want)
	}
}

// A second tab sends the cookie of the browser, so the server sees one session.
func TestSecondTab(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	page := v.run("/two/tab", "card", "two-tab", "predict", "two-tab:one")
	wantVerdict(t, page, "Not judged yet.")
	was := v.token()
	page = v.run("/two/tab", "card", "two-tab", "predict", "two-tab:two")
	wantVerdict(t, page, "Not this time.")
	if page.cameTrue("two-tab") != "one" || v.token() != was || v.values()["tab"] != "second" {
		t.Errorf("%q, values %v", page.cameTrue("two-tab"), v.values())
	}
	x := &xray.Exchange{Sent: "one", Token: "another"}
	if got := twoTabCard.Observe(Run{Path: "/two/tab", Saved: true, Known: true, Record: x}); got != "two" {
		t.Errorf("with a record of two sessions: %q", got)
	}
}

// The visitor's jar holds the session's cookie and, once something was started, the notebook's; no more.
func TestTwoBrowsersLeaveTheVisitorsJarAlone(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	if a := v.get("/two"); a.Header.Get("Set-Cookie") != "" {
		t.Errorf("looking sets %q", a.Header.Get("Set-Cookie"))
	}
	a := v.done("/two", "value", "Ben")
	if got := a.Header.Values("Set-Cookie"); len(got) != 1 || !strings.HasPrefix(got[0], "notebook=") {
		t.Errorf("Set-Cookie = %q", got)
	}
	if a := v.done("/two", "value", "Ben"); a.Header.Get("Set-Cookie") != "" {
		t.Errorf("a second run sets %q", a.Header.Get("Set-Cookie"))
	}
}

// Equal colours in both lanes mean one session ID: two that are not the same never look alike.
func TestTwoSessionIDsLookDifferent(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "who", "value", "Ann")
	for range 40 {
		v.done("/two", "value", "Ben")
		if bs := v.sheet().Jar.Value; tl.alike(bs, v.token()) {
			t.Fatalf("B's %s is like %s", bs, v.token())
		}
	}
}
