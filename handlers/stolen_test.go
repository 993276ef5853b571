package handlers

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/engine"
)

// A copy of the cookie is the session: B reads and stores as the visitor does. Where the cookie holds the
// values, B has them too, and what it stores is in its own copy.
func checkStolen(t *testing.T, tl *testLab, kind engine.Kind) {
	v := tl.visitor()
	page, _ := v.play("/stolen", "stolen", "values")
	wantVerdict(t, page, "Not judged yet.")
	v.run("/set", "key", "user", "value", "Ann")
	page, run := v.play("/stolen", "stolen", "values")
	wantVerdict(t, page, "Correct.")
	wantText(t, page, "B reads <code>Ann</code>", "copied by hand")
	if got := readOf(run.last("A", "/get")); (got == "drone") == kind.InCookie {
		t.Errorf("the visitor reads cart = %q", got)
	}
	for name, tt := range map[string]struct {
		change func(*ran)
		want   string
	}{
		"no session":     {func(r *ran) { r.first("B", "/get").Exchange.Known = false }, "nothing"},
		"a redirect":     {func(r *ran) { r.first("B", "/get").Exchange.Status = 303 }, "login"},
		"an old value":   {func(r *ran) { *r.last("B", "/get").Exchange.Returned = "cup" }, "readonly"},
		"another cookie": {func(r *ran) { r.first("B", "/get").Held = "x" }, ""},
	} {
		v.play("/stolen", "stolen", "values")
		v.wantJudged("/stolen", "stolen", name, tt.change, tt.want)
	}
}

// A new ID or no row shuts the thief out, and nothing else does; with signed cookies nothing does at all. The
// visitor's browser ends up with what the visitor's requests were answered with.
func checkThief(t *testing.T, tl *testLab, kind engine.Kind) {
	v := tl.visitor()
	for _, tt := range []struct {
		act      string
		a, b     bool
		row, got string
	}{
		{"change", true, true, "same ID, user Zoe", "user Zoe"},
		{"clear", true, true, "same ID, no values", "no values"},
		{"close", false, true, "same ID, user Ann", "user Ann"},
		{"cycle", true, false, "a new ID, user Ann", "no values"}, {"flush", false, false, "gone", "no values"},
		{"thief", false, true, "a new ID, user Ann", "user Ann"},
	} {
		a, b, row := tt.a, tt.b, tt.row
		if kind.InCookie {
			a, b, row = tt.act != "close" && tt.act != "flush", true, ""
		}
		want := map[bool]string{true: "in", false: "out"}[b]
		page, run := v.play("/stolen/act", "stolen-act", want, "act", tt.act)
		if got := page.cameTrue("stolen-act"); got != want || run.isIn("A") != a || run.isIn("B") != b {
			t.Errorf("%s: B is %s, you %v\n%s", tt.act, got, run.isIn("A"), strings.Join(run.story(), "\n"))
		}
		wantVerdict(t, page, "Correct.")
		if row != "" && (rowAfter(run) != row || cameBack(run.last("B", "/get")) != tt.got) {
			t.Errorf("%s: row %q, B reads %q", tt.act, rowAfter(run), cameBack(run.last("B", "/get")))
		}
		if in := v.internals().Session.Exists; in != a {
			t.Errorf("%s: the visitor's browser has a session: %v, want %v", tt.act, in, a)
		}
	}
	page := v.get("/stolen")
	if n := strings.Count(page.Body, "not run yet"); n != 1 { // the first card
		t.Errorf("%d are not run yet", n)
	}
}

// The verdict is that of B's last request, whatever was done.
func TestThiefIsJudgedByTheRecord(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.play("/stolen/act", "stolen-act", "out", "act", "flush")
	page := v.falsify("/stolen", func(r *ran) { r.last("B", "/get").Exchange.Known = true })
	if page.cameTrue("stolen-act") != "in" {
		t.Error("B has found a session, and is judged to be out")
	}
	wantText(t, page, "only the thief")
	if a := v.post("/stolen/act", "act", "shout"); a.Status != http.StatusBadRequest {
		t.Errorf("an unknown act = %d", a.Status)
	}
}

// What B does with an ID that opens nothing is in its lane: no history has it, since no session is left.
func TestLanesKeepWhatLeavesNoSession(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	page, run := v.play("/stolen/act", "stolen-act", "out", "act", "flush")
	read := run.last("B", "/get").Exchange
	if len(read.Sent) != 43 || read.Known || read.Token != "" || read.SetCookie == nil ||
		read.SetCookie.MaxAge >= 0 {
		t.Errorf("B's last request: %+v", read)
	}
	flush := run.last("A", "/flush").Exchange
	if !flush.Ended || flush.Before()["user"] != "Ann" || len(flush.Sent) != 43 {
		t.Errorf("the lane forgot what the flush took: %+v", flush)
	}
	wantText(t, page, "Set-Cookie, Max-Age=0")
	kinds := stepKinds(read)
	if !reflect.DeepEqual(kinds, []string{"Find", "Code"}) {
		t.Errorf("its steps are %v", kinds)
	}
	for _, x := range tl.exchanges(read.Sent) {
		t.Errorf("the history has %s %s of a session that is gone", x.Method, x.Path)
	}
}

// What the experiment did to the session of the visitor's browser, the notebook knows too: the panel tells
// when it ends.
func TestScenesTellTheNotebook(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.play("/stolen/act", "stolen-act", "out", "act", "cycle")
	n, ok, err := tl.notebooks.Read(t.Context(), v.bookID())
	if err != nil || !ok || n.Session.ID != v.token() || n.Session.Ends.Sub(tl.now()) > 401*time.Second {
		t.Errorf("%+v, %v, %v; the browser holds %s", n, ok, err, v.token())
	}
	v.play("/stolen/act", "stolen-act", "out", "act", "flush")
	if n, _, _ = tl.notebooks.Read(t.Context(), v.bookID()); n.Session.ID != "" || v.token() != "" {
		t.Errorf("after a flush: %+v", n.Session)
	}
}
