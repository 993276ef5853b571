package handlers

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"sync/atomic"
	"time"

	"sessionlab/handlers/xray"
)

// The live panel: server-sent events (HTML standard, 9.2) that carry what /internals.json says
// whenever it changes. A stream belongs to the token that it was opened with, and ends with it.

const (
	maxStreams     = 2000
	maxStreamsEach = 12   // of one session
	maxStreamsNew  = 1000 // of all who have no live one, so that they leave room for the others
)

// events is the stream of the caller's own session. Without a session it tells that once and stays
// quiet. It ends when its row is gone, so that the browser comes back with the cookie it has then: a
// stream never carries a new id to the holder of an old one.
func (l *Lab) events(w http.ResponseWriter, r *http.Request) {
	cookie := l.received(r)
	token := cookie.Token
	snapshot, err := xray.Look(r.Context(), l.engine, strict, token, l.now())
	if err != nil {
		l.fail(w, r, nil, err)
		return
	}
	wake, leave, ok := l.admit(token, snapshot.Row != nil)
	if !ok {
		l.fail(w, r, nil, &pageError{status: http.StatusServiceUnavailable, title: "Too many live panels",
			text: "There are more open panels than this server keeps live.", next: "Close a few tabs. Every page works without its live panel."})
		return
	}
	defer leave()

	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back otherwise
	if r.Method == http.MethodHead {
		return
	}
	s := stream{w, http.NewResponseController(w), l.eventWait}
	if s.send("retry: 500\n\n") != nil {
		return
	}
	err = l.sendState(s, cookie, snapshot)
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
			if snapshot, err = xray.Look(r.Context(), l.engine, strict, token, l.now()); err != nil {
				return
			}
			if err = l.sendState(s, cookie, snapshot); err == nil && snapshot.Row == nil {
				_ = s.send("event: ended\ndata: {}\n\n") // the reader may have gone; the stream ends either way
				return
			}
		}
	}
}

// admit finds a place for a stream, which leave gives back. wake is the watch of its session; a stream
// without a live session has none: its token names nothing, and never will.
func (l *Lab) admit(token string, alive bool) (wake <-chan struct{}, leave func(), ok bool) {
	leaveAll, ok := place(&l.streams, maxStreams)
	if !ok {
		return nil, nil, false
	}
	var leaveThese func()
	if alive {
		wake, leaveThese, ok = l.watcher.Watch(token, maxStreamsEach)
	} else {
		leaveThese, ok = place(&l.streamsNew, maxStreamsNew)
	}
	if !ok {
		leaveAll()
		return nil, nil, false
	}
	return wake, func() { leaveThese(); leaveAll() }, true
}

// place takes one of so many places, if one is free; leave gives it back.
func place(taken *atomic.Int64, most int64) (leave func(), ok bool) {
	if taken.Add(1) > most {
		taken.Add(-1)
		return nil, false
	}
	return func() { taken.Add(-1) }, true
}

// sendState sends the session as a snapshot found it.
func (l *Lab) sendState(s stream, cookie internalCookie, snapshot xray.Snapshot) error {
	b, err := json.Marshal(l.newInternals(cookie, snapshot))
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	return s.send("event: session\nid: " + stamp(snapshot) + "\ndata: " + string(b) + "\n\n")
}

// stamp is short and differs whenever the snapshot does: the page compares it with the one that its
// panel was rendered from.
func stamp(s xray.Snapshot) string {
	sum := fnv.New64a()
	if s.Row != nil {
		fmt.Fprintf(sum, "%s %d ", s.Token, s.Row.Expiry.UnixMilli())
		sum.Write(s.Row.Data)
	} else if s.Lying != nil {
		fmt.Fprintf(sum, "expired %d", s.Lying.Expiry.UnixMilli())
	} else if s.Token != "" {
		sum.Write([]byte("a cookie that names nothing"))
	}
	return hex.EncodeToString(sum.Sum(nil))
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
