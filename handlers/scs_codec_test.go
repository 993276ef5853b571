package handlers

import "testing"

func TestSCSCodec(t *testing.T) {
	t.Parallel()
	scsTest{card: "scs-codec", path: "/scs-codec", right: "zero",
		lines: []string{`GetInt("age")`, "0", `GetFloat("age")`, "31", `GetTime("since").IsZero()`, "true",
			`GetBytes("key") == nil`, "true", `GetString("key")`, `"YWJj"`, `GetString("name")`, `"Aman"`,
			`GetBool("admin")`, "true"},
	}.runs(t)
}

func TestSCSOtherCodec(t *testing.T) {
	t.Parallel()
	const broken = "500 Internal Server Error (invalid character '%' looking for beginning of value)"
	ran := scsTest{card: "scs-codec-switch", path: "/scs-codec/switch", right: "always",
		lines: []string{"kept as gob, read as JSON", broken, "once more", broken, "with gob again", `"Aman"`,
			"kept as JSON, read as gob", "500 Internal Server Error (unexpected EOF)", "rows", "2"},
	}.runs(t)
	if got := steps(ran.Exchanges[1]); got != "Find true" {
		t.Errorf("with the other codec: %s", got)
	}
}
