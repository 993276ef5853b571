package handlers

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sessionlab/handlers/xray"
)

// set is Django's session['key'] = value: one key is stored or replaced, and the session is marked
// as modified. Nothing goes to the store yet; save does that when the operation is over.
func (l *Lab) set(ctx context.Context, form url.Values) error {
	key, err := keyOf(form)
	if err != nil {
		return err
	}
	value, err := typed(form.Get("value"), form.Get("type"))
	if err != nil {
		return err
	}
	l.sessions.Put(ctx, key, value)
	return nil
}

// typed reads a form's text as a value of the type that was chosen; a form by itself only knows
// strings. gob keeps each of these types; JSON, which Django uses, would turn a time into an error.
func typed(text, kind string) (any, error) {
	if err := checkValue(text); err != nil {
		return nil, err
	}
	switch kind {
	case "", "string":
		return text, nil
	case "int":
		if n, err := strconv.Atoi(text); err == nil {
			return n, nil
		}
	case "float":
		if f, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f, nil
		}
	case "bool":
		if b, err := strconv.ParseBool(strings.ToLower(text)); err == nil {
			return b, nil
		}
	case "time":
		if t, err := parseTime(text); err == nil {
			return t, nil
		}
	case "list":
		if n := 1 + strings.Count(text, ","); n > maxListEntries {
			return nil, tooLarge("A list has at most %d entries here, and this one has %d.", maxListEntries, n)
		}
		list := strings.Split(text, ",")
		for i := range list {
			list[i] = strings.TrimSpace(list[i])
		}
		return list, nil
	default:
		return nil, badInput("Unknown type", "A value can be stored as `string`, `int`, `float`, `bool`, `time` or `list`.")
	}
	return nil, badInput("Wrong type", "The value cannot be read as `%s`. %s", kind, typeHints[kind])
}

var typeHints = map[string]string{
	"int":   "A whole number looks like 31 or -7.",
	"float": "A number looks like 3.14.",
	"bool":  "It is either `true` or `false`.",
	"time":  "A moment looks like 2026-11-22T14:30:00Z.",
}

// parseTime reads RFC 3339, or what a datetime-local field sends, which is taken as the server's
// local time.
func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("no moment: %q", text)
}

var setQuestions = []Question{{
	ID:  "set",
	Ask: "You store a value. What happens to the token in your cookie?",
	Options: []Option{
		{"added", "The value is added to it"},
		{"same", "It stays as it is, and is sent again"},
		{"new", "A token is made, because there was none"},
		{"changed", "Each change gets a new one"},
	},
	Observe: func(x *xray.Exchange) string {
		switch {
		case x.Committed == nil:
			return ""
		case x.InCookie():
			return "added"
		case !x.Known:
			return "new"
		case x.Token == x.Sent:
			return "same"
		}
		return "changed"
	},
	Because: "The token only names the row, and the value went into the row. A token is made once, when the first value is stored; after that a save sends the same one again.",
	InCookie: wording{Ask: "You store a value. What happens to what your cookie carries?",
		Because: "This server keeps sessions in signed cookies. There is no token that names a row: the values are in the cookie themselves, and each save signs them anew."},
}}
