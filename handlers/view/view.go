// Package view draws the x-ray: it turns what was recorded (package xray) into what the templates show. It
// knows nothing of requests or of the lab; what it has to know of them is in a [Given].
//
//   - panel.go, tiers.go, clock.go, history.go: the panel beside a lesson, from the cookie to the row.
//   - diagram.go: an exchange as messages between browser, SCS and store.
//   - result.go: what became of an experiment, for a lesson's third step.
//   - timeline.go, timelinepen.go: a part of a session's life as a line.
//   - steps.go: an exchange as the seven steps of the notes.
//   - lanes.go: the requests of several browsers, side by side, and a race.
//   - medium.go: what differs with where the session is. rows.go has the sentences for a session that is a
//     row, cookie.go those for one that is its own cookie, and signed.go takes such a cookie apart.
//   - token.go: the chip by which a token is recognized. words.go: what sentences are made of.
//   - hex.go: bytes as hex and as text.
//   - markup.go: the one place that makes HTML out of strings. What a page has by the dozen is Go, since
//     html/template is the slowest part of a page.
//
// Everything that is said follows from the record, so a page cannot claim what did not happen.
package view

import (
	"time"

	"sessionlab/handlers/engine"
)

// Given is what drawing needs to know of the lab.
type Given struct {
	Kind       engine.Kind
	CookieName string
	CookieAge  time.Duration
	Now        time.Time
	// Whole is for a panel that is a page by itself: nothing is folded or left out.
	Whole bool

	// Age is what a save gives a session of these values; false for one that ends at a fixed moment.
	Age func(values map[string]any) (time.Duration, bool)
	// Entries counts what somebody put into a session of these values.
	Entries func(values map[string]any) int
	// OfLife reports whether a session of these values that ends then does so because its life is over.
	OfLife func(values map[string]any, end time.Time) bool
	// PageOf is the page that shows exchanges of that path.
	PageOf func(path string) string
	// Call says what a request called that saved a session of these values.
	Call func(path string, values map[string]any) string
}

// unmoved says why a session of these values, saved with that end, keeps it at its next save; "" where it
// does not.
func (g Given) unmoved(values map[string]any, end time.Time) string {
	if g.OfLife(values, end) {
		return "Its end is that of its life, which no save moves."
	}
	if _, moves := g.Age(values); !moves {
		return "Its end is a fixed moment, which no save moves."
	}
	return ""
}
