package handlers

import (
	"bufio"
	"bytes"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const scsPath = "github.com/alexedwards/scs/v2"

// program is this program as the compiler sees it: its own packages from their source, the others from what
// the compiler keeps of them.
type program struct {
	positions *token.FileSet
	others    types.Importer
	own       map[string]*types.Package
	uses      map[string][]string // what a function calls or hands on, by full name
	at        map[string]string   // the full name of the function at handlers/get.go:16
}

// readProgram takes about two seconds, once for all tests.
var readProgram = sync.OnceValues(func() (*program, error) {
	list, err := goList("-deps", "-f", `{{with .Module}}{{if .Main}}{{$.ImportPath}}	{{$.Dir}}	`+
		`{{join $.GoFiles " "}}	{{join $.Imports " "}}{{end}}{{end}}`, "sessionlab/handlers")
	if err != nil {
		return nil, err
	}
	p := &program{positions: token.NewFileSet(), own: map[string]*types.Package{}, uses: map[string][]string{},
		at: map[string]string{}}
	var packages [][]string
	imports := []string{"-export", "-deps", "-f", "{{if .Export}}{{.ImportPath}}\t{{.Export}}{{end}}"}
	for line := range strings.Lines(list) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) == 4 {
			packages = append(packages, fields)
			imports = append(imports, slices.DeleteFunc(strings.Fields(fields[3]), func(path string) bool {
				return strings.HasPrefix(path, "sessionlab/")
			})...)
		}
	}
	exports, err := goList(imports...)
	if err != nil {
		return nil, err
	}
	p.others = importer.ForCompiler(p.positions, "gc", exportsIn(exports))
	for _, f := range packages { // each after those that it imports
		if err := p.read(f[0], f[1], strings.Fields(f[2])); err != nil {
			return nil, err
		}
	}
	return p, nil
})

func goList(args ...string) (string, error) {
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go list: %w\n%s", err, complaint.String())
	}
	return string(out), nil
}

// exportsIn opens what the compiler keeps of a package.
func exportsIn(list string) importer.Lookup {
	files := map[string]string{}
	for lines := bufio.NewScanner(strings.NewReader(list)); lines.Scan(); {
		path, file, _ := strings.Cut(lines.Text(), "\t")
		files[path] = file
	}
	return func(path string) (io.ReadCloser, error) { return os.Open(files[path]) }
}

// Import is types.Importer.
func (p *program) Import(path string) (*types.Package, error) {
	if own := p.own[path]; own != nil {
		return own, nil
	}
	return p.others.Import(path)
}

// read checks a package of this project, and notes what each function uses.
func (p *program) read(path, dir string, names []string) error {
	var files []*ast.File
	for _, name := range names {
		file, err := parser.ParseFile(p.positions, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, file)
	}
	info := &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	checked, err := (&types.Config{Importer: p}).Check(path, p.positions, files, info)
	if err != nil {
		return err
	}
	p.own[path] = checked
	for _, file := range files {
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok {
				p.note(strings.TrimPrefix(path, "sessionlab/"), f, info)
			}
		}
	}
	return nil
}

func (p *program) note(folder string, f *ast.FuncDecl, info *types.Info) {
	name := info.Defs[f.Name].(*types.Func).FullName()
	place := p.positions.Position(f.Pos())
	p.at[fmt.Sprintf("%s/%s:%d", folder, filepath.Base(place.Filename), place.Line)] = name
	ast.Inspect(f, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if used, ok := info.Uses[id].(*types.Func); ok {
				p.uses[name] = append(p.uses[name], used.Origin().FullName())
			}
		}
		return true
	})
}

// reaches reports whether one of the functions, or one that it uses, uses the function of that name.
func (p *program) reaches(functions []string, wanted string) bool {
	seen := map[string]bool{}
	for len(functions) > 0 {
		name := functions[0]
		functions = functions[1:]
		if name == wanted {
			return true
		}
		if !seen[name] {
			seen[name] = true
			functions = append(functions, p.uses[name]...)
		}
	}
	return false
}

// scsNames are the exported names of SCS, as the rows have them, each with the full name of its function or
// "": methods and fields of the manager, fields of its cookie, methods of a store, and what else there is.
func (p *program) scsNames(t *testing.T) map[string]string {
	t.Helper()
	pkg, err := p.Import(scsPath)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, name := range pkg.Scope().Names() {
		if token.IsExported(name) {
			names[name] = ""
		}
	}
	for prefix, of := range map[string]string{"": "SessionManager", "Cookie.": "SessionCookie"} {
		fields := pkg.Scope().Lookup(of).Type().Underlying().(*types.Struct)
		for field := range fields.Fields() {
			if field.Exported() {
				names[prefix+field.Name()] = ""
			}
		}
	}
	for method := range pkg.Scope().Lookup("Store").Type().Underlying().(*types.Interface).Methods() {
		names["Store."+method.Name()] = ""
	}
	methods := types.NewMethodSet(types.NewPointer(pkg.Scope().Lookup("SessionManager").Type()))
	for method := range methods.Methods() {
		if f := method.Obj().(*types.Func); f.Exported() {
			names[f.Name()] = f.FullName()
		}
	}
	return names
}
