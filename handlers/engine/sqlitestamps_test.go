package engine

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestSQLite_Version(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		do      func(t *testing.T, e *sqliteEngine)
		changes bool
	}{
		{"commit", func(t *testing.T, e *sqliteEngine) { mustCommit(t, e, "new", "x", inAnHour()) }, true},
		{"commit of the same bytes", func(t *testing.T, e *sqliteEngine) {
			mustCommit(t, e, "a", "data", inAnHour())
		}, true},
		{"delete", func(t *testing.T, e *sqliteEngine) { e.DeleteCtx(t.Context(), "a") }, true},
		{"cycle", func(t *testing.T, e *sqliteEngine) {
			e.Cycle(t.Context(), "a", "b", []byte("x"), inAnHour())
		}, true},
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

// The tokens reach SQLite as JSON.
func TestSQLite_StampsOfOddTokens(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	expiry := inAnHour().Truncate(time.Millisecond)
	tokens := []string{"a", `odd "token", with <signs> ü`, "expired"}
	mustCommit(t, e, tokens[0], "data", expiry)
	mustCommit(t, e, tokens[1], "data", expiry)
	mustCommit(t, e, tokens[2], "data", aMinuteAgo())
	mustCommit(t, e, "not asked for", "data", expiry)
	stamps, err := e.Stamps(t.Context(), append(tokens, "nobody"))
	if err != nil || len(stamps) != 3 {
		t.Fatalf("stamps = %v, %v; want three", stamps, err)
	}
	for _, token := range tokens[:2] {
		if got := stamps[token].Expiry; got != expiry.UnixMilli() {
			t.Errorf("%s ends at %d, want %d", token, got, expiry.UnixMilli())
		}
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
		{"REPLACE INTO sessions SELECT * FROM sessions WHERE token = '7'", 1},
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
