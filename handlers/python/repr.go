package python

import (
	"math/big"
	"slices"
	"strings"
)

// maxNesting is how deep values may lie in each other where they are gone through, and maxBriefNesting how
// much of that a short text shows: a trace writes one for each line that runs.
const (
	maxNesting      = 100
	maxBriefNesting = 20
)

var recursionError = &Class{"RecursionError", runtimeError}

// tooDeep is what Python raises there; during says in which work, with a space before it.
func tooDeep(during string) error {
	return raise(recursionError, "maximum recursion depth exceeded%s", during)
}

// texted is a value whose str is not its repr.
type texted interface{ text() string }

// repr is repr(v), and str is str(v).
func (m *machine) repr(v Value) (string, error) {
	w := writer{m: m}
	w.value(v)
	return w.b.String(), w.err
}

func (m *machine) str(v Value) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case texted:
		text := v.text()
		return text, m.room(len(text), 1)
	case *Exception:
		switch {
		case len(v.Args) == 0:
			return "", nil
		case len(v.Args) > 1:
			return m.repr(&Tuple{v.Args})
		case v.Class != keyErrorClass:
			return m.str(v.Args[0])
		}
		return m.repr(v.Args[0])
	}
	return m.repr(v)
}

// written is repr(v) without a machine: it ends with … where it is longer than about most bytes.
func written(v Value, most int) string {
	w := writer{most: most}
	w.value(v)
	if w.err != nil {
		return w.b.String() + "…"
	}
	return w.b.String()
}

// says is str(e) without a machine, as written.
func (e *Exception) says(most int) string {
	switch {
	case len(e.Args) == 0:
		return ""
	case len(e.Args) > 1:
		return written(&Tuple{e.Args}, most)
	case e.Class != keyErrorClass:
		if text, ok := e.Args[0].(string); ok {
			return text
		}
	}
	return written(e.Args[0], most)
}

// writer writes values as repr does: within the limits of m if it has one, and else up to most bytes.
type writer struct {
	b    strings.Builder
	m    *machine
	most int
	path []Value // the lists, tuples and dicts around the value
	err  error
}

// put writes text, and reports whether there may be more.
func (w *writer) put(text string) bool {
	switch {
	case w.err != nil:
		return false
	case w.m != nil:
		if w.err = w.m.room(len(text), 1); w.err != nil {
			return false
		}
	case w.b.Len()+len(text) > w.most:
		w.err = errCut
		text = strings.ToValidUTF8(text[:max(w.most-w.b.Len(), 0)], "")
	}
	w.b.WriteString(text)
	return w.err == nil
}

var errCut = &Over{"It is too long to be shown."}

func (w *writer) value(v Value) {
	switch v := v.(type) {
	case string:
		w.text(v)
	case *big.Int:
		w.put(v.String())
	case *List:
		w.inside(v, "[", "]", len(v.Items), func(i int) { w.value(v.Items[i]) })
	case *Tuple:
		end := ")"
		if len(v.Items) == 1 {
			end = ",)"
		}
		w.inside(v, "(", end, len(v.Items), func(i int) { w.value(v.Items[i]) })
	case *Dict:
		entries := slices.DeleteFunc(slices.Clone(v.entries), func(e entry) bool { return e.gone })
		w.inside(v, "{", "}", len(entries), func(i int) {
			w.value(entries[i].key)
			w.put(": ")
			w.value(entries[i].value)
		})
	case dictView:
		w.put(typeNameOf(v) + "(")
		w.value(&List{slices.Collect(v.values)})
		w.put(")")
	case *Exception:
		w.put(v.Class.Name)
		w.inside(v, "(", ")", len(v.Args), func(i int) { w.value(v.Args[i]) })
	case *Class:
		w.put("<class '" + v.Name + "'>")
	case shown:
		w.put(v.repr(max(w.most, MaxBytes) - w.b.Len()))
	case named:
		w.put("<" + typeNameOf(v) + " object>")
	default:
		w.put(Repr(v))
	}
}

// text writes a str. Its escapes may be ten times as long, so no more of it is quoted than will be kept.
func (w *writer) text(s string) {
	if left := w.most - w.b.Len(); w.m == nil && len(s) > left {
		w.put(quote(strings.ToValidUTF8(s[:max(left, 0)], "")))
		w.err = errCut
		return
	}
	w.put(quote(s))
}

// inside writes n values in brackets. A value that lies in itself is written as Python does it.
func (w *writer) inside(v Value, open, end string, n int, write func(i int)) {
	if slices.Contains(w.path, v) {
		w.put(open + "..." + strings.TrimPrefix(end, ","))
		return
	}
	switch {
	case w.m == nil && (len(w.path) >= maxNesting || len(w.path) >= maxBriefNesting && w.most < 1<<10):
		w.put("…")
		return
	case len(w.path) >= maxNesting:
		if w.err == nil {
			w.err = tooDeep(" while getting the repr of an object")
		}
		return
	}
	if !w.put(open) {
		return
	}
	w.path = append(w.path, v)
	for i := range n {
		if i > 0 {
			w.put(", ")
		}
		if write(i); w.err != nil {
			return
		}
		if w.m != nil {
			w.err = w.m.spend(1)
		}
	}
	w.put(end)
	w.path = w.path[:len(w.path)-1]
}
