package view

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"time"

	"sessionlab/handlers/xray"
)

// Clock is the time left until the row's end.
type Clock struct {
	Runs    bool
	Left    int    // whole seconds, rounded up
	Max     int    // seconds from the last save to the end
	State   string // ok, soon, over; none where there is nothing to expire
	Changed string // time of the last save; "" where the end does not depend on it
	OfLife  bool   // the end is that of the session's life
	Ends    string // time of the row's end; where the clock does not run, when it ran out, or ""
	EndMS   int64  // the row's end in Unix milliseconds
	NowMS   int64  // the server's clock when the page was made

	saves, reads []float64 // recorded exchanges since the line begins, as parts of it
}

// Show is the time left as minutes and seconds.
func (c Clock) Show() string { return fmt.Sprintf("%d:%02d", c.Left/60, c.Left%60) }

// Period is the time left as HTML's time element wants it (ISO 8601).
func (c Clock) Period() string { return fmt.Sprintf("PT%dS", c.Left) }

// HTML is the clock as the panel shows it. It is Go because every page has one, with a dozen small parts.
func (c Clock) HTML() template.HTML {
	const line, end = "\n    ", "\n  "
	var m markup
	m.b.Grow(1200)
	if c.Runs {
		m.open("section", "class", "clock", "data-clock", c.State, "data-of", strconv.Itoa(c.Max),
			"data-end", strconv.FormatInt(c.EndMS, 10), "data-now", strconv.FormatInt(c.NowMS, 10))
	} else {
		m.open("section", "class", "clock", "data-clock", c.State)
	}
	m.element("h3", "Clock", "class", "vh")
	m.text(line)
	m.open("p", "class", "n")
	c.count(&m)
	m.close("p")
	m.text(line)
	c.line(&m)
	m.text(end)
	m.close("section")
	return m.html()
}

// count writes the time left, in words for the moment that it is and for the one when it runs out.
func (c Clock) count(m *markup) {
	if c.State == "none" {
		m.element("b", "No clock", "class", "left")
		m.text(" ")
		m.element("span", "nothing to expire")
		return
	}
	m.element("time", c.Show(), "class", "left", "datetime", c.Period())
	m.text(" ")
	if !c.Runs {
		m.element("span", "expired")
		m.element("span", "ended "+c.Ends, "class", "at")
		return
	}
	m.open("span")
	m.element("span", c.until(), "class", "running")
	m.element("span", "expired", "class", "ended")
	m.close("span")
	m.open("span", "class", "at")
	m.element("span", "ends "+c.Ends, "class", "running")
	m.element("span", "ended "+c.Ends, "class", "ended")
	m.close("span")
}

// until says what the clock runs to.
func (c Clock) until() string {
	switch {
	case c.Changed != "":
		return "until this session expires"
	case c.OfLife:
		return "until the end of its life"
	}
	return "until a fixed moment"
}

// Since says what the end depends on.
func (c Clock) Since() string {
	switch {
	case c.Changed != "":
		return "last change " + c.Changed
	case c.OfLife:
		return "the end of its life"
	}
	return "a fixed moment"
}

// line draws the clock's line: what is left of it, a dot for each save, a ring for each read, and the end.
// Places are in per cent and sizes in rem, so that it is as long as there is room, and its dots stay round.
func (c Clock) line(m *markup) {
	m.open("svg", "class", "life-line", "role", "img", "aria-label", c.story())
	bar := func(class string, from, length float64) {
		m.empty("rect", "class", class, "x", onClock(from), "y", "0.4375rem", "width",
			percent(98*length), "height", "0.375rem", "rx", "0.1875rem")
	}
	bar("track", 0, 1)
	if c.Runs {
		left := float64(c.Left) / float64(c.Max)
		bar("left", 1-left, left)
	}
	for _, at := range c.reads {
		m.empty("circle", "class", "read", "cx", onClock(at), "cy", "0.625rem", "r", "0.21875rem")
	}
	for _, at := range c.saves {
		m.empty("circle", "class", "save", "cx", onClock(at), "cy", "0.625rem", "r", "0.3125rem")
	}
	if c.State != "none" {
		m.empty("line", "class", "end", "x1", "99%", "x2", "99%", "y1", "0.125rem", "y2", "1.125rem")
	}
	m.close("svg")
}

// onClock is a place on the line, which begins and ends a little inside, for the dots.
func onClock(at float64) string { return percent(1 + 98*at) }

// story is the line in words.
func (c Clock) story() string {
	if c.State == "none" {
		return "Time line: no session"
	}
	if !c.Runs && len(c.saves) == 0 {
		return "Time line: ended " + c.Ends
	}
	ends := "ends "
	if !c.Runs {
		ends = "ended "
	}
	return fmt.Sprintf("Time line: %s; on the line %s and %s; %s", c.Since(), count(len(c.saves), "save"),
		count(len(c.reads), "read"), ends+c.Ends)
}

// clock is the time that the session of s has left, with its exchanges.
func (g Given) clock(s xray.Snapshot, history []*xray.Exchange) Clock {
	c := Clock{State: "none", Max: int(g.CookieAge.Seconds()), NowMS: g.Now.UnixMilli()}
	if s.Row == nil {
		return c
	}
	end := s.Row.Expiry
	left := end.Sub(g.Now)
	c.Runs, c.State = true, "ok"
	c.Left = int((left + time.Second - 1) / time.Second)
	if left <= 30*time.Second {
		c.State = "soon"
	}
	c.Ends, c.EndMS = end.Local().Format(TimeOfDay), end.UnixMilli()
	c.measure(g, s.Values, end)
	c.Max = max(c.Max, c.Left, 1)
	c.mark(end, history)
	return c
}

// measure finds what the end depends on, and how long a session of these values lives after a save.
func (c *Clock) measure(g Given, values map[string]any, end time.Time) {
	c.OfLife = g.OfLife(values, end)
	if age, ok := g.Age(values); ok && !c.OfLife {
		c.Max = max(int(age.Seconds()), 1)
		c.Changed = end.Add(-age).Local().Format(TimeOfDay)
	}
}

// lived puts on the line what happened to a session that has expired: its last save says how long it is.
func (c *Clock) lived(g Given, e *Expired, memo *xray.Memo) {
	i := slices.IndexFunc(e.History, func(x *xray.Exchange) bool { return x.Committed != nil })
	if i < 0 {
		return
	}
	c.measure(g, memo.After(e.History[i]), e.Ended)
	c.mark(e.Ended, e.History)
}

// mark puts the exchanges on the line. An exchange begins a little before its save counts the end, so that
// one that is only just too early belongs to the beginning.
func (c *Clock) mark(end time.Time, history []*xray.Exchange) {
	life := time.Duration(c.Max) * time.Second
	begin := end.Add(-life)
	for _, x := range history {
		at := x.At.Sub(begin)
		saved := x.Committed != nil
		switch {
		case saved && at < 0 && at > -time.Second:
			at = 0
		case at < 0 || at > life:
			continue
		}
		if part := float64(at) / float64(life); saved {
			c.saves = append(c.saves, part)
		} else if x.Known {
			c.reads = append(c.reads, part)
		}
	}
}

// expire shows a session that is over, and since when.
func (c *Clock) expire(ended time.Time) {
	c.State, c.Ends = "over", ended.Local().Format(TimeOfDay)
}
