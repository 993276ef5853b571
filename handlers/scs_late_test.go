package handlers

import "testing"

func TestSCSLateWrites(t *testing.T) {
	t.Parallel()
	ran := scsTest{card: "scs-late", path: "/scs-late", right: "lost",
		lines: []string{`in the same request: Get("n")`, `"2"`, `the next request: Get("n")`, `"1"`},
	}.runs(t)
	if got := steps(ran.Exchanges[1]); got != "Find true, putLate" {
		t.Errorf("the late write: %s", got)
	}
	ran = scsTest{card: "scs-late-destroy", path: "/scs-late/destroy", right: "cookie",
		lines: []string{"rows before", "1", "Destroy", "<nil>", "rows after", "0",
			"the browser holds", "the same cookie"},
	}.runs(t)
	if x := ran.Exchanges[1]; steps(x) != "Find true, destroyLate, Delete" || x.SetCookie != nil {
		t.Errorf("the late Destroy: %s, cookie %v", steps(x), x.SetCookie)
	}
}

func TestSCSErrors(t *testing.T) {
	t.Parallel()
	ran := scsTest{card: "scs-errors", path: "/scs-late/errors", right: "yes",
		lines: []string{"Put 3, then a panic", "no answer", "the next request", `"1"`,
			"Put 2, then status 500", "500 sorry", "the request after that", `"2"`},
		says: []string{"no answer</b>", "panic: a nil map"},
	}.runs(t)
	if x := ran.Exchanges[3]; steps(x) != "Find true, putAndFail, Commit" || x.SetCookie == nil {
		t.Errorf("the 500: %s, cookie %v", steps(x), x.SetCookie)
	}
}
