package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// trial is a button of a page's experiments, ready to be pressed, and the request that it sends.
type trial struct {
	Button, Method, Path string
	Card                 string // the experiment that its form runs; "" for one that prepares
	Beside               bool   // it follows a run of its card
	Questions            int    // how many its form asks
}

// everyExperiment is the journey of a lesson that has none of its own. It presses each button of the page's
// forms, with what the form holds and the first answer to each question: without a session, and then in one.
func everyExperiment(t *testing.T, l *lab, v *visitor) {
	path := js[string](v, "location.pathname")
	v.pressEach("without a session", path)
	c := l.client(t)
	c.full()
	v.hold(c.token())
	v.pressEach("in a session", path)
}

// pressEach presses each button of the lesson's experiments in turn, on a page that was opened for it.
func (v *visitor) pressEach(state, path string) {
	v.t.Helper()
	for number := 0; ; number++ {
		ok(v.t, v.open(path))
		x := call[*trial](v, experimentJS, number)
		if x == nil && number == 0 {
			v.t.Fatalf("%s has no form with a button to press: give the lesson a journey of its own", path)
		}
		if x == nil {
			return
		}
		lesson := js[string](v, `document.querySelector("main").textContent`)
		predicted := v.predict(x)
		call[*trial](v, experimentJS, number) // the answers have taken its mark
		v.t.Logf("%s: %q, which sends %s %s", state, x.Button, x.Method, x.Path)
		press := v.press
		if x.Beside {
			press = v.move
		}
		if status := press(marked); status != http.StatusOK {
			v.raises(status, lesson)
		}
		v.leadsTo(path)
		if x.Card != "" {
			v.announces(headline)
			v.says(landed+" [data-verdict]", "")
		}
		for _, answer := range predicted {
			v.says(landed+" .opt:has(:checked)", answer)
		}
		if !js[bool](v, `document.querySelector("#xray") !== null`) {
			continue // its lanes are its x-ray
		}
		if x.Beside || strings.HasSuffix(x.Path, "/b") {
			continue // what Browser B did stands in its lanes, and the card goes on showing its run
		}
		v.says("#xray .x-part header p", x.Method+" "+x.Path)
		if len(v.jar()) > 0 { // without a session nobody has a history
			line := js[string](v, `document.querySelector("#xray .hist li[aria-current]")?.textContent ?? ""`)
			if !strings.Contains(line, x.Method+" "+x.Path) { // it is folded
				v.t.Errorf("the history's line is %q, not %s %s", line, x.Method, x.Path)
			}
		}
	}
}

// predict gives the first answer to each question of the marked button's form, and returns them.
func (v *visitor) predict(x *trial) (answers []string) {
	v.t.Helper()
	for i := range x.Questions {
		v.click(v.mark(fmt.Sprintf(`document.querySelector(%q).closest("form")
			.querySelectorAll("fieldset.predict")[%d].querySelector("label.opt")`, marked, i)))
		answers = append(answers, v.text(marked+" > span"))
	}
	return answers
}

// raises checks that the outcome is an error of which the lesson speaks, as of a KeyError.
func (v *visitor) raises(status int64, lesson string) {
	v.t.Helper()
	name, _, _ := strings.Cut(v.text(headline+" .err-name"), ":")
	if status < 400 || status > 499 || !strings.Contains(lesson, name) {
		v.t.Fatalf("status %d, %s: the lesson does not speak of it", status, name)
	}
	v.says("main", "Nothing was changed.")
	v.allow(fmt.Sprintf("status of %d", status))
}

// leadsTo checks that the page is that of the lesson, whatever its address: what is refused is answered where
// it was sent.
func (v *visitor) leadsTo(path string) {
	v.t.Helper()
	at := js[string](v, `document.querySelector(".nav [aria-current]")?.getAttribute("href") ?? ""`)
	if at != path {
		v.t.Errorf("the outcome leads to %q, not back to %s", at, path)
	}
}
