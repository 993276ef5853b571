package xray

import (
	"net/http"
	"reflect"
	"testing"
	"time"
)

func TestExchange_Run(t *testing.T) {
	t.Parallel()
	x := NewExchange(request(http.MethodPost, "/set"), "", "", time.Now())
	if err := x.Run("set", func() error { return nil }); err != nil {
		t.Error(err)
	}
	if err := x.Run("get", func() error { return errBroken }); err != errBroken {
		t.Errorf("got %v", err)
	}
	if x.Steps[0].Name != "set" || x.Steps[0].Err != "" || x.Steps[1].Err != "broken" {
		t.Errorf("steps %+v", x.Steps)
	}
}

func TestExchange_IDsAreUnguessable(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		x := NewExchange(request(http.MethodGet, "/"), "", "", time.Now())
		if len(x.ID) < 26 || seen[x.ID] {
			t.Fatalf("id %q is short or came twice", x.ID)
		}
		seen[x.ID] = true
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	before := map[string]any{"same": 1, "gone": "x", "was": "a", "list": []string{"a"}, "type": 1, "at": when}
	after := map[string]any{"same": 1, "new": true, "was": "b", "list": []string{"a"}, "type": "1",
		"at": when.Add(time.Second)}
	want := []Change{
		{Changed, "at", "time", "2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z"},
		{Removed, "gone", "string", `"x"`, ""},
		{Same, "list", "list", "", `["a"]`},
		{Added, "new", "bool", "", "True"},
		{Same, "same", "int", "", "1"},
		{Changed, "type", "string", "1", `"1"`},
		{Changed, "was", "string", `"a"`, `"b"`},
	}
	if got := Diff(before, after); !reflect.DeepEqual(got, want) {
		t.Errorf("Diff\n%+v\nwant\n%+v", got, want)
	}
	if got := Diff(nil, nil); len(got) != 0 {
		t.Errorf("Diff of nothing = %v", got)
	}
	if len(before) != 6 || len(after) != 6 {
		t.Error("Diff changed its arguments")
	}
}
