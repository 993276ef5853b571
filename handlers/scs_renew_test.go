package handlers

import "testing"

func TestSCSRenewToken(t *testing.T) {
	t.Parallel()
	ran := scsTest{card: "scs-renew", path: "/scs-renew", right: "life",
		lines: []string{"ends in, before", "10 s", "rows before", "1", "RenewToken", "<nil>",
			"ends in, after", "24 h", "rows between RenewToken and Commit", "0", "rows after", "1",
			"the browser holds", "another cookie", `with the new ID: Get("user")`, `"aman"`,
			`with the old ID: Get("user")`, "<nil>"},
	}.runs(t)
	if got := steps(ran.Exchanges[1]); got != "Find true, renewID, Delete, Commit" {
		t.Errorf("the renewal: %s", got)
	}
}
