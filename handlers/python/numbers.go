package python

import (
	"math"
	"math/big"
)

// integer is the int that v is, as bool is one too.
func integer(v Value) (*big.Int, bool) {
	switch v := v.(type) {
	case *big.Int:
		return v, true
	case bool:
		if v {
			return small(1), true
		}
		return small(0), true
	}
	return nil, false
}

// isNumber reports whether v is an int, a bool or a float.
func isNumber(v Value) bool {
	switch v.(type) {
	case *big.Int, bool, float64:
		return true
	}
	return false
}

// real is the float that the number v is, or an OverflowError.
func real(v Value) (float64, error) {
	if f, ok := v.(float64); ok {
		return f, nil
	}
	z, _ := integer(v)
	f, _ := z.Float64()
	if math.IsInf(f, 0) {
		return 0, raise(overflowError, "int too large to convert to float")
	}
	return f, nil
}

// number is z as a value, if it is not too large. One of up to 64 bits takes no bytes of the run: there are
// no more of them than steps.
func (m *machine) number(z *big.Int) (Value, error) {
	if z.BitLen() > MaxBits {
		return nil, &Over{"A number would have more than 4,096 bits."}
	}
	if z.BitLen() > 64 {
		return z, m.alloc(max(16, z.BitLen()/8))
	}
	return z, nil
}

// index is the int that v is where only an int will do, such as a place or a width.
func index(v Value) (int, error) {
	z, ok := integer(v)
	switch {
	case !ok:
		return 0, raise(typeError, "'%s' object cannot be interpreted as an integer", typeNameOf(v))
	case !z.IsInt64():
		return 0, raise(overflowError, "Python int too large to convert to C ssize_t")
	}
	return int(z.Int64()), nil
}

// arithmetic is a op b for numbers.
func (m *machine) arithmetic(op string, a, b Value) (Value, error) {
	x, whole := integer(a)
	y, whole2 := integer(b)
	if whole && whole2 {
		return m.whole(op, x, y)
	}
	f, err := real(a)
	if err != nil {
		return nil, err
	}
	g, err := real(b)
	if err != nil {
		return nil, err
	}
	return floating(op, f, g)
}

func (m *machine) whole(op string, x, y *big.Int) (Value, error) {
	z := new(big.Int)
	switch op {
	case "+":
		return m.number(z.Add(x, y))
	case "-":
		return m.number(z.Sub(x, y))
	case "*":
		if x.BitLen()+y.BitLen() > MaxBits+1 {
			return m.number(z.Lsh(small(1), MaxBits)) // says that it is too large
		}
		return m.number(z.Mul(x, y))
	case "/":
		if y.Sign() == 0 {
			return nil, raise(zeroDivisionError, "division by zero")
		}
		f, _ := new(big.Rat).SetFrac(x, y).Float64()
		if x.Sign() == 0 && y.Sign() < 0 {
			return math.Copysign(0, -1), nil
		}
		if math.IsInf(f, 0) {
			return nil, raise(overflowError, "integer division result too large for a float")
		}
		return f, nil
	}
	if y.Sign() == 0 {
		if op == "%" {
			return nil, raise(zeroDivisionError, "integer modulo by zero")
		}
		return nil, raise(zeroDivisionError, "integer division or modulo by zero")
	}
	quotient, rest := floorDivided(x, y)
	if op == "%" {
		return m.number(rest)
	}
	return m.number(quotient)
}

// floorDivided is x // y and x % y: the rest has the sign of y.
func floorDivided(x, y *big.Int) (quotient, rest *big.Int) {
	quotient, rest = new(big.Int).QuoRem(x, y, new(big.Int))
	if rest.Sign() != 0 && rest.Sign() != y.Sign() {
		quotient.Sub(quotient, small(1))
		rest.Add(rest, y)
	}
	return quotient, rest
}

func floating(op string, f, g float64) (Value, error) {
	switch op {
	case "+":
		return f + g, nil
	case "-":
		return f - g, nil
	case "*":
		return f * g, nil
	}
	if g == 0 {
		says := map[string]string{"/": "float division by zero", "//": "float floor division by zero"}[op]
		if says == "" {
			says = "float modulo"
		}
		return nil, raise(zeroDivisionError, "%s", says)
	}
	if op == "/" {
		return f / g, nil
	}
	quotient, rest := floatDivided(f, g)
	if op == "%" {
		return rest, nil
	}
	return quotient, nil
}

// floatDivided is f // g and f % g, in CPython's own steps, so that it rounds as CPython does.
func floatDivided(f, g float64) (quotient, rest float64) {
	rest = math.Mod(f, g)
	divided := (f - rest) / g
	if rest == 0 {
		rest = math.Copysign(0, g)
	} else if (g < 0) != (rest < 0) {
		rest += g
		divided--
	}
	if divided == 0 {
		return math.Copysign(0, f/g), rest
	}
	quotient = math.Floor(divided)
	if divided-quotient > 0.5 {
		quotient++
	}
	return quotient, rest
}

// unary is op a, where op is + or -.
func (m *machine) unary(op string, a Value) (Value, error) {
	if err := m.spend(1); err != nil {
		return nil, err
	}
	if d, ok := a.(*Timedelta); ok {
		if op == "-" {
			return newTimedelta(new(big.Int).Neg(d.micros))
		}
		return d, nil
	}
	if f, ok := a.(float64); ok {
		if op == "-" {
			return -f, nil
		}
		return f, nil
	}
	z, ok := integer(a)
	if !ok {
		return nil, raise(typeError, "bad operand type for unary %s: '%s'", op, typeNameOf(a))
	}
	if op == "-" {
		return m.number(new(big.Int).Neg(z))
	}
	return z, nil
}
