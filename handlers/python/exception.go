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
	notImplementedError = &Class{"NotImplementedError", runtimeError}
	stopIteration       = &Class{"StopIteration", exception}
	typeError           = &Class{"TypeError", exception}
	valueError          = &Class{"ValueError", exception}
)

// Exception is an exception as a value.
type Exception struct {
	Class *Class
	Args  []Value

	cause, context *Exception // __cause__ and __context__
	suppress       bool       // __suppress_context__
	passed         []passed   // the lines that it came through, the last first
	fromSession    bool       // it is the KeyError of a key that the session has not
}

// passed is a line that an exception came through.
type passed struct {
	line int
	in   string // the frame
}

// Raised is an exception on its way. Line is where it was raised, 0 while that is not known.
type Raised struct {
	Exception   *Exception
	Line        int
	FromSession bool // it is the KeyError of a key that the session has not
}

// Error is the last line of its traceback.
func (r *Raised) Error() string { return r.Exception.last() }

// raise returns an exception with that message.
func raise(class *Class, format string, args ...any) error {
	return &Raised{Exception: &Exception{Class: class, Args: []Value{fmt.Sprintf(format, args...)}}}
}
