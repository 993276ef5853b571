package handlers

import (
	"context"
	"fmt"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/limits"
	"sessionlab/handlers/python"
	"sessionlab/handlers/scenario"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// This file is what the pages of experiments with several browsers show.

// scenePageData is the data of those pages.
type scenePageData struct {
	*page
	ctx context.Context
	lab *Lab
}

func (l *Lab) scenePage(ctx context.Context, p *page) (any, error) {
	return scenePageData{p, ctx, l}, nil
}

// Ran is what the last run of the card found out; nil before it was run.
func (d scenePageData) Ran(card string) *ran {
	c := d.Card(card)
	if c.Run == nil {
		return nil
	}
	return ranBy(c.Run.Record, card)
}

// Choice is what was chosen for the last run of the card; first before it was run.
func (d scenePageData) Choice(card, first string) string {
	if r := d.Ran(card); r != nil {
		return r.Choice
	}
	return first
}

// chosen is the run of that card with that choice, and what was predicted; nil before there was one.
func (d scenePageData) chosen(card, choice string) (*ran, *xray.Exchange) {
	if d.sheet != nil {
		for _, x := range d.sheet.Runs {
			if r := ranBy(x, card); r != nil && r.Choice == choice {
				return r, x
			}
		}
	}
	return nil, nil
}

// Lanes draws the last run of the card, and what was done since; nil before it was run.
func (d scenePageData) Lanes(card string) *view.Lanes {
	r := d.Ran(card)
	if r == nil {
		return nil
	}
	events := r.Events
	if card == "two" {
		events = append(events, d.sheet.Moves...)
	}
	a, b := parties(d.Card(card).Run.Record.Sent)
	return view.NewLanes(events, a, b)
}

// parties are the two browsers. holds is what the visitor's held before.
func parties(holds string) (a, b view.Party) {
	return view.Party{Badge: "A", Name: "You", Is: "browser A", Holds: holds},
		view.Party{Badge: "B", Name: "Browser B", Is: "a small program with a cookie jar"}
}

// InFull draws every request of the card's last run; none before it was run.
func (d scenePageData) InFull(card string) (list []*view.Exchange) {
	r := d.Ran(card)
	if r == nil {
		return nil
	}
	given := d.lab.given()
	for _, e := range r.Events {
		if e.Exchange != nil {
			drawn := given.Draw(e.Exchange)
			drawn.Title = fmt.Sprintf("%d. %s: %s", len(list)+1, e.Name, drawn.Title)
			list = append(list, drawn)
		}
	}
	given.Kind = engine.PlainKind
	for _, x := range r.Bench {
		drawn := given.Draw(x)
		drawn.Title = fmt.Sprintf("%d. SCS by itself: %s", len(list)+1, drawn.Title)
		list = append(list, drawn)
	}
	return list
}

// sceneNow is what the two browsers see now.
type sceneNow struct {
	A, B seen
	Rows []seenRow
	Told string // what came of the last move, and how much each of them sees, in a sentence
}

// seen is what one browser sees.
type seen struct {
	Holds  string
	Values []seenValue
	More   int
	Large  bool // too large for its values to be listed
}

type seenValue struct{ Key, Text string }

// seenRow is a row that a browser's session ID opens.
type seenRow struct {
	Token string
	A, B  bool
	Left  string
}

// Now is what the visitor and Browser B see now.
func (d scenePageData) Now() (*sceneNow, error) {
	now := &sceneNow{A: seen{Holds: d.Panel.Token}}
	if d.sheet != nil && d.sheet.Jar != nil {
		now.B.Holds = d.sheet.Jar.Value
	}
	for _, s := range []*seen{&now.A, &now.B} {
		found, err := xray.Look(d.ctx, d.lab.engine, brief{xray.Codec}, s.Holds, d.lab.now())
		if err != nil {
			return nil, err
		}
		s.Large = found.Row != nil && len(found.Row.Data) > limits.MaxEventBytes
		const most, width = 4, 40
		for _, v := range xray.Values(found.Values) { // sorted
			if len(s.Values) == most {
				s.More++
				continue
			}
			s.Values = append(s.Values, seenValue{v.Key, python.Brief(found.Values[v.Key], width)})
		}
		if found.Row == nil || d.lab.engine.Kind().InCookie {
			continue
		}
		if len(now.Rows) == 1 && now.Rows[0].Token == s.Holds {
			now.Rows[0].B = true
			continue
		}
		left := found.Row.Expiry.Sub(d.lab.now()).Round(time.Second)
		now.Rows = append(now.Rows, seenRow{s.Holds, s == &now.A, s == &now.B, left.String()})
	}
	if d.sheet != nil && len(d.sheet.Moves) > 0 {
		now.Told = came(d.sheet.Moves[len(d.sheet.Moves)-1]) + " "
	}
	now.Told += "You see " + now.A.much() + ", and B sees " + now.B.much() + "."
	return now, nil
}

// came says what came of a move.
func came(e scenario.Event) string {
	who := map[string]string{"A": "You", "B": "B"}[e.Name]
	switch {
	case e.Hand == scenario.Copied && e.Holds == "":
		return "There was no cookie to copy."
	case e.Hand == scenario.Copied:
		return "B holds a copy of your cookie."
	case e.Hand != "":
		return "B holds no cookie."
	case readOf(&e) != "":
		return fmt.Sprintf("%s got %d: %s.", who, e.Exchange.Status, python.Brief(readOf(&e), 40))
	}
	return fmt.Sprintf("%s got %d.", who, e.Exchange.Status)
}

// much is how much there is to see.
func (s seen) much() string {
	switch n := len(s.Values) + s.More; {
	case s.Holds == "":
		return "no session"
	case s.Large:
		return "too much to list"
	case n == 0:
		return "no values"
	case n == 1:
		return "1 value"
	default:
		return fmt.Sprintf("%d values", n)
	}
}
