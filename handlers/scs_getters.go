package handlers

import (
	"context"
	"net/http"
	"net/url"

	"sessionlab/handlers/bench"
)

// storeAge keeps an int, and a text of digits.
func (a scsApp) storeAge(_ http.ResponseWriter, r *http.Request) {
	a.sessions.Put(r.Context(), "age", 31)
	a.sessions.Put(r.Context(), "room", "12")
}

// readAge asks for the int as each type that SCS has a getter for.
func (a scsApp) readAge(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	says(w, `GetInt("age")`, a.sessions.GetInt(ctx, "age"))
	says(w, `GetInt64("age")`, a.sessions.GetInt64(ctx, "age"))
	says(w, `GetInt32("age")`, a.sessions.GetInt32(ctx, "age"))
	says(w, `GetFloat("age")`, a.sessions.GetFloat(ctx, "age"))
	says(w, `GetString("age")`, a.sessions.GetString(ctx, "age"))
	says(w, `GetBool("age")`, a.sessions.GetBool(ctx, "age"))
	says(w, `GetBytes("age") == nil`, a.sessions.GetBytes(ctx, "age") == nil)
	says(w, `GetTime("age").IsZero()`, a.sessions.GetTime(ctx, "age").IsZero())
	says(w, `GetInt("room")`, a.sessions.GetInt(ctx, "room"))
	says(w, `GetInt("absent")`, a.sessions.GetInt(ctx, "absent"))
	says(w, `Exists("absent")`, a.sessions.Exists(ctx, "absent"))
	says(w, `Get("age")`, a.sessions.Get(ctx, "age"))
}

// popAge takes the int out as a text.
func (a scsApp) popAge(w http.ResponseWriter, r *http.Request) {
	says(w, `PopString("age")`, a.sessions.PopString(r.Context(), "age"))
	says(w, `Exists("age")`, a.sessions.Exists(r.Context(), "age"))
}

// popOthers does the same with the other forms of Pop: each finds another type.
func (a scsApp) popOthers(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	for _, key := range []string{"a", "b", "c", "d"} {
		a.sessions.Put(ctx, key, 31)
	}
	says(w, `PopInt("room")`, a.sessions.PopInt(ctx, "room"))
	says(w, `PopFloat("a")`, a.sessions.PopFloat(ctx, "a"))
	says(w, `PopBool("b")`, a.sessions.PopBool(ctx, "b"))
	says(w, `PopBytes("c") == nil`, a.sessions.PopBytes(ctx, "c") == nil)
	says(w, `PopTime("d").IsZero()`, a.sessions.PopTime(ctx, "d").IsZero())
	says(w, "Keys, after these", a.sessions.Keys(ctx))
}

// readLater is the next request.
func (a scsApp) readLater(w http.ResponseWriter, r *http.Request) {
	says(w, `the next request: Get("age")`, a.sessions.Get(r.Context(), "age"))
}

// tryGetters has a browser store a number and read it.
func (l *Lab) tryGetters(ctx context.Context, _ url.Values) error {
	return onBench(ctx, "scs-getters", func(b *bench.Bench, ran *scsRan) error {
		app := newSCSApp(b)
		handle(b, "POST /store", app.storeAge)
		handle(b, "GET /read", app.readAge)
		return ran.visit(b.Browser(), "POST /store", "GET /read")
	})
}

// tryPop has a browser store a number and take it out as a text, and others as other types.
func (l *Lab) tryPop(ctx context.Context, _ url.Values) error {
	return onBench(ctx, "scs-pop", func(b *bench.Bench, ran *scsRan) error {
		ran.About = 2
		app := newSCSApp(b)
		handle(b, "POST /store", app.storeAge)
		handle(b, "POST /pop", app.popAge)
		handle(b, "GET /read", app.readLater)
		handle(b, "POST /others", app.popOthers)
		return ran.visit(b.Browser(), "POST /store", "POST /pop", "GET /read", "POST /others")
	})
}

var scsGettersLesson = &Lesson{
	Group: "In SCS", Name: "scs-getters", Short: "Typed getters",
	Title: "Typed getters", Call: "GetInt64, PopString",
	Django: `age = request.session['age']          # 31, or KeyError
age = request.session.get('age')      # 31, or None
age = request.session.pop('age', 0)   # 31, or 0`,
	View:  "request.session['age'] = 31\nage = request.session.pop('age', 0)\nreturn age",
	Funcs: []string{"storeAge", "readAge", "popAge", "popOthers"},
	Curl: []string{
		"-L -d card=scs-getters BASE/scs-getters | grep -o '<output.*/output>'",
		"-L -d card=scs-pop BASE/scs-getters/pop | grep -o '<output.*/output>'",
	},

	Cards: []Card{gettersCard, popStringCard},
}

var gettersCard = Card{
	ID: "scs-getters", Title: "Read it as another type", Paths: []string{"/scs-getters"},
	Ask: "`age` was stored as the int 31. What does `GetInt64(ctx, \"age\")` return?",
	Options: []Option{
		{"same", "31: it fits"},
		{"zero", "0"},
		{"panic", "It panics: an int is no int64"},
		{"error", "An error, which the code has to look at"},
	},
	Observe: func(r Run) string {
		ran := ranSCS(r.Record, "scs-getters")
		switch came := ran.came(`GetInt64("age")`); {
		case ran == nil:
			return ""
		case ran.died():
			return "panic"
		case came == "31":
			return "same"
		case came == "0":
			return "zero"
		}
		return "error"
	},
	Headline: func(r Run) string {
		return ranSCS(r.Record, "scs-getters").headline(`GetInt64("age")`)
	},
	Because: "A typed getter is a type assertion, and Go does not convert there. Where the type differs, it " +
		"returns the zero value, as it does for a key that is absent.",
	Onward: "Ask `Exists` first, or take `Get` and assert the type yourself.",
}

var popStringCard = Card{
	ID: "scs-pop", Title: "Pop it as another type", Paths: []string{"/scs-getters/pop"},
	Ask: "`age` is the int 31. What does `PopString(ctx, \"age\")` do?",
	Options: []Option{
		{"text", "Returns `\"31\"`, and the key is gone"},
		{"stays", "Returns `\"\"`, and the key stays"},
		{"gone", "Returns `\"\"`, and the key is gone all the same"},
		{"panic", "It panics"},
	},
	Observe: func(r Run) string {
		ran := ranSCS(r.Record, "scs-pop")
		returned, later := ran.came(`PopString("age")`), ran.came(`the next request: Get("age")`)
		switch {
		case ran == nil:
			return ""
		case ran.died():
			return "panic"
		case returned == `"31"`:
			return "text"
		case later == "31":
			return "stays"
		}
		return "gone"
	},
	Headline: func(r Run) string { return ranSCS(r.Record, "scs-pop").headline(`PopString("age")`) },
	Because: "It pops first and looks at the type then. The value was in your hands for a moment, and nobody " +
		"has it now.",
	Onward: "Pop with the type that was stored.",
}
