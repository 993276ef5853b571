package python

import (
	"math/big"
	"strings"
	"unicode/utf8"
)

// percent is format % v.
func (m *machine) percent(format string, v Value) (Value, error) {
	p := &percentage{m: m, of: v, list: []Value{v}}
	if t, ok := v.(*Tuple); ok {
		p.list = t.Items
	} else if _, text := v.(string); !text {
		switch v.(type) {
		case *Dict, *List, *Range, hasItems:
			p.mapping = true
		}
	}
	if err := m.room(len(format), 1); err != nil {
		return nil, err
	}
	var b strings.Builder
	p.all = format
	for p.rest = format; p.rest != ""; {
		before, after, found := strings.Cut(p.rest, "%")
		b.WriteString(before)
		if !found {
			break
		}
		p.rest = after
		text, err := p.one()
		if err == nil {
			err = m.room(len(text), 1)
		}
		if err != nil {
			return nil, err
		}
		b.WriteString(text)
	}
	if p.used < len(p.list) && !p.mapping {
		return nil, raise(typeError, "not all arguments converted during string formatting")
	}
	return b.String(), nil
}

// percentage is one format % v.
type percentage struct {
	m         *machine
	of        Value
	list      []Value // what is to be written, in order
	used      int
	mapping   bool
	all, rest string
}

func (p *percentage) next() (Value, error) {
	if p.used >= len(p.list) {
		return nil, raise(typeError, "not enough arguments for format string")
	}
	p.used++
	return p.list[p.used-1], nil
}

// one writes what stands behind a percent sign, at the beginning of rest.
func (p *percentage) one() (string, error) {
	s := &spec{precision: -1, align: '>'}
	if strings.HasPrefix(p.rest, "(") {
		if err := p.key(); err != nil {
			return "", err
		}
	}
	left, zero := p.flags(s)
	var err error
	if s.width, err = p.number("width"); err != nil {
		return "", err
	}
	if s.width < 0 {
		left, s.width = true, -s.width
	}
	if after, ok := strings.CutPrefix(p.rest, "."); ok {
		p.rest = after
		if s.precision, err = p.number("precision"); err != nil {
			return "", err
		}
		s.precision = max(0, s.precision)
	}
	if p.rest != "" && strings.IndexByte("hlL", p.rest[0]) >= 0 {
		p.rest = p.rest[1:]
	}
	if p.rest == "" {
		return "", raise(valueError, "incomplete format")
	}
	kind := p.rest[:width(p.rest)]
	p.rest = p.rest[len(kind):]
	if left {
		s.align = '<'
	} else if zero && strings.Contains("diuxXoeEfFgG", kind) {
		s.align, s.fill = '=', "0"
	}
	if kind == "%" && s.width == 0 && s.precision < 0 {
		return "%", nil
	}
	if !strings.Contains("diuxXoeEfFgGcrsa", kind) {
		return "", p.unsupported([]rune(kind)[0])
	}
	v, err := p.next()
	if err != nil {
		return "", err
	}
	return p.convert(v, kind, s)
}

// unsupported is what is raised for the letter that was taken last.
func (p *percentage) unsupported(kind rune) error {
	shown := string(kind)
	if kind < ' ' || kind > '~' {
		shown = "?"
	}
	at := utf8.RuneCountInString(p.all[:len(p.all)-len(p.rest)]) - 1
	return raise(valueError, "unsupported format character '%s' (0x%x) at index %d", shown, kind, at)
}

// key takes (name): what is written then is of[name].
func (p *percentage) key() error {
	if !p.mapping {
		return raise(typeError, "format requires a mapping")
	}
	open, i := 1, 1
	for ; i < len(p.rest) && open > 0; i++ {
		switch p.rest[i] {
		case '(':
			open++
		case ')':
			open--
		}
	}
	if open > 0 {
		return raise(valueError, "incomplete format key")
	}
	v, err := p.m.item(p.of, p.rest[1:i-1])
	p.list, p.used, p.rest = []Value{v}, 0, p.rest[i:]
	return err
}

func (p *percentage) flags(s *spec) (left, zero bool) {
	for p.rest != "" {
		switch p.rest[0] {
		case '-':
			left = true
		case '+':
			s.sign = '+'
		case ' ':
			if s.sign == 0 {
				s.sign = ' '
			}
		case '#':
			s.alt = true
		case '0':
			zero = true
		default:
			return left, zero
		}
		p.rest = p.rest[1:]
	}
	return left, zero
}

// number takes digits, or a star, which stands for an argument.
func (p *percentage) number(what string) (int, error) {
	after, star := strings.CutPrefix(p.rest, "*")
	if !star {
		n, rest, err := leadingNumber(p.rest)
		if err != nil || n > 1<<31-1 && what == "precision" {
			return 0, raise(valueError, "%s too big", what)
		}
		p.rest = rest
		return n, nil
	}
	p.rest = after
	v, err := p.next()
	if err != nil {
		return 0, err
	}
	z, ok := integer(v)
	if !ok {
		return 0, raise(typeError, "* wants int")
	}
	if !z.IsInt64() {
		return 0, raise(overflowError, "Python int too large to convert to C ssize_t")
	}
	return int(max(z.Int64(), -MaxBytes-1)), nil
}

// convert writes v. kind is one of diuxXoeEfFgGcrsa.
func (p *percentage) convert(v Value, kind string, s *spec) (text string, err error) {
	switch kind {
	case "s", "r", "a":
		write := map[string]func(Value) (string, error){"s": p.m.str, "r": p.m.repr, "a": p.m.ascii}[kind]
		if text, err = write(v); err != nil {
			return "", err
		}
		if s.precision >= 0 {
			text = firstRunes(text, s.precision)
		}
		return p.m.padded(text, s, '>')
	case "c":
		if z, ok := integer(v); ok {
			if text, err = character(z); err != nil {
				return "", err
			}
		} else if text, ok = v.(string); !ok || text == "" || len(text) != width(text) {
			return "", raise(typeError, "%%c requires int or char")
		}
		return p.m.padded(text, s, '>')
	case "e", "E", "f", "F", "g", "G":
		if !isNumber(v) {
			return "", raise(typeError, "must be real number, not %s", typeNameOf(v))
		}
		f, err := real(v)
		if err != nil {
			return "", err
		}
		if text, err = p.m.floatDigits(f, kind, s.precision, s.alt); err != nil {
			return "", err
		}
		s.kind = kind
		sign, digits := cutSign(text)
		return p.m.placed(s.signed(sign), digits, s)
	}
	return p.integer(v, kind, s)
}

func (p *percentage) integer(v Value, kind string, s *spec) (string, error) {
	z, ok := integer(v)
	if f, isFloat := v.(float64); isFloat && strings.Contains("diu", kind) {
		whole, err := p.m.truncated(f)
		if err != nil {
			return "", err
		}
		z, ok = whole.(*big.Int), true
	}
	if !ok {
		wanted := "a real number"
		if strings.Contains("xXo", kind) {
			wanted = "an integer"
		}
		return "", raise(typeError, "%%%s format: %s is required, not %s", kind, wanted, typeNameOf(v))
	}
	if s.kind = kind; strings.Contains("diu", kind) {
		s.kind = "d"
	}
	sign, digits := cutSign(z.Text(baseOf(s.kind)))
	if kind == "X" {
		digits = strings.ToUpper(digits)
	}
	zeros, err := p.m.fill("0", s.precision-len(digits))
	if err != nil {
		return "", err
	}
	prefix := s.signed(sign)
	if s.alt && s.kind != "d" {
		prefix += "0" + kind
	}
	return p.m.placed(prefix, zeros+digits, s)
}
