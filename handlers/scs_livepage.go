package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/notebook"
	"sessionlab/handlers/view"
)

// The page of the live clock: its two countdowns, and the buttons beside the one of its question.

// lifeEnds is when the life of the clock's session is over: the deadline in its data.
func lifeEnds(c *notebook.Clock) time.Time {
	deadline, _, err := scs.GobCodec{}.Decode(c.Data)
	if err != nil {
		return c.Began.Add(liveLife)
	}
	return deadline
}

// life is how long it lasts, from its beginning.
func (s *shownSCS) life() time.Duration { return lifeEnds(s.Clock).Sub(s.Clock.Began) }

// scsClockPageData is the data of scs-clock.html.
type scsClockPageData struct {
	scsPageData
	Now time.Time
}

func (l *Lab) scsClockPage(ctx context.Context, p *page) (any, error) {
	data, err := l.scsPage(ctx, p)
	if c := l.clockOf(ctx); c != nil && c.Ends.After(l.now()) {
		p.clock = c
	}
	return scsClockPageData{data.(scsPageData), l.now()}, err
}

// livePress is a button beside the one of the question.
type livePress struct{ Do, Label string }

// Presses are those buttons.
func (d scsClockPageData) Presses() []livePress {
	return []livePress{{"write", "Write"}, {"deadline", "SetDeadline: 60 s from now"}, {"destroy", "Destroy"},
		{"back", "Move the row's end back by 15 s"}}
}

// countdown is one of the two times.
type countdown struct {
	Name, Says string
	Of         int // seconds
	Ends       time.Time
	First      bool // it ends before the other, or with it
	now        time.Time
}

// Countdowns are the two of the clock's session, while it lives.
func (d scsClockPageData) Countdowns() []countdown {
	if d.clock == nil {
		return nil
	}
	life := lifeEnds(d.clock)
	idle := d.clock.Ends
	first := idle.Before(life.Add(-10 * time.Millisecond))
	if !first { // the row ends with the life, which came before the idle time
		idle = lastRequest(d.clock).Add(liveIdle)
	}
	return []countdown{
		{"Idle time", "Every request starts it again, a read too.", int(liveIdle.Seconds()), idle, first, d.Now},
		{"Life", "No request moves it. SetDeadline does.", int(liveLife.Seconds()), life, !first, d.Now},
	}
}

// lastRequest is when the last request of the clock's session came.
func lastRequest(c *notebook.Clock) time.Time {
	var stairs []view.Stair
	if err := json.Unmarshal(c.Stairs, &stairs); err != nil || len(stairs) == 0 {
		return c.Began
	}
	return c.Began.Add(stairs[len(stairs)-1].At)
}

// Left is in whole seconds, rounded up.
func (c countdown) Left() int {
	return max(0, int((c.Ends.Sub(c.now)+time.Second-1)/time.Second))
}

// Show is what is left as a clock shows it.
func (c countdown) Show() string { return fmt.Sprintf("%d:%02d", c.Left()/60, c.Left()%60) }

// EndMS and NowMS are for the script that counts.
func (c countdown) EndMS() int64 { return c.Ends.UnixMilli() }

// NowMS is the server's time.
func (c countdown) NowMS() int64 { return c.now.UnixMilli() }
