package engine

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// subject is an engine under test, on the store at url.
type subject struct {
	Engine
	url string
}

// openSubject opens the store at url and closes it when the test ends.
func openSubject(t testing.TB, url string) subject {
	t.Helper()
	e, err := Open(t.Context(), url, sqliteSchema(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return subject{e, url}
}

// dropsExpired says that an expired session is gone at once.
func (s subject) dropsExpired() bool { return !s.Kind().Lies && !s.Kind().InCookie }

// inProcess says that sessions end with the engine, and that no other engine sees them.
func (s subject) inProcess() bool { return !s.Kind().Restart }

// another opens the store of s a second time, as another process would.
func (s subject) another(t testing.TB) subject {
	t.Helper()
	if s.inProcess() {
		t.Skip("its sessions are in this process alone")
	}
	return openSubject(t, s.url)
}

// tryPut commits data under token and returns the token under which it is found then: the
// cookie engine makes one of its own.
func (s subject) tryPut(token, data string, expiry time.Time) (string, error) {
	var log Log
	err := s.CommitCtx(WithLog(context.Background(), &log), token, []byte(data), expiry)
	return cmp.Or(log.Cookie, token), err
}

// put is tryPut that must succeed.
func (s subject) put(t testing.TB, token, data string, expiry time.Time) string {
	t.Helper()
	token, err := s.tryPut(token, data, expiry)
	if err != nil {
		t.Fatalf("commit: %v", err)
	}
	return token
}

// putMany keeps n sessions of that data and returns their tokens.
func (s subject) putMany(t testing.TB, n int, data string, expiry time.Time) []string {
	t.Helper()
	tokens := make([]string, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				var err error
				if tokens[i], err = s.tryPut(newToken(), data, expiry); err != nil {
					t.Errorf("commit: %v", err)
				}
			}
		})
	}
	wg.Wait()
	return tokens
}

// end deletes the session of token.
func (s subject) end(t testing.TB, token string) {
	t.Helper()
	if err := s.DeleteCtx(t.Context(), token); err != nil {
		t.Fatalf("delete: %v", err)
	}
}

// wantFound checks that token stands for data.
func (s subject) wantFound(t testing.TB, token, data string) {
	t.Helper()
	b, found, err := s.FindCtx(t.Context(), token)
	if err != nil || !found || string(b) != data {
		t.Errorf("find = %.40q, %v, %v; want %.40q", b, found, err, data)
	}
}

// wantAbsent checks that token stands for nothing.
func (s subject) wantAbsent(t testing.TB, token string) {
	t.Helper()
	b, found, err := s.FindCtx(t.Context(), token)
	if err != nil || found || b != nil {
		t.Errorf("find = %.40q, %v, %v; want nothing", b, found, err)
	}
}

// wantRow checks whether token has a row, live or not.
func (s subject) wantRow(t testing.TB, token string, want bool) {
	t.Helper()
	row, ok, err := s.Row(t.Context(), token)
	if err != nil || ok != want {
		t.Errorf("row = %+v, %v, %v; want %v", row, ok, err, want)
	}
}

// wantEnded checks that a late commit under token is refused and leaves nothing.
func (s subject) wantEnded(t testing.TB, token string) {
	t.Helper()
	if _, err := s.tryPut(token, "late", inAnHour()); !errors.Is(err, ErrEnded) {
		t.Errorf("late commit: %v; want %v", err, ErrEnded)
	}
	s.wantAbsent(t, token)
	s.wantRow(t, token, false)
}

// newToken returns a token like SCS's.
func newToken() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func inAnHour() time.Time { return time.Now().Add(time.Hour) }

func aMinuteAgo() time.Time { return time.Now().Add(-time.Minute) }

// sqliteSchema returns the schema that the program uses.
func sqliteSchema(t testing.TB) string {
	t.Helper()
	schema, err := os.ReadFile("../../sessions.db.sql")
	if err != nil {
		t.Fatal(err)
	}
	return string(schema)
}

// openTestSQLite opens the store at path, or a new one when path is empty.
func openTestSQLite(t testing.TB, path string) *sqliteEngine {
	t.Helper()
	if path == "" {
		path = filepath.Join(t.TempDir(), "sessions.db")
	}
	e, err := openSQLite(t.Context(), path, sqliteSchema(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e.(*sqliteEngine)
}

// stranger opens a connection to the file that has nothing to do with the engine, like that
// of the sqlite3 shell.
func stranger(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path, "_pragma=busy_timeout(5000)"))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

// mustExec runs query on db.
func mustExec(t testing.TB, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// mustCommit keeps data under token until expiry.
func mustCommit(t testing.TB, e Engine, token, data string, expiry time.Time) {
	t.Helper()
	if err := e.CommitCtx(t.Context(), token, []byte(data), expiry); err != nil {
		t.Fatalf("commit %q: %v", token, err)
	}
}

// count returns how many rows table has, as somebody else sees it.
func count(t testing.TB, e *sqliteEngine, table string) (n int) {
	t.Helper()
	if err := stranger(t, e.path).QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func mustWrite(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
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

// redisClient connects to the store of s, as redis-cli would.
func redisClient(t *testing.T, s subject) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(s.url)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	return client
}

// psql runs query on client, which is somebody else than the engine.
func psql(t *testing.T, client *pgx.Conn, query string) {
	t.Helper()
	if _, err := client.Exec(t.Context(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
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

// queryPlan returns the steps in which SQLite runs query.
func queryPlan(t *testing.T, e *sqliteEngine, query string, args ...any) (plan []string) {
	t.Helper()
	rows, err := stranger(t, e.path).Query("EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, step)
	}
	return plan
}

// openTestFile opens a new store of files.
func openTestFile(t *testing.T) (subject, *fileEngine) {
	t.Helper()
	s := openSubject(t, "file:"+filepath.Join(t.TempDir(), "sessions"))
	return s, s.Engine.(*fileEngine)
}
