package python

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

func init() {
	for name, do := range map[string]func(*machine, Args) (Value, error){
		"str": makeStr, "int": makeInt, "float": makeFloat, "bool": makeBool, "list": makeList,
		"tuple": makeTuple, "range": makeRange, "enumerate": makeEnumerate, "zip": makeZip,
		"reversed": makeReversed, "type": makeType,
		"object": func(*machine, Args) (Value, error) {
			return nil, &Over{"This small Python has no object()."}
		},
	} {
		types[name] = &Type{name: name, make: do}
	}
	types["NoneType"] = &Type{name: "NoneType"}
}

// atMost is the one argument of a type that takes none or one, by place only; ok is false for none.
func atMost(name string, a Args) (v Value, ok bool, err error) {
	switch {
	case len(a.Names) > 0:
		return nil, false, raise(typeError, "%s() takes no keyword arguments", name)
	case len(a.List) > 1:
		return nil, false, wrongCount(name, 0, 1, len(a.List))
	case len(a.List) == 0:
		return nil, false, nil
	}
	return a.List[0], true, nil
}

func makeStr(m *machine, a Args) (Value, error) {
	f := &method{name: "str", takes: named1(0, "object", "encoding", "errors")}
	list, err := f.filled(a)
	if err != nil {
		return nil, err
	}
	for i, name := range f.takes.names[1:] {
		if v := list[i+1]; v != (missing{}) {
			if _, ok := v.(string); !ok {
				return nil, raise(typeError, "str() argument '%s' must be str, not %s", name, argumentName(v))
			}
			if _, ok := list[0].(string); ok {
				return nil, raise(typeError, "decoding str is not supported")
			}
			return nil, raise(typeError,
				"decoding to str: need a bytes-like object, %s found", typeNameOf(list[0]))
		}
	}
	return m.made(m.str(given(list[0], "")))
}

func makeBool(m *machine, a Args) (Value, error) {
	v, ok, err := atMost("bool", a)
	if err != nil || !ok {
		return false, err
	}
	return m.truth(v)
}

func makeList(m *machine, a Args) (Value, error) {
	v, ok, err := atMost("list", a)
	if err != nil || !ok {
		return &List{}, err
	}
	items, err := m.collect(v)
	return &List{items}, err
}

func makeTuple(m *machine, a Args) (Value, error) {
	v, ok, err := atMost("tuple", a)
	if err != nil || !ok {
		return &Tuple{}, err
	}
	if t, ok := v.(*Tuple); ok {
		return t, nil
	}
	items, err := m.collect(v)
	return &Tuple{items}, err
}

func makeType(m *machine, a Args) (Value, error) {
	if len(a.List) == 3 {
		return nil, &Over{"This small Python has no classes of your own."}
	}
	if len(a.List) != 1 || len(a.Names) > 0 {
		return nil, raise(typeError, "type() takes 1 or 3 arguments")
	}
	return typeOf(a.List[0]), nil
}

func makeInt(m *machine, a Args) (Value, error) {
	if len(a.Names) == 1 && a.Names[0].Name == "base" && len(a.List) == 1 {
		a = Args{List: append(a.List[:1:1], a.Names[0].Value)}
	}
	switch {
	case len(a.List)+len(a.Names) > 2:
		return nil, raise(typeError, "int() takes at most 2 arguments (%d given)", len(a.List)+len(a.Names))
	case len(a.Names) > 0:
		if a.Names[0].Name == "base" {
			return nil, raise(typeError, "int() missing string argument")
		}
		return nil, raise(typeError, "'%s' is an invalid keyword argument for int()", a.Names[0].Name)
	case len(a.List) == 0:
		return small(0), nil
	case len(a.List) == 2:
		base, err := index(a.List[1])
		if err != nil {
			return nil, err
		}
		text, ok := a.List[0].(string)
		if !ok && (base == 0 || base >= 2 && base <= 36) {
			return nil, raise(typeError, "int() can't convert non-string with explicit base")
		}
		return m.parseInt(text, base)
	}
	switch v := a.List[0].(type) {
	case string:
		return m.parseInt(v, 10)
	case float64:
		return m.truncated(v)
	default:
		if z, ok := integer(v); ok {
			return z, nil
		}
		return nil, raise(typeError,
			"int() argument must be a string, a bytes-like object or a real number, not '%s'", typeNameOf(v))
	}
}

// truncated is f without what stands behind its point.
func (m *machine) truncated(f float64) (Value, error) {
	switch {
	case math.IsNaN(f):
		return nil, raise(valueError, "cannot convert float NaN to integer")
	case math.IsInf(f, 0):
		return nil, raise(overflowError, "cannot convert float infinity to integer")
	}
	z, _ := big.NewFloat(f).Int(nil)
	return m.number(z)
}

func makeFloat(m *machine, a Args) (Value, error) {
	v, ok, err := atMost("float", a)
	if err != nil || !ok {
		return 0.0, err
	}
	text, isText := v.(string)
	if !isText {
		if !isNumber(v) {
			return nil, raise(typeError,
				"float() argument must be a string or a real number, not '%s'", typeNameOf(v))
		}
		return real(v)
	}
	if err := m.room(len(text), 1); err != nil {
		return nil, err
	}
	plain, ok := plainDigits(text)
	hex := strings.ContainsAny(plain, "xXpP")
	f, err := strconv.ParseFloat(plain, 64)
	if !ok || hex || err != nil && !math.IsInf(f, 0) {
		shown, err := m.repr(text)
		if err != nil {
			return nil, err
		}
		return nil, raise(valueError, "could not convert string to float: %s", shown)
	}
	return f, nil
}

func makeRange(m *machine, a Args) (Value, error) {
	if len(a.Names) > 0 {
		return nil, raise(typeError, "range() takes no keyword arguments")
	}
	if n := len(a.List); n < 1 || n > 3 {
		return nil, wrongCount("range", 1, 3, n)
	}
	parts := []*big.Int{small(0), nil, small(1)}
	for i, v := range a.List {
		z, ok := integer(v)
		if !ok {
			return nil, raise(typeError, "'%s' object cannot be interpreted as an integer", typeNameOf(v))
		}
		if len(a.List) == 1 {
			i = 1
		}
		parts[i] = z
	}
	if parts[2].Sign() == 0 {
		return nil, raise(valueError, "range() arg 3 must not be zero")
	}
	return &Range{parts[0], parts[1], parts[2]}, nil
}
