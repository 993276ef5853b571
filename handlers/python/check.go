package python

import (
	"fmt"
	"slices"

	"github.com/go-python/gpython/ast"
)

// checker goes through the tree once, before anything runs. It refuses what the small Python has not, and
// what CPython 3.11 refuses although the parser takes it; it notes which names are local, and what numbers
// and texts are worth. It stops at the first thing that it refuses.
type checker struct {
	*Program
	tokens []token
	at     map[at]int      // where tokens begin, as their indexes
	names  map[string]bool // that the scope assigns
	loops  int             // that the statement stands in
	bound  map[string]bool // the names that anything in the source assigns
	// doubtful is where a name is read that may stand for nothing here.
	doubtful []*ast.Name
	nested   int // blocks that CPython counts: loops, and those of try
	err      error
}

// pos is where a node begins in the source.
func (p *Program) pos(n ast.Ast) at {
	switch n := n.(type) {
	case *ast.Call:
		return p.pos(n.Func)
	case *ast.Attribute:
		return p.pos(n.Value)
	case *ast.Subscript:
		return p.pos(n.Value)
	}
	return at{n.GetLineno() - p.shift, n.GetColOffset()}
}

// refuse notes what is wrong at a node.
func (c *checker) refuse(n ast.Ast, says, instead string) {
	if pos := c.pos(n); c.err == nil {
		c.err = c.text.unknown(pos.line, pos.col, says, instead)
	}
}

// python is refuse with what Python says.
func (c *checker) python(n ast.Ast, format string, args ...any) {
	c.refuse(n, "Python says: `"+fmt.Sprintf(format, args...)+"`.", "")
}

// no refuses what the small Python has not.
func (c *checker) no(n ast.Ast, what, instead string) {
	c.refuse(n, "This small Python has no "+what+".", instead)
}

// program tells a body from a def, and checks either.
func (c *checker) program(body []ast.Stmt) {
	isDef := func(s ast.Stmt) bool { _, ok := s.(*ast.FunctionDef); return ok }
	defer c.resolve()
	c.names, c.bound = map[string]bool{}, map[string]bool{}
	index := slices.IndexFunc(body, isDef)
	if index < 0 {
		c.names[c.request] = true
		c.block(body)
		c.body, c.locals = body, c.names
		return
	}
	def := body[index].(*ast.FunctionDef)
	c.prelude = body[:index]
	for _, s := range c.prelude {
		c.before(s)
	}
	for _, s := range body[index+1:] {
		if isDef(s) {
			c.refuse(s, "One view is run here, and this is a second `def`.", "Leave one `def` in the editor.")
		}
		c.refuse(s, "Nothing may stand after the view.", "Write it before the `def`, or inside it.")
	}
	c.globals, c.names = c.names, map[string]bool{}
	c.def(def)
	c.block(def.Body)
	c.body, c.locals = def.Body, c.names
}

const misplaced = "Before the view only imports and assignments may stand."

// before checks a statement that stands before the def.
func (c *checker) before(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.Import, *ast.ImportFrom, *ast.Pass:
	case *ast.Assign:
	case *ast.ExprStmt:
		if _, ok := s.Value.(*ast.Str); !ok {
			c.refuse(s, misplaced, "Write it inside the `def`.")
		}
	case *ast.ClassDef:
	default:
		c.refuse(s, misplaced, "Write it inside the `def`.")
	}
	c.statement(s)
}

// def checks the head of the view.
func (c *checker) def(f *ast.FunctionDef) {
	a := f.Args
	switch {
	case len(f.DecoratorList) > 0:
		c.no(f, "decorators", "Leave the `@` line out.")
	case f.Returns != nil:
		c.no(f, "annotations", "Leave out the `->` and what follows it, up to the colon.")
	case len(a.Args) != 1 || a.Vararg != nil || a.Kwarg != nil || len(a.Kwonlyargs)+len(a.Defaults) > 0:
		c.refuse(f, "A view here takes the request and nothing else.", "Write `def view(request):`.")
	case a.Args[0].Annotation != nil:
		c.no(f, "annotations", "Write `def view(request):`.")
	}
	if c.err != nil {
		return
	}
	c.line, c.name, c.request = c.pos(f).line, string(f.Name), string(a.Args[0].Arg)
	c.bind(f, c.request)
}

// bind notes that the scope assigns a name.
func (c *checker) bind(n ast.Ast, name string) {
	if name == "__debug__" {
		c.python(n, "cannot assign to __debug__")
	}
	c.names[name], c.bound[name] = true, true
}

func (c *checker) block(list []ast.Stmt) {
	for _, s := range list {
		c.statement(s)
	}
}

// statement checks a statement.
func (c *checker) statement(s ast.Stmt) {
	if c.err != nil {
		return
	}
	switch s := s.(type) {
	case *ast.ExprStmt:
		c.expression(s.Value)
	case *ast.Assign:
		c.expression(s.Value)
		for _, t := range s.Targets {
			c.target(t, len(s.Targets) == 1)
		}
	case *ast.AugAssign:
		c.augmented(s)
	case *ast.Delete:
		for _, t := range s.Targets {
			c.deleted(t)
		}
	case *ast.Return:
		c.optional(s.Value)
	case *ast.Raise:
		c.optional(s.Exc)
		c.optional(s.Cause)
	case *ast.Assert:
		c.expression(s.Test)
		c.optional(s.Msg)
	case *ast.If:
		c.head(s)
		c.expression(s.Test)
		c.block(s.Body)
		c.block(s.Orelse)
	case *ast.While:
		c.expression(s.Test)
		c.loop(s, s.Body, s.Orelse)
	case *ast.For:
		c.comma(s)
		c.expression(s.Iter)
		c.target(s.Target, false)
		c.loop(s, s.Body, s.Orelse)
	case *ast.Try:
		c.try(s)
	case *ast.Pass:
	default:
		c.rare(s)
	}
}

// rare checks what is seldom, and refuses what is never.
func (c *checker) rare(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.Break:
		if c.loops == 0 {
			c.python(s, "'break' outside loop")
		}
	case *ast.Continue:
		if c.loops == 0 {
			c.python(s, "'continue' not properly in loop")
		}
	case *ast.Import:
		c.importsModule(s)
	case *ast.ImportFrom:
		c.importsFrom(s)
	case *ast.FunctionDef:
		c.no(s, "`def` inside a view", "Write its lines where they are needed.")
	case *ast.ClassDef:
		c.no(s, "classes", "Write a view as a `def`.")
	case *ast.With:
		c.no(s, "`with`", "")
	case *ast.Global:
		c.no(s, "`global`", "A view keeps nothing between two requests but its session.")
	case *ast.Nonlocal:
		c.no(s, "`nonlocal`", "")
	default:
		c.refuse(s, "This small Python does not know this statement.", "")
	}
}

// head puts an if or elif where its word stands: the parser has a wrong place for an elif.
func (c *checker) head(s *ast.If) {
	index := c.at[c.pos(s.Test)] - 1
	for index > 0 && c.tokens[index].text == "(" {
		index--
	}
	if index >= 0 {
		s.Pos = c.place(index)
	}
}

// clause does the same for an except.
func (c *checker) clause(h *ast.ExceptHandler) {
	index := c.at[c.pos(h.Body[0])]
	for index > 0 && c.tokens[index].text != "except" {
		index--
	}
	h.Pos = c.place(index)
}

// place is the position of a token as the parser counts it.
func (c *checker) place(index int) ast.Pos {
	t := c.tokens[index]
	return ast.Pos{Lineno: t.line + c.shift, ColOffset: t.col}
}

// comma gives the target of `for n, in` back the comma that the parser forgets.
func (c *checker) comma(s *ast.For) {
	pos := c.pos(s.Iter)
	index, ok := c.at[pos]
	if !ok || index < 2 {
		return
	}
	for index > 1 && c.tokens[index].text != "in" { // the iterable may begin with a bracket that is no node
		index--
	}
	if _, tuple := s.Target.(*ast.Tuple); c.tokens[index-1].text == "," && !tuple {
		tuple := &ast.Tuple{Elts: []ast.Expr{s.Target}, Ctx: ast.Store}
		tuple.Pos = ast.Pos{Lineno: s.Target.GetLineno(), ColOffset: s.Target.GetColOffset()}
		s.Target = tuple
	}
}

func (c *checker) loop(s ast.Stmt, body, orelse []ast.Stmt) {
	c.loops++
	c.inner(s, body)
	c.loops--
	c.block(orelse)
}

// inner checks a block of those that CPython counts.
func (c *checker) inner(s ast.Ast, body []ast.Stmt) {
	const most = 20
	if c.nested++; c.nested > most {
		c.python(s, "too many statically nested blocks")
	}
	c.block(body)
	c.nested--
}

func (c *checker) try(s *ast.Try) {
	if len(s.Handlers) == 0 && (len(s.Finalbody) == 0 || len(s.Orelse) > 0) {
		c.python(s, "expected 'except' or 'finally' block")
	}
	c.inner(s, s.Body)
	for i, h := range s.Handlers {
		c.clause(h)
		if h.ExprType == nil && i < len(s.Handlers)-1 {
			c.python(h, "default 'except:' must be last")
		}
		c.optional(h.ExprType)
		if h.Name != "" {
			c.bind(h, string(h.Name))
		}
		c.inner(h, h.Body)
	}
	c.block(s.Orelse)
	c.block(s.Finalbody)
}
