package view

import (
	"fmt"
	"testing"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// TestResult_Row says what became of the row, and of its end: a run that saved nothing did not move it. What
// is in the bytes may have been told beforehand, without the end.
func TestResult_Row(t *testing.T) {
	t.Parallel()
	kind := engine.Kinds[0] // SQLite, which has rows
	ends := "ends " + end.Local().Format(TimeOfDay)
	runs := exchanges()
	for name, want := range map[string][2]string{
		"first save":             {fmt.Sprintf("inserted, %d bytes", len(some)), ends},
		"save":                   {fmt.Sprintf("rewritten, %d → %d bytes", len(some), len(other)), ends},
		"same values":            {fmt.Sprintf("rewritten, %d bytes", len(some)), ends},
		"cycle":                  {fmt.Sprintf("moved, %d bytes", len(some)), ends},
		"flush":                  {"deleted", ""},
		"reads":                  {"not written", ends + ", as before"},
		"refused":                {"not written", ends + ", as before"},
		"no answer":              {"not known", ""},
		"reads without a cookie": {"none", ""},
		"unknown cookie":         {"none", ""},
	} {
		x := runs[name]
		memo := &xray.Memo{Codec: xray.Codec}
		if x.Found != nil {
			memo.Know(x.Found, x.Before())
		}
		if r := given(kind).Result(x, memo); r.RowNote != want[0] || r.RowSmall != want[1] {
			t.Errorf("%s: %q, %q; want %q", name, r.RowNote, r.RowSmall, want)
		}
	}
}
