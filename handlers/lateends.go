package handlers

import (
	"fmt"
	"net/http"

	"sessionlab/handlers/scenario"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// This file reads the story of the lesson late-request off its record: one beginning, and two ends.

// lateStory is one run of the first card: what is the same under both rules, and the two ends.
type lateStory struct {
	Race     *view.Race
	SCS, Lab lateEnd
}

// lateEnd is one of the two ends.
type lateEnd struct {
	Commit string // what became of the save
	Status int
	Answer string // the error; "" for none
	Token  string // the session's
	Same   bool   // whether the answer sends that ID again
	NewID  bool   // whether it sends another one that is alive
	Back   bool   // whether the old ID opens a session again
	User   string // whose
}

// late reads both ends off the record; nil where it is not whole.
func (r *ran) late() *lateStory {
	if r == nil {
		return nil
	}
	slow, flush, read := r.to("/late-request/slow"), r.to("/flush"), r.last("ID", "/get")
	native, out, user := wentTo(r.Bench, "/slow"), wentTo(r.Bench, "/logout"), wentTo(r.Bench, "/user")
	if len(slow) != 1 || len(flush) != 1 || read == nil || len(native) != 1 || len(out) != 1 || len(user) != 1 {
		return nil
	}
	began, saved := native[0].At, native[0].At.Add(native[0].Took)
	if !flush[0].Start.After(slow[0].Start) || !out[0].At.After(began) || out[0].At.After(saved) ||
		slow[0].End.Before(flush[0].Start) { // they did not overlap
		return nil
	}
	v := &lateStory{Lab: endOfLate(slow[0].Exchange, read.Exchange), SCS: endOfLate(native[0], user[0])}
	v.Lab.User, v.SCS.User = readOf(read), answerTo(r.Bench, "/user")
	v.Race = lateRace(slow[0], flush[0])
	return v
}

func endOfLate(slow, read *xray.Exchange) lateEnd {
	e := lateEnd{Commit: "not asked", Status: slow.Status, Answer: slow.Refused, Token: slow.Sent,
		Back: read.Known}
	for _, s := range slow.Steps {
		if s.Kind == xray.Commit && s.Err != "" {
			e.Commit = "refused: the session was ended"
		} else if s.Kind == xray.Commit {
			e.Commit = fmt.Sprintf("%d bytes, written", s.Size)
		}
	}
	if c := slow.SetCookie; c != nil && c.Value != "" {
		e.Same = c.Value == slow.Sent
		e.NewID = !e.Same && !read.Known && slow.Status < http.StatusBadRequest
	}
	return e
}

// lateRace draws what is the same under both rules.
func lateRace(slow, flush scenario.Event) *view.Race {
	user := fmt.Sprint(slow.Exchange.Before()["user"])
	id := view.Party{Holds: slow.Held}
	one, two := id, id
	one.Badge, one.Name, two.Badge, two.Name = "S", "Slow request of B", "B", "Browser B"
	return &view.Race{One: one, Two: two, Brace: "The slow request is open", Before: user,
		Open: "from its first read to its answer",
		Moments: []view.Moment{
			{Caption: "while it waits", Value: user, One: view.Cell{Way: "in", Says: "reads user", Number: user}},
			{Caption: "after the logout", Value: "gone", Class: "gone",
				One: view.Cell{Way: "still", Says: "still has user", Number: user},
				Two: view.Cell{Way: "out", Says: fmt.Sprintf("POST /flush: %d", flush.Exchange.Status)}},
		}}
}

// Late is the last run of that card; nil before one.
func (d scenePageData) Late() *lateStory {
	v := d.Ran("late-request").late()
	if v != nil && d.lab.engine.Kind().InCookie { // a logout has nothing else to end
		v.Race.Moments[1].Value = "cookie dropped"
	}
	return v
}
