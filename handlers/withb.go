package handlers

import (
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// This file is for lessons on something else in which Browser B tries what came of a run. Where that is no
// experiment of its own, it follows the run of a card, and the card goes on showing that one.

// follow has s follow a run of the card, and come back to it.
func (s *scene) follow(card string, run *xray.Exchange) {
	s.follows, s.ran.Choice = card, run.ID
}

// besides is what the run of an experiment that follows a run of the card is kept by.
func besides(card string) string { return card + "-b" }

// Followed is what Browser B did after the run that the card shows; nil for nothing.
func (d scenePageData) Followed(card string) *ran {
	c := d.Card(card)
	if c.Run == nil {
		return nil
	}
	r, _ := d.chosen(besides(card), c.Run.Record.ID)
	return r
}

// LanesAfter draws what Browser B did after the run that the card shows.
func (d scenePageData) LanesAfter(card string) *view.Lanes {
	r := d.Followed(card)
	if r == nil || len(r.Events) == 0 {
		return nil
	}
	a, b := parties("")
	b.Holds = r.Events[0].Held
	return view.NewLanes(r.Events, a, b)
}

// parties are the two browsers. holds is what the visitor's held before.
func parties(holds string) (a, b view.Party) {
	return view.Party{Badge: "A", Name: "You", Is: "browser A", Holds: holds},
		view.Party{Badge: "B", Name: "Browser B", Is: "a small program with a cookie jar"}
}
