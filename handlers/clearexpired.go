package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// clearExpired is Django's session.clear_expired(): it removes every row of the store
// that has expired, whoever it belonged to. sqlite3store would do this by itself every
// five minutes; that is switched off here, so that expired rows can be seen lying.
func (l *Lab) clearExpired(ctx context.Context, _ url.Values) error {
	before, err := l.graveyard(ctx)
	if err != nil {
		return err
	}
	removed, err := l.engine.DeleteExpired(ctx, l.now())
	if err != nil {
		return fmt.Errorf("clear expired: %w", err)
	}
	return l.noteSweep(ctx, before, removed)
}

// plantRows puts four rows into the store that expire within seconds, so that one can
// see them expire. Nobody holds their session IDs.
func (l *Lab) plantRows(ctx context.Context, _ url.Values) error {
	if kind := l.engine.Kind(); !kind.Lies {
		return &pageError{status: http.StatusConflict, title: "Nothing can be planted",
			text: fmt.Sprintf("This server runs on %s, where an expired session does "+
				"not lie about: it is %s.", kind.Label, kind.Keeps),
			next: "The lesson Storage compares the engines. Start the lab on SQLite " +
				"to see expired rows."}
	}
	lives := []time.Duration{2, 5, 8, 14} // seconds
	if err := l.admitStrangers(ctx, len(lives)); err != nil {
		return err
	}
	for _, life := range lives {
		if _, err := l.stranger(ctx, "forgotten", life*time.Second); err != nil {
			return err
		}
	}
	return nil
}

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

// graveyard looks at the latest two hundred rows and picks from them: the visitor's own first, then those that
// expire within seconds or have expired, and then a few others.
func (l *Lab) graveyard(ctx context.Context) (graveyard, error) {
	t, err := l.table(ctx, 200)
	if err != nil {
		return graveyard{}, err
	}
	g := graveyard{table: table{Total: t.Total, Expired: t.Expired}, Lost: t.Expired,
		Unseen: t.Total > len(t.Rows)}
	rows := slices.Clone(t.Rows)
	slices.SortStableFunc(rows, func(a, b tableRow) int { return a.place() - b.place() })
	const living, dead = 5, 20
	alive, expired := 0, 0
	for _, r := range rows {
		counted, most := &alive, living
		if r.place() == nearItsEnd {
			counted, most = &expired, dead
		}
		if *counted++; *counted > most && !r.Mine {
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
	Before, After int        // how many rows there were
	Rows          []tableRow // those that it removed, of the ones on the visitor's page; nil where that is not sure
	Mine          bool       // the visitor has a row, and it had not expired
	Lies          bool       // whether expired rows lie about in this store
	InCookie      bool
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

// clearExpiredPageData is the data of clear-expired.html.
type clearExpiredPageData struct {
	*page
	Store engine.Kind
}

func (l *Lab) clearExpiredPage(ctx context.Context, p *page) (any, error) {
	g, err := l.graveyard(ctx)
	if err != nil {
		return nil, err
	}
	p.table = &g
	return clearExpiredPageData{p, l.engine.Kind()}, nil
}

// Table is the table now, with what the sweep on view took from it.
func (d clearExpiredPageData) Table() graveyard {
	g := *d.table
	if g.Sweep = swept(d.shown); g.Sweep != nil {
		own := 0
		if len(g.Rows) > 0 && g.Rows[0].Mine {
			own = 1
		}
		g.Rows = slices.Insert(slices.Clone(g.Rows), own, g.Sweep.Rows...)
	}
	return g
}

// expiredRows is the need of rows that have expired, or will soon.
func expiredRows() Need {
	return Need{
		What: "rows that expire.",
		State: func(now Now) (string, bool) {
			switch n := now.Rows.Lost + now.Rows.Soon; {
			case n > 0:
				return fmt.Sprintf("The table has %d.", n), true
			case now.Rows.Unseen:
				return "None among the 200 that end last. This page looks no further, and a sweep does.", true
			}
			return "The table has none.", false
		},
		Prepare:   Prepare{To: "/clear-expired/plant", Button: "Put in 4 rows"},
		Whenever:  true,
		OfExpired: true,
	}
}

var clearExpiredLesson = &Lesson{
	Group: "Ending", Name: "clear-expired", Short: "Clear expired",
	Title: "Sweep what has expired", Call: "clear_expired()",
	Django: `request.session.clear_expired()

# normally from the shell, or cron:
#   python manage.py clearsessions`,
	Funcs: []string{"clearExpired", "plantRows", "stranger"},
	Curl: []string{
		"-d '' BASE/clear-expired/plant",
		"-s -L -d '' BASE/clear-expired | grep -m1 -o '[0-9]* rows* removed'",
	},
	Effects: []Effect{
		{Call: "clear_expired()", InNotes: true,
			Values: Cell{"same", "same"}, Row: Cell{"everybody's expired rows deleted", "gone"},
			Token: Cell{"same", "same"}, Cookie: Cell{"not sent", "same"}},
	},

	Cards: []Card{{
		ID: "clear-expired", Paths: []string{"/clear-expired"}, LandsAtRun: true,
		Needs: []Need{expiredRows()},
		Ask:   "A session expired two minutes ago, and nobody has swept. Where is its row?",
		Options: []Option{
			{"deleted", "Gone: the store deletes a row when its time is up"},
			{"lying", "Still there, but nobody can find it"},
			{"browser", "Gone: it went together with the browser's cookie"},
		},
		Observe: whereExpiredRowsAre, Headline: sweepHeadline,
		Because: "An end is only a date in a column. Reading skips rows whose date is past. The sweep " +
			"found them and deleted them.",
		Lacking: "No row had expired, so the sweep found none. Put in 4 rows, wait a few seconds, and run it.",
		Onward:  "From the shell: `python manage.py clearsessions`",
		NoneLies: wording{Because: "This store deletes each session by itself when its time is up. So " +
			"the sweep found nothing, and never will.",
			Onward: "Start the lab on SQLite, and rows lie about until a sweep."},
		InCookie: wording{Ask: "A session expired two minutes ago, and nobody has swept. Where are its values?",
			Because: "The session was the cookie itself, and the browser dropped it at its end. The server " +
				"keeps no rows, so a sweep finds nothing.",
			Onward: "Start the lab on SQLite, and rows lie about until a sweep."},
	}},
}

// whereExpiredRowsAre judges a sweep. What it removed had expired before it, and was still there.
func whereExpiredRowsAre(r Run) string {
	switch s := swept(r.Record); {
	case s == nil || r.Refused:
		return ""
	case s.Removed > 0:
		return "lying"
	case s.InCookie:
		return "browser"
	case !s.Lies:
		return "deleted"
	}
	return ""
}

func sweepHeadline(r Run) string {
	s := swept(r.Record)
	if s == nil || r.Refused {
		return ""
	}
	says := "No row was removed."
	if s.Removed > 0 {
		says = view.Rows(s.Removed) + " removed."
	}
	if s.Mine && !s.InCookie {
		says += " Yours was not touched."
	}
	return says
}
