package handlers

import (
	"context"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// table is a page of the store's rows as a visitor may see it.
type table struct {
	Rows      []tableRow
	Total     int
	Expired   int  // among Rows
	Elsewhere bool // the visitor has a row, and it is not among Rows
}

// tableRow is a row of the store as a visitor may see it.
type tableRow struct {
	Token   string // masked, unless it is the visitor's own
	Bars    string // the picture of the whole
	Mine    bool
	Size    int
	Expires string
	Expired bool
	Left    time.Duration // until its end; negative where that is past
	State   string        // what the page says of it
	Ticks   bool          // State tells seconds, which a script can count on
	Fresh   bool          // put in by the run on view
	Swept   bool          // removed by the run on view
}

// table lists at most limit rows, the latest expiry first. Other visitors' session IDs
// are masked and nobody's values are shown.
func (l *Lab) table(ctx context.Context, limit int) (table, error) {
	rows, total, err := l.engine.Rows(ctx, limit)
	if err != nil {
		return table{}, fmt.Errorf("list sessions: %w", err)
	}
	mine, now := l.sessions.Token(ctx), l.now()
	t := table{Total: total, Elsewhere: mine != ""}
	for _, row := range rows {
		r := newTableRow(row, mine, now)
		if r.Mine {
			t.Elsewhere = false
		}
		if r.Expired {
			t.Expired++
		}
		t.Rows = append(t.Rows, r)
	}
	return t, nil
}

// newTableRow is a row as the visitor who holds the session ID mine may see it: the ID
// is all that tells whose it is.
func newTableRow(row engine.Row, mine string, now time.Time) tableRow {
	r := tableRow{
		Token: row.Token, Bars: view.Bars(row.Token),
		Mine: mine != "" && row.Token == mine, Size: row.Size,
		Expires: endOf(row.Expiry, now), Expired: !row.Expiry.After(now),
		Left: row.Expiry.Sub(now),
	}
	if !r.Mine {
		r.Token = xray.Mask(row.Token)
	}
	return r
}

// Chip is its session ID as a chip.
func (r tableRow) Chip() template.HTML {
	style := ""
	if r.Expired {
		style = "gone"
	}
	return view.Masked(r.Token, style, r.Bars)
}

// endOf writes the end of a row as a time of day, with the date unless it is today.
func endOf(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format(view.TimeOfDay)
	}
	return t.Format("2 Jan 2006, " + view.TimeOfDay)
}

// inSight is how many rows a card shows at once: with more, what came out would be below the window.
const inSight = 5

// First are the rows that a card shows at once: where some are fresh, those and the visitor's own.
func (t table) First() []tableRow {
	most := min(inSight, len(t.Rows))
	if fresh := slices.IndexFunc(t.Rows, func(r tableRow) bool { return r.Fresh }); fresh >= 0 {
		others := slices.IndexFunc(t.Rows[fresh:], func(r tableRow) bool { return !r.Fresh })
		if others > 0 {
			most = min(most, fresh+others)
		}
	}
	return t.Rows[:most]
}

// Rest are the rows that it folds.
func (t table) Rest() []tableRow { return t.Rows[len(t.First()):] }

// withoutCookie is what the run of the lesson found out: requests that bring no cookie.
type withoutCookie struct {
	IDs           []string // of the rows that they made, masked
	Before, After int      // how many rows there were
}

// comeWithoutCookie are three requests that store a value and bring no cookie, as from
// curl without a cookie jar. Then it looks which rows are there.
func (l *Lab) comeWithoutCookie(ctx context.Context, _ url.Values) error {
	const visits = 3
	if err := l.admitStrangers(ctx, visits); err != nil {
		return err
	}
	_, before, err := l.engine.Rows(ctx, 1)
	if err != nil {
		return fmt.Errorf("count the rows: %w", err)
	}
	var ids []string
	for range visits {
		id, err := l.stranger(ctx, "without a cookie", l.settings.CookieAge)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	there, err := l.engine.Stamps(ctx, ids)
	if err != nil {
		return fmt.Errorf("look for the rows: %w", err)
	}
	found := withoutCookie{Before: before}
	for id := range there {
		found.IDs = append(found.IDs, xray.Mask(id))
	}
	if _, found.After, err = l.engine.Rows(ctx, 1); err != nil {
		return fmt.Errorf("count the rows: %w", err)
	}
	return xray.From(ctx).SetDetail("sessions", found)
}

// cameWithoutCookie is what that run found out; false for any other exchange.
func cameWithoutCookie(x *xray.Exchange) (found withoutCookie, ok bool) {
	ok = x.Detail.Decode("sessions", &found)
	return found, ok
}

// sessionsPageData is the data of sessions.html.
type sessionsPageData struct {
	scenePageData
	all table
}

// mostRows is how many rows the page lists: with 30 and a full session it is heavier than 60,000 bytes.
const mostRows = 20

// sessionsPage shows the table as the server sees it, one page of it however long it is.
func (l *Lab) sessionsPage(ctx context.Context, p *page) (any, error) {
	t, err := l.table(ctx, mostRows)
	return sessionsPageData{scenePageData{p, ctx, l}, t}, err
}

// Found is what the run on view found out; nil where another is on view.
func (d sessionsPageData) Found() *withoutCookie {
	if found, ok := cameWithoutCookie(d.shown); ok {
		return &found
	}
	return nil
}

// Table has the visitor's own row first, and then those of the run on view.
func (d sessionsPageData) Table() table {
	t, found := d.all, d.Found()
	t.Rows = slices.Clone(t.Rows)
	for i := range t.Rows {
		r := &t.Rows[i]
		r.Fresh = found != nil && !r.Mine && slices.Contains(found.IDs, r.Token)
		switch {
		case r.Mine:
			r.State = "this is you"
		case r.Expired:
			r.State = "expired, not swept yet"
		case r.Fresh:
			r.State = "new: it came without a cookie"
		default:
			r.State = "somebody else"
		}
	}
	rank := func(r tableRow) int {
		switch {
		case r.Mine:
			return 0
		case r.Fresh:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(t.Rows, func(a, b tableRow) int { return rank(a) - rank(b) })
	return t
}

// Mine reports whether one of the rows is the visitor's.
func (t table) Mine() bool {
	return t.Elsewhere || slices.ContainsFunc(t.Rows, func(r tableRow) bool { return r.Mine })
}

var sessionsLesson = &Lesson{
	Group: "Browser", Name: "sessions", Short: "Who is asking",
	Title: "All sessions, as the server sees them", Call: "Session.objects", WithB: true,
	Django: `from django.contrib.sessions.models import Session

for s in Session.objects.order_by('-expire_date')[:20]:
    print(s.session_key[:4], s.expire_date)`,
	Funcs: []string{"newTableRow", "stranger"},
	Curl:  []string{"-d key=visitor -d value=curl BASE/set"},

	Cards: []Card{{
		ID: "sessions", Paths: []string{"/sessions/visits"}, Beside: "/sessions/b#sessions-b", LandsAtRun: true,
		Needs: []Need{needsSession()},
		Ask: "`curl` keeps no cookies. It comes three times and stores a value each time. " +
			"How many rows are added?",
		Options: []Option{
			{"none", "No row"},
			{"one", "One: it is the same program each time"},
			{"three", "Three: one for each visit"},
		},
		Observe: func(r Run) string {
			found, ok := cameWithoutCookie(r.Record)
			if !ok || r.Refused {
				return ""
			}
			return map[int]string{0: "none", 1: "one", 3: "three"}[len(found.IDs)]
		},
		Headline: func(r Run) string {
			found, ok := cameWithoutCookie(r.Record)
			if !ok || r.Refused {
				return ""
			}
			if len(found.IDs) == 0 {
				return "No row added."
			}
			return view.Rows(len(found.IDs)) + " added. None of them is yours."
		},
		Because: "The session ID in the cookie is all that tells the server who asks. Without it each " +
			"visit was a new visitor, and got a row of its own.",
		Lacking: "The visits did not all take place. Run it again.",
		Onward:  "A second tab adds no row: it sends the same cookie.",
		InCookie: wording{
			Because: "Here a session is its cookie, and the server keeps no rows. It signed three " +
				"cookies, and forgot them.",
			Onward: "A second tab sends the same cookie."},
	}},
}
