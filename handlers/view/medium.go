package view

import (
	"html/template"

	"sessionlab/handlers/xray"
)

// medium is where sessions are, in words: [inRows] where each is a row, [inCookie] where it is the cookie
// itself. There the server keeps no row, so every sentence about one would be untrue.
type medium interface {
	// why explains the exchange: why something was or was not saved, why a cookie was or was not sent.
	// unmoved is that of [Given.unmoved].
	why(x *xray.Exchange, unmoved string) []template.HTML

	// state says how the session is, in a sentence. last is the exchange that it is told from.
	state(s xray.Snapshot, last *xray.Exchange) string

	// expired says how it is with a session that ended by its own time, when no cookie names it any more.
	expired(e *Expired) string

	// zero says what is so when the clock of s runs out. atClose is for a cookie without Max-Age.
	zero(s xray.Snapshot, atClose bool) Zero

	// panel changes what of p is not a sentence. last is that of state.
	panel(p *Panel, s xray.Snapshot, last *xray.Exchange)

	// step draws what the store did: what went to it, and what came back.
	step(x *xray.Exchange, s xray.Step) []message

	// ended and cycled say what an exchange did that ended a session, or gave it another ID. stays says,
	// after what was changed in it, that the session is the same or a new one.
	ended() string
	cycled() string
	stays(x *xray.Exchange) string

	// row is what became of the row, in a word or two, and what there is to add.
	row(x *xray.Exchange) (note, small string)

	// notes explains the seven steps. earlier are the session's exchanges, the latest first.
	notes(s Steps, x *xray.Exchange, earlier []*xray.Exchange) stepNotes

	// fresh is what a session that was just made has.
	fresh() string
}

// medium returns the words for the lab's engine.
func (g Given) medium() medium {
	if g.Kind.InCookie {
		return inCookie{g}
	}
	return inRows{g}
}

// notSent says why an answer has no session cookie, which is so wherever sessions are.
func notSent(x *xray.Exchange) string {
	if len(x.Also) > 0 {
		return "No session cookie was sent. The trial cookie is apart from your session: it names no session."
	}
	if x.Sent == "" && x.Token == "" {
		return "There is no session, so there is no cookie to send."
	}
	return "It was not saved, so no cookie goes out. The browser keeps the one it has."
}
