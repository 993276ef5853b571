package handlers

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"sessionlab/handlers/bench"
)

// fillCart stores a cart, and for the one who asks for it a long life.
func (a scsApp) fillCart(_ http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	a.sessions.Put(ctx, "cart", r.FormValue("cart"))
	a.sessions.Put(ctx, r.FormValue("cart"), true)
	if r.FormValue("long") != "" {
		a.sessions.SetDeadline(ctx, time.Now().Add(48*time.Hour))
	}
}

// mergeCart takes what is in another session into this one.
func (a scsApp) mergeCart(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	err := a.sessions.MergeSession(ctx, r.FormValue("other"))
	rows := a.rows() // the answer has not begun, so nothing is committed yet
	says(w, "MergeSession", err)
	says(w, `Get("cart")`, a.sessions.Get(ctx, "cart"))
	says(w, "Keys", a.sessions.Keys(ctx))
	says(w, "ends in", left(a.sessions.Deadline(ctx)))
	says(w, "rows before the commit", rows)
}

// mergeBare only merges.
func (a scsApp) mergeBare(w http.ResponseWriter, r *http.Request) {
	err := a.sessions.MergeSession(r.Context(), r.FormValue("other"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// tryMerge gives two browsers a cart each, and merges the second session into the first.
func (l *Lab) tryMerge(ctx context.Context, _ url.Values) error {
	return onBench(ctx, "scs-merge", func(b *bench.Bench, ran *scsRan) error {
		ran.About = 3
		app, me, other := newSCSApp(b), b.Browser(), b.Browser()
		handle(b, "POST /cart", app.fillCart)
		handle(b, "POST /merge", app.mergeCart)
		handle(b, "POST /merge-bare", app.mergeBare)
		handle(b, "GET /get", app.get)
		if _, err := me.Do("POST /cart", "cart", "book"); err != nil {
			return err
		}
		if _, err := other.Do("POST /cart", "cart", "pen", "long", "yes"); err != nil {
			return err
		}
		was := me.Holds()
		x, err := me.Do("POST /merge", "other", other.Holds())
		if err != nil {
			return err
		}
		ran.read(x)
		ran.note("rows after", "%d", app.rows())
		ran.note("the browser holds", "%s", held(me, was))
		if err := ran.ask(`the other browser: Get("cart")`, other, "GET /get?key=cart"); err != nil {
			return err
		}
		for _, again := range []struct{ did, id string }{
			{"MergeSession of an unknown ID", newID()}, {"MergeSession of itself", me.Holds()},
		} {
			if err := ran.ask(again.did, me, "POST /merge-bare", "other", again.id); err != nil {
				return err
			}
		}
		return ran.ask(`after both: Get("cart")`, me, "GET /get?key=cart")
	})
}

var scsMergeLesson = &Lesson{
	Group: "In SCS", Name: "scs-merge", Short: "Merge",
	Title: "Two sessions become one", Call: "MergeSession",
	Django: `# Django has no such call. By hand:
other = SessionStore(session_key=old_id)
request.session.update(other.items())
other.delete()`,
	View:  noView,
	Funcs: []string{"fillCart", "mergeCart", "mergeBare"},
	Curl:  []string{"-L -d card=scs-merge BASE/scs-merge | grep -o '<output.*/output>'"},
	Cards: []Card{{
		ID: "scs-merge", Paths: []string{"/scs-merge"},
		Ask: "Your session has `cart = \"book\"`. You merge one into it that has `cart = \"pen\"`. What is in " +
			"the cart?",
		Options: []Option{
			{"mine", "The book: mine counts"},
			{"other", "The pen: the other's counts"},
			{"both", "Book and pen"},
			{"error", "An error: the key is in both"},
		},
		Observe: func(r Run) string {
			ran := ranSCS(r.Record, "scs-merge")
			switch {
			case ran == nil:
				return ""
			case ran.came("MergeSession") != "<nil>":
				return "error"
			case ran.came(`Get("cart")`) == `"book"`:
				return "mine"
			case ran.came(`Get("cart")`) == `"pen"`:
				return "other"
			}
			return "both"
		},
		Headline: func(r Run) string { return ranSCS(r.Record, "scs-merge").headline(`Get("cart")`) },
		Because: "It copies key by key, and does not look whether one is there already. The later of the two " +
			"ends counts. The other row is deleted at once.",
		Onward: "Keep a cart as one key for each item, and nothing is lost.",
	}},
}
