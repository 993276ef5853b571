package python

import (
	"math"
	"math/big"
	"strings"
	"unicode"
)

// parseInt is int(text, base).
func (m *machine) parseInt(text string, base int) (Value, error) {
	if base != 0 && base < 2 || base > 36 {
		return nil, raise(valueError, "int() base must be >= 2 and <= 36, or 0")
	}
	if err := m.room(len(text), 1); err != nil {
		return nil, err
	}
	plain, ok := plainDigits(text)
	digits, radix, ok2 := withoutPrefix(plain, base)
	const most = 4300 // CPython's own limit
	if n := len(strings.TrimLeft(digits, "-")); ok && ok2 && n > most {
		if radix&(radix-1) != 0 {
			return nil, raise(valueError, "Exceeds the limit (%d digits) for integer string conversion: "+
				"value has %d digits; use sys.set_int_max_str_digits() to increase the limit", most, n)
		}
		return m.number(new(big.Int).Lsh(small(1), MaxBits)) // says that it is too large
	}
	if z, isInt := new(big.Int).SetString(digits, max(radix, 2)); ok && ok2 && isInt {
		return m.number(z)
	}
	shown, err := m.repr(text)
	if err != nil {
		return nil, err
	}
	// As CPython, no more than 200 characters.
	return nil, raise(valueError, "invalid literal for int() with base %d: %s", base, firstRunes(shown, 200))
}

// withoutPrefix is a number without the 0x and the like that its base may have, with a minus if it had one,
// and the base that they stand for where it is 0. ok is false where no number can follow.
func withoutPrefix(text string, base int) (digits string, radix int, ok bool) {
	digits = strings.TrimPrefix(text, "-")
	minus := text[:len(text)-len(digits)]
	if minus == "" {
		digits = strings.TrimPrefix(text, "+")
	}
	radix = base
	for prefix, of := range map[string]int{"0b": 2, "0o": 8, "0x": 16} {
		if len(digits) > 2 && strings.EqualFold(digits[:2], prefix) && (base == of || base == 0) {
			digits, radix = digits[2:], of
			break
		}
	}
	if radix == 0 {
		radix = 10
		if strings.HasPrefix(digits, "0") && strings.Trim(digits, "0") != "" {
			return "", radix, false
		}
	}
	return minus + digits, radix, digits != "" && isAlnum(rune(digits[0]))
}

// plainDigits is text without the spaces around it and the underscores between digits, and with digits of
// other scripts as those of ASCII; ok is false for underscores elsewhere.
func plainDigits(text string) (digits string, ok bool) {
	text = strings.Map(asciiDigit, strings.TrimFunc(text, isSpace))
	for i, r := range text {
		atEnd := i == 0 || i == len(text)-1
		if r == '_' && (atEnd || !isAlnum(rune(text[i-1])) || !isAlnum(rune(text[i+1]))) {
			return "", false
		}
	}
	return strings.ReplaceAll(text, "_", ""), true
}

// asciiDigit is the digit that r is; any other character stays.
func asciiDigit(r rune) rune {
	if r < 1<<7 || !unicode.Is(unicode.Nd, r) {
		return r
	}
	for _, digits := range unicode.Nd.R16 {
		if rune(digits.Lo) <= r && r <= rune(digits.Hi) {
			return '0' + (r-rune(digits.Lo))%10
		}
	}
	for _, digits := range unicode.Nd.R32 {
		if rune(digits.Lo) <= r && r <= rune(digits.Hi) {
			return '0' + (r-rune(digits.Lo))%10
		}
	}
	return r
}

func init() {
	add("int", &method{name: "bit_length", do: func(_ *machine, self Value, _ []Value) (Value, error) {
		return small(self.(*big.Int).BitLen()), nil
	}})
	add("float", &method{name: "is_integer", do: func(_ *machine, self Value, _ []Value) (Value, error) {
		f := self.(float64)
		return f == math.Trunc(f) && !math.IsInf(f, 0), nil
	}})
}
