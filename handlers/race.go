package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/bench"
	"sessionlab/handlers/engine"
	"sessionlab/handlers/scenario"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// Races on the bench, where SCS runs as it comes. Its requests meet as those of the lab do.

// raceApp is an application in whose handlers two requests meet.
type raceApp struct {
	scsApp
	store   *engine.Plain
	find    func(ctx context.Context, id string) ([]byte, bool, error)
	meeting *scenario.Meeting
	locks   *sync.Map // from a cookie to its lock
}

// meet waits for the other request of the race.
func (a raceApp) meet(r *http.Request) { a.meeting.Arrive(r.Context()) }

// oneAtATime is a middleware around LoadAndSave: one request of a session at a time.
func (a raceApp) oneAtATime(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("session"); err == nil {
			lock, _ := a.locks.LoadOrStore(c.Value, new(sync.Mutex))
			lock.(*sync.Mutex).Lock()
			defer lock.(*sync.Mutex).Unlock()
		}
		next.ServeHTTP(w, r)
	})
}

// answerNumber answers with the number that a query of the database gives.
func (a raceApp) answerNumber(w http.ResponseWriter, r *http.Request, query string) {
	n, err := a.store.Number(r.Context(), query)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprint(w, n)
}

// onRaceBench has an experiment run on a bench of its own. locked has its requests come one after the other.
func (s *scene) onRaceBench(locked bool, experiment func(*bench.Bench, raceApp) error) error {
	var err error
	s.ran.Bench, err = bench.Run(s, func(b *bench.Bench) error {
		app := raceApp{scsApp: newSCSApp(b), store: b.Store, locks: new(sync.Map),
			find:    b.Sessions.Store.(scs.CtxStore).FindCtx,
			meeting: scenario.NewMeeting(2, scenario.Longest)}
		if locked {
			app.meeting = scenario.NewMeeting(2, scenario.WithLock)
			inner := b.Middleware
			b.Middleware = func(h http.Handler) http.Handler { return app.oneAtATime(inner(h)) }
		}
		return experiment(b, app)
	})
	if err != nil {
		return fmt.Errorf("a race on the bench: %w", err)
	}
	return nil
}

// twice sends a request two times at once, with fields of its own each.
func twice(b *bench.Browser, request string, first, second []string) error {
	return scenario.Together(
		func() error { _, err := b.Do(request, first...); return err },
		func() error { _, err := b.Do(request, second...); return err },
	)
}

// wentTo are the exchanges of list that went to path, in the order in which they began.
func wentTo(list []*xray.Exchange, path string) (to []*xray.Exchange) {
	for _, x := range list {
		if x.Path == path {
			to = append(to, x)
		}
	}
	return to
}

// answerTo is what the last request of list to path was answered; "" for nothing.
func answerTo(list []*xray.Exchange, path string) string {
	to := wentTo(list, path)
	if len(to) == 0 || to[len(to)-1].Returned == nil {
		return ""
	}
	return *to[len(to)-1].Returned
}

// failed reports whether a request of list was answered with a fault of the server, or not at all.
func failed(list []*xray.Exchange) bool {
	return slices.ContainsFunc(list, func(x *xray.Exchange) bool {
		return x.Status == 0 || x.Status >= http.StatusInternalServerError
	})
}

// numbersIn writes the numbers of a session: 1, or n1=1 n2=0 where there are two.
func numbersIn(values map[string]any) string {
	if n, ok := values["n"]; ok {
		return fmt.Sprint(n)
	}
	var parts []string
	for _, key := range []string{"n1", "n2"} {
		if n, ok := values[key]; ok {
			parts = append(parts, fmt.Sprintf("%s=%v", key, n))
		}
	}
	return strings.Join(parts, " ")
}

// inTurn reports whether one of two requests has read what the other had written: then they were no race.
func inTurn(pair []*xray.Exchange) bool {
	if len(pair) != 2 {
		return true
	}
	read0, wrote0 := numbersIn(pair[0].Before()), numbersIn(pair[0].After())
	read1, wrote1 := numbersIn(pair[1].Before()), numbersIn(pair[1].After())
	return read1 != read0 && (read1 == wrote0 || read0 == wrote1)
}

// drawRace draws two requests that changed numbers; nil where they are not kept whole. last is what was there
// in the end, and wanted what should have been.
func drawRace(pair []scenario.Event, last, wanted string) *view.Race {
	if len(pair) != 2 {
		return nil
	}
	var racers [2]view.Racer
	for i, e := range pair {
		racers[i] = view.Racer{Event: e, Read: numbersIn(e.Exchange.Before()), Wrote: numbersIn(e.Exchange.After())}
		if racers[i].Wrote == "" {
			return nil
		}
	}
	return view.NewRace(racers, last, wanted)
}

// asEvents are exchanges of a bench as events.
func asEvents(list []*xray.Exchange) (events []scenario.Event) {
	for _, x := range list {
		events = append(events, scenario.Event{Held: x.Sent, Holds: x.Token, Start: x.At, End: x.At.Add(x.Took),
			Exchange: x})
	}
	return events
}

// cure is a way that is to help against a race.
type cure struct{ ID, Says, Code string }

// cureNamed is the one of that ID; an empty one for none.
func cureNamed(list []cure, id string) cure {
	for _, c := range list {
		if c.ID == id {
			return c
		}
	}
	return cure{}
}

// choose has the run be one with the cure that the form names. to is what they are ways to.
func (s *scene) choose(cures []cure, form url.Values, to string) error {
	s.ran.Choice = form.Get("cure")
	if cureNamed(cures, s.ran.Choice).ID == "" {
		return badInput("No such way", "Choose one of the ways to %s.", to)
	}
	return nil
}

// slowest is how long the longest of list took.
func slowest(list []*xray.Exchange) string {
	var most time.Duration
	for _, x := range list {
		most = max(most, x.Took)
	}
	return fmt.Sprintf("%.1f ms", float64(most)/float64(time.Millisecond))
}

// cureRow is a cure with what came of its last run.
type cureRow struct {
	cure
	Run, Now bool
	Got      string // what was there in the end
	Good     bool
	Late     string // what the request that was to be kept out was answered
	Took     string
}

// races are the cards in which one chooses a cure: the cures, the requests that race, and the one that tells
// what was there in the end.
var races = map[string]struct {
	cures      []cure
	race, tell string
}{
	"lost-cure":   {updateCures, "/add", "/n"},
	"late-cure":   {lateCures, "/slow", "/user"},
	"double-cure": {submitCures, "/pay", "/paid"},
}

// Cures are the cures of that card, with what came of them.
func (d scenePageData) Cures(card string) []cureRow {
	of := races[card]
	rows := make([]cureRow, len(of.cures))
	for i, c := range of.cures {
		rows[i].cure = c
		r, x := d.chosen(card, c.ID)
		if r == nil {
			continue
		}
		shown, racing := d.Card(card), wentTo(r.Bench, of.race)
		rows[i].Run, rows[i].Now = true, shown.Run != nil && shown.Run.Record == x
		rows[i].Got, rows[i].Took = answerTo(r.Bench, of.tell), slowest(racing)
		rows[i].Good = shown.Observe(Run{Record: x}) == "helps"
		var statuses []string
		for _, raced := range racing {
			statuses = append(statuses, fmt.Sprint(raced.Status))
		}
		rows[i].Late = strings.Join(statuses, " and ")
	}
	return rows
}
