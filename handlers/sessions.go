package handlers

import (
	"context"
	"fmt"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// table is a page of the store's rows as a visitor may see it.
type table struct {
	Rows    []tableRow
	Total   int
	Expired int // among Rows
}

type tableRow struct {
	Token   string // masked, unless it is the visitor's own
	Mine    bool
	Size    int
	Expires string
	Expired bool
}

// table lists at most limit rows, the latest expiry first. Other visitors' tokens are masked and
// nobody's values are shown.
func (l *Lab) table(ctx context.Context, limit int) (table, error) {
	rows, total, err := l.engine.Rows(ctx, limit)
	if err != nil {
		return table{}, fmt.Errorf("list sessions: %w", err)
	}
	t := table{Total: total}
	mine := l.sessions.Token(ctx)
	for _, row := range rows {
		t.Rows = append(t.Rows, newTableRow(row, mine, l.now()))
		if !row.Expiry.After(l.now()) {
			t.Expired++
		}
	}
	return t, nil
}

func newTableRow(row engine.Row, mine string, now time.Time) tableRow {
	r := tableRow{Token: row.Token, Mine: mine != "" && row.Token == mine, Size: row.Size,
		Expires: row.Expiry.Local().Format(timeOfDay), Expired: !row.Expiry.After(now)}
	if !r.Mine {
		r.Token = xray.Mask(row.Token)
	}
	return r
}

// sessionsPageData is the data of sessions.html.
type sessionsPageData struct {
	*page
	Table table
}

// sessionsPage shows the table as the server sees it, one page of it however long it is.
func (l *Lab) sessionsPage(ctx context.Context, p *page) (any, error) {
	t, err := l.table(ctx, 50)
	return sessionsPageData{p, t}, err
}
