package e2e

import (
	"slices"
	"testing"
)

// journey is what a student does in a lesson, whose page is open, and what comes of it: on the page, in the
// browser's cookie jar, in the answer's headers and in the database.
type journey func(t *testing.T, l *lab, v *visitor)

// journeys are those of the lessons, by the path of the page. A lesson that is not here has the journey
// everyExperiment. That looks at the page; what the lesson does to a session only a journey of its own knows.
var journeys = map[string]journey{
	"/flow": flow, "/set": set, "/get": getLesson, "/modified": modified, "/delete": deleteLesson,

	"/items": items, "/setdefault": setDefault, "/pop": pop, "/update": update, "/clear": clearLesson,

	"/flush": flush, "/cycle-key": cycleKey, "/expiry": expiry, "/clear-expired": clearExpired,

	"/test-cookie": testCookie, "/settings": settings, "/storage": storageLesson, "/templates": templates,
	"/sessions": sessions,

	"/two": twoBrowsers, "/stolen": stolenID,

	"/security": security, "/api": api, "/summary": summary,
}

// lessons are the paths of the lessons, as the lab's own list has them.
func lessons(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(startPlain(t).paths(), func(path string) bool {
		return path == "/" || path == "/internals"
	})
}

func TestLessons(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	for _, path := range lessons(t) {
		t.Run(pageName(path), func(t *testing.T) {
			t.Parallel()
			l := startPlain(t)
			v := newVisitorIn(t, l, shell())
			v.open(path)
			if own, ok := journeys[path]; ok {
				own(t, l, v)
				return
			}
			everyExperiment(t, l, v)
		})
	}
}

// TestLessonsWithoutJavaScript does the same in a browser that runs no scripts. TestInView presses each
// button without scripts, so it is for the lessons that have a journey of their own.
func TestLessonsWithoutJavaScript(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	for path, own := range journeys {
		t.Run(pageName(path), func(t *testing.T) {
			t.Parallel()
			l := startPlain(t)
			v := newVisitorIn(t, l, shell())
			v.withoutScripts()
			v.open(path)
			own(t, l, v)
			if v.got() != "" {
				t.Error("scripts were on after all: the live panel was")
			}
		})
	}
}

// TestEveryJourneyHasItsLesson finds a journey that nobody does any more, because its lesson has moved.
func TestEveryJourneyHasItsLesson(t *testing.T) {
	t.Parallel()
	paths := lessons(t)
	for path := range journeys {
		if !slices.Contains(paths, path) {
			t.Errorf("there is a journey for %s, and the list of lessons does not have it", path)
		}
	}
}
