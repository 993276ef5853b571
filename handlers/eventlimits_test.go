package handlers

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/limits"
)

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
	until(t, "no stream is left", func() bool { return tl.streams.Taken() == 0 })
}

func TestEvents_ReleasedWhenTheReaderLeaves(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	for range limits.MaxStreamsEach + 1 { // one after another: more than may be open at once
		s := v.stream()
		s.next()
		s.cancel()
		until(t, "the stream is given up", func() bool {
			return tl.streams.Taken() == 0 && tl.watcher.Count(v.token()) == 0
		})
	}
}

func (v *visitor) getsNoStream(why string) {
	v.t.Helper()
	a := v.lab.send(http.MethodGet, "/internals/events", "Cookie", "sessionname="+v.token())
	if a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" ||
		!strings.Contains(a.Body, "Too many live panels") {
		v.t.Errorf("%s: %d, Retry-After %q; want a 503 page", why, a.Status, a.Header.Get("Retry-After"))
	}
}

// occupy takes n places, until leave is called.
func occupy(places *limits.Places, n int) (leave func()) {
	var all []func()
	for range n {
		if leave, ok := places.Take(); ok {
			all = append(all, leave)
		}
	}
	return func() {
		for _, leave := range all {
			leave()
		}
	}
}

func TestEvents_Limits(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v, other := tl.visitor(), tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	other.run("/set", "key", "k", "value", "v")
	var last *eventStream
	for range limits.MaxStreamsEach {
		last = v.stream()
		last.session("the first state", func(internals) bool { return true })
	}
	v.getsNoStream("one more than a session may have")
	other.stream().session("the first state of another session", func(internals) bool { return true })
	if a := v.get("/set"); a.Status != http.StatusOK {
		t.Errorf("a page beside too many streams: %d", a.Status)
	}
	last.cancel()
	until(t, "a place is free", func() bool { return tl.watcher.Count(v.token()) < limits.MaxStreamsEach })
	v.stream().session("the state in the free place", func(internals) bool { return true })

	occupy(tl.streamsNew, limits.MaxStreamsNew-1) // as many are there already
	newcomer := tl.visitor().stream()
	newcomer.session("the newcomer's state in the last place", func(internals) bool { return true })
	tl.visitor().getsNoStream("one newcomer more than there may be")
	stale := tl.visitor()
	stale.setToken(strings.Repeat("x", 43))
	stale.getsNoStream("one with a cookie that names nothing")
	other.stream().session("the state of a session beside too many newcomers",
		func(internals) bool { return true })
	newcomer.cancel()
	until(t, "the newcomer's place is free", func() bool { return tl.streamsNew.Taken() < limits.MaxStreamsNew })
	stale.stream().session("the state of the one with a stale cookie", func(internals) bool { return true })
}

func TestEvents_LimitOfAll(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	other := tl.visitor()
	other.run("/set", "key", "k", "value", "v")
	leave := occupy(tl.streams, limits.MaxStreams)
	other.getsNoStream("one more than the server has")
	tl.visitor().getsNoStream("a newcomer")
	leave()
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
	here, other := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("10.0.0.1")
	for range limits.MaxStreamsFrom - 2 { // as many are there already
		tl.streamsFrom.Take(here)
	}
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	mine, newcomer := v.stream(), tl.visitor().stream()
	for _, s := range []*eventStream{mine, newcomer} {
		s.session("the first state", func(internals) bool { return true })
	}
	v.getsNoStream("one more than an address may have")
	tl.visitor().getsNoStream("a newcomer at that address")
	a, limit := v.get("/internals/events"), fmt.Sprintf("%d from one network address", limits.MaxStreamsFrom)
	if !strings.Contains(a.Body, limit) {
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
	for range limits.MaxStreamsFrom {
		if _, ok := tl.streamsFrom.Take(other); !ok {
			t.Fatal("the other address has no stream, and still has a place less")
		}
	}
}

// A reader who does not read is dropped, and meanwhile holds up no POST and no other stream.
func TestEvents_SlowReader(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	tl.eventWait = time.Second
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	conn := tl.narrow()
	fmt.Fprintf(conn, "GET /internals/events HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionname=%s\r\n\r\n",
		v.token())
	until(t, "the slow stream is open", func() bool { return tl.streams.Taken() == 1 })

	quick := v.stream()
	big := strings.Repeat("x", limits.MaxEventBytes/4) // larger sessions are told without their data
	for n := 0; tl.streams.Taken() == 2; n++ {
		if n == 5000 {
			t.Fatal("the reader who reads nothing is still there")
		}
		want := fmt.Sprint(n)
		v.run("/update", "key", "n", "value", want, "key", "a", "value", big, "key", "b", "value", big, "key", "c",
			"value", big)
		quick.session("n="+want, func(i internals) bool { return value(i, "n") == want })
	}
	v.run("/set", "key", "n", "value", "last")
	quick.session("the last change", func(i internals) bool { return value(i, "n") == "last" })
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
		v.run("/set", "key", key, "value", strings.Repeat("x", limits.MaxValueBytes))
	}
	s := v.stream()
	first := s.session("the first state", func(i internals) bool { return i.Row != nil })
	if first.Row.Data != nil || len(first.Session.Values) != 0 || first.Row.Size < 3*limits.MaxValueBytes {
		t.Errorf("the event carries %d bytes of data and %d values of a row of %d bytes",
			len(first.Row.Data), len(first.Session.Values), first.Row.Size)
	}
	v.run("/set", "key", "n", "value", "1")
	s.session("the change", func(i internals) bool { return i.Row.Size > first.Row.Size })
	if all := len(s.all()); all > 4000 {
		t.Errorf("two events have %d bytes", all)
	}
}
