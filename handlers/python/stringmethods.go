package python

import (
	"slices"
	"strings"
	"unicode/utf8"
)

func init() {
	add("str",
		stripper("strip", strings.TrimFunc), stripper("lstrip", strings.TrimLeftFunc),
		stripper("rstrip", strings.TrimRightFunc),
		&method{name: "split", takes: named1(0, "sep", "maxsplit"), do: strSplit(false)},
		&method{name: "rsplit", takes: named1(0, "sep", "maxsplit"), do: strSplit(true)},
		&method{name: "splitlines", takes: named1(0, "keepends"), do: strSplitLines},
		&method{name: "join", takes: one, do: strJoin},
		&method{name: "replace", takes: upTo(2, 3), do: strReplace},
		ends("startswith", strings.HasPrefix), ends("endswith", strings.HasSuffix),
		finder("find", false, strings.Index), finder("rfind", false, strings.LastIndex),
		finder("index", true, strings.Index), finder("rindex", true, strings.LastIndex),
		&method{name: "count", takes: takes{way: parsed, least: 1, most: 3}, do: strCount},
		&method{name: "zfill", takes: one, do: strZfill},
		padder("ljust", func(n int) int { return 0 }), padder("rjust", func(n int) int { return n }),
		padder("center", nil),
		&method{name: "partition", takes: one, do: strPartition(false)},
		&method{name: "rpartition", takes: one, do: strPartition(true)},
		without("removeprefix", strings.TrimPrefix), without("removesuffix", strings.TrimSuffix),
		&method{name: "format", raw: func(m *machine, self Value, a Args) (Value, error) {
			return m.made(m.format(self.(string), a))
		}},
	)
}

// textOf is v, which must be a str.
func textOf(v Value) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", raise(typeError, "must be str, not %s", typeNameOf(v))
	}
	return s, nil
}

// newStr takes the room of a new str.
func (m *machine) newStr(s string) (Value, error) { return s, m.room(max(16, len(s)), 1) }

// newStrs is a new list of strs, or a tuple's items.
func (m *machine) newStrs(parts []string) ([]Value, error) {
	items := make([]Value, len(parts))
	for i, part := range parts {
		if err := m.room(max(16, len(part))+itemSize, 1); err != nil {
			return nil, err
		}
		items[i] = part
	}
	return items, m.spend(len(parts) / 64)
}

func stripper(name string, strip func(string, func(rune) bool) string) *method {
	return &method{name: name, takes: upTo(0, 1), do: func(m *machine, self Value, a []Value) (Value, error) {
		drop := isSpace
		if len(a) > 0 && a[0] != nil {
			set, ok := a[0].(string)
			if !ok {
				return nil, raise(typeError, "%s arg must be None or str", name)
			}
			if err := m.spend(len(set) * len(self.(string)) / 64); err != nil {
				return nil, err
			}
			drop = func(r rune) bool { return strings.ContainsRune(set, r) }
		}
		return m.newStr(strip(self.(string), drop))
	}}
}

func without(name string, trim func(string, string) string) *method {
	return &method{name: name, takes: one, do: func(m *machine, self Value, a []Value) (Value, error) {
		part, ok := a[0].(string)
		if !ok {
			return nil, raise(typeError, "%s() argument must be str, not %s", name, argumentName(a[0]))
		}
		return m.newStr(trim(self.(string), part))
	}}
}

func strJoin(m *machine, self Value, a []Value) (Value, error) {
	items, err := m.collect(a[0])
	if err != nil {
		if r, ok := err.(*Raised); ok && r.Exception.Class == typeError {
			return nil, raise(typeError, "can only join an iterable")
		}
		return nil, err
	}
	parts := make([]string, len(items))
	size := max(16, len(self.(string))*max(0, len(items)-1))
	for i, item := range items {
		part, ok := item.(string)
		if !ok {
			return nil, raise(typeError,
				"sequence item %d: expected str instance, %s found", i, typeNameOf(item))
		}
		parts[i] = part
		size += len(part)
	}
	if err := m.room(size, 1); err != nil {
		return nil, err
	}
	return strings.Join(parts, self.(string)), nil
}

func strReplace(m *machine, self Value, a []Value) (Value, error) {
	s, n := self.(string), -1
	for i := range 2 {
		if _, ok := a[i].(string); !ok {
			return nil, raise(typeError, "replace() argument %d must be str, not %s", i+1, argumentName(a[i]))
		}
	}
	old, with := a[0].(string), a[1].(string)
	if len(a) == 3 {
		var err error
		if n, err = index(a[2]); err != nil {
			return nil, err
		}
	}
	times := strings.Count(s, old)
	if n >= 0 {
		times = min(times, n)
	}
	// Both may be 64 KiB: no product of them overflows.
	if err := m.room(max(16, len(s)+times*(len(with)-len(old))), 1); err != nil {
		return nil, err
	}
	return strings.Replace(s, old, with, n), m.spend(len(s) / 64)
}

// ends returns startswith or endswith.
func ends(name string, has func(s, part string) bool) *method {
	return &method{name: name, takes: takes{way: parsed, least: 1, most: 3},
		do: func(m *machine, self Value, a []Value) (Value, error) {
			s, _, err := m.window(self.(string), a)
			if err != nil {
				return nil, err
			}
			parts, isTuple := a[0].(*Tuple)
			if !isTuple {
				part, ok := a[0].(string)
				if !ok {
					return nil, raise(typeError, "%s first arg must be str or a tuple of str, not %s",
						name, typeNameOf(a[0]))
				}
				return s != nil && has(*s, part), nil
			}
			for _, part := range parts.Items {
				text, ok := part.(string)
				if !ok {
					return nil, raise(typeError,
						"tuple for %s must only contain str, not %s", name, typeNameOf(part))
				}
				if s != nil && has(*s, text) {
					return true, nil
				}
			}
			return false, m.spend(len(parts.Items))
		}}
}

// window is the part of s from a[1] up to a[2], and the place of its first character; nil where it begins
// behind its end or that of s, so that not even an empty str is in it.
func (m *machine) window(s string, a []Value) (*string, int, error) {
	if err := m.spend(len(s) / 64); err != nil || len(a) < 2 {
		return &s, 0, err
	}
	length := utf8.RuneCountInString(s)
	within := []int{0, length}
	for i, v := range a[1:] {
		if v == nil {
			continue
		}
		z, ok := integer(v)
		if !ok {
			return nil, 0, raise(typeError,
				"slice indices must be integers or None or have an __index__ method")
		}
		at := z.Sign() * (length + 1)
		if z.IsInt64() && z.Int64() <= int64(length) && z.Int64() >= -int64(length) {
			at = int(z.Int64())
		}
		if at < 0 {
			at = max(0, at+length)
		}
		within[i] = at
	}
	from, to := within[0], min(within[1], length)
	if from > to {
		return nil, 0, nil
	}
	part := s[byteAt(s, from):byteAt(s, to)]
	return &part, from, nil
}

// finder returns find, index and those from the right.
func finder(name string, must bool, find func(s, part string) int) *method {
	return &method{name: name, takes: takes{way: parsed, least: 1, most: 3},
		do: func(m *machine, self Value, a []Value) (Value, error) {
			s, from, err := m.window(self.(string), a)
			if err != nil {
				return nil, err
			}
			part, err := textOf(a[0])
			if err != nil {
				return nil, err
			}
			if s != nil {
				if at := find(*s, part); at >= 0 {
					return small(from + utf8.RuneCountInString((*s)[:at])), nil
				}
			}
			if must {
				return nil, raise(valueError, "substring not found")
			}
			return small(-1), nil
		}}
}

func strCount(m *machine, self Value, a []Value) (Value, error) {
	s, _, err := m.window(self.(string), a)
	if err != nil {
		return nil, err
	}
	part, err := textOf(a[0])
	if err != nil || s == nil {
		return small(0), err
	}
	return small(strings.Count(*s, part)), nil
}

func strPartition(last bool) func(*machine, Value, []Value) (Value, error) {
	return func(m *machine, self Value, a []Value) (Value, error) {
		s := self.(string)
		sep, err := textOf(a[0])
		if err != nil {
			return nil, err
		}
		if sep == "" {
			return nil, raise(valueError, "empty separator")
		}
		before, after, found := strings.Cut(s, sep)
		if i := strings.LastIndex(s, sep); last && found {
			before, after = s[:i], s[i+len(sep):]
		}
		parts := []string{before, sep, after}
		if !found {
			parts = []string{s, "", ""}
			if last {
				slices.Reverse(parts)
			}
		}
		items, err := m.newStrs(parts)
		return &Tuple{items}, err
	}
}
