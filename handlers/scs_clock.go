package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"sessionlab/handlers/bench"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// The times of the experiment. A session lives a day, and may be idle for an hour, elsewhere.
const (
	clockIdle = 400 * time.Millisecond
	clockLife = time.Second
	clockStep = 150 * time.Millisecond // between two reads
	clockMost = 10                     // reads
)

// readUser only reads.
func (a scsApp) readUser(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "%#v", a.sessions.Get(r.Context(), "user"))
}

// putAgain stores, and says when the session ends.
func (a scsApp) putAgain(w http.ResponseWriter, r *http.Request) {
	a.sessions.Put(r.Context(), "user", "aman")
	fmt.Fprint(w, left(a.sessions.Deadline(r.Context())))
}

// endInAnHour moves the end of the life itself.
func (a scsApp) endInAnHour(w http.ResponseWriter, r *http.Request) {
	a.sessions.SetDeadline(r.Context(), time.Now().Add(time.Hour))
	fmt.Fprint(w, left(a.sessions.Deadline(r.Context())))
}

// tryClock has a browser log in and then read, again and again, until it is out.
func (l *Lab) tryClock(ctx context.Context, _ url.Values) error {
	return onBench(ctx, "scs-clock", func(b *bench.Bench, ran *scsRan) error {
		b.Sessions.Lifetime, b.Sessions.IdleTimeout = clockLife, clockIdle
		app, me, nobody := newSCSApp(b), b.Browser(), b.Browser()
		handle(b, "POST /login", app.putAgain)
		handle(b, "GET /read", app.readUser)
		x, err := me.Do("POST /login")
		if err != nil {
			return err
		}
		start := x.At
		ran.stair(x, start, "Log in")
		for i := 1; i <= clockMost && x.Token != "" && (i == 1 || x.Known); i++ {
			if err := b.Wait(time.Until(start.Add(time.Duration(i) * clockStep))); err != nil {
				return err
			}
			if x, err = me.Do("GET /read"); err != nil {
				return err
			}
			ran.stair(x, start, "Read")
		}
		ran.About = 2
		ran.noteClock()
		rows := app.rows()
		if _, err := nobody.Do("GET /read"); err != nil {
			return err
		}
		ran.note("a read without a cookie: rows", "%d → %d", rows, app.rows())
		ran.note("and its cookie", "%s", held(nobody, ""))
		return nil
	})
}

// stair notes when a request of the clock came, and when its row was to end then.
func (r *scsRan) stair(x *xray.Exchange, start time.Time, what string) {
	s := view.Stair{What: what, At: x.At.Sub(start), Reads: x.Method == http.MethodGet}
	for _, step := range x.Steps {
		if step.Kind == xray.Commit && len(step.Statements) > 0 {
			// The end as it went to SQLite, which keeps it to the millisecond.
			end, err := time.Parse("2006-01-02T15:04:05.999", step.Statements[0].Args[2])
			s.Found, s.End = err == nil, end.Sub(start)
		}
	}
	r.Stairs = append(r.Stairs, s)
}

// noteClock says what the reads did.
func (r *scsRan) noteClock() {
	saved, moved := 0, 0
	for i, s := range r.Stairs {
		if s.Reads && s.Found {
			saved++
			if s.End-r.Stairs[i-1].End > clockStep/3 {
				moved++
			}
		}
	}
	r.note("reads that saved the row", "%d", saved)
	r.note("reads that moved its end", "%d", moved)
	r.note("it was over", "%s", r.clockEnd())
}

// clockEnd is what ended the session of the clock: life, idle or never; late where a request came so late,
// on a machine with too much to do, that nothing can be said.
func (r *scsRan) clockEnd() string {
	last := r.Stairs[len(r.Stairs)-1]
	switch {
	case last.Found:
		return "never"
	case last.At-r.Stairs[len(r.Stairs)-2].At >= clockIdle:
		return "late"
	case last.At >= clockLife:
		return "life"
	}
	return "idle"
}

// tryLife has a browser store again and again, without an idle time.
func (l *Lab) tryLife(ctx context.Context, _ url.Values) error {
	return onBench(ctx, "scs-life", func(b *bench.Bench, ran *scsRan) error {
		ran.About = 2
		app, me := newSCSApp(b), b.Browser()
		handle(b, "POST /put", app.putAgain)
		handle(b, "POST /deadline", app.endInAnHour)
		handle(b, "GET /read", app.readUser)
		first, err := me.Do("POST /put")
		if err != nil {
			return err
		}
		if err := b.Wait(60 * time.Millisecond); err != nil {
			return err
		}
		ran.stair(first, first.At, "Put")
		again, err := me.Do("POST /put")
		if err != nil {
			return err
		}
		ran.stair(again, first.At, "Put")
		ran.note("between the two Puts", "%d ms", ran.Stairs[1].At.Milliseconds())
		ran.note("the row's end moved by", "%d ms", (ran.Stairs[1].End - ran.Stairs[0].End).Milliseconds())
		ran.Stairs = nil
		if err := ran.ask("SetDeadline(now + 1 h): it ends in", me, "POST /deadline"); err != nil {
			return err
		}
		x, err := me.Do("GET /read")
		if err != nil {
			return err
		}
		ran.note("a read saved the row", "%t", x.Asked(xray.Commit))
		return nil
	})
}

var scsClockLesson = &Lesson{
	Group: "In SCS", Name: "scs-clock", Short: "Life and idle time",
	Title: "Life and idle time", Call: "Lifetime, IdleTimeout",
	Django: `SESSION_COOKIE_AGE = 1209600          # from the last save on
SESSION_SAVE_EVERY_REQUEST = True     # so that reads count too
# Django has no end that a save cannot move`,
	Funcs: []string{"putAgain", "readUser", "endInAnHour"},
	Curl: []string{
		"-L -d card=scs-life BASE/scs-clock/life | grep -o '<output.*/output>'",
		"-L -d card=scs-clock BASE/scs-clock | grep -o '<output.*/output>'",
	},
	Cards: []Card{lifeCard, clockCard, liveCard},
}

var lifeCard = Card{
	ID: "scs-life", Title: "Lifetime", Paths: []string{"/scs-clock/life"},
	Ask: "`Lifetime` is 24 hours. A session is saved now, and once more later. When does it end?",
	Options: []Option{
		{"sliding", "24 hours after the last save, as in Django"},
		{"fixed", "24 hours after the first save"},
		{"never", "Never, as long as somebody stores something each day"},
	},
	Observe: func(r Run) string {
		ran := ranSCS(r.Record, "scs-life")
		switch ran.came("the row's end moved by") {
		case "":
			return ""
		case "0 ms":
			return "fixed"
		}
		return "sliding"
	},
	Headline: func(r Run) string {
		ran := ranSCS(r.Record, "scs-life")
		if ran == nil {
			return ""
		}
		return "Saved again after " + ran.came("between the two Puts") + ", its end moved by " +
			ran.came("the row's end moved by") + "."
	},
	Because: "SCS sets the deadline when the session begins, and keeps it with the values. A save writes it " +
		"again as it is. Only `SetDeadline`, `RenewToken` and `MergeSession` change it.",
}

var clockCard = Card{
	ID: "scs-clock", Title: "And an idle time", Paths: []string{"/scs-clock"},
	Ask: "Life 1 s, idle time 0.4 s. A browser logs in, and then reads every 0.15 s, without end. When is " +
		"it out?",
	Options: []Option{
		{"never", "Never: each read starts the idle time again"},
		{"life", "When the life of 1 s is over"},
		{"idle", "0.4 s after the login: a read is no use of it"},
	},
	Observe: func(r Run) string {
		ran := ranSCS(r.Record, "scs-clock")
		if came := ran.came("it was over"); came == "never" || came == "life" || came == "idle" {
			return came
		}
		return ""
	},
	Headline: func(r Run) string {
		ran := ranSCS(r.Record, "scs-clock")
		if ran == nil || len(ran.Stairs) == 0 {
			return ""
		}
		last := ran.Stairs[len(ran.Stairs)-1]
		if last.Found {
			return fmt.Sprintf("After %d ms it was still in.", last.At.Milliseconds())
		}
		return fmt.Sprintf("The read at %d ms found nothing.", last.At.Milliseconds())
	},
	Because: "With an idle time every request saves the row, a read too, and moves its end. But never beyond " +
		"the life, which no request moves.",
	Lacking: "The machine had so much to do that a read came after the idle time. Run it again.",
	Onward:  "An idle time logs out who left. A life logs out who stole.",
}
