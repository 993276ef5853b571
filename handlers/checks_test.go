package handlers

import (
	"fmt"
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
	for _, path := range []string{"/whole", "/other", "/bare", "/lost", "/places", "/adrift", "/silent"} {
		routes.Get(path, nil)
	}
	routes.Post("/posted", nil)
	const card = `{{with .Card %q}}<form method="post" action="/posted#%s">{{template "predict" .}}{{end}}`
	file := func(text string, ids ...any) *fstest.MapFile {
		return &fstest.MapFile{Data: fmt.Appendf(nil, text, ids...)}
	}
	files := fstest.MapFS{
		"templates/whole.html":  file(card, "one", "one"),
		"templates/other.html":  file(card+`<ul id="more"><form method="get" action="/x#more">`, "two", "two"),
		"templates/posted.html": file(""),
		"templates/bare.html":   file(""),
		"templates/lost.html":   file(`<form class="run" method="post" action="/bare">`),
		"templates/places.html": file(card+`<button formaction="/posted#two">`, "three", "three"),
		"templates/adrift.html": file(card+`<form class="run" method="get" action="/adrift">`, "five", "five"),
		"templates/silent.html": file(`{{with .Card "four"}}{{.Ask}}{{end}}`),
	}
	lesson := func(name string, cards ...string) *Lesson {
		l := &Lesson{Name: name, Path: "/" + name, Funcs: []string{"set", "load"}}
		for _, id := range cards {
			options := []Option{{"yes", "Yes"}, {"no", "No"}}
			observe := func(Run) string { return "" }
			l.Cards = append(l.Cards, Card{ID: id, Options: options, Observe: observe})
		}
		return l
	}
	// with is the whole lesson with another card.
	with := func(change func(*Card)) []*Lesson {
		l := lesson("whole", "one")
		change(&l.Cards[0])
		return []*Lesson{l}
	}
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
		{"a card that is not shown", []*Lesson{lesson("whole", "one", "on")},
			`the lesson "whole" has a card "on", which templates/whole.html does not show`},
		{"a card that nobody has", []*Lesson{lesson("whole")},
			`templates/whole.html shows a card "one", which the lesson "whole" does not have`},
		{"a card without a judge", with(func(c *Card) { c.Observe = nil }),
			`the card "one" of the lesson "whole" has no Observe to judge it by`},
		{"two options of one name", with(func(c *Card) { c.Options[1].ID = "yes" }),
			`the card "one" of the lesson "whole" has two options "yes", or one without an ID`},
		{"a card that nothing runs", []*Lesson{lesson("silent", "four")},
			`the card "four" of the lesson "silent" cannot be run: it has no Paths, and no form with its question`},
		{"a path that nothing answers", with(func(c *Card) { c.Paths = []string{"/posted", "/typo"} }),
			`the card "one" of the lesson "whole" has the path /typo, where nothing answers`},
		{"a need without its sentence", with(func(c *Card) { c.Needs = make([]Need, 1) }),
			`the card "one" of the lesson "whole" has Needs, and no Lacking to say what a run without them lacked`},
		{"a preparation that nothing answers",
			with(func(c *Card) { c.Lacking, c.Needs = "So.", []Need{{Prepare: Prepare{To: "/bare"}}} }),
			`the card "one" of the lesson "whole" is prepared by POST /bare, which nothing answers`},
		{"a form that nothing answers", []*Lesson{lesson("lost")},
			`templates/lost.html sends a form to /bare, and nothing answers POST there`},
		{"a form that leads to another lesson's card", []*Lesson{lesson("places", "three")},
			`templates/places.html sends a form to /posted#two: after the # comes a card of the lesson "places", ` +
				`or another place on its page`},
		{"a form that leads to no card", []*Lesson{lesson("adrift", "five")},
			`templates/adrift.html sends a form to /adrift#: after the # comes a card of the lesson "adrift", ` +
				`or another place on its page`},
		{"two lessons of one name", []*Lesson{lesson("bare"), lesson("bare")}, `two lessons have the name "bare"`},
		{"two cards of one name", []*Lesson{lesson("whole", "one"), lesson("other", "one")},
			`the lesson "other" has a card of the name "one", and so has "whole"`},
		{"two of one name in a lesson", []*Lesson{lesson("whole", "one", "one")},
			`the lesson "whole" has a card of the name "one", and so has "whole"`},
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
	const want = `the lesson "no-lesson", to which a route or a row of api.go leads, is not in the list ` +
		`in lessons.go`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
