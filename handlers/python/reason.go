package python

import (
	"slices"
	"strings"
)

// stop is where the parser stopped: the token that it could not take, with what is around it.
type stop struct {
	tokens []token
	index  int
	first  token   // of the statement
	line   []token // from there to the end of the statement
}

// reason says why Python does not understand a view that the parser stopped in, as well as the tokens show
// it.
func reason(lines text, tokens []token, stopped at, message string) error {
	s := stop{tokens: tokens}
	s.index = max(slices.IndexFunc(tokens, func(t token) bool {
		end := at{t.endLine, t.endCol}
		if t.kind == tokenNewline {
			end.col++ // see spaced
		}
		return t.kind != tokenIndent && t.kind != tokenDedent && !end.before(stopped)
	}), 0)
	begin := s.index
	for begin > 0 && !slices.Contains([]kind{tokenNewline, tokenIndent, tokenDedent}, tokens[begin-1].kind) {
		begin--
	}
	s.statementAt(begin)
	says, instead := s.reason()
	t := tokens[s.index]
	switch {
	case strings.Contains(message, "keyword can't be an expression"):
		says, instead = saysPython(`expression cannot contain assignment, perhaps you meant "=="?`), ""
	case strings.Contains(message, "interface conversion"): // the parser's own words, for a list of targets
		says, instead = "Nothing can be assigned to one of the values here.", "Write names or items."
		t = s.first
	}
	return lines.unknown(t.line, t.col, says, instead)
}

// statementAt notes the statement that begins at a token.
func (s *stop) statementAt(begin int) {
	end := begin
	for end < len(s.tokens) && s.tokens[end].kind != tokenNewline {
		end++
	}
	s.first, s.line = s.tokens[begin], s.tokens[begin:max(end, begin+1)]
}

// reasonOf says why the line that begins at a token, and ends with the newline at index, takes no block.
func reasonOf(lines text, tokens []token, index, begin int) error {
	s := stop{tokens: tokens, index: index}
	s.statementAt(begin)
	t := tokens[index]
	says, instead := s.statement()
	if says == "" {
		says = notUnderstood
	}
	return lines.unknown(t.line, t.col, says, instead)
}

func saysPython(what string) string { return "Python says: " + code(what) + "." }

// before is the token before the one at the stop, or one without text.
func (s *stop) before() token {
	if s.index == 0 {
		return token{kind: tokenNewline}
	}
	return s.tokens[s.index-1]
}

const notUnderstood = "Python does not understand this line."

// keywords are the words that are no names.
var keywords = strings.Fields("False None True and as assert break class continue def del elif else except " +
	"finally for from global if import in is lambda nonlocal not or pass raise return try while with yield")

func (s *stop) reason() (says, instead string) {
	if says, instead = s.statement(); says != "" {
		return says, instead
	}
	t, before := s.tokens[s.index], s.before()
	operand := before.kind == tokenName && !slices.Contains(keywords, before.text) ||
		before.kind == tokenNumber || before.kind == tokenString || strings.Contains(")]}", before.text)
	switch {
	case t.text == "&" && before.text == "&":
		return "Python has no `&&`.", "Write `and`."
	case t.text == "|" && before.text == "|":
		return "Python has no `||`.", "Write `or`."
	case t.text == "=" && slices.Contains(keywords, before.text):
		return code(before.text) + " is a word of Python's own, and no name.", ""
	case t.kind == tokenNewline && s.index > 1 && (before.text == "+" || before.text == "-") &&
		s.tokens[s.index-2].text == before.text:
		return "Python has no " + code(before.text+before.text) + ".", "Write `n " + before.text + "= 1`."
	case strings.Contains(t.text, "@"):
		return "This small Python has no operator `@`.", ""
	case t.text == "*" || t.text == "**":
		return "This small Python has no " + code(t.text) + " before a value.", "Write each value."
	case t.text == "=" && slices.Contains([]string{"if", "elif", "while"}, s.first.text):
		return saysPython("invalid syntax. Maybe you meant '==' or ':=' instead of '='?"),
			"Write `==` to compare."
	case s.withoutElse():
		return saysPython("expected 'else' after 'if' expression"), "Write `a if yes else b`."
	case slices.Contains(keywords, t.text) && (before.text == "." || s.index > 0 && t == s.first):
		return code(t.text) + " is a word of Python's own, and cannot stand here.", ""
	case operand && (t.kind == tokenName && !slices.Contains(keywords, t.text) || t.kind == tokenNumber ||
		t.kind == tokenString):
		if s.within() {
			return saysPython("invalid syntax. Perhaps you forgot a comma?"), ""
		}
		return notUnderstood, "Write an operator between " + code(clip(before.text, 20)) +
			" and " + code(clip(t.text, 20)) + "."
	case t.kind == tokenNewline && (before.kind == tokenOperator && !operand || before.text == "else"):
		return notUnderstood, "Write a value after " + code(before.text) + "."
	}
	return notUnderstood, ""
}

// statement looks at the words that a statement begins with.
func (s *stop) statement() (says, instead string) {
	t, before := s.tokens[s.index], s.before()
	last := s.line[len(s.line)-1]
	switch first := s.first.text; {
	case first == "print" && before.text == "print" && t.kind != tokenOperator && t.kind != tokenNewline:
		return saysPython("Missing parentheses in call to 'print'. Did you mean print(...)?"),
			"Write `print(…)`."
	case first == "match" && last.text == ":":
		return "This small Python has no `match`.", "Write `if` and `elif`."
	case first == "with":
		return "This small Python has no `with`.", ""
	case first == "@":
		return "This small Python has no decorators.", "Leave the `@` line out."
	case first == "def" && t.kind != tokenNewline:
		return "Python, or this small one, does not take this `def`.", "Write `def view(request):`."
	case first == "except" && t.text == ",":
		return saysPython("multiple exception types must be parenthesized"),
			"Write `except (KeyError, TypeError):`."
	case first == "except" && t.text == "*":
		return "This small Python has no `except*`.", "Write `except`."
	case before.text == "else" && t.text == "if":
		return saysPython("expected ':'"), "Write `elif`."
	case t.text == ":" && s.annotates():
		return "This small Python has no annotations.", "Write `n = 1`, without the `:` and the type."
	case first == "else" || first == "elif" || first == "except" || first == "finally":
		if t == s.first {
			return "There is no block before this " + code(first) + " that it belongs to.",
				"Give it the same indentation as its `if`, `for`, `while` or `try`."
		}
		fallthrough
	case compound[first] != "":
		if t.kind == tokenNewline && last.text != ":" {
			return saysPython("expected ':'"), "End the line with `:`."
		}
	}
	return "", ""
}

// annotates reports whether the statement may be an assignment with a type: n: int = 1.
func (s *stop) annotates() bool {
	from := s.first
	for i, t := range s.line {
		if i > 0 && (s.line[i-1].text == ":" || s.line[i-1].text == ";") && t.col <= s.before().col {
			from = t
		}
	}
	name := from.kind == tokenName && !slices.Contains(keywords, from.text) || from.text == "("
	return name && s.tokens[s.index+1].kind != tokenNewline && !s.within()
}

// within reports whether the token at the stop is in brackets.
func (s *stop) within() bool {
	for i, t := range s.tokens[:s.index] {
		if t.matching > s.index && i < s.index {
			return true
		}
	}
	return false
}

// withoutElse reports whether the statement has an if without its else before the stop.
func (s *stop) withoutElse() bool {
	if t := s.tokens[s.index]; t.kind != tokenNewline && !strings.Contains(")],}", t.text) {
		return false
	}
	open := 0
	for i, t := range s.line {
		if t.kind != tokenName || i == 0 || t.line > s.tokens[s.index].line {
			continue
		}
		switch t.text {
		case "for":
			return false
		case "if":
			open++
		case "else":
			open--
		}
	}
	return open > 0
}
