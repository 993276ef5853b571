package python

import (
	"github.com/go-python/gpython/ast"
)

// eval gives what an expression is worth.
func (m *machine) eval(e ast.Expr) (Value, error) {
	if err := m.spend(1); err != nil {
		return nil, err
	}
	v, err := m.expression(e)
	if err != nil {
		return nil, m.at(e, err)
	}
	return v, nil
}

func (m *machine) expression(e ast.Expr) (Value, error) {
	switch e := e.(type) {
	case *ast.Name:
		return m.load(string(e.Id))
	case *ast.Num:
		return m.program.numbers[e], nil
	case *ast.Str:
		return string(e.S), nil
	case *ast.NameConstant:
		return constantOf(e), nil
	case *ast.List:
		items, err := m.evalAll(e.Elts)
		return &List{Items: items}, err
	case *ast.Tuple:
		items, err := m.evalAll(e.Elts)
		return &Tuple{Items: items}, err
	case *ast.Dict:
		return m.dict(e)
	case *ast.Attribute:
		v, err := m.eval(e.Value)
		if err != nil {
			return nil, err
		}
		return m.attr(v, string(e.Attr))
	case *ast.Subscript:
		v, key, err := m.subscripted(e)
		if err != nil {
			return nil, err
		}
		return m.item(v, key)
	case *ast.Call:
		return m.callOf(e)
	case *ast.ListComp:
		return m.collected(e, e.Generators, e.Elt)
	case *ast.GeneratorExp:
		return m.collected(e, e.Generators, e.Elt)
	case *ast.DictComp:
		return m.dictComprehension(e)
	}
	return m.operation(e)
}

// operation gives what an expression with an operator is worth.
func (m *machine) operation(e ast.Expr) (Value, error) {
	switch e := e.(type) {
	case *ast.BoolOp:
		return m.boolean(e)
	case *ast.BinOp:
		a, err := m.eval(e.Left)
		if err != nil {
			return nil, err
		}
		b, err := m.eval(e.Right)
		if err != nil {
			return nil, err
		}
		return m.binary(binaryOperators[e.Op], a, b)
	case *ast.UnaryOp:
		return m.unaryOf(e)
	case *ast.Compare:
		return m.comparison(e)
	case *ast.IfExp:
		yes, err := m.test(e.Test)
		if err != nil {
			return nil, err
		}
		if yes {
			return m.eval(e.Body)
		}
		return m.eval(e.Orelse)
	}
	return nil, &Over{"This small Python does not know this expression."}
}

func constantOf(e *ast.NameConstant) Value {
	switch constantName(e) {
	case "True":
		return true
	case "False":
		return false
	}
	return nil
}

// What a value in a list, and an entry of a dict, takes.
const (
	perItem  = 16
	perEntry = 64
)

func (m *machine) evalAll(list []ast.Expr) ([]Value, error) {
	if err := m.alloc((len(list) + 1) * perItem); err != nil {
		return nil, err
	}
	items := make([]Value, 0, len(list))
	for _, e := range list {
		v, err := m.eval(e)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
	return items, nil
}

func (m *machine) dict(e *ast.Dict) (Value, error) {
	if err := m.alloc(perEntry); err != nil {
		return nil, err
	}
	d := &Dict{}
	for i := range e.Keys {
		if err := m.entry(d, e.Keys[i], e.Values[i]); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// entry evaluates a key and its value, and puts them in a dict.
func (m *machine) entry(d *Dict, key, value ast.Expr) error {
	k, err := m.eval(key)
	if err != nil {
		return err
	}
	v, err := m.eval(value)
	if err != nil {
		return err
	}
	return m.setItem(d, k, v)
}

// subscripted gives what stands before the brackets, and the key in them.
func (m *machine) subscripted(e *ast.Subscript) (v, key Value, err error) {
	if v, err = m.eval(e.Value); err != nil {
		return nil, nil, err
	}
	if index, ok := e.Slice.(*ast.Index); ok {
		key, err = m.eval(index.Value)
		return v, key, err
	}
	slice, s := e.Slice.(*ast.Slice), &Slice{}
	if s.Low, err = m.maybe(slice.Lower); err != nil {
		return nil, nil, err
	}
	if s.High, err = m.maybe(slice.Upper); err != nil {
		return nil, nil, err
	}
	s.Step, err = m.maybe(slice.Step)
	return v, s, err
}

func (m *machine) maybe(e ast.Expr) (Value, error) {
	if e == nil {
		return nil, nil
	}
	return m.eval(e)
}

// function gives what a call calls. A method is looked for where the call stands, which may be another line
// than the value's.
func (m *machine) function(e *ast.Call) (Value, error) {
	method, ok := e.Func.(*ast.Attribute)
	if !ok {
		return m.eval(e.Func)
	}
	v, err := m.eval(method.Value)
	if err != nil {
		return nil, err
	}
	f, err := m.attr(v, string(method.Attr))
	return f, m.at(e, err)
}

func (m *machine) callOf(e *ast.Call) (Value, error) {
	f, err := m.function(e)
	if err != nil {
		return nil, err
	}
	a := Args{List: make([]Value, len(e.Args))}
	for i, arg := range e.Args {
		if a.List[i], err = m.eval(arg); err != nil {
			return nil, err
		}
	}
	for _, k := range e.Keywords {
		v, err := m.eval(k.Value)
		if err != nil {
			return nil, err
		}
		a.Names = append(a.Names, Keyword{Name: string(k.Arg), Value: v})
	}
	return m.call(f, a)
}

// boolean is and, or: its worth is that of the value which decides.
func (m *machine) boolean(e *ast.BoolOp) (Value, error) {
	last := len(e.Values) - 1
	for _, part := range e.Values[:last] {
		v, err := m.eval(part)
		if err != nil {
			return nil, err
		}
		yes, err := m.truth(v)
		if err != nil || yes == (e.Op == ast.Or) {
			return v, err
		}
	}
	return m.eval(e.Values[last])
}

func (m *machine) unaryOf(e *ast.UnaryOp) (Value, error) {
	v, err := m.eval(e.Operand)
	if err != nil {
		return nil, err
	}
	switch e.Op {
	case ast.Not:
		yes, err := m.truth(v)
		return !yes, err
	case ast.USub:
		return m.unary("-", v)
	}
	return m.unary("+", v)
}

// comparison goes on only as long as each comparison holds.
func (m *machine) comparison(e *ast.Compare) (Value, error) {
	a, err := m.eval(e.Left)
	if err != nil {
		return nil, err
	}
	for i, op := range e.Ops {
		b, err := m.eval(e.Comparators[i])
		if err != nil {
			return nil, err
		}
		yes, err := m.compare(comparisons[op], a, b)
		if err != nil || !yes {
			return false, err
		}
		a = b
	}
	return true, nil
}

// test is whether an expression is true.
func (m *machine) test(e ast.Expr) (bool, error) {
	v, err := m.eval(e)
	if err != nil {
		return false, err
	}
	yes, err := m.truth(v)
	return yes, m.at(e, err)
}
