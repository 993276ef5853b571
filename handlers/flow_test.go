package handlers

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/xray"
)

// storeWork returns what the visitor's requests, the oldest first, asked of the store.
func (v *visitor) storeWork() [][]string {
	v.t.Helper()
	var work [][]string
	for _, x := range slices.Backward(v.lab.exchanges(v.token())) {
		var kinds []string
		for _, s := range x.Steps {
			if s.Kind != xray.Code {
				kinds = append(kinds, s.Kind.String())
			}
		}
		work = append(work, kinds)
	}
	return work
}

var stepClass = regexp.MustCompile(`<li class="(f[0-9db]+)( skipped)?( wide-only)?"`)

// passedOver returns which of the seven steps the page marks as not taken.
func (a answer) passedOver() []string {
	list := []string{}
	for _, m := range stepClass.FindAllStringSubmatch(a.Body, -1) {
		if m[2] != "" {
			list = append(list, m[1])
		}
	}
	return list
}

func TestReadStoreRead(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()

	first := v.get("/flow?read=x")
	if first.setCookie() != nil || v.token() != "" || tl.rows() != 0 {
		t.Errorf("the first read left cookie %v and %d rows", first.setCookie(), tl.rows())
	}
	if got := first.results(); !slices.Equal(got, []string{"None"}) {
		t.Errorf("the first read returned %q, want None", got)
	}
	if v.internals().Row != nil {
		t.Error("the first read made a row")
	}

	a := v.post("/set", "key", "x", "value", "1")
	c := a.setCookie()
	if c == nil || c.MaxAge != 400 || !c.HttpOnly || c.Path != "/" || c.SameSite != http.SameSiteLaxMode ||
		c.Secure {
		t.Errorf("the first write sent %v", c)
	}
	if tl.rows() != 1 {
		t.Errorf("the first write left %d rows", tl.rows())
	}
	before := v.stored()
	tl.later(time.Minute)

	for range 5 {
		again := v.get("/flow?read=x")
		if got := again.results(); !slices.Equal(got, []string{"1"}) || again.setCookie() != nil {
			t.Errorf("reading again returned %q and sent %v, want 1 and no cookie", got, again.setCookie())
		}
	}
	v.untouched(before)
	work := v.storeWork()
	if len(work) != 6 || !slices.Equal(work[0], []string{"Commit"}) || !slices.Equal(work[1], []string{"Find"}) {
		t.Errorf("asked of the store: %v, want one Commit, then one Find for each read", work)
	}
}

func TestPagesThatOnlyReadMakeNoSession(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for _, path := range []string{"/", "/flow", "/get", "/modified", "/delete"} {
		t.Run(path, func(t *testing.T) {
			tl := lab.in(t)
			v, rows := tl.visitor(), tl.rows()
			if a := v.get(path); a.Status != http.StatusOK || a.setCookie() != nil || len(a.results()) != 0 ||
				tl.rows() != rows {
				t.Errorf("first visit: %d, cookie %v, results %q, %d new rows", a.Status, a.setCookie(), a.results(),
					tl.rows()-rows)
			}
			v.run("/set", "key", "fname", "value", "Aman")
			before := v.stored()
			tl.later(time.Minute)
			if a := v.get(path); a.Status != http.StatusOK || a.setCookie() != nil {
				t.Errorf("with a session: %d, cookie %v", a.Status, a.setCookie())
			}
			v.untouched(before)

			r, err := http.NewRequest(http.MethodHead, tl.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if a := v.do(r); a.Status != http.StatusOK || a.Body != "" {
				t.Errorf("HEAD = %d with %d bytes", a.Status, len(a.Body))
			}
		})
	}
}

func TestSevenSteps(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for _, tt := range []struct {
		name    string
		prepare func(*visitor)
		path    string // of the POST that is drawn; "" to draw the reading itself
		fields  []string
		over    []string // the steps that were passed over
		texts   []string
	}{
		{name: "a first visit", over: []string{"f3", "f3db", "f4", "f7"},
			texts: []string{"no Cookie", "There is none, so there is nothing to fetch.", "Not yet. Nothing was stored",
				"There is no session that it could name."}},
		{name: "a visit with a session", prepare: func(v *visitor) {
			v.run("/set", "key", "fname", "value", "Aman")
		}, over: []string{"f4"}, texts: []string{"SELECT data FROM sessions", " bytes<br>expires ",
			"by <code>POST /set</code>", "fname = &#34;Aman&#34;", "No Set-Cookie this time"}},
		{name: "an unknown token", prepare: func(v *visitor) { v.setToken("made-up") },
			over: []string{"f3db", "f4"}, texts: []string{"The server does not adopt an ID", "No row", "Max-Age=0",
				"It drops the cookie."}},
		{name: "a first write", path: "/set", fields: []string{"key", "x", "value", "1"},
			over: []string{"f3", "f3db"}, texts: []string{"While your code ran, there was no ID yet.",
				"Your row is written", "Max-Age=400", "303 See Other"}},
		{name: "a later write", prepare: func(v *visitor) { v.run("/set", "key", "fname", "value", "Aman") },
			path: "/delete", fields: []string{"key", "fname"},
			over: []string{"f4"}, texts: []string{"− fname", "It marked the session as modified",
				"Your row is written"}},
		{name: "a write with an unknown token", prepare: func(v *visitor) { v.setToken("made-up") }, path: "/set",
			fields: []string{"key", "x", "value", "1"},
			over:   []string{"f3db"}, texts: []string{"The server does not adopt an ID",
				"Made at the end of the request", "Your row is written"}},
		{name: "a change in place", prepare: func(v *visitor) { v.run("/modified/assign") },
			path: "/modified/in-place",
			over: []string{"f4"}, texts: []string{"Nothing marked the session as modified.",
				"No Set-Cookie this time"}},
		{name: "a new key for the same data", prepare: func(v *visitor) {
			v.run("/set", "key", "fname", "value", "Aman")
		}, path: "/cycle-key",
			over: []string{}, texts: []string{"moved to this new ID", "Your row is moved"}},
		{name: "a flush", prepare: func(v *visitor) { v.run("/set", "key", "fname", "value", "Aman") },
			path: "/flush",
			over: []string{"f4", "f5db"}, texts: []string{"− fname", "Your row is deleted", "Max-Age=0",
				"It drops the cookie."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := lab.in(t).visitor()
			if tt.prepare != nil {
				tt.prepare(v)
			}
			var page answer
			if tt.path == "" {
				page = v.get("/")
				wantText(t, page, "This is the request that brought you to this page.")
			} else {
				_, query, _ := strings.Cut(v.post(tt.path, tt.fields...).Header.Get("Location"), "?")
				page = v.get("/flow?" + query)
				wantText(t, page, "POST "+tt.path+"<br>")
			}
			if got := page.passedOver(); !slices.Equal(got, tt.over) {
				t.Errorf("passed over: %v, want %v", got, tt.over)
			}
			for _, text := range tt.texts {
				wantText(t, page, text)
			}
		})
	}
}

func TestSevenStepsOfARefusedRequest(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	v.post("/delete", "key", "lname")
	page := v.get("/flow?exchange=" + v.lab.exchanges(v.token())[0].ID)
	if got, want := page.passedOver(), []string{"f4"}; !slices.Equal(got, want) {
		t.Errorf("passed over: %v, want %v", got, want)
	}
	for _, text := range []string{"It ended with <code>KeyError</code>, so nothing is saved.", "404 Not Found",
		"fname = &#34;Aman&#34;", "nothing was saved"} {
		wantText(t, page, text)
	}
}

func TestFlowDoesNotShowWhatAnotherVisitorDid(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	a, b := tl.visitor(), tl.visitor()
	_, query, _ := strings.Cut(a.post("/set", "key", "x", "value", "top-secret").Header.Get("Location"), "?")
	b.run("/set", "key", "fname", "value", "Aman")
	page := b.get("/flow?" + query)
	if strings.Contains(page.Body, "top-secret") || len(page.passedOver()) > 0 {
		t.Error("the exchange of another visitor is drawn")
	}
	wantText(t, page, "not kept here any more")
}

func TestFlowListsTheVisitorsRequests(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	v.run("/set", "key", "lname", "value", "Roy")
	page := v.get("/flow")
	rows := strings.Split(page.Body, "<th scope=\"row\"><a href=\"/flow?exchange=")[1:]
	if len(rows) != 5 {
		t.Fatalf("%d requests listed, want 5", len(rows))
	}
	for i, want := range [][]string{
		{"GET /flow", ">yes<", ">Find<", ">none<"},
		{"GET /set", ">yes<", ">Find<", ">none<"},
		{"POST /set", ">yes<", ">Find, Commit<", ">the same ID<"},
		{"GET /set", ">yes<", ">Find<", ">none<"},
		{"POST /set", ">none<", ">Commit<", ">a new ID<"},
	} {
		for _, text := range want {
			if !strings.Contains(rows[i], text) {
				t.Errorf("request %d has no %s: %s", i, text, rows[i])
			}
		}
	}
}

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
		return tags.ReplaceAllString(m[1], "")
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
	wantText(t, page, "your choice, and it happened", "/flow?exchange="+id+"#flow")
	if strings.Contains(page.Body, `name="after"`) {
		t.Error("with a session the form still names what came before")
	}

	page = v.get("/flow?read=x&card=flow-again")
	wantText(t, page, "your choice, and it happened")
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
