package python

import "strings"

// functions are the functions that every view knows, but print, which belongs to the run.
var functions []*method

func init() {
	functions = []*method{
		{name: "len", takes: one, do: builtinLen},
		{name: "sorted", raw: builtinSorted},
		{name: "sum", raw: builtinSum},
		{name: "min", raw: builtinMin},
		{name: "max", raw: builtinMax},
		{name: "isinstance", takes: upTo(2, 2), do: func(m *machine, _ Value, a []Value) (Value, error) {
			return m.isInstance(a[0], a[1], 0)
		}},
		{name: "abs", takes: one, do: builtinAbs},
		{name: "round", takes: named1(1, "number", "ndigits"), do: builtinRound},
		{name: "any", takes: one, do: func(m *machine, _ Value, a []Value) (Value, error) {
			return m.anyOf(a[0], true)
		}},
		{name: "all", takes: one, do: func(m *machine, _ Value, a []Value) (Value, error) {
			found, err := m.anyOf(a[0], false)
			return !found, err
		}},
		{name: "repr", takes: one, do: func(m *machine, _ Value, a []Value) (Value, error) {
			return m.made(m.repr(a[0]))
		}},
		{name: "iter", takes: upTo(1, 1), do: func(m *machine, _ Value, a []Value) (Value, error) {
			if it, ok := a[0].(*iterator); ok {
				return it, nil
			}
			step, err := m.steps1(a[0])
			return &iterator{name: typeNameOf(a[0]) + "_iterator", step: step}, err
		}},
		{name: "next", takes: upTo(1, 2), do: builtinNext},
		{name: "format", takes: upTo(1, 2), do: builtinFormat},
	}
}

// builtins are the names that every view knows: functions, types and exceptions.
func builtins() map[string]Value {
	names := map[string]Value{}
	for _, f := range functions {
		names[f.name] = f
	}
	for name, t := range types {
		if name != "NoneType" && !strings.Contains(name, ".") {
			names[name] = t
		}
	}
	for _, c := range classes {
		names[c.Name] = c
	}
	return names
}

// classes are the exceptions that have a name in every view.
var classes = []*Class{
	baseException, exception, arithmeticError, overflowError, zeroDivisionError, assertionError,
	attributeError, importError, moduleNotFoundError, lookupError, indexError, keyErrorClass, nameError,
	unboundLocalError, runtimeError, notImplementedError, recursionError, stopIteration, typeError,
	valueError,
}

// printed is what print writes.
func (m *machine) printed(a Args) (string, error) {
	between := map[string]string{"sep": " ", "end": "\n"}
	for _, word := range a.Names {
		_, known := between[word.Name]
		text, ok := word.Value.(string)
		switch {
		case !known:
			return "", raise(typeError, "'%s' is an invalid keyword argument for print()", word.Name)
		case ok:
			between[word.Name] = text
		case word.Value != nil:
			return "", raise(typeError,
				"%s must be None or a string, not %s", word.Name, typeNameOf(word.Value))
		}
	}
	var b strings.Builder
	for i, v := range a.List {
		text, err := m.str(v)
		if err == nil {
			err = m.room(len(text)+len(between["sep"]), 1)
		}
		if err != nil {
			return "", err
		}
		if i > 0 {
			b.WriteString(between["sep"])
		}
		b.WriteString(text)
	}
	b.WriteString(between["end"])
	return b.String(), nil
}

func builtinLen(m *machine, _ Value, a []Value) (Value, error) {
	n, ok, err := m.lengthOf(a[0])
	if err == nil && !ok {
		err = raise(typeError, "object of type '%s' has no len()", typeNameOf(a[0]))
	}
	return small(n), err
}

func builtinSorted(m *machine, _ Value, a Args) (Value, error) {
	if len(a.List) != 1 {
		return nil, wrongCount("sorted", 1, 1, len(a.List))
	}
	items, err := m.collect(a.List[0])
	if err != nil {
		return nil, err
	}
	items, err = m.sorted(items, a.Names)
	return &List{items}, err
}

func builtinSum(m *machine, _ Value, a Args) (Value, error) {
	if len(a.List) == 0 {
		return nil, raise(typeError, "sum() takes at least 1 positional argument (0 given)")
	}
	f := &method{name: "sum", takes: named1(1, "iterable", "start")}
	list, err := f.filled(a)
	if err != nil {
		return nil, err
	}
	step, err := m.begin(list[0])
	if err != nil {
		return nil, err
	}
	total := given(list[1], small(0))
	if _, ok := total.(string); ok {
		return nil, raise(typeError, "sum() can't sum strings [use ''.join(seq) instead]")
	}
	for {
		item, more, err := step()
		if err != nil || !more {
			return total, err
		}
		if total, err = m.binary("+", total, item); err != nil {
			return nil, err
		}
	}
}

// extreme is min or max: op says which of two is more so.
func (m *machine) extreme(name, op string, a Args) (Value, error) {
	words := map[string]Value{"key": nil, "default": missing{}}
	for _, word := range a.Names {
		if _, ok := words[word.Name]; !ok {
			return nil, raise(typeError, "'%s' is an invalid keyword argument for %s()", word.Name, name)
		}
		words[word.Name] = word.Value
	}
	_, without := words["default"].(missing)
	items := a.List
	switch len(items) {
	case 0:
		return nil, wrongCount(name, 1, len(items), 0)
	case 1:
		var err error
		if items, err = m.collect(items[0]); err != nil {
			return nil, err
		}
	default:
		if !without {
			return nil, raise(typeError,
				"Cannot specify a default for %s() with multiple positional arguments", name)
		}
	}
	if len(items) == 0 {
		if without {
			return nil, raise(valueError, "%s() arg is an empty sequence", name)
		}
		return words["default"], nil
	}
	return m.best(op, items, words["key"])
}

func builtinMin(m *machine, _ Value, a Args) (Value, error) { return m.extreme("min", "<", a) }

func builtinMax(m *machine, _ Value, a Args) (Value, error) { return m.extreme("max", ">", a) }

// best is the first of the items that no other is more than, as op says it of their keys.
func (m *machine) best(op string, items []Value, keyOf Value) (best Value, err error) {
	var bestKey Value
	for i, item := range items {
		key := item
		if keyOf != nil {
			if key, err = m.call(keyOf, Args{List: []Value{item}}); err != nil {
				return nil, err
			}
		}
		more := i == 0
		if !more {
			if more, err = m.compare(op, key, bestKey); err != nil {
				return nil, err
			}
		}
		if more {
			best, bestKey = item, key
		}
	}
	return best, nil
}

// anyOf reports whether v goes through a value of that truth.
func (m *machine) anyOf(v Value, truth bool) (bool, error) {
	step, err := m.begin(v)
	if err != nil {
		return false, err
	}
	for {
		item, more, err := step()
		if err != nil || !more {
			return false, err
		}
		if is, err := m.truth(item); is == truth || err != nil {
			return true, err
		}
	}
}

func builtinNext(m *machine, _ Value, a []Value) (Value, error) {
	it, ok := a[0].(*iterator)
	if !ok {
		return nil, raise(typeError, "'%s' object is not an iterator", typeNameOf(a[0]))
	}
	v, more, err := it.next()
	switch {
	case err != nil || more:
		return v, err
	case len(a) == 2:
		return a[1], nil
	}
	return nil, &Raised{Exception: &Exception{Class: stopIteration}}
}

func builtinFormat(m *machine, _ Value, a []Value) (Value, error) {
	spec := ""
	if len(a) == 2 {
		text, ok := a[1].(string)
		if !ok {
			return nil, raise(typeError, "format() argument 2 must be str, not %s", argumentName(a[1]))
		}
		spec = text
	}
	return m.made(m.formatted(a[0], spec))
}
