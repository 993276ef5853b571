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
)

// clearExpired is Django's session.clear_expired(): it removes every row of the store
// that has expired, whoever it belonged to. sqlite3store would do this by itself every
// five minutes; that is switched off here, so that expired rows can be seen lying.
func (l *Lab) clearExpired(ctx context.Context, _ url.Values) error {
	before, err := l.graveyard(ctx)
	if err != nil {
		return err
	}
	removed, err := l.deleteExpired(ctx)
	if err != nil {
		return err
	}
	return l.noteSweep(ctx, before, removed)
}

// deleteExpired removes the expired rows, and returns how many there were.
func (l *Lab) deleteExpired(ctx context.Context) (removed int, err error) {
	removed, err = l.engine.DeleteExpired(ctx, l.now())
	if err != nil {
		return 0, fmt.Errorf("clear expired: %w", err)
	}
	return removed, nil
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
	Funcs: []string{"clearExpired", "deleteExpired", "plantRows", "stranger"},
	Curl: []string{
		"-d '' BASE/clear-expired/plant",
		"-s -L -d '' BASE/clear-expired | grep -m1 -oE '(No|[0-9]+) rows?( was)? removed'",
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
			{"deleted", "Gone: the store deletes it at its end"},
			{"lying", "Still there, but nobody can find it"},
			{"browser", "Gone: it went with the browser's cookie"},
		},
		Observe: whereExpiredRowsAre, Headline: sweepHeadline,
		Because: "An end is only a date. Reading skips rows whose date is past. The sweep " +
			"found them and deleted them.",
		Lacking: "No row had expired. Put some in above, or wait until one has expired. Then run it again.",
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
