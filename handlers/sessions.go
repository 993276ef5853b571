package handlers

import (
	"context"
	"fmt"
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

type tableRow struct {
	Token   string // masked, unless it is the visitor's own
	Mine    bool
	Size    int
	Expires string
	Expired bool
}

// table lists at most limit rows, the latest expiry first. Other visitors' tokens are
// masked and nobody's values are shown.
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

func newTableRow(row engine.Row, mine string, now time.Time) tableRow {
	r := tableRow{
		Token: row.Token, Mine: mine != "" && row.Token == mine, Size: row.Size,
		Expires: endOf(row.Expiry, now), Expired: !row.Expiry.After(now),
	}
	if !r.Mine {
		r.Token = xray.Mask(row.Token)
	}
	return r
}

// endOf writes the end of a row as a time of day, with the date unless it is today.
func endOf(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format(view.TimeOfDay)
	}
	return t.Format("2 Jan 2006, " + view.TimeOfDay)
}

// sessionsPageData is the data of sessions.html.
type sessionsPageData struct {
	*page
	Table table
}

// sessionsPage shows the table as the server sees it, one page of it however long it is. With ?count
// the number of all rows is the result.
func (l *Lab) sessionsPage(ctx context.Context, p *page) (any, error) {
	t, err := l.table(ctx, 50)
	if err == nil && p.Query.Has("count") {
		returns(ctx, t.Total)
	}
	return sessionsPageData{p, t}, err
}

var sessionsLesson = &Lesson{
	Group: "Browser", Name: "sessions", Short: "Who is asking",
	Title: "All sessions, as the server sees them", Call: "Session.objects",
	Django: `from django.contrib.sessions.models import Session

for s in Session.objects.order_by('-expire_date')[:50]:
    print(s.session_key[:4], s.expire_date)`,
	Funcs: []string{"table", "newTableRow"},
	Curl:  []string{"BASE/sessions"},
}
