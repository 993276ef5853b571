package handlers

import (
	"bytes"
	"context"
	"net/http"
	"net/url"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/bench"
)

// commitByHand does what LoadAndSave does around a handler, but for the last step.
func (a scsApp) commitByHand(w http.ResponseWriter, r *http.Request) {
	ctx, err := a.sessions.Load(r.Context(), "") // "": no cookie came
	says(w, "Load", err)
	says(w, "Status after Load", status(a.sessions.Status(ctx)))
	a.sessions.Put(ctx, "user", "aman")
	says(w, "Status after Put", status(a.sessions.Status(ctx)))
	says(w, "the ID, before Commit", a.sessions.Token(ctx))
	token, expiry, err := a.sessions.Commit(ctx)
	says(w, "Commit", err)
	says(w, "the ID has characters", len(token))
	says(w, "it ends in", left(expiry))
}

// writeByHand does the last step too, before the first byte.
func (a scsApp) writeByHand(w http.ResponseWriter, r *http.Request) {
	ctx, err := a.sessions.Load(r.Context(), "")
	if err != nil {
		a.sessions.ErrorFunc(w, r, err)
		return
	}
	a.sessions.Put(ctx, "user", "aman")
	token, expiry, err := a.sessions.Commit(ctx)
	if err != nil {
		a.sessions.ErrorFunc(w, r, err)
		return
	}
	a.sessions.WriteSessionCookie(ctx, w, token, expiry)
}

// tryByHand has browsers come to an application without LoadAndSave.
func (l *Lab) tryByHand(ctx context.Context, _ url.Values) error {
	return onBench(ctx, "scs-steps", func(b *bench.Bench, ran *scsRan) error {
		ran.About = 1
		b.Middleware = func(next http.Handler) http.Handler { return next }
		app, me := newSCSApp(b), b.Browser()
		handle(b, "POST /commit", app.commitByHand)
		handle(b, "POST /write", app.writeByHand)
		handle(b, "GET /forgotten", app.get)
		if err := ran.visit(me, "POST /commit"); err != nil {
			return err
		}
		ran.note("rows after Commit", "%d", app.rows())
		ran.note("the browser holds", "%s", held(me, ""))
		if _, err := me.Do("POST /write"); err != nil {
			return err
		}
		ran.note("after WriteSessionCookie it holds", "%s", held(me, ""))
		return ran.ask("Get without Load", me, "GET /forgotten?key=user")
	})
}

// destroyAndPut logs out, and leaves a message for the next page.
func (a scsApp) destroyAndPut(w http.ResponseWriter, r *http.Request) {
	ctx, old := r.Context(), a.sessions.Token(r.Context())
	var said bytes.Buffer // the answer has to wait: see the lesson on late writes
	says(&said, "Status at first", status(a.sessions.Status(ctx)))
	says(&said, "Destroy", a.sessions.Destroy(ctx))
	says(&said, "Status after Destroy", status(a.sessions.Status(ctx)))
	says(&said, "the ID after Destroy", a.sessions.Token(ctx))
	again, err := a.sessions.Load(ctx, old) // this request has its session already
	says(&said, "Load of the old ID", err)
	says(&said, `it gives: Get("user")`, a.sessions.Get(again, "user"))
	a.sessions.Put(ctx, "message", "Goodbye")
	says(&said, "Status after Put", status(a.sessions.Status(ctx)))
	w.Write(said.Bytes())
}

// clearNothing empties a session that is empty.
func (a scsApp) clearNothing(w http.ResponseWriter, r *http.Request) {
	a.sessions.Clear(r.Context())
	says(w, "Status after Clear of nothing", status(a.sessions.Status(r.Context())))
}

// status is one of SCS's in the words of its source.
func status(s scs.Status) string {
	return [...]string{"Unmodified", "Modified", "Destroyed"}[s]
}

// tryDestroyAndPut has a browser log in, and log out with a message.
func (l *Lab) tryDestroyAndPut(ctx context.Context, _ url.Values) error {
	return onBench(ctx, "scs-destroy-put", func(b *bench.Bench, ran *scsRan) error {
		ran.About = 2
		app, me, newcomer := newSCSApp(b), b.Browser(), b.Browser()
		handle(b, "POST /put", app.put)
		handle(b, "POST /logout", app.destroyAndPut)
		handle(b, "POST /clear", app.clearNothing)
		handle(b, "GET /get", app.get)
		if _, err := me.Do("POST /put", "key", "user", "value", "aman"); err != nil {
			return err
		}
		was := me.Holds()
		if err := ran.visit(me, "POST /logout"); err != nil {
			return err
		}
		ran.note("rows after", "%d", app.rows())
		ran.note("the browser holds", "%s", held(me, was))
		for _, key := range []string{"user", "message"} {
			if err := ran.ask("the next request: "+key, me, "GET /get?key="+key); err != nil {
				return err
			}
		}
		return ran.visit(newcomer, "POST /clear")
	})
}

var scsStepsLesson = &Lesson{
	Group: "In SCS", Name: "scs-steps", Short: "By hand",
	Title: "The middleware in slow motion", Call: "Load, Status, Commit",
	Django: `from django.contrib.sessions.backends.db import SessionStore

s = SessionStore()      # in a shell, or a test: no middleware, no cookie
s['user'] = 'aman'
s.save()                # now s.session_key is there`,
	Funcs: []string{"commitByHand", "writeByHand", "destroyAndPut"},
	Curl: []string{
		"-L -d card=scs-steps BASE/scs-steps | grep -o '<output.*/output>'",
		"-L -d card=scs-destroy-put BASE/scs-steps/destroy | grep -o '<output.*/output>'",
	},
	Cards: []Card{stepsCard, destroyPutCard},
}

var stepsCard = Card{
	ID: "scs-steps", Title: "Without LoadAndSave", Paths: []string{"/scs-steps"},
	Ask: "A handler calls `Load`, `Put` and `Commit` by itself, without the middleware. What is there after it?",
	Options: []Option{
		{"both", "A row, and the cookie in the browser"},
		{"row", "A row, and no cookie"},
		{"cookie", "A cookie, and no row"},
		{"panic", "Nothing: without the middleware it panics"},
	},
	Observe: func(r Run) string {
		ran := ranSCS(r.Record, "scs-steps")
		row, cookie := ran.came("rows after Commit") == "1", ran.came("the browser holds") != "no cookie"
		switch {
		case ran == nil:
			return ""
		case row && cookie:
			return "both"
		case row:
			return "row"
		case cookie:
			return "cookie"
		}
		return "panic"
	},
	Headline: func(r Run) string {
		ran := ranSCS(r.Record, "scs-steps")
		if ran == nil {
			return ""
		}
		return "Rows: " + ran.came("rows after Commit") + ". The browser holds " +
			ran.came("the browser holds") + "."
	},
	Because: "`Commit` writes the row, and knows nothing of HTTP. `WriteSessionCookie` is a call of its own. " +
		"LoadAndSave makes both at the first byte.",
}

var destroyPutCard = Card{
	ID: "scs-destroy-put", Title: "Destroy, then Put", Paths: []string{"/scs-steps/destroy"},
	Ask: "One request calls `Destroy`, and then `Put`s a message. What does the browser hold after it?",
	Options: []Option{
		{"none", "No cookie: the session was destroyed"},
		{"old", "Its cookie: the `Put` brought the session back"},
		{"new", "A cookie with a new ID"},
		{"panic", "Its cookie, and no row: the `Put` panicked"},
	},
	Observe: func(r Run) string {
		ran := ranSCS(r.Record, "scs-destroy-put")
		if ran == nil {
			return ""
		}
		if ran.died() {
			return "panic"
		}
		return map[string]string{"no cookie": "none", "the same cookie": "old",
			"another cookie": "new"}[ran.came("the browser holds")]
	},
	Headline: func(r Run) string {
		ran := ranSCS(r.Record, "scs-destroy-put")
		if ran == nil {
			return ""
		}
		return "Rows: " + ran.came("rows after") + ". The browser holds " + ran.came("the browser holds") + "."
	},
	Because: "`Destroy` deletes the row and forgets values and ID. What comes after it begins a new session, " +
		"which gets an ID of its own at the save.",
	Onward: "So a logout may leave a message for the next page.",
}
