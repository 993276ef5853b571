package python

import (
	"math/big"
	"slices"
	"strings"

	"github.com/go-python/gpython/ast"
	"github.com/go-python/gpython/py"
)

// The operators that the small Python has.
var (
	binaryOperators = map[ast.OperatorNumber]string{ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/",
		ast.FloorDiv: "//", ast.Modulo: "%"}
	otherOperators = map[ast.OperatorNumber]string{ast.Pow: "**", ast.LShift: "<<", ast.RShift: ">>",
		ast.BitOr: "|", ast.BitXor: "^", ast.BitAnd: "&"}
	comparisons = map[ast.CmpOp]string{ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">",
		ast.GtE: ">=", ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in"}
)

func (c *checker) optional(e ast.Expr) {
	if e != nil {
		c.expression(e)
	}
}

func (c *checker) expressions(list []ast.Expr) {
	for _, e := range list {
		c.optional(e)
	}
}

// expression checks an expression.
func (c *checker) expression(e ast.Expr) {
	if c.err != nil {
		return
	}
	switch e := e.(type) {
	case *ast.Name:
		c.reads(e)
	case *ast.Num, *ast.Str, *ast.NameConstant:
		c.constant(e)
	case *ast.List:
		c.expressions(e.Elts)
	case *ast.Tuple:
		c.expressions(e.Elts)
	case *ast.Dict:
		for i, key := range e.Keys {
			c.expression(key)
			c.expression(e.Values[i])
		}
	case *ast.BoolOp:
		c.expressions(e.Values)
	case *ast.BinOp:
		c.operator(e, e.Op)
		c.expression(e.Left)
		c.expression(e.Right)
	case *ast.UnaryOp:
		if e.Op == ast.Invert {
			c.no(e, "operator `~`", "")
		}
		c.expression(e.Operand)
	case *ast.Compare:
		c.expression(e.Left)
		c.expressions(e.Comparators)
	case *ast.IfExp:
		c.expressions([]ast.Expr{e.Test, e.Body, e.Orelse})
	case *ast.Attribute:
		c.expression(e.Value)
	case *ast.Subscript:
		c.subscript(e)
	case *ast.Call:
		c.call(e)
	default:
		c.scoped(e)
	}
}

// scoped checks the comprehensions, and refuses what is no expression of the small Python.
func (c *checker) scoped(e ast.Expr) {
	switch e := e.(type) {
	case *ast.ListComp:
		c.comprehension(e, e.Generators, e.Elt)
	case *ast.DictComp:
		c.comprehension(e, e.Generators, e.Key, e.Value)
	case *ast.GeneratorExp:
		c.no(e, "generators", "Write a list, in square brackets.")
	case *ast.Lambda:
		c.no(e, "`lambda`", "Write the expression where it is needed.")
	case *ast.Set, *ast.SetComp:
		c.no(e, "sets", "Write a list, in square brackets.")
	case *ast.Yield, *ast.YieldFrom:
		c.no(e, "`yield`", "Write `return`.")
	case *ast.Starred:
		c.no(e, "`*` before a value", "Write each value.")
	case *ast.Ellipsis:
		c.no(e, "`...`", "Write `pass`.")
	default:
		c.refuse(e, "This small Python does not know this expression.", "")
	}
}

func (c *checker) operator(n ast.Ast, op ast.OperatorNumber) {
	if other := otherOperators[op]; other == "**" {
		c.no(n, "operator `**`", "Write `n * n`.")
	} else if other != "" {
		c.no(n, "operator "+code(other), "")
	}
}

// constant works out what a number or a text is worth. A text is read by the scanner, since the parser loses
// some of its escapes.
func (c *checker) constant(e ast.Expr) {
	switch e := e.(type) {
	case *ast.Num:
		switch n := e.N.(type) {
		case py.Int:
			c.numbers[e] = big.NewInt(int64(n))
		case *py.BigInt:
			c.numbers[e] = (*big.Int)(n)
		case py.Float:
			c.numbers[e] = float64(n)
		default:
			c.no(e, "such numbers", "")
		}
		if n, ok := c.numbers[e].(*big.Int); ok && n.BitLen() > MaxBits {
			c.refuse(e, "This number is too long.", "")
		}
	case *ast.Str:
		index, ok := c.at[c.pos(e)]
		if !ok {
			c.refuse(e, "This small Python does not know this expression.", "")
			return
		}
		e.S = ""
		for ; index < len(c.tokens) && c.tokens[index].kind == tokenString; index++ {
			e.S += py.String(c.tokens[index].value)
		}
	}
}

func (c *checker) subscript(e *ast.Subscript) {
	c.expression(e.Value)
	switch s := e.Slice.(type) {
	case *ast.Index:
		c.expression(s.Value)
	case *ast.Slice:
		c.optional(s.Lower)
		c.optional(s.Upper)
		c.optional(s.Step)
	default:
		c.no(e, "slices with commas", "")
	}
}

// collects are what may be given a generator expression: they go through all of it at once, so that it may be
// a list.
var collects = strings.Fields("sum min max sorted list tuple dict any all enumerate join extend update")

func (c *checker) call(e *ast.Call) {
	c.expression(e.Func)
	if e.Starargs != nil || e.Kwargs != nil {
		c.no(e, "`*` in a call", "Write each argument.")
	}
	for _, a := range e.Args {
		if g, ok := a.(*ast.GeneratorExp); ok {
			c.generator(e, g)
			continue
		}
		c.expression(a)
	}
	c.keywords(e)
}

// generator checks a generator expression as an argument.
func (c *checker) generator(e *ast.Call, g *ast.GeneratorExp) {
	if len(e.Args)+len(e.Keywords) > 1 {
		c.no(g, "generators", "Write a list, in square brackets.")
	}
	if index, ok := c.at[c.pos(g)]; ok && index > 0 {
		if c.tokens[c.end(index)].text == "," {
			c.python(g, "Generator expression must be parenthesized")
		}
		g.Pos = c.place(index - 1) // it begins with the bracket of the call
	}
	name := ""
	switch f := e.Func.(type) {
	case *ast.Name:
		name = string(f.Id)
	case *ast.Attribute:
		name = string(f.Attr)
	}
	if !slices.Contains(collects, name) {
		c.no(g, "generators", "Write a list, in square brackets.")
	}
	c.calls[g] = e
	c.comprehension(g, g.Generators, g.Elt)
}

// end is the token after a sole argument that begins at a token: a comma, or the bracket of the call.
func (c *checker) end(index int) int {
	for ; index < len(c.tokens)-1; index++ {
		t := c.tokens[index]
		switch {
		case t.matching > 0:
			index = t.matching
		case t.text == "for": // its targets may have a comma between them
			for index < len(c.tokens)-1 && c.tokens[index].text != "in" {
				index++
			}
		case t.text == ",", t.text == ")", t.text == "]", t.text == "}":
			return index
		}
	}
	return index
}

func (c *checker) keywords(e *ast.Call) {
	seen := map[ast.Identifier]bool{}
	for _, k := range e.Keywords {
		switch index, ok := c.at[c.pos(k)]; {
		case seen[k.Arg]:
			c.python(k, "keyword argument repeated: %s", k.Arg)
		case k.Arg == "__debug__":
			c.python(k, "cannot assign to __debug__")
		case ok && c.tokens[index+1].text != "=":
			c.python(k, "expression cannot contain assignment, perhaps you meant \"==\"?")
		}
		seen[k.Arg] = true
		c.expression(k.Value)
	}
	for _, a := range e.Args {
		if len(e.Keywords) > 0 && c.pos(e.Keywords[0]).before(c.pos(a)) {
			c.python(a, "positional argument follows keyword argument")
		}
	}
}

func (a at) before(b at) bool { return a.line < b.line || a.line == b.line && a.col < b.col }

// comprehension checks a comprehension, whose targets are its own names.
func (c *checker) comprehension(e ast.Expr, generators []ast.Comprehension, results ...ast.Expr) {
	own := map[string]bool{}
	for i, g := range generators {
		if i == 0 {
			c.expression(g.Iter)
		}
		outer := c.names
		c.names = own
		if i > 0 {
			c.expression(g.Iter)
		}
		c.target(g.Target, false)
		c.expressions(g.Ifs)
		c.names = outer
	}
	c.owned[e] = own
	c.expressions(results)
}
