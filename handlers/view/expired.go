package view

import (
	"fmt"
	"html/template"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// Browser is what the browser sent of the session, and what is known of it besides.
type Browser struct {
	Came    int      // how many session cookies it sent
	Expired *Expired // nil where it sent one, or none of its sessions is known to have expired
}

// Expired is the session that a browser held last, which has ended by its own time. Its cookie is gone, so
// nothing of what the browser sends names it any more.
type Expired struct {
	ID      string
	Ended   time.Time
	Lying   *engine.Row // its row, without the data; nil where there is none any more
	AtClose bool        // its cookie had no Max-Age
	Told    bool        // the lab told the browser to drop the cookie

	History []*xray.Exchange // the exchanges of that session, as far as they are kept
}

// expired shows e where without it there would be nothing to see.
func (p *Panel) expired(e *Expired, g Given, memo *xray.Memo) {
	p.State = g.medium().expired(e)
	p.Clock.expire(e.Ended)
	p.Clock.lived(g, e, memo)
	p.Cookie.Was, p.Cookie.Expired, p.Cookie.WasNote = e.ID, true, e.dropped()
	p.Row.None = e.left(p.Kind)
	if e.Lying != nil {
		p.Row.lies(e.Lying, p.Kind)
	}
}

// Zero is what is so when the clock of a page runs out while it is open. Nothing is asked and nothing is sent
// then: these words come with the page.
type Zero struct {
	State  template.HTML
	Cookie string
	Row    string
	Left   template.HTML // what becomes of the row; "" where there is none
	Swept  string        // what is so when it has gone; "" where it does not stay
}

// swept says of a row that it stays until somebody clears it away.
func swept(kind engine.Kind) template.HTML {
	if kind.NothingToSweep != "" {
		return Code("It stays until it is swept.")
	}
	return Code("It stays until `clearsessions` deletes it.")
}

// dropped says what became of the cookie.
func (e *Expired) dropped() string {
	switch {
	case e.Told:
		return "expired; the server told your browser to drop it"
	case e.AtClose:
		return "expired; it had no Max-Age, and your browser holds it no more"
	}
	return "expired; your browser dropped it with its Max-Age"
}

// left says what became of the row where there is none any more.
func (e *Expired) left(kind engine.Kind) string {
	end := e.Ended.Local().Format(TimeOfDay)
	if !kind.Lies {
		return fmt.Sprintf("The row is gone. It expired at %s, and %s removes such a row by itself.", end,
			kind.Label)
	}
	return fmt.Sprintf("The row is gone. It expired at %s, and was cleared away after that.", end)
}
