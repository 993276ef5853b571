package python

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
)

// operators are the operators with more than one character, the longest first.
var operators = []string{"**=", "//=", ">>=", "<<=", "...", "**", "//", ">>", "<<", "==", "!=", "<=", ">=",
	"+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=", "->", ":="}

// operator reads an operator or a bracket.
func (s *scanner) operator() error {
	from := s.pos
	size := 1
	for _, op := range operators {
		if strings.HasPrefix(s.source[s.pos:], op) {
			size = len(op)
			break
		}
	}
	text := s.source[from : from+size]
	switch {
	case text == ":=":
		return s.fail("This small Python has no `:=`.", "Assign on a line of its own, with `=`.")
	case text == "<" && s.peek(1) == '>':
		return s.fail("Python has no `<>`.", "Write `!=`.")
	case text == "@=":
		return s.fail("This small Python has no operator `@=`.", "")
	case strings.Contains("([{", text):
		if len(s.open) >= MaxDepth {
			says := "This small Python has no more than %d brackets within brackets."
			return s.fail(fmt.Sprintf(says, MaxDepth), "")
		}
		s.open = append(s.open, len(s.tokens))
	case strings.Contains(")]}", text):
		if err := s.closing(text); err != nil {
			return err
		}
	case size == 1 && !strings.Contains("+-*/%<>=.,:;|&^~@", text):
		if text[0] < ' ' || text[0] == 0x7f {
			return s.python("invalid non-printable character U+%04X", text[0])
		}
		return s.python("invalid syntax")
	}
	s.pos += size
	s.add(tokenOperator, from)
	return nil
}

// closing pairs a closing bracket, which is the next token, with its opening one.
func (s *scanner) closing(text string) error {
	if len(s.open) == 0 {
		return s.python("unmatched '%s'", text)
	}
	index := s.open[len(s.open)-1]
	opening := &s.tokens[index]
	if pair := opening.text + text; pair != "()" && pair != "[]" && pair != "{}" {
		on := ""
		if opening.line != s.line {
			on = fmt.Sprintf(" on line %d", opening.line)
		}
		return s.python("closing parenthesis '%s' does not match opening parenthesis '%s'%s",
			text, opening.text, on)
	}
	opening.matching = len(s.tokens)
	s.open = s.open[:len(s.open)-1]
	return nil
}

var (
	based       = regexp.MustCompile(`^0([xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)`)
	decimal     = regexp.MustCompile(`^([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[jJ]?`)
	leadingZero = regexp.MustCompile(`^0[0-9]*[1-9][0-9]*$`)
	// follows are the keywords that may stand right after a number.
	follows = regexp.MustCompile(`^(and|else|for|if|in|is|or|not)`)
)

// number reads a number, as far as Python would.
func (s *scanner) number() error {
	rest := s.source[s.pos:]
	text := based.FindString(rest)
	kind := "decimal"
	if len(rest) > 1 && rest[0] == '0' {
		switch rest[1] | 0x20 {
		case 'x':
			kind = "hexadecimal"
		case 'o':
			kind = "octal"
		case 'b':
			kind = "binary"
		}
	}
	if kind == "decimal" {
		text = decimal.FindString(rest)
	}
	after := rest[len(text):]
	switch {
	case strings.HasPrefix(after, "_") || text == "" && strings.HasPrefix(rest[2:], "_"):
		return s.fail("This small Python has no underscores in numbers.", "Write `1000`.")
	case text == "":
		return s.python("invalid %s literal", kind)
	case kind != "decimal" && after != "" && digit(after[0]):
		return s.python("invalid digit '%c' in %s literal", after[0], kind)
	case after != "" && letter(after[0]) && !follows.MatchString(after):
		return s.python("invalid %s literal", kind)
	case kind == "decimal" && leadingZero.MatchString(text):
		return s.python("leading zeros in decimal integer literals are not permitted; " +
			"use an 0o prefix for octal integers")
	case strings.ContainsAny(text, "jJ"):
		return s.fail("This small Python has no complex numbers.", "")
	}
	from := s.pos
	s.pos += len(text)
	s.add(tokenNumber, from)
	return nil
}

// string reads a string, whose prefix began at from, and which begins with its quote at the position.
func (s *scanner) string(from int, raw bool) error {
	line, column := s.line, from-s.begin
	mark := s.source[s.pos : s.pos+1]
	if triple := strings.Repeat(mark, 3); strings.HasPrefix(s.source[s.pos:], triple) {
		mark = triple
	}
	s.pos += len(mark)
	begin := s.pos
	for !strings.HasPrefix(s.source[s.pos:], mark) {
		switch c := s.peek(0); {
		case s.pos >= len(s.source), c == '\n' && len(mark) == 1:
			name := "string literal"
			if len(mark) == 3 {
				name = "triple-quoted string literal"
			}
			says := fmt.Sprintf("Python says: `unterminated %s (detected at line %d)`.", name, s.line)
			return s.text.unknown(line, column, says, "End the text with "+code(mark)+".")
		case c == '\\' && s.pos+1 < len(s.source):
			s.pos++
		}
		if s.peek(0) == '\n' {
			s.nextLine()
		} else {
			s.pos++
		}
	}
	value := s.source[begin:s.pos]
	if !raw {
		var wrong string
		if value, wrong = unescape(value); wrong != "" {
			return s.text.unknown(line, column, wrong, "")
		}
	}
	s.pos += len(mark)
	s.tokens = append(s.tokens, token{kind: tokenString, text: s.source[from:s.pos], line: line, col: column,
		endLine: s.line, endCol: s.pos - s.begin, value: value})
	return nil
}

var simpleEscapes = map[byte]string{'\n': "", '\\': `\`, '\'': "'", '"': `"`, 'a': "\a", 'b': "\b", 'f': "\f",
	'n': "\n", 'r': "\r", 't': "\t", 'v': "\v"}

// unescape reads the escapes of a string. What is wrong with them comes as a sentence.
func unescape(s string) (value, wrong string) {
	var b strings.Builder
	for {
		n := strings.IndexByte(s, '\\')
		if n < 0 || n+1 >= len(s) {
			return b.String() + s, ""
		}
		b.WriteString(s[:n])
		c := s[n+1]
		s = s[n+2:]
		simple, ok := simpleEscapes[c]
		switch sizes := map[byte]int{'x': 2, 'u': 4, 'U': 8}; {
		case ok:
			b.WriteString(simple)
		case c == 'N':
			return "", `This small Python has no \N{…}: write the character itself.`
		case c >= '0' && c <= '7':
			digits := string(c)
			for s != "" && len(digits) < 3 && s[0] >= '0' && s[0] <= '7' {
				digits, s = digits+s[:1], s[1:]
			}
			r, _ := strconv.ParseUint(digits, 8, 16)
			b.WriteRune(rune(r))
		case sizes[c] > 0:
			size := sizes[c]
			r, err := strconv.ParseUint(s[:min(size, len(s))], 16, 32)
			switch {
			case err != nil || len(s) < size:
				return "", saysPython(`truncated \` + string(c) + strings.Repeat("X", size) + " escape")
			case r > 0x10ffff:
				return "", saysPython("illegal Unicode character")
			case utf16.IsSurrogate(rune(r)):
				return "", "This small Python has no half of a character in a text."
			}
			b.WriteRune(rune(r))
			s = s[size:]
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
}

// code puts a word of Python between backticks.
func code(s string) string { return "`" + s + "`" }
