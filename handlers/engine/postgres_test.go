package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sessionlab/handlers/engine/enginetest"
)

func TestPostgres(t *testing.T) {
	t.Parallel()
	store := enginetest.PostgresStores(t, false)
	for _, tt := range []struct {
		name string
		run  func(*testing.T, subject, *pgx.Conn)
	}{
		{"what psql deletes does not come back", testPostgresDeletedByHand},
		{"a change becomes a version when it is committed", testPostgresVersion},
		{"a sweep leaves alone what is being saved", testPostgresSweepBesideSave},
		{"a row that never ends, or never lived", testPostgresInfinity},
		{"what is not answered may have been done", testPostgresUnanswered},
		{"the table goes away", testPostgresTableGone},
		{"a second start changes nothing", testPostgresSecondStart},
		{"stamps and usage read no data", testPostgresReadsNoData},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := openSubject(t, store(t))
			tt.run(t, s, enginetest.PostgresClient(t, s.url))
		})
	}
	for name, table := range map[string]string{
		"other columns": "CREATE TABLE sessions (id int PRIMARY KEY, name text)",
		"other types":   "CREATE TABLE sessions (token text PRIMARY KEY, data text, expiry timestamptz)",
		"no key":        "CREATE TABLE sessions (token text, data bytea, expiry timestamptz)",
		"a view":        "CREATE VIEW sessions AS SELECT 'a' AS token, ''::bytea AS data, now() AS expiry",
	} {
		t.Run("refuses a table with "+name, func(t *testing.T) { testPostgresRefuses(t, store(t), table) })
	}
}

func testPostgresDeletedByHand(t *testing.T, s subject, client *pgx.Conn) {
	token := s.put(t, newToken(), "data", inAnHour())
	before, err := s.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	psql(t, client, "DELETE FROM sessions")
	s.wantEnded(t, token)
	if after, err := s.Version(t.Context()); after == before || err != nil {
		t.Errorf("version = %d, %v, as before", after, err)
	}
}

func testPostgresVersion(t *testing.T, s subject, client *pgx.Conn) {
	token := s.put(t, newToken(), "data", inAnHour())
	psql(t, client, "BEGIN")
	psql(t, client, "UPDATE sessions SET data = 'other'")
	before, err := s.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.wantFound(t, token, "data")
	psql(t, client, "COMMIT")
	if after, err := s.Version(t.Context()); after == before || err != nil {
		t.Errorf("version = %d, %v, as before", after, err)
	}
	s.wantFound(t, token, "other")
}

func testPostgresSweepBesideSave(t *testing.T, s subject, client *pgx.Conn) {
	token := s.put(t, newToken(), "data", aMinuteAgo())
	psql(t, client, "BEGIN")
	psql(t, client, "UPDATE sessions SET expiry = now() + interval '1 hour'")
	if n, err := s.DeleteExpired(t.Context(), time.Now()); n != 0 || err != nil {
		t.Errorf("delete expired = %d, %v; want none", n, err)
	}
	psql(t, client, "COMMIT")
	s.wantFound(t, token, "data")
}

func testPostgresInfinity(t *testing.T, s subject, client *pgx.Conn) {
	forever := s.put(t, newToken(), "data", inAnHour())
	psql(t, client, "UPDATE sessions SET expiry = 'infinity'")
	past := s.put(t, newToken(), "data", inAnHour())
	psql(t, client, "UPDATE sessions SET expiry = '-infinity' WHERE token = '"+past+"'")
	s.wantFound(t, forever, "data")
	for token, lives := range map[string]bool{forever: true, past: false} {
		row, ok, err := s.Row(t.Context(), token)
		if !ok || err != nil || row.Expiry.After(time.Now()) != lives {
			t.Errorf("row = %v, %v, %v; want one that lives: %v", row.Expiry, ok, err, lives)
		}
	}
	if rows, total, err := s.Rows(t.Context(), 10); total != 2 || len(rows) != 2 || err != nil {
		t.Errorf("rows = %d of %d, %v; want both", len(rows), total, err)
	}
	if stamps, err := s.Stamps(t.Context(), []string{forever, past}); len(stamps) != 2 || err != nil {
		t.Errorf("stamps = %v, %v; want both", stamps, err)
	}
}

func testPostgresUnanswered(t *testing.T, s subject, client *pgx.Conn) {
	token := s.put(t, newToken(), "data", inAnHour())
	psql(t, client, "BEGIN")
	psql(t, client, "LOCK TABLE sessions")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := s.CommitCtx(ctx, token, []byte("other"), inAnHour())
	if !errors.Is(err, ErrUnsure) || !errors.Is(err, ErrUnavailable) {
		t.Errorf("commit: %v; want %v", err, ErrUnsure)
	}
	psql(t, client, "COMMIT")
}

func testPostgresTableGone(t *testing.T, s subject, client *pgx.Conn) {
	token := s.put(t, newToken(), "data", inAnHour())
	psql(t, client, "ALTER TABLE sessions RENAME TO elsewhere")
	if _, _, err := s.FindCtx(t.Context(), token); !errors.Is(err, ErrUnavailable) {
		t.Errorf("find: %v; want %v", err, ErrUnavailable)
	}
	psql(t, client, "ALTER TABLE elsewhere RENAME TO sessions")
	s.wantFound(t, token, "data")
}

func testPostgresSecondStart(t *testing.T, s subject, _ *pgx.Conn) {
	token := s.put(t, newToken(), "data", inAnHour())
	openTogether(t, s.url)
	s.wantFound(t, token, "data")
}

// testPostgresRefuses opens a database with a table that is no store.
func testPostgresRefuses(t *testing.T, url, table string) {
	client := enginetest.PostgresClient(t, url)
	psql(t, client, table)
	_, err := Open(t.Context(), url, "")
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("open: %v; want an error in one line", err)
	}
	var n int
	const query = "SELECT count(*) FROM pg_class " +
		"WHERE relname = 'revoked' AND relnamespace = current_schema()::regnamespace"
	err = client.QueryRow(t.Context(), query).Scan(&n)
	if err != nil || n != 0 {
		t.Errorf("it left %d tables behind, %v", n, err)
	}
}

func testPostgresReadsNoData(t *testing.T, s subject, client *pgx.Conn) {
	data := make([]byte, 250_000)
	rand.Read(data) // which PostgreSQL cannot compress
	token := s.put(t, newToken(), string(data), inAnHour())
	var log Log
	ctx := WithLog(t.Context(), &log)
	if stamps, err := s.Stamps(ctx, []string{token}); err != nil || len(stamps) != 1 {
		t.Fatalf("stamps = %v, %v", stamps, err)
	}
	if u, err := s.Usage(ctx); err != nil || u != (Usage{1, 250_000}) {
		t.Fatalf("usage = %+v, %v", u, err)
	}
	stamps, usage := log.Statements[0].Text, log.Statements[1].Text
	for query, args := range map[string][]any{stamps: {[]string{token}}, usage: nil} {
		if n := pagesRead(t, client, query, args...); n > 5 {
			t.Errorf("%d pages are read by %s", n, query)
		}
	}
	if n := pagesRead(t, client, "SELECT sum(length(encode(data, 'hex'))) FROM sessions"); n < 20 {
		t.Errorf("only %d pages are read with the data: this test finds nothing out", n)
	}
}

// pagesRead returns how many pages of 8 KB the server looks at to run query.
func pagesRead(t *testing.T, client *pgx.Conn, query string, args ...any) int {
	t.Helper()
	var plan []struct {
		Plan struct {
			Hit  int `json:"Shared Hit Blocks"`
			Read int `json:"Shared Read Blocks"`
		}
	}
	err := client.QueryRow(t.Context(), "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "+query, args...).Scan(&plan)
	if err != nil || len(plan) != 1 {
		t.Fatalf("%s: %v, %v", query, plan, err)
	}
	return plan[0].Plan.Hit + plan[0].Plan.Read
}

func TestPostgres_ServerGoesAway(t *testing.T) {
	t.Parallel()
	server := enginetest.PostgresServer(t, false)
	testServerGoesAway(t, server, openSubject(t, server.URL))
}

func TestPostgresError(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]error{
		"ENDED": ErrEnded,
		"53100": ErrFull,
		"55P03": ErrBusy,
		"57P01": ErrUnavailable, // an administrator stops the server
		"25006": ErrUnavailable, // it became a standby
	} {
		if err := postgresError(&pgconn.PgError{Code: code}); !errors.Is(err, want) {
			t.Errorf("%s becomes %v; want %v", code, err, want)
		}
	}
}
