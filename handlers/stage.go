package handlers

import (
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// This file is the stage: a lesson's cards as one page shows them, each with the visitor's last run.

// shownCard is a card as one page shows it.
type shownCard struct {
	Card
	Lesson  *Lesson
	Panel   *view.Panel // the page's
	Needs   []shownNeed
	Result  *view.Result // nil before it was run
	Run     *Run         // what it was judged by; nil where it tells nothing
	Chosen  string       // the option that was predicted; "" for none
	Came    string       // the option that came true; "" where it was not judged
	Done    int          // how many of its presses are done; 0 where they do not count
	Turn    string       // another one on each page: see the template "turn"
	Late    bool         // the session was ended while it ran, so that nothing is known of it
	Lost    bool         // the exchange in the address is not kept here, or is not this visitor's
	NoJar   bool         // and the browser sent no session cookie, which may be why
	Avoid   []way        // how to avoid the error that it raised
	Next    *shownCard   // the card after it; nil for the last
	NotDone *notDone     // what follows its run, and was refused; nil for nothing
	sent    url.Values   // the fields that are filled in
}

// shownNeed is a need with how it is now.
type shownNeed struct {
	Need
	Is  string
	Met bool
}

// stage makes the lesson's cards, once the panel and the history are there. now is the session as the page
// found it.
func (l *Lab) stage(p *page, now Now, memo *xray.Memo) error {
	if p.Lesson == nil {
		return nil
	}
	for i := range p.Lesson.Cards {
		card, _, err := l.card(p.Lesson.Cards[i].ID)
		if err != nil {
			return err
		}
		c := &shownCard{Card: card, Lesson: p.Lesson, Panel: p.Panel, Lost: p.Lost,
			Turn: strconv.FormatInt(p.own.At.UnixMilli(), 36)}
		c.NoJar = p.Lost && p.Panel.Token == "" && p.Panel.Cookie.Was == ""
		c.show(l.given(), p, now, memo)
		c.needs(now)
		if i > 0 {
			p.cards[i-1].Next = c
		}
		p.cards = append(p.cards, c)
	}
	return nil
}

// show fills in what came of the card's last run.
func (c *shownCard) show(given view.Given, p *page, now Now, memo *xray.Memo) {
	x, earlier := c.runOf(p.onView(), p.past)
	x = c.refusal(p, x)
	c.guessed(x, slices.Concat([]*xray.Exchange{p.shown}, p.past))
	if x == nil || p.Lost { // what it did before is not what was asked for
		return
	}
	c.Result = given.Result(x, memo)
	c.sent = url.Values{}
	if x.Key != "" {
		c.sent.Set("key", x.Key)
	}
	answered := p.answersTo(x)
	if answered && p.sent != nil {
		c.sent = p.sent
	}
	if answered && p.problem != nil {
		c.Result.Explain(p.problem.text, p.problem.next)
		c.Avoid = p.problem.avoid
	}
	run, ok := c.run(x, earlier, memo)
	if c.Late = !ok; c.Late {
		return
	}
	if x == p.own && !x.Known && x.Token == "" {
		run.Expired = now.Ended
	}
	c.Run = &run
	if c.headline(); answered && p.refused != nil {
		c.Result.Say(p.problem.leaves())
	}
	if option, ok := c.option(c.Observe(run)); ok {
		c.Came = option.ID
	} else if c.Press != nil {
		c.Done = c.Press(run)
	}
}

// expiredHeadline is that of a read that came after the end of the session.
const expiredHeadline = "The session has expired. The read found nothing."

// headline has the result say what its run was about.
func (c *shownCard) headline() {
	says := ""
	switch {
	case c.Headline != nil:
		if says = c.Headline(*c.Run); says != "" {
			c.Result.Returned = nil
		}
	case !c.Run.Expired.IsZero() && !c.Run.Refused:
		says = expiredHeadline
	}
	if says != "" {
		c.Result.Say(says)
	}
}

// needs fills in how it is with what the card needs. What a run has taken is said to be used up by it, and
// what the first of several presses has taken was there.
func (c *shownCard) needs(now Now) {
	for _, need := range c.Card.Needs {
		is, met := need.State(now)
		switch {
		case !met && c.Done > 0:
			is, met = "It was there for the first press.", true
		case !met && c.Judged() && c.hadIt(need):
			is = "Used up by that run."
		}
		c.Needs = append(c.Needs, shownNeed{need, is, met})
	}
}

// hadIt reports whether the need was met before the card's last run, which was judged. Without what they need
// neither a sweep is judged nor the last of several presses.
func (c *shownCard) hadIt(need Need) bool {
	if need.OfExpired || c.Presses > 1 {
		return true
	}
	_, met := need.State(Now{At: c.Run.Record.At, Exists: c.Run.Known, Values: c.Run.Before,
		Ends: c.Run.EndBefore})
	return met
}

// guessed finds what was predicted: with x, or in the latest of list that had a prediction, so that a
// preparation does not forget it. What was made without a session is on view, and in no history.
func (c *shownCard) guessed(x *xray.Exchange, list []*xray.Exchange) {
	if x == nil {
		i := slices.IndexFunc(list, func(x *xray.Exchange) bool { return c.runs(x) && x.Guess != "" })
		if i < 0 {
			return
		}
		x = list[i]
	}
	if id, choice, _ := strings.Cut(x.Guess, ":"); id == c.ID {
		if option, ok := c.option(choice); ok {
			c.Chosen = option.ID
		}
	}
}

// answersTo reports whether the page is the answer to x: to the experiment that was refused, or else to the
// exchange that it shows.
func (p *page) answersTo(x *xray.Exchange) bool {
	if p.refused != nil {
		return x == p.refused.Exchange
	}
	return x == p.shown
}

// onView is the exchange that the page is about, if it can be a run: a page that only shows itself is none.
func (p *page) onView() *xray.Exchange {
	if p.refused != nil || p.shown.Looks() {
		return nil
	}
	return p.shown
}

// Card is the lesson's card of that ID, for its template.
func (p *page) Card(id string) *shownCard {
	for _, c := range p.cards {
		if c.ID == id {
			return c
		}
	}
	return &shownCard{Card: Card{ID: id}, Lesson: p.Lesson}
}

// State is how far it is, in a word or two.
func (c *shownCard) State() string {
	switch {
	case c.Result == nil:
		return "not run yet"
	case c.Done > 0:
		return "running"
	}
	return "run"
}

// Judged reports whether its last run could be judged.
func (c *shownCard) Judged() bool { return c.Came != "" }

// Guess is the prediction as a form sends it; "" for none. What prepares the card sends it too, so that it is
// there for the run.
func (c *shownCard) Guess() string {
	if c.Chosen == "" {
		return ""
	}
	return c.ID + ":" + c.Chosen
}

// Right reports whether the prediction came true.
func (c *shownCard) Right() bool { return c.Judged() && c.Came == c.Chosen }

// Unmet reports whether something is missing that the card needs.
func (c *shownCard) Unmet() bool {
	return slices.ContainsFunc(c.Needs, func(n shownNeed) bool { return !n.Met })
}

// NeedLines are what the card needs, each with the button that makes it so.
func (c *shownCard) NeedLines() template.HTML {
	lines := make([]view.Need, len(c.Needs))
	for i, n := range c.Needs {
		lines[i] = view.Need{Met: n.Met, What: n.What, Is: n.Is}
		if p := n.Prepare; p.To != "" && (!n.Met || n.Whenever) {
			form := view.PrepareForm{To: p.To, Card: c.ID, Guess: c.Guess(), Button: p.Button,
				Main: !n.Met && c.Main() == "need"}
			for _, f := range p.Fields {
				form.Fields = append(form.Fields, [2]string{f.Name, f.Value})
			}
			lines[i].Form = &form
		}
	}
	return view.Needs(lines)
}

// Choices are the options of the question, with what became of them.
func (c *shownCard) Choices() template.HTML {
	choices := make([]view.Choice, len(c.Options))
	for i, o := range c.Options {
		choices[i] = view.Choice{Value: c.ID + ":" + o.ID, Text: o.Text, Chosen: o.ID == c.Chosen,
			Came: o.ID == c.Came}
	}
	return view.Choices(choices, c.Judged())
}

func button(main bool) string {
	if main {
		return "btn"
	}
	return "btn quiet"
}

// Main is the next thing to do, whose button is the black one: need, run or next.
func (c *shownCard) Main() string {
	switch {
	case c.Judged():
		return "next"
	case c.Unmet():
		return "need"
	}
	return "run"
}

// Pips are the presses of the card, and whether each is done.
func (c *shownCard) Pips() []bool {
	pips := make([]bool, c.Presses)
	for i := range c.Done {
		pips[i] = true
	}
	return pips
}

// Missing says what the last run lacked, where it could not be judged.
func (c *shownCard) Missing() template.HTML {
	switch {
	case c.Late:
		return view.Code("The session was ended while this ran, so nothing of it is kept.")
	case c.Result.Says != "" && (c.Run == nil || !c.Run.KeyError):
		return c.Result.Says + " " + c.Result.Next
	case c.Run != nil && c.Run.Refused && !c.Run.KeyError:
		return view.Code("It was refused before anything happened. Mend it, and run it again.")
	}
	return view.Code(c.Lacking)
}
