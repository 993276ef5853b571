package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

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
	for _, path := range []string{"/", "/set", "/internals", "/internals.json", "/internals/events"} {
		limited(t, v.get(path), http.StatusServiceUnavailable, "The server is busy", fmt.Sprint(maxReading))
	}
	for _, path := range []string{"/healthz", "/nosuchpage", "/settings", "/summary"} {
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
		fmt.Fprintf(conn, "GET /internals.json HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionname=%s\r\n\r\n",
			v.token())
	}
	if a := tl.visitor().get("/set"); a.Status != http.StatusOK {
		t.Errorf("a page beside readers who take nothing = %d", a.Status)
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
	limited(t, v.post("/storage/compare"), http.StatusServiceUnavailable,
		fmt.Sprintf("at most %d visitors", maxComparing))
	a := from(tl.Handler(), "10.0.0.1", http.MethodPost, "/storage/compare", "", "")
	if a.Status != http.StatusSeeOther {
		t.Errorf("another address = %d", a.Status)
	}
	v.run("/set", "key", "k", "value", "v") // goes on meanwhile
	leave()
	v.run("/storage/compare")
}

// Work on large sessions and forms takes turns of its own, one of them for one address. What is small goes
// on.
func TestLargeSessionsTakeTurns(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	small, big := tl.visitor(), tl.visitor()
	small.run("/set", "key", "k", "value", "v")
	big.run("/set", "key", "k", "value", strings.Repeat("x", maxValueBytes))
	tl.large = newTurns(maxLarge, 50*time.Millisecond, busyLarge)
	leave, err := tl.large.enter(t.Context(), netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]answer{
		"a page":       big.get("/set"),
		"the panel":    big.get("/internals"),
		"the JSON":     big.get("/internals.json"),
		"an operation": big.post("/delete", "key", "k"),
		"a large form": small.post("/set", "key", "big", "value", strings.Repeat("x", large)),
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
