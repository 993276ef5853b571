package handlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sessionlab/handlers/limits"
)

// This file reads what a form sends: its body, its keys, and its values as the types that were chosen.

// readForm reads an urlencoded body. The query is no part of the form: what a link can carry must
// not change a session. A body may be left out by whoever has no field to send.
func (l *Lab) readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	// A sender who dawdles is cut off by the deadline; nothing is held meanwhile.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limits.MaxBody))
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, tooLarge("A form may have at most 1 MiB.")
		}
		return nil, &pageError{status: http.StatusBadRequest, title: "Incomplete request", cause: err,
			text: "The form did not arrive whole.", next: "Send it again."}
	}
	if len(body) == 0 {
		return url.Values{}, nil
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		return nil, &pageError{status: http.StatusUnsupportedMediaType, title: "Not a form",
			text: "This server reads only `application/x-www-form-urlencoded` bodies, " +
				"which is what an HTML form sends by default.",
			next: "With curl, use `-d key=value`."}
	}
	if n := 1 + strings.Count(string(body), "&"); n > limits.MaxFields {
		return nil, tooLarge("A form may have at most %d fields, and this one has %d.", limits.MaxFields, n)
	}
	form, err := parseFields(string(body))
	if err != nil {
		return nil, err
	}
	for key, values := range form {
		for _, s := range append(values, key) {
			if !utf8.ValidString(s) {
				return nil, badInput("Not UTF-8", "A field is not valid UTF-8 text. "+
					"It is refused, not repaired, so that nobody stores something else than was sent.")
			}
		}
	}
	return form, nil
}

// parseFields parses the fields of a form, from a body or from the address. What is broken is refused, not
// repaired or left out, so that nobody gets something else than was sent.
func parseFields(encoded string) (url.Values, error) {
	fields, err := url.ParseQuery(encoded)
	if err != nil {
		return nil, badInput("Broken form", "The form cannot be read. After a percent sign come two "+
			"hexadecimal digits, and `&` stands between two fields.")
	}
	return fields, nil
}

// keyOf returns a form's key, or why it cannot be one.
func keyOf(form url.Values) (string, error) {
	key := form.Get("key")
	return key, checkKey(key)
}

func checkKey(key string) error {
	switch {
	case key == "":
		return badInput("No key", "The field `key` is empty or missing. A key has at least one character.")
	case len(key) > limits.MaxKeyBytes:
		return badInput("Key too long", "A key has at most %d bytes, and this one has %d.",
			limits.MaxKeyBytes, len(key))
	case strings.HasPrefix(key, "_"):
		return badInput("Reserved key", "Keys that begin with an underscore belong to the framework: "+
			"`_session_expiry` keeps what `set_expiry` was given.")
	}
	return nil
}

func checkValue(value string) error {
	if len(value) > limits.MaxValueBytes {
		return tooLarge("A value has at most 64 KiB, and this one has %d bytes.", len(value))
	}
	return nil
}

// startOver is the card of the form that ends a session to begin anew. No lesson has it.
const startOver = "start-over"

// purpose is the card that a form sent to path belongs to, and whether it prepares it instead of running it.
// A form that names none, as one from a program, belongs to the card that its prediction is about, if that
// is one of this path, or else to none.
func purpose(path string, form url.Values) (card string, prepares bool) {
	if form.Get("card") == startOver {
		return startOver, false
	}
	if c := fitting(path, form); c != "" && !form.Has("prepare") {
		return c, false
	}
	for _, name := range []string{"prepare", "card"} {
		if _, _, err := cardNamed(form.Get(name)); err == nil {
			return form.Get(name), name == "prepare"
		}
	}
	about, _, _ := strings.Cut(guess(form), ":")
	if c, _, err := cardNamed(about); err == nil && slices.Contains(c.Paths, path) {
		return about, false
	}
	return "", false
}

// fitting is the card of the lesson at path that says of itself that it fits the form; "" for none.
func fitting(path string, form url.Values) string {
	lesson := lessonAt(path)
	if lesson == nil {
		return ""
	}
	for _, c := range lesson.Cards {
		if c.Fits != nil && c.Fits(form) {
			return c.ID
		}
	}
	return ""
}

// guess is the prediction that came with a form, in the form of "question:option"; it goes into the
// exchange and never into the session.
func guess(form url.Values) string {
	g := form.Get("predict")
	if len(g) > 64 {
		return ""
	}
	return g
}

// follows is the exchange that a form says it came after, as the page of a browser without a session does.
// It may be anything.
func follows(form url.Values) string {
	const most = 32 // an ID is shorter
	id := form.Get("after")
	if len(id) > most {
		return ""
	}
	return id
}

// asked is what a form asks for, as a question about the run needs it: the key, the first of several, and
// whether a default came along. A key that is too long is refused, and not kept.
func asked(form url.Values) (key string, fallback bool) {
	if key = form.Get("key"); len(key) > limits.MaxKeyBytes {
		key = ""
	}
	return key, form.Has("default")
}

// valueTypes are the types that a form can choose from. See [typed].
var valueTypes = []string{"string", "int", "float", "bool", "time", "list"}

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
		if list, err := parseList(text); err == nil {
			if n := len(list); n > limits.MaxListEntries {
				return nil, tooLarge("A list has at most %d entries here, and this one has %d.",
					limits.MaxListEntries, n)
			}
			return list, nil
		}
	default:
		return nil, badInput("Unknown type",
			"A value can be stored as `string`, `int`, `float`, `bool`, `time` or `list`.")
	}
	return nil, badInput("Wrong type", "The value cannot be read as `%s`. %s", kind, typeHints[kind])
}

var typeHints = map[string]string{
	"int":   "A whole number looks like 31 or -7.",
	"float": "A number looks like 3.14.",
	"bool":  "It is either `true` or `false`.",
	"time":  "A moment looks like 2026-11-22T14:30:00Z.",
	"list":  "A list of texts looks like `a, b` or like `[\"a\", \"b\"]`.",
}

// parseList reads texts between commas. What begins with a bracket is a list as JSON and Python write it: cut
// at its commas, it would be stored with its brackets and quotes.
func parseList(text string) (list []string, err error) {
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		var texts []*string // a null is no text
		if err := json.Unmarshal([]byte(text), &texts); err != nil {
			return nil, fmt.Errorf("no list of texts: %w", err)
		}
		list = make([]string, len(texts))
		for i, s := range texts {
			if s == nil {
				return nil, errors.New("no list of texts: it has a null")
			}
			list[i] = *s
		}
		return list, nil
	}
	list = strings.Split(text, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list, nil
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

// badInput refuses what a form sent: nothing was changed, and the visitor can correct it.
func badInput(title, text string, args ...any) error {
	return &pageError{status: http.StatusBadRequest, title: title, text: fmt.Sprintf(text, args...),
		next: "Correct it, and send it again."}
}
