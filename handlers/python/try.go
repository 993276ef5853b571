package python

import "github.com/go-python/gpython/ast"

// try runs a try with all that belongs to it. A limit or an error that is none of the view's ends it at once:
// then nothing more of the view runs.
func (m *machine) try(s *ast.Try) (flow, error) {
	end, err := m.guarded(s)
	if len(s.Finalbody) == 0 || !catchable(err) {
		return end, err
	}
	if r, ok := err.(*Raised); ok {
		m.handled = append(m.handled, r.Exception)
		defer func() { m.handled = m.handled[:len(m.handled)-1] }()
	}
	returned := m.returned
	f, finally := m.block(s.Finalbody)
	if finally != nil || f != onward { // it takes the place of what was on its way
		return f, finally
	}
	m.returned = returned
	return end, err
}

// catchable reports whether an error is nil or an exception of the view.
func catchable(err error) bool {
	_, ok := err.(*Raised)
	return ok || err == nil
}

// guarded is a try without its finally.
func (m *machine) guarded(s *ast.Try) (flow, error) {
	end, err := m.block(s.Body)
	r, ok := err.(*Raised)
	switch {
	case ok:
		return m.except(s.Handlers, r)
	case err != nil || end != onward:
		return end, err
	}
	return m.block(s.Orelse)
}

// except runs the handler that an exception matches, or passes the exception on.
func (m *machine) except(handlers []*ast.ExceptHandler, r *Raised) (end flow, err error) {
	m.handled = append(m.handled, r.Exception)
	defer func() { m.handled = m.handled[:len(m.handled)-1] }()
	for _, h := range handlers {
		matches, err := m.matches(h, r.Exception)
		if err != nil {
			return onward, err
		}
		if matches {
			return m.handle(h, r.Exception)
		}
	}
	return onward, r
}

// handle runs a handler. The name of its exception ends with it, as in Python.
func (m *machine) handle(h *ast.ExceptHandler, e *Exception) (flow, error) {
	name := string(h.Name)
	if name == "" {
		return m.block(h.Body)
	}
	m.store(name, e)
	end, err := m.block(h.Body)
	_ = m.forget(name)
	return end, err
}

// matches reports whether a handler is for an exception; if so, its line is in the trace.
func (m *machine) matches(h *ast.ExceptHandler, e *Exception) (bool, error) {
	if h.ExprType == nil {
		return true, m.traced(h, func() (string, error) { return "caught " + e.Class.Name, nil })
	}
	if err := m.spend(1); err != nil {
		return false, err
	}
	m.startLine(h)
	v, err := m.eval(h.ExprType)
	if err != nil {
		return false, m.endLine("", err)
	}
	yes, err := matches(v, e)
	switch {
	case err != nil:
		return false, m.endLine("", m.at(h.ExprType, err))
	case yes:
		return true, m.endLine("caught "+e.Class.Name, nil)
	}
	return false, m.endLine("not "+e.Class.Name, nil)
}

func matches(v Value, e *Exception) (bool, error) {
	list := []Value{v}
	if tuple, ok := v.(*Tuple); ok {
		list = tuple.Items
	}
	found := false
	for _, v := range list {
		class, ok := v.(*Class)
		if !ok {
			return false, raise(typeError,
				"catching classes that do not inherit from BaseException is not allowed")
		}
		for c := e.Class; c != nil; c = c.Base {
			found = found || c == class
		}
	}
	return found, nil
}

// raising is a raise.
func (m *machine) raising(s *ast.Raise) error {
	if s.Exc == nil {
		if len(m.handled) == 0 {
			return raise(runtimeError, "No active exception to reraise")
		}
		e := m.handled[len(m.handled)-1]
		return &Raised{Exception: e, Line: m.program.pos(s).line}
	}
	v, err := m.eval(s.Exc)
	if err != nil {
		return err
	}
	var cause Value
	if s.Cause != nil {
		if cause, err = m.eval(s.Cause); err != nil {
			return err
		}
	}
	e, err := m.instance(v, "exceptions must derive from BaseException")
	if err != nil {
		return err
	}
	if s.Cause != nil {
		e.suppress, e.cause = true, nil
		if cause != nil {
			e.cause, err = m.instance(cause, "exception causes must derive from BaseException")
			if err != nil {
				return err
			}
		}
	}
	return &Raised{Exception: e}
}

// instance is an exception that a raise was given, or one of the class that it was given.
func (m *machine) instance(v Value, otherwise string) (*Exception, error) {
	switch v := v.(type) {
	case *Exception:
		return v, nil
	case *Class:
		return &Exception{Class: v}, m.alloc(perEntry)
	}
	return nil, raise(typeError, "%s", otherwise)
}
