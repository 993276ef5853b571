package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"sessionlab/handlers/bench"
	"sessionlab/handlers/scenario"
	"sessionlab/handlers/view"
)

// addOne is the code of a view that counts: session['n'] += 1.
func (l *Lab) addOne(ctx context.Context, _ url.Values) error {
	n := l.sessions.GetInt(ctx, "n")
	scenario.Meet(ctx) // in an experiment the other request is here, too
	l.sessions.Put(ctx, "n", n+1)
	return nil
}

// add counts in the session.
func (a raceApp) add(_ http.ResponseWriter, r *http.Request) {
	n := a.sessions.GetInt(r.Context(), "n")
	a.meet(r) // the other request is here, too
	a.sessions.Put(r.Context(), "n", n+1)
}

// addReread reads the stored session once more, just before it writes.
func (a raceApp) addReread(w http.ResponseWriter, r *http.Request) {
	b, _, err := a.find(r.Context(), a.sessions.Token(r.Context()))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, values, _ := a.sessions.Codec.Decode(b)
	n, _ := values["n"].(int)
	a.meet(r) // the gap is smaller now, and it is still there
	a.sessions.Put(r.Context(), "n", n+1)
}

// addOwnKey counts under a key that no other request uses.
func (a raceApp) addOwnKey(_ http.ResponseWriter, r *http.Request) {
	key := r.FormValue("key")
	n := a.sessions.GetInt(r.Context(), key)
	a.meet(r)
	a.sessions.Put(r.Context(), key, n+1)
}

// addInTable leaves the counting to the database.
func (a raceApp) addInTable(w http.ResponseWriter, r *http.Request) {
	a.meet(r)
	const update = "UPDATE counters SET n = n + 1 WHERE name = 'n'"
	_, err := a.store.Exec(r.Context(), update)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// loseUpdate has two requests of the visitor's session add 1 at the same time, and two on the bench.
func (l *Lab) loseUpdate(s *scene, _ url.Values) error {
	if _, err := s.a.Do("POST /set", "key", "n", "value", "0", "type", "int"); err != nil {
		return err
	}
	m := scenario.NewMeeting(2, scenario.Longest)
	add := func() error { _, err := s.a.DoAt(m, "POST /lost-update/add"); return err }
	if err := scenario.Together(add, add); err != nil {
		return err
	}
	if _, err := s.a.Do("GET /get", "key", "n"); err != nil {
		return err
	}
	return s.countOnBench("")
}

// cureUpdate has two requests on the bench add 1 at the same time, with a cure.
func (l *Lab) cureUpdate(s *scene, form url.Values) error {
	if err := s.choose(updateCures, form, "count"); err != nil {
		return err
	}
	return s.countOnBench(s.ran.Choice)
}

// countOnBench is the race on the bench: n is 0, two requests add 1, and one reads n.
func (s *scene) countOnBench(cure string) error {
	return s.onRaceBench(cure == "lock", func(b *bench.Bench, app raceApp) error {
		b.Store.Transacted = cure == "atomic"
		add := app.add
		switch cure {
		case "reread":
			add = app.addReread
		case "keys":
			add = app.addOwnKey
		case "table":
			add = app.addInTable
			const table = "CREATE TABLE counters AS SELECT 'n' AS name, 0 AS n"
			if _, err := b.Store.Exec(s, table); err != nil {
				return err
			}
		}
		handle(b, "POST /begin", app.beginCounting)
		handle(b, "POST /add", add)
		handle(b, "GET /n", app.counted)
		me := b.Browser()
		if _, err := me.Do("POST /begin", "cure", cure); err != nil {
			return err
		}
		if err := twice(me, "POST /add", []string{"key", "n1"}, []string{"key", "n2"}); err != nil {
			return err
		}
		_, err := me.Do("GET /n?cure=" + cure)
		return err
	})
}

// beginCounting begins a session in which the numbers are 0.
func (a raceApp) beginCounting(_ http.ResponseWriter, r *http.Request) {
	keys := []string{"n"}
	switch r.FormValue("cure") {
	case "keys":
		keys = []string{"n1", "n2"}
	case "table":
		keys = []string{"user"}
	}
	for _, key := range keys {
		a.sessions.Put(r.Context(), key, 0)
	}
}

// counted answers with how much was added.
func (a raceApp) counted(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("cure") == "table" {
		a.answerNumber(w, r, "SELECT n FROM counters WHERE name = 'n'")
		return
	}
	n := 0
	for _, key := range []string{"n", "n1", "n2"} {
		n += a.sessions.GetInt(r.Context(), key)
	}
	fmt.Fprint(w, n)
}

var updateCures = []cure{
	{"atomic", "A transaction around the save", "with transaction.atomic(): session.save()"},
	{"reread", "Read once more before the write", "session = SessionStore(key)"},
	{"keys", "A key of its own for each request", "session['n1'] += 1, session['n2'] += 1"},
	{"lock", "One lock for each session", "with lock(key): read, change, save"},
	{"table", "A counter in a table of its own", "Counter.objects.update(n=F('n') + 1)"},
}

var lostUpdateLesson = &Lesson{
	Group: "At the same time", Name: "lost-update", Short: "Lost update",
	Title: "Lost update", Call: "session['n'] += 1", Scenes: true, View: noView,
	Django: `request.session['n'] += 1                # reads now, writes at the end

# what helps: the database counts
Counter.objects.filter(user=user).update(n=F('n') + 1)`,
	Funcs: []string{"addOne", "addReread", "addInTable", "oneAtATime"},
	Curl: []string{
		"-d key=n -d value=0 -d type=int BASE/set",
		"-X POST BASE/lost-update/add",
	},
	Cards: []Card{lostUpdateCard, lostCureCard},
}

var lostUpdateCard = Card{
	ID: "lost-update", Title: "Add 1 twice, at once", Paths: []string{"/lost-update"},
	Ask: "`n` is 0. Two requests of your session add 1 at the same time. What is `n` then?",
	Options: []Option{
		{"two", "2"},
		{"one", "1"},
		{"error", "An error"},
		{"redis", "2, if the store is Redis"},
	},
	Observe: func(r Run) string {
		ran := ranBy(r.Record, "lost-update")
		pair := exchangesOf(ran.to("/lost-update/add"))
		n := ran.last("A", "/get")
		switch {
		case len(pair) != 2 || n == nil || limitMet(pair):
			return ""
		case pair[0].Refused != "" || pair[1].Refused != "":
			return "error"
		case inTurn(pair):
			return ""
		case readOf(n) == "2":
			return "two"
		case readOf(n) == "1":
			return "one"
		}
		return ""
	},
	Headline: func(r Run) string {
		ran := ranBy(r.Record, "lost-update")
		n := readOf(ran.last("A", "/get"))
		if n == "" {
			return "There is no `n`."
		}
		return "`n` is " + n + ", and nobody got an error. With SCS by itself it is " +
			answerTo(ran.Bench, "/n") + ", too."
	},
	Because: "Both read 0, and both wrote 1. A save writes the whole session, and does not look at what was " +
		"saved meanwhile.",
	Lacking: "The two requests did not meet, so nothing was lost. Run it again, and with a smaller session.",
	InCookie: wording{Because: "Both got the cookie with 0, and both answered with a cookie that says 1. The " +
		"browser keeps the one that comes last."},
}

var lostCureCard = Card{
	ID: "lost-cure", Title: "What helps", Paths: []string{"/lost-update/cure"},
	Ask: "Choose a way below. Again two requests add 1 at once. Is `n` 2 then?",
	Options: []Option{
		{"helps", "Yes: it is 2"},
		{"lost", "No: it is 1"},
		{"error", "No: one gets an error"},
	},
	Observe: func(r Run) string {
		ran := ranBy(r.Record, "lost-cure")
		if ran == nil {
			return ""
		}
		pair := wentTo(ran.Bench, "/add")
		if len(pair) != 2 {
			return ""
		}
		ordered := ran.Choice == "lock" || ran.Choice == "table"
		switch n := answerTo(ran.Bench, "/n"); {
		case failed(ran.Bench):
			return "error"
		case !ordered && inTurn(pair): // they did not meet
			return ""
		case n == "2":
			return "helps"
		case n == "1":
			return "lost"
		}
		return ""
	},
	Headline: func(r Run) string {
		ran := ranBy(r.Record, "lost-cure")
		if ran == nil {
			return ""
		}
		return fmt.Sprintf("%s: `%s` of 2 additions are there, after %s.", cureNamed(updateCures, ran.Choice).Says,
			answerTo(ran.Bench, "/n"), slowest(wentTo(ran.Bench, "/add")))
	},
	Because: "What counts is whether the second request can read before the first one has written. If it can, " +
		"it writes an old number back.",
	Lacking: "The two requests did not meet. Run it again.",
	Onward:  "Try the others, too, and look at what each of them takes.",
}

// LostRace is the race of the card; nil before it was run, and where there is nothing to draw.
func (d scenePageData) LostRace(card string) *view.Race {
	r := d.Ran(card)
	switch {
	case r == nil:
		return nil
	case card == "lost-update":
		return drawRace(r.to("/lost-update/add"), readOf(r.last("A", "/get")), "2")
	case r.Choice == "table":
		return nil
	}
	pair := wentTo(r.Bench, "/add")
	last, wanted := "", "2"
	if read := wentTo(r.Bench, "/n"); len(read) == 1 {
		last = numbersIn(read[0].Before())
	}
	if r.Choice == "keys" {
		wanted = "n1=1 n2=1"
	}
	return drawRace(asEvents(pair), last, wanted)
}
