package django

import "strings"

// The engine prints text, so what came from the session is marked in the text itself, by a byte that no valid
// text has.
const mark = "\xff"

// What a marked part is: its first byte.
const (
	fromSession = "s"
	leftOut     = "l"
)

// marked is text as a part of that kind.
func marked(kind, text string) string { return mark + kind + text + mark }

// segments takes what was printed apart at its marks.
func segments(printed string) (list []Segment) {
	for i, part := range strings.Split(printed, mark) {
		s := Segment{Text: part}
		if i%2 == 1 { // between two marks
			s = Segment{Text: part[1:], FromSession: part[:1] == fromSession, LeftOut: part[:1] == leftOut}
		}
		if s.Text != "" {
			list = append(list, s)
		}
	}
	return list
}
