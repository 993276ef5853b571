package codec

import (
	"bytes"
	"encoding/gob"
	"encoding/hex"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/python"
)

var end = time.Date(2030, 1, 2, 3, 4, 5, 600, time.UTC)

// usual are sessions as most visitors have them; they are read without SCS.
var usual = map[string]map[string]any{
	"empty":   {},
	"strings": {"fname": "Aman", "": "", "long": strings.Repeat("é", 300), "odd": "\xff\x00"},
	"numbers": {"n": 0, "least": math.MinInt64, "most": math.MaxInt64, "small": -1, "byte": 128},
	"floats": {"f": 1.5, "zero": 0.0, "least": math.SmallestNonzeroFloat64, "none": math.NaN(),
		"below": math.Inf(-1), "minus": math.Copysign(0, -1)},
	"booleans": {"yes": true, "no": false},
	"times": {"utc": end, "zero": time.Time{}, "here": time.Unix(0, 0),
		"there": end.In(time.FixedZone("", -5*3600)), "seconds": end.In(time.FixedZone("", 3601))},
	"lists": {"l": []string{"a", "", "é"}, "one": []string{"a"}, "empty": []string{}, "none": []string(nil)},
	"JSON":  {"j": python.JSON(`{"a":[1,null]}`), "empty": python.JSON("")},
	"a map": {"m": map[string]int{"a": 1, "": -1}},
	"maps":  {"m": map[string]int{"a": 1}, "empty": map[string]int{}, "none": map[string]int(nil)},
	"mixed": {"s": "v", "n": 1, "f": 1e300, "b": true, "t": end, "l": []string{"a"},
		"m": map[string]int{"a": 1}},
}

// unusual are sessions that SCS has to decode.
var unusual = map[string]map[string]any{
	"none":   nil,
	"others": {"u": uint64(1), "i": int8(-1), "b": []byte("b"), "c": 1i, "r": 'r'},
}

func encoded(t testing.TB, deadline time.Time, values map[string]any) []byte {
	t.Helper()
	b, err := scs.GobCodec{}.Encode(deadline, values)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wantAsSCS decodes b as SCS does too, and wants the same of both.
func wantAsSCS(t *testing.T, b []byte) {
	t.Helper()
	wantDeadline, want, wantErr := scs.GobCodec{}.Decode(b)
	deadline, values, err := Gob{}.Decode(b)
	if fmt.Sprint(err) != fmt.Sprint(wantErr) {
		t.Fatalf("%x: error %v, want %v", b, err, wantErr)
	}
	if !reflect.DeepEqual(deadline, wantDeadline) {
		t.Fatalf("%x: deadline %#v, want %#v", b, deadline, wantDeadline)
	}
	// NaN differs from itself, and is printed alike.
	if !reflect.DeepEqual(values, want) && fmt.Sprintf("%#v", values) != fmt.Sprintf("%#v", want) {
		t.Fatalf("%x:\n%#v, want\n%#v", b, values, want)
	}
}

func TestDecodeIsAsInSCS(t *testing.T) {
	for _, sessions := range []map[string]map[string]any{usual, unusual} {
		for name, values := range sessions {
			t.Run(name, func(t *testing.T) {
				for _, deadline := range []time.Time{end, {}, end.In(time.FixedZone("", 3600)), time.Now()} {
					wantAsSCS(t, encoded(t, deadline, values))
				}
			})
		}
	}
}

// Without this the package is right all the same, and of no use.
func TestUsualSessionsAreReadWithoutSCS(t *testing.T) {
	for name, values := range usual {
		if _, _, ok := read(encoded(t, end, values)); !ok {
			t.Errorf("%s: left to SCS", name)
		}
	}
}

func TestDamagedSessionsAreAsInSCS(t *testing.T) {
	for name, values := range map[string]map[string]any{"empty": usual["empty"], "mixed": usual["mixed"],
		"two": {"fname": "Aman", "n": -300}, "list": {"l": []string{"a", "b"}}, "map": usual["a map"]} {
		b := encoded(t, end, values)
		t.Run(name+" cut off", func(t *testing.T) {
			for n := range b {
				wantAsSCS(t, b[:n])
			}
		})
		t.Run(name+" with a byte changed", func(t *testing.T) {
			for i := range b {
				for _, flip := range []byte{1, 2, 4, 8, 16, 32, 64, 128, 255} {
					changed := bytes.Clone(b)
					changed[i] ^= flip
					wantAsSCS(t, changed)
				}
			}
		})
		t.Run(name+" with a byte more or less", func(t *testing.T) {
			for i := range b {
				wantAsSCS(t, append(bytes.Clone(b[:i]), b[i+1:]...))
				for _, c := range []byte{0, 1, 0x7f, 0xff} {
					wantAsSCS(t, append(append(bytes.Clone(b[:i]), c), b[i:]...))
				}
			}
		})
		t.Run(name+" with something behind it", func(t *testing.T) {
			for _, more := range [][]byte{{0}, {1, 0}, {0xff}, []byte("more"), b, b[len(description):]} {
				wantAsSCS(t, append(bytes.Clone(b), more...))
			}
		})
	}
}

// withEntries is a session with so many entries, which are given as gob has them. A description of a type
// ends the message that it is in.
func withEntries(t *testing.T, count byte, messages ...string) []byte {
	b := encoded(t, end, map[string]any{})
	head := b[len(description)+1 : len(b)-2] // without its length, the count of entries and the last byte
	messages[0] = string(head) + string(count) + messages[0]
	messages[len(messages)-1] += "\x00"
	b = bytes.Clone(description)
	for _, m := range messages {
		b = append(append(b, byte(len(m))), m...)
	}
	return b
}

// gob reads one session and no further. What is behind it makes no difference, but is not as usual.
func TestWhatHasSomethingBehindItIsLeftToSCS(t *testing.T) {
	for name, b := range map[string][]byte{
		"behind the message": append(encoded(t, end, usual["mixed"]), 0),
		"in the message":     withEntries(t, 0, "\x00more"),
	} {
		wantAsSCS(t, b)
		if _, _, ok := read(b); ok {
			t.Errorf("%s: is read here", name)
		}
	}
}

// What an encoder never writes can stand in a row all the same.
func TestOddEncodingsAreAsInSCS(t *testing.T) {
	const entry = "\x01k\x06string\x0c\x03\x00\x01a"
	const strings = "\x01k\x08[]string"
	const content = "\xff\x86\x04\x00\x01\x01a"
	words := string(listKind.words)
	for name, b := range map[string][]byte{
		"the same key twice":         withEntries(t, 2, entry+entry[:len(entry)-1]+"b"),
		"a nil value":                withEntries(t, 1, "\x01k\x00"),
		"a number in too many bytes": withEntries(t, 1, "\x01k\x03int\x04\x04\x00\xfe\x00\x04"),
		"a number in nine bytes": withEntries(t, 1,
			"\x01k\x03int\x04\x0b\x00\xf7\x00\x00\x00\x00\x00\x00\x00\x00\x04"),
		"a wrong size of the value":  withEntries(t, 1, "\x01k\x06string\x0c\x07\x00\x01a"),
		"a string as an int":         withEntries(t, 1, "\x01k\x06string\x04\x02\x00\x04"),
		"an int as a string":         withEntries(t, 1, "\x01k\x03int\x0c\x03\x00\x01a"),
		"2 for true":                 withEntries(t, 1, "\x01k\x04bool\x02\x02\x00\x02"),
		"a bad time":                 withEntries(t, 1, "\x01k\x09time.Time\xff\x82\x03\x00\x01a"),
		"fewer entries than counted": withEntries(t, 2, entry),
		"a type nobody registered":   withEntries(t, 1, "\x01k\x04nope\x0c\x03\x00\x01a"),
		"a description in between":   withEntries(t, 1, "\x01k\x06string"+words+"\x00\x0c\x03\x00\x01a"),
		"a list":                     withEntries(t, 1, strings+words, content),
		"a list without description": withEntries(t, 1, strings+content),
		"a list in the same message": withEntries(t, 1, strings+words+"\x08"+content),
		"a list in two places":       withEntries(t, 1, strings+words+"\x08\xff\x86\x04\x00\x01\x01b\x00", content),
		"a list described twice":     withEntries(t, 2, strings+words, content+strings+words, content),
		"a message in two":           withEntries(t, 2, entry, entry),
		"a wrong description": withEntries(t, 1,
			strings+"\xff\x85\x02\x01\x02\xff\x86\x00\x01\x04\x00\x00", content),
		"a description, and no value": description,
		"a value, and no description": encoded(t, end, usual["mixed"])[len(description):],
		"nothing":                     {},
	} {
		t.Run(name, func(t *testing.T) { wantAsSCS(t, b) })
	}
}

// elsewhere is {"fname": "Aman"} until 2030, encoded with SCS by a program that had encoded a struct with a
// map of times before: time.Time has no name there, and the session and the map have other numbers.
const elsewhere = "26ff85030102ff860001020108446561646c696e6501ff8200010656616c75657301ff88000000" +
	"0aff81050102ff82000000" +
	"27ff87040101176d61705b737472696e675d696e74657266616365207b7d01ff8800010c01100000" +
	"2bff86010f010000000ee86f4c2500000006ffff010105666e616d6506737472696e670c060004416d616e00"

func TestSessionOfAnotherProgram(t *testing.T) {
	b, err := hex.DecodeString(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	deadline, values, err := Gob{}.Decode(b)
	if err != nil || !deadline.Equal(time.Date(2030, 1, 2, 3, 4, 5, 6, time.UTC)) || values["fname"] != "Aman" {
		t.Fatalf("%v, %v, %v", deadline, values, err)
	}
	wantAsSCS(t, b)
	for n := range b {
		wantAsSCS(t, b[:n])
	}
}

// A program may have more in a session than the deadline and the values, and in another order.
func TestSessionOfAnotherShape(t *testing.T) {
	type session struct {
		Values   map[string]any
		Version  int
		Deadline time.Time
	}
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(session{map[string]any{"fname": "Aman"}, 2, end}); err != nil {
		t.Fatal(err)
	}
	wantAsSCS(t, b.Bytes())
	if _, values, err := (Gob{}).Decode(b.Bytes()); values["fname"] != "Aman" {
		t.Fatalf("%v, %v", values, err)
	}
}

// A store may use its bytes again.
func TestDecodedSessionSharesNoBytes(t *testing.T) {
	b := encoded(t, end, map[string]any{"fname": "Aman"})
	_, values, err := Gob{}.Decode(b)
	clear(b)
	if err != nil || values["fname"] != "Aman" {
		t.Fatalf("%v, %v", values, err)
	}
}

// A session belongs to one visitor, whatever others decode meanwhile.
func TestSessionsAreDecodedAtTheSameTime(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		name := fmt.Sprint("visitor ", i)
		plain := encoded(t, end, map[string]any{"name": name})
		list := encoded(t, end, map[string]any{"name": name, "list": []string{name}})
		wg.Go(func() {
			for range 200 {
				for _, b := range [][]byte{plain, plain[:len(plain)-3], list} {
					_, values, err := Gob{}.Decode(b)
					if (err == nil) != (values["name"] == name) {
						t.Errorf("%v, %v", values, err)
					}
				}
			}
		})
	}
	wg.Wait()
}

// Whatever the bytes are: both codecs say the same of them.
func FuzzDecode(f *testing.F) {
	for _, sessions := range []map[string]map[string]any{usual, unusual} {
		for _, values := range sessions {
			b := encoded(f, end, values)
			f.Add(b)
			f.Add(b[:len(b)/2])
			f.Add(append(b, b...))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if slices.ContainsFunc(b, func(c byte) bool { return 0xfa <= c && c <= 0xfd }) {
			t.Skip("perhaps a count of three to six bytes: gob makes room for so many entries at once")
		}
		wantAsSCS(t, b)
	})
}

func BenchmarkDecode(b *testing.B) {
	data := encoded(b, end, map[string]any{"fname": "Aman"})
	for name, c := range map[string]scs.Codec{"Gob": Gob{}, "SCS": scs.GobCodec{}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := c.Decode(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
