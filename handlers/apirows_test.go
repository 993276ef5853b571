package handlers

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestEverySCSNameHasARow: a name that a new version of SCS brings has no place in the table yet, and one
// that it takes away has a row too many.
func TestEverySCSNameHasARow(t *testing.T) {
	t.Parallel()
	p, err := readProgram()
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{"Cookie": true} // its fields have rows
	names := p.scsNames(t)
	for _, row := range apiRows() {
		for _, name := range row.scsNames() {
			rows[name] = true
			if _, ok := names[name]; !ok && name != "Cookie" {
				t.Errorf("%q names %s, which SCS does not have", row.SCS, name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !rows[name] {
			t.Errorf("%s of SCS has no row", name)
		}
	}
}

// djangoNames are the public names of SessionBase, each with the first version that has it. See
// testdata/sessionbase.py.
func djangoNames(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/sessionbase.txt")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, since, ok := strings.Cut(strings.TrimSpace(line), " "); ok && name != "#" {
			names[name] = since
		}
	}
	return names
}

func TestEveryDjangoNameHasARow(t *testing.T) {
	t.Parallel()
	names, rows := djangoNames(t), map[string]bool{}
	for _, row := range apiRows() {
		for _, name := range row.names() {
			rows[name] = true
			since, ok := names[name]
			switch {
			case !ok:
				t.Errorf("%q names %s, which SessionBase does not have", row.Django, name)
			case older(row.Since, since):
				t.Errorf("%q is in Django since %s, and the row says %q", row.Django, since, row.Since)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !rows[name] {
			t.Errorf("%s of SessionBase has no row", name)
		}
	}
}

// older reports whether a version of Django came before another one. "" is 3.2.
func older(a, b string) bool { return versionNumber(a) < versionNumber(b) }

func versionNumber(v string) int {
	if v == "" {
		v = "3.2"
	}
	major, minor, _ := strings.Cut(v, ".")
	x, _ := strconv.Atoi(major)
	y, _ := strconv.Atoi(minor)
	return 100*x + y
}

func TestAPIRowsAreWhole(t *testing.T) {
	t.Parallel()
	wellFormed := regexp.MustCompile(`^[4-9]\.\d$`)
	newest := slices.MaxFunc(slices.Collect(maps.Values(djangoNames(t))), func(a, b string) int {
		return versionNumber(a) - versionNumber(b)
	})
	seen := map[string]bool{}
	for _, row := range apiRows() {
		call := fmt.Sprintf("%s | %s", row.Django, row.SCS)
		if seen[call] || row.Django == "" && row.SCS == "" {
			t.Errorf("%q stands there twice, or is empty", call)
		}
		seen[call] = true
		if row.Since != "" && (!wellFormed.MatchString(row.Since) || older(newest, row.Since)) {
			t.Errorf("%q: the version %q is none of 4.0 to %s", call, row.Since, newest)
		}
		if (len(row.Lessons) == 0) == (row.Nowhere == "") {
			t.Errorf("%q has neither a lesson nor a reason, or both", call)
		}
		if row.Differs == "" && (row.Django == "" || row.SCS == "") {
			t.Errorf("%q: the same as what?", call)
		}
		if n := len(strings.Fields(row.Differs)); n > 25 {
			t.Errorf("%q: %d words about what differs", call, n)
		}
	}
}

// TestLessonsCallWhatTheTableSays: where a row leads, the functions that the page prints call SCS's method,
// themselves or through others of this program.
func TestLessonsCallWhatTheTableSays(t *testing.T) {
	t.Parallel()
	p, err := readProgram()
	if err != nil {
		t.Fatal(err)
	}
	source, err := readSource()
	if err != nil {
		t.Fatal(err)
	}
	names, checked := p.scsNames(t), 0
	for _, row := range apiRows() {
		var printed []string
		for _, lesson := range row.In() {
			functions, err := source.Of(lesson.Funcs)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range functions {
				place := fmt.Sprintf("%s:%d", f.File, f.Line)
				if p.at[place] == "" {
					t.Errorf("%s, which %s prints, is not at %s", f.Name, lesson.Path, place)
				}
				printed = append(printed, p.at[place])
			}
		}
		for _, name := range row.scsNames() {
			if method := names[name]; method != "" && len(row.Lessons) > 0 {
				checked++
				if !p.reaches(printed, method) {
					t.Errorf("%s leads to %q, whose functions do not call it", name, row.Lessons)
				}
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d calls were looked for", checked)
	}
}
