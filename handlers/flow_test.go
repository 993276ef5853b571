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
			texts: []string{"no Cookie", "There is none, so there is nothing to fetch.", "No row is named",
				"Not yet. Nothing was stored",
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
	for range 3 {
		page = v.get("/flow")
	}
	if n := strings.Count(page.Body, "<th scope=\"row\"><a href=\"/flow?exchange="); n != mostLines {
		t.Errorf("%d requests listed after eight, want %d", n, mostLines)
	}
}
