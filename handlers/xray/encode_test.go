package xray

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/engine"
)

// full is an exchange in which everything is set that is kept.
func full(t *testing.T) *Exchange {
	t.Helper()
	x := made(token("full"))
	x.At = time.Date(2026, 3, 1, 12, 0, 0, 5000, time.UTC)
	x.Came, x.Known, x.Others, x.Notebook, x.Sent = 2, true, 3, true, token("sent")
	x.Trials, x.Also = 1, []*http.Cookie{{Name: "trial", Path: "/settings", MaxAge: -1}}
	x.Found, x.Committed = encoded(t, map[string]any{"fname": "Aman"}), encoded(t, nil)
	x.Unsaved, x.Anew, x.Untouched, x.Raised = encoded(t, map[string]any{"n": 1}), true, true, true
	x.Deadline = x.At.Add(400 * time.Second)
	x.Ended, x.Cycled, x.Typed, x.Withheld, x.InCookie = true, true, true, true, true
	x.By = ByB
	x.Status, x.Location, x.Took, x.Refused = http.StatusSeeOther, "/set?exchange="+x.ID, time.Millisecond,
		"KeyError: 'a'"
	x.SetCookie = &http.Cookie{Name: "sessionname", Value: token("full"), MaxAge: 400, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Expires: x.Deadline}
	returned := "None"
	x.Key, x.Default, x.Card, x.Prepares, x.Follows = "fname", true, "set", true, "before"
	x.Returned, x.Note, x.Guess, x.Removed = &returned, "a note", "set:cookie", []string{"otp"}
	x.Steps = []Step{{Kind: Commit, Name: "set", Token: token("full"), Old: token("sent"), Size: 9, Found: true,
		Rows: 2, Took: time.Microsecond, Err: "busy", Unsure: true,
		Statements: []engine.Statement{{Text: "REPLACE", Args: []string{"1"}, Duration: 5, Rows: 1, Err: "full"}}}}
	if err := x.SetPrivateDetail("storage", []int{1, 2}, []int{}); err != nil {
		t.Fatal(err)
	}
	return x
}

// What is decoded is what was encoded, field by field, so a field that is added later is kept too or named
// here.
func TestExchange_EncodedAndDecoded(t *testing.T) {
	t.Parallel()
	want := full(t)
	b, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	w, g := reflect.ValueOf(want).Elem(), reflect.ValueOf(got).Elem()
	for i := range w.NumField() {
		field := w.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		if field.Name != "Method" && field.Name != "Path" && w.Field(i).IsZero() {
			t.Errorf("the test leaves %s empty", field.Name)
		}
		if !reflect.DeepEqual(w.Field(i).Interface(), g.Field(i).Interface()) {
			t.Errorf("%s = %+v, want %+v", field.Name, g.Field(i).Interface(), w.Field(i).Interface())
		}
	}
	if what, mark := got.Summary(); what == "" || mark != Removed {
		t.Errorf("the summary of what was decoded is %q, %q", what, mark)
	}
	var list []int
	if !got.Detail.Decode("storage", &list) || len(list) != 2 || got.Detail.Decode("set", &list) {
		t.Errorf("detail = %+v, decoded to %v", got.Detail, list)
	}
}

func TestDecode_RefusesWhatAnotherVersionWrote(t *testing.T) {
	t.Parallel()
	b, err := full(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		data string
		want error
	}{
		"another version": {strings.Replace(string(b), `"Version":2`, `"Version":1`, 1), ErrVersion},
		"no version":      {`{}`, ErrVersion},
		"no JSON":         {"\x00", nil},
		"another shape":   {`{"Version":2,"Steps":7}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Decode([]byte(tt.data)); err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
}
