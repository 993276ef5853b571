package limits

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sessionlab/handlers/engine"
)

// Room bounds what the store holds, and how fast one address can fill it. It may be used concurrently.
type Room struct {
	maxRows  int
	maxBytes int64
	now      func() time.Time
	full     chan struct{} // see Full

	mu    sync.Mutex // guards what follows
	usage engine.Usage
	asked time.Time // when a sweep was last asked for
	moved bool      // something was added or taken since the store was last counted
	next  time.Time // when it may be counted again: counting takes a twentieth of the time at most
	of    map[netip.Addr]*allowance
	rest  *allowance // of all addresses beyond maxAddresses
}

// allowance is what one address may still add to the store.
type allowance struct{ ids, bytes, notebooks *rate.Limiter }

// NewRoom returns room for so many rows and bytes of session data; 0 is no bound. The rates go by now.
func NewRoom(maxRows int, maxBytes int64, now func() time.Time) *Room {
	return &Room{maxRows: maxRows, maxBytes: maxBytes, now: now,
		full: make(chan struct{}, 1), of: map[netip.Addr]*allowance{}, rest: newAllowance()}
}

func newAllowance() *allowance {
	return &allowance{ids: rate.NewLimiter(IDsASecond, IDsAtOnce),
		bytes:     rate.NewLimiter(BytesASecond, BytesAtOnce),
		notebooks: rate.NewLimiter(NotebooksASecond, NotebooksAtOnce)}
}

// untouched reports whether nothing of a counts any more.
func (a *allowance) untouched(now time.Time) bool {
	return a.ids.TokensAt(now) >= IDsAtOnce && a.bytes.TokensAt(now) >= BytesAtOnce &&
		a.notebooks.TokensAt(now) >= NotebooksAtOnce
}

// Growth is what somebody adds to the store: session IDs that were not there before, rows, and bytes of
// session data. A cycle_key makes an ID and no row. Notebooks lie beside the sessions.
type Growth struct{ IDs, Rows, Bytes, Notebooks int }

// Bound is one of those that a Room holds to.
type Bound string

const (
	StoredRows  Bound = "rows in the store"
	StoredBytes Bound = "bytes in the store"
	NewIDs      Bound = "new session IDs from one address"  // see [IDsAtOnce]
	NewData     Bound = "new session data from one address" // see [BytesAtOnce]
	NewBooks    Bound = "new notebooks from one address"    // see [NotebooksAtOnce]
)

// BoundError is the error of a [Room] that has none for what somebody adds.
type BoundError struct {
	Bound Bound
	Most  int64         // that the store holds; 0 for the bounds of an address
	Wait  time.Duration // after which the address may add as much; 0 for the bounds of the store
}

func (e *BoundError) Error() string { return "no room: " + string(e.Bound) }

// Admit asks whether address may add so much. What does not grow is always admitted. The error is a
// [*BoundError]; what was admitted counts against the allowance, whether it is done or not.
func (m *Room) Admit(address netip.Addr, more Growth) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	more.Bytes = max(more.Bytes, 0)
	now := m.now()
	if over := m.over(more); over != nil {
		m.askToSweep(now)
		return over
	}
	own := m.allowance(address, now)
	var taken []func()
	for _, of := range []struct {
		limiter *rate.Limiter
		n       int
		bound   Bound
	}{{own.ids, more.IDs, NewIDs}, {own.bytes, more.Bytes, NewData}, {own.notebooks, more.Notebooks, NewBooks}} {
		wait, cancel := reserve(of.limiter, now, of.n)
		if wait > 0 {
			for _, giveBack := range taken {
				giveBack()
			}
			return &BoundError{Bound: of.bound, Wait: wait}
		}
		taken = append(taken, cancel)
	}
	return nil
}

// Full gets a value when the store is over a bound: expired rows are to be swept then.
func (m *Room) Full() <-chan struct{} { return m.full }

// askToSweep says that the store is full, once in a while: a sweep looks at all of it.
func (m *Room) askToSweep(now time.Time) {
	if now.Sub(m.asked) < SweepPause {
		return
	}
	m.asked = now
	select {
	case m.full <- struct{}{}:
	default: // it is known already
	}
}

// over says which bound would not hold; nil for none.
func (m *Room) over(more Growth) error {
	switch {
	case more.Rows > 0 && m.maxRows > 0 && m.usage.Rows+more.Rows > m.maxRows:
		return &BoundError{Bound: StoredRows, Most: int64(m.maxRows)}
	case more.Bytes > 0 && m.maxBytes > 0 && m.usage.Bytes+int64(more.Bytes) > m.maxBytes:
		return &BoundError{Bound: StoredBytes, Most: m.maxBytes}
	}
	return nil
}

// reserve takes n of limiter at once, or says how long to wait for them. cancel gives them back.
func reserve(limiter *rate.Limiter, now time.Time, n int) (wait time.Duration, cancel func()) {
	r := limiter.ReserveN(now, n)
	cancel = func() { r.CancelAt(now) }
	if wait = r.DelayFrom(now); wait > 0 {
		cancel()
	}
	return wait, cancel
}

// allowance returns that of address. Those that are untouched again are forgotten when there are too many.
func (m *Room) allowance(address netip.Addr, now time.Time) *allowance {
	if own := m.of[address]; own != nil {
		return own
	}
	if len(m.of) >= maxAddresses {
		for other, a := range m.of {
			if a.untouched(now) {
				delete(m.of, other)
			}
		}
	}
	if len(m.of) >= maxAddresses {
		return m.rest
	}
	own := newAllowance()
	m.of[address] = own
	return own
}

// Add notes rows and bytes that were added, or taken where they are negative.
func (m *Room) Add(rows, bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.usage.Rows += rows
	m.usage.Bytes += int64(bytes)
	m.moved = true
}

// Usage is what the store holds, as far as it is known: for tests.
func (m *Room) Usage() engine.Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.usage
}

// Count asks the store what it holds, if anything was added or taken since it was last asked and that is long
// enough ago, or if it always should. Between two counts what others do to the store is not known.
func (m *Room) Count(ctx context.Context, eng engine.Engine, always bool) error {
	start := time.Now()
	m.mu.Lock()
	due := always || m.moved && start.After(m.next)
	m.moved = m.moved && !due
	m.mu.Unlock()
	if !due {
		return nil
	}
	usage, err := eng.Usage(ctx)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.usage, m.next = usage, start.Add(20*time.Since(start))
	return nil
}
