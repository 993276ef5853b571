package scenario

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"sessionlab/handlers/engine/enginetest"
	"sessionlab/handlers/limits"
	"sessionlab/handlers/xray"
)

// lab is a server that records what comes, as the lab does.
type lab struct {
	*Stage
	*httptest.Server
	scene func() *Scene

	mu      sync.Mutex
	came    []string // the session cookie, the ticket's header and the visitor of each request, in order
	ignores bool     // it leaves no record
}

func newLab(t *testing.T, secure bool) *lab {
	t.Helper()
	l := &lab{Stage: NewStage("sid", secure, "POST /set", "GET /get", "POST /meet", "POST /close")}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /set", func(w http.ResponseWriter, r *http.Request) {
		c := &http.Cookie{Name: "sid", Value: "id-of-" + r.FormValue("value"), Path: "/", Secure: secure,
			MaxAge: 100}
		l.leave(r, c)
		http.SetCookie(w, c)
		http.Redirect(w, r, "/elsewhere", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /get", func(_ http.ResponseWriter, r *http.Request) { l.leave(r, nil) })
	mux.HandleFunc("POST /meet", func(_ http.ResponseWriter, r *http.Request) {
		Meet(r.Context())
		l.leave(r, nil)
	})
	mux.HandleFunc("POST /close", func(w http.ResponseWriter, r *http.Request) {
		c := &http.Cookie{Name: "sid", Value: "short", Path: "/", Secure: secure}
		l.leave(r, c)
		http.SetCookie(w, c)
	})
	begun := make(chan *Scene)
	mux.HandleFunc("POST /scene", func(_ http.ResponseWriter, r *http.Request) {
		sc, err := l.Scene(r)
		if err != nil {
			t.Error(err)
		}
		begun <- sc
		<-t.Context().Done()
	})
	l.Server = httptest.NewServer(l.Collect(mux))
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() { cancel(); l.CloseClientConnections(); l.Close() })
	l.scene = func() *Scene {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.URL+"/scene", nil)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			if resp, err := http.DefaultClient.Do(r); err == nil {
				resp.Body.Close()
			}
		}()
		return <-begun
	}
	return l
}

func (l *lab) leave(r *http.Request, set *http.Cookie) {
	x := xray.NewExchange(r, "sid", "book", time.Now())
	l.mu.Lock()
	defer l.mu.Unlock()
	l.came = append(l.came, fmt.Sprintf("%s %q %q %s", r.URL.Path, x.Sent, r.Header.Get(Header),
		limits.Address(r)))
	if t := Of(r.Context()); t != nil && !l.ignores {
		x.SetCookie = set
		x.Close(http.StatusOK, "", set, time.Now())
		t.Leave(x)
	}
}

func do(t *testing.T, b *Browser, request string, fields ...string) Event {
	t.Helper()
	e, err := b.Do(request, fields...)
	if err != nil {
		t.Fatalf("%s: %v", request, err)
	}
	return e
}

// Each browser has a jar of its own, also where cookies are for TLS alone, and one that keeps nothing has
// none. What is given to it by hand it sends.
func TestBrowsersHoldTheirOwnCookies(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		l := newLab(t, secure)
		sc := l.scene()
		a, b := sc.Browser("A", xray.ByLab, true), sc.Browser("B", xray.ByB, true)
		none := sc.Browser("B", xray.ByB, false)
		do(t, a, "POST /set", "key", "who", "value", "a")
		do(t, b, "POST /set", "key", "who", "value", "b")
		do(t, none, "POST /set", "key", "who", "value", "c")
		for browser, want := range map[*Browser]string{a: "id-of-a", b: "id-of-b", none: ""} {
			if e := do(t, browser, "GET /get", "key", "who"); e.Exchange.Sent != want || browser.Holds() != want {
				t.Errorf("secure=%v: it sent %q and holds %q, want %q", secure, e.Exchange.Sent, browser.Holds(), want)
			}
		}
		b.Give(a)
		if e := do(t, b, "GET /get"); e.Exchange.Sent != "id-of-a" || e.Exchange.By != xray.ByB {
			t.Errorf("with a copy it sent %q, by %q", e.Exchange.Sent, e.Exchange.By)
		}
		later := sc.Browser("B", xray.ByB, true, a.Jar())
		if c := a.Jar(); later.Holds() != "id-of-a" || c.Expires.IsZero() != a.Sent().Expires.IsZero() {
			t.Errorf("its jar, given on, is %v", c)
		}
		events := sc.Events()
		if n := len(events); n != 8 || events[6].Hand != Copied || events[6].Held != "id-of-b" ||
			events[6].Holds != "id-of-a" {
			t.Errorf("the story has %d events: %+v", n, events)
		}
	}
}

// A browser that is closed forgets a cookie without a date, and no other.
func TestClosingForgetsACookieWithoutDate(t *testing.T) {
	t.Parallel()
	sc := newLab(t, false).scene()
	a := sc.Browser("A", xray.ByLab, true)
	do(t, a, "POST /set", "value", "a")
	if a.Close(); a.Holds() != "id-of-a" || a.Sent().MaxAge != 100 {
		t.Errorf("closed, it holds %q", a.Holds())
	}
	do(t, a, "POST /close")
	if a.Close(); a.Holds() != "" || a.Sent().MaxAge >= 0 || a.Jar() != nil {
		t.Errorf("closed, it holds %q", a.Holds())
	}
}

// A ticket is good for one request. A number that nobody issued is nothing, and no handler sees the header.
func TestTicketsAreGoodOnce(t *testing.T) {
	t.Parallel()
	l := newLab(t, false)
	x := &Ticket{by: xray.ByB}
	number, _ := l.issue(x)
	withdrawn, withdraw := l.issue(&Ticket{by: xray.ByB})
	withdraw()
	for i, n := range []string{number, number, withdrawn, "made up"} {
		r, _ := http.NewRequest(http.MethodGet, l.URL+"/get", nil)
		r.Header.Set(Header, n)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		record := x.left()
		if good := i == 0; good != (record != nil && record.By == xray.ByB) {
			t.Errorf("request %d: %+v", i, record)
		}
		x.record = nil
	}
	for _, came := range l.came {
		if want := `/get "" "" `; len(came) < len(want) || came[:len(want)] != want {
			t.Errorf("a handler saw %s", came)
		}
	}
}

// A browser sends nothing but what is on the list, and follows no redirect; what left no record is an
// event too.
func TestBrowsersSendOnlyWhatIsAllowed(t *testing.T) {
	t.Parallel()
	l := newLab(t, false)
	sc := l.scene()
	b := sc.Browser("B", xray.ByB, true)
	for _, request := range []string{"POST /two", "POST /scene", "GET /set", "GET http://example.org/",
		"GET //example.org/get", "GET /get?x=/../two", "POST  /set", ""} {
		if _, err := b.Do(request); !errors.Is(err, ErrNotAllowed) {
			t.Errorf("%q: %v", request, err)
		}
	}
	l.ignores = true
	e := do(t, b, "POST /set", "key", "k", "value", "v")
	if e.Exchange.Status != http.StatusSeeOther || e.Exchange.Refused == "" || e.Form != "k=v" ||
		len(sc.Events()) != 1 {
		t.Errorf("%+v", e)
	}
	if len(l.came) != 1 {
		t.Errorf("%d requests came: %q", len(l.came), l.came)
	}
}

// The requests of a scene are bounded, and those of all.
func TestRequestsUnderWayAreBounded(t *testing.T) {
	t.Parallel()
	l := newLab(t, false)
	sc, other := l.scene(), l.scene()
	m := NewMeeting(limits.MaxUnderWayEach+1, time.Minute)
	var all sync.WaitGroup
	for range limits.MaxUnderWayEach {
		all.Go(func() { _, _ = sc.Browser("B", xray.ByB, true).DoAt(m, "POST /meet") })
		m.Await(t.Context())
	}
	if _, err := sc.Browser("B", xray.ByB, true).Do("GET /get"); !errors.Is(err, ErrBusy) {
		t.Errorf("one more of the scene: %v", err)
	}
	do(t, other.Browser("B", xray.ByB, true), "GET /get")
	l.underWay = limits.NewPlaces(0)
	if _, err := other.Browser("B", xray.ByB, true).Do("GET /get"); !errors.Is(err, ErrBusy) {
		t.Errorf("one more of all: %v", err)
	}
	m.Arrive(t.Context())
	all.Wait()
}

// A meeting ends when all have come, or its time is over, or the visitor has left.
func TestMeeting(t *testing.T) {
	t.Parallel()
	m := NewMeeting(2, time.Minute)
	var first, second sync.WaitGroup
	first.Go(func() { m.Arrive(t.Context()) })
	if !m.Await(t.Context()) {
		t.Error("nobody came")
	}
	second.Go(func() { m.Arrive(t.Context()) })
	first.Wait()
	second.Wait()
	m.Arrive(t.Context()) // a third one has nobody to wait for

	start := time.Now()
	alone := NewMeeting(2, 20*time.Millisecond)
	alone.Arrive(t.Context())
	if took := time.Since(start); took < 20*time.Millisecond {
		t.Errorf("it was over after %s", took)
	}
	if NewMeeting(2, time.Millisecond).Await(t.Context()) {
		t.Error("somebody came to an empty meeting")
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	NewMeeting(2, time.Minute).Arrive(gone) // does not wait a minute
	if NewMeeting(2, time.Minute).Await(gone) {
		t.Error("somebody came to the meeting of one who has left")
	}
}

// In a line one is at work and the others wait, so many of them; another line goes on.
func TestLines(t *testing.T) {
	t.Parallel()
	lines := NewLines(2)
	leave, ok := lines.Enter(t.Context(), "a")
	if !ok {
		t.Fatal("an empty line is full")
	}
	second := make(chan func())
	go func() {
		leave, _ := lines.Enter(t.Context(), "a")
		second <- leave
	}()
	enginetest.Until(t, "the second one waits", func() bool {
		lines.mu.Lock()
		defer lines.mu.Unlock()
		return lines.of["a"].count == 2
	})
	if _, ok := lines.Enter(t.Context(), "a"); ok {
		t.Error("a third one has found room")
	}
	other, ok := lines.Enter(t.Context(), "b")
	if !ok {
		t.Error("another line is held up")
	}
	select {
	case <-second:
		t.Error("two at once")
	default:
	}
	leave()
	(<-second)()
	other()
	if len(lines.of) != 0 {
		t.Errorf("%d lines are left", len(lines.of))
	}
}
