package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/sqlite3store"
	"modernc.org/sqlite"

	"sessionlab/handlers/engine/enginetest"
)

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

func inAnHour() time.Time   { return time.Now().Add(time.Hour) }
func aMinuteAgo() time.Time { return time.Now().Add(-time.Minute) }

func TestSQLite_Find(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(t *testing.T, e Engine)
		want string // "" when nothing must be found
	}{
		{"nothing was committed", func(t *testing.T, e Engine) {}, ""},
		{"committed", func(t *testing.T, e Engine) {
			mustCommit(t, e, "a", "one", inAnHour())
		}, "one"},
		{"committed twice", func(t *testing.T, e Engine) {
			mustCommit(t, e, "a", "one", inAnHour())
			mustCommit(t, e, "a", "two", inAnHour())
		}, "two"},
		{"expired", func(t *testing.T, e Engine) {
			mustCommit(t, e, "a", "one", aMinuteAgo())
		}, ""},
		{"expired and prolonged", func(t *testing.T, e Engine) {
			mustCommit(t, e, "a", "one", aMinuteAgo())
			mustCommit(t, e, "a", "two", inAnHour())
		}, "two"},
		{"deleted", func(t *testing.T, e Engine) {
			mustCommit(t, e, "a", "one", inAnHour())
			if err := e.DeleteCtx(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
		}, ""},
		{"another in another case", func(t *testing.T, e Engine) {
			mustCommit(t, e, "A", "one", inAnHour())
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := openTestSQLite(t, "")
			tt.do(t, e)
			got, found, err := e.FindCtx(t.Context(), "a")
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want || found != (tt.want != "") {
				t.Errorf("found %q, %v; want %q", got, found, tt.want)
			}
		})
	}
}

func TestSQLite_DeleteOfNothingIsNoError(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	if err := e.DeleteCtx(t.Context(), "nobody"); err != nil {
		t.Error(err)
	}
}

// The late request loaded session a before it was ended, and commits afterwards.
func TestSQLite_EndedSessionStaysEnded(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		end  func(t *testing.T, e *sqliteEngine) error
	}{
		{"by delete", func(t *testing.T, e *sqliteEngine) error {
			return e.DeleteCtx(t.Context(), "a")
		}},
		{"by cycle", func(t *testing.T, e *sqliteEngine) error {
			return e.Cycle(t.Context(), "a", "b", []byte("moved"), inAnHour())
		}},
		{"by the sqlite3 shell", func(t *testing.T, e *sqliteEngine) error {
			_, err := stranger(t, e.path).Exec("DELETE FROM sessions")
			return err
		}},
		{"by another process of the program", func(t *testing.T, e *sqliteEngine) error {
			return openTestSQLite(t, e.path).DeleteCtx(t.Context(), "a")
		}},
		{"by a sweep", func(t *testing.T, e *sqliteEngine) error {
			mustCommit(t, e, "a", "expired", aMinuteAgo())
			_, err := e.DeleteExpired(t.Context(), time.Now())
			return err
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := openTestSQLite(t, "")
			mustCommit(t, e, "a", "loaded", inAnHour())
			if err := tt.end(t, e); err != nil {
				t.Fatal(err)
			}
			err := e.CommitCtx(t.Context(), "a", []byte("late"), inAnHour())
			if !errors.Is(err, ErrEnded) {
				t.Errorf("late commit: %v, want %v", err, ErrEnded)
			}
			if _, found, _ := e.Row(t.Context(), "a"); found {
				t.Error("the row came back")
			}
		})
	}
}

func TestSQLite_SavingDoesNotRevoke(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	for i := range 3 {
		mustCommit(t, e, "a", fmt.Sprint(i), inAnHour())
	}
	if n := count(t, e, "revoked"); n != 0 {
		t.Errorf("%d tokens were revoked", n)
	}
}

func TestSQLite_Cycle(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	mustCommit(t, e, "old", "data", inAnHour())
	if err := e.Cycle(t.Context(), "old", "fresh", []byte("data"), inAnHour()); err != nil {
		t.Fatal(err)
	}
	if _, found, _ := e.FindCtx(t.Context(), "old"); found {
		t.Error("the old token is still valid")
	}
	if b, _, _ := e.FindCtx(t.Context(), "fresh"); string(b) != "data" {
		t.Errorf("under the new token lies %q", b)
	}
}

func TestSQLite_CycleIsAllOrNothing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		old, fresh string
		want       error
	}{
		{"the old session is gone", "ended", "fresh", ErrEnded},
		{"the old session never was", "nobody", "fresh", ErrEnded},
		{"the new token is refused", "live", "ended", ErrEnded},
		{"both tokens are the same", "live", "live", ErrEnded},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := openTestSQLite(t, "")
			mustCommit(t, e, "live", "data", inAnHour())
			mustCommit(t, e, "ended", "data", inAnHour())
			if err := e.DeleteCtx(t.Context(), "ended"); err != nil {
				t.Fatal(err)
			}
			err := e.Cycle(t.Context(), tt.old, tt.fresh, []byte("moved"), inAnHour())
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			rows, _, err := e.Rows(t.Context(), 10)
			if err != nil || len(rows) != 1 || rows[0].Token != "live" {
				t.Errorf("left over: %v, %v; want the live session alone", rows, err)
			}
			mustCommit(t, e, "live", "the writer is out of the transaction", inAnHour())
			if n := count(t, e, "sessions"); n != 1 {
				t.Errorf("somebody else sees %d rows", n)
			}
		})
	}
}

func TestSQLite_Statements(t *testing.T) {
	t.Parallel()
	const (
		find   = "SELECT data FROM sessions WHERE token = $1 AND julianday('now') < expiry"
		commit = "REPLACE INTO sessions (token, data, expiry) VALUES ($1, $2, julianday($3))"
		remove = "DELETE FROM sessions WHERE token = $1"
	)
	expiry := time.Date(2100, 1, 2, 3, 4, 5, 678900000, time.UTC)
	data := []byte("seven b")
	refused := "constraint failed: session was ended (1811)"
	tests := []struct {
		name string
		do   func(ctx context.Context, e Engine) error
		want []Statement
	}{
		{"find", func(ctx context.Context, e Engine) error {
			_, _, err := e.FindCtx(ctx, "live")
			return err
		}, []Statement{{Text: find, Args: []string{"live"}, Rows: 1}}},
		{"find nothing", func(ctx context.Context, e Engine) error {
			_, _, err := e.FindCtx(ctx, "nobody")
			return err
		}, []Statement{{Text: find, Args: []string{"nobody"}}}},
		{"commit", func(ctx context.Context, e Engine) error {
			return e.CommitCtx(ctx, "new", data, expiry)
		}, []Statement{{Text: commit, Args: []string{"new", "7 bytes", "2100-01-02T03:04:05.678"}, Rows: 1}}},
		{"commit refused", func(ctx context.Context, e Engine) error {
			return e.CommitCtx(ctx, "ended", data, expiry)
		}, []Statement{{Text: commit, Args: []string{"ended", "7 bytes", "2100-01-02T03:04:05.678"}, Err: refused}}},
		{"delete", func(ctx context.Context, e Engine) error {
			return e.DeleteCtx(ctx, "live")
		}, []Statement{{Text: remove, Args: []string{"live"}, Rows: 1}}},
		{"delete nothing", func(ctx context.Context, e Engine) error {
			return e.DeleteCtx(ctx, "nobody")
		}, []Statement{{Text: remove, Args: []string{"nobody"}}}},
		{"cycle", func(ctx context.Context, e Engine) error {
			return e.Cycle(ctx, "live", "new", data, expiry)
		}, []Statement{
			{Text: "BEGIN IMMEDIATE"},
			{Text: remove, Args: []string{"live"}, Rows: 1},
			{Text: commit, Args: []string{"new", "7 bytes", "2100-01-02T03:04:05.678"}, Rows: 1},
			{Text: "COMMIT"},
		}},
		{"cycle of an ended session", func(ctx context.Context, e Engine) error {
			return e.Cycle(ctx, "ended", "new", data, expiry)
		}, []Statement{
			{Text: "BEGIN IMMEDIATE"},
			{Text: remove, Args: []string{"ended"}},
			{Text: "ROLLBACK"},
		}},
		{"cycle to a refused token", func(ctx context.Context, e Engine) error {
			return e.Cycle(ctx, "live", "ended", data, expiry)
		}, []Statement{
			{Text: "BEGIN IMMEDIATE"},
			{Text: remove, Args: []string{"live"}, Rows: 1},
			{Text: commit, Args: []string{"ended", "7 bytes", "2100-01-02T03:04:05.678"}, Err: refused},
			{Text: "ROLLBACK"},
		}},
		{"two operations", func(ctx context.Context, e Engine) error {
			return errors.Join(e.DeleteCtx(ctx, "live"), e.DeleteCtx(ctx, "live"))
		}, []Statement{
			{Text: remove, Args: []string{"live"}, Rows: 1},
			{Text: remove, Args: []string{"live"}},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := openTestSQLite(t, "")
			mustCommit(t, e, "live", "data", inAnHour())
			mustCommit(t, e, "ended", "data", inAnHour())
			if err := e.DeleteCtx(t.Context(), "ended"); err != nil {
				t.Fatal(err)
			}
			var log Log
			err := tt.do(WithLog(t.Context(), &log), e)
			if err != nil && !errors.Is(err, ErrEnded) {
				t.Fatal(err)
			}
			for i := range log.Statements {
				if log.Statements[i].Duration <= 0 {
					t.Errorf("%s took %v", log.Statements[i].Text, log.Statements[i].Duration)
				}
				log.Statements[i].Duration = 0
			}
			if !reflect.DeepEqual(log.Statements, tt.want) {
				t.Errorf("got  %+v\nwant %+v", log.Statements, tt.want)
			}
		})
	}
}

func TestSQLite_EachOperationHasItsOwnLog(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 20 {
				var log Log
				token := fmt.Sprintf("%d.%d", i, j)
				ctx := WithLog(t.Context(), &log)
				if err := e.CommitCtx(ctx, token, nil, inAnHour()); err == nil {
					t.Error("NULL data was accepted")
				}
				if _, _, err := e.FindCtx(ctx, token); err != nil {
					t.Error(err)
				}
				e.DeleteCtx(t.Context(), "without a log")
				if len(log.Statements) != 2 || log.Statements[0].Args[0] != token || log.Statements[1].Args[0] != token {
					t.Errorf("log of %s: %+v", token, log.Statements)
				}
			}
		})
	}
	wg.Wait()
}

func TestSQLite_LongLogIsBounded(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	var log Log
	ctx := WithLog(t.Context(), &log)
	for range maxStatements + 5 {
		if err := e.Ping(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if len(log.Statements) != maxStatements {
		t.Errorf("%d statements", len(log.Statements))
	}
}

func TestSQLite_Row(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	expiry := time.Date(2026, 3, 4, 5, 6, 7, 891000000, time.UTC)
	mustCommit(t, e, "live", "one", expiry.AddDate(100, 0, 0))
	mustCommit(t, e, "expired", "four", expiry.AddDate(-3, 0, 0))
	tests := []struct {
		token string
		want  Row
		found bool
	}{
		{"live", Row{Token: "live", Data: []byte("one"), Size: 3, Expiry: expiry.AddDate(100, 0, 0)}, true},
		{"expired", Row{Token: "expired", Data: []byte("four"), Size: 4, Expiry: expiry.AddDate(-3, 0, 0)}, true},
		{"nobody", Row{}, false},
	}
	for _, tt := range tests {
		got, found, err := e.Row(t.Context(), tt.token)
		if err != nil {
			t.Fatal(err)
		}
		if found && julianTime(got.Julian) != got.Expiry {
			t.Errorf("%s: day %v is not %v", tt.token, got.Julian, got.Expiry)
		}
		got.Julian = 0
		if found != tt.found || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %+v, %v\nwant %+v", tt.token, got, found, tt.want)
		}
	}
}

func TestSQLite_Rows(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	if rows, total, err := e.Rows(t.Context(), 10); len(rows) != 0 || total != 0 || err != nil {
		t.Errorf("empty store: %v, %d, %v", rows, total, err)
	}
	for i := range 5 {
		mustCommit(t, e, fmt.Sprint(i), "data", time.Now().Add(time.Duration(i-1)*time.Hour))
	}
	tests := []struct {
		limit int
		want  []string
	}{
		{0, nil},
		{2, []string{"4", "3"}},
		{10, []string{"4", "3", "2", "1", "0"}},
	}
	for _, tt := range tests {
		rows, total, err := e.Rows(t.Context(), tt.limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range rows {
			got = append(got, row.Token)
			if row.Data != nil || row.Size != 4 {
				t.Errorf("row %s: %d bytes of data, size %d", row.Token, len(row.Data), row.Size)
			}
		}
		if !reflect.DeepEqual(got, tt.want) || tt.limit > 0 && total != 5 {
			t.Errorf("limit %d: %v of %d, want %v of 5", tt.limit, got, total, tt.want)
		}
	}
}

// However long the table is, a page of it is read along the index: neither sorted nor read whole. Only to
// count, SQLite walks the smallest index.
func TestSQLite_RowsReadOnePage(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	var log Log
	if _, _, err := e.Rows(WithLog(t.Context(), &log), 50); err != nil || len(log.Statements) != 1 {
		t.Fatalf("%d statements, %v; want one", len(log.Statements), err)
	}
	plan := queryPlan(t, e, log.Statements[0].Text, 50)
	want := []string{"SCAN sessions USING INDEX sessions_expiry_idx", "SCALAR SUBQUERY 1",
		"SCAN sessions USING COVERING INDEX sessions_expiry_idx"}
	if !reflect.DeepEqual(plan, want) {
		t.Errorf("SQLite's plan is %q, want %q", plan, want)
	}
}

// cacheMisses returns how many pages the connection of db has read from the file.
func cacheMisses(t *testing.T, db *sql.DB) (pages int) {
	t.Helper()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = conn.Raw(func(c any) error {
		pages, _, err = c.(sqlite.DBStatus).Status(sqlite.DBStatusCacheMiss, false)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
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

// Whoever has the file can put anything into it.
func TestSQLite_OddRowsHurtNobody(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	mustCommit(t, e, "live", "data", inAnHour())
	mustExec(t, stranger(t, e.path), `INSERT INTO sessions VALUES
		(NULL, 'text', 1), ('when', x'00', 'tomorrow'), ('never', x'', 9e999), ('long ago', 5, -9e999), ('', '', 0)`)
	rows, total, err := e.Rows(t.Context(), 10)
	if err != nil || len(rows) != 6 || total != 6 {
		t.Errorf("%d of %d rows, %v", len(rows), total, err)
	}
	for _, row := range rows {
		if _, err := row.Expiry.MarshalJSON(); err != nil {
			t.Errorf("row %q: %v", row.Token, err)
		}
		if _, _, err := e.Row(t.Context(), row.Token); err != nil {
			t.Errorf("row %q: %v", row.Token, err)
		}
	}
	if _, err := e.Stamps(t.Context(), []string{"live", "when", "never", "long ago", ""}); err != nil {
		t.Error(err)
	}
	if _, err := e.DeleteExpired(t.Context(), time.Now()); err != nil {
		t.Error(err)
	}
}

func TestJulianTime(t *testing.T) {
	t.Parallel()
	tests := []struct {
		day  float64
		want string
	}{
		{2440587.5, "1970-01-01T00:00:00Z"},
		{2451545, "2000-01-01T12:00:00Z"},
		{2461367.3, "2026-11-22T19:12:00Z"},
		{2461367.3 + 1.0/86400/1000, "2026-11-22T19:12:00.001Z"},
		{0, "0001-01-01T00:00:00Z"},
		{math.Inf(1), "9999-12-31T23:59:59.999Z"},
	}
	for _, tt := range tests {
		if got := julianTime(tt.day).Format(time.RFC3339Nano); got != tt.want {
			t.Errorf("julianTime(%v) = %s, want %s", tt.day, got, tt.want)
		}
	}
}

func TestSQLite_Version(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		do      func(t *testing.T, e *sqliteEngine)
		changes bool
	}{
		{"commit", func(t *testing.T, e *sqliteEngine) { mustCommit(t, e, "new", "x", inAnHour()) }, true},
		{"commit of the same bytes", func(t *testing.T, e *sqliteEngine) { mustCommit(t, e, "a", "data", inAnHour()) }, true},
		{"delete", func(t *testing.T, e *sqliteEngine) { e.DeleteCtx(t.Context(), "a") }, true},
		{"cycle", func(t *testing.T, e *sqliteEngine) { e.Cycle(t.Context(), "a", "b", []byte("x"), inAnHour()) }, true},
		{"change by a stranger", func(t *testing.T, e *sqliteEngine) {
			mustExec(t, stranger(t, e.path), "UPDATE sessions SET data = 'x'")
		}, true},
		{"find", func(t *testing.T, e *sqliteEngine) { e.FindCtx(t.Context(), "a") }, false},
		{"delete of nothing", func(t *testing.T, e *sqliteEngine) { e.DeleteCtx(t.Context(), "nobody") }, false},
		{"refused cycle", func(t *testing.T, e *sqliteEngine) {
			e.Cycle(t.Context(), "nobody", "b", []byte("x"), inAnHour())
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := openTestSQLite(t, "")
			mustCommit(t, e, "a", "data", inAnHour())
			before, err := e.Version(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			tt.do(t, e)
			after, err := e.Version(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if (before != after) != tt.changes {
				t.Errorf("version went from %d to %d", before, after)
			}
		})
	}
}

func TestSQLite_Stamps(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	expiry := inAnHour().Truncate(time.Millisecond)
	tokens := []string{"a", `odd "token", with <signs> ü`, "expired", "nobody"}
	mustCommit(t, e, tokens[0], "data", expiry)
	mustCommit(t, e, tokens[1], "data", expiry)
	mustCommit(t, e, "expired", "data", aMinuteAgo())
	mustCommit(t, e, "not asked for", "data", expiry)
	stamps := func() map[string]Stamp {
		t.Helper()
		s, err := e.Stamps(t.Context(), tokens)
		if err != nil {
			t.Fatal(err)
		}
		if len(s) != 3 || s["a"].Expiry == 0 {
			t.Fatalf("stamps: %v", s)
		}
		return s
	}
	before := stamps()
	if got := before["a"].Expiry; got != expiry.UnixMilli() {
		t.Errorf("expiry %d, want %d", got, expiry.UnixMilli())
	}
	if again := stamps(); !reflect.DeepEqual(again, before) {
		t.Errorf("without a change: %v, then %v", before, again)
	}
	for _, change := range []struct{ name, query string }{
		{"data", "UPDATE sessions SET data = 'date' WHERE token = 'a'"},
		{"expiry", "UPDATE sessions SET expiry = expiry + 1 WHERE token = 'a'"},
		{"same again", "REPLACE INTO sessions SELECT * FROM sessions WHERE token = 'a'"},
	} {
		mustExec(t, stranger(t, e.path), change.query)
		after := stamps()
		if after["a"] == before["a"] {
			t.Errorf("%s: the stamp did not change", change.name)
		}
		if after[tokens[1]] != before[tokens[1]] {
			t.Errorf("%s: the stamp of another row changed", change.name)
		}
		before = after
	}
	if s, err := e.Stamps(t.Context(), nil); len(s) != 0 || err != nil {
		t.Errorf("no tokens: %v, %v", s, err)
	}
}

// A hand that changes many rows at once changes the stamp of each, and leaves every row what it was.
func TestSQLite_ChangesByHandMoveTheStamps(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	expiry := inAnHour()
	var tokens []string
	for i := range 20 {
		tokens = append(tokens, fmt.Sprint(i))
		mustCommit(t, e, tokens[i], "data", expiry)
	}
	for _, change := range []struct {
		query string
		moves int // how many stamps
	}{
		{"UPDATE sessions SET data = 'date'", 20},
		{"UPDATE sessions SET data = data", 20},
		{"UPDATE sessions SET expiry = expiry + 1 WHERE token < '15'", 7}, // 0, 1, 10 to 14
		{"UPDATE sessions SET data = 'date', expiry = expiry WHERE token IN ('3', '4')", 2},
		{"INSERT INTO sessions VALUES ('5', 'x', 1) ON CONFLICT (token) DO UPDATE SET data = 'x'", 1},
		{"INSERT INTO sessions VALUES ('new', 'new', 1)", 0},
		{"VACUUM", -1}, // SQLite may number the rows anew
	} {
		before, err := e.Stamps(t.Context(), tokens)
		if err != nil {
			t.Fatal(err)
		}
		mustExec(t, stranger(t, e.path), change.query)
		after, err := e.Stamps(t.Context(), tokens)
		if err != nil || len(after) != len(tokens) {
			t.Fatalf("%s: %d stamps, %v", change.query, len(after), err)
		}
		if moved := moves(before, after); change.moves >= 0 && moved != change.moves {
			t.Errorf("%s moved %d stamps; want %d", change.query, moved, change.moves)
		}
		for token, stamp := range after {
			row, _, err := e.Row(t.Context(), token)
			if err != nil || row.Expiry.UnixMilli() != stamp.Expiry {
				t.Errorf("%s: stamp %v of row %+v, %v", change.query, stamp, row, err)
			}
		}
	}
	if n := count(t, e, "sessions"); n != len(tokens)+1 {
		t.Errorf("%d rows; want %d", n, len(tokens)+1)
	}
	if n := count(t, e, "revoked"); n != 0 {
		t.Errorf("%d tokens were revoked", n)
	}
}

// moves returns how many stamps of before are others in after.
func moves(before, after map[string]Stamp) (n int) {
	for token, stamp := range before {
		if after[token] != stamp {
			n++
		}
	}
	return n
}

// Between two looks at rows that stand still, SQLite walks through the index of the tokens and touches no
// row.
func TestSQLite_StampsReadNoData(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	mustCommit(t, e, "a", strings.Repeat("x", 250_000), inAnHour())
	mustCommit(t, e, "b", strings.Repeat("x", 250_000), inAnHour())
	looked := func() (plans []string) {
		t.Helper()
		var log Log
		stamps, err := e.Stamps(WithLog(t.Context(), &log), []string{"a", "b", "nobody"})
		if err != nil || len(stamps) != 2 {
			t.Fatalf("stamps = %v, %v", stamps, err)
		}
		for _, s := range log.Statements {
			plans = append(plans, queryPlan(t, e, s.Text, s.Args[0])[0])
		}
		return plans
	}
	const index, row = "SEARCH sessions USING COVERING INDEX sqlite_autoindex_sessions_1 (token=?)",
		"SEARCH sessions USING INDEX sqlite_autoindex_sessions_1 (token=?)"
	for _, tt := range []struct {
		name string
		do   func()
		want []string
	}{
		{"the first look", func() {}, []string{index, row}},
		{"nothing happened", func() {}, []string{index}},
		{"one was saved", func() { mustCommit(t, e, "b", "y", inAnHour()) }, []string{index, row}},
		{"nothing happened after that", func() {}, []string{index}},
	} {
		tt.do()
		if got := looked(); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: SQLite's plans are %q; want %q", tt.name, got, tt.want)
		}
	}
}

// What is remembered of the ends of rows is bounded, and a row that is gone is forgotten at the next look.
func TestSQLite_RemembersNoMoreEndsThanItMust(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	mustCommit(t, e, "a", "data", inAnHour())
	look := func() Stamp {
		t.Helper()
		stamps, err := e.Stamps(t.Context(), []string{"a"})
		if err != nil {
			t.Fatal(err)
		}
		return stamps["a"]
	}
	before := look()
	others := map[string]sqliteEnd{}
	for i := range maxEnds {
		others[fmt.Sprint("other", i)] = sqliteEnd{1, 1}
	}
	e.ends.note(others)
	if n := len(e.ends.rows); n != maxEnds {
		t.Errorf("%d ends are remembered; want at most %d", n, maxEnds)
	}
	if after := look(); after != before {
		t.Errorf("the stamp was %v and is %v", before, after)
	}
	mustExec(t, stranger(t, e.path), "DELETE FROM sessions; DELETE FROM revoked")
	if gone := look(); gone != (Stamp{}) {
		t.Errorf("the stamp of a row that is gone is %v", gone)
	}
	// The new row has the rowid of the old one.
	mustExec(t, stranger(t, e.path), "INSERT INTO sessions VALUES ('a', 'x', 2461367.3)")
	if again := look(); again.Expiry != julianTime(2461367.3).UnixMilli() {
		t.Errorf("the stamp of the new row ends at %d", again.Expiry)
	}
}

// The length of a large session is known without its pages.
func TestSQLite_UsageReadsNoData(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	var log Log
	if _, err := e.Usage(WithLog(t.Context(), &log)); err != nil || len(log.Statements) != 1 {
		t.Fatalf("%d statements, %v", len(log.Statements), err)
	}
	pages := func(size int) (read int) {
		t.Helper()
		mustCommit(t, e, "a", strings.Repeat("x", size), inAnHour())
		mustExec(t, e.all[0].db, "PRAGMA wal_checkpoint(TRUNCATE)")
		db := stranger(t, e.path)
		mustExec(t, db, "PRAGMA cache_size = 1000")
		var u Usage
		err := db.QueryRow(log.Statements[0].Text).Scan(&u.Rows, &u.Bytes)
		if err != nil || u != (Usage{1, int64(size)}) {
			t.Fatalf("usage = %+v, %v", u, err)
		}
		return cacheMisses(t, db)
	}
	if small, large := pages(10), pages(1_000_000); large > small+2 {
		t.Errorf("%d pages are read for a small session and %d for a large one", small, large)
	}
}

func TestSQLite_DeleteExpired(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	db := stranger(t, e.path)
	mustExec(t, db, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO sessions SELECT 'old' || i, 'data', julianday('now', '-2 hours') FROM n`, 2*sweepBatch+1)
	mustExec(t, db, "INSERT INTO revoked VALUES ('forgettable', julianday('now', '-1 second'))")
	mustCommit(t, e, "recent", "data", aMinuteAgo())
	mustCommit(t, e, "live", "data", inAnHour())
	for _, tt := range []struct {
		before  time.Time
		removed int
		left    int
		revoked int
	}{
		{time.Now().Add(-time.Hour), 2*sweepBatch + 1, 2, 0}, // long expired: nobody remembers them
		{time.Now(), 1, 1, 1},
		{time.Now(), 0, 1, 1},
	} {
		var log Log
		removed, err := e.DeleteExpired(WithLog(t.Context(), &log), tt.before)
		if err != nil || removed != tt.removed {
			t.Errorf("removed %d, %v; want %d", removed, err, tt.removed)
		}
		for _, s := range log.Statements {
			if s.Rows > 1000 {
				t.Errorf("one statement removed %d rows while all writers waited", s.Rows)
			}
		}
		if left, revoked := count(t, e, "sessions"), count(t, e, "revoked"); left != tt.left || revoked != tt.revoked {
			t.Errorf("left %d rows and %d revoked tokens, want %d and %d", left, revoked, tt.left, tt.revoked)
		}
	}
}

// A sweep leaves no long write-ahead log behind, which some visitor's commit would have to work off, and time
// in which others can write.
func TestSQLite_SweepIsConsiderate(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	enginetest.FillSQLite(t, e.path, 20*sweepBatch, aMinuteAgo())
	mustExec(t, stranger(t, e.path), "PRAGMA wal_checkpoint(TRUNCATE)")
	mustExec(t, e.all[0].db, "PRAGMA wal_autocheckpoint = 0") // else the sweep's own commits would do it
	start := time.Now()
	if n, err := e.DeleteExpired(t.Context(), time.Now()); n != 20*sweepBatch || err != nil {
		t.Fatalf("removed %d, %v", n, err)
	}
	if took := time.Since(start); took < 20*sweepRest {
		t.Errorf("20 batches within %v: the sweep did not rest between them", took)
	}
	log, err := os.Stat(e.path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	const most = 1000 * 4096 // from 1000 pages on, a commit has to work off the log
	if log.Size() > most {
		t.Errorf("the log has %d bytes, more than %d", log.Size(), most)
	}
}

func TestSQLite_ManyAtOnce(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			token := fmt.Sprint(i)
			for j := range 10 {
				data := []byte(fmt.Sprint(i, j))
				if err := e.CommitCtx(t.Context(), token, data, inAnHour()); err != nil {
					t.Error(err)
				}
				fresh := fmt.Sprintf("%d.%d", i, j)
				if err := e.Cycle(t.Context(), token, fresh, data, inAnHour()); err != nil {
					t.Error(err)
				}
				token = fresh
				got, _, err := e.FindCtx(t.Context(), token)
				if err != nil || string(got) != string(data) {
					t.Errorf("found %q, %v; want %q", got, err, data)
				}
			}
		})
	}
	wg.Wait()
	if n := count(t, e, "sessions"); n != 16 {
		t.Errorf("%d rows at the end, want 16", n)
	}
}

// BenchmarkSQLite compares the engine with SCS's store on one plain connection in WAL mode.
func BenchmarkSQLite(b *testing.B) {
	e := openTestSQLite(b, "")
	db, err := sql.Open("sqlite", dsn(filepath.Join(b.TempDir(), "plain.db"),
		"_pragma=busy_timeout(5000)", "_pragma=journal_mode(WAL)", "_pragma=synchronous(NORMAL)"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	mustExec(b, db, `CREATE TABLE sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL);
CREATE INDEX sessions_expiry_idx ON sessions(expiry)`)
	plain := sqlite3store.NewWithCleanupInterval(db, 0)

	tokens := make([]string, 1000)
	data := make([]byte, 160)
	for i := range tokens {
		tokens[i] = fmt.Sprintf("%043d", i*7919)
		mustCommit(b, e, tokens[i], string(data), inAnHour())
		if err := plain.Commit(tokens[i], data, inAnHour()); err != nil {
			b.Fatal(err)
		}
	}
	for _, bm := range []struct {
		name string
		op   func(token string) error
	}{
		{"find/plain", func(token string) error { _, _, err := plain.Find(token); return err }},
		{"find/engine", func(token string) error { _, _, err := e.FindCtx(b.Context(), token); return err }},
		{"find/logged", func(token string) error { _, _, err := e.FindCtx(WithLog(b.Context(), &Log{}), token); return err }},
		{"commit/plain", func(token string) error { return plain.Commit(token, data, inAnHour()) }},
		{"commit/engine", func(token string) error { return e.CommitCtx(b.Context(), token, data, inAnHour()) }},
		{"commit/logged", func(token string) error {
			return e.CommitCtx(WithLog(b.Context(), &Log{}), token, data, inAnHour())
		}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if err := bm.op(tokens[i%len(tokens)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
