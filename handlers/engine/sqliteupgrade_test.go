package engine

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// oldSQLite makes a store of an earlier version.
func oldSQLite(t *testing.T) (path string, old oldSession) {
	t.Helper()
	path, old = filepath.Join(t.TempDir(), "the.db"), oldSession{newToken(), newToken(), newToken()}
	makeOldSQLite(t, path, old)
	return path, old
}

// triggers returns the names of the triggers of the store at path.
func triggers(t *testing.T, path string) (names string) {
	t.Helper()
	const query = "SELECT group_concat(name, ' ' ORDER BY name) FROM sqlite_schema WHERE type = 'trigger'"
	if err := stranger(t, path).QueryRow(query).Scan(&names); err != nil {
		t.Fatal(err)
	}
	return names
}

const (
	oldTriggers = "sessions_ended sessions_stay_ended"
	newTriggers = "sessions_renumber sessions_revoke sessions_stay_ended"
)

func TestSQLite_UpgradesOnce(t *testing.T) {
	t.Parallel()
	path, _ := oldSQLite(t)
	openTestSQLite(t, path)
	if got := triggers(t, path); got != newTriggers {
		t.Errorf("the triggers are %s; want %s", got, newTriggers)
	}
	// What is up to date is opened without a lock, while somebody else writes.
	mustExec(t, stranger(t, path), "BEGIN IMMEDIATE")
	openTestSQLite(t, path)
}

// What cannot be done to the end is not begun: the earlier version finds its store as it left it.
func TestSQLite_UpgradesAllOrNothing(t *testing.T) {
	t.Parallel()
	path, old := oldSQLite(t)
	if _, err := openSQLite(t.Context(), path, sqliteSchema(t)+"; SELECT no_such_function()"); err == nil {
		t.Fatal("it was opened")
	}
	if got := triggers(t, path); got != oldTriggers {
		t.Errorf("the triggers are %s; want %s", got, oldTriggers)
	}
	var long bool
	const query = "SELECT until > julianday('now', '+300 days') FROM revoked WHERE token = ?"
	if err := stranger(t, path).QueryRow(query, old.ended).Scan(&long); err != nil || !long {
		t.Errorf("the mark was shortened, %v", err)
	}
	testOld(t, openSubject(t, "sqlite:"+path), old)
}

// A trigger that only has the name is none of ours.
func TestSQLite_UpgradesNoForeignTrigger(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "the.db")
	makeDB(t, path, `CREATE TABLE sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL);
CREATE TABLE log (x);
CREATE TRIGGER sessions_ended AFTER DELETE ON sessions BEGIN INSERT INTO log VALUES (OLD.token); END`)
	e := openTestSQLite(t, path)
	mustCommit(t, e, "a", "data", inAnHour())
	if err := e.DeleteCtx(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if n := count(t, e, "log"); n != 1 {
		t.Errorf("the trigger ran %d times", n)
	}
	if err := e.CommitCtx(t.Context(), "a", []byte("late"), inAnHour()); !errors.Is(err, ErrEnded) {
		t.Errorf("late commit: %v", err)
	}
}

// Processes that start together on a store of an earlier version all come up, and nobody loses anything.
func TestSQLite_ProcessesUpgradeTogether(t *testing.T) {
	t.Parallel()
	path, old := oldSQLite(t)
	var wg sync.WaitGroup
	for _, name := range []string{"one", "two", "three"} {
		wg.Go(func() {
			child := exec.Command(os.Args[0], "-test.run=^TestSQLiteChild$")
			child.Env = append(os.Environ(), "SQLITE_CHILD_FILE="+path, "SQLITE_CHILD_NAME="+name)
			out, err := child.StdoutPipe()
			if err != nil {
				t.Error(err)
				return
			}
			if err := child.Start(); err != nil {
				t.Error(err)
				return
			}
			if lines := bufio.NewScanner(out); !lines.Scan() || !strings.HasPrefix(lines.Text(), "kept ") {
				t.Errorf("process %s: %q", name, lines.Text())
			}
			child.Process.Kill()
			child.Wait()
		})
	}
	wg.Wait()
	e := openTestSQLite(t, path)
	if got := triggers(t, path); got != newTriggers {
		t.Errorf("the triggers are %s; want %s", got, newTriggers)
	}
	for _, token := range []string{old.live, "one.0", "two.0", "three.0"} {
		if _, found, err := e.FindCtx(t.Context(), token); !found {
			t.Errorf("%s is lost: %v", token, err)
		}
	}
}
