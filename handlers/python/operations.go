package python

import "errors"

var errUnmade = errors.New("not made yet")

// What the evaluator asks of values. Each raises as Python does, in CPython 3.11's words, and takes the
// steps and bytes that it needs from m before it takes them.

// binary is a op b, where op is one of + - * / // %.
func (m *machine) binary(op string, a, b Value) (Value, error) { return nil, errUnmade }

// inPlace is a op= b: a list is changed and returned, anything else is binary.
func (m *machine) inPlace(op string, a, b Value) (Value, error) { return nil, errUnmade }

// unary is op a, where op is + or -.
func (m *machine) unary(op string, a Value) (Value, error) { return nil, errUnmade }

// compare is a op b, where op is one of == != < <= > >= is "is not" in "not in".
func (m *machine) compare(op string, a, b Value) (bool, error) { return false, errUnmade }

// truth is bool(v).
func (m *machine) truth(v Value) (bool, error) { return false, errUnmade }

// iterate is what a for loop over v goes through.
func (m *machine) iterate(v Value) (sequence, error) { return nil, errUnmade }

// item is v[key], where key may be a *Slice; setItem is v[key] = to, and delItem del v[key].
func (m *machine) item(v, key Value) (Value, error) { return nil, errUnmade }
func (m *machine) setItem(v, key, to Value) error   { return errUnmade }
func (m *machine) delItem(v, key Value) error       { return errUnmade }

// attr is v.name, and setAttr v.name = to.
func (m *machine) attr(v Value, name string) (Value, error)     { return nil, errUnmade }
func (m *machine) setAttr(v Value, name string, to Value) error { return errUnmade }

// call is f(…).
func (m *machine) call(f Value, a Args) (Value, error) { return nil, errUnmade }

// typeNameOf is type(v).__name__.
func typeNameOf(v Value) string { return "object" }

// builtins are the names that every view knows: functions, types and exceptions.
func builtins() map[string]Value { return nil }
