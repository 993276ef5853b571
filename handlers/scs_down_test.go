package handlers

import "testing"

func TestSCSStoreDown(t *testing.T) {
	t.Parallel()
	ran := scsTest{card: "scs-down", path: "/scs-down", right: "both",
		lines: []string{"the store is up: an order", "Thank you for your order.",
			orderDown, "500 Internal Server Error / Thank you for your order. (sql: database is closed)",
			"a page that needs no session, without a cookie", "About us",
			"the same page, with a cookie", "500 Internal Server Error (sql: database is closed)"},
	}.runs(t)
	for i, want := range []string{"putAndWrite, Commit", "putAndWrite, Commit", "writeOnly", "Find false"} {
		if got := steps(ran.Exchanges[i]); got != want {
			t.Errorf("exchange %d: %s, want %s", i, got, want)
		}
	}
	if x := ran.Exchanges[1]; x.SetCookie != nil {
		t.Errorf("a cookie was sent: %v", x.SetCookie)
	}
}
