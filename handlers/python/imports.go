package python

import (
	"slices"
	"strings"

	"github.com/go-python/gpython/ast"
)

// importable is what may be imported from where.
var importable = map[string][]string{"datetime": {"datetime", "timedelta"}, "django.http": {"HttpResponse"},
	"django.shortcuts": {"redirect"}}

func (c *checker) importedFrom(s *ast.ImportFrom) {
	from := strings.Repeat(".", s.Level) + string(s.Module)
	index := c.at[c.pos(s)]
	for c.tokens[index+1].kind != tokenNewline && c.tokens[index+1].text != ";" {
		index++
	}
	if c.tokens[index].text == "," {
		c.python(s, "trailing comma not allowed without surrounding parentheses")
	}
	for _, a := range s.Names {
		if !slices.Contains(importable[from], string(a.Name)) {
			c.imported(s, "from "+from+" import "+string(a.Name))
		}
		name := a.AsName
		if name == "" {
			name = a.Name
		}
		c.bind(s, string(name))
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
