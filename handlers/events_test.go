package handlers

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// patience is how long a test waits for what must come. It is no measure of speed.
const patience = 30 * time.Second

// until waits for cond.
func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// liveLab is a lab whose watcher runs. The returned function moves the lab's clock ahead.
func liveLab(t *testing.T) (tl *testLab, advance func(time.Duration)) {
	t.Helper()
	tl = newLab(t)
	var ahead atomic.Int64
	tl.now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { tl.watcher.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	return tl, func(d time.Duration) { ahead.Add(int64(d)) }
}

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
// come as one event, and the first look of the watcher may repeat the state.
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

func TestEvents_FirstEvent(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	s := v.stream()
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "Vary": "Cookie",
		"X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": "", "Set-Cookie": "",
	} {
		if got := s.header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if e := s.next(); e.Retry == "" {
		t.Errorf("first frame %+v, want the time to wait before coming back", e)
	}
	e := s.next()
	i := e.state(t)
	if e.Name != "session" || e.ID == "" || i.Session.Token != v.token() || value(i, "fname") != "Aman" {
		t.Errorf("first event %+v, want the session as it is", e)
	}
	if page := v.get("/internals").Body; !strings.Contains(page, `data-stamp="`+e.ID+`"`) {
		t.Error("the event's id is not the stamp of the panel, so each page would fetch its panel again")
	}
}

func TestEvents_OwnPost(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	v.run("/set", "key", "n", "value", "0")
	s, second := v.stream(), v.stream()
	for n := range 3 {
		want := fmt.Sprint(n)
		v.run("/set", "key", "n", "value", want)
		s.session("n="+want, func(i internals) bool { return value(i, "n") == want })
		second.session("n="+want+" in the second tab", func(i internals) bool { return value(i, "n") == want })
	}
}

// Somebody changes the database with the sqlite3 shell.
func TestEvents_SQL(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	v.run("/set", "key", "n", "value", "1")
	s := v.stream()
	first := s.session("the first state", func(internals) bool { return true })
	tl.sql("UPDATE sessions SET expiry = expiry + 1 WHERE token = ?", v.token())
	s.session("a later expiry", func(i internals) bool { return i.Row.ExpiryJulian > first.Row.ExpiryJulian+0.9 })
	tl.sql("UPDATE sessions SET data = x'00' WHERE token = ?", v.token())
	s.session("damaged data", func(i internals) bool { return i.Row.Size == 1 && len(i.Session.Values) == 0 })
}

func TestEvents_EndWithTheSession(t *testing.T) {
	t.Parallel()
	tests := map[string]func(v *visitor, advance func(time.Duration)){
		"flush in another tab": func(v *visitor, _ func(time.Duration)) { v.post("/flush") },
		"deleted with SQL": func(v *visitor, _ func(time.Duration)) {
			v.lab.sql("DELETE FROM sessions WHERE token = ?", v.token())
		},
		"expired": func(v *visitor, advance func(time.Duration)) { advance(401 * time.Second) },
		"new id": func(v *visitor, _ func(time.Duration)) {
			v.post("/cycle-key")
			v.run("/set", "key", "pin", "value", "AFTERWARDS")
		},
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl, advance := liveLab(t)
			v := tl.visitor()
			v.run("/set", "key", "pin", "value", "BEFORE")
			old := v.token()
			s := v.stream()
			s.session("the first state", func(i internals) bool { return value(i, "pin") == "BEFORE" })
			end(v, advance)

			last := s.ended()
			if len(last) < 2 || last[len(last)-1].Name != "ended" {
				t.Fatalf("last events %+v, want the state without a session, then ended", last)
			}
			i := last[len(last)-2].state(t)
			if i.Session.Exists || i.Row != nil || len(i.Session.Values) != 0 || i.Session.Token != "" {
				t.Errorf("last state %+v, want no session", i)
			}
			if fresh := v.token(); fresh != "" && fresh != old && strings.Contains(s.all(), fresh) {
				t.Error("the stream of the old id carried the new one")
			}
			if strings.Contains(s.all(), "AFTERWARDS") {
				t.Error("the stream of the old id carried what was stored under the new one")
			}
			until(t, "the stream is given up", func() bool { return tl.streams.Load() == 0 && tl.watcher.Count(old) == 0 })
		})
	}
}

// Nobody's stream carries anything of somebody else, whatever happens around it.
func TestEvents_OnlyOnesOwn(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	a, b, newcomer, guesser := tl.visitor(), tl.visitor(), tl.visitor(), tl.visitor()
	a.run("/set", "key", "mine", "value", "ALICE")
	b.run("/set", "key", "mine", "value", "BOB")
	guesser.setToken(strings.Repeat("A", 43))
	sa, sb, none, wrong := a.stream(), b.stream(), newcomer.stream(), guesser.stream()

	secrets := map[string][]string{"a": {a.token(), "ALICE"}, "b": {b.token(), "BOB"}}
	for n := range 10 {
		b.run("/set", "key", "n", "value", fmt.Sprint("BOB", n))
		b.post("/cycle-key")
		secrets["b"] = append(secrets["b"], b.token())
		c := tl.visitor()
		c.run("/set", "key", "n", "value", "CAROL")
		secrets["c"] = append(secrets["c"], c.token(), "CAROL")
		c.post("/flush")
	}
	sb.ended()
	a.run("/set", "key", "last", "value", "ALICE")
	sa.session("the last change", func(i internals) bool { return value(i, "last") == "ALICE" })

	for name, s := range map[string]*eventStream{"a": sa, "none": none, "wrong": wrong} {
		for owner, list := range secrets {
			for _, secret := range list {
				if owner != name && strings.Contains(s.all(), secret) {
					t.Errorf("the stream of %s carries %q of %s", name, secret, owner)
				}
			}
		}
	}
	for name, s := range map[string]*eventStream{"newcomer": none, "unknown token": wrong} {
		if n := strings.Count(s.all(), "event: "); n != 1 {
			t.Errorf("the stream of the %s carried %d events, want its own state once", name, n)
		}
	}
}

// A token that names no session never will, so nothing is looked up for it again.
func TestEvents_UnknownTokensAreNotWatched(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	token := strings.Repeat("A", 43)
	v.setToken(token)
	s := v.stream()
	s.session("no session", func(i internals) bool { return !i.Session.Exists })
	until(t, "the watch is given up", func() bool { return tl.watcher.Count(token) == 0 })
}

func TestEvents_CloseStreams(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	streams := []*eventStream{v.stream(), v.stream(), tl.visitor().stream()}
	for _, s := range streams {
		s.session("the first state", func(internals) bool { return true })
	}
	tl.CloseStreams()
	tl.CloseStreams()
	for _, s := range append(streams, v.stream(), tl.visitor().stream()) {
		for _, e := range s.ended() {
			if e.Name == "ended" {
				t.Error("a stream says that its session ended, but only the server does")
			}
		}
	}
	until(t, "no stream is left", func() bool { return tl.streams.Load() == 0 })
}

func TestEvents_ReleasedWhenTheReaderLeaves(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	for range maxStreamsEach + 1 { // one after another: more than may be open at once
		s := v.stream()
		s.next()
		s.cancel()
		until(t, "the stream is given up", func() bool { return tl.streams.Load() == 0 && tl.watcher.Count(v.token()) == 0 })
	}
}

func TestEvents_Limits(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v, other := tl.visitor(), tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	other.run("/set", "key", "k", "value", "v")
	var last *eventStream
	for range maxStreamsEach {
		last = v.stream()
		last.session("the first state", func(internals) bool { return true })
	}
	v.getsNoStream("one more than a session may have")
	other.stream().session("the first state of another session", func(internals) bool { return true })
	if a := v.get("/set"); a.Status != http.StatusOK {
		t.Errorf("a page beside too many streams: %d", a.Status)
	}
	last.cancel()
	until(t, "a place is free", func() bool { return tl.watcher.Count(v.token()) < maxStreamsEach })
	v.stream().session("the state in the free place", func(internals) bool { return true })

	tl.streamsNew.Add(maxStreamsNew - 1) // as many are there already
	newcomer := tl.visitor().stream()
	newcomer.session("the newcomer's state in the last place", func(internals) bool { return true })
	tl.visitor().getsNoStream("one newcomer more than there may be")
	stale := tl.visitor()
	stale.setToken(strings.Repeat("x", 43))
	stale.getsNoStream("one with a cookie that names nothing")
	other.stream().session("the state of a session beside too many newcomers", func(internals) bool { return true })
	newcomer.cancel()
	until(t, "the newcomer's place is free", func() bool { return tl.streamsNew.Load() < maxStreamsNew })
	stale.stream().session("the state of the one with a stale cookie", func(internals) bool { return true })
}

func (v *visitor) getsNoStream(why string) {
	v.t.Helper()
	a := v.lab.send(http.MethodGet, "/internals/events", "Cookie", "sessionname="+v.token())
	if a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" || !strings.Contains(a.Body, "Too many live panels") {
		v.t.Errorf("%s: %d, Retry-After %q; want a 503 page", why, a.Status, a.Header.Get("Retry-After"))
	}
}

func TestEvents_LimitOfAll(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	other := tl.visitor()
	other.run("/set", "key", "k", "value", "v")
	tl.streams.Add(maxStreams)
	other.getsNoStream("one more than the server has")
	tl.visitor().getsNoStream("a newcomer")
	tl.streams.Add(-maxStreams)
	tl.visitor().stream().session("the newcomer's state", func(internals) bool { return true })
}

// One address has so many streams, whoever they belong to, and leaves the rest to others.
func TestEvents_LimitOfOneAddress(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	h := tl.Handler()
	ask := func(address string) int { // a HEAD needs a place too, and gives it back
		return from(h, address, http.MethodHead, "/internals/events", "", "").Status
	}
	here := netip.MustParseAddr("127.0.0.1")
	tl.streamsFrom.taken[here] = maxStreamsFrom - 2 // as many are there already
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	mine, newcomer := v.stream(), tl.visitor().stream()
	for _, s := range []*eventStream{mine, newcomer} {
		s.session("the first state", func(internals) bool { return true })
	}
	v.getsNoStream("one more than an address may have")
	tl.visitor().getsNoStream("a newcomer at that address")
	if a := v.get("/internals/events"); !strings.Contains(a.Body, fmt.Sprintf("%d from one network address", maxStreamsFrom)) {
		t.Errorf("the page does not name the limit:\n%s", a.Body)
	}
	if status := ask("10.0.0.1"); status != http.StatusOK {
		t.Errorf("another address = %d", status)
	}
	if a := v.get("/set"); a.Status != http.StatusOK {
		t.Errorf("a page beside too many streams: %d", a.Status)
	}
	mine.cancel()
	until(t, "a place is free", func() bool { return ask("127.0.0.1") == http.StatusOK })
	if n := len(tl.streamsFrom.taken); n != 1 {
		t.Errorf("%d addresses are remembered, want the one that has streams", n)
	}
}

// With signed cookies nobody tells the server of an end: a stream goes on after a flush, and ends when the
// cookie expires that it was opened with.
func TestEvents_EndOfASignedCookie(t *testing.T) {
	t.Parallel()
	tl := newLabOn(t, "cookie:sessionname")
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { tl.watcher.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	end := v.recorded(v.post("/expiry", "seconds", "2")).Deadline
	s := v.stream()
	s.session("the session", func(i internals) bool { return value(i, "k") == "v" })
	v.run("/flush")
	s.ended()
	if early := time.Until(end); early > 0 {
		t.Errorf("the stream ended %v before the cookie did", early)
	}
}

// A reader who does not read is dropped, and meanwhile holds up no POST and no other stream.
func TestEvents_SlowReader(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	tl.eventWait, tl.eventPause = time.Second, 0
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")

	conn, err := net.Dial("tcp", strings.TrimPrefix(tl.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET /internals/events HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionname=%s\r\n\r\n", v.token())
	until(t, "the slow stream is open", func() bool { return tl.streams.Load() == 1 })

	quick := v.stream()
	big := strings.Repeat("x", maxEventBytes/4) // larger sessions are told without their data
	for n := 0; tl.streams.Load() == 2; n++ {
		if n == 5000 {
			t.Fatal("the reader who reads nothing is still there")
		}
		want := fmt.Sprint(n)
		v.run("/update", "key", "n", "value", want, "key", "a", "value", big, "key", "b", "value", big, "key", "c", "value", big)
		quick.session("n="+want, func(i internals) bool { return value(i, "n") == want })
	}
	v.run("/set", "key", "n", "value", "last")
	quick.session("the last change", func(i internals) bool { return value(i, "n") == "last" })
}

func TestEvents_Heartbeat(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	tl.heartbeat = 10 * time.Millisecond
	for name, v := range map[string]*visitor{"with a session": tl.visitor(), "without": tl.visitor()} {
		if name == "with a session" {
			v.run("/set", "key", "k", "value", "v")
		}
		s := v.stream()
		for beats := 0; beats < 3; {
			if e := s.next(); e.Comment != "" && e.Name == "" && e.Data == "" {
				beats++
			}
		}
	}
}

func TestEvents_HEAD(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	r, err := http.NewRequest(http.MethodHead, tl.url+"/internals/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	if a := v.do(r); a.Status != http.StatusOK || a.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" || a.Body != "" {
		t.Errorf("HEAD = %d %q %q", a.Status, a.Header.Get("Content-Type"), a.Body)
	}
	until(t, "nothing stays open", func() bool { return tl.streams.Load() == 0 && tl.watcher.Count(v.token()) == 0 })
}

// Watching changes nothing: not the row, not the cookie, not the history.
func TestEvents_ChangeNothing(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	before, lines := v.internals(), len(tl.history.Of(v.token()))
	for range 3 {
		s := v.stream()
		s.session("the state", func(internals) bool { return true })
		if c := s.header.Get("Set-Cookie"); c != "" {
			t.Errorf("the stream sets a cookie: %s", c)
		}
	}
	after := v.internals()
	if after.Row.ExpiryJulian != before.Row.ExpiryJulian || string(after.Row.Data) != string(before.Row.Data) {
		t.Error("watching moved the expiry or rewrote the row")
	}
	if n := len(tl.history.Of(v.token())); n != lines {
		t.Errorf("watching filed %d exchanges", n-lines)
	}
}

// What a visitor stored cannot break out of its frame.
func TestEvents_HostileValues(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	s := v.stream()
	for _, hostile := range []string{
		"\n\nevent: ended\ndata: {}\n\n", "\r\rdata: x\r\r", "\r\n\r\n", "</script><script>alert(1)</script>",
		"\u2028\u2029\u0085", "\u202e\u2066", "\x00\x01\x7f", `"\`, "id: 1\nretry: 1", "\ufeffdata: x",
	} {
		v.run("/set", "key", "k", "value", hostile)
		s.session(fmt.Sprintf("%q", hostile), func(i internals) bool { return value(i, "k") == hostile })
	}
	if raw := s.all(); strings.ContainsAny(raw, "\r\x00<>\u2028\u2029") {
		t.Error("the stream carries characters that end a line, or markup")
	}
}

// A value that JSON has no form for does not silence the panel.
func TestEvents_ValuesThatJSONDoesNotKnow(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	s := v.stream()
	v.post("/set", "key", "f", "value", "NaN", "type", "float")
	v.post("/set", "key", "t", "value", "2026-01-01T00:00:00+24:00", "type", "time")
	v.run("/set", "key", "k", "value", "last")
	s.session("the last change", func(i internals) bool { return value(i, "k") == "last" })
}

// A page that still shows a cookie which names nothing must learn that the browser has dropped it: the two
// states have different stamps. A page whose own answer drops it is ahead of that.
func TestStampTellsAStaleCookieFromNone(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	stampOf := func(path, token string) string {
		v := tl.visitor()
		if token != "" {
			v.setToken(token)
		}
		_, rest, _ := strings.Cut(v.get(path).Body, `data-stamp="`)
		stamp, _, ok := strings.Cut(rest, `"`)
		if !ok || stamp == "" {
			t.Fatalf("GET %s has no stamp", path)
		}
		return stamp
	}
	const stale = "a-token-that-names-nothing"
	none := stampOf("/internals", "")
	if got := stampOf("/internals", stale); got == none {
		t.Error("with a stale cookie the stamp is the same as without one")
	}
	if got := stampOf("/set", stale); got != none {
		t.Error("a page that drops the cookie has another stamp than one without")
	}
}

// TestEvents_StoreFails: a stream that cannot tell anything is refused as other pages are, with a 503. After an
// answer of 200 a browser would come back twice a second.
func TestEvents_StoreFails(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "sessions")
	tl := newLabOn(t, "file:"+dir)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	if err := os.Rename(dir, dir+".away"); err != nil {
		t.Fatal(err)
	}
	a := v.get("/internals/events")
	tl.wantErrorPage("/internals/events", a, http.StatusServiceUnavailable, "The store cannot be reached")
	if tl.streams.Load() != 0 {
		t.Error("it keeps a place")
	}
}
