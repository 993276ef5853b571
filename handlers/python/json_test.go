package python

import (
	"errors"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"
)

func huge(text string) *big.Int {
	z, ok := new(big.Int).SetString(text, 10)
	if !ok {
		panic(text)
	}
	return z
}

func listed(items ...Value) *List { return &List{items} }

// The texts are what json.dumps of Python 3.11 wrote, with the separators of Django's serializer.
func TestFreezeKeepsWhatJSONKeeps(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value Value
		want  any
	}{
		{"a", "a"}, {small(31), 31}, {true, true}, {1.5, 1.5}, {nil, JSON("null")},
		{huge("100000000000000000000"), JSON("100000000000000000000")},
		{math.NaN(), JSON("NaN")}, {math.Inf(-1), JSON("-Infinity")},
		{listed("a", "b"), []string{"a", "b"}}, {listed(), []string{}},
		{&Tuple{[]Value{"a"}}, []string{"a"}},
		{listed("a", small(1)), JSON(`["a",1]`)}, {listed(nil, true, 1.0), JSON(`[null,true,1.0]`)},
		{dictOf("a", small(1), "b", small(2)), map[string]int{"a": 1, "b": 2}},
		{dictOf("b", small(1), "a", small(2)), JSON(`{"b":1,"a":2}`)},
		{dictOf(), JSON("{}")}, {dictOf("a", true), JSON(`{"a":true}`)},
		{dictOf("a", 1.0), JSON(`{"a":1.0}`)},
		{dictOf(small(1), "a", nil, "b", true, "c", 1.5, "d"), JSON(`{"1":"c","null":"b","1.5":"d"}`)},
		{dictOf(small(1), small(1), "1", small(2)), JSON(`{"1":1,"1":2}`)},
		{dictOf("a", dictOf("b", listed(small(1), &Tuple{[]Value{small(2)}}))), JSON(`{"a":{"b":[1,[2]]}}`)},
		{dictOf("é", "😀\u2028\x7f\x00\"\\/\n\t\r\b\f"),
			JSON(`{"\u00e9":"\ud83d\ude00\u2028\u007f\u0000\"\\/\n\t\r\b\f"}`)},
		{dictOf("a", huge("100000000000000000000")), JSON(`{"a":100000000000000000000}`)},
	} {
		got, err := Freeze(tt.value)
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("Freeze(%s) = %#v, %v, want %#v", Repr(tt.value), got, err, tt.want)
		}
	}
}

func TestFreezeRaisesWhatDjangoRaisesAtTheSave(t *testing.T) {
	t.Parallel()
	circular, deep := listed(), listed()
	circular.Items = []Value{dictOf("a", circular)}
	for range 200 {
		deep = listed(deep)
	}
	doubled := listed(small(1))
	for range 40 {
		doubled = listed(doubled, doubled)
	}
	for want, value := range map[string]Value{
		"TypeError: Object of type datetime is not JSON serializable":      &Datetime{Time: noon},
		"TypeError: Object of type timedelta is not JSON serializable":     dictOf("a", &Timedelta{small(1)}),
		"TypeError: Object of type ValueError is not JSON serializable":    &Exception{Class: valueError},
		"TypeError: Object of type type is not JSON serializable":          listed(types["int"]),
		"TypeError: Object of type dict_keys is not JSON serializable":     &keysView{dictOf()},
		"TypeError: keys must be str, int, float, bool or None, not tuple": dictOf(&Tuple{}, small(1)),
		"ValueError: Circular reference detected":                          circular,
		"RecursionError: maximum recursion depth exceeded while encoding":  deep,
		"Its values took more than 64 KiB.":                                doubled,
	} {
		got, err := Freeze(value)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("Freeze gave %v and %v, want %s", got, err, want)
		}
	}
}

// The wanted texts are repr of what json.loads of Python 3.11 gave; what it refuses is a str.
func TestThawLoadsAsPythonDoes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		stored any
		want   string
	}{
		{nil, "None"}, {3, "3"}, {"a", "'a'"}, {[]string{"a"}, "['a']"}, {[]string{}, "[]"},
		{map[string]int{"b": 1, "a": 2}, "{'a': 2, 'b': 1}"}, {false, "False"}, {1.0, "1.0"},
		{time.Date(2026, 11, 29, 1, 2, 3, 4567, time.UTC),
			"datetime.datetime(2026, 11, 29, 1, 2, 3, 4, tzinfo=datetime.timezone.utc)"},
		{JSON(`{"b":null,"a":[1,2.0,true]}`), "{'b': None, 'a': [1, 2.0, True]}"},
		{JSON(`{"a":1,"a":2}`), "{'a': 2}"}, {JSON(`1e400`), "inf"}, {JSON(`"\ud83d\ude00"`), "'😀'"},
		{JSON(`  1 `), "1"}, {JSON(`-0`), "0"}, {JSON(`"\/"`), "'/'"}, {JSON(`-0.0`), "-0.0"},
		{JSON(` { "a" : [ 1 , 2 ] } `), "{'a': [1, 2]}"},
		{JSON(`100000000000000000000`), "100000000000000000000"},
		{JSON(`[NaN,-Infinity,1E5,1e-7]`), "[nan, -inf, 100000.0, 1e-07]"},
		{JSON(`[1,]`), "'[1,]'"}, {JSON(`1.`), "'1.'"}, {JSON(`.5`), "'.5'"}, {JSON(`01`), "'01'"},
		{JSON(`-`), "'-'"}, {JSON(`"\u00zz"`), `'"\\u00zz"'`}, {JSON("\"a\tb\""), `'"a\tb"'`},
		{JSON(`[1 2]`), "'[1 2]'"}, {JSON(`nul`), "'nul'"}, {JSON(``), "''"}, {JSON(`1.5e`), "'1.5e'"},
		{JSON(`[`), "'['"}, {JSON(`{"a"}`), `'{"a"}'`}, {JSON(`{1:2}`), "'{1:2}'"}, {JSON(`"\x"`), `'"\\x"'`},
		{JSON(`{"a":1,}`), `'{"a":1,}'`}, {JSON(`"\`), `'"\\'`}, {JSON(`"\u12`), `'"\\u12'`},
		{int64(5), "'5'"},
	} {
		if got := Repr(Thaw(tt.stored)); got != tt.want {
			t.Errorf("Thaw(%#v) is %s, want %s", tt.stored, got, tt.want)
		}
	}
}

func TestJSONIsShownAsPythonWouldShowWhatItLoads(t *testing.T) {
	t.Parallel()
	value := JSON(`{"a":null,"b":["it's",{"c":1.0}]}`)
	if got, want := Repr(value), `{'a': None, 'b': ["it's", {'c': 1.0}]}`; got != want || Str(value) != want {
		t.Errorf("Repr gives %s, Str %s, want %s", got, Str(value), want)
	}
	if got, want := Brief(value, 12), "{'a': None, …"; got != want {
		t.Errorf("Brief gives %s, want %s", got, want)
	}
	if got := Str(JSON(`"text"`)); got != "text" {
		t.Errorf("a text in JSON is shown as %s", got)
	}
}

// What is thawed and frozen again is the same; and json.loads of the text is the same value.
func FuzzFreezeThaw(f *testing.F) {
	for _, seed := range []string{
		`{"a":null}`, `[1,2.5,"x",[true,{}]]`, `{"b":1,"a":2}`, `1e5`, `"\ud83d\ude00"`, `[NaN]`, `nul`,
		`{"a":1,"a":{}}`,
		`["a"]`, `{"a":1}`, `100000000000000000000`, `"\ud800x"`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value := Thaw(JSON(text))
		stored, err := Freeze(value)
		if over := new(Over); err != nil {
			if !errors.As(err, &over) {
				t.Fatalf("%q is thawed to %s, which cannot be frozen: %v", text, Repr(value), err)
			}
			return
		}
		again := Thaw(stored)
		if Repr(again) != Repr(value) {
			t.Fatalf("%q is %s at first, and %s then", text, Repr(value), Repr(again))
		}
		if twice, err := Freeze(again); err != nil || Repr(twice) != Repr(stored) {
			t.Fatalf("%q is frozen to %v, and then to %v, %v", text, stored, twice, err)
		}
	})
}
