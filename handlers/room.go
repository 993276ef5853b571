package handlers

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sessionlab/handlers/engine"
)

// room bounds what the store holds, and how fast one address can fill it. Where the session is in the
// cookie there is nothing to bound. It may be used concurrently.
type room struct {
	maxRows  int
	maxBytes int64
	now      func() time.Time
	full     chan struct{} // gets a value when the store is over a bound: expired rows are to be swept

	mu    sync.Mutex // guards what follows
	usage engine.Usage
	asked time.Time // when a sweep was last asked for
	moved bool      // something was added or taken since the store was last counted
	next  time.Time // when it may be counted again: counting takes a twentieth of the time at most
	of    map[netip.Addr]*allowance
	rest  *allowance // of all addresses beyond maxAddresses
}

// allowance is what one address may still add to the store.
type allowance struct{ ids, bytes *rate.Limiter }

func newRoom(settings Settings, now func() time.Time) *room {
	return &room{maxRows: settings.MaxSessions, maxBytes: settings.MaxBytes, now: now,
		full: make(chan struct{}, 1), of: map[netip.Addr]*allowance{}, rest: newAllowance()}
}

func newAllowance() *allowance {
	return &allowance{rate.NewLimiter(idsASecond, idsAtOnce), rate.NewLimiter(bytesASecond, bytesAtOnce)}
}

// growth is what somebody adds to the store: session IDs that were not there before, rows, and bytes of
// session data. A cycle_key makes an ID and no row.
type growth struct{ ids, rows, bytes int }

// admit asks whether address may add so much. What does not grow is always admitted. The error has a page;
// what was admitted counts against the allowance, whether it is done or not.
func (m *room) admit(address netip.Addr, more growth) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	more.bytes = max(more.bytes, 0)
	now := m.now()
	if over := m.over(more); over != nil {
		m.askToSweep(now)
		return over
	}
	own := m.allowance(address, now)
	wait, cancel := reserve(own.ids, now, more.ids)
	if wait > 0 {
		return tooManyIDs(wait)
	}
	if wait, _ := reserve(own.bytes, now, more.bytes); wait > 0 {
		cancel()
		return tooMuchGrowth(wait)
	}
	return nil
}

// askToSweep says that the store is full, once in a while: a sweep looks at all of it.
func (m *room) askToSweep(now time.Time) {
	if now.Sub(m.asked) < sweepPause {
		return
	}
	m.asked = now
	select {
	case m.full <- struct{}{}:
	default: // it is known already
	}
}

// over says which bound would not hold; nil for none.
func (m *room) over(more growth) error {
	switch {
	case more.rows > 0 && m.maxRows > 0 && m.usage.Rows+more.rows > m.maxRows:
		return tooManyRows(m.maxRows)
	case more.bytes > 0 && m.maxBytes > 0 && m.usage.Bytes+int64(more.bytes) > m.maxBytes:
		return tooManyStored(m.maxBytes)
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
func (m *room) allowance(address netip.Addr, now time.Time) *allowance {
	if own := m.of[address]; own != nil {
		return own
	}
	if len(m.of) >= maxAddresses {
		for other, a := range m.of {
			if a.ids.TokensAt(now) >= idsAtOnce && a.bytes.TokensAt(now) >= bytesAtOnce {
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

// add notes rows and bytes that were added, or taken where they are negative.
func (m *room) add(rows, bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.usage.Rows += rows
	m.usage.Bytes += int64(bytes)
	m.moved = true
}

// count asks the store what it holds, if anything was added or taken since it was last asked and that is long
// enough ago, or if it always should. Between two counts what others do to the store is not known.
func (m *room) count(ctx context.Context, eng engine.Engine, always bool) error {
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
