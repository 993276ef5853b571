package view

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"sessionlab/handlers/python"
	"sessionlab/handlers/xray"
)

// markClasses are the style sheet's classes for words about what changed.
var markClasses = map[xray.Mark]string{xray.Added: "ins", xray.Changed: "upd", xray.Removed: "rem"}

// TimeOfDay is the layout in which pages write a time of today.
const TimeOfDay = "15:04:05"

// Code turns a sentence with code in backticks into HTML.
func Code(s string) template.HTML {
	var m markup
	for i, part := range strings.Split(s, "`") {
		part = strings.ReplaceAll(part, plainTick, "`")
		if i%2 == 1 {
			m.element("code", part)
		} else {
			m.text(part)
		}
	}
	return m.html()
}

// codes turns sentences into HTML, and leaves out those that are empty.
func codes(sentences ...string) (lines []template.HTML) {
	for _, s := range sentences {
		if s != "" {
			lines = append(lines, Code(s))
		}
	}
	return lines
}

// plainTick stands for a backtick that marks nothing. No sentence has this character: see [KeyText].
const plainTick = "\x00"

// Quote puts what a visitor named between backticks, for [Code].
func Quote(s string) string { return "`" + strings.ReplaceAll(s, "`", plainTick) + "`" }

// KeyText is a key as it stands in a page or a sentence: as Python would write it, and a very long one cut.
func KeyText(key string) string {
	const most = 120
	if len(key) <= most {
		return python.Key(key)
	}
	return fmt.Sprintf("%s… (%d bytes)", python.Key(strings.ToValidUTF8(key[:most], "")), len(key))
}

// measured writes a duration that was measured, in the unit that a reader can compare.
// One that is not known is "".
func measured(d time.Duration) string {
	switch {
	case d < 0:
		return ""
	case d < time.Microsecond:
		return "under 1 µs"
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

// count is a number of things, with an s for more or less than one.
func count[N int | int64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// Rows is a number of rows, in words.
func Rows(n int) string { return count(n, "row") }

func rows(n int64) string { return count(n, "row") }
func keys(n int) string   { return count(n, "key") }

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, ":")
	return word
}

// otherRows counts the rows of other sessions that the exchange put into the store and swept from it, and
// says whether it tried.
func otherRows(x *xray.Exchange) (planted, swept int, ok bool) {
	for _, s := range x.Steps {
		switch s.Kind {
		case xray.Plant:
			ok = true
			if s.Err == "" {
				planted++
			}
		case xray.Sweep:
			swept, ok = swept+s.Rows, true
		}
	}
	return planted, swept, ok
}

// LeftBehind says what a refused exchange has changed all the same: nothing, as a rule. But a sweep can fail
// half way, and a store can fail to answer. x may be nil.
func LeftBehind(x *xray.Exchange) string {
	if x == nil {
		return "Nothing was changed."
	}
	planted, swept, _ := otherRows(x)
	switch {
	case x.Unsure():
		return "Whether it was done is not known: the store got the order, and its answer did not come."
	case x.Ended:
		return "Your session was ended before the error, and stays ended."
	case x.Committed != nil:
		return "What was saved before the error stays saved."
	case x.Raised:
		return "Nothing was saved."
	case planted > 0:
		return fmt.Sprintf("Your session was not changed. What was put in before the error stays: %s.",
			rows(int64(planted)))
	case swept > 0:
		return fmt.Sprintf("Your session was not changed. What was removed before the error stays "+
			"removed: %s.",
			rows(int64(swept)))
	}
	return "Nothing was changed."
}

const untouched = "The session was not touched, so the store was not asked for it."

// failed says what an error did to an exchange; "" without one, or where it came too late to prevent a save.
func failed(x *xray.Exchange) string {
	switch {
	case x.Refused == "":
		return ""
	case x.Raised && x.Committed != nil:
		return "`save()` wrote the session before your view raised. What it wrote stays."
	case x.Raised && x.Ended:
		return "The session was flushed before your view raised. It stays ended."
	case x.Raised:
		return "Your view raised an exception, so nothing was saved. Django answers with 500 then."
	}
	return "The operation was refused, so nothing was saved."
}
