package handlers

import (
	"fmt"
	"slices"
	"strings"
)

// lessons is the course, in the order of the notes. The list gives each lesson its number and its path.
var lessons = numbered(
	flowLesson, setLesson, getLesson, modifiedLesson, deleteLesson,
	itemsLesson, setDefaultLesson, popLesson, updateLesson, clearLesson, viewLesson,
	flushLesson, cycleKeyLesson, expiryLesson, clearExpiredLesson,
	testCookieLesson, settingsLesson, storageLesson, templatesLesson, sessionsLesson,
	twoLesson, stolenLesson,
	lostUpdateLesson, lateRequestLesson, doubleSubmitLesson,
	scsGettersLesson, scsLateLesson, scsRenewLesson, scsMergeLesson, scsEverywhereLesson,
	scsCodecLesson, scsDownLesson, scsRememberLesson, scsStepsLesson,
	scsClockLesson,
	securityLesson, apiLesson, summaryLesson,
)

// withHome is the first page and the course.
func withHome() []*Lesson { return slices.Concat([]*Lesson{homeLesson}, lessons) }

func numbered(list ...*Lesson) []*Lesson {
	for i, lesson := range list {
		lesson.Number, lesson.Path = i+1, "/"+lesson.Name
	}
	return list
}

// Prev and Next are the neighbours in the course; nil at its ends.
func (l *Lesson) Prev() *Lesson { return lessonNumber(l.Number - 1) }

// Next is the lesson after l; nil after the last.
func (l *Lesson) Next() *Lesson { return lessonNumber(l.Number + 1) }

// Count is the number of lessons.
func (l *Lesson) Count() int { return len(lessons) }

func lessonNumber(n int) *Lesson {
	if n < 1 || n > len(lessons) {
		return nil
	}
	return lessons[n-1]
}

// unlisted is the name of a page that is in no list.
type unlisted string

func (name unlisted) Error() string {
	return fmt.Sprintf("the lesson %q, to which a route or a row of api.go leads, "+
		"is not in the list in lessons.go",
		string(name))
}

// lessonNamed returns the lesson of that name, or the first page. It panics with [unlisted] for any other:
// only routes and the table of every
// operation ask here, and New makes an error of it.
func lessonNamed(name string) *Lesson {
	for _, lesson := range withHome() {
		if lesson.Name == name {
			return lesson
		}
	}
	panic(unlisted(name))
}

// pageNamed returns the path of the page of that name: a lesson, home or internals; "" if there is none.
func pageNamed(name string) string {
	for _, lesson := range withHome() {
		if lesson.Name == name {
			return lesson.Path
		}
	}
	if name == "internals" {
		return "/internals"
	}
	return ""
}

// lessonAt returns the lesson whose page or form has this path; nil when there is none.
func lessonAt(path string) *Lesson {
	for _, lesson := range lessons {
		if rest, ok := strings.CutPrefix(path, lesson.Path); ok && (rest == "" || rest[0] == '/') {
			return lesson
		}
	}
	return nil
}

// pageOf is the page that shows the exchanges of that path: the lesson's, or the x-ray's own.
func pageOf(path string) string {
	if lesson := lessonAt(path); lesson != nil {
		return lesson.Path
	}
	return "/internals"
}

// group is one heading of the list of lessons.
type group struct {
	Name    string
	Lessons []*Lesson
}

// lessonGroups returns the lessons under their headings, in order.
func lessonGroups() []group {
	var groups []group
	for _, lesson := range lessons {
		if len(groups) == 0 || groups[len(groups)-1].Name != lesson.Group {
			groups = append(groups, group{Name: lesson.Group})
		}
		g := &groups[len(groups)-1]
		g.Lessons = append(g.Lessons, lesson)
	}
	return groups
}

// effects are the rows of the revision sheet, in the order of the course.
func effects() (list []Effect) {
	for _, lesson := range lessons {
		list = append(list, lesson.Effects...)
	}
	return list
}
