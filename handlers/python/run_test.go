package python

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// tableOf reads a table of the tests: groups that begin with ===, in which each view is followed by what is
// wanted.
func tableOf(t *testing.T, name, second string) map[string][][2]string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	table := map[string][][2]string{}
	for _, group := range strings.Split(string(data), "\n=== ")[1:] {
		title, rows, _ := strings.Cut(group, "\n--- view\n")
		for _, row := range strings.Split(rows, "\n--- view\n") {
			view, want, ok := strings.Cut(row, "\n--- "+second+"\n")
			if !ok {
				t.Fatalf("%s: no %s after %q", name, second, view)
			}
			table[title] = append(table[title], [2]string{view, strings.TrimSuffix(want, "\n")})
		}
	}
	return table
}

func TestViewsGiveWhatPythonGives(t *testing.T) {
	t.Parallel()
	for title, rows := range tableOf(t, "cpython.txt", "gave") {
		t.Run(title, func(t *testing.T) {
			for _, row := range rows {
				o := ran(t, newMemory(), row[0])
				var b strings.Builder
				for _, e := range o.Events {
					b.WriteString(e.Printed)
				}
				if o.Raised != nil {
					b.WriteString(o.Raised.Traceback)
				} else {
					b.WriteString(o.Returned)
				}
				if got := b.String(); got != row[1] {
					t.Errorf("%s\ngave %s\nwant %s", row[0], got, row[1])
				}
			}
		})
	}
}

func TestALimitEndsTheRunAndNothingCatchesIt(t *testing.T) {
	t.Parallel()
	const steps, values = "It took more than 10,000 steps.", "Its values took more than 64 KiB."
	for _, test := range []struct{ source, over string }{
		{"while True: pass", steps},
		{"while True:\n    try:\n        while True: pass\n    except:\n        return 'caught'", steps},
		{"try:\n    while True: pass\nfinally:\n    return 'finally'", steps},
		{"return [a for a in range(9999) for b in range(9999)]", steps},
		{"x = 'a'\nwhile True:\n    x += x", values},
		{"x = [0]\nwhile True:\n    x += x", values},
		{"return {a: [a] * 100 for a in range(1000)}", values},
		{"try:\n    x = 'a' * 99999\nexcept BaseException:\n    return 'caught'", values},
	} {
		if o := ran(t, newMemory(), test.source); o.Over != test.over || o.Returned != "" {
			t.Errorf("%s\nended with %q and returned %q, want %q", test.source, o.Over, o.Returned, test.over)
		}
	}
}

func TestARunEndsWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	m := &machine{ctx: t.Context(), deadline: time.Now().Add(-1)}
	if err := m.spend(perClock); err == nil || err.Error() != "It took more than 100 ms." {
		t.Errorf("spend gave %v", err)
	}
}

func TestAViewThatNobodyWaitsForGivesNoOutcome(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p, err := Parse("while True: pass")
	if err != nil {
		t.Fatal(err)
	}
	o, err := p.Run(ctx, Request{Session: newMemory()}, time.Now)
	if o != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", o, err)
	}
}

func TestAKeyErrorOfTheSessionHasItsKey(t *testing.T) {
	t.Parallel()
	for source, key := range map[string]string{
		"return request.session['lname']": "lname",
		"del request.session['lname']":    "lname",
		"return {}['lname']":              "",
		"try:\n    request.session['a']\nexcept KeyError as e:\n    raise e":      "a",
		"try:\n    request.session['a']\nexcept KeyError:\n    raise KeyError(1)": "",
	} {
		if o := ran(t, newMemory("fname", "Aman"), source); o.Raised == nil || o.Raised.Key != key {
			t.Errorf("%s: %+v, want the key %q", source, o.Raised, key)
		}
	}
}
