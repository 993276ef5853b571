package handlers

import "testing"

func TestSCSMergeSession(t *testing.T) {
	t.Parallel()
	ran := scsTest{card: "scs-merge", path: "/scs-merge", right: "other",
		lines: []string{"MergeSession", "<nil>", `Get("cart")`, `"pen"`,
			"Keys", `[]string{"book", "cart", "pen"}`, "ends in", "48 h",
			"rows before the commit", "1", "rows after", "1", "the browser holds", "the same cookie",
			`the other browser: Get("cart")`, "<nil>", "MergeSession of an unknown ID", "200",
			"MergeSession of itself", "200", `after both: Get("cart")`, `"pen"`},
	}.runs(t)
	if got := steps(ran.Exchanges[2]); got != "Find true, mergeCart, Find true, Delete, Commit" {
		t.Errorf("the merge: %s", got)
	}
	for i, want := range map[int]string{
		4: "Find true, mergeBare, Find false", 5: "Find true, mergeBare, Find true",
	} {
		if got := steps(ran.Exchanges[i]); got != want {
			t.Errorf("merge %d: %s, want %s", i, got, want)
		}
	}
}
