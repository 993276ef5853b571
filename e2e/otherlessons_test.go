package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"
)

// noSessionAfter are the cards after whose run somebody who came without a session has none.
var noSessionAfter = []string{"flow", "flush", "flush-b", "clear-expired", "settings", "storage", "guess",
	"scs-getters", "scs-pop", "scs-late", "scs-late-destroy", "scs-errors", "scs-renew", "scs-merge",
	"scs-everywhere", "scs-hashed", "scs-codec", "scs-codec-switch", "scs-down", "scs-remember", "scs-steps",
	"scs-destroy-put", "scs-life", "scs-clock", "scs-live", "late-request", "late-cure", "double-submit",
	"double-cure"}

// runs is what a new visitor does in a lesson: each button of each card is pressed.
func (p *person) runs(t *testing.T, path string) {
	p = p.in(t)
	defer p.settle()
	p.forgetCookies()
	p.open(path)
	for _, card := range eval[[]string](p, cardsJS) {
		buttons := buttonsJS(card)
		for i := range eval[int](p, buttons+".length") {
			p.judges(card, fmt.Sprintf("%s[%d]", buttons, i))
		}
	}
}

// judges runs a card until it is judged: prepared as it asks for, with the first option chosen.
func (p *person) judges(card, button string) {
	p.t.Helper()
	for range presses(card) {
		p.prepares(card)
		p.click(fmt.Sprintf("[data-card=%s] fieldset.predict label.opt", card))
		p.press(p.mark(button))
		p.shows(card, p.pressed)
		p.agrees(card)
		p.window(p.other)
		eval[bool](p, landAgain)
		p.shows(card, p.other)
		p.window(p.pressed)
		if p.text(fmt.Sprintf("[data-card=%s] .again-now", card)) == "(none)" {
			return
		}
	}
}

// presses is how often a card is run at most until it is judged.
func presses(card string) int {
	if card == "expiry-read" {
		return 2 // the third would be after ten seconds
	}
	return 3
}

// mark gives what an expression finds an attribute, and returns the selector for it.
func (p *person) mark(expression string) string {
	p.t.Helper()
	if !eval[bool](p, markJS(expression)) {
		p.t.Fatal("there is no ", expression)
	}
	return marked
}

// prepares presses the buttons of what the card needs and has not.
func (p *person) prepares(card string) {
	p.t.Helper()
	unmet := unmetJS(card)
	for range 3 {
		if !eval[bool](p, unmet+" !== null") {
			return
		}
		p.press(p.mark(unmet))
	}
}

// shows checks that the outcome is where the visitor looks, in a window of that size.
func (p *person) shows(card string, size [2]int) {
	p.t.Helper()
	for _, part := range []string{"outcome", "verdict"} {
		place := fmt.Sprintf("[data-card=%s] [data-%s]", card, part)
		if lies := apply[string](p, inViewJS, place); lies != "" {
			p.t.Errorf("%s, %d px: the %s %s", card, size[0], part, lies)
		}
	}
	if i := eval[int](p, fmt.Sprintf(`[...document.querySelectorAll("[data-card=%s] fieldset.predict input")]
		.findIndex(o => o.checked)`, card)); i != 0 {
		p.t.Errorf("%s: option %d is chosen, and it was 0", card, i)
	}
}

// agrees checks that the browser's jar, the panel, what the server is sent and the database are of one mind.
func (p *person) agrees(card string) {
	p.t.Helper()
	var sent struct {
		Cookie  struct{ Token string }
		Session struct {
			Exists bool
			Values []struct{ Key string }
		}
	}
	answer := eval[string](p, `fetch("/internals.json").then(r => r.text())`)
	if err := json.Unmarshal([]byte(answer), &sent); err != nil {
		p.t.Fatal(err)
	}
	rows, token := p.lab.rows(), ""
	if c := p.session(); c != nil {
		token = c.Value
	}
	row, ok := rows[token]
	if ok && row.expiry.Before(time.Now()) {
		return // on a slow machine one of ten seconds is over, and Firefox lists its cookie all the same
	}
	panel := eval[string](p, `document.querySelector("#xray .cookie [data-token]")?.dataset.token ?? ""`)
	if !eval[bool](p, `document.querySelector("#xray") !== null`) { // its lanes are its x-ray
		panel = token
	}
	if panel != token || sent.Cookie.Token != token {
		p.t.Errorf("%s: the jar holds %q, the panel shows %q, and the server is sent %q", card, token, panel,
			sent.Cookie.Token)
	}
	if want := !slices.Contains(noSessionAfter, card); ok != want || sent.Session.Exists != want {
		p.t.Errorf("%s: a session: %v, its row: %v; noSessionAfter wants %v", card,
			sent.Session.Exists, ok, want)
	}
	if len(row.values) != len(sent.Session.Values) {
		p.t.Errorf("%s: the row has %v, the session %v", card, row.values, sent.Session.Values)
	}
	for _, v := range sent.Session.Values {
		if _, ok := row.values[v.Key]; !ok {
			p.t.Errorf("%s: the row has no %q", card, v.Key)
		}
	}
}
