package handlers

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSetdefaultStoresAnAbsentKey(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	clock := tl.clockAt(time.Now())
	for _, tt := range []struct {
		name, value, kind string
		typeName, want    string
	}{
		{"text by default", "31", "", "string", "31"},
		{"an int", "31", "int", "int", "31"},
		{"a float", "3.5", "float", "float", "3.5"},
		{"a bool", "true", "bool", "bool", "True"},
		{"a time", "2026-11-22T14:30:00Z", "time", "time", "2026-11-22T14:30:00Z"},
		{"empty text", "", "string", "string", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			v.post("/set", "key", "fname", "value", "Aman")
			token := v.token()
			clock.forward(30 * time.Second)

			a := v.post("/setdefault", "key", "age", "value", tt.value, "type", tt.kind)
			if c := a.setCookie(); a.Status != http.StatusSeeOther || c == nil || c.Value != token || c.MaxAge != 400 {
				t.Errorf("setdefault = %d, cookie %v; want 303 and the same token for 400 s", a.Status, c)
			}
			if got := v.get(a.Header.Get("Location")).results(); !slices.Equal(got, []string{tt.want}) {
				t.Errorf("results = %q, want %q", got, tt.want)
			}
			got := v.internals()
			if len(got.Session.Values) != 2 || got.Session.Values[0].Key != "age" ||
				got.Session.Values[0].Type != tt.typeName {
				t.Errorf("values = %+v, want age as %s", got.Session.Values, tt.typeName)
			}
			if want := clock.plus(400 * time.Second); !got.Row.Expiry.Equal(want) {
				t.Errorf("the row ends %v, want %v", got.Row.Expiry, want)
			}
		})
	}
}

func TestSetdefaultMakesASession(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	a := v.post("/setdefault", "key", "age", "value", "31", "type", "int")
	if a.Status != http.StatusSeeOther || a.setCookie() == nil || tl.rows() != 1 || v.values()["age"] != 31.0 {
		t.Errorf("setdefault = %d, values %v, %d rows", a.Status, v.values(), tl.rows())
	}
}

func TestSetdefaultLeavesAPresentKey(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	clock := tl.clockAt(time.Now())
	for _, tt := range []struct {
		name        string
		stored      []string
		value, want string
	}{
		{"another value", []string{"value", "31", "type", "int"}, "99", "31"},
		{"the same value", []string{"value", "31"}, "31", "31"},
		{"an empty string is a value", []string{"value", ""}, "99", ""},
		{"False is a value", []string{"value", "false", "type", "bool"}, "99", "False"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			v.post("/set", append([]string{"key", "age"}, tt.stored...)...)
			before, values := v.state(), v.values()
			clock.forward(30 * time.Second)

			a := v.post("/setdefault", "key", "age", "value", tt.value)
			if a.Status != http.StatusSeeOther || a.Header.Get("Set-Cookie") != "" {
				t.Errorf("setdefault = %d %q, want 303 and no cookie", a.Status, a.Header.Get("Set-Cookie"))
			}
			if got := stepKinds(v.recorded(a)); !slices.Equal(got, []string{"Find", "Code"}) {
				t.Errorf("steps = %v, want no commit", got)
			}
			if got := v.get(a.Header.Get("Location")).results(); !slices.Equal(got, []string{tt.want}) {
				t.Errorf("results = %q, want %q", got, tt.want)
			}
			if v.state() != before || v.values()["age"] != values["age"] {
				t.Errorf("state = %+v, was %+v: nothing is written, the clock goes on", v.state(), before)
			}
		})
	}
}

func TestSetdefaultRefusesBadInput(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for name, tt := range map[string]struct {
		fields []string
		status int
	}{
		"no key":          {[]string{"value", "31"}, http.StatusBadRequest},
		"an empty key":    {[]string{"key", "", "value", "31"}, http.StatusBadRequest},
		"a reserved key":  {[]string{"key", "_session_expiry", "value", "31"}, http.StatusBadRequest},
		"a key too long":  {[]string{"key", strings.Repeat("ü", 257), "value", "31"}, http.StatusBadRequest},
		"invalid UTF-8":   {[]string{"key", "age", "value", "\xff"}, http.StatusBadRequest},
		"no int":          {[]string{"key", "age", "value", "old", "type", "int"}, http.StatusBadRequest},
		"an unknown type": {[]string{"key", "age", "value", "31", "type", "uint"}, http.StatusBadRequest},
		"a value too long": {[]string{"key", "age", "value", strings.Repeat("x", 64<<10+1)},
			http.StatusRequestEntityTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			v.post("/set", "key", "fname", "value", "Aman")
			before := v.state()
			if a := v.post("/setdefault", tt.fields...); a.Status != tt.status || a.Header.Get("Set-Cookie") != "" ||
				v.state() != before {
				t.Errorf("setdefault = %d, want %d; state %+v, was %+v", a.Status, tt.status, v.state(), before)
			}
		})
	}
}

func TestSetdefaultPredictions(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, tt := range []struct{ name, key, guess, verdict string }{
		{"right", "age", "kept", "Correct."},
		{"wrong", "age", "replaced", "Not this time."},
		{"wrong too", "age", "saved", "Not this time."},
		{"and wrong", "age", "none", "Not this time."},
		{"the key was not there", "size", "kept", "Not judged yet."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			ready := v.run("/setdefault", "prepare", "setdefault", "key", "age", "value", "31", "type", "int")
			wantVerdict(t, ready, "")
			wantText(t, ready, "It is <code>31</code>.")
			fields := []string{"card", "setdefault", "key", tt.key, "value", "99", "type", "int",
				"predict", "setdefault:" + tt.guess}
			wantVerdict(t, v.run("/setdefault", fields...), tt.verdict)
			if tt.key != "age" { // the press that stored it has made it ready
				wantVerdict(t, v.run("/setdefault", fields...), "Correct.")
			}
		})
	}
}
