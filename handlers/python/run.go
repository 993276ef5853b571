package python

import (
	"context"
	"maps"
	"math/big"
	"time"
)

// maxReturned is how much of what a view returned is kept.
const maxReturned = 1 << 10

// Run runs the view. An error is none of the view's: the session could not be read, say. A view that raised
// has an [Outcome.Raised], and one that came over a limit an [Outcome.Over].
func (p *Program) Run(ctx context.Context, request Request, now func() time.Time) (*Outcome, error) {
	return p.machine(ctx, request, now).run()
}

// machine is one for a run that begins now.
func (p *Program) machine(ctx context.Context, request Request, now func() time.Time) *machine {
	return &machine{ctx: ctx, now: now, deadline: time.Now().Add(MaxTime), program: p,
		session: request.Session, request: newRequest(request), names: known(), globals: map[string]Value{},
		trace: tracer{times: map[int]int{}, rounds: map[at]int{}}}
}

func (m *machine) run() (*Outcome, error) {
	v, err := m.view()
	o := &Outcome{Events: m.trace.events, More: m.trace.more, Times: m.trace.times}
	switch err := err.(type) {
	case nil:
		m.keep(o, v)
	case *Raised:
		o.Raised = m.program.failure(err)
	case *Over:
		o.Over, o.OverLine = err.Says, m.trace.line
	default:
		return nil, err
	}
	return o, nil
}

// known are the names that every view knows.
func known() map[string]Value {
	names := builtins()
	maps.Copy(names, djangoNames())
	names["print"] = printer{}
	return names
}

// printer is print.
type printer struct{}

func (printer) repr(int) string { return "<built-in function print>" }

func (printer) call(m *machine, a Args) (Value, error) {
	text, err := m.printed(a)
	if err == nil {
		m.prints(text)
	}
	return nil, err
}

// view runs what stands before the def, and then the view.
func (m *machine) view() (Value, error) {
	p := m.program
	m.frame = &frame{name: "<module>"}
	if _, err := m.block(p.prelude); err != nil {
		return nil, err
	}
	m.frame = &frame{name: p.name, own: p.locals, values: map[string]Value{p.request: m.request}}
	if p.line > 0 {
		m.trace.times[p.line]++
		m.trace.keep(&Event{Line: p.line, Gave: "called"})
	}
	end, err := m.block(p.body)
	if end != returns { // a return may have been on its way, and a break in a finally stopped it
		return nil, err
	}
	return m.returned, err
}

// keep keeps what the view returned.
func (m *machine) keep(o *Outcome, v Value) {
	if answer, ok := v.(interface{ response() *Response }); ok {
		o.Response = answer.response()
		o.Response.Content = clip(o.Response.Content, maxReturned)
	}
	switch v.(type) {
	case nil, bool, *big.Int:
		o.Plain = true
	}
	o.None = v == nil
	steps, bytes := m.steps, m.bytes
	text, err := m.str(v)
	m.steps, m.bytes = steps, bytes // to show it is no work of the view
	if err != nil {                 // the limits leave no room for all of it
		text = written(v, maxReturned)
	}
	o.Returned = clip(text, maxReturned)
}
