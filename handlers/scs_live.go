package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"sessionlab/handlers/bench"
	"sessionlab/handlers/engine"
	"sessionlab/handlers/notebook"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// The live clock: a session under SCS with an idle time and a life, in the visitor's own time. Each press is
// one request. Between two presses its row rests in the notebook, so every copy of the lab can go on with it.

const (
	liveIdle  = 20 * time.Second
	liveLife  = time.Minute
	liveBack  = 15 * time.Second // of the page's shortcut
	liveSteps = 10               // that are drawn
)

// liveRequests are what the buttons send.
var liveRequests = map[string]struct{ request, what string }{
	"login": {"POST /login", "Log in"}, "read": {"GET /read", "Read"}, "write": {"POST /login", "Write"},
	"deadline": {"POST /deadline", "SetDeadline"}, "destroy": {"POST /destroy", "Destroy"},
}

// endInAMinute moves the end of the life.
func (a scsApp) endInAMinute(_ http.ResponseWriter, r *http.Request) {
	a.sessions.SetDeadline(r.Context(), time.Now().Add(liveLife))
}

// destroyIt ends the session.
func (a scsApp) destroyIt(w http.ResponseWriter, r *http.Request) {
	if err := a.sessions.Destroy(r.Context()); err != nil {
		a.sessions.ErrorFunc(w, r, err)
	}
}

// tryLive sends one request with the cookie of the clock, or moves its row's end back.
func (l *Lab) tryLive(ctx context.Context, form url.Values) error {
	do := form.Get("do")
	next, ok := liveRequests[do]
	if !ok && do != "back" {
		return badInput("No such request", "The clock knows login, read, write, deadline, destroy and back.")
	}
	clock := l.clockOf(ctx)
	if do == "login" || clock == nil {
		clock = &notebook.Clock{}
	}
	return onBench(ctx, "scs-live", func(b *bench.Bench, ran *scsRan) error {
		b.Sessions.Lifetime, b.Sessions.IdleTimeout = liveLife, liveIdle
		b.Sessions.Cookie.Name = "scs_clock"
		app, me := newSCSApp(b), b.Browser()
		handle(b, "POST /login", app.putAgain)
		handle(b, "GET /read", app.readUser)
		handle(b, "POST /deadline", app.endInAMinute)
		handle(b, "POST /destroy", app.destroyIt)
		live := liveRun{clock: *clock, bench: b, ran: ran}
		if err := live.resume(ctx, me); err != nil {
			return err
		}
		if do == "back" {
			return live.age(ctx)
		}
		x, err := me.Do(next.request)
		if err != nil {
			return err
		}
		return live.keep(x, next.what)
	})
}

// liveRun is one press.
type liveRun struct {
	clock notebook.Clock
	bench *bench.Bench
	ran   *scsRan
	alone context.Context // without the record of the visitor's request
}

// resume puts the row where SCS looks for it, and the cookie into the browser.
func (r *liveRun) resume(ctx context.Context, me *bench.Browser) error {
	r.alone = engine.WithLog(ctx, new(engine.Log))
	if len(r.clock.Stairs) > 0 {
		if err := json.Unmarshal(r.clock.Stairs, &r.ran.Stairs); err != nil {
			return fmt.Errorf("read the steps of the clock: %w", err)
		}
	}
	if r.clock.ID == "" {
		return nil
	}
	me.Give(r.clock.ID)
	if r.clock.Data == nil {
		return nil
	}
	return r.bench.Store.CommitCtx(r.alone, r.clock.ID, r.clock.Data, r.clock.Ends)
}

// age moves the row's end back, which is a shortcut of the page and no request.
func (r *liveRun) age(ctx context.Context) error {
	said, err := r.bench.Store.Age(r.alone, r.clock.ID, liveBack)
	if err != nil {
		return err
	}
	was, now := r.clock.Ends, xray.From(ctx).At
	if r.clock.Began.IsZero() {
		r.clock.Began = now
	}
	if err := r.take(); err != nil {
		return err
	}
	r.ran.note(said.Text, "%s changed", view.Rows(int(said.Rows)))
	if said.Rows > 0 {
		r.ran.note("the row's end", "%s → %s", was.Local().Format(view.TimeOfDay),
			r.clock.Ends.Local().Format(view.TimeOfDay))
	}
	r.climb(view.Stair{What: "Moved back", At: now.Sub(r.clock.Began),
		End: r.clock.Ends.Sub(r.clock.Began), Found: said.Rows > 0})
	return nil
}

// keep takes the row into the notebook again, as the request left it.
func (r *liveRun) keep(x *xray.Exchange, what string) error {
	if r.clock.Began.IsZero() || !x.Known && x.Asked(xray.Commit) {
		r.clock.Began, r.ran.Stairs = x.At, nil // a session that begins
	}
	was := r.clock.Ends
	r.clock.ID = x.Token
	if err := r.take(); err != nil {
		return err
	}
	s := view.Stair{What: what, At: x.At.Sub(r.clock.Began), Reads: x.Method == http.MethodGet,
		Found: x.Token != "" && (x.Known || x.Asked(xray.Commit))}
	r.ran.note("a live session was found", "%t", x.Known)
	r.ran.note("the row was saved", "%t", x.Asked(xray.Commit))
	if s.Found {
		s.End = r.clock.Ends.Sub(r.clock.Began)
		if x.Known {
			r.ran.note("its end moved by", "%d s", int(r.clock.Ends.Sub(was).Round(time.Second).Seconds()))
		}
	}
	r.climb(s)
	return nil
}

// take reads the row of the session into the clock.
func (r *liveRun) take() error {
	row, found, err := r.bench.Store.Row(r.alone, r.clock.ID)
	if err != nil {
		return err
	}
	r.clock.Data, r.clock.Ends = nil, time.Time{}
	if found {
		r.clock.Data, r.clock.Ends = row.Data, row.Expiry
	}
	return nil
}

// climb adds a step, and gives the whole to the record.
func (r *liveRun) climb(s view.Stair) {
	r.ran.Stairs = append(r.ran.Stairs, s)
	r.ran.Stairs = r.ran.Stairs[max(0, len(r.ran.Stairs)-liveSteps):]
	r.clock.Stairs, _ = json.Marshal(r.ran.Stairs) // never fails: numbers and texts
	r.ran.Clock = &r.clock
}

// clockIn is the clock as x left it; nil where x is another exchange.
func clockIn(x *xray.Exchange) *notebook.Clock {
	if ran := ranSCS(x, "scs-live"); ran != nil {
		return ran.Clock
	}
	return nil
}

// clockOf is the clock in the notebook of the browser that sent the request of ctx; nil for none.
func (l *Lab) clockOf(ctx context.Context) *notebook.Clock {
	n, ok, err := l.notebooks.Read(ctx, l.notebookID(requestOf(ctx)))
	if l.missed(ctx, err) || !ok {
		return nil
	}
	return n.Clock
}

// needsClock is the need of a session of the clock that lives.
func needsClock() Need {
	return Need{
		What: "a session of its own, beside yours.",
		State: func(now Now) (string, bool) {
			if now.Clock == nil {
				return "None is alive.", false
			}
			return "It lives.", true
		},
		Prepare: Prepare{To: "/scs-clock/live", Button: "Log in", Fields: []Field{{"do", "login"}}},
	}
}

var liveCard = Card{
	ID: "scs-live", Title: "In your own time", Paths: []string{"/scs-clock/live"}, LandsAtRun: true,
	Needs: []Need{needsClock()},
	Ask: "Life 60 s, idle time 20 s. Wait a moment, then read. Nothing is stored. What becomes of the row's " +
		"end?",
	Options: []Option{
		{"stays", "It stays: a read saves nothing"},
		{"idle", "It moves: 20 s from now, but not beyond the life"},
		{"life", "It moves, and the life too: 60 s from now"},
	},
	Observe: func(r Run) string {
		ran := ranSCS(r.Record, "scs-live")
		if ran == nil || ran.Clock == nil || len(ran.Exchanges) != 1 || ran.Exchanges[0].Path != "/read" ||
			!ran.Exchanges[0].Known {
			return ""
		}
		if !ran.Exchanges[0].Asked(xray.Commit) {
			return "stays"
		}
		left := ran.Clock.Ends.Sub(ran.Exchanges[0].At)
		if left <= liveIdle+time.Second {
			return "idle"
		}
		return "life"
	},
	Headline: func(r Run) string {
		ran := ranSCS(r.Record, "scs-live")
		switch {
		case ran == nil || ran.Clock == nil:
			return ""
		case ran.came("its end moved by") == "":
			return "There was no live session."
		case ran.came("the row was saved") == "false":
			return "Nothing was written."
		}
		return "The row was saved, and its end moved by " + ran.came("its end moved by") + "."
	},
	Because: "The idle time marks every session that is found as modified, so a read saves as well. The " +
		"row's end is 20 s from then, or the end of the life, which stands in the data.",
	Lacking: "No live session was read. Log in above, then read within 20 seconds.",
	Onward:  "Read until the life is over, or wait until the idle time is.",
}
