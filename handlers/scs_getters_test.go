package handlers

import "testing"

func TestSCSGetters(t *testing.T) {
	t.Parallel()
	ran := scsTest{card: "scs-getters", path: "/scs-getters", right: "zero",
		lines: []string{`GetInt("age")`, "31", `GetInt64("age")`, "0", `GetInt32("age")`, "0",
			`GetFloat("age")`, "0", `GetString("age")`, `""`, `GetBool("age")`, "false",
			`GetBytes("age") == nil`, "true", `GetTime("age").IsZero()`, "true",
			`GetInt("room")`, "0", `GetInt("absent")`, "0", `Exists("absent")`, "false", `Get("age")`, "31"},
		says: []string{"<code>GetInt64(&#34;age&#34;)</code> returned <code>0</code>."},
	}.runs(t)
	if got := steps(ran.Exchanges[1]); got != "Find true, readAge" {
		t.Errorf("the read: %s", got)
	}
}

func TestSCSPop(t *testing.T) {
	t.Parallel()
	ran := scsTest{card: "scs-pop", path: "/scs-getters/pop", right: "gone",
		lines: []string{`PopString("age")`, `""`, `Exists("age")`, "false",
			`the next request: Get("age")`, "<nil>",
			`PopInt("room")`, "0", `PopFloat("a")`, "0", `PopBool("b")`, "false", `PopBytes("c") == nil`, "true",
			`PopTime("d").IsZero()`, "true", `Keys, after these`, "[]string{}"},
		says: []string{"<code>PopString(&#34;age&#34;)</code> returned <code>&#34;&#34;</code>.", "REPLACE INTO"},
	}.runs(t)
	if got := steps(ran.Exchanges[1]); got != "Find true, popAge, Commit" {
		t.Errorf("the pop: %s", got)
	}
}
