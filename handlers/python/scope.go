package python

// frame holds the names of the view, of a comprehension in it, or of what stands before its def.
type frame struct {
	name   string          // as a traceback has it
	own    map[string]bool // the names that are assigned anywhere in it; nil before the def
	values map[string]Value
	outer  *frame // around a comprehension
}

// load reads a name, as CPython finds it.
func (m *machine) load(name string) (Value, error) {
	for f := m.frame; f != nil; f = f.outer {
		if !f.own[name] {
			continue
		}
		v, ok := f.values[name]
		switch {
		case ok:
			return v, nil
		case f == m.frame:
			return nil, unbound(name)
		}
		return nil, raise(nameError, "cannot access free variable '%s' where it is not associated with "+
			"a value in enclosing scope", name)
	}
	if v, ok := m.globals[name]; ok {
		return v, nil
	}
	if v, ok := m.names[name]; ok {
		return v, nil
	}
	return nil, raise(nameError, "name '%s' is not defined", name)
}

func unbound(name string) error {
	return raise(unboundLocalError,
		"cannot access local variable '%s' where it is not associated with a value", name)
}

// store assigns a name.
func (m *machine) store(name string, v Value) {
	if m.frame.own == nil {
		m.globals[name] = v
		return
	}
	m.frame.values[name] = v
}

// forget is del of a name.
func (m *machine) forget(name string) error {
	if _, ok := m.frame.values[name]; !ok {
		return unbound(name)
	}
	delete(m.frame.values, name)
	return nil
}
