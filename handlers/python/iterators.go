package python

import "math/big"

func makeEnumerate(m *machine, a Args) (Value, error) {
	f := &method{name: "enumerate", takes: named1(1, "iterable", "start")}
	if len(a.List)+len(a.Names) == 0 {
		return nil, raise(typeError, "enumerate() missing required argument 'iterable'")
	}
	list, err := f.filled(a)
	if err != nil {
		return nil, err
	}
	n, ok := integer(given(list[1], small(0)))
	if !ok {
		return nil, raise(typeError, "'%s' object cannot be interpreted as an integer", typeNameOf(list[1]))
	}
	step, err := m.begin(list[0])
	if err != nil {
		return nil, err
	}
	return &iterator{name: "enumerate", step: func() (Value, bool, error) {
		v, more, err := step()
		if err != nil || !more {
			return nil, false, err
		}
		place, err := m.number(n)
		if err != nil {
			return nil, false, err
		}
		n = new(big.Int).Add(n, small(1))
		return &Tuple{[]Value{place, v}}, true, m.alloc(2 * itemSize)
	}}, nil
}

func makeZip(m *machine, a Args) (Value, error) {
	strict := false
	for _, word := range a.Names {
		if word.Name != "strict" {
			return nil, raise(typeError, "'%s' is an invalid keyword argument for zip()", word.Name)
		}
		var err error
		if strict, err = m.truth(word.Value); err != nil {
			return nil, err
		}
	}
	steps := make([]next, len(a.List))
	for i, v := range a.List {
		var err error
		if steps[i], err = m.begin(v); err != nil {
			return nil, err
		}
	}
	return &iterator{name: "zip", step: func() (Value, bool, error) {
		if err := m.room(len(steps)+1, itemSize); err != nil {
			return nil, false, err
		}
		together := make([]Value, len(steps))
		for i, step := range steps {
			v, more, err := step()
			if err != nil {
				return nil, false, err
			}
			if !more {
				if strict {
					err = uneven(steps, i)
				}
				return nil, false, err
			}
			together[i] = v
		}
		return &Tuple{together}, len(steps) > 0, nil
	}}, nil
}

// uneven is what zip raises with strict where what it goes through at ended has come to its end.
func uneven(steps []next, ended int) error {
	others := func(i int) string {
		if i == 1 {
			return " 1"
		}
		return "s 1-" + small(i).String()
	}
	if ended > 0 {
		return raise(valueError, "zip() argument %d is shorter than argument%s", ended+1, others(ended))
	}
	for i, step := range steps[1:] {
		if _, more, err := step(); err != nil {
			return err
		} else if more {
			return raise(valueError, "zip() argument %d is longer than argument%s", i+2, others(i+1))
		}
	}
	return nil
}

func makeReversed(m *machine, a Args) (Value, error) {
	if len(a.Names) > 0 {
		return nil, raise(typeError, "reversed() takes no keyword arguments")
	}
	if len(a.List) != 1 {
		return nil, wrongCount("reversed", 1, 1, len(a.List))
	}
	switch v := a.List[0].(type) {
	case *List:
		return backwards("list_reverseiterator", func() []Value { return v.Items }), nil
	case *Range:
		last := v.at(new(big.Int).Sub(v.size(), small(1)))
		back := &Range{last, new(big.Int).Sub(v.start, v.step), new(big.Int).Neg(v.step)}
		return &iterator{name: "range_iterator", step: back.steps()}, nil
	case *Dict, dictView:
		return m.reversedDict(v)
	case string, *Tuple:
		items, err := m.collect(v)
		return backwards("reversed", func() []Value { return items }), err
	}
	return nil, raise(typeError, "'%s' object is not reversible", typeNameOf(a.List[0]))
}

func (m *machine) reversedDict(v Value) (Value, error) {
	name := "dict_reversekeyiterator"
	switch v.(type) {
	case *valuesView:
		name = "dict_reversevalueiterator"
	case *itemsView:
		name = "dict_reverseitemiterator"
	}
	items, err := m.collect(v)
	return backwards(name, func() []Value { return items }), err
}

func backwards(name string, items func() []Value) Value {
	i := len(items())
	return &iterator{name: name, step: func() (Value, bool, error) {
		if i--; i < 0 || i >= len(items()) {
			return nil, false, nil
		}
		return items()[i], true, nil
	}}
}
