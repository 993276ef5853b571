package python

import (
	"strings"
	"unicode/utf8"
)

// spec is a format, as in '{:>10,.2f}'.
type spec struct {
	fill      string
	align     byte // < > ^ or =; 0 where it is not said
	sign      byte // + - or a space; 0 where it is not said
	noMinus   bool // z: a zero has no minus
	alt       bool // #
	width     int
	group     string // , or _
	precision int    // -1 without one
	kind      string // "" without one
}

const alignments = "<>=^"

// parseSpec parses a format for a value of that type.
func parseSpec(text, of string) (*spec, error) {
	s, whole := &spec{precision: -1}, text
	if n := width(text); len(text) > n && strings.IndexByte(alignments, text[n]) >= 0 {
		s.fill, s.align, text = text[:n], text[n], text[n+1:]
	} else if text != "" && strings.IndexByte(alignments, text[0]) >= 0 {
		s.align, text = text[0], text[1:]
	}
	if text != "" && strings.IndexByte("+- ", text[0]) >= 0 {
		s.sign, text = text[0], text[1:]
	}
	text, s.noMinus = strings.CutPrefix(text, "z")
	text, s.alt = strings.CutPrefix(text, "#")
	if s.fill == "" && strings.HasPrefix(text, "0") {
		s.fill, text = "0", text[1:]
		if s.align == 0 && of != "str" {
			s.align = '='
		}
	}
	var err error
	if s.width, text, err = leadingNumber(text); err != nil {
		return nil, err
	}
	for strings.HasPrefix(text, ",") && s.group == "" || strings.HasPrefix(text, "_") {
		if s.group != "" {
			return nil, raise(valueError, "Cannot specify both ',' and '_'.")
		}
		s.group, text = text[:1], text[1:]
	}
	if s.group == "_" && strings.HasPrefix(text, ",") {
		return nil, raise(valueError, "Cannot specify both ',' and '_'.")
	}
	if after, ok := strings.CutPrefix(text, "."); ok {
		if s.precision, text, err = leadingNumber(after); err != nil {
			return nil, err
		}
		if text == after {
			return nil, raise(valueError, "Format specifier missing precision")
		}
	}
	if utf8.RuneCountInString(text) > 1 {
		return nil, raise(valueError, "Invalid format specifier '%s' for object of type '%s'", whole, of)
	}
	s.kind = text
	return s, s.checkGroup(of)
}

func (s *spec) checkGroup(of string) error {
	kind := s.kind
	if kind == "" && of == "str" {
		kind = "s"
	}
	plain := strings.Contains("deEfFgG%", kind) || s.group == "_" && strings.Contains("boxX", kind)
	if s.group == "" || plain {
		return nil
	}
	return raise(valueError, "Cannot specify '%s' with '%s'.", s.group, kind)
}

// leadingNumber takes the digits from the beginning of text.
func leadingNumber(text string) (int, string, error) {
	rest := strings.TrimLeft(text, "0123456789")
	n, _, err := numberIn(text[:len(text)-len(rest)])
	return n, rest, err
}

// formatted is format(v, text).
func (m *machine) formatted(v Value, text string) (string, error) {
	if text == "" {
		return m.str(v)
	}
	of := typeNameOf(v)
	switch v := v.(type) {
	case *Datetime:
		return m.strftime(v, text)
	case string:
		s, err := parseSpec(text, of)
		if err != nil {
			return "", err
		}
		return m.formatText(v, s)
	}
	if !isNumber(v) {
		return "", raise(typeError, "unsupported format string passed to %s.__format__", of)
	}
	s, err := parseSpec(text, of)
	if err != nil {
		return "", err
	}
	if _, whole := integer(v); whole && !strings.Contains("eEfFgG%", s.kind) || whole && s.kind == "" {
		return m.formatInt(v, s, of)
	}
	if !strings.Contains("eEfFgGn%", s.kind) {
		return "", raise(valueError, "Unknown format code '%s' for object of type '%s'", s.kind, of)
	}
	f, err := real(v)
	if err != nil {
		return "", err
	}
	digits, err := m.floatDigits(f, s.kind, s.precision, s.alt)
	if err != nil {
		return "", err
	}
	sign, digits := cutSign(digits)
	if s.noMinus && !strings.ContainsAny(digits, "123456789in") {
		sign = ""
	}
	return m.placed(s.signed(sign), digits, s)
}

func cutSign(digits string) (sign, rest string) {
	if rest, ok := strings.CutPrefix(digits, "-"); ok {
		return "-", rest
	}
	return "", digits
}

// signed is the sign that is written for a number with that one, "-" or "".
func (s *spec) signed(sign string) string {
	if sign == "" && (s.sign == '+' || s.sign == ' ') {
		return string(s.sign)
	}
	return sign
}

func (m *machine) formatText(v string, s *spec) (string, error) {
	switch {
	case s.kind != "" && s.kind != "s":
		return "", raise(valueError, "Unknown format code '%s' for object of type 'str'", s.kind)
	case s.sign == ' ':
		return "", raise(valueError, "Space not allowed in string format specifier")
	case s.sign != 0:
		return "", raise(valueError, "Sign not allowed in string format specifier")
	case s.noMinus:
		return "", raise(valueError, "Negative zero coercion (z) not allowed in string format specifier")
	case s.alt:
		return "", raise(valueError, "Alternate form (#) not allowed in string format specifier")
	case s.align == '=':
		return "", raise(valueError, "'=' alignment not allowed in string format specifier")
	}
	if s.precision >= 0 {
		v = firstRunes(v, s.precision)
	}
	return m.padded(v, s, '<')
}

// padded puts fill around text; align is what is taken where s does not say.
func (m *machine) padded(text string, s *spec, align byte) (string, error) {
	if s.align != 0 {
		align = s.align
	}
	pad := max(0, min(s.width, MaxBytes+len(text))-utf8.RuneCountInString(text))
	before := pad
	switch align {
	case '<':
		before = 0
	case '^':
		before = pad / 2
	}
	fill := s.fill
	if fill == "" {
		fill = " "
	}
	head, err := m.fill(fill, before)
	if err != nil {
		return "", err
	}
	tail, err := m.fill(fill, pad-before)
	if err != nil {
		return "", err
	}
	return head + text + tail, m.room(len(head)+len(text)+len(tail), 1)
}

// formatInt writes an int, or a bool: of says which.
func (m *machine) formatInt(v Value, s *spec, of string) (string, error) {
	z, _ := integer(v)
	switch {
	case s.kind == "" || !strings.Contains("bcdoxXn", s.kind):
		if s.kind != "" {
			return "", raise(valueError, "Unknown format code '%s' for object of type '%s'", s.kind, of)
		}
	case s.kind == "c" && s.sign != 0:
		return "", raise(valueError, "Sign not allowed with integer format specifier 'c'")
	case s.kind == "c" && s.alt:
		return "", raise(valueError, "Alternate form (#) not allowed with integer format specifier 'c'")
	}
	switch {
	case s.precision >= 0:
		return "", raise(valueError, "Precision not allowed in integer format specifier")
	case s.noMinus:
		return "", raise(valueError, "Negative zero coercion (z) not allowed in integer format specifier")
	}
	if s.kind == "c" {
		letter, err := character(z)
		if err != nil {
			return "", err
		}
		return m.padded(letter, s, '<')
	}
	if err := m.room(z.BitLen()+1, 1); err != nil {
		return "", err
	}
	sign, digits := cutSign(z.Text(baseOf(s.kind)))
	if s.kind == "X" {
		digits = strings.ToUpper(digits)
	}
	prefix := s.signed(sign)
	if s.alt && strings.Contains("boxX", s.kind) && s.kind != "" {
		prefix += "0" + s.kind
	}
	return m.placed(prefix, digits, s)
}

func baseOf(kind string) int {
	switch kind {
	case "b":
		return 2
	case "o":
		return 8
	case "x", "X":
		return 16
	}
	return 10
}
