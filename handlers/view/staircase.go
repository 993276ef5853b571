package view

import (
	"fmt"
	"html/template"
	"time"
)

// Stair is a request in the life of a session, in time since its first: when it came, and when the row was to
// end after it.
type Stair struct {
	What    string
	At, End time.Duration
	Reads   bool
	Found   bool // a live session
}

// Staircase draws what each request did to the end of the row, a line for each, with the end of the session's
// life across all of them. token is the session's.
func Staircase(stairs []Stair, token string, life time.Duration) template.HTML {
	var m markup
	whole := life + life/8
	if n := len(stairs); n > 0 {
		whole = max(whole, stairs[n-1].At)
	}
	place := func(at time.Duration) string { return percent(100 * float64(at) / float64(whole)) }
	m.open("ol", "class", "tl", "data-tok", Hue(token))
	for _, s := range stairs {
		m.open("li", "class", s.class())
		m.element("span", exact(s.At, life), "class", "at")
		m.element("span", s.What, "class", "what")
		m.open("svg", "class", "span", "aria-hidden", "true")
		m.empty("line", "class", "life", "x1", place(life), "x2", place(life), "y1", "0", "y2", "100%")
		if s.Found {
			m.empty("rect", "class", "run", "x", place(s.At), "width", place(max(s.End-s.At, 0)), "y", "35%",
				"height", "30%")
		}
		m.close("svg")
		m.element("span", s.till(life), "class", "till")
		m.close("li")
		m.text("\n")
	}
	m.close("ol")
	return m.html()
}

func (s Stair) class() string {
	switch {
	case !s.Found:
		return "no"
	case s.Reads:
		return "rd"
	}
	return "wr"
}

// till says when the row ends then. Times are exact to a fiftieth of the life.
func (s Stair) till(life time.Duration) string {
	switch {
	case !s.Found:
		return "nothing found"
	case (s.End - life).Abs() < life/50:
		return "ends with the life"
	}
	return "ends at " + exact(s.End, life)
}

// exact is a time as exact as a life that long needs it.
func exact(d, life time.Duration) string {
	if life > 10*time.Second {
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}
