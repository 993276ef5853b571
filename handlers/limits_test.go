package handlers

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// limited checks the page of a limit: it names the limit, says that nothing was changed and what to do, and
// when to come again.
func limited(t *testing.T, a answer, status int, says ...string) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("%d, want %d", a.Status, status)
	}
	for _, text := range append(says, "Nothing was changed", `<p class="calm">`) {
		if !strings.Contains(a.Body, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
	if after, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || after < 1 {
		t.Errorf("Retry-After = %q", a.Header.Get("Retry-After"))
	}
	if c := a.setCookie(); c != nil {
		t.Errorf("Set-Cookie = %v", c)
	}
}

// A class of 200 behind one address never meets a limit: 40 join in the same moment, everybody has a live
// panel and clicks at once through what takes most.
func TestAClassMeetsNoLimit(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	const class, together = 200, 40
	clicks := [][]string{
		{"/set", "key", "fname", "value", "Aman"}, {"/flush"}, {"/set", "key", "fname", "value", "Aman"},
		{"/cycle-key"}, {"/clear-expired/plant"}, {"/set", "key", "text", "value", strings.Repeat("x", 2000)},
		{"/expiry", "seconds", "31536000"}, {"/clear"},
	}
	var visitors []*visitor
	var refused sync.Map
	each := func(from int, f func(*visitor)) {
		for batch := range slices.Chunk(visitors[from:], together) {
			var wg sync.WaitGroup
			for _, v := range batch {
				wg.Go(func() { f(v) })
			}
			wg.Wait()
		}
	}
	for range class {
		visitors = append(visitors, tl.visitor())
	}
	each(0, func(v *visitor) {
		for _, click := range clicks[:1] {
			v.click(&refused, click)
		}
	})
	streams := make([]*eventStream, class)
	for i, v := range visitors {
		streams[i] = v.stream()
	}
	for i := range streams {
		streams[i].session("the first state", func(i internals) bool { return i.Session.Exists })
	}
	for _, click := range clicks[1:] {
		each(0, func(v *visitor) { v.click(&refused, click) })
	}
	refused.Range(func(what, _ any) bool { t.Error(what); return true })
}

// click posts and opens the page that it leads to. What is not a page as usual goes into refused.
func (v *visitor) click(refused *sync.Map, post []string) {
	a := v.post(post[0], post[1:]...)
	if a.Status != http.StatusSeeOther {
		refused.Store(fmt.Sprintf("POST %s = %d", post[0], a.Status), true)
		return
	}
	if page := v.get(a.Header.Get("Location")); page.Status != http.StatusOK {
		refused.Store(fmt.Sprintf("GET %s = %d", a.Header.Get("Location"), page.Status), true)
	}
}

// from sends a request to the whole site as if it came from an address, and returns the answer.
func from(h http.Handler, address, method, path, body, cookie string) answer {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host, r.RemoteAddr = "127.0.0.1", net.JoinHostPort(address, "1234")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if cookie != "" {
		r.Header.Set("Cookie", "sessionname="+cookie)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

// unlimited lifts the rates for one address, for tests of what comes after them.
func (tl *testLab) unlimited(address string) {
	none := rate.NewLimiter(rate.Inf, 0)
	tl.room.of[netip.MustParseAddr(address)] = &allowance{none, none}
}

// New session IDs: one address makes so many at once, and so many a second after that. Others are not held
// up, and neither is what makes none.
func TestNewSessionIDsHaveARate(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]func(h http.Handler, address string) answer{
		"a first value": func(h http.Handler, address string) answer {
			return from(h, address, http.MethodPost, "/set", "key=k&value=v", "")
		},
		"planted rows": func(h http.Handler, address string) answer {
			return from(h, address, http.MethodPost, "/clear-expired/plant", "", "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl, now := newClockLab(t)
			h := tl.Handler()
			mine := from(h, "10.0.0.1", http.MethodPost, "/set", "key=k&value=v", "").setCookie().Value
			rows := 1
			for tl.rows() < idsAtOnce+10 {
				if a := one(h, "10.0.0.1"); a.Status != http.StatusSeeOther {
					limited(t, a, http.StatusTooManyRequests, fmt.Sprintf("makes %d at once", idsAtOnce), fmt.Sprintf("%d a second", idsASecond))
					break
				}
				rows = tl.rows()
			}
			if rows > idsAtOnce || rows < idsAtOnce-3 {
				t.Errorf("%d rows were made at once, want %d", rows, idsAtOnce)
			}
			if a := one(h, "10.0.0.2"); a.Status != http.StatusSeeOther {
				t.Errorf("another address = %d", a.Status)
			}
			if a := from(h, "10.0.0.1", http.MethodPost, "/set", "key=k&value=w", mine); a.Status != http.StatusSeeOther {
				t.Errorf("a value in a session that is there = %d", a.Status)
			}
			a := from(h, "10.0.0.1", http.MethodPost, "/cycle-key", "", mine)
			for ; a.Status == http.StatusSeeOther; rows++ {
				if rows > idsAtOnce {
					t.Fatal("new IDs for the same session are not counted")
				}
				mine = a.setCookie().Value
				a = from(h, "10.0.0.1", http.MethodPost, "/cycle-key", "", mine)
			}
			limited(t, a, http.StatusTooManyRequests)
			if a := from(h, "10.0.0.1", http.MethodPost, "/flush", "", mine); a.Status != http.StatusSeeOther {
				t.Errorf("a flush = %d", a.Status)
			}
			tl.at(now.Add(time.Second))
			if a := one(h, "10.0.0.1"); a.Status != http.StatusSeeOther {
				t.Errorf("a second later = %d", a.Status)
			}
		})
	}
}

// Session data that is added has a rate too. What is written in the place of as much is not counted.
func TestGrowthHasARate(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	h := tl.Handler()
	full := "key=a&value=" + strings.Repeat("x", maxValueBytes)
	var tokens []string
	for {
		a := from(h, "10.0.0.1", http.MethodPost, "/set", full, "")
		if a.Status != http.StatusSeeOther {
			limited(t, a, http.StatusTooManyRequests, "takes 32 MiB at once", "512 KiB a second")
			break
		}
		tokens = append(tokens, a.setCookie().Value)
	}
	if got := len(tokens) * maxValueBytes; got > bytesAtOnce || got < bytesAtOnce-2*maxValueBytes {
		t.Errorf("%d bytes were stored at once, want %d", got, bytesAtOnce)
	}
	if a := from(h, "10.0.0.1", http.MethodPost, "/set", full, tokens[0]); a.Status != http.StatusSeeOther {
		t.Errorf("the same once more = %d", a.Status)
	}
	if a := from(h, "10.0.0.2", http.MethodPost, "/set", full, ""); a.Status != http.StatusSeeOther {
		t.Errorf("another address = %d", a.Status)
	}
	tl.at(now.Add(time.Second))
	if a := from(h, "10.0.0.1", http.MethodPost, "/set", full, ""); a.Status != http.StatusSeeOther {
		t.Errorf("a second later = %d", a.Status)
	}
}

// The store takes so many rows and bytes. Beyond, reading and what needs no more goes on, nothing is lost, and
// expired rows make room.
func TestTheStoreHasBounds(t *testing.T) {
	t.Parallel()
	for name, bound := range map[string]struct {
		set  func(*room)
		says string
	}{
		"rows":  {func(m *room) { m.maxRows = 5 }, "at most 5 sessions"},
		"bytes": {func(m *room) { m.maxBytes = 1200 }, "at most 1.2 KiB of session data"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			bound.set(tl.room)
			v := tl.visitor()
			v.run("/set", "key", "k", "value", "v")
			v.run("/clear-expired/plant")
			more := func() answer { return tl.visitor().post("/set", "key", "k", "value", strings.Repeat("x", 250)) }
			var a answer
			for range 5 {
				if a = more(); a.Status != http.StatusSeeOther {
					break
				}
			}
			limited(t, a, http.StatusInsufficientStorage, bound.says)
			rows := tl.rows()
			if got := v.get("/get?key=k").results(); len(got) != 1 || got[0] != "v" {
				t.Errorf("reading gives %v", got)
			}
			v.run("/set", "key", "k", "value", "w")
			v.run("/delete", "key", "k")
			limited(t, tl.visitor().post("/clear-expired/plant"), http.StatusInsufficientStorage)
			if tl.rows() != rows {
				t.Errorf("%d rows, were %d", tl.rows(), rows)
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() { defer close(done); tl.sweep(ctx) }()
			until(t, "the expired rows were removed", func() bool { return more().Status == http.StatusSeeOther })
			cancel()
			<-done
			if got := v.internals(); !got.Session.Exists {
				t.Error("a living session was removed")
			}
		})
	}
}

// The count of the store follows what the lab does and what others do.
func TestTheCountFollowsTheStore(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	agree := func(what string) {
		t.Helper()
		counted, err := tl.engine.Usage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if tl.room.usage != counted {
			t.Errorf("%s: %+v is booked, and the store has %+v", what, tl.room.usage, counted)
		}
	}
	a, b := tl.visitor(), tl.visitor()
	a.run("/set", "key", "k", "value", "v")
	b.run("/set", "key", "k", "value", strings.Repeat("x", 5000))
	agree("two sessions")
	a.run("/set", "key", "other", "value", strings.Repeat("x", 300))
	b.run("/set", "key", "k", "value", "short")
	a.run("/cycle-key")
	a.run("/clear")
	agree("changes")
	b.run("/flush")
	b.run("/flush") // nothing to end
	tl.visitor().post("/delete", "key", "k")
	agree("an end")
	tl.visitor().run("/clear-expired/plant")
	tl.visitor().run("/clear-expired")
	tl.sql("DELETE FROM sessions")
	tl.count(t.Context(), true)
	agree("a hand in the store")
}

// An address is the peer's, or what a trusted proxy says; of IPv6 the network counts.
func TestAddresses(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, tt := range []struct {
		name, peer, forwarded, trusted, want string
	}{
		{"the peer", "192.0.2.7:80", "", "", "192.0.2.7"},
		{"a claim that nobody trusts", "192.0.2.7:80", "203.0.113.9", "", "192.0.2.7"},
		{"a trusted proxy's word", "127.0.0.1:80", "203.0.113.9", "127.0.0.0/8", "203.0.113.9"},
		{"a claim passed on by a trusted proxy", "127.0.0.1:80", "1.2.3.4, 203.0.113.9", "127.0.0.0/8", "203.0.113.9"},
		{"two trusted proxies", "127.0.0.1:80", "203.0.113.9, 127.0.0.5", "127.0.0.0/8", "203.0.113.9"},
		{"a claim past the trusted proxy", "192.0.2.7:80", "203.0.113.9", "127.0.0.0/8", "192.0.2.7"},
		{"a trusted proxy without a word", "127.0.0.1:80", "", "127.0.0.0/8", "127.0.0.1"},
		{"nonsense from a trusted proxy", "127.0.0.1:80", "unknown", "127.0.0.0/8", "127.0.0.1"},
		{"IPv6", "[2001:db8:1:2:3:4:5:6]:80", "", "", "2001:db8:1:2::"},
		{"IPv4 in IPv6", "[::ffff:192.0.2.7]:80", "", "", "192.0.2.7"},
	} {
		tl.settings.TrustedProxies = nil
		if tt.trusted != "" {
			tl.settings.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(tt.trusted)}
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tt.peer
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		var got netip.Addr
		look := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = tl.address(r) })
		tl.clientAddress()(look).ServeHTTP(httptest.NewRecorder(), r)
		if got.String() != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Allowances are remembered for so many addresses. The ones beyond share one, and those who have not used
// theirs lately are forgotten first.
func TestAllowancesAreBounded(t *testing.T) {
	t.Parallel()
	now := time.Now()
	m := newRoom(Settings{}, func() time.Time { return now })
	address := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}) }
	for i := range maxAddresses + idsAtOnce {
		if err := m.admit(address(i), 1, 0); err != nil {
			t.Fatalf("address %d: %v", i, err)
		}
	}
	if len(m.of) > maxAddresses {
		t.Errorf("%d addresses are remembered", len(m.of))
	}
	if err := m.admit(address(maxAddresses+idsAtOnce), 1, 0); err == nil {
		t.Error("what the addresses share is not used up")
	}
	now = now.Add(time.Minute)
	if err := m.admit(address(maxAddresses+idsAtOnce), 1, 0); err != nil || len(m.of) != 1 {
		t.Errorf("a minute later: %v, %d addresses are remembered", err, len(m.of))
	}
}

// A turn goes to whoever waits longest, half of them to one address at most, and in vain after a while.
func TestTurns(t *testing.T) {
	t.Parallel()
	one, other := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	turns := newTurns(4, 50*time.Millisecond, busyReading)
	var leave []func()
	for range 2 {
		l, err := turns.enter(t.Context(), one)
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, l)
	}
	if _, err := turns.enter(t.Context(), one); err != error(busyReading) {
		t.Errorf("a third turn of one address: %v", err)
	}
	for range 2 {
		if _, err := turns.enter(t.Context(), other); err != nil {
			t.Errorf("another address: %v", err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := turns.enter(gone, one); err != context.Canceled {
		t.Errorf("a visitor who left: %v", err)
	}
	leave[0]()
	leave[0]() // counts once
	l, err := turns.enter(t.Context(), one)
	if err != nil {
		t.Errorf("a turn that was given back: %v", err)
	}
	if _, err := turns.enter(t.Context(), one); err == nil {
		t.Error("a turn that was given back twice counts twice")
	}
	l()
	leave[1]()
	if _, ok := turns.of[one]; ok {
		t.Error("an address without a turn is remembered")
	}
}

// Pages are made so many at a time, and the others wait.
func TestPagesTakeTurns(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.reading = newTurns(2, 50*time.Millisecond, busyReading)
	leave, err := tl.reading.enter(t.Context(), netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	v := tl.visitor()
	for _, path := range []string{"/", "/set", "/settings", "/summary", "/internals", "/internals.json", "/internals/events"} {
		limited(t, v.get(path), http.StatusServiceUnavailable, "The server is busy", fmt.Sprint(maxReading))
	}
	for _, path := range []string{"/healthz", "/nosuchpage"} {
		if a := v.get(path); a.Status == http.StatusServiceUnavailable {
			t.Errorf("GET %s = %d", path, a.Status)
		}
	}
	v.post("/set", "key", "k", "value", "v")
	leave()
	if a := v.get("/set"); a.Status != http.StatusOK {
		t.Errorf("GET /set after a turn was given back = %d", a.Status)
	}
}

// A finished page that nobody takes holds no turn.
func TestSlowReadersHoldNoTurn(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	for _, key := range []string{"a", "b", "c"} {
		v.run("/set", "key", key, "value", strings.Repeat("x", 60<<10))
	}
	for range 2 * maxReading {
		conn := tl.dial()
		fmt.Fprintf(conn, "GET /internals.json HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionname=%s\r\n\r\n", v.token())
	}
	if a := tl.visitor().get("/set"); a.Status != http.StatusOK {
		t.Errorf("a page beside readers who take nothing = %d", a.Status)
	}
}

// dial opens a connection that reads nothing by itself, and takes little in advance.
func (tl *testLab) dial() net.Conn {
	tl.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(tl.url, "http://"))
	if err != nil {
		tl.t.Fatal(err)
	}
	tl.t.Cleanup(func() { conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		tl.t.Fatal(err)
	}
	return conn
}

// Large answers that nobody takes hold so many bytes and no more. Ordinary pages go on, and the room comes
// back when the readers are given up.
func TestLargeAnswersHaveRoom(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "a", "value", strings.Repeat("x", 60<<10))
	v.run("/set", "key", "b", "value", strings.Repeat("x", 60<<10))
	size := int64(len(v.get("/internals.json").Body))
	if size <= smallAnswer {
		t.Fatalf("the answer has %d bytes, and is no large one", size)
	}
	if !tl.answers.TryAcquire(maxAnswers - size) { // as if so much were under way
		t.Fatal("the room is in use")
	}
	if a := v.get("/internals.json"); a.Status != http.StatusOK {
		t.Errorf("the last that has room = %d", a.Status)
	}
	tl.answers.TryAcquire(1)
	limited(t, v.get("/internals.json"), http.StatusServiceUnavailable, "at most 64 MiB of them")
	if a := v.get("/set"); a.Status != http.StatusOK {
		t.Errorf("an ordinary page = %d", a.Status)
	}
	tl.answers.Release(1)
	if a := v.get("/internals.json"); a.Status != http.StatusOK {
		t.Errorf("when there is room again = %d", a.Status)
	}
}

// Large bodies wait for room, and give it back when they are done or given up.
func TestLargeBodiesHaveRoom(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.bodyWait = 100 * time.Millisecond
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	var slow []net.Conn
	for range maxBodies / maxBody {
		conn := tl.dial()
		slow = append(slow, conn)
		fmt.Fprintf(conn, "POST /set HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"+
			"Content-Length: %d\r\n\r\nkey=k&value=", maxBody)
	}
	large := strings.Repeat("x", 2*smallBody)
	until(t, "there is no room", func() bool { return v.post("/set", "key", "a", "value", large).Status != http.StatusSeeOther })
	limited(t, v.post("/set", "key", "a", "value", large), http.StatusServiceUnavailable, "Forms over 16 KiB", "at most 32 MiB of them")
	v.run("/set", "key", "a", "value", "small")
	for _, conn := range slow {
		conn.Close()
	}
	until(t, "there is room again", func() bool { return v.post("/set", "key", "a", "value", large).Status == http.StatusSeeOther })
}

// Connections: so many in all and from one address. A few beyond get a page that says so, the rest is closed.
func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := tl.Bound(inner).(*boundListener)
	listener.most, listener.each = 6, 4
	server := &http.Server{Handler: tl.Handler(), ConnContext: tl.ConnContext}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })

	ask := func(conn net.Conn) answer {
		t.Helper()
		fmt.Fprint(conn, "GET /set HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
		conn.SetReadDeadline(time.Now().Add(patience))
		return readAnswer(t, conn)
	}
	dial := func(address string) net.Conn {
		t.Helper()
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
		conn, err := d.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Skipf("this machine has no address %s: %v", address, err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	var mine []net.Conn
	for range 4 {
		conn := dial("127.0.0.1")
		if a := ask(conn); a.Status != http.StatusOK {
			t.Fatalf("a connection within the limit = %d", a.Status)
		}
		mine = append(mine, conn)
	}
	a := ask(dial("127.0.0.1"))
	limited(t, a, http.StatusServiceUnavailable, fmt.Sprintf("at most %d connections", maxConnections), fmt.Sprintf("at most %d from one address", maxConnectionsEach))
	if a.Header.Get("Connection") != "close" {
		t.Errorf("Connection = %q, want close", a.Header.Get("Connection"))
	}
	var others []net.Conn
	for range 2 {
		conn := dial("127.0.0.2")
		if a := ask(conn); a.Status != http.StatusOK {
			t.Errorf("another address = %d", a.Status)
		}
		others = append(others, conn)
	}
	if a := ask(dial("127.0.0.3")); a.Status != http.StatusServiceUnavailable {
		t.Errorf("one more than there may be in all = %d", a.Status)
	}
	mine[0].Close()
	until(t, "a place is free", func() bool { return ask(dial("127.0.0.1")).Status == http.StatusOK })
	mine[1].Close()
	tl.settings.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}
	others[0].Close()
	until(t, "nothing of this is counted any more", func() bool {
		listener.mu.Lock()
		defer listener.mu.Unlock()
		return listener.turnedAway == 0
	})
}

// readAnswer reads one answer from a raw connection.
func readAnswer(t *testing.T, conn net.Conn) answer {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Close {
		resp.Header.Set("Connection", "close")
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

// A list has so many entries, and one that an earlier version took is shown cut, on every page.
func TestLongLists(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	for _, path := range []string{"/set", "/setdefault", "/update"} {
		v.run(path, "key", "list"+path[1:], "value", strings.Repeat(",", maxListEntries-1), "type", "list")
		a := v.post(path, "key", "more", "value", strings.Repeat(",", maxListEntries), "type", "list")
		if a.Status != http.StatusRequestEntityTooLarge || !strings.Contains(a.Body, "at most 1000 entries") {
			t.Errorf("POST %s of 1001 entries = %d", path, a.Status)
		}
	}
	long := map[string]any{"list": make([]string, 65_000), "text": strings.Repeat("'", maxValueBytes)}
	v = tl.holding(long)
	for _, path := range tl.addresses(http.MethodGet) {
		if path == "/internals/events" {
			continue
		}
		a := v.get(path)
		if limit := 200 << 10; path != "/internals.json" && len(a.Body) > limit {
			t.Errorf("GET %s of a long list has %d bytes, want at most %d", path, len(a.Body), limit)
		}
	}
	for _, result := range v.get("/items").results()[1:] {
		if !strings.Contains(result, "… and 64") || !strings.Contains(result, "(65536 bytes)") {
			t.Errorf("/items does not say what it leaves out: %.200q", result)
		}
	}
	wantText(t, v.get("/set"), "and 64829 more]")
}

// holding returns a visitor whose session holds values that no form may have sent.
func (tl *testLab) holding(values map[string]any) *visitor {
	tl.t.Helper()
	token, expiry := newID(), time.Now().Add(time.Hour)
	data, err := strict.Encode(expiry, values)
	if err != nil {
		tl.t.Fatal(err)
	}
	if err := tl.engine.CommitCtx(tl.t.Context(), token, data, expiry); err != nil {
		tl.t.Fatal(err)
	}
	v := tl.visitor()
	v.setToken(token)
	return v
}

// A stream tells of many changes in one event, four times a second at most, and ends with the last state.
func TestStreamsGatherChanges(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	tl.eventPause = time.Hour
	v := tl.visitor()
	v.run("/set", "key", "n", "value", "0")
	s := v.stream()
	s.session("the first state", func(i internals) bool { return value(i, "n") == "0" })
	for n := range 20 {
		v.run("/set", "key", "n", "value", fmt.Sprint(n+1))
	}
	// The next event has to wait for an hour: only the end of all streams comes.
	tl.CloseStreams()
	if last := s.ended(); len(last) > 0 {
		t.Errorf("%d events came in one pause", len(last))
	}
}

// An event of a large session tells that it changed, and leaves its data to who asks for it.
func TestEventsOfLargeSessionsAreSmall(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	for _, key := range []string{"a", "b", "c"} {
		v.run("/set", "key", key, "value", strings.Repeat("x", maxValueBytes))
	}
	s := v.stream()
	first := s.session("the first state", func(i internals) bool { return i.Row != nil })
	if first.Row.Data != nil || len(first.Session.Values) != 0 || first.Row.Size < 3*maxValueBytes {
		t.Errorf("the event carries %d bytes of data and %d values of a row of %d bytes",
			len(first.Row.Data), len(first.Session.Values), first.Row.Size)
	}
	v.run("/set", "key", "n", "value", "1")
	s.session("the change", func(i internals) bool { return i.Row.Size > first.Row.Size })
	if all := len(s.all()); all > 4000 {
		t.Errorf("two events have %d bytes", all)
	}
}

// Comparisons of the stores run so many at a time, and one address has one of them.
func TestComparisonsTakeTurns(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.comparing.wait = 50 * time.Millisecond
	leave, err := tl.comparing.enter(t.Context(), netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	v := tl.visitor()
	limited(t, v.post("/storage/compare"), http.StatusServiceUnavailable, fmt.Sprintf("at most %d visitors", maxComparing))
	if a := from(tl.Handler(), "10.0.0.1", http.MethodPost, "/storage/compare", "", ""); a.Status != http.StatusSeeOther {
		t.Errorf("another address = %d", a.Status)
	}
	v.run("/set", "key", "k", "value", "v") // goes on meanwhile
	leave()
	v.run("/storage/compare")
}

// Requests without a session, however many, push out nobody's exchanges.
func TestStrangersPushOutNoExchanges(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	h := tl.Handler()
	v := tl.visitor()
	mine := v.post("/set", "key", "k", "value", "v").Header.Get("Location")
	for range historyLimits.Total + 1 {
		if w := serve(h, http.MethodPost, "/flush", "", ""); w.Code != http.StatusSeeOther {
			t.Fatalf("POST /flush = %d", w.Code)
		}
	}
	if a := v.get(mine); strings.Contains(a.Body, "not kept here any more") {
		t.Error("a visitor's exchange was pushed out")
	}
}

// On signed cookies, whoever stores the same as somebody else sees nothing of them, however often.
func TestEqualSessionsInCookiesAreNotShared(t *testing.T) {
	t.Parallel()
	tl := newLabOn(t, "cookie:sessionname")
	moment := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	for i := range 20 {
		secret := fmt.Sprint("S3CRET", i)
		victim, attacker := tl.visitor(), tl.visitor()
		victim.run("/set", "key", "pin", "value", secret)
		victim.run("/clear")
		victim.run("/expiry", "at", moment)
		attacker.run("/expiry", "at", moment)
		if victim.token() == attacker.token() {
			t.Fatal("two visitors hold the same cookie")
		}
		for _, x := range tl.history.Of(attacker.token()) {
			if x.Path == "/clear" {
				t.Fatal("the attacker has the victim's exchange")
			}
			for _, path := range []string{"/internals", "/clear", "/set"} {
				if strings.Contains(attacker.get(path+"?exchange="+x.ID).Body, secret) {
					t.Fatalf("the attacker reads the victim's value on %s", path)
				}
			}
		}
	}
}

// Who holds an older copy of a signed cookie sees nothing of what came after it.
func TestOlderCookiesSeeNothingLater(t *testing.T) {
	t.Parallel()
	tl := newLabOn(t, "cookie:sessionname")
	v, old := tl.visitor(), tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	old.setToken(v.token())
	later := v.post("/set", "key", "pin", "value", "S3CRET").Header.Get("Location")
	v.get(later)
	for _, path := range []string{later, "/internals", "/internals.json", "/set"} {
		if strings.Contains(old.get(path).Body, "S3CRET") {
			t.Errorf("the holder of an older cookie reads a later value on %s", path)
		}
	}
	if !strings.Contains(v.get(later).Body, "S3CRET") {
		t.Error("the visitor's own history does not move along")
	}
}
