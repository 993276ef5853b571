package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/bench"
	"sessionlab/handlers/engine"
	"sessionlab/handlers/scenario"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// workSlowly is the code of a view that takes its time, and changes the session at its
// end.
func (l *Lab) workSlowly(ctx context.Context, _ url.Values) error {
	scenario.Meet(ctx) // in an experiment: until somebody has logged out
	l.sessions.Put(ctx, "report", "done")
	return nil
}

// login stores a user.
func (a raceApp) login(_ http.ResponseWriter, r *http.Request) {
	a.sessions.Put(r.Context(), "user", "Ann")
}

// slow takes its time, and changes the session at its end.
func (a raceApp) slow(_ http.ResponseWriter, r *http.Request) {
	a.meet(r) // until somebody has logged out
	a.sessions.Put(r.Context(), "report", "done")
}

// logout ends the session.
func (a raceApp) logout(w http.ResponseWriter, r *http.Request) {
	var err error
	switch r.FormValue("cure") {
	case "clear":
		err = a.sessions.Clear(r.Context())
	case "renew":
		err = a.sessions.RenewToken(r.Context())
	}
	if err = errors.Join(err, a.sessions.Destroy(r.Context())); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// user answers with who is logged in.
func (a raceApp) user(w http.ResponseWriter, r *http.Request) {
	fmt.Fprint(w, a.sessions.GetString(r.Context(), "user"))
}

// updatingStore saves a session that was found only where its row is there still.
type updatingStore struct {
	scs.CtxStore
	plain *engine.Plain
}

var errRowGone = errors.New("the session was deleted while the request ran")

// CommitCtx inserts what is new, and updates what was found.
func (s updatingStore) CommitCtx(ctx context.Context, token string, b []byte, end time.Time) error {
	if x := xray.From(ctx); !x.Known || token != x.Sent {
		return s.CtxStore.CommitCtx(ctx, token, b, end)
	}
	return s.updateRow(ctx, token, b, end.UTC().Format("2006-01-02T15:04:05.999"))
}

// updateRow saves a session whose row is there. An update of no row is an error.
func (s updatingStore) updateRow(
	ctx context.Context, token string, b []byte, end string,
) error {
	const update = "UPDATE sessions SET data = ?, expiry = julianday(?) WHERE token = ?"
	rows, err := s.plain.Exec(ctx, update, b, end, token)
	if err == nil && rows == 0 {
		return errRowGone
	}
	return err
}

// saveTooLate has Browser B log out while a request of its own is still at work, in the lab and on the bench.
func (l *Lab) saveTooLate(s *scene, _ url.Values) error {
	b, keeper := s.newB(), s.Browser("ID", xray.ByB, true)
	if _, err := b.Do("POST /set", "key", "user", "value", "Ann"); err != nil {
		return err
	}
	keeper.Give(b)
	m := scenario.NewMeeting(2, scenario.Longest)
	err := scenario.Together(
		func() error { _, err := b.DoAt(m, "POST /late-request/slow"); return err },
		func() error {
			m.Await(s) // the slow one has read the session
			_, err := b.Do("POST /flush")
			m.Arrive(s)
			return err
		})
	if err != nil {
		return err
	}
	if _, err := keeper.Do("GET /get", "key", "user"); err != nil {
		return err
	}
	return s.lateOnBench("")
}

// cureLate has a browser log out on the bench while a request of its own is still at work, with a cure.
func (l *Lab) cureLate(s *scene, form url.Values) error {
	if err := s.choose(lateCures, form, "log out"); err != nil {
		return err
	}
	return s.lateOnBench(s.ran.Choice)
}

// lateOnBench is the same on the bench: log in, a slow request, log out meanwhile, and one reads with the ID.
func (s *scene) lateOnBench(cure string) error {
	return s.onRaceBench(cure == "lock", func(b *bench.Bench, app raceApp) error {
		if cure == "update" {
			b.Sessions.Store = updatingStore{CtxStore: b.Sessions.Store.(scs.CtxStore), plain: b.Store}
		}
		handle(b, "POST /login", app.login)
		handle(b, "POST /slow", app.slow)
		handle(b, "POST /logout", app.logout)
		handle(b, "GET /user", app.user)
		me, keeper := b.Browser(), b.Browser()
		if _, err := me.Do("POST /login"); err != nil {
			return err
		}
		keeper.Give(me.Holds())
		err := scenario.Together(
			func() error { _, err := me.Do("POST /slow"); return err },
			func() error {
				app.meeting.Await(s)
				_, err := me.Do("POST /logout", "cure", cure)
				app.meeting.Arrive(s)
				return err
			})
		if err != nil {
			return err
		}
		_, err = keeper.Do("GET /user")
		return err
	})
}

var lateCures = []cure{
	{"clear", "Clear the values first", "session.clear(); session.flush()"},
	{"renew", "Make a new ID first", "session.cycle_key(); session.flush()"},
	{"lock", "One lock for each session", "with lock(key): the whole request"},
	{"update", "Save only where a row is there", "session.save(): UPDATE … WHERE session_key = …"},
}

var lateRequestLesson = &Lesson{
	Group: "At the same time", Name: "late-request", Short: "Late request",
	Title: "Late request", Call: "flush()", Scenes: true, View: noView,
	Django: `# SessionMiddleware, when a view has changed the session:
try:
    request.session.save()         # UPDATE, and no INSERT
except UpdateError:                # the row is gone
    raise SessionInterrupted(...)  # 400`,
	Funcs: []string{"workSlowly", "slow", "logout", "updateRow"},
	Curl:  []string{"-d key=user -d value=Ann BASE/set", "-X POST BASE/late-request/slow", "-X POST BASE/flush"},
	Cards: []Card{lateRequestCard, lateCureCard},
}

var lateRequestCard = Card{
	ID: "late-request", Title: "Log out while a request runs", Paths: []string{"/late-request"},
	Ask: "A slow request has read the session. Its user logs out: `flush()`. Then it saves. Is the session " +
		"there, with SCS and with Django?",
	Options: []Option{
		{"gone", "Gone with both"},
		{"back", "Back with both"},
		{"scs", "Back only with SCS"},
		{"new", "Back, under a new ID"},
	},
	Observe: func(r Run) string {
		v := ranBy(r.Record, "late-request").late()
		switch {
		case v == nil:
			return ""
		case v.Lab.NewID || v.SCS.NewID:
			return "new"
		case v.Lab.Back && v.SCS.Back:
			return "back"
		case v.SCS.Back:
			return "scs"
		case !v.Lab.Back:
			return "gone"
		}
		return ""
	},
	Headline: func(r Run) string {
		v := ranBy(r.Record, "late-request").late()
		says := map[bool]string{true: "the session is back", false: "it stays gone"}
		if v == nil {
			return ""
		}
		return "With SCS " + says[v.SCS.Back] + ". By this lab's rule " + says[v.Lab.Back] + "."
	},
	Because: "SCS saves what a request holds. Django asks first whether the row is still there, and answers " +
		"400: SessionInterrupted. This lab does as Django.",
	InCookie: wording{Because: "A signed cookie is good until its date. The server keeps nothing that could " +
		"be gone, so neither rule can refuse the save, nor the old cookie."},
}

var lateCureCard = Card{
	ID: "late-cure", Title: "What keeps it out", Paths: []string{"/late-request/cure"},
	Ask: "SCS by itself again. Choose a way below. Does the session stay gone?",
	Options: []Option{
		{"helps", "Yes: it stays gone"},
		{"back", "No: it is back"},
	},
	Observe: func(r Run) string {
		ran := ranBy(r.Record, "late-cure")
		if ran == nil {
			return ""
		}
		slow, out, read := wentTo(ran.Bench, "/slow"), wentTo(ran.Bench, "/logout"), wentTo(ran.Bench, "/user")
		switch {
		case len(slow) != 1 || len(out) != 1 || len(read) != 1 || !slow[0].Known: // it came after the logout
			return ""
		case !read[0].Known:
			return "helps"
		case answerTo(ran.Bench, "/user") != "":
			return "back"
		}
		return ""
	},
	Headline: func(r Run) string {
		ran := ranBy(r.Record, "late-cure")
		if ran == nil {
			return ""
		}
		slow := wentTo(ran.Bench, "/slow")
		if len(slow) != 1 {
			return ""
		}
		end := "nobody is logged in"
		if user := answerTo(ran.Bench, "/user"); user != "" {
			end = view.Quote(user) + " is logged in again"
		}
		return fmt.Sprintf("%s: %s. The slow request got %d.", cureNamed(lateCures, ran.Choice).Says, end,
			slow[0].Status)
	},
	Because: "The late request writes a whole row back, whatever was done to it meanwhile. What counts is " +
		"whether it can still write after the logout.",
	Onward: "Try the others, too, and look at what each of them takes.",
}
