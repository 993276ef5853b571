package handlers

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/scenario"
)

// On every engine one of two additions is lost, and the row holds what was saved last.
func checkLostUpdate(t *testing.T, tl *testLab, _ engine.Kind) {
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	page, run := v.play("/lost-update", "lost-update", "one")
	wantVerdict(t, page, "Correct.")
	wantText(t, page, "<code>n</code> is 1, and nobody got an error.", "and not 2", "after both reads",
		"At the same time")
	if n := v.values()["n"]; n != 1.0 || v.values()["k"] != "v" {
		t.Errorf("n = %v", n)
	}
	for _, x := range exchangesOf(run.to("/lost-update/add")) {
		if x.Before()["n"] != 0 || x.After()["n"] != 1 || x.Status != http.StatusSeeOther {
			t.Errorf("a request has read %v, and written %v: %d", x.Before()["n"], x.After()["n"], x.Status)
		}
	}
}

// A hundred times in a row, and forty visitors at once: one addition is lost each time.
func TestLostUpdateIsLostEachTime(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	for i := range 100 {
		v.done("/lost-update", "card", "lost-update")
		if n := readOf(ranBy(v.sheet().Runs[0], "lost-update").last("A", "/get")); n != "1" {
			t.Fatalf("run %d: n = %s", i, n)
		}
	}
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			v := tl.visitor()
			v.post("/lost-update", "card", "lost-update")
			if n := v.values()["n"]; n != 1.0 {
				t.Errorf("among others: n = %v", n)
			}
		})
	}
	all.Wait()
	if n := tl.scenery.UnderWay(); n != 0 {
		t.Errorf("%d requests are under way", n)
	}
}

// Two hundred visitors race at the same time behind one address: each gets a result, or is told to come
// again. In nobody's lanes is a request of somebody else.
func TestRacesOfAClass(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for range 200 {
		all.Go(func() {
			v := tl.visitor()
			a := v.post("/lost-update", "card", "lost-update")
			mu.Lock()
			defer mu.Unlock()
			statuses[a.Status]++
			if a.Status != http.StatusSeeOther {
				return
			}
			for _, e := range ranBy(v.sheet().Runs[0], "lost-update").Events {
				if e.Exchange.Token != v.token() {
					t.Errorf("%s %s of another session is in the lanes", e.Exchange.Method, e.Exchange.Path)
				}
			}
		})
	}
	all.Wait()
	ran := statuses[http.StatusSeeOther]
	if ran+statuses[http.StatusServiceUnavailable] != 200 || ran == 0 {
		t.Errorf("answers by status: %v", statuses)
	}
}

// Of the ways to count, those help that keep the second read from coming before the first write.
func TestCuresForLostUpdates(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "k", "value", "v")
	before := v.stored()
	for cure, want := range map[string]string{
		"atomic": "lost", "reread": "lost", "keys": "lost", "lock": "helps", "table": "helps",
	} {
		for range 10 {
			v.done("/lost-update/cure", "card", "lost-cure", "cure", cure)
			x := v.sheet().Runs[0]
			if got := lostCureCard.Observe(Run{Record: x}); got != want {
				t.Fatalf("%s: %s, want %s", cure, got, want)
			}
			if cure == "lock" { // it takes as long as the meeting waits
				pair := wentTo(ranBy(x, "lost-cure").Bench, "/add")
				if max(pair[0].Took, pair[1].Took) < scenario.WithLock {
					t.Errorf("with a lock they took %v and %v", pair[0].Took, pair[1].Took)
				}
				break
			}
		}
	}
	v.untouched(before)
	page := v.get("/lost-update")
	if n := strings.Count(page.Body, "1 is there"); n != 3 || strings.Count(page.Body, "2 are there") != 2 {
		t.Errorf("of five ways %d do not help", n)
	}
	wantText(t, v.run("/lost-update/cure", "card", "lost-cure", "cure", "lock"), "One after the other",
		"after the second read")
	wantText(t, v.run("/lost-update/cure", "card", "lost-cure", "cure", "keys"), "and not n1=1 n2=1")
	_, run := v.play("/lost-update/cure", "lost-cure", "helps", "cure", "atomic")
	var said []string
	for _, s := range wentTo(run.Bench, "/add")[0].Steps {
		for _, statement := range s.Statements {
			said = append(said, strings.Fields(statement.Text)[0])
		}
	}
	if got := strings.Join(said, " "); got != "SELECT BEGIN REPLACE COMMIT" {
		t.Errorf("the transaction says %s", got)
	}
	if a := v.post("/lost-update/cure", "cure", "hope"); a.Status != http.StatusBadRequest {
		t.Errorf("an unknown cure = %d", a.Status)
	}
}

// What the records say is what is judged.
func TestRacesAreJudgedByTheRecord(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	for name, tt := range map[string]struct {
		path, card string
		change     func(*ran)
		want       string
	}{
		"the sum is 2": {"/lost-update", "lost-update",
			func(r *ran) { *r.last("A", "/get").Exchange.Returned = "2" }, "two"},
		"one was refused": {"/lost-update", "lost-update",
			func(r *ran) { r.to("/lost-update/add")[1].Exchange.Refused = "SessionInterrupted" }, "error"},
		"one came later": {"/lost-update", "lost-update", func(r *ran) {
			pair := r.to("/lost-update/add")
			pair[1].Exchange.Found = pair[0].Exchange.Committed
		}, ""},
		"one did not come": {"/lost-update", "lost-update", func(r *ran) { r.Events = r.Events[:2] }, ""},
		"both are there": {"/lost-update/cure", "lost-cure", func(r *ran) {
			*wentTo(r.Bench, "/n")[0].Returned = "2"
		}, "helps"},
		"one failed": {"/lost-update/cure", "lost-cure", func(r *ran) { r.Bench[1].Status = 500 }, "error"},
		"the bench's came later": {"/lost-update/cure", "lost-cure", func(r *ran) {
			pair := wentTo(r.Bench, "/add")
			pair[1].Found = pair[0].Committed
		}, ""},
	} {
		v.play(tt.path, tt.card, "", "cure", "atomic")
		v.wantJudged("/lost-update", tt.card, name, tt.change, tt.want)
	}
}

// The operation of the race is harmless by itself: nobody is waited for.
func TestAddingAloneDoesNotWait(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	start := time.Now()
	for range 3 {
		v.done("/lost-update/add")
	}
	if took := time.Since(start); v.values()["n"] != 3.0 || took > scenario.Longest {
		t.Errorf("n = %v after %s", v.values()["n"], took)
	}
}
