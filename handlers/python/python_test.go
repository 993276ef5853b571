package python

import (
	"testing"
	"time"
)

func TestFloat(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]float64{
		"3.0": 3, "-0.5": -0.5, "0.0": 0, "1000000.0": 1e6, "1e+16": 1e16, "1234567890123456.0": 1234567890123456,
		"0.0001": 1e-4, "1e-05": 1e-5,
	} {
		if got := Float(f); got != want {
			t.Errorf("Float(%v) = %s, want %s", f, got, want)
		}
	}
}

// The wanted texts are what Python 3.11 printed.
func TestRepr(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value any
		want  string
	}{
		{nil, "None"}, {true, "True"}, {31, "31"}, {"", "''"}, {"Aman", "'Aman'"}, {"it's", `"it's"`},
		{`say "hi"`, `'say "hi"'`},
		{`it's "so"`, `'it\'s "so"'`}, {"a\nb\x00\t\r", `'a\nb\x00\t\r'`}, {"\x7f\u0085\u00a0", `'\x7f\x85\xa0'`},
		{"\u202e\U000e0001", `'\u202e\U000e0001'`}, {`back\slash`, `'back\\slash'`}, {"né", "'né'"},
		{[]string{"a", "it's"}, `['a', "it's"]`}, {map[string]int{"b": 2, "a": 1}, "{'a': 1, 'b': 2}"},
		{time.Date(2026, 11, 29, 1, 2, 3, 500e6, time.UTC), "2026-11-29T01:02:03.5Z"},
	} {
		if got := Repr(tt.value); got != tt.want {
			t.Errorf("Repr(%q) = %s, want %s", tt.value, got, tt.want)
		}
	}
}

func TestKeyIsQuotedOnlyWhereItCouldBeTakenForAnother(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"fname": "fname", "first name": "first name", "né": "né", "_session_expiry": "_session_expiry",
		"": "''", " a": "' a'", "a ": "'a '", "a\nb": `'a\nb'`, "\x00": `'\x00'`, "'a'": `"'a'"`, `a\nb`: `'a\\nb'`,
		"a\u202eb": `'a\u202eb'`,
	} {
		if got := Key(key); got != want {
			t.Errorf("Key(%q) = %s, want %s", key, got, want)
		}
	}
}
