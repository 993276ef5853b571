package python

import (
	"math/big"
	"slices"
	"strings"
)

// What the evaluator asks of values. Each raises as Python does, in CPython 3.11's words, and takes the
// steps and bytes that it needs from m before it takes them.

// room takes the bytes of n things of that size, and a step for each 64 of them.
func (m *machine) room(n, size int) error {
	if n > MaxBytes { // whatever it is, it is too much; and no product overflows
		return m.alloc(MaxBytes + 1)
	}
	if err := m.spend(n / 64); err != nil {
		return err
	}
	return m.alloc(n * size)
}

// made is a new str.
func (m *machine) made(s string, err error) (Value, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// What a list, a tuple or a dict takes for each of its items.
const (
	itemSize  = 16
	entrySize = 64
)

// binary is a op b, where op is one of + - * / // %.
func (m *machine) binary(op string, a, b Value) (Value, error) { return m.operate(op, op, a, b) }

// operate is binary; written is how the operator stands in the source.
func (m *machine) operate(op, written string, a, b Value) (Value, error) {
	if err := m.spend(1); err != nil {
		return nil, err
	}
	if isNumber(a) && isNumber(b) {
		return m.arithmetic(op, a, b)
	}
	if v, done, err := m.times(op, a, b); done || err != nil {
		return v, err
	}
	switch op {
	case "-":
		if isSet(a) || isSet(b) {
			return nil, &Over{"This small Python has no sets."}
		}
	case "%":
		if format, ok := a.(string); ok {
			return m.percent(format, b)
		}
	case "+":
		if v, done, err := m.concatenate(a, b); done || err != nil {
			return v, err
		}
	case "*":
		if isSequence(a) {
			return m.repeat(a, b)
		}
		if isSequence(b) {
			return m.repeat(b, a)
		}
	}
	return nil, raise(typeError, "unsupported operand type(s) for %s: '%s' and '%s'",
		written, typeNameOf(a), typeNameOf(b))
}

func isSequence(v Value) bool {
	switch v.(type) {
	case string, *List, *Tuple:
		return true
	}
	return false
}

// concatenate is a + b; done is false where a is no sequence.
func (m *machine) concatenate(a, b Value) (v Value, done bool, err error) {
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			if err := m.room(max(16, len(x)+len(y)), 1); err != nil {
				return nil, true, err
			}
			return x + y, true, nil
		}
	case *List:
		if y, ok := b.(*List); ok {
			v, err = m.joined(x.Items, y.Items)
			return v, true, err
		}
	case *Tuple:
		if y, ok := b.(*Tuple); ok {
			if v, err = m.joined(x.Items, y.Items); err != nil {
				return nil, true, err
			}
			return &Tuple{v.(*List).Items}, true, nil
		}
	default:
		return nil, false, nil
	}
	name := typeNameOf(a)
	if name == "str" {
		return nil, true, raise(typeError, `can only concatenate str (not "%s") to str`, typeNameOf(b))
	}
	return nil, true, raise(typeError, `can only concatenate %s (not "%s") to %s`, name, typeNameOf(b), name)
}

func (m *machine) joined(a, b []Value) (Value, error) {
	if err := m.room(len(a)+len(b)+1, itemSize); err != nil {
		return nil, err
	}
	return &List{slices.Concat(a, b)}, nil
}

// repeat is sequence * count.
func (m *machine) repeat(v, count Value) (Value, error) {
	z, ok := integer(count)
	if !ok {
		return nil, raise(typeError, "can't multiply sequence by non-int of type '%s'", typeNameOf(count))
	}
	if !z.IsInt64() {
		return nil, raise(overflowError, "cannot fit 'int' into an index-sized integer")
	}
	n := int(max(z.Int64(), 0))
	switch v := v.(type) {
	case string:
		if err := m.times16(len(v), n, 1); err != nil || v == "" {
			return v, err
		}
		return strings.Repeat(v, n), nil
	case *List:
		if err := m.times16(len(v.Items), n, itemSize); err != nil || len(v.Items) == 0 {
			return &List{}, err
		}
		return &List{slices.Repeat(v.Items, n)}, nil
	case *Tuple:
		if err := m.times16(len(v.Items), n, itemSize); err != nil || len(v.Items) == 0 {
			return &Tuple{}, err
		}
		return &Tuple{slices.Repeat(v.Items, n)}, nil
	}
	return nil, raise(typeError, "can't multiply sequence by non-int of type '%s'", typeNameOf(v))
}

// times16 takes the room of n times length things, and at least 16 bytes.
func (m *machine) times16(length, n, size int) error {
	if length > 0 && n > MaxBytes/length {
		return m.alloc(MaxBytes + 1)
	}
	return m.room(max(length*n, 16/size), size)
}

// inPlace is a op= b: a list is changed and returned, anything else is binary.
func (m *machine) inPlace(op string, a, b Value) (Value, error) {
	list, ok := a.(*List)
	switch {
	case ok && op == "+":
		return list, m.extend(list, b)
	case ok && op == "*":
		longer, err := m.operate(op, op+"=", a, b)
		if err == nil {
			list.Items = longer.(*List).Items
		}
		return list, err
	}
	return m.operate(op, op+"=", a, b)
}

// extend puts what v goes through at the end of a list.
func (m *machine) extend(list *List, v Value) error {
	if v == list {
		v = &List{slices.Clone(list.Items)}
	}
	step, err := m.begin(v)
	if err != nil {
		return err
	}
	for {
		item, ok, err := step()
		if err != nil || !ok {
			return err
		}
		if err := m.alloc(itemSize); err != nil {
			return err
		}
		list.Items = append(list.Items, item)
	}
}

// truth is bool(v).
func (m *machine) truth(v Value) (bool, error) {
	if err := m.spend(1); err != nil {
		return false, err
	}
	switch v := v.(type) {
	case nil:
		return false, nil
	case bool:
		return v, nil
	case *big.Int:
		return v.Sign() != 0, nil
	case float64:
		return v != 0, nil
	case *Timedelta:
		return v.micros.Sign() != 0, nil
	case truthful:
		return v.truth(m)
	}
	if n, ok, err := m.lengthOf(v); ok || err != nil {
		return n > 0, err
	}
	return true, nil
}

// lengthOf is len(v); ok is false for what has none.
func (m *machine) lengthOf(v Value) (n int, ok bool, err error) {
	switch v := v.(type) {
	case string:
		n, err := m.runes(v)
		return n, true, err
	case *List:
		return len(v.Items), true, nil
	case *Tuple:
		return len(v.Items), true, nil
	case *Dict:
		return v.Len(), true, nil
	case *Range:
		n, err := v.Len()
		return n, true, err
	case dictView:
		return v.of().Len(), true, nil
	case sized:
		n, err := v.length(m)
		return n, true, err
	}
	return 0, false, nil
}
