// Package codec decodes sessions as SCS encodes them, in a fraction of the time.
//
// SCS makes a gob decoder for each session. Every session begins with the same description of its types, and
// reading that is nearly all of the work. To keep a decoder, so that it reads it only once, is no way out: it
// also learns the types that a single session describes, for a list or a map, and refuses the next session
// that describes them again. So the usual sessions are read here without a decoder. This is one, with a
// name in it:
//
//	25 7f03010…              the description: a message for the session,
//	10 ff81050…              one for time.Time
//	27 ff83040…              and one for the map
//	2b                       the value, a message of 43 bytes:
//	   ff80                  type 64, the session
//	   01 0f 010000000e…     one field on, Deadline: a time in 15 bytes
//	   01 01                 one field on, Values: 1 entry
//	      05 fname           its key
//	      06 string 0c       the name of the value's type in Go, and its number: 6
//	      06 00 04 Aman      6 bytes: 0, as this is no struct, and the string
//	   00                    no more fields
//
// The format is described in [encoding/gob], under Encoding Details.
package codec

import (
	"bytes"
	"encoding/gob"
	"math"
	"math/bits"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/python"
)

// Gob is SCS's codec: it encodes to the same bytes, and decodes the same bytes to the same session or the
// same error. What it does not read itself, SCS decodes: a session that another program described in other
// words, one with types that the forms do not make, damaged data, and whatever else is not as usual.
type Gob struct{ scs.GobCodec }

// Decode decodes a session; see [Gob].
func (c Gob) Decode(b []byte) (deadline time.Time, values map[string]any, err error) {
	if deadline, values, ok := read(b); ok {
		return deadline, values, nil
	}
	return c.GobCodec.Decode(b)
}

// Numbers of gob's own types.
const (
	boolType   = 1
	intType    = 2
	floatType  = 4
	stringType = 6
)

// jsonName is the name under which a value that is kept as JSON stands in a session.
const jsonName = "json"

func init() { gob.RegisterName(jsonName, python.JSON("")) }

// description is what every session begins with that this program encodes. A program numbers its types in
// the order in which it meets them, so that those of another one can differ.
var description, sessionType, timeType = describe()

func describe() (words []byte, session, moment int64) {
	gob.Register(time.Time{})
	r := reader{rest: encode(nil)}
	whole := r.rest
	session, moment = described(r.bytes()), described(r.bytes())
	r.bytes() // of the map
	return whole[:len(whole)-len(r.rest)], session, moment
}

// kind is a type that is described only in a session with such a value, behind its name in the first one.
// The description ends the message there, and the value goes on in the next.
type kind struct {
	words  []byte
	number int64
}

var listKind, dictKind = newKind("[]string", []string{}), newKind("map[string]int", map[string]int{})

func newKind(name string, example any) *kind {
	gob.Register(example) // the basic types are known without
	r := reader{rest: encode(map[string]any{"": example})[len(description):]}
	_, words, _ := bytes.Cut(r.bytes(), []byte(name))
	return &kind{words, described(words)}
}

// described is the number of the type that a description is of. It begins with it, below zero.
func described(words []byte) int64 { return -(&reader{rest: words}).int() }

// encode encodes a session of this program's own.
func encode(values map[string]any) []byte {
	b, err := scs.GobCodec{}.Encode(time.Time{}, values)
	if err != nil {
		panic(err)
	}
	return b
}

// session reads one. Its own bytes are the message at hand.
type session struct {
	reader
	messages reader  // that follow
	kinds    []*kind // that were described
}

// read reads a session. ok is false when anything at all is not as SCS writes it here.
func read(b []byte) (deadline time.Time, values map[string]any, ok bool) {
	b, ok = bytes.CutPrefix(b, description)
	if !ok {
		return time.Time{}, nil, false
	}
	s := session{messages: reader{rest: b}}
	s.rest = s.messages.bytes()
	s.expect(s.int() == sessionType)
	s.expect(s.uint() == 1)
	deadline = s.time()
	s.expect(s.uint() == 1)
	values = map[string]any{}
	for n := s.uint(); n > 0 && !s.odd; n-- {
		key := s.string()
		values[key] = s.value()
	}
	s.expect(s.uint() == 0)
	if s.odd || len(s.rest)+len(s.messages.rest) > 0 {
		return time.Time{}, nil, false
	}
	return deadline, values, true
}

// value reads the value of an entry: the name of its type, a description if it needs one, and what is in it.
func (s *session) value() (value any) {
	var v reader
	switch name := s.bytes(); string(name) {
	case "string":
		v = s.content(stringType)
		value = v.string()
	case "int":
		v = s.content(intType)
		value = v.goInt()
	case "float64":
		v = s.content(floatType)
		value = math.Float64frombits(bits.ReverseBytes64(v.uint()))
	case "bool":
		v = s.content(boolType)
		value = v.uint() != 0
	case jsonName:
		v = s.content(stringType)
		value = python.JSON(v.string())
	case "time.Time":
		v = s.content(timeType)
		value = v.time()
	case "[]string":
		s.expectDescribed(listKind)
		v = s.content(listKind.number)
		value = v.list()
	case "map[string]int":
		s.expectDescribed(dictKind)
		v = s.content(dictKind.number)
		value = v.dict()
	default:
		s.odd = true
	}
	s.expect(!v.odd && len(v.rest) == 0)
	return value
}

// expectDescribed goes past the description of k, which stands there the first time.
func (s *session) expectDescribed(k *kind) {
	if slices.Contains(s.kinds, k) {
		return
	}
	s.expect(bytes.Equal(s.rest, k.words))
	s.rest = s.messages.bytes()
	s.kinds = append(s.kinds, k)
}

// content takes off a value of the type with that number, which has its length before it.
func (s *session) content(number int64) reader {
	s.expect(s.int() == number)
	v := reader{rest: s.bytes()}
	v.expect(v.uint() == 0) // no struct
	return v
}
