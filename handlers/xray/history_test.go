package xray

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionlab/handlers/engine"
)

func TestHistory_LatestFirstAndBoundedPerSession(t *testing.T) {
	t.Parallel()
	h := NewHistory(Limits{Total: 100, PerSession: 3, Bytes: 1 << 20, Ownerless: 10})
	a, b := token("a"), token("b")
	var want []string
	for range 5 {
		x := made(a)
		h.Add(t.Context(), x)
		want = append([]string{x.ID}, want...)
	}
	first := made(b)
	h.Add(t.Context(), first)
	if got := ids(of(h, a)); !slices.Equal(got, want[:3]) {
		t.Errorf("Of(a) = %v, want the last three, %v", got, want[:3])
	}
	if get(h, want[4], a) != nil {
		t.Error("the exchange that was pushed out is still found")
	}
	if get(h, first.ID, b) != first {
		t.Error("one session pushed out the exchange of another, below the bound for all")
	}
	if got := of(h, ""); got != nil {
		t.Errorf("Of no session = %v", ids(got))
	}
}

// A bound on bytes holds for everything in an exchange that a visitor can make long.
func TestHistory_BoundedInBytes(t *testing.T) {
	t.Parallel()
	const most = 100_000
	long := strings.Repeat("x", 30_000)
	tests := map[string]func(*Exchange){
		"state before":   func(x *Exchange) { x.Found = []byte(long) },
		"state after":    func(x *Exchange) { x.Committed = []byte(long) },
		"path":           func(x *Exchange) { x.Path = long },
		"unknown cookie": func(x *Exchange) { x.Sent = long },
		"result":         func(x *Exchange) { x.Returned = &long },
		"note":           func(x *Exchange) { x.Note = long },
		"detail":         func(x *Exchange) { x.Detail = &Detail{Of: "test", Data: []byte(long)} },
		"trial cookies":  func(x *Exchange) { x.Also = []*http.Cookie{{Path: long}} },
		"removed keys":   func(x *Exchange) { x.Removed = []string{long} },
		"statement": func(x *Exchange) {
			x.Steps = []Step{{Statements: []engine.Statement{{Text: long}}}}
		},
		"argument": func(x *Exchange) {
			x.Steps = []Step{{Statements: []engine.Statement{{Args: []string{long}}}}}
		},
	}
	for name, grow := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := NewHistory(Limits{Total: 1000, PerSession: 20, Bytes: most, Ownerless: 10})
			for i := range 10 {
				x := made(token(fmt.Sprint(i)))
				grow(x)
				h.Add(t.Context(), x)
			}
			if n := len(h.byID); n > 3 {
				t.Errorf("keeps %d exchanges of %d bytes each, with %d bytes allowed in all", n, len(long), most)
			}
			if n := len(h.byID); n == 0 {
				t.Error("keeps none, though three fit")
			}
		})
	}
}

// Thousands of random exchanges, with sessions that cycle and end, leave the books in order.
func TestHistory_StaysBoundedForEver(t *testing.T) {
	t.Parallel()
	const total, each, most = 50, 5, 20_000
	h := NewHistory(Limits{Total: total, PerSession: each, Bytes: most, Ownerless: 10})
	random := rand.New(rand.NewPCG(1, 2))
	live := []string{}
	for i := range 20_000 {
		x := NewExchange(request(http.MethodPost, "/set"), "", "", time.Now())
		x.Found = make([]byte, random.IntN(1000))
		switch n := random.IntN(10); {
		case n == 0 || len(live) == 0:
			x.Token = token(fmt.Sprint(i))
			live = append(live, x.Token)
		case n == 1:
			at := random.IntN(len(live))
			x.Sent, x.Token, x.Cycled, x.Known = live[at], token(fmt.Sprint(i)), true, true
			live[at] = x.Token
		case n == 2:
			at := random.IntN(len(live))
			x.Sent, x.Ended, x.Known = live[at], true, true
			live = slices.Delete(live, at, at+1)
		case n == 3:
			x.Location = "/flush?exchange=" + x.ID // nothing before and nothing after
		default:
			x.Sent = live[random.IntN(len(live))]
			x.Token, x.Known = x.Sent, true
		}
		h.Add(t.Context(), x)
	}
	bytes, bound, unbound := 0, 0, 0
	for _, e := range h.byID {
		if e.token == "" {
			unbound++
		} else {
			bytes += e.size()
		}
	}
	for token, shelf := range h.of {
		list, sum := shelf.entries, 0
		bound += len(list)
		for _, e := range list {
			sum += e.bytes
		}
		if sum != shelf.bytes {
			t.Errorf("%d bytes of one session are booked as %d", sum, shelf.bytes)
		}
		if len(list) > each || len(list) == 0 {
			t.Errorf("%d exchanges of one session", len(list))
		}
		for _, e := range list {
			if h.byID[e.ID] != e || e.token != token || e.gone {
				t.Error("an exchange is listed that is not kept, or is bound to another session")
			}
		}
	}
	if bound > total || bound != h.kept || unbound > 10 || bytes > most || bytes != h.bytes || bound+
		unbound != len(h.byID) || len(h.queue) > 2*total {
		t.Errorf("kept %d (%d bound, %d not), %d bytes, booked %d, queue %d; bounds %d, %d bytes",
			len(h.byID), bound, unbound, bytes, h.bytes, len(h.queue), total, most)
	}
}

// Whoever has no session cannot push out what others look at: nobody could ask for such an exchange.
func TestHistory_StrangersPushNobodyOut(t *testing.T) {
	t.Parallel()
	h := NewHistory(Limits{Total: 10, PerSession: 5, Bytes: 1 << 20, Ownerless: 10})
	mine := made(token("a"))
	h.Add(t.Context(), mine)
	for range 100 {
		h.Add(t.Context(), NewExchange(request(http.MethodGet, "/"), "", "", time.Now()))
		h.Add(t.Context(), ownerless("/flush"))
	}
	if get(h, mine.ID, token("a")) != mine {
		t.Error("requests without a session pushed out a visitor's exchange")
	}
}

// ownerless is a completed exchange that left no session behind.
func ownerless(page string) *Exchange {
	x := NewExchange(request(http.MethodPost, page), "", "", time.Now())
	x.Close(http.StatusSeeOther, page+"?exchange="+x.ID, nil, time.Now())
	return x
}

// The latest exchanges of no session are kept for the page that they lead to.
func TestHistory_OwnerlessOnesPushOutEachOther(t *testing.T) {
	t.Parallel()
	h := NewHistory(Limits{Total: 10, PerSession: 5, Bytes: 1 << 20, Ownerless: 3})
	var all []*Exchange
	for range 5 {
		all = append(all, ownerless("/flush"))
		h.Add(t.Context(), all[len(all)-1])
	}
	for i, x := range all {
		if kept := get(h, x.ID, "") == x; kept != (i >= 2) {
			t.Errorf("exchange %d of 5 is kept: %v, with room for 3", i+1, kept)
		}
	}
}

// Whoever has the address of an exchange without a session can see it: it keeps no text of a visitor.
func TestHistory_OwnerlessOnesHoldNoText(t *testing.T) {
	t.Parallel()
	h := NewHistory(Limits{Total: 10, PerSession: 5, Bytes: 1 << 20, Ownerless: 10})
	for _, tt := range []struct {
		returned    string
		typed, kept bool
	}{
		{"S3CRET", true, false}, {"['S3CRET']", true, false}, {"", true, true}, {"None", false, true},
		{"False", false, true}, {"3", false, true},
	} {
		x := ownerless("/pop")
		x.Returned, x.Typed = &tt.returned, tt.typed
		h.Add(t.Context(), x)
		found := get(h, x.ID, "")
		if kept := found.Returned != nil; kept != tt.kept || found.Withheld == tt.kept {
			t.Errorf("%q, typed %v: kept %v, withheld %v", tt.returned, tt.typed, kept, found.Withheld)
		}
	}
}

// Who makes large exchanges pushes out only large ones.
func TestHistory_LargeOnesPushOutNoSmallOnes(t *testing.T) {
	t.Parallel()
	const most = 1 << 20
	h := NewHistory(Limits{Total: 10_000, PerSession: 20, Bytes: most, Ownerless: 10})
	var small []*Exchange
	for i := range 100 {
		x := made(token(fmt.Sprint("small", i)))
		x.Found = make([]byte, 300)
		small = append(small, x)
		h.Add(t.Context(), x)
	}
	for i := range 1000 {
		x := made(token(fmt.Sprint("large", i%50)))
		x.Found, x.Committed = make([]byte, 100_000), make([]byte, 100_000)
		h.Add(t.Context(), x)
	}
	for _, x := range small {
		if get(h, x.ID, x.Token) == nil {
			t.Fatal("large exchanges of others pushed out a small one")
		}
	}
	if h.bytes > most {
		t.Errorf("%d bytes are kept, with %d allowed", h.bytes, most)
	}
}

func TestHistory_Concurrently(t *testing.T) {
	t.Parallel()
	h := NewHistory(Limits{Total: 20, PerSession: 5, Bytes: 10_000, Ownerless: 10})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			mine := token(fmt.Sprint(i))
			for range 300 {
				x := made(mine)
				x.Found = make([]byte, 300)
				h.Add(t.Context(), x)
				get(h, x.ID, mine)
				for _, x := range of(h, mine) {
					x.Summary()
				}
				h.Tokens()
				h.DropSession(token(fmt.Sprint((i + 1) % 8)))
			}
		})
	}
	wg.Wait()
}
