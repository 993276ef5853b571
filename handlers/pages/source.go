package pages

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

// Source finds the functions that pages show: what a page prints is cut out of the very files that the
// program was built from.
type Source struct {
	functions map[string][]Excerpt // by name, and methods by Type.name too
}

// Excerpt is one function as it stands in its file, with its comment.
type Excerpt struct {
	Name string
	File string
	Line int
	Text string
}

// ReadSource parses the Go files of a package, tests left out. folder is where they stand in the project, for
// [Excerpt.File].
func ReadSource(files fs.FS, folder string) (*Source, error) {
	s := &Source{functions: map[string][]Excerpt{}}
	names, err := fs.Glob(files, "*.go")
	if err != nil {
		return nil, fmt.Errorf("list source: %w", err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read source: %w", err)
		}
		if err := s.add(folder, name, text); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Source) add(folder, name string, text []byte) error {
	positions := token.NewFileSet()
	file, err := parser.ParseFile(positions, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("parse source: %w", err)
	}
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		from := f.Pos()
		if f.Doc != nil {
			from = f.Doc.Pos()
		}
		e := Excerpt{
			Name: f.Name.Name, File: path.Join(folder, name), Line: positions.Position(f.Pos()).Line,
			Text: string(text[positions.Position(from).Offset:positions.Position(f.End()).Offset]),
		}
		s.functions[e.Name] = append(s.functions[e.Name], e)
		if f.Recv != nil {
			full := receiver(f.Recv.List[0].Type) + "." + e.Name
			s.functions[full] = append(s.functions[full], e)
		}
	}
	return nil
}

// receiver is the name of the type of a method: Lab, where it is written *Lab or Lab[T].
func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return ""
}

// Has reports whether there is a function of that name.
func (s *Source) Has(name string) bool {
	_, ok := s.functions[name]
	return ok
}

// Of returns the functions of those names, in that order. One that is not there is an error, and so is a name
// that several have: those are called by their types, as in Lab.get.
func (s *Source) Of(names []string) ([]Excerpt, error) {
	list := make([]Excerpt, 0, len(names))
	for _, name := range names {
		switch found := s.functions[name]; len(found) {
		case 0:
			return nil, fmt.Errorf("no function %q in the source", name)
		case 1:
			list = append(list, found[0])
		default:
			return nil, fmt.Errorf("two functions %q in the source, at %s:%d and %s:%d: name its type too, "+
				"as in Lab.%s", name, found[0].File, found[0].Line, found[1].File, found[1].Line, name)
		}
	}
	return list, nil
}
