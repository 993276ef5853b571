package django

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// outcome is what real Django made of a template: see testdata/generate.py.
type outcome struct {
	Printed, Error, Text string
	Alive                bool // the session, after a trap
}

// is reports whether r is what Django made. Where r leaves something out, the rest has to stand in Django's
// output, in this order. One of Django's messages ends with a space.
func (o outcome) is(r Result) bool {
	if o.Error != "" {
		return r.Raised != nil && *r.Raised == Exception{o.Error, strings.TrimSpace(o.Text)}
	}
	rest, whole, cut := o.Printed, true, false
	for _, s := range r.Segments {
		if s.LeftOut {
			cut = true
			continue
		}
		skipped, after, found := strings.Cut(rest, s.Text)
		whole = whole && found && (skipped == "" || cut)
		rest = after
	}
	return r.Raised == nil && whole && (rest == "" || cut)
}

func TestSessionsAreRenderedAsDjangoDoes(t *testing.T) {
	t.Parallel()
	snippets := map[string]Snippet{
		"value": Value, "missing": Missing, "default": Default, "html": HTML, "loop": Loop}
	cases := read[struct {
		Snippets map[string]string
		Sessions map[string][][3]any
	}](t, "cases.json")
	record := read[struct {
		Versions []string
		Rendered map[string]map[string]outcome
	}](t, "rendered.json")
	if !slices.Equal(record.Versions, Versions) {
		t.Errorf("Django %v rendered, and Versions is %v", record.Versions, Versions)
	}
	if len(cases.Snippets) != len(snippets) || len(cases.Sessions) != len(record.Rendered) {
		t.Fatalf("%d snippets on %d sessions, and Django rendered %d; want %d snippets",
			len(cases.Snippets), len(cases.Sessions), len(record.Rendered), len(snippets))
	}
	for name, source := range cases.Snippets {
		if snippets[name].Source != source {
			t.Errorf("Django rendered %q, and %s is %q", source, name, snippets[name].Source)
		}
	}
	for session, entries := range cases.Sessions {
		values := map[string]any{}
		for _, e := range entries {
			values[e[0].(string)] = stored(t, e[1].(string), e[2])
		}
		for name, s := range snippets {
			got, err := s.Render(values)
			if want := record.Rendered[session][name]; err != nil || !want.is(got) {
				t.Errorf("session %q, %s: %q, %v; Django: %+v", session, name, got.Text(), err, want)
			}
		}
	}
}

func TestTrapsAreWhatDjangoAnswers(t *testing.T) {
	t.Parallel()
	sources := read[struct{ Traps map[string]string }](t, "cases.json").Traps
	answers := read[struct{ Traps map[string]outcome }](t, "rendered.json").Traps
	traps := map[string]Trap{"private": PrivateName, "method": CalledMethod, "itself": LoopOverItself}
	if len(sources) != len(traps) {
		t.Errorf("Django was asked for %d traps, and there are %d", len(sources), len(traps))
	}
	for name, trap := range traps {
		want := answers[name]
		if trap.Source != sources[name] || !want.is(trap.Answer) || trap.Ends == want.Alive {
			t.Errorf("%s: %s answers %q and ends the session: %v; Django: %+v", name, trap.Source,
				trap.Answer.Text(), trap.Ends, want)
		}
	}
}

func read[T any](t *testing.T, name string) (v T) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber() // a float has no room for every int
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// stored is a value of cases.json as the lab stores it.
func stored(t *testing.T, kind string, value any) any {
	t.Helper()
	switch kind {
	case "int":
		n, err := value.(json.Number).Int64()
		if err != nil {
			t.Fatal(err)
		}
		return int(n)
	case "float":
		f, err := value.(json.Number).Float64()
		if err != nil {
			t.Fatal(err)
		}
		return f
	case "time":
		at, err := time.Parse(time.RFC3339, value.(string))
		if err != nil {
			t.Fatal(err)
		}
		return at
	case "list":
		return texts(value)
	case "dict":
		dict := map[string]int{}
		for key, n := range value.(map[string]any) {
			dict[key] = stored(t, "int", n).(int)
		}
		return dict
	case "long":
		of := value.([]any)
		n := stored(t, "int", of[1]).(int)
		if text, ok := of[0].(string); ok {
			return strings.Repeat(text, n) + of[2].(string)
		}
		return slices.Concat(slices.Repeat(texts(of[0]), n), texts(of[2]))
	}
	return value
}

func texts(list any) []string {
	strs := make([]string, 0)
	for _, text := range list.([]any) {
		strs = append(strs, text.(string))
	}
	return strs
}

func TestWhatCameFromTheSessionIsMarked(t *testing.T) {
	t.Parallel()
	const odd = "\xff" + "s\xffl\xfe" // the marks themselves, in a session of another program
	for _, tt := range []struct {
		name   string
		s      Snippet
		values map[string]any
		want   []Segment
	}{
		{"a value", Value, map[string]any{"fname": "<Aman>"},
			[]Segment{{Text: "&lt;Aman&gt;", FromSession: true}}},
		{"the template's own word", Default, nil, []Segment{{Text: "Guest"}}},
		{"nothing", Missing, nil, nil},
		{"keys and values", Loop, map[string]any{"a": 1}, []Segment{
			{Text: "\n  "}, {Text: "a", FromSession: true}, {Text: " : "},
			{Text: "1", FromSession: true}, {Text: "\n"}}},
		{"marks in a value", Value, map[string]any{"fname": odd},
			[]Segment{{Text: "\ufffds\ufffdl\ufffd", FromSession: true}}},
		{"a long value", HTML, map[string]any{"note": strings.Repeat("ä", 300)}, []Segment{
			{Text: strings.Repeat("ä", 256), FromSession: true},
			{Text: "… and 88 bytes more", LeftOut: true}}},
	} {
		if got, err := tt.s.Render(tt.values); err != nil || !slices.Equal(got.Segments, tt.want) {
			t.Errorf("%s: %+v, %v; want %+v", tt.name, got.Segments, err, tt.want)
		}
	}
}

func TestALargeSessionIsCut(t *testing.T) {
	t.Parallel()
	values := map[string]any{}
	for _, letter := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") {
		values[letter] = strings.Repeat("'", 10_000)
	}
	got, err := Loop.Render(values)
	last, want := got.Segments[len(got.Segments)-1], Segment{Text: "\n… and 23 more entries", LeftOut: true}
	if text := got.Text(); err != nil || len(text) > 8*mostLoop || last != want {
		t.Errorf("%d bytes that end in %+v, %v; want %+v", len(text), last, err, want)
	}
}

// The snippets are the package's own, and none reads a file; nor could one.
func TestNoTemplateReadsFiles(t *testing.T) {
	t.Parallel()
	for _, source := range []string{`{% include "django.go" %}`, `{% extends "django.go" %}`,
		`{% import "django.go" x %}`, `{% ssi "django.go" %}`} {
		if _, err := engine.FromString(source); err == nil || !strings.Contains(err.Error(), "not allowed") {
			t.Errorf("%s: %v, want that it is not allowed", source, err)
		}
	}
	if _, err := engine.FromFile("django.go"); err == nil {
		t.Error("a file was read")
	}
}

func BenchmarkRenderLargeLoop(b *testing.B) {
	values := map[string]any{"long": strings.Repeat("x", 64<<10)}
	for i := range 200 {
		values["key"+strings.Repeat("k", i)] = []string{"a", "b"}
	}
	for b.Loop() {
		if _, err := Loop.Render(values); err != nil {
			b.Fatal(err)
		}
	}
}
