package handlers

import (
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-chi/chi/v5"

	"sessionlab/handlers/engine"
)

func TestCheckLessons(t *testing.T) {
	t.Parallel()
	source, err := readSource()
	if err != nil {
		t.Fatal(err)
	}
	routes := chi.NewRouter()
	for _, path := range []string{"/whole", "/other", "/bare", "/lost"} {
		routes.Get(path, nil)
	}
	routes.Post("/posted", nil)
	form := func(asks string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(asks)} }
	files := fstest.MapFS{
		"templates/whole.html":  form(`<form>{{template "predict" (question "one")}}</form>`),
		"templates/other.html":  form(`<form>{{template "predict" (question "two")}}</form>`),
		"templates/posted.html": form(""),
		"templates/bare.html":   form(""),
		"templates/lost.html":   form(`<form method="post" action="/bare">`),
	}
	lesson := func(name string, questions ...string) *Lesson {
		l := &Lesson{Name: name, Path: "/" + name, Funcs: []string{"set", "load"}}
		for _, id := range questions {
			options := []Option{{"yes", "Yes"}, {"no", "No"}}
			observe := func(Run) string { return "" }
			l.Cards = append(l.Cards, Card{ID: id, Options: options, Observe: observe})
		}
		return l
	}
	unjudged, twice := lesson("whole", "one"), lesson("whole", "one")
	unjudged.Cards[0].Observe = nil
	twice.Cards[0].Options[1].ID = "yes"
	shows := lesson("bare")
	shows.Funcs = append(shows.Funcs, "setKeyy")

	for _, tt := range []struct {
		name string
		list []*Lesson
		want string // the sentence; "" for none
	}{
		{"whole lessons", []*Lesson{lesson("whole", "one"), lesson("other", "two"), lesson("bare")}, ""},
		{"no template", []*Lesson{lesson("bare"), lesson("nowhere")},
			`the lesson "nowhere" has no template: open templates/nowhere.html: file does not exist`},
		{"no route that reads", []*Lesson{lesson("posted")},
			`the lesson "posted" has no route: nothing answers GET /posted`},
		{"no such function",
			[]*Lesson{shows}, `the lesson "bare" shows a function "setKeyy", which is not in the source`},
		{"a question that nobody asks", []*Lesson{lesson("whole", "one", "on")},
			`the lesson "whole" has a question "on", which no form of templates/whole.html asks`},
		{"a question that nobody has", []*Lesson{lesson("whole")},
			`templates/whole.html asks a question "one", which the lesson "whole" does not have`},
		{"a question without a judge", []*Lesson{unjudged},
			`the question "one" of the lesson "whole" has no Observe to judge it by`},
		{"two options of one name", []*Lesson{twice},
			`the question "one" of the lesson "whole" has two options "yes", or one without an ID`},
		{"a form that nothing answers", []*Lesson{lesson("lost")},
			`templates/lost.html sends a form to /bare, and nothing answers POST there`},
		{"two lessons of one name", []*Lesson{lesson("bare"), lesson("bare")}, `two lessons have the name "bare"`},
		{"two questions of one name", []*Lesson{lesson("whole", "one"), lesson("other", "one")},
			`the lesson "other" has a question of the name "one", and so has "whole"`},
		{"two of one name in a lesson", []*Lesson{lesson("whole", "one", "one")},
			`the lesson "whole" has a question of the name "one", and so has "whole"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := checkLessons(tt.list, files, routes, source); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// A lab with a lesson that is not whole does not start, and says in one sentence why.
func TestNewNamesTheLessonThatIsNotWhole(t *testing.T) {
	t.Parallel()
	eng, err := engine.Open(t.Context(), "memory:", "")
	if err != nil {
		t.Fatal(err)
	}
	defer eng.Close()
	settings := Settings{CookieName: "sessionname", CookieAge: 400 * time.Second}
	_, err = New(without{os.DirFS(".."), "templates/pop.html"}, eng, settings, slog.New(slog.DiscardHandler))
	if err == nil || !strings.HasPrefix(err.Error(), `the lesson "pop" has no template: `) {
		t.Errorf("without its template New says %v", err)
	}
}

// without is files in which one is missing.
type without struct {
	fs.FS
	missing string
}

func (w without) Open(name string) (fs.File, error) {
	if name == w.missing {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return w.FS.Open(name)
}

// Glob finds all the others.
func (w without) Glob(pattern string) (names []string, err error) {
	all, err := fs.Glob(w.FS, pattern)
	for _, name := range all {
		if name != w.missing {
			names = append(names, name)
		}
	}
	return names, err
}

// A page that is not in the list has no place in the course.
func TestARouteToALessonThatIsNotInTheList(t *testing.T) {
	t.Parallel()
	_, err := listed(func() chi.Router {
		r := chi.NewRouter()
		r.Get("/no-lesson", new(Lab).show("no-lesson", nil))
		return r
	})
	const want = `there is a route to the lesson "no-lesson", which is not in the list in lessons.go`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
