package python

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var seeds = []string{
	"cart = request.session['cart']\ncart['n'] += 1\nreturn cart['n']",
	"def view(request):\n    for k, v in request.session.items():\n        print(k, v, sep=': ')\n" +
		"    return redirect('/x')",
	"try:\n    x = 1 / 0\nexcept (KeyError, ZeroDivisionError) as e:\n" +
		"    raise ValueError('%s' % e) from e\nelse:\n    pass\nfinally:\n    print('f')",
	"from datetime import datetime, timedelta\nrequest.session.set_expiry(timedelta(days=1))",
	"x = [a * 2 for a in range(10) if a % 2]\ny = {k: v for k, v in enumerate(x)}\n" +
		"del x[1:2], y[0]\nreturn x + [y]",
	"while True:\n    try:\n        x += [x]\n    except UnboundLocalError:\n        x = [[]] * 99",
	"request.session['l'] = l = [1]\nl.append(l)\nl[0] = {1.5: (l,)}\nl.sort()\nreturn sorted(l, key=str)",
	"if 1:\n\tx = '''a\n'''\nelif 0x1f: pass\nelse: y = r'\\' 'a\\x41\\u00e9'",
	"  return 'a' 'b'[::-1], not 1 < 2 <= 3 != 4 is None in ()",
	"return f'{x}' ** 2 & {1} | (lambda: 0)",
}

// FuzzParse finds sources that make Parse panic, or give an Unknown that no page could show.
func FuzzParse(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		p, err := Parse(source)
		if err == nil {
			if p == nil || len(source) > MaxSource {
				t.Fatal("took what it may not take")
			}
			return
		}
		u := &Unknown{}
		if !errors.As(err, &u) || p != nil {
			t.Fatalf("the error is a %T", err)
		}
		lines := splitLines(source)
		switch {
		case u.Says == "" || u.Line < 1 || u.Line > len(lines) || u.Column < 1:
			t.Fatalf("%+v", u)
		case u.Column > utf8.RuneCountInString(lines[u.Line-1])+1:
			t.Fatalf("column %d is not in line %q", u.Column, lines[u.Line-1])
		case strings.HasPrefix(u.Says, "This small Python does not understand this view"):
			t.Fatalf("no reason: %+v", u)
		}
	})
}

// FuzzRun finds views that panic, take more than they may, or end in what no view may end in.
func FuzzRun(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		p, err := Parse(source)
		if err != nil {
			return
		}
		s := newMemory("fname", "Aman", "cart", dictOf("n", small(1), "l", &List{Items: []Value{small(1)}}))
		request := Request{Method: "POST", Path: "/view", Session: s, GET: &Dict{}, Cookies: &Dict{}}
		m := p.machine(t.Context(), request, func() time.Time { return noon })
		begun := time.Now()
		o, err := m.run()
		if took := time.Since(begun); took > 20*MaxTime {
			t.Errorf("took %v", took)
		}
		if err != nil && !errors.Is(err, errBroken) {
			t.Fatalf("ended with %v", err)
		}
		if m.steps > MaxSteps && o.Over == "" || m.bytes > MaxBytes && o.Over == "" {
			t.Fatalf("took %d steps and %d bytes", m.steps, m.bytes)
		}
		if err == nil {
			checkOutcome(t, o, source)
		}
	})
}

func checkOutcome(t *testing.T, o *Outcome, source string) {
	data, err := json.Marshal(o)
	if err != nil || len(data) > 512<<10 {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	if len(o.Events) > MaxEvents || len(o.Returned) > 4*maxReturned+8 {
		t.Fatalf("%d events, %d bytes returned", len(o.Events), len(o.Returned))
	}
	if r := o.Raised; r != nil && (r.Line < 1 || r.Says == "" || len(r.Traceback) > 3*maxTraceback) {
		t.Fatalf("%+v", r)
	}
	for _, l := range o.Folded(source) {
		if len(l.Acts) > most || len(l.Texts) > most {
			t.Fatalf("%+v", l)
		}
	}
}
