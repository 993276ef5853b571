package python

import (
	"iter"
	"math/big"
)

// Value is a value of the small Python: nil for None, bool, *big.Int (int), float64, string (str), *List,
// *Tuple, *Dict, *Range, *Datetime, *Timedelta, *Exception, and the objects in this package that have
// attributes or can be called. The numbers and texts of Go are never changed once they are values.
type Value any

// List is a list. Who holds it twice holds one list, as in Python.
type List struct{ Items []Value }

// Tuple is a tuple.
type Tuple struct{ Items []Value }

// Slice is what stands in brackets with colons; each part is nil where it is left out.
type Slice struct{ Low, High, Step Value }

// hasAttributes is a value with attributes. attr raises AttributeError for one that is not there.
type hasAttributes interface {
	attr(m *machine, name string) (Value, error)
}

// takesAttributes is a value whose attributes can be set.
type takesAttributes interface {
	setAttr(m *machine, name string, v Value) error
}

// callable is a value that can be called.
type callable interface {
	call(m *machine, a Args) (Value, error)
}

// named is a value that says its own type's name, as Python's type(v).__name__ does.
type named interface{ typeName() string }

// shown is a value that writes itself, as Python's repr does. most is about how many bytes are wanted.
type shown interface{ repr(most int) string }

// hasItems is a value that can be subscripted. One that is no iterable besides is gone through as Python
// does it: its items 0, 1, 2 and so on, up to an IndexError.
type hasItems interface {
	item(m *machine, key Value) (Value, error)
}

// takesItems is a value whose items can be set and deleted.
type takesItems interface {
	setItem(m *machine, key, to Value) error
	delItem(m *machine, key Value) error
}

// container is a value that says by itself what is in it. What is none is gone through.
type container interface {
	contains(m *machine, v Value) (bool, error)
}

// iterable is a value that a for loop can go through.
type iterable interface {
	iterate(m *machine) (next, error)
}

// next gives the next value of what is gone through, and false at its end.
type next func() (Value, bool, error)

// sized is a value with a len.
type sized interface {
	length(m *machine) (int, error)
}

// mapping is a value with keys() besides its items: a dict can be made of it.
type mapping interface {
	mapping(m *machine) (*Dict, error)
}

// truthful is a value that says by itself whether it is true.
type truthful interface {
	truth(m *machine) (bool, error)
}

// Args are what a call was given.
type Args struct {
	List  []Value
	Names []Keyword // in the order of the call; no name twice
}

// Keyword is an argument with its name.
type Keyword struct {
	Name  string
	Value Value
}

// sequence is what a for loop goes through. Each step may raise, which ends it.
type sequence = iter.Seq2[Value, error]

// small returns n as a Value.
func small(n int) *big.Int { return big.NewInt(int64(n)) }
