package python

import "math/big"

// Range is a range.
type Range struct{ start, stop, step *big.Int }

func (r *Range) size() *big.Int {
	span := new(big.Int).Sub(r.stop, r.start)
	if span.Sign() == 0 || span.Sign() != r.step.Sign() {
		return small(0)
	}
	// Rounded up: from 0 to 5 by 2 are 3 numbers.
	n := span.Add(span, r.step)
	n.Sub(n, small(r.step.Sign()))
	return n.Quo(n, r.step)
}

// Len returns how many numbers it has, or an OverflowError.
func (r *Range) Len() (int, error) {
	if n := r.size(); n.IsInt64() {
		return int(n.Int64()), nil
	}
	return 0, raise(overflowError, "Python int too large to convert to C ssize_t")
}

func (r *Range) at(i *big.Int) *big.Int {
	z := new(big.Int).Mul(i, r.step)
	return z.Add(z, r.start)
}

func (r *Range) holds(z *big.Int) bool {
	place, rest := floorDivided(new(big.Int).Sub(z, r.start), r.step)
	return rest.Sign() == 0 && place.Sign() >= 0 && place.Cmp(r.size()) < 0
}

func (r *Range) steps() next {
	i, size := small(0), r.size()
	return func() (Value, bool, error) {
		if i.Cmp(size) >= 0 {
			return nil, false, nil
		}
		z := r.at(i)
		i = new(big.Int).Add(i, small(1))
		return z, true, nil
	}
}

func (r *Range) repr(int) string {
	text := "range(" + r.start.String() + ", " + r.stop.String()
	if r.step.Cmp(small(1)) != 0 {
		text += ", " + r.step.String()
	}
	return text + ")"
}

func (r *Range) hashKey() string {
	n := r.size()
	switch {
	case n.Sign() == 0:
		return "range 0"
	case n.Cmp(small(1)) == 0:
		return "range 1 " + r.start.String()
	}
	return "range " + n.String() + " " + r.start.String() + " " + r.step.String()
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
