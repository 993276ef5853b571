package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"sessionlab/handlers/bench"
	"sessionlab/handlers/view"
)

// putAndWrite stores, and writes a page.
func (a scsApp) putAndWrite(w http.ResponseWriter, r *http.Request) {
	a.sessions.Put(r.Context(), "order", "book")
	fmt.Fprintln(w, "Thank you for your order.")
}

// writeOnly writes a page, and does not touch the session.
func (a scsApp) writeOnly(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintln(w, "About us")
}

// tryDown closes the store under a running application.
func (l *Lab) tryDown(ctx context.Context, _ url.Values) error {
	return onBench(ctx, "scs-down", func(b *bench.Bench, ran *scsRan) error {
		ran.About = 2
		app, me, newcomer := newSCSApp(b), b.Browser(), b.Browser()
		handle(b, "POST /order", app.putAndWrite)
		handle(b, "GET /about", app.writeOnly)
		if err := ran.ask("the store is up: an order", me, "POST /order"); err != nil {
			return err
		}
		if err := b.Store.Close(); err != nil {
			return err
		}
		for _, try := range []struct {
			did, request string
			browser      *bench.Browser
		}{
			{"it is down: an order, without a cookie", "POST /order", newcomer},
			{"a page that needs no session, without a cookie", "GET /about", newcomer},
			{"the same page, with a cookie", "GET /about", me},
		} {
			if err := ran.ask(try.did, try.browser, try.request); err != nil {
				return err
			}
		}
		return nil
	})
}

// orderDown is what was asked in the middle of that experiment.
const orderDown = "it is down: an order, without a cookie"

var scsDownLesson = &Lesson{
	Group: "In SCS", Name: "scs-down", Short: "Store down",
	Title: "A store that is down", Call: "ErrorFunc",
	Django: `# OperationalError at the first access of request.session, or at the save:
# one page with status 500, made by handler500`,
	Funcs: []string{"putAndWrite", "writeOnly"},
	Curl:  []string{"-L -d card=scs-down BASE/scs-down | grep -o '<output.*/output>'"},
	Cards: []Card{{
		ID: "scs-down", Paths: []string{"/scs-down"},
		Ask: "The database is away. A new visitor orders: the handler does `Put`, and writes “Thank you”. " +
			"What does the browser get?",
		Options: []Option{
			{"error", "Status 500, and the error alone"},
			{"page", "Status 200, and the page"},
			{"both", "Status 500, the error, and the page after it"},
			{"none", "No answer"},
		},
		Observe: func(r Run) string {
			ran := ranSCS(r.Record, "scs-down")
			came := ran.came(orderDown)
			failed, thanks := strings.HasPrefix(came, "500"), strings.Contains(came, "Thank you")
			switch {
			case ran == nil:
				return ""
			case failed && thanks:
				return "both"
			case failed:
				return "error"
			case thanks:
				return "page"
			}
			return "none"
		},
		Headline: func(r Run) string {
			ran := ranSCS(r.Record, "scs-down")
			if ran == nil {
				return ""
			}
			came, _, _ := strings.Cut(ran.came(orderDown), " (")
			return "The browser got " + view.Quote(strings.TrimSuffix(came, ".")) + "."
		},
		Because: "The first `Write` saves. The save failed, so `ErrorFunc` answered. But the handler is not " +
			"told: its `Write` goes on, and its text follows the error.",
		Onward: "Write an `ErrorFunc` of your own, and make pages into a buffer.",
	}},
}
