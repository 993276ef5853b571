package python

import (
	"github.com/go-python/gpython/ast"
)

// flow is how a statement ends.
type flow int

const (
	onward flow = iota
	breaks
	continues
	returns
)

func (m *machine) block(list []ast.Stmt) (flow, error) {
	for _, s := range list {
		if f, err := m.statement(s); f != onward || err != nil {
			return f, err
		}
	}
	return onward, nil
}

func (m *machine) statement(s ast.Stmt) (flow, error) {
	switch s := s.(type) {
	case *ast.If:
		yes, err := m.condition(s, s.Test)
		switch {
		case err != nil:
			return onward, err
		case yes:
			return m.block(s.Body)
		}
		return m.block(s.Orelse)
	case *ast.While:
		return m.while(s)
	case *ast.For:
		return m.forLoop(s)
	case *ast.Try:
		return m.try(s)
	}
	end := onward
	err := m.traced(s, func() (gave string, err error) {
		end, gave, err = m.simple(s)
		return gave, m.at(s, err)
	})
	return end, err
}

// condition evaluates the head of an if or while.
func (m *machine) condition(s ast.Stmt, test ast.Expr) (yes bool, err error) {
	err = m.traced(s, func() (string, error) {
		if yes, err = m.test(test); yes {
			return "True", err
		}
		return "False", err
	})
	return yes, err
}

func (m *machine) while(s *ast.While) (flow, error) {
	for {
		yes, err := m.condition(s, s.Test)
		if err != nil {
			return onward, err
		}
		if !yes {
			return m.block(s.Orelse)
		}
		switch f, err := m.block(s.Body); {
		case err != nil || f == returns:
			return f, err
		case f == breaks:
			return onward, nil
		}
	}
}

// forLoop goes through a value. Its head is one event for each round, and the first has what evaluating did.
func (m *machine) forLoop(s *ast.For) (flow, error) {
	if err := m.spend(1); err != nil {
		return onward, err
	}
	m.startLine(s)
	v, err := m.eval(s.Iter)
	if err != nil {
		return onward, m.endLine("", err)
	}
	through, err := m.iterate(v)
	if err != nil {
		return onward, m.endLine("", m.at(s, err))
	}
	begun := false
	for v, err := range through {
		if begun {
			m.startLine(s)
		}
		begun = true
		if err = m.at(s, err); err == nil {
			err = m.assign(s.Target, v)
		}
		if err := m.endLine(m.gaveTo(s.Target), err); err != nil {
			return onward, err
		}
		switch f, err := m.block(s.Body); {
		case err != nil || f == returns:
			return f, err
		case f == breaks:
			return onward, nil
		}
	}
	if !begun {
		if err := m.endLine(noRound, nil); err != nil {
			return onward, err
		}
	}
	return m.block(s.Orelse)
}

// noRound is what the head of a for gives that had nothing to go through.
const noRound = "no round"

// simple runs a statement without a block.
func (m *machine) simple(s ast.Stmt) (end flow, gave string, err error) {
	switch s := s.(type) {
	case *ast.ExprStmt:
		v, err := m.eval(s.Value)
		if _, text := s.Value.(*ast.Str); v == nil || text || err != nil {
			return onward, "", err
		}
		return onward, brief(v), nil
	case *ast.Assign:
		v, err := m.eval(s.Value)
		for i := 0; i < len(s.Targets) && err == nil; i++ {
			err = m.assign(s.Targets[i], v)
		}
		return onward, brief(v), err
	case *ast.AugAssign:
		gave, err = m.augmented(s)
		return onward, gave, err
	case *ast.Delete:
		for i := 0; i < len(s.Targets) && err == nil; i++ {
			err = m.remove(s.Targets[i])
		}
		return onward, "", err
	case *ast.Return:
		m.returned, err = m.maybe(s.Value)
		return returns, "returned " + brief(m.returned), err
	case *ast.Break:
		return breaks, "", nil
	case *ast.Continue:
		return continues, "", nil
	case *ast.Raise:
		return onward, "", m.raising(s)
	case *ast.Assert:
		return onward, "", m.assert(s)
	case *ast.Import:
		for _, a := range s.Names {
			m.store(boundName(a), &module{"datetime", datetimeNames()})
		}
	case *ast.ImportFrom:
		m.imports(s)
	}
	return onward, "", nil // pass
}

func (m *machine) assert(s *ast.Assert) error {
	yes, err := m.test(s.Test)
	if yes || err != nil {
		return err
	}
	e := &Exception{Class: assertionError}
	if s.Msg != nil {
		v, err := m.eval(s.Msg)
		if err != nil {
			return err
		}
		e.Args = []Value{v}
	}
	return m.at(s.Test, &Raised{Exception: e})
}
