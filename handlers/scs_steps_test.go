package handlers

import "testing"

func TestSCSByHand(t *testing.T) {
	t.Parallel()
	ran := scsTest{card: "scs-steps", path: "/scs-steps", right: "row",
		lines: []string{"Load", "<nil>", "Status after Load", `"Unmodified"`, "Status after Put", `"Modified"`,
			"the ID, before Commit", `""`, "Commit", "<nil>", "the ID has characters", "43", "it ends in", "24 h",
			"rows after Commit", "1", "the browser holds", "no cookie",
			"after WriteSessionCookie it holds", "a cookie", "Get without Load", "no answer"},
		says: []string{"panic: scs: no session data in context"},
	}.runs(t)
	if got := steps(ran.Exchanges[0]); got != "commitByHand, Commit" {
		t.Errorf("by hand: %s", got)
	}
}

func TestSCSDestroyAndPut(t *testing.T) {
	t.Parallel()
	ran := scsTest{card: "scs-destroy-put", path: "/scs-steps/destroy", right: "new",
		lines: []string{"Status at first", `"Unmodified"`, "Destroy", "<nil>",
			"Status after Destroy", `"Destroyed"`, "the ID after Destroy", `""`, "Load of the old ID", "<nil>",
			`it gives: Get("user")`, "<nil>", "Status after Put", `"Modified"`, "rows after", "1",
			"the browser holds", "another cookie", "the next request: user", "<nil>",
			"the next request: message", `"Goodbye"`, "Status after Clear of nothing", `"Unmodified"`},
	}.runs(t)
	if got := steps(ran.Exchanges[1]); got != "Find true, destroyAndPut, Delete, Commit" {
		t.Errorf("the logout: %s", got)
	}
}
