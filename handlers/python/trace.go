package python

import (
	"slices"
	"strings"

	"github.com/go-python/gpython/ast"
)

// How much of a run is kept.
const (
	maxActs  = 6        // of one event
	maxKept  = 48 << 10 // bytes of all events
	firstFew = 3        // rounds of a line that are kept for sure, as long as there is room at all
	reserved = MaxEvents / 2
)

// tracer keeps what each line did.
type tracer struct {
	events  []Event
	more    int
	times   map[int]int // how often each line ran
	rounds  map[at]int  // how often each statement ran: a line may have several
	line    int         // the line that runs, or ran last
	size    int         // of the events, in bytes
	event   *Event      // of the line that runs
	pending []pending
}

// traced runs what a line does, as an event of its own.
func (m *machine) traced(n ast.Ast, do func() (gave string, err error)) error {
	m.trace.line = m.program.pos(n).line
	if err := m.spend(1); err != nil {
		return err
	}
	m.startLine(n)
	gave, err := do()
	return m.endLine(gave, err)
}

// startLine starts the event of a line.
func (m *machine) startLine(n ast.Ast) {
	t := &m.trace
	pos := m.program.pos(n)
	t.line = pos.line
	t.event, t.pending = &Event{Line: pos.line}, nil
	t.rounds[pos]++
	t.times[pos.line] = max(t.times[pos.line], t.rounds[pos])
}

// endLine ends it, and returns err.
func (m *machine) endLine(gave string, err error) error {
	t := &m.trace
	m.settle()
	e := t.event
	t.event = nil
	if err == nil {
		e.Gave = clip(gave, MaxShown+len("returned "))
	}
	if r, ok := err.(*Raised); ok {
		e.Raised, e.Gave = true, clip(r.Error(), 2*MaxShown)
	}
	t.keep(e)
	return err
}

// keep keeps an event. Rounds of a loop leave room for what comes after it.
func (t *tracer) keep(e *Event) {
	size := len(e.Gave) + len(e.Printed)
	for _, a := range e.Acts {
		size += len(a.Key) + len(a.Old) + len(a.New) + len(strings.Join(a.Store, ""))
	}
	room := MaxEvents
	if t.times[e.Line] > firstFew && !e.Raised {
		room = reserved
	}
	if len(t.events) >= room || t.size+size > maxKept {
		t.more++
		return
	}
	t.size += size
	t.events = append(t.events, *e)
}

// act notes what the line that runs did to the session.
func (m *machine) act(a Act) {
	e := m.trace.event
	if e == nil || len(e.Acts) >= maxActs {
		return
	}
	a.Key, a.Old, a.New = clip(a.Key, MaxShown), clip(a.Old, MaxShown), clip(a.New, MaxShown)
	e.Acts = append(e.Acts, a)
}

// prints notes what the line that runs printed.
func (m *machine) prints(text string) {
	if e := m.trace.event; e != nil {
		e.Printed = clip(e.Printed+text, 2*MaxShown)
	}
}

// brief is a value as an event shows it.
func brief(v Value) string { return clip(written(v, 4*MaxShown), MaxShown) }

// gaveTo is what the target of a loop has now.
func (m *machine) gaveTo(target ast.Expr) string {
	switch t := target.(type) {
	case *ast.Name:
		v, err := m.load(string(t.Id))
		if err == nil {
			return string(t.Id) + " = " + brief(v)
		}
	case *ast.Tuple:
		var parts []string
		for _, e := range t.Elts {
			parts = append(parts, m.gaveTo(e))
		}
		return clip(strings.Join(parts, ", "), MaxShown)
	}
	return ""
}

// pending is a change inside a value of the session, whose outcome is not known before the line is done.
type pending struct {
	act    int // its index
	method bool
	after  func() string
}

// changing notes that a value is about to change, if it lies in the session: a list or dict whose method
// does it, or that is the left side of +=.
func (m *machine) changing(v Value) {
	path := m.path(v)
	if path == "" {
		return
	}
	m.inside(path, brief(v), true, func() string { return brief(v) })
}

// change runs do, which changes an item of a value.
func (m *machine) change(of, key Value, do func() error) error {
	path := m.path(of)
	if _, slice := key.(*Slice); path == "" || slice {
		if path != "" {
			m.changing(of)
		}
		return do()
	}
	look := func() string {
		steps := m.steps
		v, err := m.item(of, key)
		m.steps = steps // looking is no work of the view
		if err != nil {
			return ""
		}
		return brief(v)
	}
	m.inside(path+"["+brief(key)+"]", look(), false, look)
	return do()
}

// path is where a value lies in the session, "" for nowhere.
func (m *machine) path(v Value) string {
	switch v.(type) {
	case *List, *Dict:
		if m.session != nil && m.trace.event != nil && m.session.Accessed() {
			return m.session.Find(v)
		}
	}
	return ""
}

// inside notes a change inside the session, and how to see what came of it.
func (m *machine) inside(path, old string, method bool, after func() string) {
	t := &m.trace
	same := func(p pending) bool { return t.event.Acts[p.act].Key == path }
	if len(t.event.Acts) >= maxActs || slices.ContainsFunc(t.pending, same) {
		return
	}
	m.act(Act{Did: Inside, Key: path, Old: old})
	t.pending = append(t.pending, pending{len(t.event.Acts) - 1, method, after})
}

// settle notes what became of the changes of a line. A method that changed nothing is left out.
func (m *machine) settle() {
	e := m.trace.event
	for _, p := range m.trace.pending {
		a := &e.Acts[p.act]
		a.New = clip(p.after(), MaxShown)
		if a.New == a.Old && p.method && !strings.HasSuffix(a.New, "…") {
			a.Did = ""
		}
	}
	e.Acts = slices.DeleteFunc(e.Acts, func(a Act) bool { return a.Did == "" })
	m.trace.pending = nil
}
