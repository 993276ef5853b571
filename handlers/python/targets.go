package python

import (
	"github.com/go-python/gpython/ast"
	"github.com/go-python/gpython/py"
)

// target checks what is assigned to. alone says that it stands before the only = of a statement, where Python
// guesses what was meant.
func (c *checker) target(e ast.Expr, alone bool) {
	switch e := e.(type) {
	case *ast.Name:
		c.bind(e, string(e.Id))
	case *ast.Attribute:
		c.attribute(e, "assign to")
	case *ast.Subscript:
		c.subscript(e)
	case *ast.Tuple:
		c.targets(e.Elts)
	case *ast.List:
		c.targets(e.Elts)
	case *ast.Starred:
		c.no(e, "`*` in an assignment", "Write a name for each value.")
	case *ast.BinOp, *ast.UnaryOp, *ast.Call, *ast.Num, *ast.Str, *ast.Dict, *ast.ListComp, *ast.DictComp:
		if not, ok := e.(*ast.UnaryOp); alone && (!ok || not.Op != ast.Not) {
			c.python(e, "cannot assign to %s here. Maybe you meant '==' instead of '='?", describe(e))
		}
		c.python(e, "cannot assign to %s", describe(e))
	default:
		c.python(e, "cannot assign to %s", describe(e))
	}
}

func (c *checker) targets(list []ast.Expr) {
	for _, e := range list {
		c.target(e, false)
	}
}

func (c *checker) attribute(e *ast.Attribute, what string) {
	if e.Attr == "__debug__" {
		c.python(e, "cannot %s __debug__", what)
	}
	c.expression(e.Value)
}

func (c *checker) augmented(s *ast.AugAssign) {
	switch s.Target.(type) {
	case *ast.Name, *ast.Attribute, *ast.Subscript:
	default:
		c.python(s.Target, "'%s' is an illegal expression for augmented assignment", describe(s.Target))
	}
	if other := otherOperators[s.Op]; other != "" {
		c.no(s, "operator "+code(other+"="), "")
	}
	c.target(s.Target, false)
	c.expression(s.Value)
}

// deleted checks what del is given.
func (c *checker) deleted(e ast.Expr) {
	switch e := e.(type) {
	case *ast.Name:
		if e.Id == "__debug__" {
			c.python(e, "cannot delete __debug__")
		}
		c.names[string(e.Id)], c.bound[string(e.Id)] = true, true
	case *ast.Attribute:
		c.attribute(e, "delete")
	case *ast.Subscript:
		c.subscript(e)
	case *ast.Tuple:
		for _, e := range e.Elts {
			c.deleted(e)
		}
	case *ast.List:
		for _, e := range e.Elts {
			c.deleted(e)
		}
	default:
		c.python(e, "cannot delete %s", describe(e))
	}
}

// describe names an expression as Python's messages do.
func describe(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Call:
		return "function call"
	case *ast.BoolOp, *ast.BinOp, *ast.UnaryOp:
		return "expression"
	case *ast.ListComp:
		return "list comprehension"
	case *ast.DictComp:
		return "dict comprehension"
	case *ast.SetComp:
		return "set comprehension"
	case *ast.GeneratorExp:
		return "generator expression"
	case *ast.Dict:
		return "dict literal"
	case *ast.Set:
		return "set display"
	case *ast.Compare:
		return "comparison"
	case *ast.IfExp:
		return "conditional expression"
	case *ast.Tuple:
		return "tuple"
	case *ast.List:
		return "list"
	case *ast.Starred:
		return "starred"
	case *ast.Lambda:
		return "lambda"
	case *ast.Yield, *ast.YieldFrom:
		return "yield expression"
	case *ast.Ellipsis:
		return "ellipsis"
	case *ast.NameConstant:
		return constantName(e)
	}
	return "literal"
}

func constantName(e *ast.NameConstant) string {
	switch e.Value {
	case py.True:
		return "True"
	case py.False:
		return "False"
	}
	return "None"
}
