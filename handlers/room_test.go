package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/limits"
)

// allow leaves an address so many session IDs that it may make at once: the others it has made.
func (tl *testLab) allow(address string, ids int) {
	tl.t.Helper()
	made := limits.Growth{IDs: limits.IDsAtOnce - ids}
	if err := tl.room.Admit(netip.MustParseAddr(address), made); err != nil {
		tl.t.Fatal(err)
	}
}

// useRoom puts m in the place of the lab's own, for everything.
func (tl *testLab) useRoom(m *limits.Room) {
	held := tl.sessions.Store.(heldBack)
	tl.room, held.room = m, m
	tl.sessions.Store = held
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
			const most = 60
			tl.allow("10.0.0.1", most)
			mine := from(h, "10.0.0.1", http.MethodPost, "/set", "key=k&value=v", "").setCookie().Value
			rows := 1
			for tl.rows() < most+10 {
				if a := one(h, "10.0.0.1"); a.Status != http.StatusSeeOther {
					limited(t, a, http.StatusTooManyRequests,
						fmt.Sprintf("makes %d at once", limits.IDsAtOnce),
						fmt.Sprintf("%d a second", limits.IDsASecond))
					break
				}
				rows = tl.rows()
			}
			if rows > most || rows < most-4 {
				t.Errorf("%d rows were made at once, want %d", rows, most)
			}
			if a := one(h, "10.0.0.2"); a.Status != http.StatusSeeOther {
				t.Errorf("another address = %d", a.Status)
			}
			if a := from(h, "10.0.0.1", http.MethodPost, "/set", "key=k&value=w",
				mine); a.Status != http.StatusSeeOther {
				t.Errorf("a value in a session that is there = %d", a.Status)
			}
			a := from(h, "10.0.0.1", http.MethodPost, "/cycle-key", "", mine)
			for ; a.Status == http.StatusSeeOther; rows++ {
				if rows > most {
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
	value := strings.Repeat("x", limits.MaxValueBytes)
	full := "key=a&value=" + value + "&key=b&value=" + value + "&key=c&value=" + value
	var tokens []string
	for {
		a := from(h, "10.0.0.1", http.MethodPost, "/update", full, "")
		if a.Status != http.StatusSeeOther {
			limited(t, a, http.StatusTooManyRequests, "takes 32 MiB at once", "512 KiB a second")
			break
		}
		tokens = append(tokens, a.setCookie().Value)
	}
	const most, each = limits.BytesAtOnce, 3 * limits.MaxValueBytes
	if got := len(tokens) * each; got > most || got < most-2*each {
		t.Errorf("%d bytes were stored at once, want %d", got, most)
	}
	if a := from(h, "10.0.0.1", http.MethodPost, "/update", full, tokens[0]); a.Status != http.StatusSeeOther {
		t.Errorf("the same once more = %d", a.Status)
	}
	if a := from(h, "10.0.0.2", http.MethodPost, "/update", full, ""); a.Status != http.StatusSeeOther {
		t.Errorf("another address = %d", a.Status)
	}
	tl.at(now.Add(time.Second))
	if a := from(h, "10.0.0.1", http.MethodPost, "/set", "key=a&value="+value,
		""); a.Status != http.StatusSeeOther {
		t.Errorf("a second later = %d", a.Status)
	}
}

// The store takes so many rows and bytes. Beyond, reading and what needs no more goes on, nothing is lost,
// and expired rows make room.
func TestTheStoreHasBounds(t *testing.T) {
	t.Parallel()
	for name, bound := range map[string]struct {
		rows  int
		bytes int64
		says  string
	}{
		"rows":  {rows: 5, says: "at most 5 sessions"},
		"bytes": {bytes: 1200, says: "at most 1.2 KiB of session data"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			tl.useRoom(limits.NewRoom(bound.rows, bound.bytes, time.Now))
			v := tl.visitor()
			v.run("/set", "key", "k", "value", "v")
			v.run("/clear-expired/plant")
			tl.sql("UPDATE sessions SET expiry = julianday('now', '-1 minute') WHERE token != ?", v.token())
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
			v.run("/cycle-key")
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
		if tl.room.Usage() != counted {
			t.Errorf("%s: %+v is booked, and the store has %+v", what, tl.room.Usage(), counted)
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
	tl.visitor().run("/sessions/visits")
	agree("strangers")
	tl.visitor().run("/clear-expired")
	tl.sql("DELETE FROM sessions")
	tl.count(t.Context(), true)
	agree("a hand in the store")
}
