package engine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// folder returns the names and the contents of all that lies in dir.
func folder(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			files[path] = "not a file"
			return err
		}
		b, err := os.ReadFile(path)
		files[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// makeDB makes a database with the given SQL and no files beside it.
func makeDB(t testing.TB, path, query string) {
	t.Helper()
	db := stranger(t, path)
	mustExec(t, db, query)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func mustWrite(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// makeStore makes a session store with one session, and closes it.
func makeStore(t testing.TB, path string) {
	t.Helper()
	e, err := openSQLite(t.Context(), path, sqliteSchema(t))
	if err != nil {
		t.Fatal(err)
	}
	mustCommit(t, e, "a", strings.Repeat("data", 5000), inAnHour())
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestSQLite_RefusesAndLeavesAlone(t *testing.T) {
	t.Parallel()
	const foreign = "CREATE TABLE recipes (name); CREATE VIEW lunch AS SELECT name FROM recipes; INSERT INTO recipes VALUES ('soup');"
	tests := []struct {
		name string
		make func(t *testing.T, path string)
		want string // part of the error
	}{
		{"text", func(t *testing.T, path string) { mustWrite(t, path, strings.Repeat("garbage ", 1000)) }, "file is not a database"},
		{"one byte", func(t *testing.T, path string) { mustWrite(t, path, "S") }, "file is not a database"},
		{"zeros", func(t *testing.T, path string) { mustWrite(t, path, strings.Repeat("\x00", 8192)) }, "file is not a database"},
		{"header and then garbage", func(t *testing.T, path string) {
			mustWrite(t, path, "SQLite format 3\x00"+strings.Repeat("garbage ", 1000))
		}, "cannot be read"},
		{"header alone", func(t *testing.T, path string) {
			makeStore(t, path)
			os.Truncate(path, 100)
		}, "cannot be read"},
		{"truncated store", func(t *testing.T, path string) {
			makeStore(t, path)
			os.Truncate(path, 8192)
		}, "cannot be read"},
		{"database of something else", func(t *testing.T, path string) {
			makeDB(t, path, foreign)
		}, `no table sessions, but "recipes, lunch"`},
		{"database of something else in WAL mode", func(t *testing.T, path string) {
			makeDB(t, path, "PRAGMA journal_mode = WAL; "+foreign)
		}, `no table sessions, but "recipes, lunch"`},
		{"other columns", func(t *testing.T, path string) {
			makeDB(t, path, "CREATE TABLE sessions (session_key PRIMARY KEY, session_data, expire_date)")
		}, `columns "expire_date, session_data, session_key"`},
		{"a column too many", func(t *testing.T, path string) {
			makeDB(t, path, "CREATE TABLE sessions (token PRIMARY KEY, data, expiry, ip NOT NULL)")
		}, `columns "data, expiry, ip, token"`},
		{"token not unique", func(t *testing.T, path string) {
			makeDB(t, path, "CREATE TABLE sessions (token, data, expiry); CREATE INDEX i ON sessions (token)")
		}, "token occur twice"},
		{"token unique in part", func(t *testing.T, path string) {
			makeDB(t, path, "CREATE TABLE sessions (token, data, expiry); CREATE UNIQUE INDEX i ON sessions (token) WHERE data = 1")
		}, "token occur twice"},
		{"token unique with another column", func(t *testing.T, path string) {
			makeDB(t, path, "CREATE TABLE sessions (token, data, expiry, PRIMARY KEY (token, expiry))")
		}, "token occur twice"},
		{"sessions is a view", func(t *testing.T, path string) {
			makeDB(t, path, "CREATE VIEW sessions AS SELECT 1 AS token, 2 AS data, 3 AS expiry")
		}, "no ordinary table"},
		{"sessions without a rowid", func(t *testing.T, path string) {
			makeDB(t, path, "CREATE TABLE sessions (token PRIMARY KEY, data, expiry) WITHOUT ROWID")
		}, "no rowid"},
		{"revoked means something else", func(t *testing.T, path string) {
			makeDB(t, path, "CREATE TABLE sessions (token PRIMARY KEY, data, expiry); CREATE TABLE revoked (licence)")
		}, `table revoked has the columns "licence"`},
		{"table with a line break in its name", func(t *testing.T, path string) {
			makeDB(t, path, "CREATE TABLE \"two\nlines\" (x)")
		}, "something else"},
		{"folder", func(t *testing.T, path string) { os.Mkdir(path, 0o700) }, "is a directory"},
		{"file that cannot be written to", func(t *testing.T, path string) {
			needPermissions(t)
			makeStore(t, path)
			os.Chmod(path, 0o400)
		}, "permission denied"},
		{"folder that cannot be written to", func(t *testing.T, path string) {
			needPermissions(t)
			makeStore(t, path)
			lockFolder(t, path)
		}, "folder cannot be written to: permission denied"},
		{"link into a folder that cannot be written to", func(t *testing.T, path string) {
			needPermissions(t)
			target := filepath.Join(t.TempDir(), "target.db")
			makeStore(t, target)
			lockFolder(t, target)
			if err := os.Symlink(target, path); err != nil {
				t.Skip(err)
			}
		}, "folder cannot be written to: permission denied"},
		{"new file in a folder that cannot be written to", func(t *testing.T, path string) {
			needPermissions(t)
			lockFolder(t, path)
		}, "permission denied"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "the.db")
			tt.make(t, path)
			before := folder(t, filepath.Dir(path))
			refused(t, path, tt.want)
			if after := folder(t, filepath.Dir(path)); !maps.Equal(after, before) {
				t.Errorf("the folder has changed: %v, before %v", slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(before)))
			}
		})
	}
}

// refused tries to open path and checks that it fails with one line that names it.
func refused(t *testing.T, path, want string) {
	t.Helper()
	e, err := openSQLite(t.Context(), path, sqliteSchema(t))
	if err == nil {
		e.Close()
		t.Fatal("it was opened")
	}
	if line := err.Error(); !strings.Contains(line, want) || !strings.Contains(line, path) || strings.Contains(line, "\n") {
		t.Errorf("error %q, want one line with %q and the file's name", line, want)
	}
}

func needPermissions(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
}

func lockFolder(t *testing.T, path string) {
	dir := filepath.Dir(path)
	os.Chmod(dir, 0o500)
	t.Cleanup(func() { os.Chmod(dir, 0o700) })
}

func TestSQLite_RefusesNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mustWrite(t, filepath.Join(dir, "file"), "")
	refused(t, "", "no file name")
	refused(t, filepath.Join(dir, "missing", "x.db"), "folder does not exist")
	refused(t, filepath.Join(dir, "file", "x.db"), "not a directory")
	refused(t, os.DevNull, "not a regular file")
	if _, err := os.Stat(filepath.Join(dir, "missing")); err == nil {
		t.Error("the folder was made")
	}
}

// A program of another kind has its database open: what it wrote lies in the log only.
func TestSQLite_RefusesForeignDatabaseInUse(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "the.db")
	mustExec(t, stranger(t, path), "PRAGMA journal_mode = WAL; CREATE TABLE recipes (name)")
	before := folder(t, filepath.Dir(path))
	refused(t, path, `no table sessions, but "recipes"`)
	after := folder(t, filepath.Dir(path))
	// The index of the log is shared memory: readers note in it how far they read.
	delete(before, path+"-shm")
	delete(after, path+"-shm")
	if !maps.Equal(after, before) {
		t.Error("the folder has changed")
	}
}

func TestSQLite_FileNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"plain.db", "with space.db", "what?.db", "a#b.db", "100%.db", "%41.db", "?mode=memory", "a&b=c;d.db",
		"quote'\"`.db", "ümlaut 🍪.db", ":memory:", "file:x.db", "-", "no_extension", "line\nbreak.db", "back\\slash.db",
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
		{"store that its process left without closing it", func(t *testing.T, path string) {
			source := openTestSQLite(t, "")
			mustCommit(t, source, "a", "data", inAnHour())
			for _, suffix := range []string{"", "-wal"} {
				b, err := os.ReadFile(source.path + suffix)
				if err != nil {
					t.Fatal(err)
				}
				mustWrite(t, path+suffix, string(b))
			}
		}},
		{"store without WAL that its process left in the middle of a change", func(t *testing.T, path string) {
			source := filepath.Join(t.TempDir(), "source.db")
			db := stranger(t, source)
			mustExec(t, db, `CREATE TABLE sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL);
INSERT INTO sessions VALUES ('a', zeroblob(100000), 1);
PRAGMA cache_size = 1; -- what does not fit into the cache is written before the COMMIT
BEGIN;
UPDATE sessions SET data = randomblob(100000)`)
			for _, suffix := range []string{"", "-journal"} {
				b, err := os.ReadFile(source + suffix)
				if err != nil {
					t.Fatal(err)
				}
				mustWrite(t, path+suffix, string(b))
			}
		}},
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

func TestSQLite_SecondProcessStartsWhileTheFirstWrites(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	mustExec(t, stranger(t, e.path), "BEGIN IMMEDIATE")
	openTestSQLite(t, e.path)
}

func TestSQLite_WaitsForAnotherWriter(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	mustCommit(t, e, "a", "data", inAnHour())
	other := stranger(t, e.path)
	mustExec(t, other, "BEGIN IMMEDIATE")
	done := make(chan error)
	go func() { done <- e.CommitCtx(t.Context(), "b", []byte("data"), inAnHour()) }()
	for range 2 * sqliteReaders {
		if _, found, err := e.FindCtx(t.Context(), "a"); !found {
			t.Errorf("reading beside a stuck writer: %v", err)
		}
	}
	mustExec(t, other, "COMMIT")
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A reader who does not come to an end holds up no writer: that is what the write-ahead log is for. And
// whoever has to wait all the same waits on every connection.
func TestSQLite_ReadersHoldUpNoWriter(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	mustCommit(t, e, "a", "data", inAnHour())
	for i, c := range e.all {
		var busy int
		if err := c.db.QueryRow("PRAGMA busy_timeout").Scan(&busy); err != nil || busy != 5000 {
			t.Errorf("connection %d waits for %d ms, %v; want 5000", i, busy, err)
		}
	}
	reader := stranger(t, e.path)
	mustExec(t, reader, "BEGIN")
	var n int
	if err := reader.QueryRow("SELECT count(*) FROM sessions").Scan(&n); err != nil || n != 1 {
		t.Fatalf("%d rows, %v", n, err)
	}
	e.wait = 100 * time.Millisecond
	if err := e.CommitCtx(t.Context(), "b", []byte("data"), inAnHour()); err != nil {
		t.Errorf("a write beside a long reader: %v", err)
	}
	if err := reader.QueryRow("SELECT count(*) FROM sessions").Scan(&n); err != nil || n != 1 {
		t.Errorf("the reader sees %d rows, %v; want the state that it began with", n, err)
	}
}

func TestSQLite_BusyForTooLong(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	mustCommit(t, e, "a", "data", inAnHour())
	e.wait = 20 * time.Millisecond
	other := stranger(t, e.path)
	mustExec(t, other, "BEGIN IMMEDIATE")
	writes := map[string]func() error{
		"commit": func() error { return e.CommitCtx(t.Context(), "a", []byte("new"), inAnHour()) },
		"delete": func() error { return e.DeleteCtx(t.Context(), "a") },
		"cycle":  func() error { return e.Cycle(t.Context(), "a", "b", []byte("new"), inAnHour()) },
		"sweep":  func() error { _, err := e.DeleteExpired(t.Context(), inAnHour()); return err },
	}
	for name, write := range writes {
		if err := write(); !errors.Is(err, ErrBusy) {
			t.Errorf("%s: %v, want %v", name, err, ErrBusy)
		}
	}
	c := <-e.writer
	var busy int
	if err := c.db.QueryRow("PRAGMA busy_timeout").Scan(&busy); err != nil || busy > 20 {
		t.Errorf("SQLite itself waits for %d ms, %v; want no more than is left of the 20 ms", busy, err)
	}
	e.writer <- c
	if err := e.Ping(t.Context()); err != nil {
		t.Errorf("ping: %v", err)
	}
	mustExec(t, other, "COMMIT")
	if b, _, err := e.FindCtx(t.Context(), "a"); string(b) != "data" {
		t.Errorf("found %q, %v", b, err)
	}
	mustCommit(t, e, "a", "new", inAnHour())
}

func TestSQLite_QueueIsBounded(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	e.wait = 20 * time.Millisecond
	c := <-e.writer // somebody has it and does not come back
	if err := e.CommitCtx(t.Context(), "a", []byte("data"), inAnHour()); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v, want %v", err, ErrBusy)
	}

	e.wait = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- e.CommitCtx(ctx, "a", []byte("data"), inAnHour()) }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}

	e.wait = sqliteWait
	e.writer <- c
	mustCommit(t, e, "a", "data", inAnHour())
	if n := count(t, e, "sessions"); n != 1 {
		t.Errorf("%d rows", n)
	}
}

// What was spent in the queue is taken off what SQLite itself waits.
func TestSQLite_SetBusy(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	c := <-e.writer
	for _, tt := range []struct {
		set  time.Duration
		want int // milliseconds
	}{
		{sqliteWait - time.Millisecond, 5000}, // too little to matter
		{3 * time.Second, 3000},
		{-time.Second, 0},
		{sqliteWait, 5000},
	} {
		if err := c.setBusy(tt.set); err != nil {
			t.Fatal(err)
		}
		var got int
		if err := c.db.QueryRow("PRAGMA busy_timeout").Scan(&got); err != nil || got != tt.want {
			t.Errorf("set to %v: %d ms, %v; want %d", tt.set, got, err, tt.want)
		}
	}
}

func TestSQLite_FileGoneOrReplaced(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(t *testing.T, path string)
	}{
		{"renamed", func(t *testing.T, path string) {}},
		{"replaced by an empty file", func(t *testing.T, path string) { mustWrite(t, path, "") }},
		{"replaced by a copy", func(t *testing.T, path string) {
			b, err := os.ReadFile(path + ".away")
			if err != nil {
				t.Fatal(err)
			}
			mustWrite(t, path, string(b))
		}},
		{"replaced by a folder", func(t *testing.T, path string) { os.Mkdir(path, 0o700) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := openTestSQLite(t, "")
			mustCommit(t, e, "a", "data", inAnHour())
			if err := os.Rename(e.path, e.path+".away"); err != nil {
				t.Fatal(err)
			}
			tt.change(t, e.path)
			_, sweepErr := e.DeleteExpired(t.Context(), inAnHour())
			_, versionErr := e.Version(t.Context())
			for name, err := range map[string]error{
				"commit":  e.CommitCtx(t.Context(), "b", []byte("data"), inAnHour()),
				"delete":  e.DeleteCtx(t.Context(), "a"),
				"cycle":   e.Cycle(t.Context(), "a", "b", []byte("data"), inAnHour()),
				"sweep":   sweepErr,
				"version": versionErr,
				"ping":    e.Ping(t.Context()),
			} {
				if !errors.Is(err, ErrUnavailable) {
					t.Errorf("%s: %v, want %v", name, err, ErrUnavailable)
				}
			}
			os.Remove(e.path)
			if err := os.Rename(e.path+".away", e.path); err != nil {
				t.Fatal(err)
			}
			mustCommit(t, e, "b", "the file is back", inAnHour())
			if n := count(t, e, "sessions"); n != 2 {
				t.Errorf("%d rows, want 2", n)
			}
		})
	}
}

func TestSQLite_FileGoneDuringTheWrite(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	err := e.write(t.Context(), func(c *connection) error {
		if err := c.store.Commit("a", []byte("data"), inAnHour()); err != nil {
			t.Fatal(err)
		}
		return os.Remove(e.path)
	})
	if !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v, want %v", err, ErrUnavailable)
	}
}

func TestSQLite_Full(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	mustCommit(t, e, "a", "data", inAnHour())
	c := <-e.writer
	mustExec(t, c.db, "PRAGMA max_page_count = 1") // SQLite takes as many as there are
	e.writer <- c

	big := make([]byte, 100_000)
	if err := e.CommitCtx(t.Context(), "a", big, inAnHour()); !errors.Is(err, ErrFull) {
		t.Errorf("commit: %v, want %v", err, ErrFull)
	}
	if err := e.Cycle(t.Context(), "a", "b", big, inAnHour()); !errors.Is(err, ErrFull) {
		t.Errorf("cycle: %v, want %v", err, ErrFull)
	}
	if b, _, err := e.FindCtx(t.Context(), "a"); string(b) != "data" {
		t.Errorf("found %q, %v; want what was there before", b, err)
	}
	mustCommit(t, e, "a", "less", inAnHour())

	c = <-e.writer
	mustExec(t, c.db, "PRAGMA max_page_count = 1000000")
	e.writer <- c
	mustCommit(t, e, "a", string(big), inAnHour())
}

func TestSQLite_TableGone(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	mustExec(t, stranger(t, e.path), "DROP TABLE sessions")
	if _, _, err := e.FindCtx(t.Context(), "a"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("find: %v, want %v", err, ErrUnavailable)
	}
	if err := e.CommitCtx(t.Context(), "a", []byte("data"), inAnHour()); !errors.Is(err, ErrUnavailable) {
		t.Errorf("commit: %v, want %v", err, ErrUnavailable)
	}
}
