package python

import (
	"strings"

	"github.com/go-python/gpython/ast"
)

// module is a module as a value.
type module struct {
	name  string
	names map[string]Value
}

func (*module) typeName() string { return "module" }

func (d *module) repr(int) string { return "<module '" + d.name + "'>" }

func (d *module) attr(_ *machine, name string) (Value, error) {
	if v, ok := d.names[name]; ok {
		return v, nil
	}
	return nil, raise(attributeError, "module '%s' has no attribute '%s'", d.name, name)
}

// importable are the modules that can be imported from, with what they have here.
func importable() map[string]map[string]Value {
	django := djangoNames()
	return map[string]map[string]Value{
		"datetime":         datetimeNames(),
		"django.http":      {"HttpResponse": django["HttpResponse"]},
		"django.shortcuts": {"redirect": django["redirect"]},
	}
}

// boundName is the name that an import gives to what it imports.
func boundName(a *ast.Alias) string {
	if a.AsName != "" {
		return string(a.AsName)
	}
	return string(a.Name)
}

// importsModule checks an import without a from.
func (c *checker) importsModule(s *ast.Import) {
	for _, a := range s.Names {
		if a.Name != "datetime" {
			c.imported(s, "import "+string(a.Name))
		}
		c.bind(s, boundName(a))
	}
}

func (c *checker) importsFrom(s *ast.ImportFrom) {
	from := strings.Repeat(".", s.Level) + string(s.Module)
	index := c.at[c.pos(s)]
	for c.tokens[index+1].kind != tokenNewline && c.tokens[index+1].text != ";" {
		index++
	}
	if c.tokens[index].text == "," {
		c.python(s, "trailing comma not allowed without surrounding parentheses")
	}
	names := importable()[from]
	for _, a := range s.Names {
		if names[string(a.Name)] == nil {
			c.imported(s, "from "+from+" import "+string(a.Name))
		}
		c.bind(s, boundName(a))
	}
}

// imported refuses an import.
func (c *checker) imported(s ast.Stmt, what string) {
	instead := "It knows `from datetime import datetime, timedelta`."
	switch {
	case strings.HasSuffix(what, " render"):
		instead = "Return a text, or `HttpResponse('…')`."
	case strings.HasPrefix(what, "from django"), strings.HasPrefix(what, "import django"):
		instead = "It knows `HttpResponse` and `redirect`."
	}
	c.no(s, code(what), instead)
}

// imports runs an import, which the checker knows to be there.
func (m *machine) imports(s *ast.ImportFrom) {
	names := importable()[string(s.Module)]
	for _, a := range s.Names {
		m.store(boundName(a), names[string(a.Name)])
	}
}
