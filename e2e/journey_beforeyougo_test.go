package e2e

import (
	"testing"
)

func security(t *testing.T, l *lab, v *visitor) {
	ok(t, v.run("Work it out", "rate", "1000", "live", "1000000"))
	// 36^32 ids, half of them tried before a million hits one, a thousand a second.
	v.returns("2.0 × 10^33 years")
	l.empty()
	v.noCookie()
}

func api(t *testing.T, l *lab, v *visitor) {
	v.says("main", "session.flush()", "MergeSession(ctx, token)", "All 34 methods of SCS")
	ok(t, v.run("Filter", "q", "destroy", "in", "end"))
	v.says("#count", "1 of ", "row", "has “destroy”", "Show all")
	v.says("#found", "session.flush()", "Flush")
	v.leadsTo("/api")
	l.empty()
	v.noCookie()
}

func summary(t *testing.T, l *lab, v *visitor) {
	v.says("main", "flush()", "SESSION_COOKIE_AGE", "clearsessions")
	l.empty()
	v.noCookie()
	// The questions answer themselves, without a script.
	const answer = `document.querySelector("main").innerText
		.includes("A session is made when something is stored.")`
	if js[bool](v, answer) {
		t.Error("the sheet gives the answer away")
	}
	v.click(v.mark(`[...document.querySelectorAll("main label")]
		.find(l => l.textContent.trim() === "None")`))
	v.wait(answer)
}
