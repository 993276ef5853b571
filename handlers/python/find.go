package python

import "fmt"

// Path is where a list or dict lies inside a dict, as Python would write it after the dict's name without its
// first brackets and quotes: cart['items'][0]. It is "" for what does not lie in it. It is what
// [Session.Find] asks of the session's values.
func (d *Dict) Path(v Value) string {
	f := search{v: v, seen: map[Value]bool{d: true}}
	for key, value := range d.All() {
		if path, ok := f.within(value); ok {
			return keyText(key) + path
		}
	}
	return ""
}

// search looks for a value by its identity.
type search struct {
	v    Value
	seen map[Value]bool // a value can lie in itself
}

// within is the path from a value to the one that is looked for.
func (f *search) within(in Value) (path string, ok bool) {
	switch in.(type) {
	case *List, *Dict, *Tuple:
	default:
		return "", false
	}
	if in == f.v {
		return "", true
	}
	if f.seen[in] || len(f.seen) > MaxBytes/perItem {
		return "", false
	}
	f.seen[in] = true
	switch in := in.(type) {
	case *Dict:
		for key, value := range in.All() {
			if path, ok := f.within(value); ok {
				return "[" + written(key, MaxShown) + "]" + path, true
			}
		}
	case *List:
		return f.among(in.Items)
	case *Tuple:
		return f.among(in.Items)
	}
	return "", false
}

func (f *search) among(items []Value) (path string, ok bool) {
	for i, value := range items {
		if path, ok := f.within(value); ok {
			return fmt.Sprintf("[%d]", i) + path, true
		}
	}
	return "", false
}
