package handlers

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// event is one frame of a stream.
type event struct {
	Name, ID, Data string
	Comment        string
	Retry          string
}

// state is what the event says.
func (e event) state(t *testing.T) internals {
	t.Helper()
	var i internals
	if err := json.Unmarshal([]byte(e.Data), &i); err != nil {
		t.Fatalf("event %q: %v", e.Data, err)
	}
	return i
}

// eventStream is a browser's EventSource.
type eventStream struct {
	t      *testing.T
	header http.Header
	events chan event // closed when the stream ends
	cancel context.CancelFunc

	mu  sync.Mutex
	raw strings.Builder // all that came
}

func (v *visitor) stream() *eventStream {
	v.t.Helper()
	return v.streamWith("")
}

// streamWith opens a stream with this Cookie header instead of the visitor's own; "" is the visitor's own.
func (v *visitor) streamWith(cookie string) *eventStream {
	v.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.lab.url+"/internals/events", nil)
	if err != nil {
		v.t.Fatal(err)
	}
	client := v.Client
	if cookie != "" {
		client = http.DefaultClient
		r.Header.Set("Cookie", cookie)
	}
	resp, err := client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	s := &eventStream{t: v.t, header: resp.Header, events: make(chan event, 1000), cancel: cancel}
	v.t.Cleanup(func() { cancel(); resp.Body.Close() })
	if resp.StatusCode != http.StatusOK {
		v.t.Fatalf("stream: status %d", resp.StatusCode)
	}
	go s.read(bufio.NewScanner(resp.Body))
	return s
}

// read parses frames until the stream ends (HTML standard, 9.2.6).
func (s *eventStream) read(lines *bufio.Scanner) {
	defer close(s.events)
	lines.Buffer(nil, 8<<20)
	var e event
	for lines.Scan() {
		line := lines.Text()
		s.mu.Lock()
		s.raw.WriteString(line + "\n")
		s.mu.Unlock()
		if line == "" {
			s.events <- e
			e = event{}
			continue
		}
		field, value, ok := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case !ok:
			s.t.Errorf("a line of the stream has no field: %q", line)
		case field == "":
			e.Comment = value
		case field == "event":
			e.Name = value
		case field == "id":
			e.ID = value
		case field == "retry":
			e.Retry = value
		case field == "data" && e.Data == "":
			e.Data = value
		default:
			s.t.Errorf("unexpected line in the stream: %q", line)
		}
	}
}

// next waits for the next frame.
func (s *eventStream) next() event {
	s.t.Helper()
	select {
	case e, ok := <-s.events:
		if !ok {
			s.t.Fatal("the stream ended; want an event")
		}
		return e
	case <-time.After(patience):
		s.t.Fatal("no event came")
	}
	panic("unreachable")
}

// session waits for an event that says how the session is and for which ok holds. Several changes may
// come as one event.
func (s *eventStream) session(what string, ok func(internals) bool) internals {
	s.t.Helper()
	for {
		e := s.next()
		if e.Name == "ended" {
			s.t.Fatalf("the stream ended; want %s", what)
		}
		if e.Name == "session" {
			if i := e.state(s.t); ok(i) {
				return i
			}
		}
	}
}

// ended waits for the end of the stream and returns the last events before it.
func (s *eventStream) ended() (last []event) {
	s.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case e, ok := <-s.events:
			if !ok {
				return last
			}
			last = append(last, e)
		case <-timeout:
			s.t.Fatal("the stream did not end")
		}
	}
}

// all is everything that came so far.
func (s *eventStream) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.raw.String()
}

// value returns what an event says about one key.
func value(i internals, key string) any {
	for _, v := range i.Session.Values {
		if v.Key == key {
			return v.Value
		}
	}
	return nil
}
