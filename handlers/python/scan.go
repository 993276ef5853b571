package python

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is the kind of a token.
type kind int

const (
	tokenName kind = iota // or a keyword
	tokenNumber
	tokenString
	tokenOperator
	tokenNewline
	tokenIndent
	tokenDedent
)

// token is a token of Python. Lines count from 1, columns are bytes from 0.
type token struct {
	kind            kind
	text            string
	line, col       int
	endLine, endCol int
	value           string // of a string
	matching        int    // of an opening bracket: the index of its partner
}

// at is where a token begins.
type at struct{ line, col int }

// scanner finds the tokens as CPython 3.11 does. The parser has a lexer of its own, for Python 3.4, which
// takes more than Python does; whatever Python refuses before it parses is refused here, in its words.
type scanner struct {
	source      string
	text        text
	pos, line   int
	begin       int // of the line, as an index of source
	tokens      []token
	open        []int // the brackets that are open, as indexes of tokens
	indents     []int // in columns, with tabs to the next multiple of 8
	alternative []int // the same with a tab as one column: both must agree on what is deeper
}

// scan returns the tokens of a source. The error is an *[Unknown].
func scan(source string, lines text) ([]token, error) {
	s := &scanner{source: source, text: lines, line: 1}
	for s.pos < len(source) {
		if err := s.logicalLine(); err != nil {
			return nil, err
		}
	}
	if len(s.open) > 0 {
		t := s.tokens[s.open[0]]
		return nil, s.text.unknown(t.line, t.col, saysPython("'"+t.text+"' was never closed"), "")
	}
	for range max(len(s.indents)-1, 0) {
		s.add(tokenDedent, s.pos)
	}
	return s.tokens, nil
}

// fail is an Unknown at the position of the scanner.
func (s *scanner) fail(says, instead string) error {
	return s.text.unknown(s.line, s.pos-s.begin, says, instead)
}

// python is fail with what Python says.
func (s *scanner) python(format string, args ...any) error {
	return s.fail(saysPython(fmt.Sprintf(format, args...)), "")
}

// add adds the token between from and the position.
func (s *scanner) add(k kind, from int) {
	s.tokens = append(s.tokens, token{kind: k, text: s.source[from:s.pos], line: s.line, col: from - s.begin,
		endLine: s.line, endCol: s.pos - s.begin})
}

// peek is the byte n after the position, 0 after the end.
func (s *scanner) peek(n int) byte {
	if s.pos+n < len(s.source) {
		return s.source[s.pos+n]
	}
	return 0
}

func (s *scanner) nextLine() {
	s.pos++
	s.line++
	s.begin = s.pos
}

// logicalLine reads a line, and what brackets, strings and backslashes add to it.
func (s *scanner) logicalLine() error {
	start := s.pos
	for s.peek(0) == ' ' || s.peek(0) == '\t' {
		s.pos++
	}
	switch s.peek(0) {
	case '#', '\n', 0:
		s.skipComment()
		if s.pos < len(s.source) {
			s.nextLine()
		}
		return nil
	case '\\':
		return s.fail("This small Python has no line that begins with a backslash.", "")
	}
	if err := s.indentation(s.source[start:s.pos]); err != nil {
		return err
	}
	for s.pos < len(s.source) {
		if s.peek(0) == '\n' && len(s.open) == 0 {
			s.add(tokenNewline, s.pos)
			s.nextLine()
			return nil
		}
		if err := s.token(); err != nil {
			return err
		}
	}
	if len(s.open) == 0 {
		s.add(tokenNewline, s.pos)
	}
	return nil
}

func (s *scanner) skipComment() {
	if s.peek(0) != '#' {
		return
	}
	if n := strings.IndexByte(s.source[s.pos:], '\n'); n >= 0 {
		s.pos += n
	} else {
		s.pos = len(s.source)
	}
}

// indentation says what the white space before a line means.
func (s *scanner) indentation(space string) error {
	column, alternative := 0, 0
	for _, c := range space {
		alternative++
		if column++; c == '\t' {
			column += 7 - (column-1)%8
		}
	}
	if s.indents == nil { // a view may stand indented as a whole
		s.indents, s.alternative = []int{column}, []int{alternative}
		return nil
	}
	const tabs = "inconsistent use of tabs and spaces in indentation"
	top := len(s.indents) - 1
	switch {
	case column > s.indents[top]:
		if alternative <= s.alternative[top] {
			return s.python(tabs)
		}
		if len(s.indents) > MaxDepth {
			says := "This small Python has no more than %d blocks within blocks."
			return s.fail(fmt.Sprintf(says, MaxDepth), "")
		}
		s.indents, s.alternative = append(s.indents, column), append(s.alternative, alternative)
		s.add(tokenIndent, s.pos)
		return nil
	}
	for top > 0 && column < s.indents[top] {
		top--
		s.add(tokenDedent, s.pos)
	}
	s.indents, s.alternative = s.indents[:top+1], s.alternative[:top+1]
	switch {
	case column != s.indents[top]:
		return s.python("unindent does not match any outer indentation level")
	case alternative != s.alternative[top]:
		return s.python(tabs)
	}
	return nil
}

// token reads a token, or what stands between tokens.
func (s *scanner) token() error {
	switch c := s.peek(0); {
	case c == ' ' || c == '\t':
		s.pos++
	case c == '\n':
		s.nextLine()
	case c == '#':
		s.skipComment()
	case c == '\\':
		return s.continued()
	case c >= '0' && c <= '9', c == '.' && digit(s.peek(1)):
		return s.number()
	case letter(c):
		return s.name()
	case c == '\'' || c == '"':
		return s.string(s.pos, false)
	case c < utf8.RuneSelf:
		return s.operator()
	default:
		return s.odd()
	}
	return nil
}

// continued is a backslash at the end of a line.
func (s *scanner) continued() error {
	if s.peek(1) != '\n' && s.pos+1 < len(s.source) {
		return s.python("unexpected character after line continuation character")
	}
	s.pos++
	if s.pos+1 >= len(s.source) {
		return s.python("unexpected EOF while parsing")
	}
	s.nextLine()
	return nil
}

// odd is a character that is in no token.
func (s *scanner) odd() error {
	r, _ := utf8.DecodeRuneInString(s.source[s.pos:])
	switch {
	case strings.ContainsRune("‘’‚“”„′″´", r):
		return s.fail(saysPython(fmt.Sprintf("invalid character '%c' (U+%04X)", r, r)),
			"Write a straight quote, `'`.")
	case !unicode.IsPrint(r):
		return s.fail(saysPython(fmt.Sprintf("invalid non-printable character U+%04X", r)),
			"Write an ordinary space.")
	case unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r):
		return s.fail("This small Python takes only a to z in names, not "+code(string(r))+".", "")
	}
	return s.python("invalid character '%c' (U+%04X)", r, r)
}

func (s *scanner) name() error {
	from := s.pos
	for letter(s.peek(0)) || digit(s.peek(0)) {
		s.pos++
	}
	if s.peek(0) >= utf8.RuneSelf {
		return s.odd()
	}
	name := s.source[from:s.pos]
	if c := s.peek(0); (c == '\'' || c == '"') && len(name) <= 2 {
		switch strings.ToLower(name) {
		case "f", "rf", "fr":
			s.pos = from
			return s.fail("This small Python has no f-strings.",
				"Write `'Hello ' + name` or `'Hello %s' % name`.")
		case "b", "rb", "br":
			s.pos = from
			return s.fail("This small Python has no bytes.", "Write a text, without the `b`.")
		case "r", "u":
			return s.string(from, name == "r" || name == "R")
		}
	}
	if name == "async" || name == "await" {
		s.pos = from
		return s.fail("This small Python has no `"+name+"`.", "A view here is a plain `def`.")
	}
	s.add(tokenName, from)
	return nil
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }
