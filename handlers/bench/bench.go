// Package bench runs SCS as it is, for one experiment: its own middleware, its own store on a plain table,
// real HTTP, and browsers with a jar each. What happens is recorded as the lab records everything, so that it
// can be drawn by the same means. The lab's own manager, store and rows are not touched.
//
//	bench.go     the bench, and what a request to it goes through
//	browser.go   who sends the requests
//	pipes.go     connections in memory
//
// # Decisions
//
// The database is SQLite in memory, one for each experiment: all of one, with three requests, takes about a
// millisecond, no experiment sees the rows of another, and nothing can be left behind. Rejected: one file in
// a temporary folder for all, whose rows had to be deleted after each, and which a killed program leaves.
//
// The manager is a literal. scs.New starts a goroutine that sweeps a store nobody uses, and nothing stops it.
// All literal managers share one key in a context, so a bench has one manager and no request meets two.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// What one experiment may take.
const (
	MaxExchanges = 16
	Time         = 5 * time.Second
	maxBody      = 1 << 10 // of an answer
)

// Bench is SCS for one experiment.
type Bench struct {
	// Sessions is set up as scs.New does it, with the store of the bench. An experiment may change it before
	// the first request.
	Sessions *scs.SessionManager
	// Middleware goes around the handlers: LoadAndSave of Sessions, unless an experiment sets another one.
	Middleware func(http.Handler) http.Handler
	// Store is where its sessions are, for an experiment that looks there, or closes it.
	Store *engine.Plain

	ctx   context.Context
	mux   *http.ServeMux
	start func()
	pipes *pipes

	mu      sync.Mutex // guards the rest
	ran     []*xray.Exchange
	pending map[string]*request
}

// request is one that is under way.
type request struct {
	*xray.Exchange
	done chan struct{} // closed when its handler has returned
}

// Run makes a bench, has experiment use it, and takes it down again: nothing of it is left. It returns what
// was exchanged, in the order in which it began, with an error too.
func Run(ctx context.Context, experiment func(*Bench) error) ([]*xray.Exchange, error) {
	ctx, cancel := context.WithTimeout(ctx, Time)
	defer cancel()
	store, err := engine.OpenPlain(ctx)
	if err != nil {
		return nil, fmt.Errorf("set up a bench: %w", err)
	}
	defer store.Close()
	b := &Bench{Store: store, ctx: ctx, mux: http.NewServeMux(), pipes: newPipes(),
		pending: map[string]*request{}}
	b.Sessions = &scs.SessionManager{
		Store:    recorded{Listing: xray.Listing{Recorder: xray.Recorder{Engine: store}, All: store}},
		Codec:    scs.GobCodec{},
		Lifetime: 24 * time.Hour,
		ErrorFunc: func(w http.ResponseWriter, r *http.Request, err error) {
			Failed(r, err)
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		},
		Cookie: scs.SessionCookie{Name: "session", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
			Persist: true},
	}
	b.Middleware = b.Sessions.LoadAndSave
	var serving sync.WaitGroup
	var server *http.Server
	b.start = sync.OnceFunc(func() {
		server = &http.Server{Handler: b.record(b.Middleware(b.mux)),
			ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: Time}
		serving.Go(func() { _ = server.Serve(b.pipes) }) // it ends with Close, and that is no error
	})
	err = experiment(b)
	if server != nil {
		server.Close()
		serving.Wait()
	}
	return b.ran, err
}

// recorded is the store that SCS sees.
type recorded struct {
	xray.Listing
	// Store is nil. SCS's type demands its methods, and SCS calls none of them where there are those with a
	// context.
	scs.Store
}

// Wait waits for d, in real time: SCS asks the system's clock. It ends early, with an error, where the time
// of the experiment is over.
func (b *Bench) Wait(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-b.ctx.Done():
		return fmt.Errorf("bench: %w", b.ctx.Err())
	}
}

// Failed notes in the record of r what SCS gave to its ErrorFunc.
func Failed(r *http.Request, err error) {
	if x := xray.From(r.Context()); x != nil {
		x.Note = err.Error()
	}
}

// Handle has h answer requests of that pattern. name is that of the function in the source.
func (b *Bench) Handle(pattern, name string, h http.HandlerFunc) {
	b.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		var panicked any
		_ = xray.From(r.Context()).Run(name, func() (err error) {
			defer func() {
				if panicked = recover(); panicked != nil {
					err = fmt.Errorf("panic: %v", panicked)
				}
			}()
			h(w, r)
			return nil
		})
		if panicked != nil {
			panic(http.ErrAbortHandler) // as it would go on, without the server's line in the log
		}
	})
}

// ticketHeader tells the exchange of a request.
const ticketHeader = "Bench-Exchange"

// record has the record of a request in its context: it goes around LoadAndSave, which is not changed.
func (b *Bench) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		p := b.pending[r.Header.Get(ticketHeader)]
		b.mu.Unlock()
		defer close(p.done)
		next.ServeHTTP(w, r.WithContext(xray.WithExchange(r.Context(), p.Exchange)))
	})
}

// errTooMany ends an experiment that sends more than it may.
var errTooMany = errors.New("more exchanges than one experiment may have")

// begin begins the record of r.
func (b *Bench) begin(r *http.Request) (*request, error) {
	p := &request{xray.NewExchange(r, b.Sessions.Cookie.Name, "", time.Now()), make(chan struct{})}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.ran) == MaxExchanges {
		return nil, errTooMany
	}
	b.ran = append(b.ran, p.Exchange)
	b.pending[p.ID] = p
	return p, nil
}
