package python

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"
)

var errDamaged = errors.New("this is no JSON that Python would load")

// parseJSON is json.loads: an object keeps the order of its keys, and of two equal ones the last one's value.
func parseJSON(text string) (Value, error) {
	r := &jsonReader{text}
	v, err := r.value(0)
	if err == nil && strings.TrimLeft(r.rest, jsonSpace) != "" {
		err = errDamaged
	}
	return v, err
}

type jsonReader struct{ rest string }

const jsonSpace = " \t\r\n"

// take takes what, and reports whether it was there.
func (r *jsonReader) take(what string) bool {
	rest, ok := strings.CutPrefix(strings.TrimLeft(r.rest, jsonSpace), what)
	if ok {
		r.rest = rest
	}
	return ok
}

// jsonWords are the values that are written as words.
var jsonWords = []struct {
	word  string
	value Value
}{
	{"null", nil}, {"true", true}, {"false", false}, {"NaN", math.NaN()}, {"Infinity", math.Inf(1)},
	{"-Infinity", math.Inf(-1)},
}

func (r *jsonReader) value(depth int) (Value, error) {
	switch {
	case depth < maxNesting && r.take("{"):
		return r.object(depth)
	case depth < maxNesting && r.take("["):
		return r.array(depth)
	case r.take(`"`):
		return r.text()
	}
	for _, w := range jsonWords {
		if r.take(w.word) {
			return w.value, nil
		}
	}
	return r.number()
}

func (r *jsonReader) array(depth int) (Value, error) {
	list := &List{}
	for !r.take("]") {
		if len(list.Items) > 0 && !r.take(",") {
			return nil, errDamaged
		}
		item, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list.Items = append(list.Items, item)
	}
	return list, nil
}

func (r *jsonReader) object(depth int) (Value, error) {
	d := &Dict{}
	for !r.take("}") {
		if d.Len() > 0 && !r.take(",") || !r.take(`"`) {
			return nil, errDamaged
		}
		key, err := r.text()
		if err != nil {
			return nil, err
		}
		if !r.take(":") {
			return nil, errDamaged
		}
		v, err := r.value(depth + 1)
		if err == nil {
			err = d.Set(key, v)
		}
		if err != nil {
			return nil, err
		}
	}
	return d, nil
}

// number takes what json takes for one: no plus, no zero before others, a digit on each side of a point.
func (r *jsonReader) number() (Value, error) {
	text := strings.TrimLeft(r.rest, jsonSpace)
	end, digits := 0, func(i int) int {
		for i < len(text) && text[i] >= '0' && text[i] <= '9' {
			i++
		}
		return i
	}
	if strings.HasPrefix(text, "-") {
		end = 1
	}
	first := end
	if end = digits(first); end == first || end > first+1 && text[first] == '0' {
		return nil, errDamaged
	}
	whole := end
	if strings.HasPrefix(text[end:], ".") && digits(end+1) > end+1 {
		end = digits(end + 1)
	}
	if end < len(text) && (text[end] == 'e' || text[end] == 'E') {
		sign := end + 1
		if sign < len(text) && (text[sign] == '+' || text[sign] == '-') {
			sign++
		}
		if digits(sign) > sign {
			end = digits(sign)
		}
	}
	r.rest = text[end:]
	if end > whole {
		f, _ := strconv.ParseFloat(text[:end], 64) // beyond all floats it is infinite, as in Python
		return f, nil
	}
	z, ok := new(big.Int).SetString(text[:end], 10)
	if !ok || z.BitLen() > MaxBits {
		return nil, errDamaged
	}
	return z, nil
}

// text takes what stands before the closing quote.
func (r *jsonReader) text() (string, error) {
	var b strings.Builder
	for {
		i := strings.IndexAny(r.rest, "\"\\")
		if i < 0 || strings.ContainsFunc(r.rest[:i], func(c rune) bool { return c < ' ' }) {
			return "", errDamaged
		}
		b.WriteString(r.rest[:i])
		mark := r.rest[i]
		r.rest = r.rest[i+1:]
		if mark == '"' {
			return b.String(), nil
		}
		c, err := r.escaped()
		if err != nil {
			return "", err
		}
		b.WriteRune(c)
	}
}

// escaped takes what stands after a backslash.
func (r *jsonReader) escaped() (rune, error) {
	if r.rest == "" {
		return 0, errDamaged
	}
	letter := r.rest[0]
	r.rest = r.rest[1:]
	if letter == 'u' {
		c, err := r.unit()
		if err != nil || !utf16.IsSurrogate(c) {
			return c, err
		}
		// Half of a pair stands alone in Python. No text of Go can hold it.
		if !strings.HasPrefix(r.rest, `\u`) {
			return '\ufffd', nil
		}
		before := r.rest
		r.rest = r.rest[2:]
		low, err := r.unit()
		pair := utf16.DecodeRune(c, low)
		if pair == '\ufffd' {
			r.rest = before
		}
		return pair, err
	}
	for c, escape := range jsonEscapes {
		if escape[1] == letter {
			return c, nil
		}
	}
	if letter == '/' {
		return '/', nil
	}
	return 0, errDamaged
}

// unit takes four digits.
func (r *jsonReader) unit() (rune, error) {
	if len(r.rest) < 4 {
		return 0, errDamaged
	}
	n, err := strconv.ParseUint(r.rest[:4], 16, 32)
	if err != nil {
		return 0, errDamaged
	}
	r.rest = r.rest[4:]
	return rune(n), nil
}
