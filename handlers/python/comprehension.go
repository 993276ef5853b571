package python

import "github.com/go-python/gpython/ast"

// collected gives the list that a comprehension makes. A generator expression is one, too: only what goes
// through all of it is ever given one.
func (m *machine) collected(e ast.Expr, gs []ast.Comprehension, elt ast.Expr) (Value, error) {
	list := &List{}
	err := m.comprehension(e, gs, func() error {
		v, err := m.eval(elt)
		if err == nil {
			err = m.alloc(perItem)
		}
		list.Items = append(list.Items, v)
		return err
	})
	return list, err
}

func (m *machine) dictComprehension(e *ast.DictComp) (Value, error) {
	d := &Dict{}
	err := m.comprehension(e, e.Generators, func() error { return m.at(e, m.entry(d, e.Key, e.Value)) })
	return d, err
}

// comprehension runs each for every round of a comprehension, in a frame of its own. What it goes through
// first is evaluated outside, as Python does it.
func (m *machine) comprehension(e ast.Expr, gs []ast.Comprehension, each func() error) error {
	if err := m.alloc(perEntry); err != nil {
		return err
	}
	first, err := m.eval(gs[0].Iter)
	if err != nil {
		return err
	}
	through, err := m.iterate(first)
	if err != nil {
		return m.at(e, err)
	}
	outer := m.frame
	m.frame = &frame{name: frameName(e), own: m.program.owned[e], values: map[string]Value{}, outer: outer}
	err = m.rounds(e, gs, through, each)
	m.frame = outer
	if call, ok := m.program.calls[e]; ok { // it is the call that goes through a generator
		return m.passed(call, err)
	}
	return m.passed(e, err)
}

// rounds goes through the first of the generators, and within each round through the others.
func (m *machine) rounds(e ast.Expr, gs []ast.Comprehension, through sequence, each func() error) error {
	for v, err := range through {
		if err != nil {
			return m.at(e, err)
		}
		if err := m.assign(gs[0].Target, v); err != nil {
			return err
		}
		if yes, err := m.allHold(gs[0].Ifs); err != nil {
			return err
		} else if !yes {
			continue
		}
		if err := m.inner(e, gs[1:], each); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) inner(e ast.Expr, gs []ast.Comprehension, each func() error) error {
	if len(gs) == 0 {
		return each()
	}
	v, err := m.eval(gs[0].Iter)
	if err != nil {
		return err
	}
	through, err := m.iterate(v)
	if err != nil {
		return m.at(e, err)
	}
	return m.rounds(e, gs, through, each)
}

func (m *machine) allHold(conditions []ast.Expr) (bool, error) {
	for _, e := range conditions {
		if yes, err := m.test(e); err != nil || !yes {
			return false, err
		}
	}
	return true, nil
}

// frameName is what a traceback calls the frame of a comprehension.
func frameName(e ast.Expr) string {
	switch e.(type) {
	case *ast.DictComp:
		return "<dictcomp>"
	case *ast.GeneratorExp:
		return "<genexpr>"
	}
	return "<listcomp>"
}
