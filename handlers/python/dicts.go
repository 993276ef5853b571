package python

func init() {
	add("dict",
		&method{name: "get", takes: upTo(1, 2), do: func(m *machine, self Value, a []Value) (Value, error) {
			v, ok, err := self.(*Dict).Get(a[0])
			if !ok && len(a) == 2 {
				v = a[1]
			}
			return v, err
		}},
		&method{name: "keys", do: func(m *machine, self Value, _ []Value) (Value, error) {
			return &keysView{self.(*Dict)}, nil
		}},
		&method{name: "values", do: func(m *machine, self Value, _ []Value) (Value, error) {
			return &valuesView{self.(*Dict)}, nil
		}},
		&method{name: "items", do: func(m *machine, self Value, _ []Value) (Value, error) {
			return &itemsView{self.(*Dict)}, nil
		}},
		&method{name: "pop", takes: upTo(1, 2), do: func(m *machine, self Value, a []Value) (Value, error) {
			v, ok, err := self.(*Dict).Delete(a[0])
			switch {
			case err != nil || ok:
				return v, err
			case len(a) == 2:
				return a[1], nil
			}
			return nil, keyError(a[0])
		}},
		&method{name: "popitem", do: dictPopItem},
		&method{name: "setdefault", takes: upTo(1, 2), do: dictSetDefault},
		&method{name: "update", raw: func(m *machine, self Value, a Args) (Value, error) {
			return nil, m.update("update", self.(*Dict), a)
		}},
		&method{name: "clear", do: func(_ *machine, self Value, _ []Value) (Value, error) {
			self.(*Dict).Clear()
			return nil, nil
		}},
		&method{name: "copy", do: func(m *machine, self Value, _ []Value) (Value, error) {
			d := self.(*Dict)
			if err := m.room(d.Len()+1, entrySize); err != nil {
				return nil, err
			}
			return d.Copy(), nil
		}},
	)
	types["dict"] = &Type{name: "dict", make: makeDict, static: map[string]*method{
		"fromkeys": {name: "fromkeys", takes: upTo(1, 2), do: dictFromKeys},
	}}
}

func makeDict(m *machine, a Args) (Value, error) {
	if err := m.alloc(entrySize); err != nil {
		return nil, err
	}
	d := &Dict{}
	return d, m.update("dict", d, a)
}

func dictPopItem(m *machine, self Value, _ []Value) (Value, error) {
	d := self.(*Dict)
	for i := len(d.entries) - 1; i >= 0; i-- {
		if !d.entries[i].gone {
			e := d.remove(i)
			for len(d.entries) > 0 && d.entries[len(d.entries)-1].gone {
				d.entries = d.entries[:len(d.entries)-1]
				d.dead--
			}
			return itemOf(e), m.alloc(2 * itemSize)
		}
	}
	return nil, keyError("popitem(): dictionary is empty")
}

func dictSetDefault(m *machine, self Value, a []Value) (Value, error) {
	d := self.(*Dict)
	v, ok, err := d.Get(a[0])
	if ok || err != nil {
		return v, err
	}
	if len(a) == 2 {
		v = a[1]
	}
	return v, m.put(d, a[0], v)
}

func dictFromKeys(m *machine, _ Value, a []Value) (Value, error) {
	var v Value
	if len(a) == 2 {
		v = a[1]
	}
	d := &Dict{}
	step, err := m.begin(a[0])
	for err == nil {
		var key Value
		var more bool
		if key, more, err = step(); !more {
			break
		}
		err = m.put(d, key, v)
	}
	if err != nil {
		return nil, err
	}
	return d, m.alloc(entrySize)
}

// update takes over the entries of a's one argument, a dict or pairs, and then those with names. name is that
// of the function, for its errors.
func (m *machine) update(name string, d *Dict, a Args) error {
	if len(a.List) > 1 {
		return wrongCount(name, 0, 1, len(a.List))
	}
	if len(a.List) == 1 {
		if err := m.take(d, a.List[0]); err != nil {
			return err
		}
	}
	for _, word := range a.Names {
		if err := m.put(d, word.Name, word.Value); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) take(d *Dict, from Value) error {
	if with, ok := from.(mapping); ok {
		other, err := with.mapping(m)
		if err != nil {
			return err
		}
		from = other
	}
	if other, ok := from.(*Dict); ok {
		if err := m.spend(other.Len()); err != nil || other == d {
			return err
		}
		for k, v := range other.All() {
			if err := m.put(d, k, v); err != nil {
				return err
			}
		}
		return nil
	}
	step, err := m.begin(from)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		pair, more, err := step()
		if err != nil || !more {
			return err
		}
		two, err := m.collect(pair)
		if r, ok := err.(*Raised); ok && r.Exception.Class == typeError {
			return raise(typeError, "cannot convert dictionary update sequence element #%d to a sequence", i)
		}
		if err != nil {
			return err
		}
		if len(two) != 2 {
			return raise(valueError, "dictionary update sequence element #%d has length %d; 2 is required",
				i, len(two))
		}
		if err := m.put(d, two[0], two[1]); err != nil {
			return err
		}
	}
}
