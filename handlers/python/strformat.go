package python

import (
	"strings"
	"unicode/utf8"
)

// format is text.format(…).
func (m *machine) format(text string, a Args) (string, error) {
	f := &formatter{m: m, args: a}
	return f.run(text, 2)
}

// formatter is one call of str.format.
type formatter struct {
	m    *machine
	args Args
	auto int  // fields without a number or name so far
	byNo bool // there was one with a number
}

// run writes text with its fields. A field may have fields in its own format, but those no others: depth.
func (f *formatter) run(text string, depth int) (string, error) {
	if depth == 0 {
		return "", raise(valueError, "Max string recursion exceeded")
	}
	if err := f.m.room(len(text), 1); err != nil {
		return "", err
	}
	var b strings.Builder
	for text != "" {
		i := strings.IndexAny(text, "{}")
		if i < 0 {
			b.WriteString(text)
			break
		}
		b.WriteString(text[:i])
		mark := text[i : i+1]
		text = text[i+1:]
		switch {
		case strings.HasPrefix(text, mark):
			b.WriteString(mark)
			text = text[1:]
			continue
		case mark == "}" || text == "":
			return "", raise(valueError, "Single '%s' encountered in format string", mark)
		}
		field, rest, err := parseField(text)
		if err != nil {
			return "", err
		}
		text = rest
		shown, err := f.field(field, depth)
		if err == nil {
			err = f.m.room(len(shown), 1)
		}
		if err != nil {
			return "", err
		}
		b.WriteString(shown)
	}
	return b.String(), nil
}

// field is what stands in braces: {name!conversion:spec}.
type field struct{ name, conversion, spec string }

// parseField takes a field and its closing brace from the beginning of text.
func parseField(text string) (f field, rest string, err error) {
	inside, i := false, 0
	for ; i < len(text); i++ {
		c := text[i]
		if c == '{' && !inside {
			return f, "", raise(valueError, "unexpected '{' in field name")
		}
		if c == '[' {
			inside = true
		} else if c == ']' {
			inside = false
		} else if !inside && strings.IndexByte("}:!", c) >= 0 {
			break
		}
	}
	if i == len(text) {
		return f, "", raise(valueError, "expected '}' before end of string")
	}
	f.name, rest = text[:i], text[i:]
	if rest[0] == '!' {
		if rest = rest[1:]; rest == "" {
			return f, "", raise(valueError, "end of string while looking for conversion specifier")
		}
		f.conversion, rest = rest[:width(rest)], rest[width(rest):]
		if rest == "" {
			return f, "", raise(valueError, "unmatched '{' in format spec")
		}
		if rest[0] != ':' && rest[0] != '}' {
			return f, "", raise(valueError, "expected ':' after conversion specifier")
		}
	}
	if rest[0] == '}' {
		return f, rest[1:], nil
	}
	rest = rest[1:]
	for i, open := 0, 1; i < len(rest); i++ {
		switch rest[i] {
		case '{':
			open++
		case '}':
			if open--; open == 0 {
				f.spec = rest[:i]
				return f, rest[i+1:], nil
			}
		}
	}
	return f, "", raise(valueError, "unmatched '{' in format spec")
}

func (f *formatter) field(p field, depth int) (string, error) {
	v, err := f.value(p.name)
	if err != nil {
		return "", err
	}
	switch p.conversion {
	case "":
	case "s":
		v, err = f.m.made(f.m.str(v))
	case "r":
		v, err = f.m.made(f.m.repr(v))
	case "a":
		v, err = f.m.made(f.m.ascii(v))
	default:
		return "", raise(valueError, "Unknown conversion specifier %s", p.conversion)
	}
	if err != nil {
		return "", err
	}
	spec := p.spec
	if strings.ContainsAny(spec, "{}") {
		if spec, err = f.run(spec, depth-1); err != nil {
			return "", err
		}
	}
	return f.m.formatted(v, spec)
}

// value is what a field's name stands for: an argument, and what it has behind dots and in brackets.
func (f *formatter) value(name string) (Value, error) {
	end := strings.IndexAny(name, ".[")
	if end < 0 {
		end = len(name)
	}
	v, err := f.argument(name[:end])
	for rest := name[end:]; rest != "" && err == nil; {
		if rest[0] == '.' {
			end := strings.IndexAny(rest[1:], ".[") + 1
			if end == 0 {
				end = len(rest)
			}
			if end == 1 {
				return nil, raise(valueError, "Empty attribute in format string")
			}
			v, err = f.m.attr(v, rest[1:end])
			rest = rest[end:]
			continue
		}
		if rest[0] != '[' {
			return nil, raise(valueError, "Only '.' or '[' may follow ']' in format field specifier")
		}
		key, after, closed := strings.Cut(rest[1:], "]")
		switch {
		case !closed:
			return nil, raise(valueError, "Missing ']' in format string")
		case key == "":
			return nil, raise(valueError, "Empty attribute in format string")
		}
		rest = after
		if n, ok, tooMany := numberIn(key); tooMany != nil {
			return nil, tooMany
		} else if ok {
			v, err = f.m.item(v, small(n))
		} else {
			v, err = f.m.item(v, key)
		}
	}
	return v, err
}

// argument is the argument of that number or name. The numbers may be left out, but in all fields then.
func (f *formatter) argument(name string) (Value, error) {
	n, ok, err := numberIn(name)
	if err != nil {
		return nil, err
	}
	switch {
	case name == "":
		if f.byNo {
			return nil, raise(valueError,
				"cannot switch from manual field specification to automatic field numbering")
		}
		n = f.auto
		f.auto++
	case ok:
		if f.auto > 0 {
			return nil, raise(valueError,
				"cannot switch from automatic field numbering to manual field specification")
		}
		f.byNo = true
	default:
		for _, word := range f.args.Names {
			if word.Name == name {
				return word.Value, nil
			}
		}
		return nil, keyError(name)
	}
	if n >= len(f.args.List) {
		return nil, raise(indexError, "Replacement index %d out of range for positional args tuple", n)
	}
	return f.args.List[n], nil
}

// numberIn is the number that text is; ok is false for what is none.
func numberIn(text string) (n int, ok bool, err error) {
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false, nil
		}
		if n > 1<<58 {
			return 0, false, raise(valueError, "Too many decimal digits in format string")
		}
		n = n*10 + int(c-'0')
	}
	return n, text != "", nil
}

// ascii is repr(v) with escapes for all beyond ASCII.
func (m *machine) ascii(v Value) (string, error) {
	text, err := m.repr(v)
	if err != nil {
		return "", err
	}
	if err := m.room(len(text), 1); err != nil {
		return "", err
	}
	var b strings.Builder
	for _, r := range text {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			b.WriteString(escape(r))
		}
	}
	return b.String(), m.room(b.Len(), 1)
}
