package django

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/flosch/pongo2/v6"

	"sessionlab/handlers/python"
)

// How much of a session is shown, in bytes before escaping, which makes up to six of one.
const (
	mostValue = 512     // of a key or a value
	mostLoop  = 2 << 10 // of the entries in a loop
)

// held is a key or a value of the session in the hands of the engine, which prints it by String.
type held struct{ value any }

// String is what Django puts in the place of a variable: the text, escaped. The engine does not escape it
// again, since it takes only Go's own strings for text.
func (h held) String() string {
	// Valid text has no mark in it.
	text := strings.ToValidUTF8(text(h.value), "\ufffd")
	if len(text) <= mostValue {
		return marked(fromSession, escape(text))
	}
	shown := strings.ToValidUTF8(text[:mostValue], "")
	return marked(fromSession, escape(shown)) +
		marked(leftOut, fmt.Sprintf("… and %d bytes more", len(text)-len(shown)))
}

// size is about how many bytes String shows, and never 0.
func (h held) size() int { return min(len(text(h.value)), mostValue) + len(" : ") }

// defaultFilter is |default: its parameter stands in for what Python takes for false.
func defaultFilter(in, param *pongo2.Value) (*pongo2.Value, *pongo2.Error) {
	stays := in.IsTrue()
	if h, stored := in.Interface().(held); stored {
		stays = truth(h.value)
	}
	if stays {
		return in, nil
	}
	return param, nil
}

// truth is Python's bool.
func truth(value any) bool {
	switch v := value.(type) {
	case nil:
		return false
	case bool:
		return v
	case int:
		return v != 0
	case float64:
		return v != 0
	case string:
		return v != ""
	case []string:
		return len(v) > 0
	case map[string]int:
		return len(v) > 0
	case python.JSON:
		return v.Truth()
	}
	return true
}

// text is a value as a template prints it where nothing is translated: numbers and times get the format of
// the language, here of the United States, and the rest is Python's str.
func text(value any) string {
	switch v := value.(type) {
	case float64:
		return number(v)
	case time.Time:
		return moment(v.UTC())
	}
	return python.Str(value)
}

// number is a float without an exponent, as long as that takes no more than 200 digits and places.
func number(f float64) string {
	text := python.Float(f)
	digits, exponent, has := strings.Cut(text, "e")
	if !has {
		return text
	}
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(digits, "-"), ".")
	e, _ := strconv.Atoi(exponent)
	if math.Abs(float64(e-len(fraction)))+float64(len(whole)+len(fraction)) > 200 {
		return text
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// months are Django's, which are the Associated Press's.
var months = [...]string{"Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.",
	"Nov.", "Dec."}

// moment is Django's format "N j, Y, P".
func moment(t time.Time) string {
	return fmt.Sprintf("%s %d, %04d, %s", months[t.Month()-1], t.Day(), t.Year(), clock(t))
}

// clock leaves out minutes that are 0, and has words for the two hours that people mix up.
func clock(t time.Time) string {
	half := "a.m."
	if t.Hour() >= 12 {
		half = "p.m."
	}
	hour := (t.Hour()+11)%12 + 1
	switch {
	case t.Minute() > 0:
		return fmt.Sprintf("%d:%02d %s", hour, t.Minute(), half)
	case t.Hour() == 0:
		return "midnight"
	case t.Hour() == 12:
		return "noon"
	}
	return fmt.Sprintf("%d %s", hour, half)
}

// escape is Django's: five characters, and the quotes not as Go writes them.
var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#x27;").Replace
