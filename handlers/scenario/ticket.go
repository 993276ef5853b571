// Package scenario has more than one party act on the lab: a second browser, and two requests at once. What
// they send is real HTTP over the lab's own listener, through the same handlers to the same store, and each
// request is recorded as the lab records everything.
//
//	ticket.go   how the record of a request is found, and who sent it
//	browser.go  who sends the requests, and what it may send
//	scene.go    one run of an experiment, and the bounds of all
//	meeting.go  where two requests meet, so that a race ends the same way each time
//	line.go     experiments of one notebook, one after the other
//
// # Decisions
//
// A ticket, in a header of the request, rather than the history, tells which record is whose. The history
// files by session: what leaves no session is not in it, and that is how a stolen cookie's story ends.
//
// The listener is dialled at the address at which the visitor's own request came in, which net/http knows: so
// there is nothing to set up, and behind a proxy it is the lab that answers. Rejected: the address on the
// command line, which may be that of all interfaces.
//
// Each request has a connection of its own. Kept ones would save 0.1 ms, and be left behind on both ends.
package scenario

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/netip"
	"sync"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/xray"
)

// Header carries the number of a ticket. Nobody but the lab knows one that is good.
const Header = "Lab-Ticket"

// Ticket is what one request of an experiment brings along, and where its record is left.
type Ticket struct {
	by      string
	visitor netip.Addr // for whom it counts
	apart   string     // see [Scene.Apart]
	meeting *Meeting

	mu     sync.Mutex // guards record
	record *xray.Exchange
}

// Leave leaves a copy of the complete record of the request.
func (t *Ticket) Leave(x *xray.Exchange) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.record = x.Copy()
}

func (t *Ticket) left() *xray.Exchange {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.record
}

type ticketKey struct{}

// Of is the ticket of the request of ctx; nil for one that is of no experiment.
func Of(ctx context.Context) *Ticket {
	t, _ := ctx.Value(ticketKey{}).(*Ticket)
	return t
}

// Apart is the session ID that a new one of the request of ctx must not be taken for; "" for none.
func Apart(ctx context.Context) string {
	if t := Of(ctx); t != nil {
		return t.apart
	}
	return ""
}

// Meet waits until all requests have come that are to meet where the one of ctx has come to now. A request
// that is to meet nobody goes on at once.
func Meet(ctx context.Context) {
	if t := Of(ctx); t != nil && t.meeting != nil {
		t.meeting.Arrive(ctx)
	}
}

// Tickets are those that are good now. They may be used concurrently.
type Tickets struct {
	mu   sync.Mutex // guards good
	good map[string]*Ticket
}

// issue makes t good for one request, and returns its number. withdraw ends that where the request did not
// come.
func (ts *Tickets) issue(t *Ticket) (number string, withdraw func()) {
	number = rand.Text()
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.good == nil {
		ts.good = map[string]*Ticket{}
	}
	ts.good[number] = t
	return number, func() { ts.take(number) }
}

// take returns the ticket of that number, once; nil where there is none.
func (ts *Tickets) take(number string) *Ticket {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := ts.good[number]
	delete(ts.good, number)
	return t
}

// Collect is the middleware that takes the tickets. What comes without a good one goes on as any request.
func (ts *Tickets) Collect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if number := r.Header.Get(Header); number != "" {
			r.Header.Del(Header)
			if t := ts.take(number); t != nil {
				ctx := context.WithValue(xray.WithBy(r.Context(), t.by), ticketKey{}, t)
				r = r.WithContext(limits.ForVisitor(ctx, t.visitor))
			}
		}
		next.ServeHTTP(w, r)
	})
}
