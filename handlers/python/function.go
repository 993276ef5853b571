package python

import (
	"fmt"
	"slices"
	"strings"
)

// signature is that of a function written in Python, as all of Django's are. CPython says of wrong arguments
// something else there than of those of its own types.
type signature struct {
	name   string   // with its class: SessionBase.get
	params []string // all can be given by place and by name
	needed int      // so many of them
	self   int      // 1 for a method, which counts itself
	rest   bool     // takes any others by name
	more   bool     // takes any others by place, and does nothing with them
}

// notGiven stands for an argument that was left out, where None would be one.
type notGiven struct{}

// bind puts arguments in their places, and those by other names in rest.
func (s *signature) bind(a Args) (values []Value, rest []Keyword, err error) {
	values = make([]Value, len(s.params))
	for i := range values {
		values[i] = notGiven{}
	}
	copy(values, a.List)
	for _, k := range a.Names {
		switch i := slices.Index(s.params, k.Name); {
		case i < 0 && s.rest:
			rest = append(rest, k)
		case i < 0:
			return nil, nil, raise(typeError, "%s() got an unexpected keyword argument '%s'", s.name, k.Name)
		case values[i] != (notGiven{}):
			return nil, nil, raise(typeError, "%s() got multiple values for argument '%s'", s.name, k.Name)
		default:
			values[i] = k.Value
		}
	}
	if len(a.List) > len(s.params) && !s.more {
		return nil, nil, s.tooMany(len(a.List))
	}
	return values, rest, s.allThere(values)
}

// tooMany is raised for n arguments by place.
func (s *signature) tooMany(n int) error {
	least, most, were := s.needed+s.self, len(s.params)+s.self, "were"
	takes := fmt.Sprintf("%d positional argument%s", most, plural(most))
	if least != most {
		takes = fmt.Sprintf("from %d to %d positional arguments", least, most)
	}
	if n += s.self; n == 1 {
		were = "was"
	}
	return raise(typeError, "%s() takes %s but %d %s given", s.name, takes, n, were)
}

func (s *signature) allThere(values []Value) error {
	var left []string
	for i, v := range values[:s.needed] {
		if v == (notGiven{}) {
			left = append(left, "'"+s.params[i]+"'")
		}
	}
	if len(left) == 0 {
		return nil
	}
	last := len(left) - 1
	names := left[last]
	if last > 0 {
		names = strings.Join(left[:last], ", ") + " and " + names
	}
	return raise(typeError, "%s() missing %d required positional argument%s: %s",
		s.name, len(left), plural(len(left)), names)
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// function is a function of Django's.
type function struct {
	signature
	do func(m *machine, values []Value, rest []Keyword) (Value, error)
}

func (f *function) call(m *machine, a Args) (Value, error) {
	values, rest, err := f.bind(a)
	if err != nil {
		return nil, err
	}
	return f.do(m, values, rest)
}

func (f *function) typeName() string { return "function" }

func (f *function) repr(int) string { return "<function " + f.name + " at 0x…>" }
