package python

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// ran runs a view on a session.
func ran(t *testing.T, s Session, source string) *Outcome {
	t.Helper()
	p, err := Parse(source)
	if err != nil {
		t.Fatalf("%s\n%v", source, err)
	}
	o, err := p.Run(context.Background(), Request{Method: "POST", Session: s, GET: &Dict{}, Cookies: &Dict{}},
		func() time.Time { return noon })
	if err != nil {
		t.Fatalf("%s\n%v", source, err)
	}
	return o
}

// folded writes a folded trace, a line each.
func folded(o *Outcome, source string) string {
	var b strings.Builder
	for _, l := range o.Folded(source) {
		fmt.Fprintf(&b, "%d", l.Line)
		if !l.Ran {
			b.WriteString(" not run")
		}
		if len(l.Texts) > 0 {
			fmt.Fprintf(&b, " %d rounds: %s", l.Rounds, strings.Join(l.Texts, ", "))
		}
		for _, a := range l.Acts {
			fmt.Fprintf(&b, " [%s %s %s→%s %s]", a.Did, a.Key, a.Old, a.New, strings.Join(a.Flags, " "))
		}
		if l.Gave != "" {
			b.WriteString(" " + l.Gave)
		}
		if l.Printed != "" {
			b.WriteString(" printed " + l.Printed)
		}
		if l.Raised {
			b.WriteString(" raised")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// besides are views, and the trace that stands beside them.
var besides = []struct{ source, want string }{
	{`def view(request):
    cart = request.session['cart']
    cart['n'] += 1
    request.session['cart']['n'] += 1
    if 'fname' in request.session:
        print(request.session['fname'])
    return cart['n']`, `1 called
2 [read cart →{'n': 1} accessed] {'n': 1}
3 [inside cart['n'] 1→2 ] 2
4 [read cart →{'n': 2} ] [inside cart['n'] 2→3 ] 3
5 [looked fname →True ] True
6 [read fname →'Aman' ] printed Aman
7 returned 3
`},
	{`fname = request.session['fname']
request.session['seen'] = True
lname = request.session['lname']
return fname + ' ' + lname`, `1 [read fname →'Aman' accessed] 'Aman'
2 [add seen →True modified] True
3 [read lname → ] KeyError: 'lname' raised
4 not run
`},
	{`total = 0
for n in range(20):
    total += n
    if n % 2: continue
    print(n)

try:
    a = 1; b = 2
except KeyError:
    pass
else:
    for n in []:
        pass`, `1 0
2 20 rounds: n = 0, 1, 2
3 20 rounds: 0, 1, 3
4 20 rounds: False, True, False
5 printed 0, 2, 4, 6, 8, 10, 12
6 not run
7
8 1; 2
9 not run
10 not run
11
12 no round
13 not run
`},
}

func TestTheTraceStandsBesideEachLine(t *testing.T) {
	t.Parallel()
	for _, test := range besides {
		o := ran(t, newMemory("fname", "Aman", "cart", dictOf("n", small(1))), test.source)
		if got := folded(o, test.source); got != test.want {
			t.Errorf("%s\ngave\n%s\nwant\n%s", test.source, got, test.want)
		}
	}
}

func TestAChangeInsideTheSessionIsSeenHoweverItIsMade(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"c['l'].append(2)":             "cart['l'] [1]→[1, 2]",
		"c['l'] += [2]":                "cart['l'] [1]→[1, 2]",
		"l = c['l']; l += [2]":         "cart['l'] [1]→[1, 2]",
		"c['l'][0] = 5":                "cart['l'][0] 1→5",
		"c['l'][:] = []":               "cart['l'] [1]→[]",
		"del c['l'][0]":                "cart['l'][0] 1→",
		"c['m'], x = {}, 1":            "cart['m'] →{}",
		"c.update(l=0)":                "cart {'l': [1]}→{'l': 0}",
		"c.setdefault('l', 5)":         "",
		"for c['l'][0] in [7]: pass":   "cart['l'][0] 1→7",
		"list.append(c['l'], 3)":       "cart['l'] [1]→[1, 3]",
		"d = {'l': []}; d['l'] += [1]": "",
		"c = dict(c); c['l'] = 2":      "",
	} {
		s := newMemory("cart", dictOf("l", &List{Items: []Value{small(1)}}))
		o := ran(t, s, "c = request.session['cart']\n"+source)
		var got []string
		for _, e := range o.Events[1:] {
			for _, a := range e.Acts {
				if a.Did == Inside {
					got = append(got, a.Key+" "+a.Old+"→"+a.New)
				}
			}
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
}

func TestALongLoopLeavesRoomForWhatComesAfterIt(t *testing.T) {
	t.Parallel()
	source := "for n in range(500):\n    x = n\nrequest.session['x'] = x\nreturn x"
	o := ran(t, newMemory(), source)
	if len(o.Events) > MaxEvents || len(o.Events)+o.More != 1002 || o.Times[2] != 500 {
		t.Errorf("%d events and %d more, line 2 ran %d times", len(o.Events), o.More, o.Times[2])
	}
	if last := o.Folded(source)[3]; last.Gave != "returned 499" {
		t.Errorf("%+v", last)
	}
}
