package engine

import (
	"testing"
	"time"
)

// The plain store is SCS's own: a request that is late brings an ended session back, which no engine of the
// lab lets it.
func TestPlainIsWhatSCSHas(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	p, err := OpenPlain(ctx)
	if err != nil {
		t.Fatal(err)
	}
	other, err := OpenPlain(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var log Log
	end := time.Now().Add(time.Hour)
	for _, f := range []func() error{
		func() error { return p.CommitCtx(WithLog(ctx, &log), "token", []byte("data"), end) },
		func() error { return p.DeleteCtx(ctx, "token") },
		func() error { return p.CommitCtx(ctx, "token", []byte("late"), end) },
		func() error { return p.CommitCtx(ctx, "expired", []byte("data"), time.Now().Add(-time.Hour)) },
	} {
		if err := f(); err != nil {
			t.Fatal(err)
		}
	}
	if b, found, err := p.FindCtx(ctx, "token"); string(b) != "late" || !found || err != nil {
		t.Errorf("find: %q, %v, %v", b, found, err)
	}
	if len(log.Statements) != 1 || log.Statements[0].Rows != 1 || log.Statements[0].Args[1] != "4 bytes" {
		t.Errorf("the log: %+v", log.Statements)
	}
	if all, err := p.AllCtx(ctx); err != nil || len(all) != 1 || string(all["token"]) != "late" {
		t.Errorf("all: %v, %v", all, err)
	}
	if rows, n, err := p.Rows(ctx, 1); err != nil || n != 2 || len(rows) != 1 || rows[0].Token != "token" {
		t.Errorf("rows: %v of %d, %v", rows, n, err)
	}
	if _, n, err := other.Rows(ctx, 1); err != nil || n != 0 {
		t.Errorf("another store has %d rows, %v", n, err)
	}
	p.Close()
	if _, _, err := p.FindCtx(ctx, "token"); err == nil {
		t.Error("it answers after it was closed")
	}
}
