package python

import (
	"fmt"
	"math/big"
	"strings"
	"time"
)

// Datetime is a datetime: the date and time that Time has in UTC, to the microsecond. Aware says that it
// stands for that moment (its tzinfo is timezone.utc). One that is not, is naive: what date and time it is
// somewhere.
type Datetime struct {
	Time  time.Time
	Aware bool
}

// Timezone is timezone.utc, the only one there is.
type Timezone struct{ name string }

var utc = &Timezone{"UTC"}

func (z *Timezone) typeName() string { return "datetime.timezone" }
func (z *Timezone) repr(int) string  { return "datetime.timezone.utc" }
func (z *Timezone) text() string     { return z.name }

// datetimeNames are what can be imported from datetime.
func datetimeNames() map[string]Value {
	return map[string]Value{
		"datetime": types["datetime.datetime"], "timedelta": types["datetime.timedelta"],
		"timezone": types["datetime.timezone"],
	}
}

func init() {
	types["datetime.timezone"] = &Type{name: "datetime.timezone", constants: map[string]Value{"utc": utc}}
	static := map[string]*method{
		"now":           {name: "now", takes: named1(0, "tz"), do: datetimeNow},
		"utcnow":        {name: "datetime.utcnow", do: datetimeNow},
		"fromisoformat": {name: "datetime.fromisoformat", takes: one, do: fromISO},
	}
	types["datetime.datetime"] = &Type{name: "datetime.datetime", make: makeDatetime, static: static}
	add("datetime.datetime",
		&method{name: "isoformat", takes: named1(0, "sep", "timespec"), do: isoformat},
		&method{name: "strftime", takes: named1(1, "format"), do: datetimeStrftime},
		&method{name: "replace", raw: datetimeReplace},
		&method{name: "weekday", do: func(_ *machine, self Value, _ []Value) (Value, error) {
			return small((int(self.(*Datetime).Time.UTC().Weekday()) + 6) % 7), nil
		}},
		&method{name: "isoweekday", do: func(_ *machine, self Value, _ []Value) (Value, error) {
			return small((int(self.(*Datetime).Time.UTC().Weekday())+6)%7 + 1), nil
		}},
		&method{name: "timestamp", do: func(_ *machine, self Value, _ []Value) (Value, error) {
			return float64(self.(*Datetime).Time.UnixMicro()) / 1e6, nil
		}},
	)
}

func (d *Datetime) typeName() string { return "datetime.datetime" }

func (d *Datetime) hashKey() string { return fmt.Sprint("datetime ", d.Time.UnixMicro(), d.Aware) }

// parts are what it is made of, from the year to the microsecond.
func (d *Datetime) parts() []int {
	t := d.Time.UTC()
	return []int{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond() / 1000}
}

func (d *Datetime) repr(int) string {
	parts := d.parts()
	for len(parts) > 5 && parts[len(parts)-1] == 0 {
		parts = parts[:len(parts)-1]
	}
	text := strings.Trim(strings.ReplaceAll(fmt.Sprint(parts), " ", ", "), "[]")
	if d.Aware {
		text += ", tzinfo=datetime.timezone.utc"
	}
	return "datetime.datetime(" + text + ")"
}

func (d *Datetime) text() string { return d.iso(" ", "auto") }

// iso writes it as isoformat does.
func (d *Datetime) iso(sep, timespec string) string {
	if timespec == "auto" {
		timespec = "seconds"
		if d.parts()[6] != 0 {
			timespec = "microseconds"
		}
	}
	t := d.Time.UTC()
	text := t.Format("2006-01-02") + sep + t.Format(timespecs[timespec])
	if d.Aware {
		text += "+00:00"
	}
	return text
}

// timespecs are how exact isoformat can be, in Go's words.
var timespecs = map[string]string{
	"hours": "15", "minutes": "15:04", "seconds": "15:04:05", "milliseconds": "15:04:05.000",
	"microseconds": "15:04:05.000000",
}

func isoformat(m *machine, self Value, a []Value) (Value, error) {
	sep, ok := given(a[0], "T").(string)
	if !ok || sep == "" || len(sep) != width(sep) {
		return nil, raise(typeError,
			"isoformat() argument 1 must be a unicode character, not %s", typeNameOf(a[0]))
	}
	timespec, ok := given(a[1], "auto").(string)
	if !ok {
		return nil, raise(typeError, "isoformat() argument 2 must be str, not %s", typeNameOf(a[1]))
	}
	if timespecs[timespec] == "" && timespec != "auto" {
		return nil, raise(valueError, "Unknown timespec value")
	}
	return m.newStr(self.(*Datetime).iso(sep, timespec))
}

// datetimeParts are the names of its parts, and what each must be within.
var datetimeParts = []struct {
	name      string
	low, high int
}{
	{"year", 1, 9999}, {"month", 1, 12}, {"day", 1, 31}, {"hour", 0, 23}, {"minute", 0, 59},
	{"second", 0, 59}, {"microsecond", 0, 999999},
}

func (d *Datetime) attr(m *machine, name string) (Value, error) {
	for i, part := range datetimeParts {
		if part.name == name {
			return small(d.parts()[i]), nil
		}
	}
	if name == "tzinfo" {
		if d.Aware {
			return utc, nil
		}
		return nil, nil
	}
	return m.method(d, name)
}

func (d *Datetime) setAttr(m *machine, name string, _ Value) error {
	if _, err := d.attr(m, name); err != nil {
		return err
	}
	return raise(attributeError, "attribute '%s' of 'datetime.datetime' objects is not writable", name)
}

// newDatetime is the datetime of those parts.
func newDatetime(parts []int, aware bool) (Value, error) {
	for i, p := range datetimeParts {
		switch {
		case parts[i] >= p.low && parts[i] <= p.high:
		case p.name == "year":
			return nil, raise(valueError, "year %d is out of range", parts[i])
		case p.name == "day":
			return nil, raise(valueError, "day is out of range for month")
		default:
			return nil, raise(valueError, "%s must be in %d..%d", p.name, p.low, p.high)
		}
	}
	month, nanos := time.Month(parts[1]), parts[6]*1000
	t := time.Date(parts[0], month, parts[2], parts[3], parts[4], parts[5], nanos, time.UTC)
	if t.Day() != parts[2] {
		return nil, raise(valueError, "day is out of range for month")
	}
	return &Datetime{t, aware}, nil
}

// setParts puts arguments into parts, and returns whether there is a timezone.
func setParts(parts []int, aware bool, a Args) (bool, []bool, error) {
	set := make([]bool, len(parts))
	if len(a.List) > 8 {
		return false, nil, raise(typeError,
			"function takes at most 8 positional arguments (%d given)", len(a.List))
	}
	for i, v := range a.List {
		name := "tzinfo"
		if i < len(datetimeParts) {
			name = datetimeParts[i].name
		}
		a.Names = append(a.Names[:len(a.Names):len(a.Names)], Keyword{name, v})
	}
	for _, word := range a.Names {
		if word.Name == "tzinfo" {
			var err error
			if aware, err = isUTC(word.Value); err != nil {
				return false, nil, err
			}
			continue
		}
		at := -1
		for i, part := range datetimeParts {
			if part.name == word.Name {
				at = i
			}
		}
		if at < 0 {
			return false, nil, raise(typeError,
				"'%s' is an invalid keyword argument for this function", word.Name)
		}
		n, err := index(word.Value)
		if err != nil {
			return false, nil, err
		}
		parts[at], set[at] = n, true
	}
	return aware, set, nil
}

// isUTC reports whether v is timezone.utc; it may be None, too.
func isUTC(v Value) (bool, error) {
	switch v.(type) {
	case nil:
		return false, nil
	case *Timezone:
		return true, nil
	}
	return false, raise(typeError,
		"tzinfo argument must be None or of a tzinfo subclass, not type '%s'", typeNameOf(v))
}

func makeDatetime(_ *machine, a Args) (Value, error) {
	parts := make([]int, len(datetimeParts))
	aware, set, err := setParts(parts, false, a)
	if err != nil {
		return nil, err
	}
	for i := range 3 {
		if !set[i] {
			return nil, raise(typeError,
				"function missing required argument '%s' (pos %d)", datetimeParts[i].name, i+1)
		}
	}
	return newDatetime(parts, aware)
}

func datetimeReplace(_ *machine, self Value, a Args) (Value, error) {
	d := self.(*Datetime)
	parts := d.parts()
	aware, _, err := setParts(parts, d.Aware, a)
	if err != nil {
		return nil, err
	}
	return newDatetime(parts, aware)
}

func datetimeNow(m *machine, _ Value, a []Value) (Value, error) {
	aware := false
	if len(a) > 0 {
		var err error
		if aware, err = isUTC(given(a[0], nil)); err != nil {
			return nil, err
		}
	}
	return &Datetime{m.now().UTC().Truncate(time.Microsecond), aware}, nil
}

func fromISO(m *machine, _ Value, a []Value) (Value, error) {
	text, ok := a[0].(string)
	if !ok {
		return nil, raise(typeError, "fromisoformat: argument must be str")
	}
	plain := strings.Replace(text, "T", " ", 1)
	for _, form := range []string{
		"2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02 15:04:05.999999",
	} {
		for _, zone := range []string{"", "+00:00", "Z"} {
			local, cut := strings.CutSuffix(plain, zone)
			if t, err := time.Parse(form, local); err == nil && cut && t.Year() > 0 {
				return &Datetime{t.Truncate(time.Microsecond), zone != ""}, nil
			}
		}
	}
	shown, err := m.repr(text)
	if err != nil {
		return nil, err
	}
	return nil, raise(valueError, "Invalid isoformat string: %s", shown)
}

// add is d + delta.
func (d *Datetime) add(delta *big.Int) (Value, error) {
	micros := new(big.Int).Add(small(int(d.Time.UnixMicro())), delta)
	if micros.IsInt64() {
		if t := time.UnixMicro(micros.Int64()).UTC(); t.Year() >= 1 && t.Year() <= 9999 {
			return &Datetime{t, d.Aware}, nil
		}
	}
	return nil, raise(overflowError, "date value out of range")
}
