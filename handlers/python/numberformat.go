package python

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// character is chr(z).
func character(z *big.Int) (string, error) {
	if !z.IsInt64() || z.Int64() < 0 || z.Int64() > 0x10ffff {
		return "", raise(overflowError, "%%c arg not in range(0x110000)")
	}
	return string(rune(z.Int64())), nil
}

// placed puts a number at its place: prefix is its sign and the like, digits all behind it. Zeros may stand
// between.
func (m *machine) placed(prefix, digits string, s *spec) (string, error) {
	end := strings.IndexFunc(digits, func(r rune) bool { return !isAlnum(r) })
	if s.kind == "" || strings.Contains("eEfFgGn%", s.kind) {
		// An exponent is no part of what is grouped, nor is inf or nan.
		end = strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' })
	}
	if end < 0 {
		end = len(digits)
	}
	whole, rest := digits[:end], digits[end:]
	zeros := 0
	if s.align == '=' && s.fill == "0" {
		zeros = min(s.width, MaxBytes+1) - len(prefix) - len(rest)
	}
	whole, err := m.grouped(whole, zeros, s)
	if err != nil {
		return "", err
	}
	if s.align == '=' {
		fill := s.fill
		if fill == "" {
			fill = " "
		}
		between, err := m.fill(fill, min(s.width, MaxBytes+1)-len(prefix)-len(whole)-len(rest))
		return prefix + between + whole + rest, err
	}
	return m.padded(prefix+whole+rest, s, '>')
}

// grouped writes digits in groups, with zeros before them up to that length.
func (m *machine) grouped(digits string, length int, s *spec) (string, error) {
	size := 3
	if s.kind != "" && strings.Contains("boxX", s.kind) {
		size = 4
	}
	n := len(digits)
	for n > 0 && s.group != "" && n+(n-1)/size < length {
		n++
	}
	if s.group == "" {
		n = max(n, length)
	}
	zeros, err := m.fill("0", n-len(digits))
	if err != nil {
		return "", err
	}
	digits = zeros + digits
	if s.group == "" || digits == "" {
		return digits, nil
	}
	if err := m.room(2*len(digits), 1); err != nil {
		return "", err
	}
	var b strings.Builder
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%size == 0 {
			b.WriteString(s.group)
		}
		b.WriteByte(digits[i])
	}
	return b.String(), nil
}

// floatDigits writes a float, with a minus if it has one. kind is one of e E f F g G % n, or "" for repr's.
func (m *machine) floatDigits(f float64, kind string, precision int, alt bool) (string, error) {
	if precision > 0 {
		if err := m.room(precision, 1); err != nil {
			return "", err
		}
	}
	end := ""
	switch kind {
	case "":
		if precision < 0 {
			return Float(f), nil
		}
	case "%":
		f, end = f*100, "%"
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		text := Float(f)
		if kind != "" && strings.Contains("EFG", kind) {
			text = strings.ToUpper(text)
		}
		return text + end, nil
	}
	if precision < 0 {
		precision = 6
	}
	var text string
	switch kind {
	case "f", "F", "%":
		text = strconv.FormatFloat(f, 'f', precision, 64)
	case "e", "E":
		text = strconv.FormatFloat(f, 'e', precision, 64)
	default:
		text = general(f, max(precision, 1), kind == "", alt)
	}
	if alt && !strings.Contains(text, ".") {
		text = withPoint(text, ".")
	}
	if kind == "E" || kind == "G" {
		text = strings.ToUpper(text)
	}
	return text + end, nil
}

// withPoint puts a point behind the digits, before the exponent.
func withPoint(text, point string) string {
	if i := strings.IndexByte(text, 'e'); i >= 0 {
		return text[:i] + point + text[i:]
	}
	return text + point
}

// general writes that many digits, with an exponent where that is shorter. asRepr is the format without a
// letter: then a whole number ends with .0, and has one digit less before an exponent comes.
func general(f float64, digits int, asRepr, alt bool) string {
	text := strconv.FormatFloat(f, 'e', digits-1, 64)
	_, after, _ := strings.Cut(text, "e")
	exponent, _ := strconv.Atoi(after)
	most := digits
	if asRepr {
		most--
	}
	fixed := exponent >= -4 && exponent < most
	if fixed {
		text = strconv.FormatFloat(f, 'f', max(0, digits-1-exponent), 64)
	}
	if !alt {
		number, power := text, ""
		if i := strings.IndexByte(text, 'e'); i >= 0 {
			number, power = text[:i], text[i:]
		}
		if strings.Contains(number, ".") {
			number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
		}
		text = number + power
	}
	if asRepr && fixed && !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
