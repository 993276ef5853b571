package python

import (
	"math"
	"math/big"
	"slices"
	"strings"
	"time"
)

// What the session's side of a view needs of values and of what became of a run.

// MissingKey is the KeyError of a key that the session does not have.
func MissingKey(key Value) error {
	return &Raised{Exception: &Exception{Class: keyErrorClass, Args: []Value{key}}, FromSession: true}
}

// Int is an int or a bool that Go's int has room for; false for anything else.
func Int(v Value) (int, bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	case *big.Int:
		return int(v.Int64()), v.IsInt64()
	}
	return 0, false
}

// AtSave is what is kept of an exception that came when the view had ended, and its session was to be saved.
func (r *Raised) AtSave() *Failure {
	return &Failure{Class: r.Exception.Class.Name, Says: r.Error()}
}

// Bare is the outcome without the texts that the view read, made, printed or returned: what it did to which
// key is left.
func (o *Outcome) Bare() *Outcome {
	bare := *o
	bare.Returned, bare.Response = "", nil
	if o.Raised != nil {
		bare.Raised = &Failure{Line: o.Raised.Line, Class: o.Raised.Class, Says: o.Raised.Class}
	}
	bare.Events = slices.Clone(o.Events)
	for i := range bare.Events {
		e := &bare.Events[i]
		e.Gave, e.Printed, e.Acts = "", "", slices.Clone(e.Acts)
		for j := range e.Acts {
			e.Acts[j].Old, e.Acts[j].New = "", ""
		}
	}
	return &bare
}

// Caret is the line that points to the column.
func (e *Unknown) Caret() string { return strings.Repeat(" ", max(0, e.Column-1)) + "^" }

// Moment is the moment that a datetime or a timedelta names, counted from now; false for anything else. A
// datetime without a time zone is one of UTC, as Django takes it under its setting USE_TZ.
func Moment(v Value, now time.Time) (time.Time, bool) {
	switch v := v.(type) {
	case *Datetime:
		return v.Time, true
	case *Timedelta:
		return now.Add(v.duration()), true
	}
	return time.Time{}, false
}

// duration is d as Go has it; the longest one for what is longer.
func (d *Timedelta) duration() time.Duration {
	const most = math.MaxInt64 / int64(time.Microsecond)
	switch micros := d.micros; {
	case micros.IsInt64() && micros.Int64() <= most && micros.Int64() >= -most:
		return time.Duration(micros.Int64()) * time.Microsecond
	case micros.Sign() < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}

// Type names the type of the value as Python does.
func (j JSON) Type() string { return typeNameOf(Thaw(j)) }

// Truth is Python's bool of the value.
func (j JSON) Truth() bool {
	switch v := Thaw(j).(type) {
	case nil:
		return false
	case *big.Int:
		return v.Sign() != 0
	case *List:
		return len(v.Items) > 0
	case *Dict:
		return v.Len() > 0
	case string:
		return v != ""
	}
	return true
}

// TypeError is Python's exception of that name.
func TypeError(says string) error { return raise(typeError, "%s", says) }
