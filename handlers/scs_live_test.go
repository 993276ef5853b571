package handlers

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/notebook"
	"sessionlab/handlers/xray"
)

// press presses a button of the live clock, and returns what came of it.
func (v *visitor) pressClock(do string, fields ...string) (*scsRan, answer) {
	v.t.Helper()
	location := v.done("/scs-clock/live", append(fields, "do", do)...).Header.Get("Location")
	_, id, _ := strings.Cut(location, "exchange=")
	id, _, _ = strings.Cut(id, "#")
	x := v.lab.exchange(id, v.token())
	ran := ranSCS(x, "scs-live")
	if ran == nil || ran.Clock == nil {
		v.t.Fatalf("%s: nothing is kept", do)
	}
	return ran, v.get(location)
}

// The clock is a session of SCS that goes on at each press, in real time and beside the visitor's own.
func TestSCSLiveClock(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	before := v.stored()
	ends := func(ran *scsRan) time.Duration { return time.Until(ran.Clock.Ends) }
	about := func(what string, got, want time.Duration) {
		t.Helper()
		if got > want || got < want-3*time.Second {
			t.Errorf("%s: the row ends in %v, want %v", what, got, want)
		}
	}
	login, page := v.pressClock("login", "prepare", "scs-live")
	about("log in", ends(login), liveIdle)
	wantText(t, page, "It lives.", `<small>of 20 s</small> <b>ends first</b>`, `<small>of 60 s</small></h4>`)
	wantVerdict(t, page, "")

	back, page := v.pressClock("back", "prepare", "scs-live")
	about("move back", ends(back), liveIdle-liveBack)
	const update = "UPDATE sessions SET expiry = expiry - 15.0 / 86400 WHERE token = $1"
	if len(back.Exchanges) != 0 || back.came(update) != "1 row changed" {
		t.Errorf("move back: %v, %d exchanges", back.Lines, len(back.Exchanges))
	}
	wantVerdict(t, page, "")

	read, page := v.pressClock("read", "card", "scs-live", "predict", "scs-live:idle")
	about("read", ends(read), liveIdle)
	wantVerdict(t, page, "Correct.")
	wantText(t, page, "The row was saved, and its end moved by", "scs_clock", `<ol class="tl"`)
	if x := read.Exchanges[0]; steps(x) != "Find true, readUser, Commit" || x.SetCookie.Name != "scs_clock" ||
		x.Sent != login.Clock.ID {
		t.Errorf("the read: %s, cookie %v", steps(x), x.SetCookie)
	}
	life := lifeEnds(read.Clock)
	if !life.Equal(lifeEnds(login.Clock)) {
		t.Error("a read moved the life")
	}
	if deadline, _ := v.pressClock("deadline", "prepare", "scs-live"); !lifeEnds(deadline.Clock).After(life) {
		t.Error("SetDeadline did not move the life")
	}
	v.pressClock("back", "prepare", "scs-live")
	dead, page := v.pressClock("back", "prepare", "scs-live")
	if ends(dead) > 0 {
		t.Fatalf("it ends in %v", ends(dead))
	}
	wantText(t, page, "None is alive.")
	gone, page := v.pressClock("read", "card", "scs-live", "predict", "scs-live:idle")
	if x := gone.Exchanges[0]; steps(x) != "Find false, readUser" || len(gone.Stairs) != 7 {
		t.Errorf("after its end: %s, %d steps", steps(x), len(gone.Stairs))
	}
	wantVerdict(t, page, "Not judged yet.")
	wantText(t, page, "There was no live session.")

	again, _ := v.pressClock("login", "prepare", "scs-live")
	if again.Clock.ID == login.Clock.ID || len(again.Stairs) != 1 {
		t.Errorf("a new login: the same ID, or %d steps", len(again.Stairs))
	}
	ended, _ := v.pressClock("destroy", "prepare", "scs-live")
	if got := steps(ended.Exchanges[0]); got != "Find true, destroyIt, Delete" || ended.Clock.ID != "" {
		t.Errorf("destroy: %s, ID %q", got, ended.Clock.ID)
	}
	v.untouched(before)
}

// Where the life ends before the idle time would, the row ends with the life, and the page says so.
func TestSCSLiveClock_NearItsEnd(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.pressClock("login", "prepare", "scs-live")
	end := time.Now().Add(5 * time.Second)
	data, err := xray.Codec.Encode(end, map[string]any{"user": "aman"})
	if err != nil {
		t.Fatal(err)
	}
	age := func(n *notebook.Notebook) { n.Clock.Data = data }
	err = tl.notebooks.Update(t.Context(), v.cookieNamed("notebook"), age)
	if err != nil {
		t.Fatal(err)
	}
	read, page := v.pressClock("read", "card", "scs-live", "predict", "scs-live:idle")
	if !near(read.Clock.Ends, end) {
		t.Errorf("the row ends at %v, the life at %v", read.Clock.Ends, end)
	}
	wantVerdict(t, page, "Correct.")
	wantText(t, page, `<small>of 60 s</small> <b>ends first</b>`)
}

func TestSCSLiveClock_Refuses(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	a := v.post("/scs-clock/live", "do", "<no such>", "card", "scs-live")
	if a.Status != http.StatusBadRequest || strings.Contains(a.Body, "<no such>") {
		t.Errorf("%d", a.Status)
	}
	for _, do := range []string{"back", "destroy", "read"} { // before there is anything
		if ran, _ := v.pressClock(do); ran.Clock.Data != nil {
			t.Errorf("%s made a session", do)
		}
	}
	if v.token() != "" {
		t.Error("the visitor has a session")
	}
}
