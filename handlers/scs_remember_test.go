package handlers

import "testing"

func TestSCSRememberMe(t *testing.T) {
	t.Parallel()
	const day = "Max-Age of 24 h"
	ran := scsTest{card: "scs-remember", path: "/scs-remember", right: "max-age",
		lines: []string{"Persist true, no call", day, "Persist true, RememberMe(true)", day, rememberFalse, day,
			"Persist false, no call", "no Max-Age", "Persist false, RememberMe(true)", day,
			"Persist false, RememberMe(false)", "no Max-Age", "Keys, before Clear", `[]string{"__rememberMe", "user"}`,
			"Persist false, RememberMe(true), then Clear", "no Max-Age"},
	}.runs(t)
	for i, x := range ran.Exchanges[:6] { // the row lives as long, whatever the cookie says
		if args := x.Steps[1].Statements[0].Args; args[2][:10] == ran.Exchanges[0].At.UTC().Format("2006-01-02") {
			t.Errorf("login %d: the row ends %s", i, args[2])
		}
	}
}
