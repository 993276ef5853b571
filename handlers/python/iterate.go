package python

// iterate is what a for loop over v goes through.
func (m *machine) iterate(v Value) (sequence, error) {
	step, err := m.begin(v)
	if err != nil {
		return nil, err
	}
	return func(yield func(Value, error) bool) {
		for {
			item, ok, err := step()
			if err != nil {
				yield(nil, err)
				return
			}
			if !ok || !yield(item, nil) {
				return
			}
		}
	}, nil
}

// begin is iter(v). Each step of it is a step of the run.
func (m *machine) begin(v Value) (next, error) {
	step, err := m.steps1(v)
	if err != nil {
		return nil, err
	}
	return func() (Value, bool, error) {
		if err := m.spend(1); err != nil {
			return nil, false, err
		}
		return step()
	}, nil
}

func (m *machine) steps1(v Value) (next, error) {
	switch v := v.(type) {
	case string:
		return m.letters(v), nil
	case *List:
		i := -1
		return func() (Value, bool, error) {
			if i++; i >= len(v.Items) {
				i = len(v.Items)
				return nil, false, nil
			}
			return v.Items[i], true, nil
		}, nil
	case *Tuple:
		i := -1
		return func() (Value, bool, error) {
			if i++; i >= len(v.Items) {
				return nil, false, nil
			}
			return v.Items[i], true, nil
		}, nil
	case *Dict:
		return through(v, func(e entry) Value { return e.key }), nil
	case *Range:
		return v.steps(), nil
	case iterable:
		return v.iterate(m)
	case hasItems:
		return m.itemByItem(v), nil
	}
	return nil, raise(typeError, "'%s' object is not iterable", typeNameOf(v))
}

// letters goes through the characters of a text.
func (m *machine) letters(text string) next {
	return func() (Value, bool, error) {
		for _, r := range text {
			letter := string(r)
			text = text[min(len(text), max(1, width(text))):]
			return letter, true, m.alloc(16)
		}
		return nil, false, nil
	}
}

// through goes through the entries of a dict, which may not change its length meanwhile.
func through(d *Dict, of func(entry) Value) next {
	i, left, size := 0, d.Len(), d.Len()
	return func() (Value, bool, error) {
		if d.Len() != size {
			size = -1
			return nil, false, raise(runtimeError, "dictionary changed size during iteration")
		}
		for i < len(d.entries) && d.entries[i].gone {
			i++
		}
		if i >= len(d.entries) {
			return nil, false, nil
		}
		if left--; left < 0 {
			return nil, false, raise(runtimeError, "dictionary keys changed during iteration")
		}
		i++
		return of(d.entries[i-1]), true, nil
	}
}

// itemByItem goes through v[0], v[1] and so on.
func (m *machine) itemByItem(v hasItems) next {
	i := 0
	return func() (Value, bool, error) {
		item, err := v.item(m, small(i))
		if r, ok := err.(*Raised); ok && r.Exception.Class.is(indexError) {
			return nil, false, nil
		}
		i++
		return item, err == nil, err
	}
}

// collect is list(v), as a slice.
func (m *machine) collect(v Value) ([]Value, error) {
	list := &List{}
	if err := m.alloc(itemSize); err != nil {
		return nil, err
	}
	err := m.extend(list, v)
	return list.Items, err
}

// iterator is what iter, enumerate, zip and reversed give: it can be gone through once.
type iterator struct {
	name string
	step next
	done bool
}

func (i *iterator) typeName() string { return i.name }

func (i *iterator) iterate(*machine) (next, error) { return i.next, nil }

func (i *iterator) next() (Value, bool, error) {
	if i.done {
		return nil, false, nil
	}
	v, ok, err := i.step()
	i.done = !ok
	return v, ok, err
}
