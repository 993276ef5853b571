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

// allow lets an address make so many session IDs at once, which takes less time than as many as it may.
func (tl *testLab) allow(address string, ids int) {
	own := newAllowance()
	own.ids.SetBurst(ids)
	tl.room.of[netip.MustParseAddr(address)] = own
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
						fmt.Sprintf("makes %d at once", idsAtOnce), fmt.Sprintf("%d a second", idsASecond))
					break
				}
				rows = tl.rows()
			}
			if rows > most || rows < most-3 {
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
	value := strings.Repeat("x", maxValueBytes)
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
	if got := len(tokens) * 3 * maxValueBytes; got > bytesAtOnce || got < bytesAtOnce-6*maxValueBytes {
		t.Errorf("%d bytes were stored at once, want %d", got, bytesAtOnce)
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

// Allowances are remembered for so many addresses. The ones beyond share one, and those who have not used
// theirs lately are forgotten first.
func TestAllowancesAreBounded(t *testing.T) {
	t.Parallel()
	now := time.Now()
	m := newRoom(Settings{}, func() time.Time { return now })
	address := func(i int) netip.Addr {
		return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
	}
	const beyond = 10 // addresses, which together use up what they share
	for i := range maxAddresses + beyond {
		ids := 1
		if i >= maxAddresses {
			ids = idsAtOnce / beyond
		}
		if err := m.admit(address(i), growth{ids: ids}); err != nil {
			t.Fatalf("address %d: %v", i, err)
		}
	}
	if len(m.of) > maxAddresses {
		t.Errorf("%d addresses are remembered", len(m.of))
	}
	if err := m.admit(address(maxAddresses+beyond), growth{ids: 1}); err == nil {
		t.Error("what the addresses share is not used up")
	}
	now = now.Add(time.Minute)
	if err := m.admit(address(maxAddresses+beyond), growth{ids: 1}); err != nil || len(m.of) != 1 {
		t.Errorf("a minute later: %v, %d addresses are remembered", err, len(m.of))
	}
}
