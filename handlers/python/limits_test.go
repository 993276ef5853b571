package python

import (
	"runtime"
	"strings"
	"testing"
)

const (
	bytesOver = "Its values took more than 64 KiB."
	stepsOver = "It took more than 10,000 steps."
	bitsOver  = "A number would have more than 4,096 bits."
)

// greedy are views that would take memory or time without end, and how each of them ends.
var greedy = map[string]string{
	"'a'*1000000000":                                  bytesOver,
	"[0]*1000000000":                                  bytesOver,
	"(0,)*9223372036854775807":                        bytesOver,
	"'%1000000000d' % 1":                              bytesOver,
	"'%.1000000000d' % 1":                             bytesOver,
	"'%.1000000000f' % 1":                             bytesOver,
	"'%-1000000000s' % 1":                             bytesOver,
	"'%*d' % (1000000000, 1)":                         bytesOver,
	"'%0*d' % (-9223372036854775807, 1)":              bytesOver,
	"'{:1000000000}'.format(1)":                       bytesOver,
	"'{:>1000000000}'.format('a')":                    bytesOver,
	"'{:.1000000000f}'.format(1.5)":                   bytesOver,
	"'{:01000000000,}'.format(1)":                     bytesOver,
	"'{:{}}'.format(1, 1000000000)":                   bytesOver,
	"format(1.5, '.1000000000%')":                     bytesOver,
	"'a'.zfill(1000000000)":                           bytesOver,
	"'a'.ljust(1000000000)":                           bytesOver,
	"'a'.rjust(9223372036854775807)":                  bytesOver,
	"'a'.center(1000000000, 'é')":                     bytesOver,
	"('a'*200).replace('a', 'b'*10000)":               bytesOver,
	"('a'*10000).replace('', 'b'*10000)":              bytesOver,
	"('a'*10000).join(['b']*100)":                     bytesOver,
	"'a'.join('b' for x in range(1000000))":           stepsOver,
	"list(range(1000000000000))":                      bytesOver,
	"tuple(range(1000000000000))":                     bytesOver,
	"sorted(range(1000000000000))":                    bytesOver,
	"dict.fromkeys(range(1000000000000))":             bytesOver,
	"sum(range(1000000000000))":                       stepsOver,
	"max(range(1000000000000))":                       bytesOver,
	"any(x < 0 for x in range(1000000000000))":        stepsOver,
	"'a' in range(1000000000000)":                     stepsOver,
	"list(zip(range(1000000000), range(1000000000)))": bytesOver,
	"list(enumerate(range(1000000000)))":              bytesOver,
	"list(reversed(range(1000000000)))":               bytesOver,
	"('a'*30000).split('a')":                          bytesOver,
	"list('a'*30000)":                                 bytesOver,
	"('a '*10000).split()":                            bytesOver,
	"('\\n'*10000).splitlines()":                      bytesOver,
	"repr('\\x00'*30000)":                             bytesOver,
	"str(['\\x00'*10000]*10)":                         bytesOver,
	"sorted([1]*4000, key=str)":                       bytesOver,
	"r=1\nwhile True: r = r*3":                        bytesOver,
	"r=3\nwhile True: r *= r":                         bitsOver,
	"r=1\nwhile True: r += r":                         bytesOver,
	"r=-1\nwhile True: r += r":                        bytesOver,
	"r='a'\nwhile True: r += r":                       bytesOver,
	"r=[1]\nwhile True: r += r":                       bytesOver,
	"r=[1]\nwhile True: r.extend(r)":                  bytesOver,
	"r=[1]\nfor x in r: r.append(x)":                  stepsOver,
	"r=[1]\nwhile True: r = [r, r]":                   stepsOver,
	"r={}\nfor x in range(5000): r[x] = x":            bytesOver,
	"r=int('9'*2000)":                                 bitsOver,
	"r=int('f'*2000, 16)":                             bitsOver,
	"r=[1]\nfor x in range(30): r = [r, r]":           stepsOver,
	"r=[1]\ns=[1]\nfor x in range(30):\n    r = [r, r]\n    s = [s, s]\nr = r == s": stepsOver,
	"r=''\nfor x in range(40): r = '%s%s' % (r or 'a', r)":                          bytesOver,
	"r=datetime(2020, 1, 1).strftime('%c'*30000)":                                   bytesOver,
	"r=('a'*30000).strip('b'*30000)":                                                stepsOver,
	"r=(1,)\nfor x in range(90): r = (r, r)\nr = {r: 1}":                            stepsOver,
	"r=(str,)\nfor x in range(90): r = (r, r)\nr = isinstance(1, r)":                stepsOver,
	"r=[0]*100\nwhile True: r.copy()":                                               bytesOver,
}

func TestNothingTakesMoreThanTheLimits(t *testing.T) {
	var before, after runtime.MemStats
	for source, want := range greedy {
		runtime.ReadMemStats(&before)
		got := writtenBy(t, source)
		runtime.ReadMemStats(&after)
		if got != want {
			t.Errorf("%s\n\tgave   %.100s\n\twanted %s", source, got, want)
		}
		// What is made on the way is counted here, too: each small int, the trace, and parsing.
		if took := after.TotalAlloc - before.TotalAlloc; took > 8<<20 {
			t.Errorf("%s took %d bytes", source, took)
		}
	}
}

func TestValuesThatHoldThemselvesAndDeepOnesHaveAnEnd(t *testing.T) {
	t.Parallel()
	deep := "r=[]\nfor x in range(150): r = [r]\ns=[]\nfor x in range(150): s = [s]\n"
	circular := "r=[]\nr.append([r])\ns=[]\ns.append([s])\n"
	const recursion = "RecursionError: maximum recursion depth exceeded"
	for source, want := range map[string]string{
		"r=[]\nr.append(r)":             "[[...]]",
		"r={}\nr['a']=[r]":              "{'a': [{...}]}",
		"r=([],)\nr[0].append(r)":       "([(...)],)",
		"r=[]\nr.append(r)\nr = r == r": "True",
		circular + "r = r == s":         recursion + " in comparison",
		circular + "r = r < s":          recursion + " in comparison",
		circular + "r = r in s":         recursion + " in comparison",
		deep + "r = r == s":             recursion + " in comparison",
		deep:                            recursion + " while getting the repr of an object",
		"r=()\nfor x in range(150): r = (r,)\nr={r: 1}":            recursion,
		"r=int\nfor x in range(150): r = (r,)\nr=isinstance(1, r)": recursion + " in __instancecheck__",
		"r=ValueError('a')\nr=ValueError(r)\nr=str(r)":             "'a'",
	} {
		if got := writtenBy(t, source); got != want {
			t.Errorf("%s\n\tgave   %.200s\n\twanted %s", source, got, want)
		}
	}
}

func TestADictThatChangesWhileItIsGoneThroughRaises(t *testing.T) {
	t.Parallel()
	const changed = "RuntimeError: dictionary "
	for source, want := range map[string]string{
		"r={1: 2}\nfor x in r: r[x+1] = 3":                    changed + "changed size during iteration",
		"r={1: 2, 2: 3}\nfor x in r.items(): del r[1]":        changed + "changed size during iteration",
		"r={1: 2}\nfor x in r:\n    del r[x]\n    r[x+1] = 3": changed + "keys changed during iteration",
		"r={1: 2}\nfor x in r: r[x] = 3":                      "{1: 3}",
		"r={1: 2, 2: 3}\nfor x in list(r): del r[x]":          "{}",
	} {
		if got := writtenBy(t, source); got != want {
			t.Errorf("%s\n\tgave   %s\n\twanted %s", source, got, want)
		}
	}
}

func TestADictKeepsItsOrderWhileKeysComeAndGo(t *testing.T) {
	t.Parallel()
	d := &Dict{}
	for i := range 100 {
		if err := d.Set(small(i), small(i)); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := d.Delete(small(i - 2)); ok != (i >= 2) || err != nil {
			t.Fatalf("%d was there: %v, %v", i-2, ok, err)
		}
	}
	if got, want := Repr(d), "{98: 98, 99: 99}"; got != want || d.Len() != 2 {
		t.Errorf("it is %s, with %d entries, want %s", got, d.Len(), want)
	}
	if len(d.entries) > 20 {
		t.Errorf("it keeps %d places for 2 entries", len(d.entries))
	}
	if c := d.Copy(); Repr(c) != Repr(d) {
		t.Errorf("its copy is %s", Repr(c))
	}
}

// What a page shows of a value is bounded, though the value has no end.
func TestReprWithoutAMachineIsBounded(t *testing.T) {
	t.Parallel()
	doubled := &List{[]Value{"a"}}
	for range 90 {
		doubled = &List{[]Value{doubled, doubled}}
	}
	if got := Repr(doubled); len(got) > maxWritten+100 || !strings.HasSuffix(got, "…") {
		t.Errorf("Repr gives %d bytes, that end with %.20s", len(got), got[len(got)-10:])
	}
	for _, tt := range []struct {
		value Value
		want  string
	}{
		{listed(small(1), "it's", listed()), `[1, "it's", []]`},
		{listed(strings.Repeat("a", 100)), "['aaaaaaaaaaaaa…"},
		{dictOf("a", small(1)), "{'a': 1}"}, {&Tuple{[]Value{small(1)}}, "(1,)"}, {small(5), "5"},
	} {
		if got := Brief(tt.value, 15); got != tt.want {
			t.Errorf("Brief gives %s, want %s", got, tt.want)
		}
	}
}
