package engine

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"
)

// What SCS's sqlite3store says, and what the tests make it say.
const (
	saidFind   = "SELECT data FROM sessions WHERE token = $1 AND julianday('now') < expiry"
	saidCommit = "REPLACE INTO sessions (token, data, expiry) VALUES ($1, $2, julianday($3))"
	saidRemove = "DELETE FROM sessions WHERE token = $1"

	saidRefused = "constraint failed: session was ended (1811)"
	sevenUntil  = "2100-01-02T03:04:05.678"
)

var (
	sevenBytes = []byte("seven b")
	in2100     = time.Date(2100, 1, 2, 3, 4, 5, 678900000, time.UTC)
)

// said is an operation on a store with the session "live" and the ended one "ended", and its statements.
type said struct {
	name string
	do   func(ctx context.Context, e Engine) error
	want []Statement
}

var saidOfOne = []said{
	{"find", func(ctx context.Context, e Engine) error {
		_, _, err := e.FindCtx(ctx, "live")
		return err
	}, []Statement{{Text: saidFind, Args: []string{"live"}, Rows: 1}}},
	{"find nothing", func(ctx context.Context, e Engine) error {
		_, _, err := e.FindCtx(ctx, "nobody")
		return err
	}, []Statement{{Text: saidFind, Args: []string{"nobody"}}}},
	{"commit", func(ctx context.Context, e Engine) error {
		return e.CommitCtx(ctx, "new", sevenBytes, in2100)
	}, []Statement{{Text: saidCommit, Args: []string{"new", "7 bytes", sevenUntil}, Rows: 1}}},
	{"commit refused", func(ctx context.Context, e Engine) error {
		return e.CommitCtx(ctx, "ended", sevenBytes, in2100)
	}, []Statement{
		{Text: saidCommit, Args: []string{"ended", "7 bytes", sevenUntil}, Err: saidRefused},
	}},
	{"delete", func(ctx context.Context, e Engine) error {
		return e.DeleteCtx(ctx, "live")
	}, []Statement{{Text: saidRemove, Args: []string{"live"}, Rows: 1}}},
	{"delete nothing", func(ctx context.Context, e Engine) error {
		return e.DeleteCtx(ctx, "nobody")
	}, []Statement{{Text: saidRemove, Args: []string{"nobody"}}}},
	{"two operations", func(ctx context.Context, e Engine) error {
		return errors.Join(e.DeleteCtx(ctx, "live"), e.DeleteCtx(ctx, "live"))
	}, []Statement{
		{Text: saidRemove, Args: []string{"live"}, Rows: 1},
		{Text: saidRemove, Args: []string{"live"}},
	}},
}

var saidOfCycles = []said{
	{"cycle", func(ctx context.Context, e Engine) error {
		return e.Cycle(ctx, "live", "new", sevenBytes, in2100)
	}, []Statement{
		{Text: "BEGIN IMMEDIATE"},
		{Text: saidRemove, Args: []string{"live"}, Rows: 1},
		{Text: saidCommit, Args: []string{"new", "7 bytes", sevenUntil}, Rows: 1},
		{Text: "COMMIT"},
	}},
	{"cycle of an ended session", func(ctx context.Context, e Engine) error {
		return e.Cycle(ctx, "ended", "new", sevenBytes, in2100)
	}, []Statement{
		{Text: "BEGIN IMMEDIATE"},
		{Text: saidRemove, Args: []string{"ended"}},
		{Text: "ROLLBACK"},
	}},
	{"cycle to a refused token", func(ctx context.Context, e Engine) error {
		return e.Cycle(ctx, "live", "ended", sevenBytes, in2100)
	}, []Statement{
		{Text: "BEGIN IMMEDIATE"},
		{Text: saidRemove, Args: []string{"live"}, Rows: 1},
		{Text: saidCommit, Args: []string{"ended", "7 bytes", sevenUntil}, Err: saidRefused},
		{Text: "ROLLBACK"},
	}},
}

func TestSQLite_Statements(t *testing.T) {
	t.Parallel()
	for _, tt := range slices.Concat(saidOfOne, saidOfCycles) {
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
