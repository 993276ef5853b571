package handlers

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"time"

	"sessionlab/handlers/xray"
)

// The live panel: server-sent events (HTML standard, 9.2) that carry what /internals.json says
// whenever it changes. A stream belongs to the token that it was opened with, and ends with it.

const (
	maxStreams     = 2000
	maxStreamsEach = 12   // of one session
	maxStreamsNew  = 1000 // of all visitors without one, so that they leave room for the others
)

var tooManyStreams = &pageError{status: http.StatusServiceUnavailable, title: "Too many live panels",
	text: "There are more open panels than this server keeps live.", next: "Close a few tabs. Every page works without its live panel."}

// events is the stream of the caller's own session. Without a session it tells that once and stays
// quiet. It ends when its row is gone, so that the browser comes back with the cookie it has then: a
// stream never carries a new id to the holder of an old one.
func (l *Lab) events(w http.ResponseWriter, r *http.Request) {
	token := l.cookieToken(r)
	defer l.streams.Add(-1)
	if l.streams.Add(1) > maxStreams {
		l.fail(w, r, nil, tooManyStreams)
		return
	}
	most := maxStreamsEach
	if token == "" {
		most = maxStreamsNew
	}
	wake, stop, ok := l.watcher.Watch(token, most)
	if !ok {
		l.fail(w, r, nil, tooManyStreams)
		return
	}
	defer stop()

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
	alive, err := l.sendState(r.Context(), s, token)
	if !alive {
		stop() // this token names no session, and never will
		wake = nil
	}
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
			if alive, err = l.sendState(r.Context(), s, token); err == nil && !alive {
				_ = s.send("event: ended\ndata: {}\n\n") // the reader may have gone; the stream ends either way
				return
			}
		}
	}
}

// sendState sends the session as it is now and reports whether there is one.
func (l *Lab) sendState(ctx context.Context, s stream, token string) (alive bool, err error) {
	snapshot, err := xray.Look(ctx, l.engine, strict, token, l.now())
	if err != nil {
		return false, err
	}
	b, err := json.Marshal(l.newInternals(token, snapshot))
	if err != nil {
		return false, fmt.Errorf("encode event: %w", err)
	}
	return snapshot.Row != nil, s.send("event: session\nid: " + stamp(snapshot) + "\ndata: " + string(b) + "\n\n")
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
