package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/xray"
)

// The live panel: server-sent events (HTML standard, 9.2) that carry what /internals.json says
// whenever it changes. A stream belongs to the token that it was opened with, and ends with it.

// events is the stream of the caller's own session. Without a session it tells that once and stays
// quiet. It ends when its row is gone, so that the browser comes back with the cookie it has then: a
// stream never carries a new id to the holder of an old one. A row that has expired may lie there for long,
// and whoever saw it expire sees it swept.
func (l *Lab) events(w http.ResponseWriter, r *http.Request) {
	cookie := l.received(r)
	now, err := l.observe(r, cookie)
	if err != nil {
		l.fail(w, r, err)
		return
	}
	wake, leave, ok := l.admit(limits.Address(r), cookie.Token, now.alive)
	if !ok {
		l.fail(w, r, tooManyStreams)
		return
	}
	defer leave()

	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back otherwise
	if r.Method == http.MethodHead {
		return
	}
	s := stream{w, http.NewResponseController(w), l.eventWait}
	err = s.send("retry: 500\n\n" + now.event)
	last := time.Now()
	beat := time.NewTicker(l.heartbeat)
	defer beat.Stop()
	for err == nil {
		select {
		case <-r.Context().Done():
			return
		case <-l.closing:
			return
		case <-beat.C:
			err = s.send(": still here\n\n")
		case <-wake:
			// Changes that come faster than this come as one event.
			if !l.pause(r.Context(), l.eventPause-time.Since(last)) {
				return
			}
			told := now.id
			if now, err = l.observe(r, cookie); err != nil {
				return
			}
			if now.id == told { // the watcher's first look wakes each stream, whatever it sees
				continue
			}
			last = time.Now()
			if err = s.send(now.event); err == nil && !now.there {
				// the reader may have gone; the stream ends either way
				_ = s.send("event: ended\ndata: {}\n\n")
				return
			}
		}
	}
}

// pause waits so long, and reports whether the stream goes on after it.
func (l *Lab) pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-l.closing:
		return false
	case <-timer.C:
		return true
	}
}

// observation is what a stream tells of its session.
type observation struct {
	id    string // another one whenever the state is
	event string
	alive bool // whether there is a live session
	there bool // whether there is a row, expired or not
}

// observe looks at the session of cookie and makes the event that tells its state. It does so in a turn, as
// a page does, and keeps nothing of the session but the event. A large session is told without its data: who
// needs that asks for it.
func (l *Lab) observe(r *http.Request, cookie internalCookie) (observation, error) {
	leave, err := l.reading.Enter(r.Context(), limits.Address(r))
	if err != nil {
		return observation{}, err
	}
	defer leave()
	snapshot, err := xray.Look(r.Context(), l.engine, brief{xray.Codec}, cookie.Token, l.now())
	if err != nil {
		return observation{}, err
	}
	id := snapshot.Stamp()
	state := l.newInternals(cookie, snapshot)
	if state.Row != nil && len(state.Row.Data) > limits.MaxEventBytes {
		state.Row.Data = nil
	}
	b, err := json.Marshal(state)
	if err != nil {
		return observation{}, fmt.Errorf("encode event: %w", err)
	}
	return observation{
		id:    id,
		event: "event: session\nid: " + id + "\ndata: " + string(b) + "\n\n",
		alive: snapshot.Row != nil,
		there: snapshot.Row != nil || snapshot.Lying != nil && l.engine.Kind().Lies,
	}, nil
}

// admit finds a place for a stream, which leave gives back. wake is the watch of its session; a stream
// without a live session has none: its token names nothing, and never will.
func (l *Lab) admit(
	address netip.Addr, token string, alive bool,
) (wake <-chan struct{}, leave func(), ok bool) {
	leaveAll, ok := l.streams.Take()
	if !ok {
		return nil, nil, false
	}
	leaveAddress, ok := l.streamsFrom.Take(address)
	if !ok {
		leaveAll()
		return nil, nil, false
	}
	var leaveThese func()
	if alive {
		wake, leaveThese, ok = l.watcher.Watch(token, limits.MaxStreamsEach)
	} else {
		leaveThese, ok = l.streamsNew.Take()
	}
	if !ok {
		leaveAddress()
		leaveAll()
		return nil, nil, false
	}
	return wake, func() { leaveThese(); leaveAddress(); leaveAll() }, true
}

// stream writes events, each with a deadline of its own: a reader who does not read is dropped, and
// holds up nobody.
type stream struct {
	w    http.ResponseWriter
	rc   *http.ResponseController
	wait time.Duration
}

func (s stream) send(text string) error {
	if err := s.rc.SetWriteDeadline(time.Now().Add(s.wait)); err != nil {
		return fmt.Errorf("stream: %w", err)
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return fmt.Errorf("stream: %w", err)
	}
	if err := s.rc.Flush(); err != nil {
		return fmt.Errorf("stream: %w", err)
	}
	return nil
}

// CloseStreams ends every open stream and keeps new ones from staying. A server that shuts down
// would wait for them otherwise.
func (l *Lab) CloseStreams() { l.closeOnce.Do(func() { close(l.closing) }) }
