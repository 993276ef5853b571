package engine

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestSQLite_FileNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"plain.db", "with space.db", "what?.db", "a#b.db", "100%.db", "%41.db", "?mode=memory", "a&b=c;d.db",
		"quote'\"`.db", "ümlaut 🍪.db", ":memory:", "file:x.db", "-", "no_extension",
		"line\nbreak.db", "back\\slash.db",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			e, err := openSQLite(t.Context(), filepath.Join(dir, name), sqliteSchema(t))
			if err != nil {
				t.Fatal(err)
			}
			mustCommit(t, e, "a", "data", inAnHour())
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) != 1 || entries[0].Name() != name {
				t.Errorf("in the folder: %v, %v; want %q alone", entries, err, name)
			}
			again := openTestSQLite(t, filepath.Join(dir, name))
			if b, _, err := again.FindCtx(t.Context(), "a"); string(b) != "data" {
				t.Errorf("after opening again: %q, %v", b, err)
			}
		})
	}
}

// leaveOpen makes at path what a store is when its process was killed.
func leaveOpen(t *testing.T, path string) {
	source := openTestSQLite(t, "")
	mustCommit(t, source, "a", "data", inAnHour())
	copyAway(t, source.path, path, "", "-wal")
}

// leaveInTheMiddle makes at path what a store with a rollback journal is when its process was killed in the
// middle of a transaction.
func leaveInTheMiddle(t *testing.T, path string) {
	source := filepath.Join(t.TempDir(), "source.db")
	mustExec(t, stranger(t, source), `
CREATE TABLE sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL);
INSERT INTO sessions VALUES ('a', zeroblob(100000), 1);
PRAGMA cache_size = 1; -- what does not fit into the cache is written before the COMMIT
BEGIN;
UPDATE sessions SET data = randomblob(100000)`)
	copyAway(t, source, path, "", "-journal")
}

// copyAway copies the files at from with these suffixes, which are in use.
func copyAway(t *testing.T, from, to string, suffixes ...string) {
	t.Helper()
	for _, suffix := range suffixes {
		b, err := os.ReadFile(from + suffix)
		if err != nil {
			t.Fatal(err)
		}
		mustWrite(t, to+suffix, string(b))
	}
}

func TestSQLite_OpensWhatCanBeAStore(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		make func(t *testing.T, path string)
	}{
		{"empty file", func(t *testing.T, path string) { mustWrite(t, path, "") }},
		{"database without tables", func(t *testing.T, path string) { makeDB(t, path, "PRAGMA user_version = 1") }},
		{"table as SCS recommends it", func(t *testing.T, path string) {
			makeDB(t, path, "CREATE TABLE sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL)")
		}},
		{"other tables beside sessions", func(t *testing.T, path string) {
			makeDB(t, path, "CREATE TABLE Sessions (Token UNIQUE, Data, Expiry); CREATE TABLE users (name)")
		}},
		{"link to a store elsewhere", func(t *testing.T, path string) {
			target := filepath.Join(t.TempDir(), "target.db")
			makeStore(t, target)
			if err := os.Symlink(target, path); err != nil {
				t.Skip(err)
			}
		}},
		{"store that its process left without closing it", leaveOpen},
		{"store without WAL that its process left in the middle of a change", leaveInTheMiddle},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "the.db")
			tt.make(t, path)
			e := openTestSQLite(t, path)
			if row, found, _ := e.Row(t.Context(), "a"); found && strings.Trim(string(row.Data), "\x00dat") != "" {
				t.Error("the data is not what was last committed")
			}
			mustCommit(t, e, "b", "data", inAnHour())
			if err := e.DeleteCtx(t.Context(), "b"); err != nil {
				t.Fatal(err)
			}
			if err := e.CommitCtx(t.Context(), "b", []byte("late"), inAnHour()); !errors.Is(err, ErrEnded) {
				t.Errorf("late commit: %v", err)
			}
		})
	}
}

func TestSQLite_OthersCannotReadANewFile(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	if mode := e.file.Mode().Perm(); mode != 0o600 {
		t.Errorf("mode %v", mode)
	}
}

func TestSQLite_OpensTogether(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "the.db")
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			e, err := openSQLite(t.Context(), path, sqliteSchema(t))
			if err != nil {
				t.Error(err)
				return
			}
			defer e.Close()
			if err := e.CommitCtx(t.Context(), fmt.Sprint(i), []byte("data"), inAnHour()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := count(t, openTestSQLite(t, path), "sessions"); n != 12 {
		t.Errorf("%d rows, want 12", n)
	}
}

func TestSQLite_SecondProcessStartsWhileTheFirstWrites(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	mustExec(t, stranger(t, e.path), "BEGIN IMMEDIATE")
	openTestSQLite(t, e.path)
}

// TestSQLiteChild is not a test: other tests run it as a process of its own. It opens the
// store that the environment names and says on a line of its own each token that was
// acknowledged.
func TestSQLiteChild(t *testing.T) {
	path, name := os.Getenv("SQLITE_CHILD_FILE"), os.Getenv("SQLITE_CHILD_NAME")
	if path == "" {
		t.Skip("only for other tests")
	}
	e, err := openSQLite(t.Context(), path, sqliteSchema(t))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; ; i++ {
		token := fmt.Sprintf("%s.%d", name, i)
		if err := e.CommitCtx(t.Context(), token, []byte("data"), inAnHour()); err != nil {
			t.Fatal(err)
		}
		fmt.Println("kept", token)
	}
}

// Several processes start together on a new file, write, and are killed in the middle.
func TestSQLite_KilledProcessesLoseNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "the.db")
	var wg sync.WaitGroup
	var mu sync.Mutex
	var kept []string
	for i := range 4 {
		wg.Go(func() {
			child := exec.Command(os.Args[0], "-test.run=^TestSQLiteChild$")
			child.Env = append(os.Environ(), "SQLITE_CHILD_FILE="+path, fmt.Sprint("SQLITE_CHILD_NAME=", i))
			out, err := child.StdoutPipe()
			if err != nil {
				t.Error(err)
				return
			}
			if err := child.Start(); err != nil {
				t.Error(err)
				return
			}
			lines := bufio.NewScanner(out)
			for n := 0; n < 50 && lines.Scan(); n++ {
				token, ok := strings.CutPrefix(lines.Text(), "kept ")
				if !ok {
					t.Errorf("child %d: %s", i, lines.Text())
					continue
				}
				mu.Lock()
				kept = append(kept, token)
				mu.Unlock()
			}
			child.Process.Kill()
			for lines.Scan() { // what it still said before it died
			}
			child.Wait()
		})
	}
	wg.Wait()
	if len(kept) != 200 {
		t.Errorf("%d tokens were acknowledged, want 200", len(kept))
	}
	e := openTestSQLite(t, path)
	for _, token := range kept {
		if _, found, err := e.FindCtx(t.Context(), token); !found {
			t.Errorf("%s is lost: %v", token, err)
		}
	}
}
