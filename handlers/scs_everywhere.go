package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"sessionlab/handlers/bench"
)

// endAll ends every session of a user, as the README of SCS suggests.
func (a scsApp) endAll(ctx context.Context, user string) error {
	return a.sessions.Iterate(ctx, func(ctx context.Context) error {
		if a.sessions.GetString(ctx, "user") != user {
			return nil
		}
		return a.sessions.Destroy(ctx)
	})
}

// logOutEverywhere ends the user's sessions, this one too.
func (a scsApp) logOutEverywhere(w http.ResponseWriter, r *http.Request) {
	err := a.endAll(r.Context(), a.sessions.GetString(r.Context(), "user"))
	rows := a.rows()
	says(w, "Iterate and Destroy", err)
	says(w, "rows then", rows)
}

// logOutAndTell does the same, and leaves a message for the next page.
func (a scsApp) logOutAndTell(w http.ResponseWriter, r *http.Request) {
	err := a.endAll(r.Context(), a.sessions.GetString(r.Context(), "user"))
	rows := a.rows()
	a.sessions.Put(r.Context(), "message", "You are logged out everywhere.")
	says(w, "Iterate and Destroy", err)
	says(w, "rows then", rows)
}

// tryEverywhere logs one user in at three browsers and another at a fourth. Then the
// first logs out everywhere.
func (l *Lab) tryEverywhere(ctx context.Context, form url.Values) error {
	return onBench(ctx, "scs-everywhere", func(b *bench.Bench, ran *scsRan) error {
		ran.About = 5
		app := newSCSApp(b)
		me, err := logInAll(b, app, ran)
		if err != nil {
			return err
		}
		handle(b, "POST /plain", app.logOutEverywhere)
		handle(b, "POST /tell", app.logOutAndTell)
		handle(b, "GET /get", app.get)
		request := "POST /plain"
		if form.Has("tell") {
			request = "POST /tell"
		}
		if err := ran.visit(me, request); err != nil {
			return err
		}
		ran.note("rows after the answer", "%d", app.rows())
		return ran.ask(`the next request: Get("user")`, me, "GET /get?key=user")
	})
}

// logInAll fills the table, and returns the browser of the first.
func logInAll(b *bench.Bench, app scsApp, ran *scsRan) (first *bench.Browser, err error) {
	handle(b, "POST /put", app.put)
	for _, user := range []string{"aman", "aman", "aman", "bea"} {
		browser := b.Browser()
		if first == nil {
			first = browser
		}
		if _, err := browser.Do("POST /put", "key", "user", "value", user); err != nil {
			return nil, err
		}
	}
	ran.note("rows before", "%d", app.rows())
	return first, nil
}

// tryHashed does the same where the store has hashes in the place of the IDs.
func (l *Lab) tryHashed(ctx context.Context, _ url.Values) error {
	return onBench(ctx, "scs-hashed", func(b *bench.Bench, ran *scsRan) error {
		ran.About = 5
		b.Sessions.HashTokenInStore = true
		app := newSCSApp(b)
		me, err := logInAll(b, app, ran)
		if err != nil {
			return err
		}
		handle(b, "POST /plain", app.logOutEverywhere)
		handle(b, "GET /get", app.get)
		if err := ran.visit(me, "POST /plain"); err != nil {
			return err
		}
		ran.note("rows after the answer", "%d", app.rows())
		rows, _, err := b.Store.Rows(ctx, 1)
		if err != nil || len(rows) == 0 {
			return err
		}
		thief := b.Browser()
		thief.Give(rows[0].Token)
		ran.note("the row's key is the ID in the cookie", "%s", strconv.FormatBool(rows[0].Token == me.Holds()))
		return ran.ask(`a row's key as a cookie: Get("user")`, thief, "GET /get?key=user")
	})
}

var scsEverywhereLesson = &Lesson{
	Group: "In SCS", Name: "scs-everywhere", Short: "Log out everywhere",
	Title: "Log out everywhere", Call: "Iterate, HashTokenInStore",
	Django: `for s in Session.objects.all():
    if s.get_decoded().get('_auth_user_id') == user_id:
        s.delete()
# or at a new password: user.set_password() makes all other logins void`,
	Funcs: []string{"endAll", "logOutEverywhere", "logOutAndTell"},
	Curl: []string{
		"-L -d card=scs-everywhere -d tell=1 BASE/scs-everywhere | grep -o '<output.*/output>'",
		"-L -d card=scs-hashed BASE/scs-everywhere/hashed | grep -o '<output.*/output>'",
	},
	Cards: []Card{everywhereCard, hashedCard},
}

var everywhereCard = Card{
	ID: "scs-everywhere", Title: "Iterate and Destroy", Paths: []string{"/scs-everywhere"}, LandsAtRun: true,
	Ask: "Aman is logged in at three browsers, Bea at one. He logs out everywhere, with a message for the " +
		"next page. Which rows are left?",
	Options: []Option{
		{"one", "Bea's"},
		{"two", "Bea's, and the one of the browser that he used"},
		{"four", "All four"},
		{"error", "It ends in an error"},
	},
	Observe: func(r Run) string {
		ran := ranSCS(r.Record, "scs-everywhere")
		if ran == nil {
			return ""
		}
		if ran.came("Iterate and Destroy") != "<nil>" {
			return "error"
		}
		return map[string]string{"1": "one", "2": "two", "4": "four"}[ran.came("rows after the answer")]
	},
	Headline: func(r Run) string { return rowsAfter(ranSCS(r.Record, "scs-everywhere")) },
	Because: "`Iterate` ended his rows in the store. This request has a copy of its own in memory. Once it is " +
		"changed, it is saved, user and all; without a change it is not.",
	Onward: "Destroy the request's own session too, or keep its message elsewhere.",
}

var hashedCard = Card{
	ID: "scs-hashed", Title: "The same, with hashed IDs", Paths: []string{"/scs-everywhere/hashed"},
	Ask: "Now `HashTokenInStore` is on: the store has a hash of each ID. How many of his three rows are left?",
	Options: []Option{
		{"none", "None of them"},
		{"one", "One: the one of the browser that he used"},
		{"all", "All three, and there is no error"},
		{"error", "It ends in an error"},
	},
	Observe: func(r Run) string {
		ran := ranSCS(r.Record, "scs-hashed")
		if ran == nil {
			return ""
		}
		if ran.came("Iterate and Destroy") != "<nil>" {
			return "error"
		}
		return map[string]string{"1": "none", "2": "one", "4": "all"}[ran.came("rows after the answer")]
	},
	Headline: func(r Run) string { return rowsAfter(ranSCS(r.Record, "scs-hashed")) },
	Because: "`Iterate` knows the hashes alone, and takes them for IDs. `Destroy` hashes what it gets once " +
		"more, and deletes a row that nobody has.",
	Onward: "With hashes on, delete by the row's own key, in SQL.",
}

// rowsAfter says how many rows there were, and are.
func rowsAfter(ran *scsRan) string {
	if ran == nil {
		return ""
	}
	return "Rows: " + ran.came("rows before") + " before, " + ran.came("rows after the answer") + " after."
}
