package python

import "github.com/go-python/gpython/ast"

// assign is target = v.
func (m *machine) assign(target ast.Expr, v Value) error {
	if err := m.spend(1); err != nil {
		return err
	}
	switch t := target.(type) {
	case *ast.Name:
		m.store(string(t.Id), v)
	case *ast.Attribute:
		of, err := m.eval(t.Value)
		if err != nil {
			return err
		}
		return m.at(t, m.setAttr(of, string(t.Attr), v))
	case *ast.Subscript:
		of, key, err := m.subscripted(t)
		if err != nil {
			return err
		}
		return m.at(t, m.change(of, key, func() error { return m.setItem(of, key, v) }))
	case *ast.Tuple:
		return m.unpack(t, t.Elts, v)
	case *ast.List:
		return m.unpack(t, t.Elts, v)
	}
	return nil
}

// unpack gives each target its value: all are taken before the first is assigned.
func (m *machine) unpack(n ast.Expr, targets []ast.Expr, v Value) error {
	through, err := m.iterate(v)
	if r, ok := err.(*Raised); ok && r.Exception.Class == typeError {
		return m.at(n, raise(typeError, "cannot unpack non-iterable %s object", typeNameOf(v)))
	} else if err != nil {
		return m.at(n, err)
	}
	var values []Value
	for v, err := range through {
		if err != nil {
			return m.at(n, err)
		}
		if len(values) == len(targets) {
			return m.at(n, raise(valueError, "too many values to unpack (expected %d)", len(targets)))
		}
		values = append(values, v)
	}
	if len(values) < len(targets) {
		return m.at(n, raise(valueError, "not enough values to unpack (expected %d, got %d)",
			len(targets), len(values)))
	}
	for i, t := range targets {
		if err := m.assign(t, values[i]); err != nil {
			return err
		}
	}
	return nil
}

// augmented is target op= value: the target's own parts are evaluated once. It gives the new value as it is
// shown.
func (m *machine) augmented(s *ast.AugAssign) (string, error) {
	old, put, err := m.place(s.Target)
	if err != nil {
		return "", m.at(s.Target, err)
	}
	v, err := m.eval(s.Value)
	if err != nil {
		return "", err
	}
	m.changing(old)
	if v, err = m.inPlace(binaryOperators[s.Op], old, v); err != nil {
		return "", m.at(s, err)
	}
	return brief(v), m.at(s.Target, put(v))
}

// place gives what a target holds, and how to put something else there.
func (m *machine) place(target ast.Expr) (old Value, put func(Value) error, err error) {
	switch t := target.(type) {
	case *ast.Attribute:
		of, err := m.eval(t.Value)
		if err != nil {
			return nil, nil, err
		}
		old, err = m.attr(of, string(t.Attr))
		return old, func(v Value) error { return m.setAttr(of, string(t.Attr), v) }, err
	case *ast.Subscript:
		of, key, err := m.subscripted(t)
		if err != nil {
			return nil, nil, err
		}
		old, err = m.item(of, key)
		return old, func(v Value) error {
			return m.change(of, key, func() error { return m.setItem(of, key, v) })
		}, err
	}
	name := string(target.(*ast.Name).Id)
	old, err = m.load(name)
	return old, func(v Value) error { m.store(name, v); return nil }, err
}

// remove is del target.
func (m *machine) remove(target ast.Expr) error {
	if err := m.spend(1); err != nil {
		return err
	}
	switch t := target.(type) {
	case *ast.Name:
		return m.at(t, m.forget(string(t.Id)))
	case *ast.Attribute:
		of, err := m.eval(t.Value)
		if err != nil {
			return err
		}
		return m.at(t, m.delAttr(of, string(t.Attr)))
	case *ast.Subscript:
		of, key, err := m.subscripted(t)
		if err != nil {
			return err
		}
		return m.at(t, m.change(of, key, func() error { return m.delItem(of, key) }))
	case *ast.Tuple:
		return m.removeAll(t.Elts)
	case *ast.List:
		return m.removeAll(t.Elts)
	}
	return nil
}

func (m *machine) removeAll(list []ast.Expr) error {
	for _, t := range list {
		if err := m.remove(t); err != nil {
			return err
		}
	}
	return nil
}

// delAttr is del of.name. Nothing here has an attribute that can be deleted.
func (m *machine) delAttr(of Value, name string) error {
	if _, err := m.attr(of, name); err != nil {
		return err
	}
	return raise(attributeError, "'%s' object attribute '%s' is read-only", typeNameOf(of), name)
}
