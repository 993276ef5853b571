package view

import (
	"html/template"
	"strings"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// Panel is the data of panel.html: one visitor's session, from the cookie to the row.
type Panel struct {
	Kind   engine.Kind
	AsOf   string // time of day when it was made
	Token  string // the session that exists; "" without one
	State  string // what is so, in a sentence
	Zero   *Zero  // what is so when the clock runs out; nil where none runs
	Stamp  string // differs whenever the session does
	Clock  Clock
	Cookie CookieTier
	Memory MemoryTier
	Row    RowTier

	Exchange *Exchange
	History  template.HTML // a list item for each of the last exchanges
	Kept     string        // how many they are
	Whole    bool          // nothing is folded or left out
}

// Panel describes what s shows, with the exchange that is on view, nil for none, and the session's last ones,
// the latest first.
func (g Given) Panel(
	s xray.Snapshot, memo *xray.Memo, onView *xray.Exchange, history []*xray.Exchange, browser Browser,
) *Panel {
	p := &Panel{Kind: g.Kind, AsOf: g.Now.Format(TimeOfDay), Whole: g.Whole}
	// last is what the session's state is told from. Beside an older exchange, or none, that is as if nothing
	// had happened: the session is described as it is, and not as what an exchange made of it.
	last := &xray.Exchange{}
	if onView != nil {
		p.Exchange = g.exchange(onView, memo, isLatest(onView, history))
		if p.Exchange.Latest {
			last = onView
		}
	}
	if s.Row != nil {
		p.Token = s.Token
	}
	p.Stamp = afterAnswer(s, last).Stamp()
	p.Clock = g.clock(s, history)
	p.Cookie = g.cookieTier(s, p.Token, last, history)
	if browser.Came > 1 {
		p.Cookie.Several = browser.Came
	}
	p.Memory = newMemoryTier(s, memo, last)
	p.Row = newRowTier(g.Kind, s, last, g.Whole)
	p.State = g.medium().state(s, last)
	if s.Row != nil {
		zero := g.medium().zero(s, p.Cookie.AtClose())
		p.Zero = &zero
	} else if s.Lying != nil {
		p.Clock.expire(s.Lying.Expiry)
	}
	g.medium().panel(p, s, last)
	if p.Exchange != nil && !p.Exchange.Latest && s.Row != nil && s.Undecodable == "" {
		p.State = "Alive. On view is an older exchange, not your last."
	}
	if browser.Expired != nil {
		p.expired(browser.Expired, g, memo)
	}
	p.History, p.Kept = g.history(history, onView), count(len(history), "exchange")
	return p
}

// Told is what is so, with the word that counts in bold.
func (p *Panel) Told() template.HTML { return emphasize(p.State) }

// emphasize writes a sentence, and in bold that a session is over.
func emphasize(sentence string) template.HTML {
	const over = "Expired."
	var m markup
	rest, ok := strings.CutPrefix(sentence, over)
	if ok {
		m.element("b", over)
	}
	m.text(rest)
	return m.html()
}

// isLatest reports whether nothing came after x, among the session's exchanges, but a look at a page: a
// form's answer leads to one, and so does what Browser B tries after it. What is not among them at all is a
// request that is being answered.
func isLatest(x *xray.Exchange, history []*xray.Exchange) bool {
	for _, later := range history {
		if later.ID == x.ID || x.At.After(later.At) {
			return true
		}
		if !later.Looks() {
			return false
		}
	}
	return true
}

// afterAnswer is s as it is once the browser has the answer, which may drop a cookie that names nothing.
func afterAnswer(s xray.Snapshot, last *xray.Exchange) xray.Snapshot {
	if c := last.SetCookie; s.Row == nil && c != nil && c.MaxAge < 0 {
		s.Token = ""
	}
	return s
}
