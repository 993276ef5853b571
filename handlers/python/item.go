package python

import (
	"math/big"
	"slices"
)

// item is v[key], where key may be a *Slice.
func (m *machine) item(v, key Value) (Value, error) {
	if err := m.spend(1); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case *Dict:
		value, ok, err := v.Get(key)
		if err == nil && !ok {
			err = keyError(key)
		}
		return value, err
	case hasItems:
		return v.item(m, key)
	case *Type:
		return nil, &Over{"This small Python has no " + v.name + "[…]."}
	case string, *List, *Tuple, *Range:
		if s, ok := key.(*Slice); ok {
			return m.slice(v, s)
		}
	default:
		return nil, raise(typeError, "'%s' object is not subscriptable", typeNameOf(v))
	}
	switch v := v.(type) {
	case *List:
		i, err := place(key, len(v.Items), "list", "list")
		if err != nil {
			return nil, err
		}
		return v.Items[i], nil
	case *Tuple:
		i, err := place(key, len(v.Items), "tuple", "tuple")
		if err != nil {
			return nil, err
		}
		return v.Items[i], nil
	case *Range:
		return v.item(key)
	}
	return m.letter(v.(string), key)
}

func keyError(key Value) error {
	return &Raised{Exception: &Exception{Class: keyErrorClass, Args: []Value{key}}}
}

// place is where key points to in a sequence of that length. name is the sequence's, and what says which
// words an error has.
func place(key Value, length int, name, what string) (int, error) {
	z, ok := integer(key)
	switch {
	case !ok && name == "string":
		return 0, raise(typeError, "string indices must be integers, not '%s'", typeNameOf(key))
	case !ok:
		return 0, raise(typeError, "%s indices must be integers or slices, not %s", name, typeNameOf(key))
	case !z.IsInt64():
		return 0, raise(indexError, "cannot fit 'int' into an index-sized integer")
	}
	i := z.Int64()
	if i < 0 {
		i += int64(length)
	}
	if i < 0 || i >= int64(length) {
		return 0, raise(indexError, "%s index out of range", what)
	}
	return int(i), nil
}

func (r *Range) item(key Value) (Value, error) {
	z, ok := integer(key)
	if !ok {
		return nil, raise(typeError, "range indices must be integers or slices, not %s", typeNameOf(key))
	}
	size := r.size()
	if z.Sign() < 0 {
		z = new(big.Int).Add(z, size)
	}
	if z.Sign() < 0 || z.Cmp(size) >= 0 {
		return nil, raise(indexError, "range object index out of range")
	}
	return r.at(z), nil
}

// places are where a slice begins, ends (that one excluded) and its step, in a sequence of that length.
func (s *Slice) places(length int) (from, to, step int, err error) {
	part := func(v Value, without int) (int, error) {
		if v == nil {
			return without, nil
		}
		z, ok := integer(v)
		if !ok {
			return 0, raise(typeError, "slice indices must be integers or None or have an __index__ method")
		}
		const far = 1 << 40 // farther than any sequence is long
		if !z.IsInt64() || z.Int64() > far || z.Int64() < -far {
			return z.Sign() * far, nil
		}
		return int(z.Int64()), nil
	}
	if step, err = part(s.Step, 1); err != nil {
		return 0, 0, 0, err
	}
	if step == 0 {
		return 0, 0, 0, raise(valueError, "slice step cannot be zero")
	}
	low, high := 0, length // what a place is held between
	from, to = 0, length
	if step < 0 {
		low, high = -1, length-1
		from, to = length-1, -1
	}
	bound := func(v Value, without int) (int, error) {
		i, err := part(v, without)
		if v != nil {
			if i < 0 {
				i += length
			}
			i = min(max(i, low), high)
		}
		return i, err
	}
	if from, err = bound(s.Low, from); err != nil {
		return 0, 0, 0, err
	}
	to, err = bound(s.High, to)
	return from, to, step, err
}

// count is how many places there are from, up to, by.
func count(from, to, step int) int {
	if step > 0 {
		return max(0, (to-from+step-1)/step)
	}
	return max(0, (from-to-step-1)/-step)
}

// slice is v[low:high:step].
func (m *machine) slice(v Value, s *Slice) (Value, error) {
	length, _, err := m.lengthOf(v)
	if err != nil {
		return nil, err
	}
	from, to, step, err := s.places(length)
	if err != nil {
		return nil, err
	}
	n := count(from, to, step)
	if r, ok := v.(*Range); ok {
		return &Range{r.at(small(from)), r.at(small(to)), new(big.Int).Mul(r.step, small(step))}, nil
	}
	if text, ok := v.(string); ok {
		return m.sliceText(text, from, step, n)
	}
	var items []Value
	if list, ok := v.(*List); ok {
		items = list.Items
	} else {
		items = v.(*Tuple).Items
	}
	if err := m.room(n+1, itemSize); err != nil {
		return nil, err
	}
	picked := make([]Value, n)
	for i := range n {
		picked[i] = items[from+i*step]
	}
	if _, ok := v.(*Tuple); ok {
		return &Tuple{picked}, nil
	}
	return &List{picked}, nil
}

// setItem is v[key] = to.
func (m *machine) setItem(v, key, to Value) error {
	if err := m.spend(1); err != nil {
		return err
	}
	switch v := v.(type) {
	case *Dict:
		return m.put(v, key, to)
	case takesItems:
		return v.setItem(m, key, to)
	case *List:
		if s, ok := key.(*Slice); ok {
			return m.setSlice(v, s, to)
		}
		i, err := place(key, len(v.Items), "list", "list assignment")
		if err == nil {
			v.Items[i] = to
		}
		return err
	}
	return raise(typeError, "'%s' object does not support item assignment", typeNameOf(v))
}

// put sets the value of a key of a dict.
func (m *machine) put(d *Dict, key, to Value) error {
	if _, there, err := d.Get(key); err != nil {
		return err
	} else if !there {
		if err := m.alloc(entrySize); err != nil {
			return err
		}
	}
	return d.Set(key, to)
}

func (m *machine) setSlice(list *List, s *Slice, to Value) error {
	from, end, step, err := s.places(len(list.Items))
	if err != nil {
		return err
	}
	if to == list {
		to = &List{slices.Clone(list.Items)}
	}
	items, err := m.collect(to)
	if r, ok := err.(*Raised); ok && r.Exception.Class == typeError {
		if step == 1 {
			return raise(typeError, "can only assign an iterable")
		}
		return raise(typeError, "must assign iterable to extended slice")
	}
	if err != nil {
		return err
	}
	if err := m.room(len(list.Items), 1); err != nil {
		return err
	}
	if step == 1 {
		list.Items = slices.Replace(list.Items, from, max(from, end), items...)
		return nil
	}
	if n := count(from, end, step); n != len(items) {
		return raise(valueError, "attempt to assign sequence of size %d to extended slice of size %d", len(items), n)
	}
	for i, item := range items {
		list.Items[from+i*step] = item
	}
	return nil
}

// delItem is del v[key].
func (m *machine) delItem(v, key Value) error {
	if err := m.spend(1); err != nil {
		return err
	}
	switch v := v.(type) {
	case *Dict:
		_, there, err := v.Delete(key)
		if err == nil && !there {
			err = keyError(key)
		}
		return err
	case takesItems:
		return v.delItem(m, key)
	case *List:
		if err := m.spend(len(v.Items) / 64); err != nil {
			return err
		}
		if s, ok := key.(*Slice); ok {
			return delSlice(v, s)
		}
		i, err := place(key, len(v.Items), "list", "list assignment")
		if err == nil {
			v.Items = slices.Delete(v.Items, i, i+1)
		}
		return err
	case string, *Tuple, *Range:
		return raise(typeError, "'%s' object doesn't support item deletion", typeNameOf(v))
	}
	return raise(typeError, "'%s' object does not support item deletion", typeNameOf(v))
}

func delSlice(list *List, s *Slice) error {
	from, to, step, err := s.places(len(list.Items))
	if err != nil {
		return err
	}
	n := count(from, to, step)
	if step < 0 {
		from, step = from+(n-1)*step, -step
	}
	at, gone := 0, 0
	list.Items = slices.DeleteFunc(list.Items, func(Value) bool {
		drop := gone < n && at == from+gone*step
		at++
		if drop {
			gone++
		}
		return drop
	})
	return nil
}
