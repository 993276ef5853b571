package handlers

import (
	"context"
	"fmt"
	"net/url"

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

// after is what Browser B did after the run that the card shows; nil for nothing.
func (d scenePageData) after(card string) *ran {
	c := d.Card(card)
	if c.Run == nil {
		return nil
	}
	r, _ := d.chosen(besides(card), c.Run.Record.ID)
	return r
}

// LanesAfter draws what Browser B did after the run that the card shows.
func (d scenePageData) LanesAfter(card string) *view.Lanes {
	r := d.after(card)
	if r == nil || len(r.Events) == 0 {
		return nil
	}
	a, b := parties("")
	b.Holds = r.Events[0].Held
	return view.NewLanes(r.Events, a, b)
}

// followed is the run of the card that a form names, if whoever holds token made it; nil for none.
func (l *Lab) followed(
	ctx context.Context, form url.Values, token string, card *Card,
) (*xray.Exchange, error) {
	x, err := l.history.Get(ctx, form.Get("of"), token)
	if x == nil || err != nil || !card.runs(x) {
		return nil, err
	}
	return x, nil
}

// replayHere has Browser B come back after a flush with a copy of its old cookie, on the
// engine that this server runs on. The visitor's session is not touched.
func (l *Lab) replayHere(s *scene, form url.Values) error {
	compared, err := l.followed(s, form, s.a.Holds(), &storageLesson.Cards[0])
	if err != nil {
		return err
	}
	if compared == nil {
		return badInput("No comparison", "Compare the stores first: then Browser B tries the one of this server.")
	}
	s.follow("storage", compared)
	b := s.newB()
	if _, err := b.Do("POST /set", "key", "fname", "value", "Ben"); err != nil {
		return err
	}
	old := b.Jar()
	if _, err := b.Do("POST /flush"); err != nil || old == nil {
		return err
	}
	_, err = s.Browser("B", xray.ByB, true, old).Do("GET /get", "key", "fname")
	return err
}

// comeTwice has Browser B, which holds no cookie at first, store a value twice.
func (l *Lab) comeTwice(s *scene, form url.Values) error {
	visits, err := l.followed(s, form, s.a.Holds(), &sessionsLesson.Cards[0])
	if err != nil {
		return err
	}
	if visits == nil {
		return badInput("No visits", "Come three times first: then Browser B comes with a jar.")
	}
	s.follow("sessions", visits)
	b := s.newB()
	for range 2 {
		if _, err := b.Do("POST /set", "key", "visitor", "value", "B"); err != nil {
			return err
		}
	}
	return nil
}

// CameTwice says how many sessions Browser B began with two visits; "" where it was not let.
func (d scenePageData) CameTwice() string {
	r := d.after("sessions")
	switch {
	case r == nil:
		return ""
	case r.steps() < 2 || limitMet(exchangesOf(r.Events)):
		return "This server did not let Browser B come twice. Wait a while, and run it again."
	case r.sessionsBegun() == 1:
		return "Two visits, one session: the second time it brought its cookie."
	}
	return fmt.Sprintf("Two visits, and %d sessions.", r.sessionsBegun())
}

// Replayed says what Browser B got with the copy of its old cookie; "" where it was not let.
func (d scenePageData) Replayed() string {
	r := d.after("storage")
	flush, read := r.last("B", "/flush"), r.last("B", "/get")
	switch {
	case r == nil:
		return ""
	case flush == nil || read == nil || !flush.Exchange.Ended || limitMet(exchangesOf(r.Events)):
		return "This server did not let Browser B do all of it. Wait a while, and compare again."
	case read.Exchange.Known:
		return "The old cookie still opened its session, after the flush."
	}
	return "After the flush its old cookie opened nothing."
}
