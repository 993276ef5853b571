package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// The same file, another process: everything but the history is there still.
func TestProgram_Restart(t *testing.T) {
	t.Parallel()
	l := newLab(t, filepath.Join(t.TempDir(), "sessions.db"))
	c := l.client(t)
	for i := range 3 {
		l.start(anyPort)
		token := c.token()
		if i > 0 {
			if got := c.value("n"); got != fmt.Sprint(i-1) {
				t.Errorf("after restart %d the session holds %v", i, got)
			}
		}
		c.does("/set", "key", "n", "value", fmt.Sprint(i))
		if i > 0 && c.token() != token {
			t.Error("a restart cost the visitor the session id")
		}
		l.stop()
	}
	if files := folder(t, filepath.Dir(l.file)); len(files) != 2 {
		t.Errorf("after a clean end %d files lie beside the database", len(files)-2)
	}
}

// writer stores ever greater numbers in a session of its own until the connection breaks.
type writer struct {
	*client
	acked, sent int
}

func (w *writer) write(more func() bool) {
	for more() {
		w.sent++
		status, body, err := w.try("/set", "key", "n", "value", fmt.Sprint(w.sent), "type", "int")
		if err != nil {
			return
		}
		if status != http.StatusSeeOther {
			w.t.Errorf("a write = %d, want 303\n%s", status, body)
			return
		}
		w.acked = w.sent
	}
}

// check compares what the store holds with what was acknowledged.
func (w *writer) check() {
	w.t.Helper()
	n, _ := w.value("n").(float64)
	if int(n) < w.acked || int(n) > w.sent {
		w.t.Errorf("write %d was acknowledged, %d was sent, and the store holds %v", w.acked, w.sent, n)
	}
	w.sent, w.acked = int(n), int(n)
}

// The process is killed in a storm of writes, again and again: what was answered is there.
func TestProgram_Kill9(t *testing.T) {
	t.Parallel()
	l := startLab(t)
	writers := make([]*writer, 16)
	for i := range writers {
		writers[i] = &writer{client: l.client(t)}
	}
	total := 0
	for round := range 3 {
		var wg sync.WaitGroup
		for i, w := range writers {
			wg.Go(func() {
				if i == 0 { // pulls the plug while the others write
					w.write(func() bool { return w.sent < 10*(round+1) })
					l.kill()
					return
				}
				w.write(func() bool { return true })
			})
		}
		wg.Wait()
		l.start(anyPort)
		for _, w := range writers {
			total += w.acked
			w.check()
		}
	}
	t.Logf("killed 3 times; %d acknowledged writes of %d sessions checked", total, len(writers))
	var verdict string
	if err := l.db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity check: %q, %v", verdict, err)
	}
}

// A program that is killed in the middle of a comparison leaves a copy of its visitor's values in the
// system's folder for temporary files. The next one that starts removes it, and leaves alone what a living
// one is using.
func TestProgram_Kill9DuringAComparison(t *testing.T) {
	t.Parallel()
	temp := t.TempDir()
	left := func() []string {
		list, err := filepath.Glob(filepath.Join(temp, "sessionlab-compare-*", "stores", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	l := newLab(t, filepath.Join(t.TempDir(), "sessions.db"))
	l.env = []string{"TMPDIR=" + temp}
	for round := 0; len(left()) == 0; round++ {
		if round == 20 {
			t.Fatal("it was never killed in the middle of one")
		}
		l.start(anyPort)
		c := l.client(t)
		c.does("/set", "key", "fname", "value", "Aman")
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for err := error(nil); err == nil; { // until it is gone
				_, _, err = c.try("/storage/compare")
			}
		}()
		until(t, "a comparison is under way", func() bool { return len(left()) > 0 })
		l.kill()
		<-ended
	}
	l.start(anyPort)
	until(t, "nothing is left", func() bool {
		entries, err := os.ReadDir(temp)
		return err == nil && len(entries) == 0
	})
}

// startTwo starts two programs together on one new file.
func startTwo(t *testing.T) [2]*lab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sessions.db")
	both := [2]*lab{newLab(t, file), newLab(t, file)}
	var wg sync.WaitGroup
	for _, l := range both {
		wg.Go(func() { l.start(anyPort) })
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return both
}

// Two processes share the sessions: writers go from one to the other with each request.
func TestProgram_TwoProcessesWrite(t *testing.T) {
	t.Parallel()
	both := startTwo(t)
	writers := make([]*writer, 8)
	var wg sync.WaitGroup
	for i := range writers {
		w := &writer{client: both[0].client(t)}
		writers[i] = w
		wg.Go(func() {
			for n := range 20 {
				w.l = both[n%2]
				w.write(func() bool { return w.sent == n })
			}
		})
	}
	wg.Wait()
	for i, w := range writers {
		if w.l = both[i%2]; w.acked != 20 {
			t.Errorf("%d writes were acknowledged, want 20", w.acked)
		}
		w.check()
	}
}

// A panel at one process shows what the other does, and one goes on without the other.
func TestProgram_TwoProcesses(t *testing.T) {
	t.Parallel()
	both := startTwo(t)
	here, there := both[0].client(t), both[1].client(t)
	there.Jar = here.Jar // one visitor
	here.does("/set", "key", "k", "value", "first")
	panel := stream(t, &there.Client, both[1].url)
	hear(t, panel, "first")
	here.does("/set", "key", "k", "value", "second")
	hear(t, panel, "second")

	late := begin(t, there)
	old := both[1].client(t)
	old.hold(here.token())
	here.does("/flush")
	hear(t, panel, "event: ended")
	over(t, panel)
	if status := late.finish(); status >= 500 {
		t.Errorf("a request at the other process = %d", status)
	}
	if got := old.value("k"); got != nil {
		t.Errorf("the session that was flushed at one process holds %v at the other", got)
	}
	both[0].stop()
	there.does("/set", "key", "k", "value", "the other goes on")
}
