package python

import (
	"math/big"
	"slices"
	"strings"
)

// What the session's side of a view needs of values and of what became of a run.

// MissingKey is the KeyError of a key that the session does not have.
func MissingKey(key Value) error {
	return &Raised{Exception: &Exception{Class: keyErrorClass, Args: []Value{key}}, FromSession: true}
}

// Int is an int or a bool that Go's int has room for; false for anything else.
func Int(v Value) (int, bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	case *big.Int:
		return int(v.Int64()), v.IsInt64()
	}
	return 0, false
}

// AtSave is what is kept of an exception that came when the view had ended, and its session was to be saved.
func (r *Raised) AtSave() *Failure {
	return &Failure{Class: r.Exception.Class.Name, Says: r.Error()}
}

// Bare is the outcome without the texts that the view read, made, printed or returned: what it did to which
// key is left.
func (o *Outcome) Bare() *Outcome {
	bare := *o
	bare.Returned, bare.Response = "", nil
	if o.Raised != nil {
		bare.Raised = &Failure{Line: o.Raised.Line, Class: o.Raised.Class, Says: o.Raised.Class}
	}
	bare.Events = slices.Clone(o.Events)
	for i := range bare.Events {
		e := &bare.Events[i]
		e.Gave, e.Printed, e.Acts = "", "", slices.Clone(e.Acts)
		for j := range e.Acts {
			e.Acts[j].Old, e.Acts[j].New = "", ""
		}
	}
	return &bare
}

// Caret is the line that points to the column.
func (e *Unknown) Caret() string { return strings.Repeat(" ", max(0, e.Column-1)) + "^" }
