package engine

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"modernc.org/sqlite"

	"sessionlab/handlers/engine/enginetest"
)

// Base64 has both cases of each letter, and so have tokens.
func TestSQLite_CaseMatters(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	mustCommit(t, e, "A", "one", inAnHour())
	if b, found, err := e.FindCtx(t.Context(), "a"); found || err != nil {
		t.Errorf("found %q, %v under a token in another case", b, err)
	}
}

func TestSQLite_WhatTheShellDeletesStaysEnded(t *testing.T) {
	t.Parallel()
	s := openSubject(t, enginetest.Stores(t, "sqlite")(t))
	token := s.put(t, newToken(), "loaded", inAnHour())
	mustExec(t, stranger(t, s.Engine.(*sqliteEngine).path), "DELETE FROM sessions")
	s.wantEnded(t, token)
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

// Whoever has the file can put anything into it.
func TestSQLite_OddRowsHurtNobody(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	mustCommit(t, e, "live", "data", inAnHour())
	mustExec(t, stranger(t, e.path), `INSERT INTO sessions VALUES
		(NULL, 'text', 1), ('when', x'00', 'tomorrow'), ('never', x'', 9e999),
		('long ago', 5, -9e999), ('', '', 0)`)
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
