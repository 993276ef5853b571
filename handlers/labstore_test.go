package handlers

import (
	"database/sql"
	"sync"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// useEngine puts eng in the place of the lab's own, for everything.
func (tl *testLab) useEngine(eng engine.Engine) {
	tl.engine.Engine = eng
	tl.saveTo(eng)
}

// saveTo has sessions loaded from eng and saved to it. Pages still look at the store itself.
func (tl *testLab) saveTo(eng engine.Engine) {
	tl.sessions.Store = heldBack{Recorder: xray.Recorder{Engine: eng}, wait: tl.takeLarge}
}

// sql runs a statement on a connection of its own, as the sqlite3 shell would, and returns the
// number of rows that it changed.
func (tl *testLab) sql(statement string, args ...any) int64 {
	tl.t.Helper()
	db, err := sql.Open("sqlite", "file:"+tl.file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		tl.t.Fatal(err)
	}
	defer db.Close()
	res, err := db.Exec(statement, args...)
	if err != nil {
		tl.t.Fatalf("%s: %v", statement, err)
	}
	n, _ := res.RowsAffected()
	return n
}

// expire lets every row that has this token expire a minute ago, by the store's own clock.
func (tl *testLab) expire(token string) {
	tl.t.Helper()
	if n := tl.sql("UPDATE sessions SET expiry = julianday('now', '-1 minute') WHERE token = ?", token); n != 1 {
		tl.t.Fatalf("expired %d rows, want 1", n)
	}
}

// lock takes the database's write lock from outside, as a program does that is stuck in a transaction.
func (tl *testLab) lock() (release func()) {
	tl.t.Helper()
	db, err := sql.Open("sqlite", "file:"+tl.file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		tl.t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("BEGIN IMMEDIATE"); err != nil {
		tl.t.Fatal(err)
	}
	release = sync.OnceFunc(func() { db.Close() })
	tl.t.Cleanup(release)
	return release
}

// rows counts the rows of the sessions table.
func (tl *testLab) rows() int {
	tl.t.Helper()
	_, total, err := tl.engine.Rows(tl.t.Context(), 1)
	if err != nil {
		tl.t.Fatal(err)
	}
	return total
}

// rawRow is a row as another program sees it.
type rawRow struct {
	token, data string
	julian      float64
}

// raw returns all rows, straight from the table.
func (tl *testLab) raw() []rawRow {
	tl.t.Helper()
	rows, _, err := tl.engine.Rows(tl.t.Context(), 1000)
	if err != nil {
		tl.t.Fatal(err)
	}
	var list []rawRow
	for _, r := range rows {
		row, ok, err := tl.engine.Row(tl.t.Context(), r.Token)
		if err != nil || !ok {
			tl.t.Fatalf("row %s: %v", r.Token, err)
		}
		list = append(list, rawRow{row.Token, string(row.Data), row.Julian})
	}
	return list
}

// holding returns a visitor whose session holds values that no form may have sent.
func (tl *testLab) holding(values map[string]any) *visitor {
	tl.t.Helper()
	token, expiry := newID(), time.Now().Add(time.Hour)
	data, err := xray.Codec.Encode(expiry, values)
	if err != nil {
		tl.t.Fatal(err)
	}
	if err := tl.engine.CommitCtx(tl.t.Context(), token, data, expiry); err != nil {
		tl.t.Fatal(err)
	}
	v := tl.visitor()
	v.setToken(token)
	return v
}
