package handlers

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestUpdateSetsManyKeysInOneSave(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	clock := tl.clockAt(time.Now())
	for _, tt := range []struct {
		name   string
		fields []string
		want   map[string]any
	}{
		{"three keys", []string{"key", "fname", "value", "Aman", "key", "lname", "value", "Roy", "key", "city",
			"value", "Pune"},
			map[string]any{"age": 31.0, "fname": "Aman", "lname": "Roy", "city": "Pune"}},
		{"one key", []string{"key", "fname", "value", "Aman"}, map[string]any{"age": 31.0, "fname": "Aman"}},
		{"a key that is there is replaced", []string{"key", "age", "value", "32"}, map[string]any{"age": "32"}},
		{"of a key that comes twice the last value wins",
			[]string{"key", "a", "value", "1", "key", "b", "value", "2", "key", "a", "value", "3"},
			map[string]any{"age": 31.0, "a": "3", "b": "2"}},
		{"all keys first, then all values", []string{"key", "a", "key", "b", "value", "1", "value", "2"},
			map[string]any{"age": 31.0, "a": "1", "b": "2"}},
		{"an empty value", []string{"key", "a", "value", ""}, map[string]any{"age": 31.0, "a": ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			v.post("/set", "key", "age", "value", "31", "type", "int")
			before := v.state()
			clock.forward(50 * time.Second)

			a := v.post("/update", tt.fields...)
			if c := a.setCookie(); a.Status != http.StatusSeeOther || c == nil || c.Value != before.Token ||
				c.MaxAge != 400 {
				t.Errorf("update = %d, cookie %v; want 303 and the same token for 400 s", a.Status, c)
			}
			if got := stepKinds(v.recorded(a)); !slices.Equal(got, []string{"Find", "Code", "Commit"}) {
				t.Errorf("steps = %v, want one commit", got)
			}
			if got := v.values(); !maps.Equal(got, tt.want) {
				t.Errorf("values = %v, want %v", got, tt.want)
			}
			if got, want := v.internals().Row.Expiry, clock.plus(400*time.Second); !got.Equal(want) ||
				tl.rows() != before.Rows {
				t.Errorf("the row ends %v, want %v; %d rows, were %d", got, want, tl.rows(), before.Rows)
			}
		})
	}
}

func TestUpdateWithTheSameValuesRestartsTheClock(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	clock := tl.clockAt(time.Now())
	v := tl.visitor()
	v.post("/update", "key", "a", "value", "1")
	v.post("/expiry", "seconds", "3000")
	clock.forward(20 * time.Second)
	a := v.post("/update", "key", "a", "value", "1")
	if c := a.setCookie(); c == nil || c.MaxAge != 3000 {
		t.Errorf("cookie = %v, want Max-Age=3000: its own age is kept", c)
	}
	if got, want := v.internals().Row.Expiry, clock.plus(3000*time.Second); !got.Equal(want) {
		t.Errorf("the row ends %v, want %v", got, want)
	}
}

func TestUpdateMakesASession(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	a := v.post("/update", "key", "a", "value", "1", "key", "b", "value", "2")
	if a.Status != http.StatusSeeOther || v.token() == "" || tl.rows() != 1 || len(v.values()) != 2 {
		t.Errorf("update = %d, token %q, values %v, %d rows", a.Status, v.token(), v.values(), tl.rows())
	}
	if got := stepKinds(v.recorded(a)); !slices.Equal(got, []string{"Code", "Commit"}) {
		t.Errorf("steps = %v", got)
	}
}

// TestUpdateWithTypes: the type fields belong to the pairs in their order. Of a key that comes twice the last
// value counts, with its type.
func TestUpdateWithTypes(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	page := v.run("/update", "key", "age", "value", "31", "type", "int", "key", "fname", "value", "Aman", "type",
		"",
		"key", "tags", "value", "a, b", "type", "list", "key", "paid", "value", "true", "type", "bool",
		"key", "age", "value", "32.5", "type", "float")
	want := map[string]any{"age": 32.5, "fname": "Aman", "tags": []any{"a", "b"}, "paid": true}
	if got := v.values(); !reflect.DeepEqual(got, want) {
		t.Errorf("the session holds %v, want %v", got, want)
	}
	wantText(t, page, "+ age 32.5")
}

func TestUpdateIsAllOrNothing(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	many := func(n int) (fields []string) {
		for i := range n {
			fields = append(fields, "key", fmt.Sprint("k", i), "value", "x")
		}
		return fields
	}
	heavy := func(n, size int) (fields []string) {
		for i := range n {
			fields = append(fields, "key", fmt.Sprint("k", i), "value", strings.Repeat("x", size))
		}
		return fields
	}
	for _, tt := range []struct {
		name   string
		fields []string
		status int
		says   string
	}{
		{"no body", nil, http.StatusBadRequest, "Nothing to update"},
		{"no pairs", []string{"predict", "update:once"}, http.StatusBadRequest, "Nothing to update"},
		{"values only", []string{"value", "1"}, http.StatusBadRequest, "Nothing to update"},
		{"a key without value", []string{"key", "a", "value", "1", "key", "b"}, http.StatusBadRequest,
			"Unpaired fields"},
		{"a value without key", []string{"key", "a", "value", "1", "value", "2"}, http.StatusBadRequest,
			"Unpaired fields"},
		{"an empty key among good ones", []string{"key", "a", "value", "1", "key", "", "value", "2"},
			http.StatusBadRequest, "No key"},
		{"a reserved key among good ones",
			[]string{"key", "a", "value", "1", "key", "_session_expiry", "value", "9"},
			http.StatusBadRequest, "Reserved key"},
		{"a key too long", []string{"key", "a", "value", "1", "key", strings.Repeat("k", 513), "value", "2"},
			http.StatusBadRequest, "Key too long"},
		{"a type too few", []string{"key", "a", "value", "1", "type", "int", "key", "b", "value", "2"},
			http.StatusBadRequest, "Unpaired fields"},
		{"a type too many", []string{"key", "a", "value", "1", "type", "int", "type", "int"}, http.StatusBadRequest,
			"Unpaired fields"},
		{"an unknown type among good ones",
			[]string{"key", "a", "value", "1", "type", "int", "key", "b", "value", "2", "type", "dict"},
			http.StatusBadRequest, "Unknown type"},
		{"a value of another type", []string{"key", "a", "value", "1", "type", "int", "key", "b", "value", "x",
			"type", "int"}, http.StatusBadRequest, "Wrong type"},
		{"invalid UTF-8", []string{"key", "a", "value", "\xff"}, http.StatusBadRequest, "Not UTF-8"},
		{"a value too long", []string{"key", "a", "value", "1", "key", "b", "value", strings.Repeat("x", 64<<10+1)},
			http.StatusRequestEntityTooLarge, "64 KiB"},
		{"the 201st key", many(200), http.StatusRequestEntityTooLarge, "at most 200 keys"},
		{"more bytes than a session holds", heavy(5, 60<<10), http.StatusRequestEntityTooLarge, "256 KiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			v.post("/set", "key", "age", "value", "31")
			before := v.state()
			a := v.post("/update", tt.fields...)
			if a.Status != tt.status || !strings.Contains(a.Body, tt.says) {
				t.Errorf("update = %d, want %d and %q", a.Status, tt.status, tt.says)
			}
			if strings.Contains(a.Body, "shows the statement") {
				t.Error("the page speaks of a statement, and none ran")
			}
			if a.Header.Get("Set-Cookie") != "" || v.state() != before || len(v.values()) != 1 {
				t.Errorf("cookie %q, state %+v, was %+v", a.Header.Get("Set-Cookie"), v.state(), before)
			}
		})
	}
	t.Run("the limits themselves are within", func(t *testing.T) {
		v := tl.visitor()
		v.t = t
		fields := append(many(99), "key", strings.Repeat("k", 128), "value", strings.Repeat("x", 64<<10))
		if a := v.post("/update", fields...); a.Status != http.StatusSeeOther || len(v.values()) != 100 {
			t.Errorf("update = %d with %d keys", a.Status, len(v.values()))
		}
	})
}

func TestUpdatePredictions(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for option, verdict := range map[string]string{"once": "Correct.", "each": "Not this time.",
		"rows": "Not this time.", "never": "Not this time."} {
		t.Run(option, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			page := v.run("/update", "card", "update", "key", "a", "value", "1", "key", "b", "value", "2",
				"key", "c", "value", "3", "predict", "update:"+option)
			wantVerdict(t, page, verdict)
			wantText(t, page, "Written to the store in this request: <b>1</b> time.")
		})
	}
}

func TestUpdateOfTheRestPredictions(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, tt := range []struct {
		name, guess string
		holds       map[string]any
		verdict     string
	}{
		{"right", "stays", map[string]any{"city": "Pune"}, "Correct."},
		{"wrong", "gone", map[string]any{"city": "Pune"}, "Not this time."},
		{"wrong too", "none", map[string]any{"city": "Pune"}, "Not this time."},
		{"and wrong", "error", map[string]any{"city": "Pune"}, "Not this time."},
		{"of another key that stays", "stays", map[string]any{"fname": "Aman", "lname": "Roy"}, "Correct."},
		{"nothing is there but what was named", "stays", map[string]any{"fname": "Aman"}, "Not judged yet."},
		{"nothing is there", "stays", map[string]any{}, "Not judged yet."},
		{"a birth is no key of theirs", "stays", map[string]any{birthKey: "x"}, "Not judged yet."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := tl.holding(tt.holds)
			v.t = t
			page := v.run("/update", "card", "update-rest", "key", "fname", "value", "Amy", "type", "string",
				"key", "age", "value", "31", "type", "int", "predict", "update-rest:"+tt.guess)
			wantVerdict(t, page, tt.verdict)
		})
	}
}

func TestUpdateKeepsTheFieldsOfARefusedForm(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	page := v.post("/update", "card", "update-rest", "key", "town", "value", "Pune", "type", "string",
		"key", "born", "value", "soon", "type", "int")
	if page.Status != http.StatusBadRequest {
		t.Errorf("status = %d", page.Status)
	}
	wantText(t, page, `id="update-rest-first-key" name="key" value="town"`,
		`id="update-rest-second-value" name="value" value="soon"`, `<option value="int" selected>int</option>`,
		`id="update-third-key" name="key" value="city"`)
}
