package python

import (
	"math"
	"math/big"
	"strconv"
)

func builtinAbs(m *machine, _ Value, a []Value) (Value, error) {
	switch v := a[0].(type) {
	case float64:
		return math.Abs(v), nil
	case *Timedelta:
		return newTimedelta(new(big.Int).Abs(v.micros))
	}
	z, ok := integer(a[0])
	if !ok {
		return nil, raise(typeError, "bad operand type for abs(): '%s'", typeNameOf(a[0]))
	}
	return new(big.Int).Abs(z), nil
}

func builtinRound(m *machine, _ Value, a []Value) (Value, error) {
	v, digits := a[0], given(a[1], nil)
	if !isNumber(v) {
		return nil, raise(typeError, "type %s doesn't define __round__ method", typeNameOf(v))
	}
	f, isFloat := v.(float64)
	if digits == nil {
		if isFloat {
			return m.truncated(math.RoundToEven(f))
		}
		z, _ := integer(v)
		return z, nil
	}
	n, err := index(digits)
	if err != nil {
		return nil, err
	}
	if isFloat {
		return roundFloat(f, n)
	}
	z, _ := integer(v)
	return roundInt(z, n), nil
}

// roundInt rounds to tens, hundreds and so on; half of one goes to the even one.
func roundInt(z *big.Int, n int) Value {
	if n >= 0 {
		return z
	}
	if -n > MaxBits {
		return small(0)
	}
	unit := new(big.Int).Exp(small(10), small(-n), nil)
	down, rest := floorDivided(z, unit)
	if c := rest.Lsh(rest, 1).Cmp(unit); c > 0 || c == 0 && down.Bit(0) == 1 {
		down.Add(down, small(1))
	}
	return down.Mul(down, unit)
}

// roundFloat rounds to n digits behind the point, from what the float is exactly.
func roundFloat(f float64, n int) (Value, error) {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0) || n > 323:
		return f, nil
	case n < -308:
		return 0 * f, nil
	case n >= 0:
		rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'f', n, 64), 64)
		if err != nil {
			return nil, raise(overflowError, "rounded value too large to represent")
		}
		return rounded, nil
	}
	whole, rest := math.Modf(f)
	z, _ := big.NewFloat(whole).Int(nil)
	// Twice as fine, so that what stands behind the point breaks a tie.
	z.Lsh(z, 1)
	if rest != 0 {
		z.Add(z, small(int(math.Copysign(1, rest))))
	}
	unit := new(big.Int).Exp(small(10), small(-n), nil)
	down, over := floorDivided(z, new(big.Int).Lsh(unit, 1))
	if c := over.Cmp(unit); c > 0 || c == 0 && down.Bit(0) == 1 {
		down.Add(down, small(1))
	}
	rounded, _ := down.Mul(down, unit).Float64()
	if math.IsInf(rounded, 0) {
		return nil, raise(overflowError, "rounded value too large to represent")
	}
	return math.Copysign(rounded, f), nil
}
