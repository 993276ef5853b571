package handlers

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLocked_Short(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "before")
	release := tl.lock()
	done := make(chan answer, 1)
	go func() { done <- v.post("/set", "key", "k", "value", "after") }()
	reader := tl.visitor()
	reader.setToken(v.token())
	for range 5 {
		if got := reader.values()["k"]; got != "before" {
			t.Errorf("beside a writer that waits a reader sees %v", got)
		}
	}
	release()
	if a := <-done; a.Status != http.StatusSeeOther {
		t.Errorf("the write that waited = %d, want 303", a.Status)
	}
	if got := v.values()["k"]; got != "after" {
		t.Errorf("stored %v", got)
	}
}

// Another program holds the lock and does not let go: everybody who wants to write learns it within
// one waiting time, however long the queue is, and everybody who reads is served.
func TestLocked_Long(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	const writers = 20
	visitors := make([]*visitor, writers)
	for i := range visitors {
		visitors[i] = tl.visitor()
		visitors[i].run("/set", "key", "k", "value", "before")
	}
	release := tl.lock()
	var wg sync.WaitGroup
	var mu sync.Mutex
	var slowest time.Duration
	for _, v := range visitors {
		wg.Go(func() {
			start := time.Now()
			a := v.post("/set", "key", "k", "value", "never")
			took := time.Since(start)
			mu.Lock()
			defer mu.Unlock()
			slowest = max(slowest, took)
			tl.wantErrorPage("write", a, http.StatusServiceUnavailable, "The store is busy")
		})
	}
	waiting := make(chan struct{})
	go func() { wg.Wait(); close(waiting) }()
	reader, reads := tl.visitor(), 0
	reader.setToken(visitors[0].token())
	for reading := true; reading; {
		select {
		case <-waiting:
			reading = false
		case <-time.After(50 * time.Millisecond):
			reads++
			if a := reader.get("/items"); a.Status != http.StatusOK || !strings.Contains(a.Body, "before") {
				t.Errorf("a page beside stuck writers = %d", a.Status)
			}
			if a := reader.get("/healthz"); a.Status != http.StatusOK {
				t.Errorf("/healthz beside stuck writers = %d", a.Status)
			}
		}
	}
	t.Logf("%d writers were told after %v at most; %d pages were read meanwhile", writers, slowest, reads)
	// One writer waits about 5 s. Had they to wait one after the other, it would be 5 s for each.
	if slowest > writers*5*time.Second/4 {
		t.Errorf("the last of %d writers was told after %v: the waiting times add up", writers, slowest)
	}
	if reads < 5 {
		t.Errorf("only %d pages were served meanwhile", reads)
	}
	release()
	for _, v := range visitors {
		if got := v.values()["k"]; got != "before" {
			t.Errorf("a write that was refused stored %v", got)
		}
		v.run("/set", "key", "k", "value", "after")
	}
}

// The database file vanishes, or another takes its place: nothing is acknowledged that is not in it.
func TestFileGone(t *testing.T) {
	t.Parallel()
	tests := map[string]func(t *testing.T, file string){
		"moved away": func(*testing.T, string) {},
		"replaced by a copy": func(t *testing.T, file string) {
			b, err := os.ReadFile(file + ".away")
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, b, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, replace := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			v := tl.visitor()
			v.run("/set", "key", "k", "value", "before")
			if err := os.Rename(tl.file, tl.file+".away"); err != nil {
				t.Fatal(err)
			}
			replace(t, tl.file)
			before, readErr := os.ReadFile(tl.file)
			for _, path := range []string{"/set", "/update", "/clear", "/flush", "/cycle-key", "/clear-expired/plant",
				"/clear-expired"} {
				a := v.post(path, "key", "k", "value", "lost")
				tl.wantErrorPage("POST "+path, a, http.StatusServiceUnavailable, "The store cannot be reached")
			}
			tl.wantErrorPage("newcomer", tl.visitor().post("/set", "key", "k", "value", "lost"),
				http.StatusServiceUnavailable)
			if a := v.get("/healthz"); a.Status != http.StatusServiceUnavailable {
				t.Errorf("/healthz = %d, want 503", a.Status)
			}
			if a := v.get("/set"); a.Status != http.StatusOK {
				t.Errorf("reading = %d, want 200", a.Status)
			}
			after, err := os.ReadFile(tl.file)
			if string(after) != string(before) ||
				errors.Is(err, os.ErrNotExist) != errors.Is(readErr, os.ErrNotExist) {
				t.Error("the file that took the place was made or changed")
			}

			if err := os.Rename(tl.file+".away", tl.file); err != nil {
				t.Fatal(err)
			}
			if got := v.values()["k"]; got != "before" {
				t.Errorf("when the file is back it holds %v", got)
			}
			v.run("/set", "key", "k", "value", "after")
			if a := v.get("/healthz"); a.Status != http.StatusOK {
				t.Errorf("/healthz = %d when the file is back", a.Status)
			}
		})
	}
}

// Where sessions are files, their names hold the token. What the file system says of one that cannot be
// read or written goes into the log without it.
func TestFileErrorsNameNoToken(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "sessions")
	tl := newLabOn(t, "file:"+dir)
	tl.file = dir
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	token := v.token()
	file := filepath.Join(dir, "session-"+token)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	// it can neither be read nor replaced
	if err := os.MkdirAll(filepath.Join(file, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, a := range []answer{v.get("/set"), v.get("/internals.json"), v.post("/set", "key", "k", "value", "w"),
		v.post("/flush"), v.post("/cycle-key")} {
		tl.wantErrorPage("a session that cannot be read", a, http.StatusServiceUnavailable, "cannot be reached")
		if strings.Contains(a.Body, file) {
			t.Error("the page names the file")
		}
	}
	if err := tl.engine.CommitCtx(t.Context(), token, []byte("data"), time.Now().Add(time.Hour)); err == nil ||
		strings.Contains(err.Error(), token) {
		t.Errorf("commit: %v; want an error without the token", err)
	}
	if log := tl.log.String(); !strings.Contains(log, "is a directory") {
		t.Errorf("the log does not name the cause:\n%s", log)
	}

	// The watcher reads no session. It complains when it cannot even ask for one.
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	stamped, stop, _ := tl.watcher.Watch(token, 1)
	defer stop()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { tl.watcher.Run(ctx) })
	until(t, "the watcher complains", func() bool {
		return strings.Contains(tl.log.String(), "watch the store")
	})
	cancel()
	wg.Wait()
	if len(stamped) > 0 {
		t.Error("the watcher knows what it could not read")
	}
	if log := tl.log.String(); strings.Contains(log, token) || !strings.Contains(log, "not a directory") {
		t.Errorf("the log names the token, or not the cause:\n%s", log)
	}
}
