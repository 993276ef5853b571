package limits

import (
	"net/netip"
	"sync"
	"sync/atomic"
)

// Places are so many, and whoever finds none is turned away at once. They may be used concurrently.
type Places struct {
	most  int64
	taken atomic.Int64
}

// NewPlaces returns so many places.
func NewPlaces(most int) *Places { return &Places{most: int64(most)} }

// Take takes a place, if one is free; leave, to be called once, gives it back.
func (p *Places) Take() (leave func(), ok bool) {
	if p.taken.Add(1) > p.most {
		p.taken.Add(-1)
		return nil, false
	}
	return func() { p.taken.Add(-1) }, true
}

// Taken is how many places are taken now: for tests.
func (p *Places) Taken() int { return int(p.taken.Load()) }

// PerAddress are places of which each address has so many. They may be used concurrently.
type PerAddress struct {
	most int

	mu    sync.Mutex // guards taken
	taken map[netip.Addr]int
}

// NewPerAddress returns so many places for each address.
func NewPerAddress(most int) *PerAddress {
	return &PerAddress{most: most, taken: map[netip.Addr]int{}}
}

// Take takes one of the places of address, if one is free; leave, to be called once, gives it back.
func (p *PerAddress) Take(address netip.Addr) (leave func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[address] >= p.most {
		return nil, false
	}
	p.taken[address]++
	return func() { p.leave(address) }, true
}

func (p *PerAddress) leave(address netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[address]--; p.taken[address] == 0 {
		delete(p.taken, address)
	}
}
