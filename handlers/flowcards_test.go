package handlers

import (
	"regexp"
	"strings"
	"testing"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/scenario"
	"sessionlab/handlers/xray"
)

func TestFlowPrediction(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for _, tt := range []struct {
		name     string
		session  bool
		method   string
		path     string
		card     string
		fields   []string
		want, is string // the verdict, and the option that happened
	}{
		{"a first read, right", false, "GET", "/flow", "flow:none", nil, "Correct.", "no cookie is sent"},
		{"a first read, wrong", false, "GET", "/flow", "flow:one", nil, "Not this time.", "no cookie is sent"},
		{"not the first visit", true, "GET", "/flow", "flow:none", nil, "Not judged yet.", ""},
		{"the first store, right", false, "POST", "/set", "flow-store:both", []string{"key", "x", "value", "1"},
			"Correct.", "A cookie with a new session ID"},
		{"the first store, wrong", false, "POST", "/set", "flow-store:value", []string{"key", "x", "value", "1"},
			"Not this time.", "A cookie with a new session ID"},
		{"not the first store", true, "POST", "/set", "flow-store:both", []string{"key", "x", "value", "1"},
			"Not judged yet.", ""},
		{"a read with a session, right", true, "GET", "/flow", "flow-again:nothing", nil, "Correct.",
			"Nothing: it only reads the session"},
		{"a read with a session, wrong", true, "GET", "/flow", "flow-again:row", nil, "Not this time.",
			"Nothing: it only reads the session"},
		{"a read without one", false, "GET", "/flow", "flow-again:nothing", nil, "Not judged yet.", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := lab.in(t).visitor()
			if tt.session {
				v.run("/set", "key", "x", "value", "1")
			}
			card, _, _ := strings.Cut(tt.card, ":")
			var page answer
			if tt.method == "GET" {
				page = v.get(tt.path + "?read=x&card=" + card + "&predict=" + tt.card)
			} else {
				page = v.run(tt.path, append(tt.fields, "card", card, "predict", tt.card)...)
			}
			wantVerdict(t, page, tt.want)
			if got := page.happened(); !strings.Contains(got, tt.is) || (got == "") != (tt.is == "") {
				t.Errorf("the page marks %q, want %q", got, tt.is)
			}
		})
	}
}

var happenedOption = regexp.MustCompile(`<label class="opt happened">.*?<span>(.*?)</span>`)

// happened is the option that the page marks as the one that came true.
func (a answer) happened() string {
	if m := happenedOption.FindStringSubmatch(a.Body); m != nil {
		return withoutTags(m[1])
	}
	return ""
}

var afterField = regexp.MustCompile(`name="after" value="([^"]+)"`)

// readFirst reads without a session, and returns the ID that the form which stores next is given.
func (v *visitor) readFirst(predict string) string {
	v.t.Helper()
	m := afterField.FindStringSubmatch(v.get("/flow?read=x&card=flow&predict=" + predict).Body)
	if m == nil {
		v.t.Fatal("the form that stores does not name the read before it")
	}
	return m[1]
}

func TestTheFirstReadStaysInTheStory(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	id := v.readFirst("flow:none")
	page := v.run("/set", "key", "x", "value", "1", "card", "flow-store", "after", id)
	wantText(t, page, "as you predicted", "/flow?exchange="+id+"#flow")
	if strings.Contains(page.Body, `name="after"`) {
		t.Error("with a session the form still names what came before")
	}

	page = v.get("/flow?read=x&card=flow-again")
	wantText(t, page, "as you predicted")
	if n := strings.Count(page.Body, `data-outcome`); n != 3 {
		t.Errorf("%d of three cards have an outcome", n)
	}
	if n := strings.Count(page.Body, `<ol class="flow">`); n != 3 {
		t.Errorf("%d drawings, want one for each card", n)
	}

	v.run("/flush", "card", startOver)
	if page := v.get("/flow"); strings.Contains(page.Body, "data-outcome") {
		t.Error("the story is still told after the session is gone")
	}
}

func TestTheStoryHasOnlyWhatCameBefore(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for _, tt := range []struct {
		name  string
		after func(v *visitor) string // what the form names; the visitor has no session yet
	}{
		{"an exchange of another visitor's session", func(v *visitor) string {
			other := v.lab.visitor()
			other.run("/set", "key", "x", "value", "secret")
			return v.lab.exchanges(other.token())[0].ID
		}},
		{"nothing that is kept", func(*visitor) string { return "AAAAAAAAAAAAAAAAAAAAAAAAAA" }},
		{"a text that is too long for an ID", func(*visitor) string { return strings.Repeat("A", 1000) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := lab.in(t).visitor()
			page := v.run("/set", "key", "x", "value", "1", "card", "flow-store", "after", tt.after(v))
			if n := strings.Count(page.Body, "data-outcome"); n != 1 || strings.Contains(page.Body, "secret") {
				t.Errorf("%d cards have an outcome, want the one that ran", n)
			}
			if id := v.lab.exchanges(v.token()); len(id[len(id)-1].Follows) > 32 {
				t.Error("the record holds a long text that is no ID")
			}
		})
	}

	t.Run("a read before a session that was there already", func(t *testing.T) {
		v := lab.in(t).visitor()
		id := v.readFirst("flow:none")
		v.run("/set", "key", "fname", "value", "Aman")
		page := v.run("/set", "key", "x", "value", "1", "card", "flow-store", "after", id)
		if n := strings.Count(page.Body, "data-outcome"); n != 1 {
			t.Errorf("%d cards have an outcome, want the one that ran", n)
		}
	})
}

// Browser B comes for the first time, beside a visitor whose session stays as it is.
func checkFlowOfB(t *testing.T, tl *testLab, kind engine.Kind) {
	v := tl.visitor()
	page, _ := v.play("/flow/b", "flow-b", "none")
	wantVerdict(t, page, "Not judged yet.")
	v.run("/set", "key", "x", "value", "1")
	want := v.state()
	want.Rows += map[bool]int{false: 1}[kind.InCookie]
	page, run := v.play("/flow/b", "flow-b", "none")
	wantVerdict(t, page, "Correct.")
	wantText(t, page, "B now reads <code>2</code>, and you read <code>1</code>.", "was not touched",
		`<b class="says">None</b>`, `<b class="says">2</b>`)
	if got := v.state(); got != want || v.values()["x"] != "1" {
		t.Errorf("your session: %+v with %v, want %+v", got, v.values(), want)
	}
	first, store, read := run.first("B", "/flow"), run.last("B", "/set"), run.last("B", "/flow")
	if first.Held != "" || first.Holds != "" || first.Exchange.SetCookie != nil || store.Holds == "" ||
		store.Holds == want.Token || read.Held != store.Holds || read.Exchange.By != xray.ByB {
		t.Errorf("B: %+v, %+v, %+v", first, store, read)
	}
}

func TestFirstLifeOfBIsJudgedByTheRecord(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "x", "value", "1")
	for name, tt := range map[string]struct {
		change func(b *scenario.Event, r *ran)
		want   string
	}{
		"B got yours": {func(b *scenario.Event, _ *ran) {
			value := "1"
			b.Exchange.Returned, b.Exchange.Typed = &value, true
		}, "yours"},
		"B got an ID": {func(b *scenario.Event, r *ran) {
			b.Exchange.SetCookie = r.last("B", "/set").Exchange.SetCookie
		}, "new"},
		"B was refused":   {func(b *scenario.Event, _ *ran) { b.Exchange.Refused = "Forbidden" }, "error"},
		"B had been here": {func(b *scenario.Event, _ *ran) { b.Held = "x" }, ""},
		"a limit":         {func(b *scenario.Event, _ *ran) { b.Exchange.Status = 429 }, ""},
		"B stored nothing": {func(_ *scenario.Event, r *ran) {
			r.last("B", "/set").Exchange.Committed = nil
		}, ""},
		"you have nothing": {func(_ *scenario.Event, r *ran) {
			r.last("A", "/flow").Exchange.Returned = nil
		}, ""},
		"nothing that counts": {func(*scenario.Event, *ran) {}, "none"},
	} {
		v.play("/flow/b", "flow-b", "none")
		change := func(r *ran) { tt.change(r.first("B", "/flow"), r) }
		v.wantJudged("/flow", "flow-b", name, change, tt.want)
	}
	_, run := v.play("/flow/b", "flow-b", "none")
	page := v.falsify("/flow", func(r *ran) {
		r.last("A", "/flow").Exchange.SetCookie = run.last("B", "/set").Exchange.SetCookie
	})
	if strings.Contains(page.Body, "was not touched") {
		t.Error("your browser was sent a cookie, and the page says that your session was not touched")
	}
}

// What Browser B did stands in the notebook, and is nothing that the visitor's first session began with.
func TestTheStoryHasNoPartOfB(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	page, _ := v.play("/flow/b", "flow-b", "none")
	if strings.Contains(page.Body, `name="after"`) {
		t.Error("the form that stores names what Browser B did")
	}
	page = v.run("/set", "key", "x", "value", "1", "card", "flow-store", "predict", "flow-store:both")
	if got := page.cameTrue("flow-store"); got != "both" {
		t.Errorf("the store is judged %q", got)
	}
	if n := strings.Count(page.Body, `<ol class="flow">`); n != 1 {
		t.Errorf("%d drawings, want that of the request that stored", n)
	}
}
