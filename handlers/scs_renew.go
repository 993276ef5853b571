package handlers

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"sessionlab/handlers/bench"
)

// endSoon stores a user, and has the session end in ten seconds.
func (a scsApp) endSoon(_ http.ResponseWriter, r *http.Request) {
	a.sessions.Put(r.Context(), "user", "aman")
	a.sessions.SetDeadline(r.Context(), time.Now().Add(10*time.Second))
}

// renewID is what a login has to call.
func (a scsApp) renewID(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	before, rows := left(a.sessions.Deadline(ctx)), a.rows()
	err := a.sessions.RenewToken(ctx) // nothing is committed before the first byte
	after, between := left(a.sessions.Deadline(ctx)), a.rows()
	says(w, "ends in, before", before)
	says(w, "rows before", rows)
	says(w, "RenewToken", err)
	says(w, "ends in, after", after)
	says(w, "rows between RenewToken and Commit", between)
}

// tryRenew has a browser store a user, get a new ID, and somebody come with the old one.
func (l *Lab) tryRenew(ctx context.Context, _ url.Values) error {
	return onBench(ctx, "scs-renew", func(b *bench.Bench, ran *scsRan) error {
		ran.About = 2
		app, me, thief := newSCSApp(b), b.Browser(), b.Browser()
		handle(b, "POST /begin", app.endSoon)
		handle(b, "POST /renew", app.renewID)
		handle(b, "GET /get", app.get)
		if _, err := me.Do("POST /begin"); err != nil {
			return err
		}
		was := me.Holds()
		thief.Give(was)
		if err := ran.visit(me, "POST /renew"); err != nil {
			return err
		}
		ran.note("rows after", "%d", app.rows())
		ran.note("the browser holds", "%s", held(me, was))
		if err := ran.ask(`with the new ID: Get("user")`, me, "GET /get?key=user"); err != nil {
			return err
		}
		return ran.ask(`with the old ID: Get("user")`, thief, "GET /get?key=user")
	})
}

var scsRenewLesson = &Lesson{
	Group: "In SCS", Name: "scs-renew", Short: "RenewToken",
	Title: "RenewToken, and cycle_key", Call: "RenewToken",
	Django: `request.session.set_expiry(10)
request.session.cycle_key()   # a new ID; the values and the 10 s stay`,
	Funcs: []string{"endSoon", "renewID"},
	Curl:  []string{"-L -d card=scs-renew BASE/scs-renew | grep -o '<output.*/output>'"},
	Cards: []Card{{
		ID: "scs-renew", Paths: []string{"/scs-renew"},
		Ask: "A session ends in 10 seconds. You call `RenewToken`. When does it end?",
		Options: []Option{
			{"stays", "In 10 seconds: only the ID is new"},
			{"life", "In 24 hours: its life begins again"},
			{"now", "At once: a renewed session is an empty one"},
		},
		Observe: func(r Run) string {
			ran := ranSCS(r.Record, "scs-renew")
			switch {
			case ran == nil:
				return ""
			case ran.came(`with the new ID: Get("user")`) != `"aman"`:
				return "now"
			case ran.came("ends in, after") == ran.came("ends in, before"):
				return "stays"
			}
			return "life"
		},
		Headline: func(r Run) string {
			ran := ranSCS(r.Record, "scs-renew")
			if ran == nil {
				return ""
			}
			return "It was to end in " + ran.came("ends in, before") + ", and ends in " +
				ran.came("ends in, after") + " now."
		},
		Because: "`RenewToken` sets the deadline to now and `Lifetime`, whatever `SetDeadline` had said. The " +
			"values stay, and the old ID opens nothing.",
		Onward: "After `RenewToken`, call `SetDeadline` again.",
	}},
}
