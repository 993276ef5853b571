package e2e

import (
	"slices"
	"testing"
)

// twoBrowsers goes through the page of two browsers. The browser itself holds its own cookie and the
// notebook's, and nothing of Browser B.
func twoBrowsers(t *testing.T, l *lab, v *visitor) {
	everyExperiment(t, l, v)
	v.forgetCookies()
	v.open("/two")
	ok(t, v.run("Set who to Ann"))
	mine := v.cookie().Value
	ok(t, v.run("Let B store it", "predict", "My own value", "value", "Ben"))
	v.says(landed, "Correct.", "You read 'Ann'.")
	v.says("[data-card=two] .stage", "a new session", "no cookie")
	ok(t, v.move("#two-now [value=copy]"))
	ok(t, v.move("#two-now [value=b-set]"))
	v.says("#two-now", "copied by hand", "B sees now who 'Ben'", "You see now who 'Ben'")
	if v.cookie().Value != mine {
		t.Error("the browser's own session ID has changed")
	}
	v.holdsOnly("notebook", "sessionname")
	v.keeps("who", "Ben")
}

// stolenID throws a thief out, and throws everybody out: the answer does to the browser what the experiment
// did to its session.
func stolenID(t *testing.T, l *lab, v *visitor) {
	everyExperiment(t, l, v)
	v.forgetCookies()
	v.open("/stolen")
	ok(t, v.run("Do it, then let B read", "predict", "Out", "act", "cycle"))
	v.says(landed, "Correct.", "The thief is out, and you are in.")
	v.keeps("user", "Ann")
	ok(t, v.run("Do it, then let B read", "act", "flush"))
	v.says(landed, "Nobody is in")
	v.says("[data-card=stolen-act] .acts-t", "only you", "nobody")
	v.holdsOnly("notebook")
}

// holdsOnly checks the names of all cookies of the browser.
func (v *visitor) holdsOnly(names ...string) {
	v.t.Helper()
	var held []string
	for _, c := range v.everyCookie() {
		held = append(held, c.Name)
	}
	slices.Sort(held)
	if !slices.Equal(held, names) {
		v.t.Errorf("the browser holds %q, want %q", held, names)
	}
}

// keeps checks a value in the row of the browser's session, among those of others.
func (v *visitor) keeps(key, value string) {
	v.t.Helper()
	if got := v.lab.rows()[v.cookie().Value].values[key]; got != value {
		v.t.Errorf("the row has %s = %v, want %q", key, got, value)
	}
}
