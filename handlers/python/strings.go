package python

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// runes is how many characters text has.
func (m *machine) runes(text string) (int, error) {
	return utf8.RuneCountInString(text), m.spend(len(text) / 64)
}

// width is how many bytes the first character of text takes.
func width(text string) int {
	_, n := utf8.DecodeRuneInString(text)
	return n
}

// byteAt is where the character at that place begins; len(text) beyond the last one.
func byteAt(text string, place int) int {
	for i := range text {
		if place == 0 {
			return i
		}
		place--
	}
	return len(text)
}

// firstRunes are the first n characters of text.
func firstRunes(text string, n int) string { return text[:byteAt(text, n)] }

// letter is text[key].
func (m *machine) letter(text string, key Value) (Value, error) {
	n, err := m.runes(text)
	if err != nil {
		return nil, err
	}
	i, err := place(key, n, "string", "string")
	if err != nil {
		return nil, err
	}
	r, _ := utf8.DecodeRuneInString(text[byteAt(text, i):])
	return string(r), m.alloc(16)
}

// sliceText picks n characters of text.
func (m *machine) sliceText(text string, from, step, n int) (Value, error) {
	if n == 0 {
		return "", nil
	}
	if step == 1 {
		begin := byteAt(text, from)
		end := begin + byteAt(text[begin:], n)
		return text[begin:end], m.room(max(16, end-begin), 1)
	}
	if err := m.room(max(16, n), utf8.UTFMax); err != nil {
		return nil, err
	}
	all := []rune(text)
	picked := make([]rune, n)
	for i := range n {
		picked[i] = all[from+i*step]
	}
	return string(picked), nil
}

// isSpace and the like are Python's: str.isspace of one character.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

func isDigit(r rune) bool { return unicode.Is(unicode.Nd, r) || strings.ContainsRune(digitsApart, r) }

// digitsApart are what Python takes for digits beside the decimal ones: those above and below the line.
const digitsApart = "²³¹⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉"

func isLower(r rune) bool { return unicode.IsLower(r) || unicode.Is(unicode.Other_Lowercase, r) }

func isUpper(r rune) bool { return unicode.IsUpper(r) || unicode.Is(unicode.Other_Uppercase, r) }

func isAlnum(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// allOf returns a method that asks this of each character, of which there must be one.
func allOf(name string, is func(rune) bool) *method {
	return &method{name: name, do: func(m *machine, self Value, _ []Value) (Value, error) {
		s := self.(string)
		no := func(r rune) bool { return !is(r) }
		return s != "" && !strings.ContainsFunc(s, no), m.spend(len(s) / 64)
	}}
}

// cased returns a method that asks whether there are letters, and all of them are of that case.
func cased(name string, other func(rune) bool) *method {
	return &method{name: name, do: func(m *machine, self Value, _ []Value) (Value, error) {
		s := self.(string)
		some := strings.ContainsFunc(s, func(r rune) bool { return isUpper(r) || isLower(r) })
		return some && !strings.ContainsFunc(s, other), m.spend(len(s) / 64)
	}}
}

// mapped returns a method that gives another text. That may be three times as long, as Python's letters go.
func mapped(name string, to func(string) string) *method {
	return &method{name: name, do: func(m *machine, self Value, _ []Value) (Value, error) {
		s := self.(string)
		if err := m.room(max(16, len(s)), 1); err != nil {
			return nil, err
		}
		s2 := to(s)
		return s2, m.room(max(0, len(s2)-len(s)), 1)
	}}
}

// upper is Python's, but for rare letters that become two; Go knows one of each.
func upper(s string) string { return strings.ReplaceAll(strings.ToUpper(s), "ß", "SS") }

func casefold(s string) string { return strings.ReplaceAll(strings.ToLower(s), "ß", "ss") }

func capitalize(s string) string {
	n := width(s)
	return titled(s[:n]) + strings.ToLower(s[n:])
}

// titled is a letter at the beginning of a word.
func titled(letter string) string {
	if letter == "ß" {
		return "Ss"
	}
	return strings.ToTitle(letter)
}

func title(s string) string {
	var b strings.Builder
	inside := false
	for _, r := range s {
		switch {
		case inside:
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteString(titled(string(r)))
		}
		inside = unicode.IsLetter(r)
	}
	return b.String()
}

func swapcase(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

// istitle: each word begins with a capital, and goes on without.
func istitle(s string) bool {
	inside, some := false, false
	for _, r := range s {
		switch {
		case unicode.IsUpper(r) || unicode.IsTitle(r):
			if inside {
				return false
			}
			inside, some = true, true
		case unicode.IsLower(r):
			if !inside {
				return false
			}
		default:
			inside = false
		}
	}
	return some
}

func isidentifier(s string) bool {
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.Is(unicode.Nd, r)) {
			return false
		}
	}
	return s != ""
}

// asked returns a method that asks something of a text.
func asked(name string, is func(string) bool) *method {
	return &method{name: name, do: func(m *machine, self Value, _ []Value) (Value, error) {
		s := self.(string)
		return is(s), m.spend(len(s) / 64)
	}}
}

func init() {
	add("str",
		allOf("isalpha", unicode.IsLetter), allOf("isalnum", isAlnum), allOf("isdigit", isDigit),
		allOf("isdecimal", func(r rune) bool { return unicode.Is(unicode.Nd, r) }),
		allOf("isnumeric", unicode.IsNumber), allOf("isspace", isSpace),
		asked("isascii", func(s string) bool {
			return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
		}),
		asked("isprintable", func(s string) bool {
			return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
		}),
		asked("istitle", istitle), asked("isidentifier", isidentifier),
		cased("isupper", func(r rune) bool { return isLower(r) || unicode.IsTitle(r) }),
		cased("islower", func(r rune) bool { return isUpper(r) || unicode.IsTitle(r) }),
		mapped("upper", upper), mapped("lower", strings.ToLower), mapped("casefold", casefold),
		mapped("capitalize", capitalize), mapped("title", title), mapped("swapcase", swapcase),
	)
}
