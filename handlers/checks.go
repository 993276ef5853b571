package handlers

import (
	"fmt"
	"io/fs"
	"maps"
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
	routes, err := listed(func() chi.Router {
		for _, row := range apiRows() {
			row.In()
		}
		return l.Handler()
	})
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
// source; its cards are those of its template; and no two lessons, and no two cards, have one name.
func checkLessons(list []*Lesson, files fs.FS, routes chi.Routes, source *pages.Source) error {
	names, cards := map[string]bool{}, map[string]string{}
	for _, lesson := range list {
		if names[lesson.Name] {
			return fmt.Errorf("two lessons have the name %q", lesson.Name)
		}
		names[lesson.Name] = true
		for _, c := range lesson.Cards {
			if other, ok := cards[c.ID]; ok {
				return fmt.Errorf("the lesson %q has a card of the name %q, and so has %q",
					lesson.Name, c.ID, other)
			}
			cards[c.ID] = lesson.Name
		}
		if err := lesson.check(files, routes, source); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lesson) check(files fs.FS, routes chi.Routes, source *pages.Source) error {
	file := "templates/" + l.Name + ".html"
	text, err := fs.ReadFile(files, file)
	if err != nil {
		return fmt.Errorf("the lesson %q has no template: %w", l.Name, err)
	}
	if !answers(routes, http.MethodGet, l.Path) {
		return fmt.Errorf("the lesson %q has no route: nothing answers GET %s", l.Name, l.Path)
	}
	for _, name := range l.Funcs {
		if !source.Has(name) {
			return fmt.Errorf("the lesson %q shows a function %q, which is not in the source", l.Name, name)
		}
	}
	shown := cardsShown(string(text))
	for i := range l.Cards {
		c := &l.Cards[i]
		if _, ok := shown[c.ID]; !ok {
			return fmt.Errorf("the lesson %q has a card %q, which %s does not show", l.Name, c.ID, file)
		}
		if err := c.check(l.Name, shown[c.ID], routes); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(shown)) {
		if !slices.ContainsFunc(l.Cards, func(c Card) bool { return c.ID == id }) {
			return fmt.Errorf("%s shows a card %q, which the lesson %q does not have", file, id, l.Name)
		}
	}
	return l.checkForms(file, string(text), routes)
}

// answers reports whether there is a route for path.
func answers(routes chi.Routes, method, path string) bool {
	return routes.Match(chi.NewRouteContext(), method, path)
}

// cardInTemplate finds the cards of a template: {{with .Card "set"}}.
var cardInTemplate = regexp.MustCompile(`\.Card "([^"]*)"`)

// cardsShown are the cards of a template, each with its part of the text: from its name to the next one's.
func cardsShown(text string) map[string]string {
	shown := map[string]string{}
	places := cardInTemplate.FindAllStringSubmatchIndex(text, -1)
	for i, place := range places {
		end := len(text)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		shown[text[place[2]:place[3]]] += text[place[0]:end]
	}
	return shown
}

// check says what is wrong with a card of the lesson of that name. text is its part of the template.
func (c *Card) check(lesson, text string, routes chi.Routes) error {
	wrong := func(what string) error {
		return fmt.Errorf("the card %q of the lesson %q %s", c.ID, lesson, what)
	}
	seen := map[string]bool{"": true}
	for _, o := range c.Options {
		if seen[o.ID] {
			return wrong(fmt.Sprintf("has two options %q, or one without an ID", o.ID))
		}
		seen[o.ID] = true
	}
	asks := strings.Contains(text, `{{template "predict"`)
	switch {
	case c.Observe == nil:
		return wrong("has no Observe to judge it by")
	case len(c.Paths) == 0 && !asks:
		return wrong("cannot be run: it has no Paths, and no form with its question")
	case len(c.Needs) > 0 && c.Press == nil && c.Lacking == "":
		return wrong("has Needs, and no Lacking to say what a run without them lacked")
	}
	for _, path := range c.Paths {
		if !answers(routes, http.MethodPost, path) && !answers(routes, http.MethodGet, path) {
			return wrong(fmt.Sprintf("has the path %s, where nothing answers", path))
		}
	}
	for _, need := range c.Needs {
		if to := need.Prepare.To; to != "" && !answers(routes, http.MethodPost, to) {
			return wrong(fmt.Sprintf("is prepared by POST %s, which nothing answers", to))
		}
	}
	return nil
}

// sentTo finds where the forms of a template go, and those of its buttons that send theirs elsewhere.
var sentTo = regexp.MustCompile(`(?:<form [^>]*\bmethod="(\w+)" |\bform)action="([^"{#]*)#?([^"]*)"`)

// checkForms says which form of a template goes where nothing answers, or names no place to come back to: a
// card of the lesson, or another place on its page.
func (l *Lesson) checkForms(file, text string, routes chi.Routes) error {
	for _, match := range sentTo.FindAllStringSubmatch(text, -1) {
		method, to, place := match[1], match[2], match[3]
		if method != "get" && !answers(routes, http.MethodPost, to) {
			return fmt.Errorf("%s sends a form to %s, and nothing answers POST there", file, to)
		}
		known := strings.Contains(place, "{{") || place != "" && strings.Contains(text, `id="`+place+`"`) ||
			slices.ContainsFunc(l.Cards, func(c Card) bool { return c.ID == place })
		if len(l.Cards) > 0 && !known {
			return fmt.Errorf("%s sends a form to %s#%s: after the # comes a card of the lesson %q, or another "+
				"place on its page", file, to, place, l.Name)
		}
	}
	return nil
}
