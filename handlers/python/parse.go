package python

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-python/gpython/ast"
	"github.com/go-python/gpython/parser"
	"github.com/go-python/gpython/py"
)

// Program is a view that was parsed, and has only what the small Python knows.
type Program struct {
	text    text
	shift   int        // lines that the parser was given before the source
	prelude []ast.Stmt // what stands before the def: imports and assignments
	name    string     // of the view
	line    int        // of its def; 0 for a body alone
	request string     // what the view calls its request
	body    []ast.Stmt
	locals  map[string]bool // the names that the view assigns anywhere, which are its own
	globals map[string]bool // the same of what stands before the def
	numbers map[*ast.Num]Value
	owned   map[ast.Expr]map[string]bool // the names of each comprehension
	calls   map[ast.Expr]*ast.Call       // around each generator expression
}

// Parse parses a view: a body, or a def with one argument. The error is an *[Unknown].
func Parse(source string) (program *Program, err error) {
	source = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(source)
	p := &Program{text: strings.Split(source, "\n"), name: "view", request: "request",
		numbers: map[*ast.Num]Value{}, owned: map[ast.Expr]map[string]bool{}, calls: map[ast.Expr]*ast.Call{}}
	defer func() {
		if r := recover(); r != nil {
			program, err = nil, p.text.unknown(1, 0, "This small Python does not understand this view.", "")
		}
	}()
	if err := p.readable(source); err != nil {
		return nil, err
	}
	if err := p.text.foreign(); err != nil {
		return nil, err
	}
	tokens, err := scan(source, p.text)
	if err != nil {
		return nil, err
	}
	if len(tokens) == 0 {
		return nil, p.text.unknown(1, 0, "There is nothing to run.", "Write `request.session['n'] = 1`.")
	}
	if err := p.parse(source, tokens); err != nil {
		return nil, err
	}
	return p, nil
}

// readable refuses what is no text, or too long.
func (p *Program) readable(source string) error {
	switch {
	case len(source) > MaxSource:
		says := fmt.Sprintf("This view has %d bytes, and may have %d.", len(source), MaxSource)
		return p.text.unknown(1, 0, says, "")
	case !utf8.ValidString(source):
		return p.text.unknown(1, 0, "This view is not text in UTF-8.", "")
	}
	for i, line := range p.text {
		for _, c := range []string{"\x00", "\f", "\ufeff"} {
			if n := strings.Index(line, c); n >= 0 {
				return p.text.unknown(i+1, n, fmt.Sprintf("There is a character that cannot be seen, U+%04X.",
					[]rune(c)[0]), "Delete it.")
			}
		}
	}
	return nil
}

// parse makes the tree and checks it.
func (p *Program) parse(source string, tokens []token) error {
	if err := blocks(p.text, tokens); err != nil {
		return err
	}
	source = spaced(source, tokens)
	if tokens[0].col > 0 { // a view that stands indented as a whole is a block, so that no text in it changes
		source = "if 1:\n" + source
		p.shift = 1
	}
	tree, err := parser.ParseString(source, py.ExecMode)
	module, _ := tree.(*ast.Module)
	if module == nil {
		return p.reason(tokens, err)
	}
	body := module.Body
	if p.shift > 0 {
		body = body[0].(*ast.If).Body
	}
	c := &checker{Program: p, tokens: tokens, at: map[at]int{}}
	for i, t := range tokens {
		if t.kind != tokenNewline && t.kind != tokenIndent && t.kind != tokenDedent {
			c.at[at{t.line, t.col}] = i
		}
	}
	c.program(body)
	if c.err == nil && err != nil { // the parser went on to the end after what it did not like
		return p.reason(tokens, err)
	}
	return c.err
}

// spaced puts a space after the last token of each logical line. So it can be told whether the parser stopped
// at that token or at the end of the line.
func spaced(source string, tokens []token) string {
	begins := []int{0}
	for i, c := range []byte(source) {
		if c == '\n' {
			begins = append(begins, i+1)
		}
	}
	var b strings.Builder
	done := 0
	for i, t := range tokens {
		if t.kind == tokenNewline && i > 0 {
			end := begins[tokens[i-1].endLine-1] + tokens[i-1].endCol
			b.WriteString(source[done:end] + " ")
			done = end
		}
	}
	return b.String() + source[done:]
}

// reason says why the parser did not take a view. It stopped right after the token that it could not take.
func (p *Program) reason(tokens []token, err error) error {
	exception, ok := err.(*py.Exception)
	if !ok {
		return p.text.unknown(1, 0, "This small Python does not understand this view.", "")
	}
	line, _ := exception.Dict["lineno"].(py.Int)
	column, _ := exception.Dict["offset"].(py.Int)
	return reason(p.text, tokens, at{int(line) - p.shift, int(column)}, err.Error())
}
