package handlers

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sessionlab/handlers/xray"
)

// This file looks at the rows for the lesson about the sweep: before one, and after it.

// graveyard is what the lesson shows of the table: the visitor's own row, those that have expired or are
// about to, and a few that live, so that a full class does not hide the dead.
type graveyard struct {
	table
	Lost   int  // rows that have expired, of those that were looked at
	Soon   int  // rows among Rows that live, and expire within seconds
	Unseen bool // whether there are rows that were not looked at: those that ended first
	Sweep  *sweep
}

// Left is how many rows are not shown.
func (g graveyard) Left() int { return g.Total - len(g.Rows) }

// Others is how many rows have expired, without those that a script counts.
func (g graveyard) Others() int {
	n := g.Lost
	for _, r := range g.Rows {
		if r.Ticks && r.Expired {
			n--
		}
	}
	return n
}

// soon is how long the last of the planted rows lives, and a little more.
const soon = 15 * time.Second

// graveyard looks at the latest two hundred rows and picks from them: the visitor's own first, then those
// that expire within seconds or have expired, and then a few others.
func (l *Lab) graveyard(ctx context.Context) (graveyard, error) {
	t, err := l.table(ctx, 200)
	if err != nil {
		return graveyard{}, err
	}
	g := graveyard{table: table{Total: t.Total, Expired: t.Expired}, Lost: t.Expired,
		Unseen: t.Total > len(t.Rows)}
	rows := slices.Clone(t.Rows)
	slices.SortStableFunc(rows, func(a, b tableRow) int { return a.place() - b.place() })
	const mostAlive, mostDead = 5, 20
	alive, expired := 0, 0
	for _, r := range rows {
		switch r.place() {
		case nearItsEnd:
			expired++
		case living:
			alive++
		}
		if expired > mostDead && r.place() == nearItsEnd || alive > mostAlive {
			continue
		}
		r.tell()
		if !r.Mine && !r.Expired && r.Left <= soon {
			g.Soon++
		}
		g.Rows = append(g.Rows, r)
	}
	return g, nil
}

// The places of a row in the lesson's table.
const (
	first = iota
	nearItsEnd
	living
)

func (r *tableRow) place() int {
	switch {
	case r.Mine:
		return first
	case r.Left <= soon:
		return nearItsEnd
	}
	return living
}

// tell says how it is with the row. Its script has the same words.
func (r *tableRow) tell() {
	const counted = time.Hour
	r.Ticks = !r.Mine && r.Left > -counted && r.Left <= soon
	switch {
	case r.Mine:
		r.State = "your session"
	case r.Expired && r.Ticks:
		r.State = fmt.Sprintf("expired %s ago, still here", span(-r.Left))
	case r.Expired:
		r.State = "expired, still here"
	case r.Ticks:
		r.State = fmt.Sprintf("alive, %s left", span(r.Left+time.Second-1))
	default:
		r.State = "alive"
	}
}

// span writes a time in seconds, one at least, or in minutes where it is long.
func span(d time.Duration) string {
	if d < 100*time.Second {
		return fmt.Sprintf("%d s", max(1, d/time.Second))
	}
	return fmt.Sprintf("%d min", d/time.Minute)
}

// sweep is what a sweep found out.
type sweep struct {
	Removed       int
	Before, After int // how many rows there were
	// those that it removed, of the ones on the visitor's page; nil where that is not sure
	Rows     []tableRow
	Mine     bool // the visitor has a row, and it had not expired
	Lies     bool // whether expired rows lie about in this store
	InCookie bool
}

// noteSweep notes which of the rows before the sweep are gone, and who was spared.
func (l *Lab) noteSweep(ctx context.Context, before graveyard, removed int) error {
	kind := l.engine.Kind()
	s := sweep{Removed: removed, Before: before.Total, Lies: kind.Lies, InCookie: kind.InCookie}
	s.Mine = l.sessions.Token(ctx) != "" && l.sessions.Deadline(ctx).After(l.now())
	var err error
	if _, s.After, err = l.engine.Rows(ctx, 1); err != nil {
		return fmt.Errorf("count the rows: %w", err)
	}
	// Two sweeps at once share the rows. Only one that removed as many as there were removed each of them.
	if !before.Unseen && removed == before.Lost {
		for _, r := range before.Rows {
			if r.Expired {
				r.Swept, r.Ticks, r.State = true, false, "deleted by this sweep"
				s.Rows = append(s.Rows, r)
			}
		}
	}
	return xray.From(ctx).SetDetail("clear-expired", s)
}

// swept is what the sweep of x found out; nil for any other exchange.
func swept(x *xray.Exchange) *sweep {
	var s sweep
	if !x.Detail.Decode("clear-expired", &s) {
		return nil
	}
	return &s
}
