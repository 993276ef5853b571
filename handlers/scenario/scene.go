package scenario

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/xray"
)

// Errors of a scene. None of them is an error answer: that is an outcome, and in the record.
var (
	ErrBusy        = errors.New("too many requests of experiments are under way")
	ErrNotAllowed  = errors.New("no experiment may send that")
	ErrUnreachable = errors.New("the lab cannot be reached from itself")
)

// Stage is where experiments run: the lab as they see it. It may be used concurrently.
type Stage struct {
	Tickets
	cookie    string
	secure    bool
	may       []string
	transport http.RoundTripper
	underWay  *limits.Places
}

// NewStage returns the stage of a lab whose session cookie has that name. Experiments may send what may
// names, such as "POST /set", and nothing else.
func NewStage(cookie string, secure bool, may ...string) *Stage {
	return &Stage{cookie: cookie, secure: secure, may: may, underWay: limits.NewPlaces(limits.MaxUnderWay),
		transport: plain{&http.Transport{DialContext: dial, DisableKeepAlives: true, DisableCompression: true}}}
}

// UnderWay is how many requests of experiments are under way: for tests.
func (s *Stage) UnderWay() int { return s.underWay.Taken() }

// Scene is one run of an experiment. Its browsers may be used concurrently.
type Scene struct {
	// Apart is the visitor's session ID: one that a browser without a cookie gets must look different.
	Apart string

	stage    *Stage
	ctx      context.Context
	visitor  netip.Addr
	underWay *limits.Places

	mu     sync.Mutex // guards events
	events []Event
}

// Event is a request with its answer, or something that was done without one.
type Event struct {
	Name        string // of the browser
	Form        string // what it sent besides, such as who=Ben; "" for nothing
	Held, Holds string // its session cookie before and after; "" for none
	Start, End  time.Time
	// Hand says what was done without a request; "" for a request.
	Hand string
	// Exchange is the record of a request. Where none was made, because it was refused before, it has only
	// what the browser itself knows.
	Exchange *xray.Exchange
}

type addressKey struct{}

// Scene begins a run for the visitor who sent r.
func (s *Stage) Scene(r *http.Request) (*Scene, error) {
	here, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return nil, fmt.Errorf("%w: it has no listener", ErrUnreachable)
	}
	return &Scene{stage: s, ctx: context.WithValue(r.Context(), addressKey{}, here.String()),
		visitor: limits.Address(r), underWay: limits.NewPlaces(limits.MaxUnderWayEach)}, nil
}

// dial dials the lab, whatever the name of the host is.
func dial(ctx context.Context, _, _ string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", ctx.Value(addressKey{}).(string))
}

// plain sends what a browser believes to send over TLS without it: the lab is behind the proxy that ends TLS.
// The jar saw the address before that, so it keeps and sends a Secure cookie as it should.
type plain struct{ http.RoundTripper }

// RoundTrip sends r by http.
func (p plain) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme = "http"
	return p.RoundTripper.RoundTrip(r)
}

// Events are what has happened so far, in the order in which it began.
func (sc *Scene) Events() []Event {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	list := slices.Clone(sc.events)
	slices.SortStableFunc(list, func(a, b Event) int { return a.Start.Compare(b.Start) })
	return list
}

func (sc *Scene) add(e Event) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	sc.events = append(sc.events, e)
}

// Together has all of do act at the same time, and returns when all have. The error joins all of theirs.
func Together(do ...func() error) error {
	var all sync.WaitGroup
	errs := make([]error, len(do))
	for i, act := range do {
		all.Go(func() { errs[i] = act() })
	}
	all.Wait()
	return errors.Join(errs...)
}
