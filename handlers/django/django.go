// Package django renders the templates of the study notes, in Django's language, on the values of a
// session. The engine is pongo2. Where it differs from Django, in loops, in how values are printed and in
// what is escaped, this package does as Django does with the settings of a new project: testdata has what
// real Django made of the same templates.
//
// It renders templates of its own and no others. What pongo2 would read from files is closed all the same.
package django

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/flosch/pongo2/v6"
)

// Snippet is a template of the notes.
type Snippet struct {
	Source string
	parsed *pongo2.Template
}

// The snippets that a visitor's session is rendered with.
var (
	Value   = newSnippet(`{{ request.session.fname }}`)
	Missing = newSnippet(`{{ request.session.nickname }}`)
	Default = newSnippet(`{{ request.session.nickname|default:"Guest" }}`)
	HTML    = newSnippet(`{{ request.session.note }}`)
	Loop    = newSnippet("{% for key, value in request.session.items %}\n" +
		"  {{ key }} : {{ value }}\n{% endfor %}")
)

// Result is what a template printed, or the exception that it failed with: then it printed nothing at all.
type Result struct {
	Segments []Segment
	Raised   *Exception
}

// Text is all that was printed, or the exception as Python names it.
func (r Result) Text() string {
	if r.Raised != nil {
		return r.Raised.Error()
	}
	var b strings.Builder
	for _, s := range r.Segments {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Segment is a part of what a template printed. It is HTML, to be shown as text and not to be put into a page
// as it is.
type Segment struct {
	Text        string
	FromSession bool // a key or a value of the session; the rest is the template's own text
	LeftOut     bool // no output: it says how much is not shown here
}

// Exception is what Django raises.
type Exception struct{ Name, Text string }

func (e *Exception) Error() string { return e.Name + ": " + e.Text }

// Render renders s with values as request.session. What is very long is left out, and a segment says so.
func (s Snippet) Render(values map[string]any) (Result, error) {
	request := map[string]any{"session": session(values)}
	printed, err := s.parsed.Execute(pongo2.Context{"request": request})
	if failed, ok := errors.AsType[*pongo2.Error](err); ok {
		if raised, ok := failed.OrigError.(*Exception); ok {
			return Result{Raised: raised}, nil
		}
	}
	if err != nil {
		return Result{}, fmt.Errorf("render %s: %w", s.Source, err)
	}
	return Result{Segments: segments(printed)}, nil
}

// session is what a template finds under request.session. Django looks for a key of that name before it looks
// for a method, so a key items hides the method.
func session(values map[string]any) map[string]any {
	found := map[string]any{"items": func() []pair { return items(values) }}
	for key, value := range values {
		found[key] = held{value}
	}
	return found
}

var engine = newEngine()

// newEngine is pongo2 with Django's loop and Django's idea of what is false. Of what its other tags can do,
// reading files is closed.
func newEngine() *pongo2.TemplateSet {
	set := pongo2.NewSet("django", noFiles{})
	failed := errors.Join(
		pongo2.ReplaceTag("for", parseFor),
		pongo2.ReplaceFilter("default", defaultFilter),
		set.BanTag("include"), set.BanTag("extends"), set.BanTag("import"), set.BanTag("ssi"),
	)
	if failed != nil {
		panic(failed)
	}
	return set
}

// newSnippet panics if source is no template: see [text/template.Must].
func newSnippet(source string) Snippet {
	parsed, err := engine.FromString(source)
	if err != nil {
		panic(err)
	}
	return Snippet{source, parsed}
}

// noFiles is a loader that has no template.
type noFiles struct{}

// Abs is the name itself: there are no folders.
func (noFiles) Abs(_, name string) string { return name }

// Get finds nothing.
func (noFiles) Get(name string) (io.Reader, error) { return nil, fmt.Errorf("no template %q", name) }
