package python

import (
	"fmt"
	"slices"
	"strings"
)

// method is a method of a type, or a function.
type method struct {
	name  string
	owner string // the type's name; "" for a function
	takes takes
	do    func(m *machine, self Value, a []Value) (Value, error)
	raw   func(m *machine, self Value, a Args) (Value, error) // instead, for one that looks at all by itself
}

// takes says which arguments there may be. The ways differ in what CPython says of too many or too few.
type takes struct {
	way         way
	least, most int
	names       []string // of those that can be given by name, too
}

type way int

const (
	exactly way = iota // none or one
	between            // by place
	parsed             // by place, in the words of the older functions
	byName             // what is left out is missing{} then
)

// one is for exactly one; without a takes there is none.
var one = takes{least: 1, most: 1}

func upTo(least, most int) takes { return takes{way: between, least: least, most: most} }

func named1(least int, names ...string) takes {
	return takes{way: byName, least: least, most: len(names), names: names}
}

// missing stands for an argument that was left out.
type missing struct{}

// bound is a method with its value.
type bound struct {
	*method
	self Value
}

func (b *bound) call(m *machine, a Args) (Value, error) { return b.run(m, b.self, a) }

func (b *bound) typeName() string { return "builtin_function_or_method" }

func (b *bound) repr(int) string {
	return fmt.Sprintf("<built-in method %s of %s object>", b.name, typeNameOf(b.self))
}

func (f *method) typeName() string {
	if f.owner != "" {
		return "method_descriptor"
	}
	return "builtin_function_or_method"
}

func (f *method) repr(int) string {
	if f.owner != "" {
		return "<method '" + f.name + "' of '" + f.owner + "' objects>"
	}
	return "<built-in function " + f.name + ">"
}

func (f *method) attr(_ *machine, name string) (Value, error) {
	if name == "__name__" {
		return f.name, nil
	}
	return nil, raise(attributeError, "'%s' object has no attribute '%s'", f.typeName(), name)
}

// call calls a function, or a method of a type with the value as its first argument.
func (f *method) call(m *machine, a Args) (Value, error) {
	if f.owner == "" {
		return f.run(m, nil, a)
	}
	if len(a.List) == 0 {
		return nil, raise(typeError, "unbound method %s.%s() needs an argument", f.owner, f.name)
	}
	self := a.List[0]
	if typeNameOf(self) != f.owner {
		return nil, raise(typeError, "descriptor '%s' for '%s' objects doesn't apply to a '%s' object",
			f.name, f.owner, typeNameOf(self))
	}
	return f.run(m, self, Args{a.List[1:], a.Names})
}

func (f *method) run(m *machine, self Value, a Args) (Value, error) {
	if slices.Contains(changers, f.name) {
		m.changing(self)
	}
	if f.raw != nil {
		return f.raw(m, self, a)
	}
	list, err := f.filled(a)
	if err != nil {
		return nil, err
	}
	return f.do(m, self, list)
}

// changers are the methods that change a list or a dict.
var changers = strings.Fields("append clear extend insert pop popitem remove reverse setdefault sort update")

// long is its name with its type's.
func (f *method) long() string {
	if f.owner == "" {
		return f.name
	}
	return f.owner + "." + f.name
}

// filled are the arguments in their places.
func (f *method) filled(a Args) ([]Value, error) {
	t, n := f.takes, len(a.List)
	if t.way == byName {
		return f.filledByName(a)
	}
	switch {
	case len(a.Names) > 0:
		return nil, raise(typeError, "%s() takes no keyword arguments", f.long())
	case t.least <= n && n <= t.most:
		return a.List, nil
	case t.way == between:
		return nil, wrongCount(f.name, t.least, t.most, n)
	case t.way == parsed:
		return nil, raise(typeError, "%s() takes %s %s (%d given)", f.name, bounds(t, n), arguments(t, n), n)
	case t.most == 0:
		return nil, raise(typeError, "%s() takes no arguments (%d given)", f.long(), n)
	}
	return nil, raise(typeError, "%s() takes exactly one argument (%d given)", f.long(), n)
}

// wrongCount is what is raised for n arguments instead of at least and at most so many.
func wrongCount(name string, least, most, n int) error {
	words, wanted := "", least
	if least != most {
		words = "at least "
		if n > most {
			words, wanted = "at most ", most
		}
	}
	s := "s"
	if wanted == 1 {
		s = ""
	}
	return raise(typeError, "%s expected %s%d argument%s, got %d", name, words, wanted, s, n)
}

func bounds(t takes, n int) string {
	switch {
	case t.least == t.most:
		return fmt.Sprintf("exactly %d", t.least)
	case n < t.least:
		return fmt.Sprintf("at least %d", t.least)
	}
	return fmt.Sprintf("at most %d", t.most)
}

func arguments(t takes, n int) string {
	if n < t.least && t.least == 1 || n > t.most && t.most == 1 {
		return "argument"
	}
	return "arguments"
}

func (f *method) filledByName(a Args) ([]Value, error) {
	t, n := f.takes, len(a.List)
	if n+len(a.Names) > t.most {
		return nil, raise(typeError, "%s() takes %s %s (%d given)", f.name, bounds(t, t.most+1),
			arguments(t, n+len(a.Names)), n+len(a.Names))
	}
	list := make([]Value, t.most)
	copy(list, a.List)
	for i := n; i < t.most; i++ {
		list[i] = missing{}
	}
	for _, word := range a.Names {
		i := -1
		for j, name := range t.names {
			if name == word.Name {
				i = j
			}
		}
		switch {
		case i < 0:
			return nil, raise(typeError, "'%s' is an invalid keyword argument for %s()", word.Name, f.name)
		case i < n:
			return nil, raise(typeError, "argument for %s() given by name ('%s') and position (%d)",
				f.name, word.Name, i+1)
		}
		list[i] = word.Value
	}
	for i := range t.least {
		if _, out := list[i].(missing); out {
			return nil, raise(typeError, "%s() missing required argument '%s' (pos %d)",
				f.name, t.names[i], i+1)
		}
	}
	return list, nil
}

// argumentName is what some functions call the type of a wrong argument.
func argumentName(v Value) string {
	if v == nil {
		return "None"
	}
	return typeNameOf(v)
}

// given is v, or else without where it was left out.
func given(v, without Value) Value {
	if _, out := v.(missing); out {
		return without
	}
	return v
}

// methods are the methods of each type, by its name, and types the types.
var (
	methods = map[string]map[string]*method{}
	types   = map[string]*Type{}
)

// add adds methods to a type.
func add(owner string, list ...*method) {
	if methods[owner] == nil {
		methods[owner] = map[string]*method{}
	}
	for _, f := range list {
		f.owner = owner
		methods[owner][f.name] = f
	}
}
