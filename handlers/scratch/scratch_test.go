package scratch

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// tempDir makes an empty folder the system's folder for temporary files, for this test.
func tempDir(t *testing.T) string {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir) // Windows
	return dir
}

// What nobody holds any more is removed, whatever state it was left in, and nothing else.
func TestRemoveLeft(t *testing.T) {
	temp := tempDir(t)
	plant := func(path, content string) {
		t.Helper()
		path = filepath.Join(temp, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	plant(prefix+"killed/"+lockName, "")
	plant(prefix+"killed/"+storesName+"/sessions.db", "Aman")
	plant(prefix+"nearly-removed/"+lockName, "")
	for name, age := range map[string]time.Duration{"just-made": 0, "made-long-ago": time.Hour} {
		dir, made := filepath.Join(temp, prefix+name), time.Now().Add(-age)
		if err := errors.Join(os.Mkdir(dir, 0o700), os.Chtimes(dir, made, made)); err != nil {
			t.Fatal(err)
		}
	}
	plant(prefix+"no-folder", "of somebody else")
	plant("sessionlab-e2e-1/file", "of another program")

	used, remove, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(used, "sessions.db"), []byte("Roy"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := RemoveLeft(); err != nil {
		t.Error(err)
	}
	wantIn(t, temp, filepath.Base(filepath.Dir(used)), prefix+"just-made", prefix+"no-folder",
		"sessionlab-e2e-1")
	if b, err := os.ReadFile(filepath.Join(used, "sessions.db")); err != nil || string(b) != "Roy" {
		t.Errorf("the folder in use holds %q, %v", b, err)
	}
	remove()
	wantIn(t, temp, prefix+"just-made", prefix+"no-folder", "sessionlab-e2e-1")
}

// wantIn checks which files and folders are in dir.
func wantIn(t *testing.T, dir string, names ...string) {
	t.Helper()
	want := map[string]bool{}
	for _, name := range names {
		want[name] = true
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !want[entry.Name()] {
			t.Errorf("%s is there", entry.Name())
		}
		delete(want, entry.Name())
	}
	for name := range want {
		t.Errorf("%s is gone", name)
	}
}

// Copies that start remove nothing that others are just making.
func TestNew_BesideCopiesThatStart(t *testing.T) {
	temp := tempDir(t)
	stop := make(chan struct{})
	var starting, comparing sync.WaitGroup
	for range 2 {
		starting.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := RemoveLeft(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 4 {
		comparing.Go(func() {
			for range 200 {
				dir, remove, err := New()
				if err != nil {
					t.Error(err)
					return
				}
				if err := os.WriteFile(filepath.Join(dir, "sessions.db"), nil, 0o600); err != nil {
					t.Errorf("a folder in use was removed: %v", err)
				}
				remove()
			}
		})
	}
	comparing.Wait()
	close(stop)
	starting.Wait()
	wantIn(t, temp)
}
