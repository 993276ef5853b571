package handlers

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/limits"
)

// Pages are made so many at a time, and the others wait.
func TestPagesTakeTurns(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.reading = limits.NewTurns(2, 50*time.Millisecond, busyReading)
	leave, err := tl.reading.Enter(t.Context(), netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	v := tl.visitor()
	for _, path := range []string{"/", "/set", "/internals", "/internals.json", "/internals/events"} {
		limited(t, v.get(path), http.StatusServiceUnavailable, "The server is busy", fmt.Sprint(limits.MaxReading))
	}
	for _, path := range []string{"/healthz", "/nosuchpage", "/summary"} {
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
	// Who holds a turn here holds it for ever: then the page below is refused, on a busy machine too.
	tl.answerWait = time.Hour
	tl.reading = limits.NewTurns(limits.MaxReading, time.Minute, busyReading)
	tl.url = sendingLittle(t, tl.Handler())
	v := tl.visitor()
	for _, key := range []string{"a", "b", "c"} {
		v.run("/set", "key", key, "value", strings.Repeat("x", 60<<10))
	}
	for range limits.MaxReading { // twice what one address gets
		conn := tl.dial()
		fmt.Fprintf(conn, "GET /internals.json HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionname=%s\r\n\r\n",
			v.token())
	}
	if a := tl.visitor().get("/set"); a.Status != http.StatusOK {
		t.Errorf("a page beside readers who take nothing = %d", a.Status)
	}
}

// sendingLittle serves h over connections that hold little of what is not taken: by itself the system keeps
// an answer of any size for its reader.
func sendingLittle(t *testing.T, h http.Handler) (url string) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if err := c.(*net.TCPConn).SetWriteBuffer(4096); err != nil {
			t.Error(err)
		}
		return ctx
	}
	s.Start()
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s.URL
}

// Comparisons of the stores run so many at a time, and one address has one of them.
func TestComparisonsTakeTurns(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.comparing = limits.NewTurns(limits.MaxComparing, 50*time.Millisecond, busyComparing)
	h := tl.Handler()
	leave, err := tl.comparing.Enter(t.Context(), netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	compare := func(address string) answer {
		return from(h, address, http.MethodPost, "/storage/compare", "", "")
	}
	limited(t, compare("127.0.0.1"), http.StatusServiceUnavailable,
		fmt.Sprintf("at most %d visitors", limits.MaxComparing))
	if a := compare("10.0.0.1"); a.Status != http.StatusSeeOther {
		t.Errorf("another address = %d", a.Status)
	}
	tl.visitor().run("/set", "key", "k", "value", "v") // goes on meanwhile
	leave()
	if a := compare("127.0.0.1"); a.Status != http.StatusSeeOther {
		t.Errorf("a turn that was given back = %d", a.Status)
	}
}

// Experiments with SCS by itself take turns, and hold up nothing else.
func TestBenchesTakeTurns(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.benches = limits.NewTurns(limits.MaxBenches, 50*time.Millisecond, busyBenches)
	h := tl.Handler()
	var leave func()
	for range limits.MaxBenches / 2 {
		var err error
		if leave, err = tl.benches.Enter(t.Context(), netip.MustParseAddr("127.0.0.1")); err != nil {
			t.Fatal(err)
		}
	}
	try := func(address string) answer {
		return from(h, address, http.MethodPost, "/scs-getters", "", "")
	}
	limited(t, try("127.0.0.1"), http.StatusServiceUnavailable,
		fmt.Sprintf("at most %d experiments", limits.MaxBenches))
	if a := try("10.0.0.1"); a.Status != http.StatusSeeOther {
		t.Errorf("another address = %d", a.Status)
	}
	tl.visitor().run("/set", "key", "k", "value", "v") // goes on meanwhile
	leave()
	if a := try("127.0.0.1"); a.Status != http.StatusSeeOther {
		t.Errorf("a turn that was given back = %d", a.Status)
	}
}

// Work on large sessions and forms takes turns of its own, one of them for one address. What is small goes
// on.
func TestLargeSessionsTakeTurns(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	small, big := tl.visitor(), tl.visitor()
	small.run("/set", "key", "k", "value", "v")
	big.run("/set", "key", "k", "value", strings.Repeat("x", limits.MaxValueBytes))
	tl.large = limits.NewTurns(limits.MaxLarge, 50*time.Millisecond, busyLarge)
	leave, err := tl.large.Enter(t.Context(), netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]answer{
		"a page":       big.get("/set"),
		"the panel":    big.get("/internals"),
		"the JSON":     big.get("/internals.json"),
		"an operation": big.post("/delete", "key", "k"),
		"a large form": small.post("/set", "key", "big", "value", strings.Repeat("x", limits.Large)),
	} {
		t.Run(name, func(t *testing.T) {
			limited(t, a, http.StatusServiceUnavailable, "over 32 KiB at a time")
			if strings.Contains(a.Body, "Your session holds") {
				t.Error("its session was decoded all the same, for the page that refuses")
			}
		})
	}
	if a := from(tl.Handler(), "10.0.0.1", http.MethodGet, "/set", "", big.token()); a.Status != http.StatusOK {
		t.Errorf("another address = %d", a.Status)
	}
	small.run("/set", "key", "k", "value", "w")
	leave()
	for range 3 { // each gives its turn back
		big.run("/set", "key", "n", "value", "1")
		big.get("/internals.json")
	}
}

// Views run so many at a time, and one address has one of them.
func TestViewsTakeTurns(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.viewing = limits.NewTurns(limits.MaxViewing, 50*time.Millisecond, busyViewing)
	h := tl.Handler()
	leave, err := tl.viewing.Enter(t.Context(), netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	run := func(address string) answer {
		return from(h, address, http.MethodPost, "/view", "code=return+1", "")
	}
	limited(t, run("127.0.0.1"), http.StatusServiceUnavailable, "runs the views of at most")
	if a := run("10.0.0.1"); a.Status != http.StatusSeeOther {
		t.Errorf("another address = %d", a.Status)
	}
	leave()
	if a := run("127.0.0.1"); a.Status != http.StatusSeeOther {
		t.Errorf("a turn that was given back = %d", a.Status)
	}
}
