package handlers

import (
	"strings"
	"testing"
)

func TestSCSLife(t *testing.T) {
	t.Parallel()
	ran := runSCS(t, "scs-life", "/scs-clock/life", "fixed")
	for did, want := range map[string]string{"the row's end moved by": "0 ms",
		"SetDeadline(now + 1 h): it ends in": "1 h", "a read saved the row": "false"} {
		if got := ran.came(did); got != want {
			t.Errorf("%s: %s, want %s", did, got, want)
		}
	}
	if x := ran.Exchanges[1]; steps(x) != "Find true, putAgain, Commit" || x.SetCookie == nil {
		t.Errorf("the second save: %s, cookie %v", steps(x), x.SetCookie)
	}
}

// On a machine that stops for longer than the idle time nothing can be said; the card says so, and the test
// runs it again.
func TestSCSIdleTime(t *testing.T) {
	t.Parallel()
	var ran *scsRan
	for range 5 {
		v := newLab(t).visitor()
		v.run("/set", "key", "fname", "value", "Aman")
		page := v.run("/scs-clock", "card", "scs-clock", "predict", "scs-clock:life")
		if ran = v.lab.lastSCS(v.token(), "scs-clock"); ran.came("it was over") != "late" {
			wantVerdict(t, page, "Correct.")
			wantText(t, page, "<b>Django:</b>", `<ol class="tl"`, "ends with the life", "nothing found")
			break
		}
		wantVerdict(t, page, "Not judged yet.")
	}
	if got := ran.came("it was over"); got != "life" {
		t.Fatalf("it was over by %s: %v", got, ran.Stairs)
	}
	for did, want := range map[string]string{
		"a read without a cookie: rows": "1 → 1", "and its cookie": "no cookie",
	} {
		if got := ran.came(did); got != want {
			t.Errorf("%s: %s, want %s", did, got, want)
		}
	}
	for i, s := range ran.Stairs[:len(ran.Stairs)-1] {
		x := ran.Exchanges[i]
		if want := min(s.At+clockIdle, clockLife); (s.End-want).Abs() > clockStep/3 || x.SetCookie == nil {
			t.Errorf("request %d, at %v: the row ends at %v, want %v; cookie %v", i, s.At, s.End, want, x.SetCookie)
		}
		if i > 0 && steps(x) != "Find true, readUser, Commit" {
			t.Errorf("read %d: %s", i, steps(x))
		}
	}
	if x := ran.Exchanges[len(ran.Stairs)-1]; !strings.HasPrefix(steps(x), "Find false") {
		t.Errorf("the last read: %s", steps(x))
	}
}
