package xray

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessionlab/handlers/engine"
)

// watching runs a watcher over eng until the test ends. The returned function moves its clock.
func watching(t *testing.T, eng engine.Engine) (w *Watcher, advance func(time.Duration)) {
	t.Helper()
	var ahead atomic.Int64
	w = NewWatcher(eng, 5*time.Millisecond, quiet,
		func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) })
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { w.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	return w, func(d time.Duration) { ahead.Add(int64(d)) }
}

// woken waits for a wake-up.
func woken(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("nobody was woken: %s", what)
	}
}

// settled waits until the watcher has looked at token for the first time, which counts as a change.
func settled(t *testing.T, w *Watcher, token string) <-chan struct{} {
	t.Helper()
	c, stop, _ := w.Watch(token, 9)
	t.Cleanup(stop)
	woken(t, "first look", c)
	return c
}

func TestWatcher_OwnProcess(t *testing.T) {
	t.Parallel()
	eng, _ := openStore(t, "")
	commit := func(token, data string) {
		if err := eng.CommitCtx(t.Context(), token, []byte(data), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	commit("a", "1")
	commit("b", "1")
	w, _ := watching(t, eng)
	a, b := settled(t, w, "a"), settled(t, w, "b")
	commit("a", "2")
	woken(t, "commit", a)
	commit("a", "2")
	woken(t, "commit of the same bytes", a)
	if err := eng.Cycle(t.Context(), "a", "c", []byte("3"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	woken(t, "cycle", a)
	select {
	case <-b:
		t.Error("a change of one session woke the watch of another")
	default:
	}
	if err := eng.DeleteCtx(t.Context(), "b"); err != nil {
		t.Fatal(err)
	}
	woken(t, "delete", b)
}

func TestWatcher_OtherConnection(t *testing.T) {
	t.Parallel()
	eng, file := openStore(t, "")
	if err := eng.CommitCtx(t.Context(), "a", []byte("1"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w, _ := watching(t, eng)
	a := settled(t, w, "a")
	db := outside(t, file)
	for _, statement := range []string{
		"UPDATE sessions SET data = 'x'",
		"UPDATE sessions SET expiry = expiry + 1",
		"DELETE FROM sessions",
		"INSERT INTO sessions VALUES ('b', 'x', 0); DELETE FROM revoked; INSERT INTO sessions VALUES ('a', 'x', " +
			"9e6)",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
		woken(t, statement, a)
	}
}

// TestOtherProcess is not a test: TestWatcher_OtherProcess runs it as a program of its own.
func TestOtherProcess(t *testing.T) {
	file := os.Getenv("XRAY_TEST_FILE")
	if file == "" {
		t.Skip("only for another test")
	}
	eng, _ := openStore(t, file)
	fmt.Println("open")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if err := eng.CommitCtx(t.Context(), "a", []byte(lines.Text()), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		fmt.Println("committed")
	}
}

func TestWatcher_OtherProcess(t *testing.T) {
	t.Parallel()
	eng, file := openStore(t, "")
	w, _ := watching(t, eng)
	a := settled(t, w, "a")

	other := exec.Command(os.Args[0], "-test.run=^TestOtherProcess$")
	other.Env = append(os.Environ(), "XRAY_TEST_FILE="+file)
	in, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); other.Wait() })
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "open" {
		t.Fatalf("the other process said %q", lines.Text())
	}
	for i := range 3 {
		fmt.Fprintln(in, "data", i)
		if !lines.Scan() || lines.Text() != "committed" {
			t.Fatalf("the other process said %q", lines.Text())
		}
		woken(t, "commit by another process", a)
	}
}

// The end of a session changes nothing in the store: only the clock says so.
func TestWatcher_Expiry(t *testing.T) {
	t.Parallel()
	eng, _ := openStore(t, "")
	if err := eng.CommitCtx(t.Context(), "a", []byte("1"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w, advance := watching(t, eng)
	a := settled(t, w, "a")
	advance(61 * time.Minute)
	woken(t, "expiry", a)
}

// A reader who takes nothing holds up neither the watcher nor anybody else, and gets one wake-up.
func TestWatcher_NobodyWaitsForAReader(t *testing.T) {
	t.Parallel()
	eng, _ := openStore(t, "")
	w, _ := watching(t, eng)
	sleepy, stop, _ := w.Watch("a", 9)
	defer stop()
	awake, stop, _ := w.Watch("a", 9)
	defer stop()
	woken(t, "first look", awake)
	for i := range 20 {
		if err := eng.CommitCtx(t.Context(), "a", fmt.Append(nil, i), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		woken(t, "commit", awake)
	}
	if n := len(sleepy); n != 1 {
		t.Errorf("%d wake-ups wait for the reader who took none, want 1", n)
	}
}

func TestWatcher_NeverMoreThanTheMost(t *testing.T) {
	t.Parallel()
	eng, _ := openStore(t, "")
	w, _ := watching(t, eng)
	var wg sync.WaitGroup
	var admitted atomic.Int64
	stops := make(chan func(), 50)
	for range 50 {
		wg.Go(func() {
			if _, stop, ok := w.Watch("a", 3); ok {
				admitted.Add(1)
				stops <- stop
			}
		})
	}
	wg.Wait()
	if n := admitted.Load(); n != 3 || w.Count("a") != 3 {
		t.Errorf("%d watches admitted and %d counted, want 3", n, w.Count("a"))
	}
	(<-stops)()
	if _, _, ok := w.Watch("a", 3); !ok {
		t.Error("the place that was given up is not free")
	}
	if _, _, ok := w.Watch("b", 0); ok || len(w.watched) != 1 {
		t.Errorf("a watch that was refused is kept: %d tokens are watched", len(w.watched))
	}
}

func TestWatcher_ManyComeAndGo(t *testing.T) {
	t.Parallel()
	eng, _ := openStore(t, "")
	w, _ := watching(t, eng)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				mine := fmt.Sprint((i + j) % 4)
				c, stop, _ := w.Watch(mine, 9)
				if err := eng.CommitCtx(t.Context(), mine, fmt.Append(nil, i, j), time.Now().Add(time.Hour)); err != nil {
					t.Error(err)
				}
				select {
				case <-c:
				case <-time.After(patience):
					t.Error("nobody was woken")
				}
				stop()
			}
		})
	}
	wg.Wait()
	until(t, "no watch is left", func() bool { return w.Count("0")+w.Count("1")+w.Count("2")+w.Count("3") == 0 })
	if len(w.watched) != 0 {
		t.Errorf("%d tokens are still watched", len(w.watched))
	}
}

func TestWatcher_RunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, eng := range map[string]engine.Engine{"working": &counting{Engine: first(openStore(t, ""))},
		"failing": failing{}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := NewWatcher(eng, time.Millisecond, quiet, time.Now)
			_, stop, _ := w.Watch("a", 9)
			defer stop()
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() { w.Run(ctx); close(done) }()
			cancel()
			woken(t, "end", done)
		})
	}
}
