package python

import (
	"context"
	"time"
)

// machine is one run of a view: what it may still take, and what it has done so far.
type machine struct {
	ctx      context.Context
	now      func() time.Time
	deadline time.Time
	steps    int // that it has taken
	bytes    int // that its values take, or have taken
	program  *Program
	session  Session
	request  Value
	names    map[string]Value // that every view knows
	globals  map[string]Value // that were assigned before the def
	frame    *frame
	handled  []*Exception // those whose except or finally runs, the innermost last
	returned Value
	trace    tracer
}

// The bounds of one run.
const (
	MaxSource = 4 << 10  // bytes
	MaxSteps  = 10_000   // statements, operations, and rounds of what loops inside
	MaxBytes  = 64 << 10 // of values that a run has made; a value takes at least 16
	MaxBits   = 4096     // of a number
	MaxTime   = 100 * time.Millisecond
	MaxDepth  = 50 // brackets within brackets, and blocks within blocks
)

// perClock is after how many steps the clock is read.
const perClock = 64

// spend takes n steps, or ends the run: see [Over].
func (m *machine) spend(n int) error {
	before := m.steps / perClock
	if m.steps += n; n < 0 || m.steps > MaxSteps {
		return &Over{"It took more than 10,000 steps."}
	}
	if m.steps/perClock == before {
		return nil
	}
	if err := m.ctx.Err(); err != nil {
		return err
	}
	if time.Now().After(m.deadline) {
		return &Over{"It took more than 100 ms."}
	}
	return nil
}

// alloc takes n bytes for values, or ends the run: see [Over]. It comes before they are made.
func (m *machine) alloc(n int) error {
	if m.bytes += n; n < 0 || m.bytes > MaxBytes {
		return &Over{"Its values took more than 64 KiB."}
	}
	return nil
}

// Over ends a run that is over a limit. No except catches it.
type Over struct{ Says string }

func (e *Over) Error() string { return e.Says }
