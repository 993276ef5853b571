package limits

import (
	"context"
	"testing"
	"time"
)

// So many bytes are under way and no more. What is small is not counted, and whoever left waits no longer.
func TestBytes(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]time.Duration{"at once": 0, "after a while": 20 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := NewBytes(100, 10, wait, errRefused)
			leave, err := b.Enter(t.Context(), 80)
			if err != nil {
				t.Fatal(err)
			}
			for range 20 {
				if _, err := b.Enter(t.Context(), 10); err != nil {
					t.Fatalf("something small: %v", err)
				}
			}
			if _, err := b.Enter(t.Context(), 21); err != errRefused {
				t.Errorf("one byte more than there is room for: %v", err)
			}
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := b.Enter(gone, 21); err != context.Canceled {
				t.Errorf("a visitor who left: %v", err)
			}
			if _, err := b.Enter(t.Context(), 20); err != nil {
				t.Errorf("all the room that is left: %v", err)
			}
			leave()
			if _, err := b.Enter(t.Context(), 80); err != nil {
				t.Errorf("room that was given back: %v", err)
			}
		})
	}
}
