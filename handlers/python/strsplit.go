package python

import (
	"slices"
	"strings"
)

func strSplit(right bool) func(*machine, Value, []Value) (Value, error) {
	return func(m *machine, self Value, a []Value) (Value, error) {
		s := self.(string)
		most, err := index(given(a[1], small(-1)))
		if err != nil {
			return nil, err
		}
		if most < 0 {
			most = len(s) + 1
		}
		if err := m.spend(len(s) / 64); err != nil {
			return nil, err
		}
		var parts []string
		switch sep := given(a[0], nil).(type) {
		case nil:
			parts = splitSpace(s, most, right)
		case string:
			if sep == "" {
				return nil, raise(valueError, "empty separator")
			}
			parts = splitAt(s, sep, most, right)
		default:
			return nil, raise(typeError, "must be str or None, not %s", typeNameOf(sep))
		}
		items, err := m.newStrs(parts)
		return &List{items}, err
	}
}

// splitAt splits at each sep, but no more than so many times.
func splitAt(s, sep string, most int, right bool) []string {
	if !right {
		return strings.SplitN(s, sep, min(most, len(s)+1)+1)
	}
	var parts []string
	for ; most > 0; most-- {
		i := strings.LastIndex(s, sep)
		if i < 0 {
			break
		}
		parts = append(parts, s[i+len(sep):])
		s = s[:i]
	}
	parts = append(parts, s)
	slices.Reverse(parts)
	return parts
}

// splitSpace splits into words; behind the last split, the spaces stay.
func splitSpace(s string, most int, right bool) []string {
	var parts []string
	if !right {
		for s = strings.TrimLeftFunc(s, isSpace); s != "" && most > 0; most-- {
			end := strings.IndexFunc(s, isSpace)
			if end < 0 {
				break
			}
			parts = append(parts, s[:end])
			s = strings.TrimLeftFunc(s[end:], isSpace)
		}
		if s != "" {
			parts = append(parts, s)
		}
		return parts
	}
	for s = strings.TrimRightFunc(s, isSpace); s != "" && most > 0; most-- {
		begin := strings.LastIndexFunc(s, isSpace)
		if begin < 0 {
			break
		}
		begin += width(s[begin:])
		parts = append(parts, s[begin:])
		s = strings.TrimRightFunc(s[:begin], isSpace)
	}
	if s != "" {
		parts = append(parts, s)
	}
	slices.Reverse(parts)
	return parts
}

func strSplitLines(m *machine, self Value, a []Value) (Value, error) {
	s := self.(string)
	keep := false
	if v := given(a[0], false); v != false {
		n, err := index(v)
		if err != nil {
			return nil, err
		}
		keep = n != 0
	}
	if err := m.spend(len(s) / 64); err != nil {
		return nil, err
	}
	var lines []string
	for s != "" {
		end := strings.IndexAny(s, "\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029")
		if end < 0 {
			lines = append(lines, s)
			break
		}
		after := end + width(s[end:])
		if strings.HasPrefix(s[end:], "\r\n") {
			after = end + 2
		}
		if keep {
			end = after
		}
		lines = append(lines, s[:end])
		s = s[after:]
	}
	items, err := m.newStrs(lines)
	return &List{items}, err
}

func strZfill(m *machine, self Value, a []Value) (Value, error) {
	s := self.(string)
	to, err := index(a[0])
	if err != nil {
		return nil, err
	}
	n, err := m.runes(s)
	if err != nil {
		return nil, err
	}
	sign := ""
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		sign, s = s[:1], s[1:]
	}
	zeros, err := m.fill("0", to-n)
	if err != nil {
		return nil, err
	}
	return m.newStr(sign + zeros + s)
}

// fill is a text of n times that character; n may be below 0.
func (m *machine) fill(with string, n int) (string, error) {
	if n <= 0 {
		return "", nil
	}
	if n > MaxBytes {
		return "", m.alloc(MaxBytes + 1)
	}
	return strings.Repeat(with, n), m.room(n*len(with), 1)
}

// padder returns ljust, rjust or center. left says how many of n characters stand before the text.
func padder(name string, left func(n int) int) *method {
	return &method{name: name, takes: upTo(1, 2), do: func(m *machine, self Value, a []Value) (Value, error) {
		s, with := self.(string), " "
		to, err := index(a[0])
		if err != nil {
			return nil, err
		}
		n, err := m.runes(s)
		if err != nil {
			return nil, err
		}
		if len(a) == 2 {
			text, ok := a[1].(string)
			if !ok {
				return nil, raise(typeError,
					"The fill character must be a unicode character, not %s", typeNameOf(a[1]))
			}
			if text == "" || len(text) != width(text) {
				return nil, raise(typeError, "The fill character must be exactly one character long")
			}
			with = text
		}
		pad := max(0, min(to, MaxBytes+1+n)-n)
		before := pad/2 + pad&to&1 // CPython's own choice of the middle
		if left != nil {
			before = left(pad)
		}
		head, err := m.fill(with, before)
		if err != nil {
			return nil, err
		}
		tail, err := m.fill(with, pad-before)
		if err != nil {
			return nil, err
		}
		return m.newStr(head + s + tail)
	}}
}
