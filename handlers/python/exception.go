package python

import "fmt"

// Class is a class of exceptions.
type Class struct {
	Name string
	Base *Class // nil for BaseException
}

// The exceptions that can be raised here, with Python's own hierarchy.
var (
	baseException = &Class{"BaseException", nil}
	exception     = &Class{"Exception", baseException}

	arithmeticError     = &Class{"ArithmeticError", exception}
	overflowError       = &Class{"OverflowError", arithmeticError}
	zeroDivisionError   = &Class{"ZeroDivisionError", arithmeticError}
	assertionError      = &Class{"AssertionError", exception}
	attributeError      = &Class{"AttributeError", exception}
	importError         = &Class{"ImportError", exception}
	moduleNotFoundError = &Class{"ModuleNotFoundError", importError}
	lookupError         = &Class{"LookupError", exception}
	indexError          = &Class{"IndexError", lookupError}
	keyErrorClass       = &Class{"KeyError", lookupError}
	nameError           = &Class{"NameError", exception}
	unboundLocalError   = &Class{"UnboundLocalError", nameError}
	runtimeError        = &Class{"RuntimeError", exception}
	stopIteration       = &Class{"StopIteration", exception}
	typeError           = &Class{"TypeError", exception}
	valueError          = &Class{"ValueError", exception}
)

// Exception is an exception as a value.
type Exception struct {
	Class *Class
	Args  []Value
}

// Raised is an exception on its way. Line is where it was raised, 0 while that is not known.
type Raised struct {
	Exception *Exception
	Line      int
}

// Error is the last line of its traceback.
func (r *Raised) Error() string { return r.Exception.Class.Name } // + message

// raise returns an exception with that message.
func raise(class *Class, format string, args ...any) error {
	return &Raised{Exception: &Exception{Class: class, Args: []Value{fmt.Sprintf(format, args...)}}}
}
