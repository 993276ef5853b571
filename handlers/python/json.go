package python

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// JSON is a value of a session that Go's own types cannot keep as it is, with its order, its None and its
// large numbers: the text that Django's JSONSerializer would store.
type JSON string

// Freeze returns what a session keeps of v: a string, an int, a float64, a bool, a []string for a list of
// texts, a map[string]int for a dict of ints whose keys are in order, and [JSON] for the rest. What JSON
// cannot keep raises what Django raises when it saves: a TypeError, or a ValueError for what holds itself.
func Freeze(v Value) (any, error) {
	switch v := v.(type) {
	case string, bool:
		return v, nil
	case *big.Int:
		if v.IsInt64() {
			return int(v.Int64()), nil
		}
	case float64:
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			return v, nil
		}
	case *List:
		if list, ok := texts(v.Items); ok {
			return list, nil
		}
	case *Tuple:
		if list, ok := texts(v.Items); ok {
			return list, nil
		}
	case *Dict:
		if dict, ok := counts(v); ok {
			return dict, nil
		}
	}
	w := &jsonWriter{}
	if err := w.value(v); err != nil {
		return nil, err
	}
	return JSON(w.b.String()), nil
}

func texts(items []Value) ([]string, bool) {
	list := make([]string, len(items))
	for i, item := range items {
		s, ok := item.(string)
		if !ok {
			return nil, false
		}
		list[i] = s
	}
	return list, true
}

// counts is d as a map, if it has only ints, and its keys are texts in order, since a map has no other.
func counts(d *Dict) (map[string]int, bool) {
	m, last := map[string]int{}, ""
	for k, v := range d.All() {
		key, ok := k.(string)
		z, ok2 := v.(*big.Int)
		if !ok || !ok2 || !z.IsInt64() || len(m) > 0 && key < last {
			return nil, false
		}
		m[key], last = int(z.Int64()), key
	}
	return m, len(m) > 0
}

// JSONKey is the key of an object as which JSON keeps key: an int, a float, a bool and None become texts.
func JSONKey(key Value) (string, error) {
	switch key := key.(type) {
	case string:
		return key, nil
	case nil:
		return "null", nil
	case bool:
		return fmt.Sprint(key), nil
	case *big.Int:
		return key.String(), nil
	case float64:
		return jsonFloat(key), nil
	}
	return "", raise(typeError, "keys must be str, int, float, bool or None, not %s", typeNameOf(key))
}

func jsonFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return Float(f)
}

// jsonWriter writes what json.dumps does, without spaces.
type jsonWriter struct {
	b    strings.Builder
	path []Value
}

func (w *jsonWriter) value(v Value) error {
	if w.b.Len() > MaxBytes { // a list of a list of a list may be larger than all that a run could make
		return &Over{"Its values took more than 64 KiB."}
	}
	switch v := v.(type) {
	case nil:
		w.b.WriteString("null")
	case bool:
		fmt.Fprint(&w.b, v)
	case string:
		w.text(v)
	case *big.Int:
		w.b.WriteString(v.String())
	case float64:
		w.b.WriteString(jsonFloat(v))
	case *List:
		return w.array(v, v.Items)
	case *Tuple:
		return w.array(v, v.Items)
	case *Dict:
		return w.object(v)
	default:
		return raise(typeError, "Object of type %s is not JSON serializable", bare(typeNameOf(v)))
	}
	return nil
}

func (w *jsonWriter) enter(v Value, what string) error {
	if slices.Contains(w.path, v) {
		return raise(valueError, "Circular reference detected")
	}
	if len(w.path) >= maxNesting {
		return tooDeep(" while encoding a JSON object")
	}
	w.path = append(w.path, v)
	w.b.WriteString(what)
	return nil
}

func (w *jsonWriter) leave(what string) {
	w.path = w.path[:len(w.path)-1]
	w.b.WriteString(what)
}

func (w *jsonWriter) array(v Value, items []Value) error {
	if err := w.enter(v, "["); err != nil {
		return err
	}
	for i, item := range items {
		if i > 0 {
			w.b.WriteByte(',')
		}
		if err := w.value(item); err != nil {
			return err
		}
	}
	w.leave("]")
	return nil
}

func (w *jsonWriter) object(d *Dict) error {
	if err := w.enter(d, "{"); err != nil {
		return err
	}
	i := 0
	for k, v := range d.All() {
		if i++; i > 1 {
			w.b.WriteByte(',')
		}
		key, err := JSONKey(k)
		if err != nil {
			return err
		}
		w.text(key)
		w.b.WriteByte(':')
		if err := w.value(v); err != nil {
			return err
		}
	}
	w.leave("}")
	return nil
}

// jsonEscapes are the characters that json.dumps writes as a letter after a backslash.
var jsonEscapes = map[rune]string{
	'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\b': `\b`, '\f': `\f`,
}

// text writes a text with escapes for all beyond ASCII.
func (w *jsonWriter) text(s string) {
	w.b.WriteByte('"')
	for _, r := range s {
		escaped, ok := jsonEscapes[r]
		switch {
		case ok:
			w.b.WriteString(escaped)
		case r >= ' ' && r <= '~':
			w.b.WriteByte(byte(r))
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&w.b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&w.b, `\u%04x`, r)
		}
	}
	w.b.WriteByte('"')
}

// Thaw returns the Python value of what a session keeps: the way back from [Freeze]. A time is a datetime. A
// [JSON] that is damaged is a str, and what this lab keeps nowhere is as Go writes it.
func Thaw(stored any) Value {
	switch v := stored.(type) {
	case nil, bool, string, float64:
		return v
	case int:
		return small(v)
	case []string:
		items := make([]Value, len(v))
		for i, s := range v {
			items[i] = s
		}
		return &List{items}
	case map[string]int:
		d := &Dict{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			_ = d.Set(key, small(v[key])) // a text can always be hashed
		}
		return d
	case time.Time:
		return &Datetime{v.UTC().Truncate(time.Microsecond), true}
	case JSON:
		value, err := parseJSON(string(v))
		if err != nil {
			return string(v)
		}
		return value
	}
	return fmt.Sprint(stored)
}
