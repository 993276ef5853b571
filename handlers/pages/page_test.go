package pages

import (
	"errors"
	"html/template"
	"strings"
	"testing"
	"testing/fstest"
)

// subject is what the parts of a page may be about in these tests.
type subject struct{ Title string }

// data is what a page is made from.
type data struct {
	Subject *subject
	Visitor string
}

func parsed(t *testing.T, files fstest.MapFS, options Options) *Site {
	t.Helper()
	s, err := Parse[*subject](files, options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// made is the page "page" for a visitor.
func made(t *testing.T, s *Site, visitor string) (string, error) {
	t.Helper()
	p, err := s.Make("page", "layout.html", data{&subject{"Set"}, visitor})
	defer p.Done()
	return string(p.Bytes()), err
}

// templates are files with a frame and one page in it.
func templates(page string) fstest.MapFS {
	return fstest.MapFS{
		"templates/layout.html": {Data: []byte(`<html>{{block "main" .}}nothing{{end}}</html>`)},
		"templates/page.html":   {Data: []byte(page)},
	}
}

var withLayout = Options{Shared: []string{"layout.html"}}

// calls are withLayout and a function of that name.
func calls(name string, f any) Options {
	return Options{Shared: withLayout.Shared, Funcs: template.FuncMap{name: f}}
}

// A page is its own templates in the shared ones, and nothing of a page is left in the next one.
func TestMake(t *testing.T) {
	t.Parallel()
	s := parsed(t, templates(`{{define "main"}}{{.Visitor}} at {{.Subject.Title}}{{end}}`), withLayout)
	for _, visitor := range []string{strings.Repeat("long ", 100), "<b>"} {
		want := "<html>" + template.HTMLEscapeString(visitor) + " at Set</html>"
		if got, err := made(t, s, visitor); err != nil || got != want {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
	p, err := s.Make("page", "main", data{&subject{"Get"}, "A part"})
	if err != nil || string(p.Bytes()) != "A part at Get" {
		t.Errorf("the part by itself is %s, %v", p.Bytes(), err)
	}
}

// Where a template fails, the page is whole and says so, without the reason.
func TestMakeFails(t *testing.T) {
	t.Parallel()
	reason := errors.New("the reason")
	fail := func() (string, error) { return "", reason }
	s := parsed(t, templates(`{{define "main"}}HALF A PAGE {{fail}}{{end}}`), calls("fail", fail))
	if got, err := made(t, s, ""); got != brokenPage || !errors.Is(err, reason) {
		t.Errorf("%s, %v", got, err)
	}
	p, err := s.Make("nothing", "layout.html", nil)
	if string(p.Bytes()) != brokenPage || err == nil || err.Error() != `no page "nothing"` {
		t.Errorf("a page that is not there: %s, %v", p.Bytes(), err)
	}
}

// A part that once has rendered is the same for the next visitor.
func TestOnce(t *testing.T) {
	t.Parallel()
	count := 0
	s := parsed(t, templates(`{{define "part"}}{{.Title}} {{count}}{{end}}`+
		`{{define "main"}}{{.Visitor}}: {{once "part" .Subject}}, {{once "part" .Subject}}, {{count}}{{end}}`),
		calls("count", func() int { count++; return count }))
	for _, want := range []string{"Aman: Set 1, Set 1, 2", "Bela: Set 1, Set 1, 3"} {
		visitor, _, _ := strings.Cut(want, ":")
		if got, err := made(t, s, visitor); err != nil || got != "<html>"+want+"</html>" {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
}

// What is a visitor's cannot be kept: a part that once renders gets a subject and nothing else.
func TestOnceRefusesAVisitorsData(t *testing.T) {
	t.Parallel()
	for _, given := range []string{".", ".Visitor", "$"} {
		s := parsed(t, templates(`{{define "part"}}{{.}}{{end}}`+
			`{{define "main"}}{{once "part" `+given+`}}{{end}}`), withLayout)
		got, err := made(t, s, "Aman's secret")
		if err == nil || strings.Contains(got, "secret") {
			t.Errorf(`{{once "part" %s}} made %s, %v`, given, got, err)
		}
	}
}

// A part is given no data but the subject, so that what a visitor's page has is out of its reach too.
func TestOncePartSeesTheSubjectAlone(t *testing.T) {
	t.Parallel()
	s := parsed(t, templates(`{{define "part"}}{{.Visitor}}{{end}}`+
		`{{define "main"}}{{once "part" .Subject}}{{end}}`), withLayout)
	if got, err := made(t, s, "Aman's secret"); err == nil || got != brokenPage {
		t.Errorf("%s, %v", got, err)
	}
}
