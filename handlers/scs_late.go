package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"sessionlab/handlers/bench"
	"sessionlab/handlers/view"
)

// putLate stores after the answer has begun.
func (a scsApp) putLate(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintln(w, "Hello") // the first byte: LoadAndSave has saved before it
	a.sessions.Put(r.Context(), "n", "2")
	says(w, `in the same request: Get("n")`, a.sessions.Get(r.Context(), "n"))
}

// destroyLate logs out after the answer has begun.
func (a scsApp) destroyLate(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintln(w, "Goodbye")
	says(w, "Destroy", a.sessions.Destroy(r.Context()))
}

// putAndFail stores, and says that it could not do its work.
func (a scsApp) putAndFail(w http.ResponseWriter, r *http.Request) {
	a.sessions.Put(r.Context(), "n", "2")
	http.Error(w, "sorry", http.StatusInternalServerError)
}

// putAndPanic stores, and falls over.
func (a scsApp) putAndPanic(_ http.ResponseWriter, r *http.Request) {
	a.sessions.Put(r.Context(), "n", "3")
	panic("a nil map")
}

// tryLate has a browser store 1, then 2 too late, and come once more.
func (l *Lab) tryLate(ctx context.Context, _ url.Values) error {
	return onBench(ctx, "scs-late", func(b *bench.Bench, ran *scsRan) error {
		ran.About = 2
		app, me := newSCSApp(b), b.Browser()
		handle(b, "POST /put", app.put)
		handle(b, "POST /late", app.putLate)
		handle(b, "GET /get", app.get)
		if _, err := me.Do("POST /put", "key", "n", "value", "1"); err != nil {
			return err
		}
		if err := ran.visit(me, "POST /late"); err != nil {
			return err
		}
		return ran.ask(`the next request: Get("n")`, me, "GET /get?key=n")
	})
}

// tryLateDestroy has a browser store a value, and log out too late.
func (l *Lab) tryLateDestroy(ctx context.Context, _ url.Values) error {
	return onBench(ctx, "scs-late-destroy", func(b *bench.Bench, ran *scsRan) error {
		app, me := newSCSApp(b), b.Browser()
		handle(b, "POST /put", app.put)
		handle(b, "POST /logout", app.destroyLate)
		if _, err := me.Do("POST /put", "key", "user", "value", "aman"); err != nil {
			return err
		}
		was := me.Holds()
		ran.note("rows before", "%d", app.rows())
		if err := ran.visit(me, "POST /logout"); err != nil {
			return err
		}
		ran.note("rows after", "%d", app.rows())
		ran.note("the browser holds", "%s", held(me, was))
		return nil
	})
}

// tryErrors has a browser store while the request fails, in two ways.
func (l *Lab) tryErrors(ctx context.Context, _ url.Values) error {
	return onBench(ctx, "scs-errors", func(b *bench.Bench, ran *scsRan) error {
		ran.About = 4
		app, me := newSCSApp(b), b.Browser()
		handle(b, "POST /put", app.put)
		handle(b, "POST /panic", app.putAndPanic)
		handle(b, "POST /fail", app.putAndFail)
		handle(b, "GET /get", app.get)
		if _, err := me.Do("POST /put", "key", "n", "value", "1"); err != nil {
			return err
		}
		for _, do := range []struct{ did, request string }{
			{"Put 3, then a panic", "POST /panic"},
			{"the next request", "GET /get?key=n"},
			{"Put 2, then status 500", "POST /fail"},
			{"the request after that", "GET /get?key=n"},
		} {
			if err := ran.ask(do.did, me, do.request); err != nil {
				return err
			}
		}
		return nil
	})
}

var scsLateLesson = &Lesson{
	Group: "In SCS", Name: "scs-late", Short: "Late writes",
	Title: "What LoadAndSave does, and when", Call: "LoadAndSave",
	Django: `MIDDLEWARE = ['django.contrib.sessions.middleware.SessionMiddleware']

def view(request):
    response = HttpResponse('Hello')   # nothing is sent yet
    request.session['n'] = 2           # so this is saved
    return response`,
	Funcs: []string{"putLate", "destroyLate", "putAndFail", "putAndPanic", "tryLate"},
	Curl: []string{
		"-L -d card=scs-late BASE/scs-late | grep -o '<output.*/output>'",
		"-L -d card=scs-errors BASE/scs-late/errors | grep -o '<output.*/output>'",
	},
	Cards: []Card{lateCard, lateDestroyCard, errorsCard},
}

var lateCard = Card{
	ID: "scs-late", Title: "Store after the first byte", Paths: []string{"/scs-late"},
	Ask: "`n` is 1. A handler writes “Hello”, and then `Put`s 2. What does the next request read?",
	Options: []Option{
		{"saved", "2: it is saved when the handler returns"},
		{"panic", "Nothing: the `Put` panics"},
		{"lost", "1: the 2 is lost, and nobody says so"},
		{"none", "No `n` at all"},
	},
	Observe: func(r Run) string {
		ran := ranSCS(r.Record, "scs-late")
		switch later := ran.came(`the next request: Get("n")`); {
		case ran == nil:
			return ""
		case ran.died():
			return "panic"
		case later == `"2"`:
			return "saved"
		case later == `"1"`:
			return "lost"
		}
		return "none"
	},
	Headline: func(r Run) string {
		return ranSCS(r.Record, "scs-late").headline(`the next request: Get("n")`)
	},
	Because: "A cookie is a header, and headers go before the first byte. So LoadAndSave saves at the first " +
		"`Write` or `WriteHeader`, and never again.",
	Onward: "All that changes the session comes before the first byte.",
}

var lateDestroyCard = Card{
	ID: "scs-late-destroy", Title: "Log out after the first byte", Paths: []string{"/scs-late/destroy"},
	Ask: "A handler writes “Goodbye”, and then calls `Destroy`. What is left?",
	Options: []Option{
		{"both", "Row and cookie: it came too late"},
		{"none", "Neither row nor cookie"},
		{"cookie", "The cookie: the row is gone"},
		{"row", "The row: the cookie is gone"},
	},
	Observe: func(r Run) string {
		ran := ranSCS(r.Record, "scs-late-destroy")
		row, cookie := ran.came("rows after") != "0", ran.came("the browser holds") != "no cookie"
		switch {
		case ran == nil:
			return ""
		case row && cookie:
			return "both"
		case cookie:
			return "cookie"
		case row:
			return "row"
		}
		return "none"
	},
	Headline: func(r Run) string {
		ran := ranSCS(r.Record, "scs-late-destroy")
		if ran == nil {
			return ""
		}
		return "Rows after: " + ran.came("rows after") + ". The browser holds " +
			ran.came("the browser holds") + "."
	},
	Because: "`Destroy` deletes the row at once. The cookie can only be deleted by a header, and those are " +
		"gone. The old cookie opens nothing, so this is safe, but untidy.",
}

var errorsCard = Card{
	ID: "scs-errors", Title: "When a request fails", Paths: []string{"/scs-late/errors"},
	Ask: "A handler `Put`s a value, and then answers with status 500. Is the value saved?",
	Options: []Option{
		{"no", "No: a request that fails saves nothing"},
		{"yes", "Yes"},
		{"gone", "No, and the session is gone too"},
	},
	Observe: func(r Run) string {
		ran := ranSCS(r.Record, "scs-errors")
		switch ran.came("the request after that") {
		case "":
			return ""
		case `"2"`:
			return "yes"
		case `"1"`, `"3"`:
			return "no"
		}
		return "gone"
	},
	Headline: func(r Run) string {
		ran := ranSCS(r.Record, "scs-errors")
		if ran == nil {
			return ""
		}
		return "After the panic `n` was " + view.Quote(ran.came("the next request")) + ", after the 500 " +
			view.Quote(ran.came("the request after that")) + "."
	},
	Because: "LoadAndSave does not look at the status. A panic is another thing: it passes LoadAndSave by " +
		"before it could save.",
}
