package python

import "strconv"

// PathTo finds inside, by identity, in a value made of lists and dicts, and returns the way to it as Python
// writes it: "" for the value itself, ['items'][0] for what lies in it.
func PathTo(v, inside Value) (path string, found bool) {
	return pathTo(v, inside, map[Value]bool{})
}

// pathTo passes over what it has seen: a list may hold itself.
func pathTo(v, inside Value, seen map[Value]bool) (string, bool) {
	switch v := v.(type) {
	case *List:
		if seen[v] {
			return "", false
		}
		seen[v] = true
		if inside == Value(v) {
			return "", true
		}
		for i, item := range v.Items {
			if path, ok := pathTo(item, inside, seen); ok {
				return "[" + strconv.Itoa(i) + "]" + path, true
			}
		}
	case *Tuple:
		for i, item := range v.Items {
			if path, ok := pathTo(item, inside, seen); ok {
				return "[" + strconv.Itoa(i) + "]" + path, true
			}
		}
	case *Dict:
		if seen[v] {
			return "", false
		}
		seen[v] = true
		if inside == Value(v) {
			return "", true
		}
		for key, item := range v.All() {
			if path, ok := pathTo(item, inside, seen); ok {
				return "[" + Repr(key) + "]" + path, true
			}
		}
	}
	return "", false
}
