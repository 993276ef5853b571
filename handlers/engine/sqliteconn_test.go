package engine

import (
	"context"
	"errors"
	"testing"
	"time"

	"sessionlab/handlers/engine/enginetest"
)

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
	s := openSubject(t, enginetest.Stores(t, "sqlite")(t))
	e := s.Engine.(*sqliteEngine)
	token := s.put(t, newToken(), "data", inAnHour())
	s.put(t, newToken(), "old", aMinuteAgo())
	e.wait = 20 * time.Millisecond
	other := stranger(t, e.path)
	mustExec(t, other, "BEGIN IMMEDIATE")
	wantErrors(t, s, token, ErrBusy, writes...)
	c := <-e.writer
	var busy int
	if err := c.db.QueryRow("PRAGMA busy_timeout").Scan(&busy); err != nil || busy > 20 {
		t.Errorf("SQLite itself waits for %d ms, %v; want no more than is left of the 20 ms", busy, err)
	}
	e.writer <- c
	mustExec(t, other, "COMMIT")
	s.wantFound(t, token, "data")
	s.put(t, token, "new", inAnHour())
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
