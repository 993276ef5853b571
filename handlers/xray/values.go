package xray

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"sessionlab/handlers/python"
)

// Value is one entry of a session, ready to be read by a person.
type Value struct {
	Key  string
	Type string // string, int, float, bool, time, list or map; the Go type for anything else
	Text string // strings are quoted
}

// Values lists a session's entries by key. Django would keep the order in which they were set;
// gob's maps have none, and SCS sorts.
func Values(values map[string]any) []Value {
	list := make([]Value, 0, len(values))
	for _, key := range slices.Sorted(maps.Keys(values)) {
		list = append(list, Value{Key: key, Type: TypeName(values[key]), Text: text(values[key])})
	}
	return list
}

// TypeName names the type of a stored value as the forms do.
func TypeName(v any) string {
	switch v := v.(type) {
	case string:
		return "string"
	case int:
		return "int"
	case float64:
		return "float"
	case bool:
		return "bool"
	case time.Time:
		return "time"
	case []string:
		return "list"
	case map[string]int:
		return "map"
	case python.JSON:
		return v.Type()
	}
	return fmt.Sprintf("%T", v)
}

// maxShown is how many bytes of a long value are shown.
const maxShown = 512

func text(v any) string {
	switch v := v.(type) {
	case string:
		if len(v) > maxShown {
			return fmt.Sprintf("%q… (%d bytes)", strings.ToValidUTF8(v[:maxShown], ""), len(v))
		}
		return strconv.Quote(v)
	case bool, time.Time:
		return python.Str(v)
	case []string:
		return listText(v)
	case map[string]int:
		b, err := json.Marshal(v)
		if err == nil {
			return cut(string(b))
		}
	case python.JSON:
		return cut(string(v))
	}
	return cut(fmt.Sprint(v))
}

// listText writes a list as JSON, up to maxShown bytes of its entries, and says how many more there are.
func listText(list []string) string {
	room, shown := maxShown, 0
	for shown < len(list) && room >= len(list[shown]) {
		room -= len(list[shown]) + len(`"",`)
		shown++
	}
	b, err := json.Marshal(list[:shown])
	if err != nil || list == nil {
		return cut(fmt.Sprint(list))
	}
	if rest := len(list) - shown; rest > 0 {
		return strings.TrimSuffix(string(b), "]") + fmt.Sprintf(" … and %d more]", rest)
	}
	return string(b)
}

// cut keeps the first maxShown bytes of s and says how many there were.
func cut(s string) string {
	if len(s) <= maxShown {
		return s
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(s[:maxShown], ""), len(s))
}

// Mark says what became of an entry between two states.
type Mark string

const (
	Same    Mark = ""
	Added   Mark = "add"
	Changed Mark = "chg"
	Removed Mark = "del"
)

// Change is one entry of a session, before and after.
type Change struct {
	Mark     Mark
	Key      string
	Type     string
	Old, New string // Old is set for Changed and Removed, New for all but Removed
}

// Diff compares two decoded states by key. It compares values, never bytes: gob writes the
// entries of a map in another order each time.
func Diff(before, after map[string]any) []Change {
	keys := maps.Clone(before)
	if keys == nil {
		keys = map[string]any{}
	}
	maps.Copy(keys, after)
	var changes []Change
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		was, had := before[key]
		is, has := after[key]
		c := Change{Key: key, Type: TypeName(keys[key])}
		switch {
		case !had:
			c.Mark, c.New = Added, text(is)
		case !has:
			c.Mark, c.Old = Removed, text(was)
		case !reflect.DeepEqual(was, is):
			c.Mark, c.Old, c.New = Changed, text(was), text(is)
		default:
			c.New = text(is)
		}
		changes = append(changes, c)
	}
	return changes
}
