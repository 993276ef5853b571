package handlers

import "testing"

func TestSCSLogOutEverywhere(t *testing.T) {
	t.Parallel()
	ran := scsTest{card: "scs-everywhere", path: "/scs-everywhere", right: "two", fields: []string{"tell", "1"},
		lines: []string{"rows before", "4", "Iterate and Destroy", "<nil>", "rows then", "1",
			"rows after the answer", "2", `the next request: Get("user")`, `"aman"`},
		says: []string{"Rows: 4 before, 2 after."},
	}.runs(t)
	want := "Find true, logOutAndTell, All, Delete, Delete, Delete, Commit"
	if x := ran.Exchanges[4]; steps(x) != want || x.SetCookie == nil || x.SetCookie.Value != x.Sent {
		t.Errorf("with a message: %s, cookie %v", steps(x), x.SetCookie)
	}
	ran = scsTest{card: "scs-everywhere", path: "/scs-everywhere", right: "one",
		lines: []string{"rows before", "4", "Iterate and Destroy", "<nil>", "rows then", "1",
			"rows after the answer", "1", `the next request: Get("user")`, "<nil>"},
	}.runs(t)
	if x := ran.Exchanges[4]; x.SetCookie != nil {
		t.Errorf("without a message: cookie %v", x.SetCookie)
	}
}

func TestSCSHashedIDs(t *testing.T) {
	t.Parallel()
	ran := scsTest{card: "scs-hashed", path: "/scs-everywhere/hashed", right: "all",
		lines: []string{"rows before", "4", "Iterate and Destroy", "<nil>", "rows then", "4",
			"rows after the answer", "4", "the row's key is the ID in the cookie", "false",
			`a row's key as a cookie: Get("user")`, "<nil>"},
	}.runs(t)
	if x := ran.Exchanges[0]; x.Steps[1].Token == x.Token || x.Token != x.SetCookie.Value {
		t.Errorf("the store got %s, the browser %s", x.Steps[1].Token, x.Token)
	}
}
