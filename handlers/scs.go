package handlers

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/bench"
	"sessionlab/handlers/engine"
	"sessionlab/handlers/notebook"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// The lessons of the group In SCS run SCS as it is, with its own middleware, on a bench: a server, a store
// and browsers that exist for one run. The visitor's own session has no part in it.

// scsApp is an application that uses SCS. Its methods are its handlers, and an ordinary program would have
// them as they stand here.
type scsApp struct {
	sessions *scs.SessionManager
	rows     func() int // how many the table has now
}

func newSCSApp(b *bench.Bench) scsApp {
	return scsApp{b.Sessions, func() int {
		_, n, err := b.Store.Rows(context.Background(), 1)
		if err != nil {
			return -1
		}
		return n
	}}
}

// put stores what the form names.
func (a scsApp) put(_ http.ResponseWriter, r *http.Request) {
	a.sessions.Put(r.Context(), r.FormValue("key"), r.FormValue("value"))
}

// get answers with what is stored under the key that the form names.
func (a scsApp) get(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "%#v", a.sessions.Get(r.Context(), r.FormValue("key")))
}

// says answers with a line: what was called, and what it gave.
func says(w io.Writer, call string, value any) {
	if s, ok := value.(fmt.Stringer); ok {
		fmt.Fprintf(w, "%s\t%s\n", call, s)
		return
	}
	fmt.Fprintf(w, "%s\t%#v\n", call, value)
}

// wait is how long something lasts, as people say it.
type wait time.Duration

// left is how long it is until t.
func left(t time.Time) wait { return wait(time.Until(t).Round(time.Second)) }

// String is in hours where that is at least one.
func (w wait) String() string {
	if d := time.Duration(w); d >= time.Hour {
		return fmt.Sprintf("%.0f h", d.Hours())
	}
	return fmt.Sprintf("%.0f s", time.Duration(w).Seconds())
}

// scsRan is what a run found out.
type scsRan struct {
	Lines     []scsLine
	Exchanges []*xray.Exchange
	Stairs    []view.Stair    // what each request did to the end of the row; nil where that is not asked
	Clock     *notebook.Clock // the session that the next press goes on with; nil where there is none
	About     int             // the exchange that it is about, from 1; 0 for the last
}

// scsLine is something that was done, and what came back.
type scsLine struct{ Did, Came string }

// came is what came back of it; "" where it was not done.
func (r *scsRan) came(did string) string {
	if r == nil {
		return ""
	}
	for _, line := range r.Lines {
		if line.Did == did {
			return line.Came
		}
	}
	return ""
}

// note adds a line.
func (r *scsRan) note(did, format string, args ...any) {
	r.Lines = append(r.Lines, scsLine{did, fmt.Sprintf(format, args...)})
}

// onBench has an experiment run on a bench, and notes in the record of ctx what it found out. card is the one
// that it belongs to.
func onBench(ctx context.Context, card string, experiment func(*bench.Bench, *scsRan) error) error {
	var ran scsRan
	exchanges, err := bench.Run(ctx, func(b *bench.Bench) error { return experiment(b, &ran) })
	if err != nil {
		return fmt.Errorf("%s: %w", card, err)
	}
	ran.Exchanges = exchanges
	return xray.From(ctx).SetDetail(card, ran)
}

// handle has a handler of the application answer on the bench, under its name in the source.
func handle(b *bench.Bench, pattern string, h http.HandlerFunc) { b.Handle(pattern, funcName(h), h) }

// ask sends a request, and notes its answer as what came back of did.
func (r *scsRan) ask(did string, browser *bench.Browser, request string, fields ...string) error {
	x, err := browser.Do(request, fields...)
	if err != nil {
		return err
	}
	r.note(did, "%s", whatCame(x))
	return nil
}

// whatCame is what the browser got: the body, and the status where that is not 200. After it stands what SCS
// gave to its ErrorFunc.
func whatCame(x *xray.Exchange) string {
	if x.Status == 0 {
		return "no answer"
	}
	came, status := "", strconv.Itoa(x.Status)
	if x.Returned != nil {
		came = *x.Returned
	}
	if x.Status != http.StatusOK || came == "" {
		came = strings.TrimSpace(status + " " + strings.ReplaceAll(came, "\n", " / "))
	}
	if x.Note != "" {
		came += " (" + x.Note + ")"
	}
	return came
}

// held says what a browser holds, where it held was.
func held(browser *bench.Browser, was string) string {
	switch now := browser.Holds(); {
	case now == "":
		return "no cookie"
	case now == was:
		return "the same cookie"
	case was == "":
		return "a cookie"
	}
	return "another cookie"
}

// visit sends requests one after the other, and notes what their answers say.
func (r *scsRan) visit(browser *bench.Browser, requests ...string) error {
	for _, request := range requests {
		x, err := browser.Do(request)
		if err != nil {
			return err
		}
		r.read(x)
	}
	return nil
}

// read notes the lines of an answer: see [says].
func (r *scsRan) read(x *xray.Exchange) {
	if x.Returned == nil {
		return
	}
	for line := range strings.Lines(*x.Returned) {
		if call, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ok {
			r.note(call, "%s", value)
		}
	}
}

// ranSCS is what a run of the card found out; nil in any other exchange.
func ranSCS(x *xray.Exchange, card string) *scsRan {
	var ran scsRan
	if x == nil || !x.Detail.Decode(card, &ran) {
		return nil
	}
	return &ran
}

// scsPageData is the data of the pages of these lessons.
type scsPageData struct {
	*page
	given view.Given
}

func (l *Lab) scsPage(_ context.Context, p *page) (any, error) {
	given := l.given()
	given.Kind = engine.PlainKind
	return scsPageData{p, given}, nil
}

// shownSCS is a run as its card shows it.
type shownSCS struct {
	*scsRan
	Exchanges []*view.Exchange
}

// Staircase draws the ends of the row.
func (s *shownSCS) Staircase() template.HTML {
	if s.Clock != nil {
		return view.Staircase(s.Stairs, s.Clock.ID, s.life())
	}
	return view.Staircase(s.Stairs, s.scsRan.Exchanges[0].Token, clockLife)
}

// Ran is what the last run of the card found out; nil before it was run.
func (d scsPageData) Ran(card string) *shownSCS {
	c := d.Card(card)
	if c.Run == nil {
		return nil
	}
	ran := ranSCS(c.Run.Record, card)
	if ran == nil {
		return nil
	}
	shown := &shownSCS{scsRan: ran}
	for i, x := range ran.Exchanges {
		drawn := d.given.Draw(x)
		drawn.Title = fmt.Sprintf("%d. %s", i+1, drawn.Title)
		drawn.Latest = i+1 == cmp.Or(ran.About, len(ran.Exchanges)) // unfolded
		shown.Exchanges = append(shown.Exchanges, drawn)
	}
	return shown
}

// died reports whether a handler panicked, so that an answer never came.
func (r *scsRan) died() bool {
	return r != nil && slices.ContainsFunc(r.Exchanges, func(x *xray.Exchange) bool { return x.Status == 0 })
}

// headline says what came back of one call; "" where r is nil.
func (r *scsRan) headline(call string) string {
	switch {
	case r == nil:
		return ""
	case r.died():
		return view.Quote(call) + " panicked."
	}
	return view.Quote(call) + " returned " + view.Quote(r.came(call)) + "."
}
