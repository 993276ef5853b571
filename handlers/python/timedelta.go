package python

import (
	"fmt"
	"math"
	"math/big"
	"strings"
)

// Timedelta is a timedelta.
type Timedelta struct{ micros *big.Int }

var microsOfDay = big.NewInt(24 * 60 * 60 * 1e6)

const maxDays = 999_999_999

// newTimedelta is the timedelta of so many microseconds, or an OverflowError.
func newTimedelta(micros *big.Int) (Value, error) {
	days, _ := floorDivided(micros, microsOfDay)
	if days.CmpAbs(big.NewInt(maxDays)) > 0 {
		if !days.IsInt64() || days.Int64() != int64(int32(days.Int64())) {
			return nil, raise(overflowError, "Python int too large to convert to C int")
		}
		return nil, raise(overflowError, "days=%s; must have magnitude <= %d", days, maxDays)
	}
	return &Timedelta{micros}, nil
}

func (d *Timedelta) typeName() string { return "datetime.timedelta" }

func (d *Timedelta) hashKey() string { return "timedelta " + d.micros.String() }

// parts are its days, seconds and microseconds. Only the days can be below 0.
func (d *Timedelta) parts() (days, seconds, micros int) {
	whole, rest := floorDivided(d.micros, microsOfDay)
	return int(whole.Int64()), int(rest.Int64() / 1e6), int(rest.Int64() % 1e6)
}

func (d *Timedelta) repr(int) string {
	var shown []string
	days, seconds, micros := d.parts()
	for i, n := range []int{days, seconds, micros} {
		if n != 0 {
			shown = append(shown, fmt.Sprintf("%s=%d", []string{"days", "seconds", "microseconds"}[i], n))
		}
	}
	if shown == nil {
		shown = []string{"0"}
	}
	return "datetime.timedelta(" + strings.Join(shown, ", ") + ")"
}

func (d *Timedelta) text() string {
	days, seconds, micros := d.parts()
	text := fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	if micros != 0 {
		text += fmt.Sprintf(".%06d", micros)
	}
	switch days {
	case 0:
		return text
	case 1, -1:
		return fmt.Sprintf("%d day, %s", days, text)
	}
	return fmt.Sprintf("%d days, %s", days, text)
}

// units are what timedelta can be given, in its order, and how many microseconds each is.
var units = []struct {
	name   string
	micros int64
}{
	{"days", 86400e6}, {"seconds", 1e6}, {"microseconds", 1}, {"milliseconds", 1e3}, {"minutes", 60e6},
	{"hours", 3600e6}, {"weeks", 7 * 86400e6},
}

func init() {
	names := make([]string, len(units))
	for i, unit := range units {
		names[i] = unit.name
	}
	f := &method{name: "__new__", takes: named1(0, names...)}
	newOne := func(_ *machine, a Args) (Value, error) {
		list, err := f.filled(a)
		if err != nil {
			return nil, err
		}
		return makeTimedelta(list)
	}
	types["datetime.timedelta"] = &Type{name: "datetime.timedelta", make: newOne}
	add("datetime.timedelta",
		&method{name: "total_seconds", do: func(_ *machine, self Value, _ []Value) (Value, error) {
			f, _ := new(big.Rat).SetFrac(self.(*Timedelta).micros, big.NewInt(1e6)).Float64()
			return f, nil
		}},
	)
}

func makeTimedelta(list []Value) (Value, error) {
	total := new(big.Rat)
	for i, v := range list {
		if _, out := v.(missing); out {
			continue
		}
		n, err := rational(v, "float NaN to integer", "float infinity to integer")
		if err != nil {
			return nil, err
		}
		if n == nil {
			return nil, raise(typeError,
				"unsupported type for timedelta %s component: %s", units[i].name, typeNameOf(v))
		}
		total.Add(total, n.Mul(n, new(big.Rat).SetInt64(units[i].micros)))
	}
	return newTimedelta(rounded(total))
}

// rational is the number v exactly; nil for what is none. nan and inf are how an error calls those two.
func rational(v Value, nan, inf string) (*big.Rat, error) {
	if z, ok := integer(v); ok {
		return new(big.Rat).SetInt(z), nil
	}
	f, ok := v.(float64)
	switch {
	case !ok:
		return nil, nil
	case math.IsNaN(f):
		return nil, raise(valueError, "cannot convert %s", nan)
	case math.IsInf(f, 0):
		return nil, raise(overflowError, "cannot convert %s", inf)
	}
	return new(big.Rat).SetFloat64(f), nil
}

// rounded is r as an int; half of one goes to the even one.
func rounded(r *big.Rat) *big.Int {
	down, rest := floorDivided(r.Num(), r.Denom())
	if c := rest.Lsh(rest, 1).Cmp(r.Denom()); c > 0 || c == 0 && down.Bit(0) == 1 {
		down.Add(down, small(1))
	}
	return down
}

func (d *Timedelta) attr(m *machine, name string) (Value, error) {
	days, seconds, micros := d.parts()
	switch name {
	case "days":
		return small(days), nil
	case "seconds":
		return small(seconds), nil
	case "microseconds":
		return small(micros), nil
	}
	return m.method(d, name)
}

func (d *Timedelta) setAttr(m *machine, name string, _ Value) error {
	if _, err := d.attr(m, name); err != nil {
		return err
	}
	return raise(attributeError, "readonly attribute")
}

// times is a op b where one of them is a datetime or a timedelta; done is false where it is none, or the
// two do not go together.
func (m *machine) times(op string, a, b Value) (v Value, done bool, err error) {
	switch x := a.(type) {
	case *Datetime:
		switch y := b.(type) {
		case *Datetime:
			if op == "-" {
				v, err = x.minus(y)
				return v, true, err
			}
		case *Timedelta:
			if op == "+" || op == "-" {
				v, err = x.add(signed(op, y.micros))
				return v, true, err
			}
		}
	case *Timedelta:
		if y, ok := b.(*Datetime); ok && op == "+" {
			v, err = y.add(x.micros)
			return v, true, err
		}
		if y, ok := b.(*Timedelta); ok {
			return m.deltas(op, x.micros, y.micros)
		}
		if isNumber(b) {
			return scaled(op, x.micros, b)
		}
	default:
		if y, ok := b.(*Timedelta); ok && op == "*" && isNumber(a) {
			return scaled(op, y.micros, a)
		}
	}
	return nil, false, nil
}

func signed(op string, z *big.Int) *big.Int {
	if op == "-" {
		return new(big.Int).Neg(z)
	}
	return z
}

func (d *Datetime) minus(other *Datetime) (Value, error) {
	if d.Aware != other.Aware {
		return nil, raise(typeError, "can't subtract offset-naive and offset-aware datetimes")
	}
	return newTimedelta(small(int(d.Time.UnixMicro() - other.Time.UnixMicro())))
}

// deltas is a op b of two timedeltas. Division counts how often one goes into the other.
func (m *machine) deltas(op string, a, b *big.Int) (v Value, done bool, err error) {
	switch op {
	case "*":
		return nil, false, nil
	case "+", "-":
		v, err = newTimedelta(new(big.Int).Add(a, signed(op, b)))
		return v, true, err
	}
	if v, err = m.whole(op, a, b); err != nil || op != "%" {
		return v, true, err
	}
	v, err = newTimedelta(v.(*big.Int))
	return v, true, err
}

// scaled is delta op n, where n is a number.
func scaled(op string, delta *big.Int, n Value) (v Value, done bool, err error) {
	_, isFloat := n.(float64)
	if op != "*" && op != "/" && (op != "//" || isFloat) {
		return nil, false, nil
	}
	factor, err := rational(n, "NaN to integer ratio", "Infinity to integer ratio")
	if err != nil {
		return nil, true, err
	}
	if op != "*" {
		if factor.Sign() == 0 {
			return nil, true, raise(zeroDivisionError, "integer division or modulo by zero")
		}
		factor.Inv(factor)
	}
	product := factor.Mul(factor, new(big.Rat).SetInt(delta))
	if op == "//" {
		down, _ := floorDivided(product.Num(), product.Denom())
		v, err = newTimedelta(down)
		return v, true, err
	}
	v, err = newTimedelta(rounded(product))
	return v, true, err
}
