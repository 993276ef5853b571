package codec

import "time"

// reader takes values off the front of gob's bytes. Once something was odd, what it returns means nothing.
type reader struct {
	rest []byte
	odd  bool
}

func (r *reader) expect(usual bool) { r.odd = r.odd || !usual }

// uint reads a number: up to 127 it is one byte, and beyond that minus the count of the bytes that follow.
func (r *reader) uint() (n uint64) {
	if len(r.rest) == 0 {
		r.odd = true
		return 0
	}
	first := r.rest[0]
	r.rest = r.rest[1:]
	if first <= 127 {
		return uint64(first)
	}
	size := -int(int8(first))
	if size > 8 || size > len(r.rest) {
		r.odd = true
		return 0
	}
	for _, c := range r.rest[:size] {
		n = n<<8 | uint64(c)
	}
	r.rest = r.rest[size:]
	return n
}

// int reads a number with a sign, which is its lowest bit.
func (r *reader) int() int64 {
	n := r.uint()
	if n&1 != 0 {
		return ^int64(n >> 1)
	}
	return int64(n >> 1)
}

// goInt reads a number that Go's int has room for.
func (r *reader) goInt() int {
	n := r.int()
	r.expect(int64(int(n)) == n)
	return int(n)
}

// bytes reads a length and as many bytes.
func (r *reader) bytes() (b []byte) {
	n := r.uint()
	if n > uint64(len(r.rest)) {
		r.odd = true
		return nil
	}
	b, r.rest = r.rest[:n], r.rest[n:]
	return b
}

func (r *reader) string() string { return string(r.bytes()) }

func (r *reader) time() (t time.Time) {
	err := t.GobDecode(r.bytes())
	r.expect(err == nil)
	return t
}

// list reads strings. gob makes no difference between an empty list and none, and gives none.
func (r *reader) list() (list []string) {
	for n := r.uint(); n > 0 && !r.odd; n-- {
		list = append(list, r.string())
	}
	return list
}

func (r *reader) dict() map[string]int {
	dict := map[string]int{}
	for n := r.uint(); n > 0 && !r.odd; n-- {
		key := r.string()
		dict[key] = r.goInt()
	}
	return dict
}
