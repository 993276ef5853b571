package python

import (
	"fmt"
	"strings"
	"time"
)

// directives are what strftime writes for a letter after a percent sign, in Go's words.
var directives = map[rune]string{
	'Y': "2006", 'm': "01", 'd': "02", 'H': "15", 'M': "04", 'S': "05", 'y': "06", 'a': "Mon", 'A': "Monday",
	'b': "Jan", 'h': "Jan", 'B': "January", 'I': "03", 'p': "PM", 'j': "002", 'e': "_2", 'F': "2006-01-02",
	'T': "15:04:05", 'R': "15:04", 'D': "01/02/06", 'x': "01/02/06", 'X': "15:04:05",
	'c': "Mon Jan _2 15:04:05 2006",
}

func datetimeStrftime(m *machine, self Value, a []Value) (Value, error) {
	format, ok := a[0].(string)
	if !ok {
		return nil, raise(typeError, "strftime() argument 1 must be str, not %s", typeNameOf(a[0]))
	}
	return m.made(m.strftime(self.(*Datetime), format))
}

// strftime writes d in that format.
func (m *machine) strftime(d *Datetime, format string) (string, error) {
	// No directive writes more than 24 characters for its two.
	if err := m.room(12*len(format)+16, 1); err != nil {
		return "", err
	}
	var b strings.Builder
	percent := false
	for _, r := range format {
		switch {
		case percent:
			b.WriteString(d.directive(r))
			percent = false
		case r == '%':
			percent = true
		default:
			b.WriteRune(r)
		}
	}
	if percent {
		b.WriteByte('%')
	}
	return b.String(), nil
}

func (d *Datetime) directive(r rune) string {
	t := d.Time.UTC()
	if form, ok := directives[r]; ok {
		return t.Format(form)
	}
	switch r {
	case '%':
		return "%"
	case 'f':
		return fmt.Sprintf("%06d", d.parts()[6])
	case 'w':
		return fmt.Sprint(int(t.Weekday()))
	case 'u':
		return fmt.Sprint((int(t.Weekday())+6)%7 + 1)
	case 's':
		return fmt.Sprint(t.Unix())
	case 'U':
		return week(t, int(t.Weekday()))
	case 'W':
		return week(t, (int(t.Weekday())+6)%7)
	case 'z', 'Z':
		if !d.Aware {
			return ""
		}
		return map[rune]string{'z': "+0000", 'Z': "UTC"}[r]
	}
	return "%" + string(r)
}

// week is the number of a week that began so many days before t.
func week(t time.Time, days int) string { return fmt.Sprintf("%02d", (t.YearDay()+6-days)/7) }
