package engine

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"sessionlab/handlers/engine/enginetest"
)

// sameStatements says whether a says what b says, whatever became of it.
func sameStatements(a, b []Statement) bool {
	return slices.EqualFunc(a, b, func(a, b Statement) bool {
		return a.Text == b.Text && slices.Equal(a.Args, b.Args) && a.Err == b.Err
	})
}

// logged runs f with a record, and returns what was said and what the record was told of it.
func logged(t *testing.T, f func(context.Context) error) (log Log, told []Statement, err error) {
	t.Helper()
	ctx := WithRecord(WithLog(t.Context(), &log), func(said []Statement) Record {
		told = said
		return Record{ID: "hidden-id", Data: []byte("hidden-data"), Until: inAnHour()}
	})
	err = f(ctx)
	return log, told, err
}

func testRecordLog(t *testing.T, a archive) {
	token, expiry := newToken(), inAnHour()
	commit := func(ctx context.Context) error {
		return a.subject.CommitCtx(ctx, token, []byte("hidden-session"), expiry)
	}
	var plain Log
	if err := commit(WithLog(t.Context(), &plain)); err != nil {
		t.Fatal(err)
	}
	log, told, err := logged(t, commit)
	if err != nil || len(plain.Statements) != 1 || len(log.Statements) != 2 {
		t.Fatalf("%d statements, and %d with a record, %v; want 1 and 2",
			len(plain.Statements), len(log.Statements), err)
	}
	save, keep := log.Statements[0], log.Statements[1]
	if !sameStatements(plain.Statements, log.Statements[:1]) || !sameStatements(told, plain.Statements) {
		t.Errorf("said %+v\nand told %+v\nwant %+v", save, told, plain.Statements)
	}
	if save.Rows != 1 || save.Duration <= 0 || keep.Rows != 1 || keep.Err != "" ||
		!slices.Contains(keep.Args, "11 bytes") {
		t.Errorf("said %+v\nand %+v", save, keep)
	}
	if told[0].Duration != 0 || told[0].Rows != 0 {
		t.Errorf("told what nobody knows yet: %+v", told)
	}
	if strings.Contains(keep.Text+strings.Join(keep.Args, " "), "hidden-data") {
		t.Errorf("the data is in the log: %+v", keep)
	}

	a.end(t, token)
	log, _, err = logged(t, commit)
	if !errors.Is(err, ErrEnded) || len(log.Statements) == 0 || !sameTexts(log.Statements[:1], told) {
		t.Errorf("a refused commit is %v and said %+v", err, log.Statements)
	}
	for _, s := range log.Statements[1:] {
		if s.Rows != 0 {
			t.Errorf("after a refused commit it kept something: %+v", s)
		}
	}
}

func sameTexts(a, b []Statement) bool {
	return slices.EqualFunc(a, b, func(a, b Statement) bool { return a.Text == b.Text })
}

func testRecordLogCycle(t *testing.T, a archive) {
	old, fresh := newToken(), newToken()
	a.put(t, old, "data", inAnHour())
	log, told, err := logged(t, func(ctx context.Context) error {
		return a.subject.Cycle(ctx, old, fresh, []byte("moved"), inAnHour())
	})
	if err != nil {
		t.Fatal(err)
	}
	a.wantRecords(t, fresh, "hidden-id")
	at := slices.IndexFunc(log.Statements, func(s Statement) bool {
		return slices.Contains(s.Args, "11 bytes")
	})
	if at < 0 {
		t.Fatalf("no statement keeps the record: %+v", log.Statements)
	}
	if rest := slices.Delete(slices.Clone(log.Statements), at, at+1); !sameStatements(rest, told) {
		t.Errorf("said %+v\nand told %+v", rest, told)
	}
}

// countingConn counts how often something is written to a server.
type countingConn struct {
	net.Conn
	writes *atomic.Int64
}

func (c countingConn) Write(b []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(b)
}

// A commit with a record goes out in one piece, as one without.
func TestPostgresArchive_RoundTrip(t *testing.T) {
	t.Parallel()
	a := openArchive(t, enginetest.PostgresStores(t, false)(t))
	config := a.subject.Engine.(*postgresEngine).config.Copy()
	config.MaxConns = 1
	var writes atomic.Int64
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		return countingConn{conn, &writes}, err
	}
	e, err := newPostgres(config)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	counted := archive{subject{e, a.url}, e}
	token := newToken()
	for range 2 { // until every statement is prepared
		counted.put(t, token, "data", inAnHour())
		counted.commit(t, token, "data", inAnHour())
	}
	writes.Store(0)
	counted.put(t, token, "data", inAnHour())
	if n := writes.Swap(0); n != 1 {
		t.Errorf("a commit is written in %d pieces", n)
	}
	counted.commit(t, token, "data", inAnHour())
	if n := writes.Load(); n != 1 {
		t.Errorf("a commit with a record is written in %d pieces", n)
	}
}

// What became of the archive is nothing to a session.
func TestPostgresArchive_Gone(t *testing.T) {
	t.Parallel()
	store := enginetest.PostgresStores(t, false)
	for name, query := range map[string]string{
		"the table": "DROP TABLE session_records",
		"a column":  "ALTER TABLE session_records DROP COLUMN data CASCADE",
	} {
		t.Run(name, func(t *testing.T) {
			a := openArchive(t, store(t))
			client := enginetest.PostgresClient(t, a.url)
			token := newToken()
			a.commit(t, token, "one", inAnHour())
			psql(t, client, query)
			id := a.commit(t, token, "two", inAnHour())
			a.wantFound(t, token, "session of two")
			if _, err := a.RecordData(t.Context(), token, []string{id}); !errors.Is(err, ErrUnavailable) {
				t.Errorf("data: %v; want %v", err, ErrUnavailable)
			}
			if name == "the table" {
				return // who ends a session cannot end its records either
			}
			ctx, _ := recorded(t.Context(), "three")
			fresh := newToken()
			if err := a.subject.Cycle(ctx, token, fresh, []byte("moved"), inAnHour()); err != nil {
				t.Errorf("cycle: %v", err)
			}
			a.wantFound(t, fresh, "moved")
		})
	}
}

// Two who lock the same session, each with a record, wait for each other and no longer.
func TestPostgresArchive_Busy(t *testing.T) {
	t.Parallel()
	a := openArchive(t, enginetest.PostgresStores(t, false)(t))
	client := enginetest.PostgresClient(t, a.url)
	token := newToken()
	a.commit(t, token, "one", inAnHour())
	inTransaction(t, client, "SELECT FROM sessions FOR UPDATE", func() {
		ctx, _ := recorded(t.Context(), "busy")
		if err := a.subject.CommitCtx(ctx, token, []byte("busy"), inAnHour()); !errors.Is(err, ErrBusy) {
			t.Errorf("commit: %v; want %v", err, ErrBusy)
		}
		if err := a.Keep(t.Context(), Record{newToken(), token, nil, inAnHour()}); !errors.Is(err, ErrBusy) {
			t.Errorf("keep: %v; want %v", err, ErrBusy)
		}
	})
	a.commit(t, token, "two", inAnHour())
}

// inTransaction runs query on client and f, before it rolls back.
func inTransaction(t *testing.T, client *pgx.Conn, query string, f func()) {
	t.Helper()
	psql(t, client, "BEGIN")
	psql(t, client, query)
	f()
	psql(t, client, "ROLLBACK")
}

// Without their server every method says that the store is not available.
func TestArchive_ServerGoesAway(t *testing.T) {
	t.Parallel()
	for name, server := range map[string]*enginetest.Server{
		redisKind.Name: enginetest.RedisServer(t), postgresKind.Name: enginetest.PostgresServer(t, false),
	} {
		a := openArchive(t, server.URL)
		token := newToken()
		a.commit(t, token, "data", inAnHour())
		server.Stop()
		ctx := t.Context()
		for method, f := range map[string]func() error{
			"keep":    func() error { return a.Keep(ctx, Record{"id", token, nil, inAnHour()}) },
			"records": func() error { _, err := a.Records(ctx, token); return err },
			"data":    func() error { _, err := a.RecordData(ctx, token, []string{"id"}); return err },
			"note":    func() error { _, _, err := a.Note(ctx, "key"); return err },
			"set":     func() error { return a.SetNote(ctx, "key", nil, inAnHour()) },
			"drop":    func() error { return a.DropNote(ctx, "key") },
			"commit": func() error {
				ctx, _ := recorded(ctx, "data")
				return a.subject.CommitCtx(ctx, token, []byte("data"), inAnHour())
			},
			"cycle": func() error {
				ctx, _ := recorded(ctx, "data")
				return a.subject.Cycle(ctx, token, newToken(), []byte("data"), inAnHour())
			},
		} {
			if err := f(); !errors.Is(err, ErrUnavailable) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %s: %v; want %v in one line", name, method, err, ErrUnavailable)
			}
		}
	}
}

// A server that has lost its scripts, as after its restart, keeps the record all the same.
func TestRedisArchive_WithoutScripts(t *testing.T) {
	t.Parallel()
	a := openArchive(t, enginetest.Stores(t, "redis")(t))
	token := newToken()
	first := a.commit(t, token, "one", inAnHour())
	if err := a.subject.Engine.(*redisEngine).client.ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	second := a.commit(t, token, "two", inAnHour())
	third := a.commit(t, token, "three", inAnHour())
	a.wantRecords(t, token, third, second, first)
	a.wantFound(t, token, "session of three")
}
