package handlers

import (
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strings"
	"sync"
)

//go:embed *.go
var sourceFiles embed.FS

// source finds the functions that lessons show. What a page prints is cut out of the very files
// that this program was built from.
type source struct {
	functions map[string]excerpt
}

// excerpt is one function as it stands in its file, with its comment.
type excerpt struct {
	Name string
	File string
	Line int
	Text string
}

// readSource parses the package's own files, tests left out. They are part of the program, so once is
// enough.
var readSource = sync.OnceValues(func() (*source, error) {
	s := &source{functions: map[string]excerpt{}}
	names, err := fs.Glob(sourceFiles, "*.go")
	if err != nil {
		return nil, fmt.Errorf("list source: %w", err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := sourceFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read source: %w", err)
		}
		if err := s.add(name, text); err != nil {
			return nil, err
		}
	}
	return s, nil
})

func (s *source) add(name string, text []byte) error {
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
		s.functions[f.Name.Name] = excerpt{
			Name: f.Name.Name, File: "handlers/" + name, Line: positions.Position(f.Pos()).Line,
			Text: string(text[positions.Position(from).Offset:positions.Position(f.End()).Offset]),
		}
	}
	return nil
}

// of returns the functions of those names, in that order. New makes sure that the source has those of the
// lessons.
func (s *source) of(names ...string) ([]excerpt, error) {
	list := make([]excerpt, 0, len(names))
	for _, name := range names {
		e, ok := s.functions[name]
		if !ok {
			return nil, fmt.Errorf("no function %q in the source", name)
		}
		list = append(list, e)
	}
	return list, nil
}
