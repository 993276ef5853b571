package view

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// This file draws a time line, and tells it in words.

// pen draws on an axis. Heights are in rem and places in per cent, without a viewBox: so text keeps its size
// on a narrow page and grows where all text does.
type pen struct {
	*markup
	axis
}

// upright draws a line that stands at x.
func (p pen) upright(class string, x float64, from, to string, attrs ...string) {
	at := percent(x)
	p.empty("line", append([]string{"class", class, "x1", at, "x2", at, "y1", from, "y2", to}, attrs...)...)
}

func (p pen) bar(class string, from, to float64) {
	p.empty("rect", "class", class, "x", percent(from), "y", "1.5rem", "width", percent(to-from),
		"height", "1.25rem", "rx", "0.25rem")
}

func (p pen) draw(t *Timeline) {
	lives := t.lives()
	for i, l := range lives {
		class := "life"
		if i < len(lives)-1 {
			class = "gone"
		}
		p.bar(class, p.place(l.from), p.place(l.to))
	}
	p.ruler()
	for i, l := range lives {
		if i < len(lives)-1 {
			p.upright("old-end", p.place(l.to), "1.25rem", "3rem")
		}
	}
	if !t.end.IsZero() {
		p.upright("end", p.place(t.end), "1.125rem", "3.125rem")
		p.caption("end-t", p.place(t.end), "end "+clockTime(t.end, t.start))
	}
	p.marks(t)
	if !t.now.IsZero() {
		x := p.place(t.now)
		p.upright("now", x, "1.375rem", "3.625rem", "data-x", strconv.FormatFloat(x, 'f', 4, 64),
			"data-speed", strconv.FormatFloat(axisWidth/p.length().Seconds(), 'g', 6, 64))
	}
}

// ruler draws the axis with its ticks.
func (p pen) ruler() {
	p.empty("line", "class", "axis", "x1", percent(axisLeft), "x2", percent(axisLeft+axisWidth),
		"y1", "3.625rem", "y2", "3.625rem")
	for n := range p.ticks + 1 {
		x := axisLeft + axisWidth*float64(n)/float64(p.ticks)
		p.upright("axis", x, "3.4375rem", "3.8125rem")
		p.element("text", p.tick(n), "x", percent(x), "y", "4.75rem", "text-anchor", anchor(n, p.ticks))
	}
}

// anchor is how the text of tick n of so many stands to it: at both ends of the axis it stays inside.
func anchor(n, last int) string {
	switch n {
	case 0:
		return "start"
	case last:
		return "end"
	}
	return "middle"
}

// marks draws the rings, then the dots, which may cover them.
func (p pen) marks(t *Timeline) {
	for _, m := range t.marks {
		class := "read"
		if !m.found {
			class = "miss"
		}
		if !m.saved {
			p.empty("circle", "class", class, "cx", percent(p.place(m.at)), "cy", "2.125rem", "r", "0.3125rem")
		}
	}
	for i, m := range t.marks {
		if !m.saved {
			continue
		}
		x := p.place(m.at)
		p.empty("circle", "class", "save", "cx", percent(x), "cy", "2.125rem", "r", "0.375rem")
		if i == 0 || p.free(x, t) {
			p.caption("m", x, m.call)
		}
	}
}

// free reports whether there is room for a caption at x, between those of the first save and of the end.
func (p pen) free(x float64, t *Timeline) bool { return x > 38 && x < p.place(t.end)-24 }

// caption writes over the line, to the side of x where there is room.
func (p pen) caption(class string, x float64, text string) {
	side := "middle"
	switch {
	case class == "end-t" && x > 45:
		side = "end"
	case class == "end-t" || x < 10:
		side = "start"
	}
	p.element("text", text, "class", class, "x", percent(x), "y", "0.75rem", "text-anchor", side)
}

// clockTime is a time of day, with its date where that is another than that of from.
func clockTime(at, from time.Time) string {
	at = at.Local()
	if at.Format(time.DateOnly) == from.Local().Format(time.DateOnly) {
		return at.Format(TimeOfDay)
	}
	return at.Format("2 Jan 2006, 15:04")
}

// Story tells the line in words.
func (t *Timeline) Story() string {
	var b strings.Builder
	var saves, reads, misses []string
	for _, m := range t.marks {
		at := t.after(m.at)
		switch {
		case m.saved:
			saves = append(saves, at+" by "+m.call)
		case m.found:
			reads = append(reads, at)
		default:
			misses = append(misses, at)
		}
	}
	sentence := func(begin string, list []string, end string) {
		if len(list) > 0 {
			fmt.Fprintf(&b, " %s at %s%s.", begin, and(list), end)
		}
	}
	sentence("Saved", saves, "")
	sentence("Read", reads, "")
	if t.more > 0 {
		fmt.Fprintf(&b, " %d more, early ones, are left out.", t.more)
	}
	lives := t.lives()
	for i := 1; i < len(lives); i++ {
		fmt.Fprintf(&b, " The end moved from %s to %s.", t.after(lives[i-1].to), t.after(lives[i].to))
	}
	if !t.end.IsZero() {
		fmt.Fprintf(&b, " The end is at %s, %s.", t.after(t.end), clockTime(t.end, t.start))
	}
	sentence("Read", misses, ": nothing was found")
	return "Time line." + b.String()
}

// after says how long after the start of the line a moment is.
func (t *Timeline) after(at time.Time) string {
	switch d := at.Sub(t.start); {
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 2*day:
		return fmt.Sprintf("%.0f h", d.Hours())
	default:
		return fmt.Sprintf("%.0f days", d.Hours()/24)
	}
}

// and joins the parts of a sentence.
func and(list []string) string {
	last := len(list) - 1
	if last == 0 {
		return list[0]
	}
	return strings.Join(list[:last], ", ") + " and " + list[last]
}
