package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/limits"
	"sessionlab/handlers/xray"
)

// clearExpired is Django's session.clear_expired(): it removes every row of the store
// that has expired, whoever it belonged to. sqlite3store would do this by itself every
// five minutes; that is switched off here, so that expired rows can be seen lying.
func (l *Lab) clearExpired(ctx context.Context, _ url.Values) error {
	n, err := l.engine.DeleteExpired(ctx, l.now())
	if err != nil {
		return fmt.Errorf("clear expired: %w", err)
	}
	returns(ctx, n)
	return nil
}

// plantExpired puts three rows into the store that expired a few minutes ago, for
// clearExpired to find. Nobody holds their tokens.
func (l *Lab) plantExpired(ctx context.Context, _ url.Values) error {
	if kind := l.engine.Kind(); !kind.Lies {
		return &pageError{status: http.StatusConflict, title: "Nothing can be planted",
			text: fmt.Sprintf("This server runs on %s, where an expired session does "+
				"not lie about: it is %s.", kind.Label, kind.Keeps),
			next: "The lesson Storage compares the engines. Start the lab on SQLite " +
				"to see expired rows."}
	}
	v := ctx.Value(visitKey{}).(*visit)
	more := limits.Growth{IDs: 3, Rows: 3, Bytes: 3 * plantedBytes}
	if err := l.room.Admit(v.address, more); err != nil {
		return err
	}
	for i := range 3 {
		expiry := l.now().Add(-time.Duration(i+1) * time.Minute)
		demo := map[string]any{"demo": fmt.Sprintf("forgotten visitor %d", i+1)}
		data, err := xray.Codec.Encode(expiry, demo)
		if err != nil {
			return fmt.Errorf("plant expired: %w", err)
		}
		if err := l.engine.Plant(ctx, newID(), data, expiry); err != nil {
			return fmt.Errorf("plant expired: %w", err)
		}
		l.room.Add(1, len(data))
	}
	return nil
}

// plantedBytes is about what a planted row holds.
const plantedBytes = 100

// clearExpiredPageData is the data of clear-expired.html.
type clearExpiredPageData struct {
	*page
	Store engine.Kind
	Table graveyard
}

// graveyard is what the lesson shows of the table: the visitor's own row, the expired ones, and a few
// that live, so that a full class does not hide the dead.
type graveyard struct {
	table
	Left   int  // rows that are not shown
	Unseen bool // whether there are rows that were not looked at: those that ended first
}

// clearExpiredPage looks at the latest two hundred rows and picks from them.
func (l *Lab) clearExpiredPage(ctx context.Context, p *page) (any, error) {
	t, err := l.table(ctx, 200)
	if err != nil {
		return nil, err
	}
	const living, dead = 5, 20
	g := graveyard{table: table{Total: t.Total}}
	alive := 0
	for _, row := range t.Rows {
		switch {
		case row.Mine:
		case row.Expired && g.Expired < dead:
			g.Expired++
		case !row.Expired && alive < living:
			alive++
		default:
			continue
		}
		g.Rows = append(g.Rows, row)
	}
	g.Left, g.Unseen = g.Total-len(g.Rows), g.Total > len(t.Rows)
	return clearExpiredPageData{p, l.engine.Kind(), g}, nil
}

var clearExpiredLesson = &Lesson{
	Group: "Ending", Name: "clear-expired", Short: "Clear expired",
	Title: "Sweep what has expired", Call: "clear_expired()",
	Django: `request.session.clear_expired()

# normally from the shell, or cron:
#   python manage.py clearsessions`,
	Funcs: []string{"clearExpired", "plantExpired"},
	Curl: []string{
		"-d '' BASE/clear-expired/plant",
		"-s -L -d '' BASE/clear-expired | grep -o '<output.*/output>'",
	},
	Effects: []Effect{
		{Call: "clear_expired()", InNotes: true,
			Values: Cell{"same", "same"}, Row: Cell{"everybody's expired rows deleted", "gone"},
			Token: Cell{"same", "same"}, Cookie: Cell{"not sent", "same"}},
	},

	Cards: []Card{{
		ID:  "clear-expired",
		Ask: "A session expired two minutes ago, and nobody has swept. Where is its row?",
		Options: []Option{
			{"deleted", "Gone: the store deletes a row when its time is up"},
			{"lying", "Still in the table, and found by nobody"},
			{"browser", "Gone: the browser had it deleted together with the cookie"},
		},
		// What a sweep removed had expired before it, and was still there.
		Observe: func(r Run) string {
			for _, step := range r.Record.Steps {
				if step.Kind == xray.Sweep && step.Rows > 0 {
					return "lying"
				}
			}
			return ""
		},
		Because: "Expiry is only a date in a column, and reading skips rows whose date is past. The sweep " +
			"that you ran found them and removed them.",
	}},
}
