package python

import (
	"math/big"
	"slices"
	"strings"
)

// attr is v.name.
func (m *machine) attr(v Value, name string) (Value, error) {
	if err := m.spend(1); err != nil {
		return nil, err
	}
	if name == "__class__" {
		return typeOf(v), nil
	}
	switch v := v.(type) {
	case hasAttributes:
		return v.attr(m, name)
	case *Exception:
		if name == "args" {
			return &Tuple{v.Args}, nil
		}
	case *Class:
		if name == "__name__" {
			return v.Name, nil
		}
		return nil, raise(attributeError, "type object '%s' has no attribute '%s'", v.Name, name)
	}
	return m.method(v, name)
}

// method is v.name where that is a method of its type.
func (m *machine) method(v Value, name string) (Value, error) {
	of := typeNameOf(v)
	if method, ok := methods[of][name]; ok {
		return &bound{method, v}, nil
	}
	if slices.Contains(strings.Fields(unmade[of]), name) {
		return nil, &Over{"This small Python has no " + of + "." + name + "."}
	}
	return nil, raise(attributeError, "'%s' object has no attribute '%s'", of, name)
}

// setAttr is v.name = to.
func (m *machine) setAttr(v Value, name string, to Value) error {
	if err := m.spend(1); err != nil {
		return err
	}
	switch v := v.(type) {
	case takesAttributes:
		return v.setAttr(m, name, to)
	case *Type:
		return raise(typeError, "cannot set '%s' attribute of immutable type '%s'", name, v.name)
	case *Class:
		return raise(typeError, "cannot set '%s' attribute of immutable type '%s'", name, v.Name)
	}
	if _, ok := methods[typeNameOf(v)][name]; ok {
		return raise(attributeError, "'%s' object attribute '%s' is read-only", typeNameOf(v), name)
	}
	return raise(attributeError, "'%s' object has no attribute '%s'", typeNameOf(v), name)
}

// unmade are the attributes that Python's types have and these do not.
var unmade = map[string]string{
	"str":       "encode expandtabs format_map maketrans translate",
	"int":       "as_integer_ratio conjugate denominator from_bytes imag numerator real to_bytes",
	"float":     "as_integer_ratio conjugate fromhex hex imag real",
	"dict_keys": "isdisjoint mapping", "dict_values": "mapping", "dict_items": "isdisjoint mapping",
	"range":         "count index start step stop",
	"BaseException": "add_note with_traceback",
	"datetime.datetime": "astimezone combine ctime date dst fold fromisocalendar fromordinal fromtimestamp " +
		"isocalendar max min resolution strptime time timetuple timetz today toordinal tzname " +
		"utcfromtimestamp utcoffset utctimetuple",
	"datetime.timedelta": "max min resolution",
	"datetime.timezone":  "dst fromutc max min tzname utcoffset",
}

// call is f(…).
func (m *machine) call(f Value, a Args) (Value, error) {
	if err := m.spend(1); err != nil {
		return nil, err
	}
	switch f := f.(type) {
	case callable:
		return f.call(m, a)
	case *Class:
		if len(a.Names) > 0 {
			return nil, raise(typeError, "%s() takes no keyword arguments", f.Name)
		}
		return &Exception{Class: f, Args: slices.Clone(a.List)}, m.room(len(a.List)+1, itemSize)
	}
	return nil, raise(typeError, "'%s' object is not callable", typeNameOf(f))
}

// typeNameOf is the name of v's type, as messages have it. Python's type(v).__name__ is what stands after
// its last dot.
func typeNameOf(v Value) string {
	switch v := v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case *big.Int:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case *List:
		return "list"
	case *Tuple:
		return "tuple"
	case *Dict:
		return "dict"
	case *Slice:
		return "slice"
	case *Range:
		return "range"
	case *Exception:
		return v.Class.Name
	case *Class:
		return "type"
	case named:
		return v.typeName()
	case callable:
		return "builtin_function_or_method"
	}
	return "object"
}

// bare is a type's name without its module.
func bare(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// is reports whether c is other, or derived from it.
func (c *Class) is(other *Class) bool {
	for ; c != nil; c = c.Base {
		if c == other {
			return true
		}
	}
	return false
}

// typeOf is type(v).
func typeOf(v Value) Value {
	if e, ok := v.(*Exception); ok {
		return e.Class
	}
	name := typeNameOf(v)
	if t, ok := types[name]; ok {
		return t
	}
	return &Type{name: name}
}

// Type is a type as a value, but for those of exceptions: see [Class].
type Type struct {
	name   string
	make   func(m *machine, a Args) (Value, error) // nil for one that cannot be called
	static map[string]*method
	// constants are its other attributes.
	constants map[string]Value
}

func (t *Type) typeName() string { return "type" }

func (t *Type) repr(int) string { return "<class '" + t.name + "'>" }

func (t *Type) call(m *machine, a Args) (Value, error) {
	if t.make == nil {
		return nil, raise(typeError, "cannot create '%s' instances", t.name)
	}
	return t.make(m, a)
}

func (t *Type) attr(m *machine, name string) (Value, error) {
	if name == "__name__" {
		return bare(t.name), nil
	}
	if method, ok := t.static[name]; ok {
		return method, nil
	}
	if v, ok := t.constants[name]; ok {
		return v, nil
	}
	if method, ok := methods[t.name][name]; ok {
		return method, nil
	}
	if slices.Contains(strings.Fields(unmade[t.name]), name) {
		return nil, &Over{"This small Python has no " + t.name + "." + name + "."}
	}
	return nil, raise(attributeError, "type object '%s' has no attribute '%s'", t.name, name)
}

// isInstance is isinstance(v, of).
func (m *machine) isInstance(v, of Value, depth int) (bool, error) {
	if err := m.spend(1); err != nil {
		return false, err
	}
	switch of := of.(type) {
	case *Class:
		e, ok := v.(*Exception)
		return ok && e.Class.is(of), nil
	case *Type:
		name := typeNameOf(v)
		return name == of.name || name == "bool" && of.name == "int" || of.name == "object", nil
	case *Tuple:
		for _, item := range of.Items {
			if depth > maxNesting {
				return false, tooDeep(" in __instancecheck__")
			}
			if ok, err := m.isInstance(v, item, depth+1); ok || err != nil {
				return ok, err
			}
		}
		return false, nil
	}
	return false, raise(typeError, "isinstance() arg 2 must be a type, a tuple of types, or a union")
}
