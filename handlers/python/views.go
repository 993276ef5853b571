package python

import "iter"

// dictView is what keys, values and items of a dict give: it shows what is in the dict at any time.
type dictView interface {
	of() *Dict
	values(yield func(Value) bool)
}

// The views. The first and the last are sets, too.
type (
	keysView   struct{ dict *Dict }
	valuesView struct{ dict *Dict }
	itemsView  struct{ dict *Dict }
)

func (v *keysView) of() *Dict   { return v.dict }
func (v *valuesView) of() *Dict { return v.dict }
func (v *itemsView) of() *Dict  { return v.dict }

// isSet reports whether v is a set in Python: the keys and the items of a dict are.
func isSet(v Value) bool {
	switch v.(type) {
	case *keysView, *itemsView:
		return true
	}
	return false
}

func itemOf(e entry) Value { return &Tuple{[]Value{e.key, e.value}} }

func (v *keysView) values(yield func(Value) bool) {
	each(v.dict, func(e entry) Value { return e.key })(yield)
}

func (v *valuesView) values(yield func(Value) bool) {
	each(v.dict, func(e entry) Value { return e.value })(yield)
}

func (v *itemsView) values(yield func(Value) bool) { each(v.dict, itemOf)(yield) }

func each(d *Dict, of func(entry) Value) iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for k, v := range d.All() {
			if !yield(of(entry{key: k, value: v})) {
				return
			}
		}
	}
}

func (v *keysView) typeName() string   { return "dict_keys" }
func (v *valuesView) typeName() string { return "dict_values" }
func (v *itemsView) typeName() string  { return "dict_items" }

func (v *keysView) iterate(*machine) (next, error) {
	return through(v.dict, func(e entry) Value { return e.key }), nil
}

func (v *valuesView) iterate(*machine) (next, error) {
	return through(v.dict, func(e entry) Value { return e.value }), nil
}

func (v *itemsView) iterate(m *machine) (next, error) {
	step := through(v.dict, itemOf)
	return func() (Value, bool, error) {
		if err := m.alloc(2 * itemSize); err != nil {
			return nil, false, err
		}
		return step()
	}, nil
}

// equalViews is a == b for views, which is a question only for those that are sets.
func (m *machine) equalViews(a, b dictView, depth int) (bool, error) {
	x, y := a.of(), b.of()
	switch a.(type) {
	case *itemsView:
		if _, ok := b.(*itemsView); ok {
			return m.equalDicts(x, y, depth)
		}
	case *keysView:
		if _, ok := b.(*keysView); ok && x.Len() == y.Len() {
			for _, e := range x.entries {
				if _, ok := y.index[e.hash]; !ok && !e.gone {
					return false, m.spend(x.Len())
				}
			}
			return true, m.spend(x.Len())
		}
	}
	return a == b, nil
}
