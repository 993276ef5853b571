package handlers

import (
	"net/http"
	"sync"
	"testing"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// A request that saves after a logout: SCS by itself brings the session back under the same ID, and the lab
// refuses it, where there is something to refuse it by. The visitor's session has no part in it.
func checkLateRequest(t *testing.T, tl *testLab, kind engine.Kind) {
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	token := v.token()
	want := map[bool]string{true: "back", false: "scs"}[kind.InCookie]
	page, run := v.play("/late-request", "late-request", want)
	wantVerdict(t, page, "Correct.")
	late := run.late()
	if late == nil {
		t.Fatalf("the story is not whole: %v", run.story())
	}
	if late.SCS != (lateEnd{Commit: late.SCS.Commit, Status: http.StatusOK, Token: late.SCS.Token, Same: true,
		Back: true, User: "Ann"}) {
		t.Errorf("SCS: %+v", late.SCS)
	}
	switch lab := late.Lab; {
	case kind.InCookie && (lab.Status != http.StatusSeeOther || !lab.Back || lab.User != "Ann"):
		t.Errorf("the lab, with signed cookies: %+v", lab)
	case !kind.InCookie && (lab.Status != http.StatusBadRequest || lab.Answer != "SessionInterrupted" ||
		lab.Back || lab.Commit != "refused: the session was ended"):
		t.Errorf("the lab: %+v", lab)
	}
	if v.token() != token || v.values()["k"] != "v" {
		t.Error("the visitor's session has changed")
	}
}

func TestLateRequestIsLateEachTime(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	for i := range 100 {
		v.done("/late-request", "card", "late-request")
		if got := lateRequestCard.Observe(Run{Record: v.sheet().Runs[0]}); got != "scs" {
			t.Fatalf("run %d: %q", i, got)
		}
	}
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			v := tl.visitor()
			v.post("/late-request", "card", "late-request")
			if got := lateRequestCard.Observe(Run{Record: v.sheet().Runs[0]}); got != "scs" {
				t.Errorf("among others: %q", got)
			}
		})
	}
	all.Wait()
}

// A late request is kept out where it cannot write, and where the logout waits for it.
func TestCuresForLateRequests(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	for cure, want := range map[string]struct {
		came   string
		status int
	}{"clear": {"back", 200}, "renew": {"back", 200}, "lock": {"helps", 200}, "update": {"helps", 500}} {
		page, run := v.play("/late-request/cure", "late-cure", "helps", "cure", cure)
		slow := wentTo(run.Bench, "/slow")
		if got := page.cameTrue("late-cure"); got != want.came || slow[0].Status != want.status {
			t.Errorf("%s: %s, and the slow request got %d", cure, got, slow[0].Status)
		}
	}
	if a := v.post("/late-request/cure", "cure", "hope"); a.Status != http.StatusBadRequest {
		t.Errorf("an unknown cure = %d", a.Status)
	}
}

func TestLateRequestsAreJudgedByTheRecord(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	for name, tt := range map[string]struct {
		path, card string
		change     func(*ran)
		want       string
	}{
		"the lab's is back": {"/late-request", "late-request",
			func(r *ran) { r.last("ID", "/get").Exchange.Known = true }, "back"},
		"SCS's is gone": {"/late-request", "late-request",
			func(r *ran) { wentTo(r.Bench, "/user")[0].Known = false }, "gone"},
		"it got a new ID": {"/late-request", "late-request", func(r *ran) {
			slow := wentTo(r.Bench, "/slow")[0]
			slow.SetCookie = &http.Cookie{Name: "session", Value: "another"}
			wentTo(r.Bench, "/user")[0].Known = false
		}, "new"},
		"the logout came after it": {"/late-request", "late-request", func(r *ran) {
			r.last("B", "/flush").Start = r.to("/late-request/slow")[0].Start.Add(-1)
		}, ""},
		"there was no logout": {"/late-request", "late-request", func(r *ran) {
			wentTo(r.Bench, "/logout")[0].Path = "/elsewhere"
		}, ""},
		"somebody is in": {"/late-request/cure", "late-cure", func(r *ran) {
			ann := "Ann"
			read := wentTo(r.Bench, "/user")[0]
			read.Known, read.Returned = true, &ann
		}, "back"},
		"the slow one found nothing": {"/late-request/cure", "late-cure", func(r *ran) {
			wentTo(r.Bench, "/slow")[0].Known = false
		}, ""},
	} {
		v.play(tt.path, tt.card, "", "cure", "update")
		v.wantJudged("/late-request", tt.card, name, tt.change, tt.want)
	}
}

// The refused request is in the lane, as it was recorded: with what it had read and what the store said.
func TestRefusedRequestsAreInTheLane(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	_, run := v.play("/late-request", "late-request", "scs")
	slow := run.to("/late-request/slow")[0].Exchange
	if slow.By != xray.ByB || slow.Before()["user"] != "Ann" || slow.Refused != "SessionInterrupted" ||
		!slow.Asked(xray.Commit) {
		t.Errorf("%+v", slow)
	}
}
