package limits

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"
)

// Two addresses, and the error of whoever is refused.
var (
	one, other = netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")

	errRefused = errors.New("refused")
)

// A turn goes to whoever waits longest, half of them to one address at most, and in vain after a while.
func TestTurns(t *testing.T) {
	t.Parallel()
	turns := NewTurns(4, 50*time.Millisecond, errRefused)
	var leave []func()
	for range 2 {
		l, err := turns.Enter(t.Context(), one)
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, l)
	}
	if _, err := turns.Enter(t.Context(), one); err != errRefused {
		t.Errorf("a third turn of one address: %v", err)
	}
	for range 2 {
		if _, err := turns.Enter(t.Context(), other); err != nil {
			t.Errorf("another address: %v", err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := turns.Enter(gone, one); err != context.Canceled {
		t.Errorf("a visitor who left: %v", err)
	}
	leave[0]()
	leave[0]() // counts once
	l, err := turns.Enter(t.Context(), one)
	if err != nil {
		t.Errorf("a turn that was given back: %v", err)
	}
	if _, err := turns.Enter(t.Context(), one); err == nil {
		t.Error("a turn that was given back twice counts twice")
	}
	l()
	leave[1]()
	if _, ok := turns.of[one]; ok {
		t.Error("an address without a turn is remembered")
	}
}

// Whoever waits for a turn gets the one that is given back.
func TestTurns_Wait(t *testing.T) {
	t.Parallel()
	turns := NewTurns(1, time.Minute, errRefused)
	leave, err := turns.Enter(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan error)
	go func() {
		_, err := turns.Enter(t.Context(), other)
		got <- err
	}()
	select {
	case err := <-got:
		t.Fatalf("a turn that another has: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	leave()
	if err := <-got; err != nil {
		t.Errorf("a turn that was waited for: %v", err)
	}
}

// Whoever waits in vain for one of all turns leaves those of the own address as they were.
func TestTurns_InVain(t *testing.T) {
	t.Parallel()
	turns := NewTurns(4, 20*time.Millisecond, errRefused)
	enter := func(address netip.Addr) (leave func()) {
		t.Helper()
		leave, err := turns.Enter(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		return leave
	}
	enter(one)
	enter(other)
	enter(other)
	leave := enter(netip.MustParseAddr("10.0.0.3"))
	if _, err := turns.Enter(t.Context(), one); err != errRefused {
		t.Errorf("when all turns are taken: %v", err)
	}
	leave()
	enter(one)
}
