package limits

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"sessionlab/handlers/engine"
)

// clock is a clock that the test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// over checks which bound an error is about; "" for none.
func over(t *testing.T, what string, err error, want Bound) *BoundError {
	t.Helper()
	e, ok := errors.AsType[*BoundError](err)
	if !ok {
		e = new(BoundError)
	}
	if ok != (err != nil) || e.Bound != want {
		t.Errorf("%s: %v, want the bound %q", what, err, want)
	}
	return e
}

// One address makes so many IDs at once and so many a second after that, and data goes the same way. Others
// are not held up, and neither is what does not grow.
func TestRoom_Rates(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		all, second, less, more Growth
		bound                   Bound
	}{
		"IDs": {Growth{IDs: IDsAtOnce}, Growth{IDs: IDsASecond}, Growth{Bytes: 1000}, Growth{IDs: 1}, NewIDs},
		"data": {Growth{Bytes: BytesAtOnce}, Growth{Bytes: BytesASecond}, Growth{IDs: 1, Bytes: -1000},
			Growth{IDs: IDsAtOnce / 2, Bytes: 1}, NewData},
		"notebooks": {Growth{Notebooks: NotebooksAtOnce}, Growth{Notebooks: NotebooksASecond},
			Growth{IDs: 1, Bytes: 1000}, Growth{IDs: IDsAtOnce / 2, Notebooks: 1}, NewBooks},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &clock{time.Now()}
			m := NewRoom(0, 0, c.now)
			over(t, "all at once", m.Admit(one, tt.all), "")
			for range 3 { // what was refused counts for nothing
				e := over(t, "one more", m.Admit(one, tt.more), tt.bound)
				if e.Wait <= 0 || e.Wait > time.Second {
					t.Errorf("the wait for it is %v", e.Wait)
				}
			}
			over(t, "what is not bounded so", m.Admit(one, tt.less), "")
			over(t, "another address", m.Admit(other, tt.all), "")
			c.at = c.at.Add(time.Second)
			over(t, "a second later", m.Admit(one, tt.second), "")
			over(t, "and one more", m.Admit(one, tt.more), tt.bound)
		})
	}
}

// The store takes so many rows and bytes; what needs no more of them goes on. Sweeps are asked for once in a
// while.
func TestRoom_Bounds(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		room       func(now func() time.Time) *Room
		some, more Growth // of which the store takes two
		less       Growth
		bound      Bound
	}{
		"rows": {func(now func() time.Time) *Room { return NewRoom(2, 0, now) },
			Growth{Rows: 1}, Growth{Rows: 1}, Growth{IDs: 1, Bytes: 500}, StoredRows},
		"bytes": {func(now func() time.Time) *Room { return NewRoom(0, 200, now) },
			Growth{Rows: 1, Bytes: 100}, Growth{Bytes: 1}, Growth{Rows: 1, Bytes: -1}, StoredBytes},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &clock{time.Now()}
			m := tt.room(c.now)
			for range 2 {
				over(t, "within the bound", m.Admit(one, tt.some), "")
				m.Add(tt.some.Rows, tt.some.Bytes)
			}
			asked := func() bool {
				select {
				case <-m.Full():
					return true
				default:
					return false
				}
			}
			if asked() {
				t.Error("a sweep is asked for within the bound")
			}
			e := over(t, "beyond the bound", m.Admit(one, tt.more), tt.bound)
			if want := int64(m.maxRows) + m.maxBytes; e.Most != want {
				t.Errorf("it says that the store takes %d, want %d", e.Most, want)
			}
			if !asked() {
				t.Error("no sweep is asked for")
			}
			over(t, "what needs no more", m.Admit(one, tt.less), "")
			over(t, "beyond the bound again", m.Admit(one, tt.more), tt.bound)
			if asked() {
				t.Error("a sweep is asked for twice in a moment")
			}
			c.at = c.at.Add(SweepPause)
			over(t, "beyond the bound later", m.Admit(one, tt.more), tt.bound)
			if !asked() {
				t.Error("no sweep is asked for later")
			}
			m.Add(-tt.some.Rows, -tt.some.Bytes)
			over(t, "when there is room again", m.Admit(one, tt.more), "")
		})
	}
}

// A count takes over what the store says, if anything has moved or it always should.
func TestRoom_Count(t *testing.T) {
	t.Parallel()
	eng, err := engine.Open(t.Context(), "memory:", "")
	if err != nil {
		t.Fatal(err)
	}
	defer eng.Close()
	m := NewRoom(0, 0, time.Now)
	count := func(always bool) engine.Usage {
		t.Helper()
		if err := m.Count(t.Context(), eng, always); err != nil {
			t.Fatal(err)
		}
		return m.Usage()
	}
	if err := eng.CommitCtx(t.Context(), "token", []byte("data"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := count(false); got != (engine.Usage{}) {
		t.Errorf("nothing was added, and still it counts: %+v", got)
	}
	want := engine.Usage{Rows: 1, Bytes: 4}
	if got := count(true); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	m.Add(7, 700)
	if got := m.Usage(); got != (engine.Usage{Rows: 8, Bytes: 704}) {
		t.Errorf("with what was added: %+v", got)
	}
	m.next = time.Time{} // as if the last count were long ago
	if got := count(false); got != want {
		t.Errorf("%+v, want %+v, for something was added", got, want)
	}
}

// Allowances are remembered for so many addresses. The ones beyond share one, and those who have not used
// theirs lately are forgotten first.
func TestRoom_AllowancesAreBounded(t *testing.T) {
	t.Parallel()
	c := &clock{time.Now()}
	m := NewRoom(0, 0, c.now)
	address := func(i int) netip.Addr {
		return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
	}
	const beyond = 10 // addresses, which together use up what they share
	for i := range maxAddresses + beyond {
		ids := 1
		if i >= maxAddresses {
			ids = IDsAtOnce / beyond
		}
		if err := m.Admit(address(i), Growth{IDs: ids}); err != nil {
			t.Fatalf("address %d: %v", i, err)
		}
	}
	if len(m.of) > maxAddresses {
		t.Errorf("%d addresses are remembered", len(m.of))
	}
	over(t, "one more", m.Admit(address(maxAddresses+beyond), Growth{IDs: 1}), NewIDs)
	c.at = c.at.Add(time.Minute)
	over(t, "a minute later", m.Admit(address(maxAddresses+beyond), Growth{IDs: 1}), "")
	if len(m.of) != 1 {
		t.Errorf("%d addresses are remembered a minute later", len(m.of))
	}
}
