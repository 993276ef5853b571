package python

import (
	"math/big"
	"slices"
)

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
		return raise(valueError,
			"attempt to assign sequence of size %d to extended slice of size %d", len(items), n)
	}
	for i, item := range items {
		list.Items[from+i*step] = item
	}
	return nil
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
