package python

import (
	"math/big"
	"strings"
)

// compare is a op b, where op is one of == != < <= > >= is "is not" in "not in".
func (m *machine) compare(op string, a, b Value) (bool, error) {
	if err := m.spend(1); err != nil {
		return false, err
	}
	switch op {
	case "==", "!=":
		equal, err := m.equal(a, b, 0)
		return equal == (op == "=="), err
	case "is", "is not":
		return same(a, b) == (op == "is"), nil
	case "in", "not in":
		in, err := m.contains(b, a)
		return in == (op == "in"), err
	}
	return m.ordered(op, a, b, 0)
}

// same is a is b. Numbers and texts have no place of their own here: they are the same if they are equal and
// of one type, but for the ints that CPython does not keep at hand.
func same(a, b Value) bool {
	switch a := a.(type) {
	case *big.Int:
		b, ok := b.(*big.Int)
		kept := a.IsInt64() && a.Int64() >= -5 && a.Int64() <= 256
		return ok && (a == b || kept && a.Cmp(b) == 0)
	case *Type:
		b, ok := b.(*Type)
		return ok && a.name == b.name
	case *bound:
		return false
	}
	return a == b
}

// equal is a == b.
func (m *machine) equal(a, b Value, depth int) (bool, error) {
	if err := m.spend(1); err != nil {
		return false, err
	}
	if depth > maxNesting {
		return false, tooDeep(" in comparison")
	}
	if isNumber(a) && isNumber(b) {
		order, comparable := compareNumbers(a, b)
		return comparable && order == 0, nil
	}
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		return ok && x == y, nil
	case *List:
		y, ok := b.(*List)
		if !ok {
			return false, nil
		}
		return m.equalItems(x.Items, y.Items, depth)
	case *Tuple:
		y, ok := b.(*Tuple)
		if !ok {
			return false, nil
		}
		return m.equalItems(x.Items, y.Items, depth)
	case *Dict:
		y, ok := b.(*Dict)
		if !ok {
			return false, nil
		}
		return m.equalDicts(x, y, depth)
	case keyed:
		y, ok := b.(keyed)
		return ok && typeNameOf(a) == typeNameOf(b) && x.hashKey() == y.hashKey(), nil
	case dictView:
		if y, ok := b.(dictView); ok {
			return m.equalViews(x, y, depth)
		}
	}
	return same(a, b), nil
}

// alike is what Python asks of items: the same, or equal.
func (m *machine) alike(a, b Value, depth int) (bool, error) {
	if same(a, b) {
		return true, m.spend(1)
	}
	return m.equal(a, b, depth)
}

func (m *machine) equalItems(a, b []Value, depth int) (bool, error) {
	if len(a) != len(b) {
		return false, nil
	}
	for i := range a {
		if ok, err := m.alike(a[i], b[i], depth+1); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (m *machine) equalDicts(a, b *Dict, depth int) (bool, error) {
	if a.Len() != b.Len() {
		return false, nil
	}
	for _, e := range a.entries {
		if e.gone {
			continue
		}
		i, ok := b.index[e.hash]
		if !ok {
			return false, m.spend(1)
		}
		if ok, err := m.alike(e.value, b.entries[i].value, depth+1); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// compareNumbers is -1, 0 or 1; comparable is false where one is not a number (nan).
func compareNumbers(a, b Value) (order int, comparable bool) {
	x, whole := integer(a)
	y, whole2 := integer(b)
	if whole && whole2 {
		return x.Cmp(y), true
	}
	f, ok := exact(a)
	g, ok2 := exact(b)
	if !ok || !ok2 {
		return 0, false
	}
	return f.Cmp(g), true
}

func exact(v Value) (*big.Float, bool) {
	if f, ok := v.(float64); ok {
		if f != f {
			return nil, false
		}
		return big.NewFloat(f), true
	}
	z, _ := integer(v)
	return new(big.Float).SetInt(z), true
}

// ordered is a op b, where op is one of < <= > >=.
func (m *machine) ordered(op string, a, b Value, depth int) (bool, error) {
	if depth > maxNesting {
		return false, tooDeep(" in comparison")
	}
	if isNumber(a) && isNumber(b) {
		order, comparable := compareNumbers(a, b)
		return comparable && holds(op, order), nil
	}
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			return holds(op, strings.Compare(x, y)), m.spend(min(len(x), len(y)) / 64)
		}
	case *List:
		if y, ok := b.(*List); ok {
			return m.orderedItems(op, x.Items, y.Items, depth)
		}
	case *Tuple:
		if y, ok := b.(*Tuple); ok {
			return m.orderedItems(op, x.Items, y.Items, depth)
		}
	case *Datetime:
		if y, ok := b.(*Datetime); ok {
			if x.Aware != y.Aware {
				return false, raise(typeError, "can't compare offset-naive and offset-aware datetimes")
			}
			return holds(op, x.Time.Compare(y.Time)), nil
		}
	case *Timedelta:
		if y, ok := b.(*Timedelta); ok {
			return holds(op, x.micros.Cmp(y.micros)), nil
		}
	}
	if isSet(a) && isSet(b) {
		return false, &Over{"This small Python has no order of sets."}
	}
	return false, raise(typeError, "'%s' not supported between instances of '%s' and '%s'",
		op, typeNameOf(a), typeNameOf(b))
}

func (m *machine) orderedItems(op string, a, b []Value, depth int) (bool, error) {
	for i := range min(len(a), len(b)) {
		alike, err := m.alike(a[i], b[i], depth+1)
		if err != nil {
			return false, err
		}
		if !alike {
			return m.ordered(op, a[i], b[i], depth+1)
		}
	}
	return holds(op, len(a)-len(b)), nil
}

// holds reports whether op is true of two things of that order.
func holds(op string, order int) bool {
	switch op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

// contains is v in container.
func (m *machine) contains(in, v Value) (bool, error) {
	switch x := in.(type) {
	case string:
		part, ok := v.(string)
		if !ok {
			return false, raise(typeError,
				"'in <string>' requires string as left operand, not %s", typeNameOf(v))
		}
		return strings.Contains(x, part), m.spend(len(x) / 64)
	case *Dict:
		_, ok, err := x.Get(v)
		return ok, err
	case *Range:
		if z, ok := integer(v); ok {
			return x.holds(z), nil
		}
	case *keysView:
		_, ok, err := x.dict.Get(v)
		return ok, err
	case container:
		return x.contains(m, v)
	}
	step, err := m.begin(in)
	if err != nil {
		if r, ok := err.(*Raised); ok && r.Exception.Class == typeError {
			return false, raise(typeError, "argument of type '%s' is not iterable", typeNameOf(in))
		}
		return false, err
	}
	for {
		item, ok, err := step()
		if err != nil || !ok {
			return false, err
		}
		if alike, err := m.alike(item, v, 0); alike || err != nil {
			return alike, err
		}
	}
}
