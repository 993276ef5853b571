package view

import (
	"fmt"
	"html/template"
	"strconv"
	"time"

	"sessionlab/handlers/xray"
)

// Clock is the time left until the row's end.
type Clock struct {
	Runs    bool
	Left    int    // whole seconds, rounded up
	Max     int    // seconds from the last save to the end
	State   string // ok, soon, over
	Changed string // time of the last save; "" where the end does not depend on it
	OfLife  bool   // the end is that of the session's life
	Ends    string // time of the row's end
	EndMS   int64  // the row's end in Unix milliseconds
	NowMS   int64  // the server's clock when the page was made
}

// Show is the time left as minutes and seconds.
func (c Clock) Show() string { return fmt.Sprintf("%d:%02d", c.Left/60, c.Left%60) }

// Period is the time left as HTML's time element wants it (ISO 8601).
func (c Clock) Period() string { return fmt.Sprintf("PT%dS", c.Left) }

// HTML is the clock as the panel shows it. It is Go because every page has one, with a dozen small parts.
func (c Clock) HTML() template.HTML {
	const line, end = "\n    ", "\n  "
	var m markup
	if !c.Runs {
		m.open("section", "class", "clock", "data-clock", "over")
		m.text(line)
		m.element("h3", "Clock", "class", "vh")
		m.text(line)
		m.open("p", "class", "n")
		m.element("b", "No clock", "class", "left")
		m.text(" ")
		m.element("span", "nothing to expire")
		m.close("p")
		m.text(line)
		m.element("progress", "", "max", "1", "value", "0", "aria-label", "Time left")
		m.text(line)
		m.open("p", "class", "ends")
		m.element("span", "no session")
	} else {
		m.open("section", "class", "clock", "data-clock", c.State,
			"data-end", strconv.FormatInt(c.EndMS, 10), "data-now", strconv.FormatInt(c.NowMS, 10))
		m.text(line)
		m.element("h3", "Clock", "class", "vh")
		m.text(line)
		m.open("p", "class", "n")
		m.element("time", c.Show(), "class", "left", "datetime", c.Period())
		m.text(" ")
		m.element("span", "until this session expires", "class", "running")
		m.element("span", "expired. The next request finds nothing.", "class", "ended")
		m.close("p")
		m.text(line)
		m.element("progress", "", "max", strconv.Itoa(c.Max), "value", strconv.Itoa(c.Left), "aria-label",
			"Time left")
		m.text(line)
		m.open("p", "class", "ends")
		m.element("span", c.Since())
		m.element("span", "expires "+c.Ends)
	}
	m.close("p")
	m.text(end)
	m.close("section")
	return m.html()
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

// clock is the time that the session of s has left.
func (g Given) clock(s xray.Snapshot) Clock {
	c := Clock{State: "over", Max: int(g.CookieAge.Seconds()), NowMS: g.Now.UnixMilli()}
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
	c.OfLife = g.OfLife(s.Values, end)
	if age, ok := g.Age(s.Values); ok && !c.OfLife {
		c.Max = int(age.Seconds())
		c.Changed = end.Add(-age).Local().Format(TimeOfDay)
	}
	c.Max = max(c.Max, c.Left)
	return c
}
