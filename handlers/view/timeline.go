package view

import (
	"html/template"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"sessionlab/handlers/xray"
)

// Timeline is a part of a session's life, drawn as a line. Everything on it is recorded: what is not kept any
// more is left out.
type Timeline struct {
	marks []mark
	start time.Time
	end   time.Time // of the session, as the last mark left it; zero where that is not known
	now   time.Time // zero where the line does not reach to now
	token string    // of the session, for its colour
	more  int       // marks that are left out
}

// mark is an exchange on the line.
type mark struct {
	at    time.Time
	saved bool
	found bool      // there was a session
	ends  time.Time // when the session was to end after it; zero where there was none
	call  string    // of a save: what was called
}

// mostMarks bounds what a line shows, however often somebody reads.
const mostMarks = 16

// Timeline draws what happened to a session in list, its exchanges, the latest first: runs of experiments,
// and not the pages that were only looked at. ended is when it ended, as far as that is known from elsewhere;
// zero where it is not. now says that nothing has happened to it since, so that the line reaches to now.
func (g Given) Timeline(list []*xray.Exchange, memo *xray.Memo, ended time.Time, now bool) *Timeline {
	t := &Timeline{end: ended}
	for _, x := range slices.Backward(list) {
		m, ok := g.mark(x, memo)
		if !ok {
			continue
		}
		t.marks = append(t.marks, m)
		if !m.ends.IsZero() {
			t.end, t.token = m.ends, x.Token
		}
	}
	if len(t.marks) > mostMarks {
		t.more = len(t.marks) - mostMarks
		t.marks = slices.Delete(t.marks, 1, 1+t.more)
	}
	if t.start = t.end; len(t.marks) > 0 && (t.end.IsZero() || t.marks[0].at.Before(t.end)) {
		t.start = t.marks[0].at
	}
	if now && t.end.After(g.Now) {
		t.now = g.Now
	}
	return t
}

// mark is x as it stands on the line; false where it has no place there.
func (g Given) mark(x *xray.Exchange, memo *xray.Memo) (m mark, ok bool) {
	m = mark{at: x.At, saved: x.Committed != nil, found: x.Known || x.Committed != nil}
	looked := x.Card == "" && x.Returned == nil && x.Method != http.MethodPost
	if x.Refused != "" || !m.saved && looked {
		return m, false
	}
	switch {
	case m.saved:
		m.ends, m.call = x.Deadline, g.Call(x.Path, memo.After(x))
	case x.Found != nil:
		m.ends, _, _ = memo.Decode(x.Found)
	}
	return m, true
}

// axis is how time becomes a place: x in per cent of the width, so that the line is as long as there is room.
type axis struct {
	start time.Time
	step  time.Duration
	ticks int
}

const (
	axisLeft  = 1.5 // per cent
	axisWidth = 97.0
)

// stretch is how far the axis goes beyond the life of the session, in lives: what came much later stands at
// its end.
const stretch = 3

// axis is the one on which t is drawn, with room behind the end.
func (t *Timeline) axis() axis {
	last := t.end
	for _, m := range t.marks {
		last = latest(last, m.at)
	}
	last = latest(last, t.now)
	if life := t.end.Sub(t.start); life > 0 && last.Sub(t.start) > stretch*life {
		last = t.start.Add(stretch * life)
	}
	length := max(last.Sub(t.start), time.Second)
	a := axis{start: t.start, step: steps[len(steps)-1]}
	for _, step := range steps {
		if (length+step-1)/step <= 6 {
			a.step = step
			break
		}
	}
	a.ticks = int((length + a.step - 1) / a.step)
	if room := time.Duration(a.ticks)*a.step - length; room < a.step/5 {
		a.ticks++
	}
	return a
}

const day = 24 * time.Hour

// steps are the distances of the ticks on an axis.
var steps = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	day, 2 * day, 5 * day, 10 * day, 20 * day, 50 * day, 100 * day, 300 * day,
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// length is what the axis covers.
func (a axis) length() time.Duration { return time.Duration(a.ticks) * a.step }

// place is where a moment stands, in per cent. What is beyond the axis stands at its end.
func (a axis) place(at time.Time) float64 {
	part := float64(at.Sub(a.start)) / float64(a.length())
	return axisLeft + axisWidth*math.Max(0, math.Min(1, part))
}

// tick is what the n-th tick says.
func (a axis) tick(n int) string {
	unit, name := time.Second, " s"
	switch {
	case a.step >= day:
		unit, name = day, " d"
	case a.step >= time.Hour:
		unit, name = time.Hour, " h"
	case a.step >= time.Minute:
		unit, name = time.Minute, " min"
	}
	return strconv.Itoa(int(time.Duration(n)*a.step/unit)) + name
}

// HTML is the line with its key, or nothing where nothing is known.
func (t *Timeline) HTML() template.HTML {
	var m markup
	if t.start.IsZero() {
		return m.html()
	}
	m.open("figure", "class", "tline", "data-tok", Hue(t.token))
	m.open("svg", "role", "img", "aria-label", t.Story())
	pen{&m, t.axis()}.draw(t)
	m.close("svg")
	t.key(&m)
	m.close("figure")
	return m.html()
}

// key says what the signs mean, those that are there.
func (t *Timeline) key(m *markup) {
	var saves, reads, misses bool
	for _, k := range t.marks {
		saves, reads, misses = saves || k.saved, reads || k.found && !k.saved, misses || !k.found
	}
	entry := func(class, text string) {
		m.open("span")
		if class == "" {
			m.element("i", "")
		} else {
			m.element("i", "", "class", class)
		}
		m.text(text)
		m.close("span")
	}
	m.open("p", "class", "key", "aria-hidden", "true")
	if saves {
		entry("k-save", "save")
	}
	if reads {
		entry("", "read")
	}
	if misses {
		entry("k-miss", "read, nothing found")
	}
	if !t.end.IsZero() {
		entry("k-end", "the end")
	}
	if len(t.lives()) > 1 {
		m.element("span", "dashed: the end before it was moved")
	}
	if !t.now.IsZero() {
		m.open("span")
		m.element("i", "", "class", "k-now")
		m.element("span", "now", "class", "js-only")
		m.element("span", "as of "+t.now.Local().Format(TimeOfDay), "class", "no-js")
		m.close("span")
	}
	m.close("p")
}

// life is what a save gave: from it to the end, until a later save gave another.
type life struct{ from, to time.Time }

// lives are those of t, one for each end. A save that leaves the end where it is gives none of its own.
func (t *Timeline) lives() (lives []life) {
	for _, m := range t.marks {
		n := len(lives)
		if m.ends.IsZero() || n > 0 && lives[n-1].to.Sub(m.ends).Abs() < 2*time.Millisecond {
			continue
		}
		lives = append(lives, life{m.at, m.ends})
	}
	const most = 3 // more dashes could not be told apart
	return lives[max(0, len(lives)-most):]
}
