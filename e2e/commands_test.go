package e2e

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/engine/enginetest"
)

// TestProgram_ClearSessions runs the command beside a running lab, on each kind of store.
func TestProgram_ClearSessions(t *testing.T) {
	t.Parallel()
	const none, four = "0 expired sessions removed\n", "4 expired sessions removed\n"
	for name, tt := range map[string]struct {
		planted int    // the answer to what would plant four rows that expire
		removes string // what the command prints then
		note    string // what it says besides
	}{
		"sqlite":   {http.StatusSeeOther, four, ""},
		"file":     {http.StatusSeeOther, four, ""},
		"postgres": {http.StatusSeeOther, four, ""},
		// No expired session lies about there, or no other program sees it.
		"redis": {http.StatusConflict, none,
			"Redis removes a key by itself when its time is over: there is never anything to sweep.\n"},
		"memory": {http.StatusSeeOther, none,
			"These sessions are in the memory of the program that serves them: " +
				"no other one can sweep them.\n"},
		"cookie": {http.StatusConflict, none,
			"The sessions are in the browsers' cookies: there is nothing here to sweep.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := enginetest.Stores(t, name)(t)
			c := startLab(t, "-store", store).client(t)
			c.does("/set", "key", "k", "value", "v")
			if resp, _ := c.post("/clear-expired/plant"); resp.StatusCode != tt.planted {
				t.Fatalf("POST /clear-expired/plant = %d, want %d", resp.StatusCode, tt.planted)
			}
			planted := time.Now()
			if tt.removes != none {
				until(t, "the rows have expired", func() bool { return time.Since(planted) > 15*time.Second })
			}
			for _, want := range []string{tt.removes + tt.note, none + tt.note} {
				if got := mustRun(t, "clearsessions", "-store", store); got != want {
					t.Errorf("it printed %q, want %q", got, want)
				}
			}
			if got := c.value("k"); got != "v" {
				t.Errorf("the live session holds %v", got)
			}
		})
	}
}

// An empty file has no sessions table, and is not made a store.
func TestProgram_ClearSessionsOfAnEmptyFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sessions.db")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, []string{"clearsessions", "-db", file}, file, "empty file")
	if info, err := os.Stat(file); err != nil || info.Size() != 0 {
		t.Errorf("the file has %v, %v", info, err)
	}
}

// A sweep that fails is an error, and nothing is said to be removed.
func TestProgram_ClearSessionsFails(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sessions.db")
	makeDB(t, file, schema(t)+`;
INSERT INTO sessions VALUES ('old', x'00', julianday('now', '-2 hours'));
CREATE TRIGGER kept BEFORE DELETE ON sessions BEGIN SELECT RAISE(ABORT, 'it must not go'); END`)
	refused(t, []string{"clearsessions", "-db", file}, "it must not go")
	l := newLab(t, file)
	l.allow("it must not go")
	l.start(anyPort)
	resp, body := l.client(t).post("/clear-expired")
	if resp.StatusCode < 400 || !strings.Contains(body, "Nothing was changed") {
		t.Errorf("POST /clear-expired = %d", resp.StatusCode)
	}
}

// class is some visitors of one lab, each with the value v in a session.
type class struct {
	t        *testing.T
	store    string
	visitors []*client
}

func startClass(t *testing.T, store string) *class {
	t.Helper()
	c := &class{t: t, store: store}
	l := startLab(t, "-store", store)
	for range 5 {
		visitor := l.client(t)
		visitor.does("/set", "key", "k", "value", "v")
		c.visitors = append(c.visitors, visitor)
	}
	return c
}

// args are those of the command that ends sessions of the class.
func (c *class) args(args ...string) []string {
	return append([]string{"endsessions", "-store", c.store}, args...)
}

// ends runs it, and checks what it prints and that the sessions with these numbers are gone, and no others.
func (c *class) ends(printed string, gone []int, args ...string) {
	c.t.Helper()
	if got := mustRun(c.t, c.args(args...)...); got != printed {
		c.t.Errorf("%q: it printed %q, want %q", args, got, printed)
	}
	for i, visitor := range c.visitors {
		held := any("v")
		if slices.Contains(gone, i) {
			held = nil
		}
		if got := visitor.value("k"); got != held {
			c.t.Errorf("%q: session %d holds %v, want %v", args, i, got, held)
		}
	}
}

// TestProgram_EndSessions runs the command beside a running lab, on each kind of store that several programs
// can share.
func TestProgram_EndSessions(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sqlite", "file", "redis", "postgres"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startClass(t, enginetest.Stores(t, name)(t))
			first := c.visitors[0]
			panel := stream(t, &first.Client, first.l.url)
			hear(t, panel, "event: session")
			c.ends("1 session ended\n", []int{0}, "-id", first.token()[:8])
			hear(t, panel, "event: ended")
			c.ends("1 session ended\n", []int{0, 1}, "-id", c.visitors[1].token())

			twins := plantTwins(t, c.store)
			o := run(t, c.args("-id", "twinstwins")...)
			const why = "2 sessions have an ID that begins so, and none was ended"
			if o.status != 1 || !strings.Contains(o.stderr, why) ||
				o.stdout != "twin…wins\ntwin…sins\n" && o.stdout != "twin…sins\ntwin…wins\n" {
				t.Errorf("two that begin alike: %+v", o)
			}
			c.ends("1 session ended\n", []int{0, 1}, "-id", twins[0])
			refused(t, c.args("-id", twins[0]), "no session has this ID") // it was ended
			refused(t, c.args("-id", c.visitors[2].token()+"x"), "no session has this ID")
			c.ends("4 sessions ended\n", []int{0, 1, 2, 3, 4}, "-all")
			c.ends("0 sessions ended\n", []int{0, 1, 2, 3, 4}, "-all")
		})
	}
}

// plantTwins puts two sessions into a store whose IDs begin alike, and wants them not to come back once
// ended.
func plantTwins(t *testing.T, store string) (tokens []string) {
	t.Helper()
	eng, err := engine.Open(t.Context(), store, schema(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"wins", "sins"} {
		token := "twinstwins" + strings.Repeat("-", 29) + end
		if err := eng.CommitCtx(t.Context(), token, []byte("data"), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, token)
	}
	t.Cleanup(func() {
		defer eng.Close()
		for _, token := range tokens {
			err := eng.CommitCtx(context.Background(), token, []byte("late"), time.Now().Add(time.Hour))
			if !errors.Is(err, engine.ErrEnded) {
				t.Errorf("a late request for a session that the command ended: %v", err)
			}
		}
	})
	return tokens
}

// Where no other program can end a session, the command says why.
func TestProgram_EndSessionsCannot(t *testing.T) {
	t.Parallel()
	for store, why := range map[string]string{
		"memory:": "in the memory of the program",
		"cookie:": "in the browsers' cookies",
	} {
		refused(t, []string{"endsessions", "-store", store, "-all"}, "cannot end sessions", why)
		refused(t, []string{"endsessions", "-store", store, "-id", "ABCDEFGH"}, "cannot end sessions", why)
	}
}

// A store that is not there is an error, and none is made.
func TestProgram_CommandsWithoutAStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db, folders := filepath.Join(dir, "sessions.db"), filepath.Join(dir, "sessions")
	refused(t, []string{"clearsessions", "-db", db}, "cannot clear", "sessions.db", "no such file")
	refused(t, []string{"clearsessions", "-store", "sqlite:" + db}, "sessions.db", "no such file")
	refused(t, []string{"clearsessions", "-store", "file:" + folders}, "sessions", "no such file")
	refused(t, []string{"endsessions", "-all", "-db", db},
		"cannot end sessions", "sessions.db", "no such file")
	refused(t, []string{"endsessions", "-all", "-store", "file:" + folders}, "sessions", "no such file")
	if files := folder(t, dir); len(files) != 1 { // the folder itself
		t.Errorf("made %v", files)
	}
	server := "127.0.0.1:" + enginetest.FreePort(t)
	for _, store := range []string{"redis://:hidden@" + server, "postgres://lab:hidden@" + server + "/lab"} {
		refused(t, []string{"clearsessions", "-store", store}, "connection refused")
	}
}

// A database without the table is not made a store.
func TestProgram_CommandsWithoutATable(t *testing.T) {
	t.Parallel()
	store := enginetest.Stores(t, "postgres")(t)
	refused(t, []string{"clearsessions", "-store", store}, "no table sessions")
	var tables int
	err := enginetest.PostgresClient(t, store).QueryRow(t.Context(),
		"SELECT count(*) FROM pg_class WHERE relname IN ('sessions', 'revoked') "+
			"AND relnamespace = current_schema()::regnamespace").Scan(&tables)
	if err != nil || tables != 0 {
		t.Errorf("it made %d tables, %v", tables, err)
	}
}
