package handlers

import (
	"fmt"
	"io/fs"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"sessionlab/handlers/pages"
)

// This file says, when the lab starts, which lesson is not whole: each has a file, a template, an entry in
// the list and a route.

// check is checkLessons over the lab's own lessons, and an error for a route to one that is not in the list.
func (l *Lab) check(files fs.FS, source *pages.Source) error {
	routes, err := listed(l.Handler)
	if err != nil {
		return err
	}
	return checkLessons(withHome(), files, routes, source)
}

// listed makes the routes, and returns the error for one to a lesson that is not in the list: see
// [lessonNamed].
func listed(make func() chi.Router) (routes chi.Router, err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case unlisted:
			err = v
		default:
			panic(v)
		}
	}()
	return make(), nil
}

// checkLessons says in one sentence what the first lesson of list that is not whole lacks, and nil when all
// are whole. Each needs a template among files, a GET among routes, and the functions that it shows in the
// source; its questions are those that its template asks; and no two lessons, and no two questions, have one
// name.
func checkLessons(list []*Lesson, files fs.FS, routes chi.Routes, source *pages.Source) error {
	names, asks := map[string]bool{}, map[string]string{}
	for _, lesson := range list {
		if names[lesson.Name] {
			return fmt.Errorf("two lessons have the name %q", lesson.Name)
		}
		names[lesson.Name] = true
		for _, q := range lesson.Cards {
			if other, ok := asks[q.ID]; ok {
				return fmt.Errorf("the lesson %q has a question of the name %q, and so has %q",
					lesson.Name, q.ID, other)
			}
			asks[q.ID] = lesson.Name
		}
		if err := lesson.check(files, routes, source); err != nil {
			return err
		}
	}
	return nil
}

// askedInTemplate finds the cards of a template: {{with .Card "set"}}.
var askedInTemplate = regexp.MustCompile(`(?:\.Card|question) "([^"]*)"`)

// postedTo finds where the forms of a template go.
var postedTo = regexp.MustCompile(`<form method="post" action="([^"{]*)"`)

// check says what is wrong with a question of the lesson of that name.
func (q *Card) check(lesson string) error {
	seen := map[string]bool{"": true}
	for _, o := range q.Options {
		if seen[o.ID] {
			return fmt.Errorf("the question %q of the lesson %q has two options %q, or one without an ID",
				q.ID, lesson, o.ID)
		}
		seen[o.ID] = true
	}
	if q.Observe == nil {
		return fmt.Errorf("the question %q of the lesson %q has no Observe to judge it by", q.ID, lesson)
	}
	return nil
}

func (l *Lesson) check(files fs.FS, routes chi.Routes, source *pages.Source) error {
	file := "templates/" + l.Name + ".html"
	text, err := fs.ReadFile(files, file)
	if err != nil {
		return fmt.Errorf("the lesson %q has no template: %w", l.Name, err)
	}
	if !routes.Match(chi.NewRouteContext(), http.MethodGet, l.Path) {
		return fmt.Errorf("the lesson %q has no route: nothing answers GET %s", l.Name, l.Path)
	}
	for _, name := range l.Funcs {
		if !source.Has(name) {
			return fmt.Errorf("the lesson %q shows a function %q, which is not in the source", l.Name, name)
		}
	}
	var asked []string
	for _, match := range askedInTemplate.FindAllSubmatch(text, -1) {
		asked = append(asked, string(match[1]))
	}
	for _, q := range l.Cards {
		if !slices.Contains(asked, q.ID) {
			return fmt.Errorf("the lesson %q has a question %q, which no form of %s asks", l.Name, q.ID, file)
		}
		if err := q.check(l.Name); err != nil {
			return err
		}
	}
	for _, match := range postedTo.FindAllSubmatch(text, -1) {
		if to, _, _ := strings.Cut(string(match[1]), "#"); !routes.Match(chi.NewRouteContext(), http.MethodPost, to) {
			return fmt.Errorf("%s sends a form to %s, and nothing answers POST there", file, to)
		}
	}
	for _, id := range asked {
		if !slices.ContainsFunc(l.Cards, func(q Card) bool { return q.ID == id }) {
			return fmt.Errorf("%s asks a question %q, which the lesson %q does not have", file, id, l.Name)
		}
	}
	return nil
}
