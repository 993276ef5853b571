package handlers

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/dustin/go-humanize"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/limits"
	"sessionlab/handlers/notebook"
	"sessionlab/handlers/scenario"
	"sessionlab/handlers/xray"
)

// This file holds requests to the bounds of package limits, and tells whoever meets one which it was.

var historyLimits = xray.Limits{Total: limits.MaxExchanges, PerSession: limits.MaxExchangesEach,
	Bytes: limits.MaxExchangeBytes, Ownerless: limits.MaxExchangesOwnerless}

var notebookLimits = notebook.Limits{Count: limits.MaxNotebooks, Bytes: limits.MaxNotebooksSize,
	Each: limits.MaxNotebookBytes, Sheet: limits.MaxSheetBytes, Idle: limits.NotebookTime}

// turn is what one request has been given: a turn to be at work, and perhaps one more because its session or
// its form is large. It belongs to that request.
type turn struct {
	address netip.Addr
	leave   func()
	large   func() // nil without one
}

type turnKey struct{}

// enter waits for a turn. What an experiment of the lab sends needs none: the experiment has one, and would
// wait for itself.
func enter(r *http.Request, turns *limits.Turns) (leave func(), err error) {
	if scenario.Of(r.Context()) != nil {
		return func() {}, nil
	}
	return turns.Enter(r.Context(), limits.Address(r))
}

// withTurn returns r with a turn that [leaveTurn] gives back.
func withTurn(r *http.Request, leave func()) *http.Request {
	t := &turn{address: limits.Address(r), leave: leave}
	return r.WithContext(context.WithValue(r.Context(), turnKey{}, t))
}

// leaveTurn gives back what the request was given. What is left to do takes no more than the bytes of the
// answer.
func leaveTurn(r *http.Request) {
	t, ok := r.Context().Value(turnKey{}).(*turn)
	if !ok {
		return
	}
	t.leave()
	if t.large != nil {
		t.large()
	}
}

// takeLarge waits for a turn of the large ones if n bytes are to be worked on and the request has none yet.
// To decode, encode and print a large session takes a processor ten times as long as an ordinary one: one
// address has one of them at a time, and so leaves the other processors to everybody else.
func (l *Lab) takeLarge(ctx context.Context, n int) error {
	t, ok := ctx.Value(turnKey{}).(*turn)
	if !ok || n <= limits.Large || t.large != nil {
		return nil
	}
	leave, err := l.large.Enter(ctx, t.address)
	if err != nil {
		return err
	}
	t.large = leave
	return nil
}

// leaveLarge gives back the turn of a large form, for a request that sends others: they may need it.
func leaveLarge(r *http.Request) {
	if t, ok := r.Context().Value(turnKey{}).(*turn); ok && t.large != nil {
		t.large()
		t.large = nil
	}
}

// patient is a codec that waits for a turn before it decodes something large.
type patient struct {
	scs.Codec
	ctx context.Context // of the request
	lab *Lab
}

// Decode decodes b in its turn.
func (c patient) Decode(b []byte) (time.Time, map[string]any, error) {
	if err := c.lab.takeLarge(c.ctx, len(b)); err != nil {
		return time.Time{}, nil, err
	}
	return c.Codec.Decode(b)
}

// reads adapts a handler that looks into the store and makes a page of what it finds: it runs when it has a
// turn. Pages without a session need none, and go on while a store does not answer.
func (l *Lab) reads(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		leave, err := enter(r, l.reading)
		if err != nil {
			l.fail(w, r, err)
			return
		}
		r = withTurn(r, leave)
		defer leaveTurn(r)
		next(w, r)
	}
}

// roomForBody waits for room for the body of r among those that are under way, if it is a large one or may
// become one. leave gives the room back.
func (l *Lab) roomForBody(r *http.Request) (leave func(), err error) {
	n := r.ContentLength
	if n < 0 || n > limits.MaxBody { // not known, or to be refused when it was read so far
		n = limits.MaxBody
	}
	return l.bodies.Enter(r.Context(), n)
}

// turnAway answers a request over a connection over the bound, and ends the connection.
func (l *Lab) turnAway(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if limits.TurnedAway(r.Context()) {
			w.Header().Set("Connection", "close")
			l.fail(w, r, tooManyConnections)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// tooManyKeys refuses to save a session with n keys.
func tooManyKeys(n int) error {
	return tooLarge("A session holds at most %d keys here, and this one would have %d.", limits.MaxKeys, n)
}

// tooManyBytes refuses to save a session of n bytes.
func tooManyBytes(n int) error {
	return tooLarge("A session holds at most 256 KiB here, and this one would have %d bytes.", n)
}

// busy refuses what was not even begun, because too much goes on at the same time.
func busy(text string, args ...any) *pageError {
	return &pageError{status: http.StatusServiceUnavailable, title: "The server is busy",
		text: fmt.Sprintf(text, args...), cause: engine.ErrBusy,
		next: "Wait a few seconds and send it again."}
}

var (
	busyReading = busy("It makes at most %d pages at a time, and none was finished in time for yours.",
		limits.MaxReading)
	busySaving = busy("It does at most %d operations at a time, and none was finished in time for yours.",
		limits.MaxSaving)
	busyLarge = busy("It works on at most %d sessions or forms over %s at a time, "+
		"one of them for one address.", limits.MaxLarge, humanize.IBytes(limits.Large))
	busyViewing = busy("It runs the views of at most %d visitors at a time: a view may take a processor for a "+
		"tenth of a second.", limits.MaxViewing)
	busyComparing = busy("It compares the stores for at most %d visitors at a time: "+
		"each comparison opens four stores.", limits.MaxComparing)
	busyBenches = busy("It runs at most %d experiments with SCS by itself at a time: "+
		"each has a server and a store of its own.", limits.MaxBenches)
	busyScenes = busy("It runs at most %d experiments with several browsers at a time, and for one visitor "+
		"one after the other.", limits.MaxScenes)

	tooManyBodies = busy("Forms over %s take turns: at most %s of them may arrive at the same time.",
		humanize.IBytes(limits.SmallBody), humanize.IBytes(limits.MaxBodies))
	tooManyAnswers = busy("Answers over %s take turns: at most %s of them may be on the way "+
		"at the same time, and this one has no room.",
		humanize.IBytes(limits.SmallAnswer), humanize.IBytes(limits.MaxAnswers))
	tooManyConnections = busy("It keeps at most %d connections, and at most %d from one address.",
		limits.MaxConnections, limits.MaxConnectionsFrom)
)

// tooManyStreams refuses a live panel. The page that asked for it works without.
var tooManyStreams = &pageError{
	status: http.StatusServiceUnavailable, title: "Too many live panels",
	text: fmt.Sprintf("This server keeps at most %d panels live: %d from one network address, %d of one "+
		"session, and %d of visitors without one.",
		limits.MaxStreams, limits.MaxStreamsFrom, limits.MaxStreamsEach, limits.MaxStreamsNew),
	next: "Close a few tabs. Every page works without its live panel.",
}

// noRoom refuses what the store has no room for.
func noRoom(e *limits.BoundError) *pageError {
	switch e.Bound {
	case limits.StoredRows:
		return full(e, "This server keeps at most %s sessions, expired ones too (`-max-sessions`), "+
			"and has as many.", humanize.Comma(e.Most))
	case limits.StoredBytes:
		return full(e, "This server keeps at most %s of session data (`-max-bytes`), and has as much.",
			humanize.IBytes(uint64(e.Most)))
	case limits.NewIDs:
		return tooFast(e, "Your network address has made too many session IDs. This server makes %d at "+
			"once for one address, and %d a second after that.", limits.IDsAtOnce, limits.IDsASecond)
	case limits.NewBooks:
		return tooFast(e, "Your network address has begun too many notebooks, which browsers keep in a cookie "+
			"of their own. This server begins %d at once for one address, and one a second after that.",
			limits.NotebooksAtOnce)
	default: // limits.NewData
		return tooFast(e, "Your network address has stored too much. This server takes %s at once "+
			"from one address, and %s a second after that.",
			humanize.IBytes(limits.BytesAtOnce), humanize.IBytes(limits.BytesASecond))
	}
}

// full refuses what would go over a bound of the store. It passes when expired rows are swept.
func full(e *limits.BoundError, text string, args ...any) *pageError {
	return &pageError{status: http.StatusInsufficientStorage, title: "The store is full",
		text: fmt.Sprintf(text, args...), retry: limits.SweepPause, cause: e,
		next: "Reading goes on, and so does what needs no more room. Expired sessions are being removed: " +
			"try again in a while. Whoever runs the server can allow more."}
}

// tooFast refuses what an address may do again in a while.
func tooFast(e *limits.BoundError, text string, args ...any) *pageError {
	wait := max(min(e.Wait, time.Hour), time.Second)
	seconds := "a second"
	if wait > time.Second {
		seconds = fmt.Sprintf("%.0f seconds", math.Ceil(wait.Seconds()))
	}
	return &pageError{status: http.StatusTooManyRequests, title: "Too fast",
		text: fmt.Sprintf(text, args...), retry: wait, cause: e,
		next: "Wait " + seconds + " and send it again. Reading, and what makes no session larger, goes on " +
			"meanwhile."}
}

// brief is a codec that leaves large sessions alone: they decode to no values.
type brief struct{ scs.Codec }

// Decode decodes b, unless it is large.
func (c brief) Decode(b []byte) (time.Time, map[string]any, error) {
	if len(b) > limits.MaxEventBytes {
		return time.Time{}, nil, nil
	}
	return c.Codec.Decode(b)
}
