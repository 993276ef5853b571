package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// stages are the windows in which the outcome of an experiment must be in view: the most common laptop, a
// larger one, and two phones.
var stages = []struct{ width, height int64 }{{1366, 768}, {1440, 900}, {390, 844}, {412, 785}}

// TestInView runs each experiment of each lesson, with script and without, and wants its headline and its
// verdict in each of the windows, in front of the bar and the dock, without a hand on the page.
func TestInView(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startPlain(t)
	for _, path := range lessons(t) {
		for _, scripts := range []string{"with script", "without"} {
			t.Run(pageName(path)+" "+scripts, func(t *testing.T) {
				t.Parallel()
				l := l
				if path == "/clear-expired" { // a sweep takes what another one has put there
					l = startPlain(t)
				}
				v := newVisitorIn(t, l, shell())
				v.allow("status of 4")
				if scripts == "without" {
					v.withoutScripts()
				}
				v.window(stages[0].width, stages[0].height)
				c := l.client(t)
				c.full()
				v.hold(c.token())
				v.playAll(path, func(card string, button int) {
					for i, s := range stages {
						if i > 0 {
							v.landIn(s.width, s.height)
						}
						what := fmt.Sprintf("%dx%d, button %d", s.width, s.height, button)
						v.inView(card, what, "[data-outcome]", "[data-verdict]")
					}
					v.besideInView(card)
					v.window(stages[0].width, stages[0].height)
				})
			})
		}
	}
}

// TestExchangeInView runs each experiment of each lesson on a projector, in large text, and wants the whole
// exchange in the window, to the line with its Set-Cookie.
func TestExchangeInView(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startPlain(t)
	for _, path := range lessons(t) {
		t.Run(pageName(path), func(t *testing.T) {
			t.Parallel()
			v := newVisitorIn(t, l, shell())
			v.allow("status of 4")
			v.window(1366, 768)
			v.open(path)
			if !js[bool](v, `document.querySelector("#xray") !== null`) {
				return // its lanes are its x-ray
			}
			v.click("button[data-act=size]")
			v.playAll(path, func(card string, button int) {
				v.wait(`document.documentElement.dataset.size === "present"`)
				below := js[float64](v,
					`document.querySelector("#xray ol.seq").getBoundingClientRect().bottom - innerHeight`)
				if below > 0 {
					t.Errorf("%s, button %d: the exchange ends %.1f px below the window", card, button, below)
				}
			})
		})
	}
}

// window sets the size of the window; under 700 px it is a phone.
func (v *visitor) window(width, height int64) {
	v.t.Helper()
	options := []chromedp.EmulateViewportOption{}
	if width < 700 {
		options = append(options, chromedp.EmulateMobile)
	}
	v.do("resize", chromedp.EmulateViewport(width, height, options...))
}

// landIn has the page stand in a window of another size where its address leads, as if it had been opened
// there.
func (v *visitor) landIn(width, height int64) {
	v.t.Helper()
	v.window(width, height)
	js[bool](v, landAgain)
}

const landAgain = `(scrollTo(0, 0), location.assign(location.href), true)`

// cardsJS are the cards of a lesson, by ID.
const cardsJS = `[...document.querySelectorAll("[data-card]")].map(c => c.dataset.card)`

// buttonsJS are the buttons that run a card.
func buttonsJS(card string) string {
	return fmt.Sprintf(`document.querySelectorAll("[data-card=%s] form:has([name=card]) button")`, card)
}

// unmetJS is the first button that prepares what the card needs and has not; null for none.
func unmetJS(card string) string {
	return fmt.Sprintf(`document.querySelector("[data-card=%s] .needs.unmet form button")`, card)
}

// playAll runs each card of the lesson, as it is found and prepared as it asks for, and calls check after
// each button.
func (v *visitor) playAll(path string, check func(card string, button int)) {
	v.t.Helper()
	v.open(path)
	cards := js[[]string](v, cardsJS)
	if len(cards) == 0 && path != "/api" && path != "/summary" {
		v.t.Errorf("%s has no card to run", path)
	}
	for _, card := range cards {
		buttons := buttonsJS(card)
		for i := 0; i < js[int](v, buttons+".length"); i++ { // a run may bring one more
			v.prepareCard(card)
			v.press(v.mark(fmt.Sprintf("%s[%d]", buttons, i)))
			check(card, i+1)
		}
	}
}

// prepareCard presses the buttons of what the card needs and has not.
func (v *visitor) prepareCard(card string) {
	v.t.Helper()
	unmet := unmetJS(card)
	for range 3 {
		if !js[bool](v, unmet+" !== null") {
			return
		}
		v.press(v.mark(unmet))
	}
}

// besideInView has Browser B do what follows the run of the card, where there is something, and wants what
// came of it in the window: where the address leads or, with script, where the button is on a phone.
func (v *visitor) besideInView(card string) {
	v.t.Helper()
	beside := fmt.Sprintf("[data-card=%s] .moves:last-of-type button", card)
	if !js[bool](v, fmt.Sprintf(`document.querySelector(%q) !== null`, beside)) {
		return
	}
	told, windows := "[data-told]", stages
	if js[bool](v, `document.querySelector("[data-told].vh") !== null`) { // the lanes show what it says
		told = ".ends .b"
	}
	if !v.scriptless {
		windows = stages[2:3]
		v.window(windows[0].width, windows[0].height)
	}
	v.move(beside)
	for _, s := range windows {
		if v.scriptless {
			v.landIn(s.width, s.height)
		}
		v.inView(card, fmt.Sprintf("%dx%d, Browser B", s.width, s.height), told)
	}
}

// inView checks that these parts of the card stand in the window, and nothing before them.
func (v *visitor) inView(card, what string, parts ...string) {
	v.t.Helper()
	for _, part := range parts {
		if lies := call[string](v, inViewJS, fmt.Sprintf("[data-card=%s] %s", card, part)); lies != "" {
			v.t.Errorf("%s, %s: %s %s", card, what, part, lies)
		}
	}
}
