package view

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"sessionlab/handlers/scenario"
	"sessionlab/handlers/xray"
)

// Lanes are the requests of an experiment with several browsers, as lanes.html draws them: a lane for each
// browser, the server between them, and time from top to bottom.
type Lanes struct {
	A, B  Party
	Alone bool // B did everything
	Bands []Band
}

// Party is a browser as the head of its lane shows it.
type Party struct {
	Badge, Name, Is string
	Holds           string // its session cookie at the end; "" for none
}

// Band is one request after the other, or those that were open at the same time.
type Band struct {
	Together string // how long they were; "" for a single one
	Acts     []Act
}

// Act is a request with its answer, or what was done by hand.
type Act struct {
	Badge, Side   string // of the browser that did it; its side is a or b
	Hand          string // what was done by hand; "" for a request
	Request, Form string
	Held, Holds   string // its session cookie before and after
	Other         string // what the other browser holds meanwhile
	At            string
	Store         []Stored
	Status        int
	Answer        string // what it says; "" for nothing
	Set           string // the session cookie that came with it; "" for none
	Dropped       bool   // that one deletes the browser's
}

// Stored is what SCS and the store did for a request, in a line.
type Stored struct {
	Did, Came string
	Token     string // that it was about; "" where it stands in Came
	Took      string
}

// NewLanes draws events. a and b are the parties as they were before.
func NewLanes(events []scenario.Event, a, b Party) *Lanes {
	v := &Lanes{A: a, B: b, Alone: true}
	for i, e := range events {
		act := v.act(e)
		v.Alone = v.Alone && act.Side == "b" && act.Hand == ""
		if i > 0 && overlap(events[i-1], e) {
			band := &v.Bands[len(v.Bands)-1]
			band.Acts = append(band.Acts, act)
			band.Together = bothOpen(events[i-1], e)
			continue
		}
		v.Bands = append(v.Bands, Band{Acts: []Act{act}})
	}
	return v
}

// overlap reports whether two requests were open at the same time.
func overlap(a, b scenario.Event) bool { return b.Start.Before(a.End) && a.Start.Before(b.End) }

// bothOpen is how long both were open.
func bothOpen(a, b scenario.Event) string {
	start, end := a.Start, a.End
	if b.Start.After(start) {
		start = b.Start
	}
	if b.End.Before(end) {
		end = b.End
	}
	return measured(end.Sub(start))
}

// act draws e. Its parties hold then what they hold after e, so the events are to come in their order.
func (v *Lanes) act(e scenario.Event) Act {
	own, other, side := &v.A, &v.B, "a"
	if e.Name == v.B.Badge {
		own, other, side = other, own, "b"
	}
	drawn := Act{Badge: own.Badge, Side: side, Hand: e.Hand, Held: e.Held, Holds: e.Holds, Other: other.Holds,
		At: e.Start.Local().Format("15:04:05.000")}
	own.Holds = e.Holds
	x := e.Exchange
	if x == nil {
		return drawn
	}
	drawn.Request, drawn.Form, drawn.Status = x.Method+" "+x.Path, e.Form, x.Status
	drawn.Store, drawn.Answer = stored(x), answered(x)
	switch c := x.SetCookie; {
	case c == nil:
	case c.MaxAge < 0:
		drawn.Dropped = true
	default:
		drawn.Set = c.Value
	}
	return drawn
}

// answered is what an answer says.
func answered(x *xray.Exchange) string {
	switch {
	case x.Refused != "":
		return x.Refused
	case x.Returned != nil:
		return *x.Returned
	}
	return ""
}

// stored are the lines of what the store did.
func stored(x *xray.Exchange) (lines []Stored) {
	for _, s := range x.Steps {
		line := Stored{Did: s.Kind.String(), Token: s.Token, Took: measured(s.Took)}
		switch {
		case s.Kind == xray.Code || s.Kind == xray.Page:
			continue
		case s.Err != "":
			line.Came = "refused"
		case s.Kind == xray.Find && s.Found:
			line.Came = "found"
		case s.Kind == xray.Find:
			line.Came = "nothing"
		case s.Kind == xray.Commit && !x.Known:
			line.Came = "a new session"
		case s.Kind == xray.Commit:
			line.Came = fmt.Sprintf("%d bytes", s.Size)
		case s.Kind == xray.Cycle:
			line.Came = "a new ID"
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 && x.Sent == "" && x.Status < http.StatusBadRequest {
		lines = append(lines, Stored{Came: "nothing to find"})
	}
	return lines
}

// Race is two requests that change one thing at the same time, and that thing at each of its moments.
type Race struct {
	One, Two Party
	Brace    string // whether they were at the same time
	Open     string // how long they were open
	Before   string // what was there before
	Moments  []Moment
}

// Moment is what is there after something has happened.
type Moment struct {
	Caption  string
	Value    string
	Class    string // how it is marked: hit, good, bad, gone, or "" for not
	But      string // what should be there instead; "" where that is there
	One, Two Cell
}

// Cell is what a request does at a moment. Way is in for what it gets, out for what it sends, still for one
// that waits, and "" for nothing.
type Cell struct{ Way, Says, Number, Took string }

// Racer is a request of a race.
type Racer struct {
	Event       scenario.Event
	Read, Wrote string // what it has read, and written; "" for nothing
}

// reads, writes and done are what a request can do at a moment.
func (r Racer) reads() Cell {
	return Cell{"in", "reads", r.Read, took(r.Event.Exchange, xray.Find)}
}

func (r Racer) writes() Cell {
	return Cell{"out", "has " + r.Read + ", writes", r.Wrote, took(r.Event.Exchange, xray.Commit)}
}

func (r Racer) done() Cell {
	return Cell{Way: "still", Says: fmt.Sprintf("is done: %d", r.Event.Exchange.Status)}
}

// saved is when its save was over.
func (r Racer) saved() time.Time { return r.Event.Exchange.At.Add(r.Event.Exchange.Took) }

// took is how long the first step of that kind took.
func took(x *xray.Exchange, kind xray.StepKind) string {
	i := slices.IndexFunc(x.Steps, func(s xray.Step) bool { return s.Kind == kind })
	if i < 0 {
		return ""
	}
	return measured(x.Steps[i].Took)
}

// NewRace draws two requests, and what is there after each save, in the order of the saves. last is what is
// there in the end, and wanted what should be.
func NewRace(racers [2]Racer, last, wanted string) *Race {
	first, second := 0, 1
	if racers[1].saved().Before(racers[0].saved()) {
		first, second = 1, 0
	}
	if last == racers[first].Wrote && last != racers[second].Wrote { // what is there was saved last
		first, second = second, first
	}
	one, two := racers[first], racers[second]
	v := &Race{Brace: "At the same time", Open: "both open for " + bothOpen(one.Event, two.Event),
		Before: one.Read,
		One:    Party{Badge: "1", Name: "Request 1", Holds: racers[0].Event.Held},
		Two:    Party{Badge: "2", Name: "Request 2", Holds: racers[1].Event.Held}}
	hit := Moment{Caption: "after the first save", Value: one.Wrote, Class: "hit"}
	end := Moment{Caption: "after the second save", Value: last, Class: "good"}
	if last != wanted {
		end.Class, end.But = "bad", "and not "+wanted
	}
	v.Moments = []Moment{{Caption: "after both reads", Value: one.Read}, hit, end}
	cells := [][2]Cell{{one.reads(), two.reads()},
		{one.writes(), {Way: "still", Says: "still has", Number: two.Read}}, {one.done(), two.writes()}}
	if two.Read == one.Wrote && one.Read != one.Wrote {
		v.Brace = "One after the other"
		v.Moments = []Moment{{Caption: "after the first read", Value: one.Read}, hit,
			{Caption: "after the second read", Value: two.Read}, end}
		waits := Cell{Way: "still", Says: "waits"}
		cells = [][2]Cell{{one.reads(), waits}, {one.writes(), waits}, {one.done(), two.reads()},
			{{}, two.writes()}}
	}
	for i := range v.Moments {
		v.Moments[i].One, v.Moments[i].Two = cells[i][first], cells[i][second]
	}
	return v
}
