package handlers

import (
	"net/http"
	"sync"
	"testing"

	"sessionlab/handlers/engine"
)

// On every engine a form whose number is popped is paid twice, if it is sent twice at once.
func checkDoubleSubmit(t *testing.T, tl *testLab, _ engine.Kind) {
	v := tl.visitor()
	page, run := v.play("/double-submit", "double-submit", "twice")
	wantVerdict(t, page, "Correct.")
	wantText(t, page, "It was paid twice.", "At the same time")
	for _, x := range exchangesOf(run.to("/double-submit/pay")) {
		if x.Status != http.StatusSeeOther || x.Before()["form"] == nil || x.After()["form"] != nil {
			t.Errorf("a payment: %d, %v", x.Status, x.Before())
		}
	}
	if v.token() != "" {
		t.Error("the visitor has got a session")
	}
}

func TestDoubleSubmitPaysTwiceEachTime(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	for i := range 100 {
		v.done("/double-submit", "card", "double-submit")
		if got := doubleSubmitCard.Observe(Run{Record: v.sheet().Runs[0]}); got != "twice" {
			t.Fatalf("run %d: %q", i, got)
		}
	}
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			v := tl.visitor()
			v.post("/double-submit", "card", "double-submit")
			if got := doubleSubmitCard.Observe(Run{Record: v.sheet().Runs[0]}); got != "twice" {
				t.Errorf("among others: %q", got)
			}
		})
	}
	all.Wait()
}

// One after the other, the second is refused: what is in the session is enough then.
func TestPayingInTurn(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	form := *v.recorded(v.done("/double-submit/form")).Returned
	v.done("/double-submit/pay", "form", form)
	a := v.post("/double-submit/pay", "form", form)
	if a.Status != http.StatusConflict || v.values()["paid"] != 1.0 {
		t.Errorf("the second: %d, paid %v", a.Status, v.values()["paid"])
	}
}

func TestCuresForDoubleSubmit(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	for cure, want := range map[string]struct {
		came      string
		conflicts int
	}{"flag": {"twice", 0}, "early": {"twice", 0}, "lock": {"helps", 1}, "unique": {"helps", 1}} {
		for range 10 {
			page, run := v.play("/double-submit/cure", "double-cure", "helps", "cure", cure)
			conflicts := 0
			for _, x := range wentTo(run.Bench, "/pay") {
				if x.Status == http.StatusConflict {
					conflicts++
				}
			}
			if got := page.cameTrue("double-cure"); got != want.came || conflicts != want.conflicts {
				t.Errorf("%s: %s, and %d were refused", cure, got, conflicts)
			}
			if cure == "lock" {
				break // it takes a while
			}
		}
	}
	if a := v.post("/double-submit/cure", "cure", "hope"); a.Status != http.StatusBadRequest {
		t.Errorf("an unknown cure = %d", a.Status)
	}
}

func TestDoubleSubmitIsJudgedByTheRecord(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	refuse := func(r *ran, n int) {
		for _, e := range r.to("/double-submit/pay")[:n] {
			e.Exchange.Refused, e.Exchange.Status = "Already sent", http.StatusConflict
		}
		*wentTo(r.Bench, "/paid")[0].Returned = map[int]string{1: "1", 2: "0"}[n]
	}
	payments := func(n string) func(*ran) {
		return func(r *ran) { *wentTo(r.Bench, "/paid")[0].Returned = n }
	}
	for name, tt := range map[string]struct {
		path, card string
		change     func(*ran)
		want       string
	}{
		"one was refused":   {"/double-submit", "double-submit", func(r *ran) { refuse(r, 1) }, "conflict"},
		"both were refused": {"/double-submit", "double-submit", func(r *ran) { refuse(r, 2) }, "never"},
		"one failed": {"/double-submit", "double-submit", func(r *ran) {
			r.to("/double-submit/pay")[0].Exchange.Status = 500
			*wentTo(r.Bench, "/paid")[0].Returned = "1"
		}, "once"},
		"the bench disagrees": {"/double-submit", "double-submit",
			payments("1"), ""},
		"one found no session": {"/double-submit", "double-submit",
			func(r *ran) { r.to("/double-submit/pay")[0].Exchange.Known = false }, ""},
		"there is one payment": {"/double-submit/cure", "double-cure", payments("1"), "helps"},
		"there is none":        {"/double-submit/cure", "double-cure", payments("0"), "never"},
		"one of them had no copy": {"/double-submit/cure", "double-cure", func(r *ran) {
			wentTo(r.Bench, "/pay")[0].Known = false
		}, ""},
	} {
		v.play(tt.path, tt.card, "", "cure", "flag")
		v.wantJudged("/double-submit", tt.card, name, tt.change, tt.want)
	}
}
