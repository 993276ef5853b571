package engine

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var sqlVerbs = []string{"BEGIN", "COMMIT", "SELECT", "INSERT", "REPLACE", "UPDATE", "DELETE"}

// testLog checks that each operation is taken down where somebody listens, and that the
// data itself is not.
func testLog(t *testing.T, s subject) {
	const secret = "hidden-data"
	var log Log
	ctx := WithLog(t.Context(), &log)
	token := newToken()
	said := func(name string, silent bool, f func() error) {
		t.Helper()
		before := len(log.Statements)
		if err := f(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := len(log.Statements) - before; (got == 0) != silent {
			t.Errorf("%s: %d statements", name, got)
		}
	}
	said("commit", false, func() error { return s.CommitCtx(ctx, token, []byte(secret), inAnHour()) })
	token = cmp.Or(log.Cookie, token)
	said("find", false, func() error { _, _, err := s.FindCtx(ctx, token); return err })
	said("row", false, func() error { _, _, err := s.Row(ctx, token); return err })
	fresh := newToken()
	said("cycle", false, func() error { return s.Cycle(ctx, token, fresh, []byte(secret), inAnHour()) })
	said("delete", s.Kind().InCookie, func() error { return s.DeleteCtx(ctx, fresh) })
	said("delete without a log", true, func() error { return s.DeleteCtx(t.Context(), fresh) })

	for _, st := range log.Statements {
		verb, _, _ := strings.Cut(st.Text, " ")
		if sql := slices.Contains(sqlVerbs, strings.ToUpper(verb)); sql != s.Kind().SQL {
			t.Errorf("SQL: %v, of an engine whose kind says %v: %s", sql, s.Kind().SQL, st.Text)
		}
		if text := st.Text + fmt.Sprint(st.Args); strings.Contains(text, secret) {
			t.Errorf("the data is in the log: %s", text)
		}
		if st.Text == "" || st.Err != "" || strings.Contains(fmt.Sprint(st.Args), os.TempDir()) {
			t.Errorf("odd statement: %+v", st)
		}
	}
	if testing.Verbose() {
		for _, st := range log.Statements {
			t.Logf("%d %s %q", st.Rows, st.Text, st.Args)
		}
	}
}
