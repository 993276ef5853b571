package enginetest

import (
	"testing"
	"time"
)

// Patience is how long a test waits for what must come. It is no measure of speed.
const Patience = 30 * time.Second

// Until waits for cond, and fails the test when that was in vain.
func Until(t testing.TB, what string, cond func() bool) {
	t.Helper()
	deadline := time.After(Patience)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// Eventually calls f until it succeeds, and returns its last error when that was in vain.
func Eventually(f func() error) error {
	deadline := time.Now().Add(Patience)
	for {
		err := f()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
}
