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

// Dict is a dict: it keeps the order in which its keys came. 1, 1.0 and True are one key.
type Dict struct{ entries []entry } // with an index beside it

type entry struct{ key, value Value }
