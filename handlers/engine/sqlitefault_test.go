package engine

import (
	"errors"
	"os"
	"testing"

	"sessionlab/handlers/engine/enginetest"
)

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
			s := openSubject(t, enginetest.Stores(t, "sqlite")(t))
			e := s.Engine.(*sqliteEngine)
			token := s.put(t, newToken(), "data", inAnHour())
			if err := os.Rename(e.path, e.path+".away"); err != nil {
				t.Fatal(err)
			}
			tt.change(t, e.path)
			// A read goes on in the file that was opened: it shows nothing that was not there.
			wantErrors(t, s, token, ErrUnavailable, append(writes, "version", "ping")...)
			os.Remove(e.path)
			if err := os.Rename(e.path+".away", e.path); err != nil {
				t.Fatal(err)
			}
			s.put(t, newToken(), "the file is back", inAnHour())
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
