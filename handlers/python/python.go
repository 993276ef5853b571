package python

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Str writes a value as Python's str would, and so print and Django's templates: None, True, 31,
// Aman, ['a', 'b']. Text stands without quotes.
func Str(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case JSON:
		return Str(Thaw(v))
	case texted:
		return v.text()
	case *Exception:
		return v.says(maxWritten)
	}
	return Repr(value)
}

// maxWritten is about how many bytes Repr writes of a value of the small Python, which may hold itself many
// times over.
const maxWritten = 1 << 20

// Repr writes a value as Python's repr would. A time, which Django's JSON could not keep at
// all, is written as RFC 3339.
func Repr(value any) string {
	switch v := value.(type) {
	case nil:
		return "None"
	case string:
		return quote(v)
	case bool:
		if v {
			return "True"
		}
		return "False"
	case float64:
		return Float(v)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	case []string:
		list := make([]string, len(v))
		for i, s := range v {
			list[i] = Repr(s)
		}
		return "[" + strings.Join(list, ", ") + "]"
	case map[string]int:
		var entries []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			entries = append(entries, fmt.Sprintf("%s: %d", Repr(key), v[key]))
		}
		return "{" + strings.Join(entries, ", ") + "}"
	case *big.Int:
		return v.String()
	case JSON:
		return Repr(Thaw(v))
	case *List, *Tuple, *Dict, dictView, *Exception, *Class, shown, named:
		return written(v, maxWritten)
	}
	return fmt.Sprint(value)
}

// Brief is Repr cut to about most bytes: a list then ends with how many entries more it has, and a text with
// how many bytes it has in all.
func Brief(value any, most int) string {
	switch v := value.(type) {
	case string:
		if len(v) > most {
			return fmt.Sprintf("%s… (%d bytes)", quote(strings.ToValidUTF8(v[:most], "")), len(v))
		}
	case []string:
		shown := make([]string, 0, min(len(v), most))
		for _, s := range v {
			if most -= len(s) + len("'', "); most < 0 {
				break
			}
			shown = append(shown, Repr(s))
		}
		return "[" + strings.Join(shown, ", ") + more(len(v)-len(shown)) + "]"
	case JSON:
		return Brief(Thaw(v), most)
	case *List, *Tuple, *Dict, dictView, *Exception:
		return written(v, most)
	}
	return Repr(value)
}

// Join joins what was written with commas, up to about most bytes, and then says how many more there are.
func Join(parts []string, most int) string {
	shown := 0
	for _, part := range parts {
		if most -= len(part) + len(", "); most < 0 && shown > 0 {
			break
		}
		shown++
	}
	return strings.Join(parts[:shown], ", ") + more(len(parts)-shown)
}

func more(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", … and %d more", n)
}

// Key writes the key of a session for a person. An ordinary name stands as it is, without quotes. One that
// could be taken for another, because of characters that cannot be seen, spaces at an end, quotes or
// backslashes, stands as Repr writes it.
func Key(key string) string {
	odd := func(r rune) bool { return !unicode.IsPrint(r) || strings.ContainsRune(`'"\\`, r) }
	if key == "" || strings.ContainsFunc(key, odd) || strings.TrimSpace(key) != key {
		return quote(key)
	}
	return key
}

// quote writes a text between the quotes that Python takes: single ones, unless the text has those
// and no double ones.
func quote(text string) string {
	mark := '\''
	if strings.Contains(text, "'") && !strings.Contains(text, `"`) {
		mark = '"'
	}
	var b strings.Builder
	b.WriteRune(mark)
	for _, r := range text {
		switch escaped, ok := escapes[r]; {
		case ok:
			b.WriteString(escaped)
		case r == mark:
			b.WriteString(`\` + string(r))
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(escape(r))
		}
	}
	b.WriteRune(mark)
	return b.String()
}

// escape writes a character as repr does where it cannot be shown.
func escape(r rune) string {
	switch {
	case r < 1<<8:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 1<<16:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// escapes are the characters that Python's repr writes as a letter after a backslash, and the backslash.
var escapes = map[rune]string{'\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`}

// Float writes 3 as 3.0, and uses an exponent where Python does: below 0.0001 and from 1e16 on. What is no
// finite number is nan, inf or -inf.
func Float(f float64) string {
	size := math.Abs(f)
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 0):
		return strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(f, 'f', -1, 64), "+"))
	case size != 0 && size < 1e-4 || size >= 1e16:
		return strconv.FormatFloat(f, 'e', -1, 64)
	case f == math.Trunc(f):
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
