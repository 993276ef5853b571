package handlers

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Results are written as Python writes them, so that they can be held against the notes.

// pythonStr writes a value as Python's str would, and so print and Django's templates: None, True, 31,
// Aman, ['a', 'b']. Text stands without quotes.
func pythonStr(value any) string {
	if s, ok := value.(string); ok {
		return s
	}
	return pythonRepr(value)
}

// pythonRepr writes a value as Python's repr would. A time, which Django's JSON could not keep at
// all, is written as RFC 3339.
func pythonRepr(value any) string {
	switch v := value.(type) {
	case nil:
		return "None"
	case string:
		return pythonQuote(v)
	case bool:
		if v {
			return "True"
		}
		return "False"
	case float64:
		return pythonFloat(v)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	case []string:
		list := make([]string, len(v))
		for i, s := range v {
			list[i] = pythonRepr(s)
		}
		return "[" + strings.Join(list, ", ") + "]"
	case map[string]int:
		var entries []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			entries = append(entries, fmt.Sprintf("%s: %d", pythonRepr(key), v[key]))
		}
		return "{" + strings.Join(entries, ", ") + "}"
	}
	return fmt.Sprint(value)
}

// pythonQuote writes a text between the quotes that Python takes: single ones, unless the text has those
// and no double ones.
func pythonQuote(text string) string {
	quote := '\''
	if strings.Contains(text, "'") && !strings.Contains(text, `"`) {
		quote = '"'
	}
	var b strings.Builder
	b.WriteRune(quote)
	for _, r := range text {
		switch escaped, ok := pythonEscapes[r]; {
		case ok:
			b.WriteString(escaped)
		case r == quote:
			b.WriteString(`\` + string(r))
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 1<<8:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 1<<16:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteRune(quote)
	return b.String()
}

// pythonEscapes are the characters that Python's repr writes as a letter after a backslash, and the backslash.
var pythonEscapes = map[rune]string{'\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`}

// pythonFloat writes 3 as 3.0, and uses an exponent where Python does: below 0.0001 and from 1e16 on.
func pythonFloat(f float64) string {
	size := math.Abs(f)
	switch {
	case size != 0 && size < 1e-4 || size >= 1e16:
		return strconv.FormatFloat(f, 'e', -1, 64)
	case f == math.Trunc(f):
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
