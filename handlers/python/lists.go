package python

import "slices"

func init() {
	add("list",
		&method{name: "append", takes: one, do: func(m *machine, self Value, a []Value) (Value, error) {
			l := self.(*List)
			if err := m.alloc(itemSize); err != nil {
				return nil, err
			}
			l.Items = append(l.Items, a[0])
			return nil, nil
		}},
		&method{name: "extend", takes: one, do: func(m *machine, self Value, a []Value) (Value, error) {
			return nil, m.extend(self.(*List), a[0])
		}},
		&method{name: "insert", takes: upTo(2, 2), do: listInsert},
		&method{name: "remove", takes: one, do: listRemove},
		&method{name: "pop", takes: upTo(0, 1), do: listPop},
		&method{name: "clear", do: func(_ *machine, self Value, _ []Value) (Value, error) {
			self.(*List).Items = nil
			return nil, nil
		}},
		&method{name: "index", takes: upTo(1, 3), do: listIndex},
		&method{name: "count", takes: one, do: func(m *machine, self Value, a []Value) (Value, error) {
			return m.countItems(self.(*List).Items, a[0])
		}},
		&method{name: "sort", raw: listSort},
		&method{name: "reverse", do: func(m *machine, self Value, _ []Value) (Value, error) {
			l := self.(*List)
			slices.Reverse(l.Items)
			return nil, m.spend(len(l.Items) / 64)
		}},
		&method{name: "copy", do: func(m *machine, self Value, _ []Value) (Value, error) {
			return m.joined(self.(*List).Items, nil)
		}},
	)
	add("tuple",
		&method{name: "index", takes: upTo(1, 3), do: func(m *machine, self Value, a []Value) (Value, error) {
			i, err := m.find(self.(*Tuple).Items, a)
			if err == nil && i < 0 {
				err = raise(valueError, "tuple.index(x): x not in tuple")
			}
			return small(i), err
		}},
		&method{name: "count", takes: one, do: func(m *machine, self Value, a []Value) (Value, error) {
			return m.countItems(self.(*Tuple).Items, a[0])
		}},
	)
}

func (m *machine) countItems(items []Value, v Value) (Value, error) {
	n := 0
	for _, item := range items {
		alike, err := m.alike(item, v, 0)
		if err != nil {
			return nil, err
		}
		if alike {
			n++
		}
	}
	return small(n), nil
}

// find is where a[0] is among items, from a[1] and up to a[2] if they are there; -1 for nowhere.
func (m *machine) find(items []Value, a []Value) (int, error) {
	within := &Slice{}
	for i, part := range []*Value{&within.Low, &within.High} {
		if len(a) < i+2 {
			break
		}
		if _, ok := integer(a[i+1]); !ok {
			return 0, raise(typeError, "slice indices must be integers or have an __index__ method")
		}
		*part = a[i+1]
	}
	from, to, _, err := within.places(len(items))
	if err != nil {
		return 0, err
	}
	for i := from; i < to; i++ {
		if alike, err := m.alike(items[i], a[0], 0); alike || err != nil {
			return i, err
		}
	}
	return -1, nil
}

func listIndex(m *machine, self Value, a []Value) (Value, error) {
	i, err := m.find(self.(*List).Items, a)
	if err != nil {
		return nil, err
	}
	if i < 0 {
		text, err := m.repr(a[0])
		if err != nil {
			return nil, err
		}
		return nil, raise(valueError, "%s is not in list", text)
	}
	return small(i), nil
}

func listInsert(m *machine, self Value, a []Value) (Value, error) {
	l := self.(*List)
	i, err := index(a[0])
	if err != nil {
		return nil, err
	}
	if i < 0 {
		i += len(l.Items)
	}
	if err := m.spend(len(l.Items) / 64); err != nil {
		return nil, err
	}
	if err := m.alloc(itemSize); err != nil {
		return nil, err
	}
	l.Items = slices.Insert(l.Items, min(max(i, 0), len(l.Items)), a[1])
	return nil, nil
}

func listRemove(m *machine, self Value, a []Value) (Value, error) {
	l := self.(*List)
	i, err := m.find(l.Items, a)
	if err != nil {
		return nil, err
	}
	if i < 0 {
		return nil, raise(valueError, "list.remove(x): x not in list")
	}
	l.Items = slices.Delete(l.Items, i, i+1)
	return nil, nil
}

func listPop(m *machine, self Value, a []Value) (Value, error) {
	l, i := self.(*List), -1
	if len(a) > 0 {
		var err error
		if i, err = index(a[0]); err != nil {
			return nil, err
		}
	}
	if len(l.Items) == 0 {
		return nil, raise(indexError, "pop from empty list")
	}
	if i < 0 {
		i += len(l.Items)
	}
	if i < 0 || i >= len(l.Items) {
		return nil, raise(indexError, "pop index out of range")
	}
	v := l.Items[i]
	if err := m.spend(len(l.Items) / 64); err != nil {
		return nil, err
	}
	l.Items = slices.Delete(l.Items, i, i+1)
	return v, nil
}

func listSort(m *machine, self Value, a Args) (Value, error) {
	if n := len(a.List) + len(a.Names); n > 2 {
		return nil, raise(typeError, "sort() takes at most 2 arguments (%d given)", n)
	}
	if len(a.List) > 0 {
		return nil, raise(typeError, "sort() takes no positional arguments")
	}
	l := self.(*List)
	items, err := m.sorted(l.Items, a.Names)
	if err != nil {
		return nil, err
	}
	l.Items = items
	return nil, nil
}

// sorted returns the items in order. The names may be key and reverse.
func (m *machine) sorted(items []Value, names []Keyword) ([]Value, error) {
	how := &method{name: "sort", takes: named1(0, "key", "reverse")}
	a, err := how.filled(Args{Names: names})
	if err != nil {
		return nil, err
	}
	reverse := false
	if v := given(a[1], nil); v != nil {
		n, err := index(v)
		if err != nil {
			return nil, err
		}
		reverse = n != 0
	} else if _, out := a[1].(missing); !out {
		return nil, raise(typeError, "'NoneType' object cannot be interpreted as an integer")
	}
	if err := m.room(len(items)+1, itemSize); err != nil {
		return nil, err
	}
	pairs := make([]pair, len(items))
	for i, item := range slices.Clone(items) { // a key function may change the list
		pairs[i] = pair{item, item}
		if key := given(a[0], nil); key != nil {
			if pairs[i].key, err = m.call(key, Args{List: []Value{item}}); err != nil {
				return nil, err
			}
		}
	}
	failed := m.sortPairs(pairs, reverse)
	sorted := make([]Value, len(pairs))
	for i, p := range pairs {
		sorted[i] = p.item
	}
	return sorted, failed
}

// pair is an item with what it is sorted by.
type pair struct{ key, item Value }

// sortPairs sorts as Python does: it asks only whether one is less than another, and keeps the order of equal
// ones, also in reverse. Each finds its place among those before it, as CPython does it with short lists, so
// that what cannot be compared is named in CPython's order.
func (m *machine) sortPairs(pairs []pair, reverse bool) error {
	if reverse {
		slices.Reverse(pairs)
		defer slices.Reverse(pairs)
	}
	for i := 1; i < len(pairs); i++ {
		p, low, high := pairs[i], 0, i
		for at := i - 1; low < high; at = (low + high) / 2 { // most often it is behind the last
			less, err := m.compare("<", p.key, pairs[at].key)
			if err != nil {
				return err
			}
			if less {
				high = at
			} else {
				low = at + 1
			}
		}
		copy(pairs[low+1:i+1], pairs[low:i])
		pairs[low] = p
	}
	return nil
}
