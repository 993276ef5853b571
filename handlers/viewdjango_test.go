package handlers

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/python"
)

// djangoTable is what real Django gave for the views of e2e/views: see make.py there.
type djangoTable struct {
	Now  time.Time
	Rows []djangoRow
}

type djangoRow struct {
	Name    string
	Earlier []struct {
		Code  string
		Other bool
		Wait  int
	}
	Cookie string
	Code   []string
	Out    djangoOutcome
}

// djangoOutcome is what a request left, in Django or in the lab.
type djangoOutcome struct {
	Returned, Raised, Content, Location *string
	Line                                int
	Gave, Printed, Flags, Store         []string
	Status                              int
	Cookie                              string
	MaxAge                              *int `json:"max_age"`
	ID                                  string
	After                               *string
	Rows                                int
	Lacks                               string // why the lab ran nothing; "" where it did
}

// sortedDict is a dict as text with its keys in SCS's order: the lab keeps no other.
func sortedDict(t *testing.T, text *string) *string {
	t.Helper()
	if text == nil {
		return nil
	}
	source := "from datetime import datetime\nd = " + *text + "\nreturn {k: d[k] for k in sorted(d)}"
	program, err := python.Parse(strings.NewReplacer("inf", "float('inf')", "nan",
		"float('nan')").Replace(source))
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	o, err := program.Run(t.Context(), python.Request{}, time.Now)
	if err != nil || o.Raised != nil {
		t.Fatalf("%s: %v %+v", source, err, o)
	}
	return &o.Returned
}

// differs names the rows in which the lab means to differ from Django, why, and the fields that do.
var differs = map[string]struct {
	fields string
	rows   []string
}{
	"the store keeps no order of keys: see Items": {"returned printed", []string{
		"expiry: it is a key", "values: True, None and a float as keys", "python: a dict comprehension",
		"python: a key changed keeps its place", "python: flush in a loop", "python: a loop over keys",
		"python: a loop over items", "lesson: items"}},
	"an ID of SCS has 43 characters": {"returned", []string{"whole: save in the view",
		"whole: cycle_key gives a new key at once", "about: session_key is 32 characters"}},
	"an end is a number from 0 to a year, or a moment ahead": {"no run", []string{"expiry: negative",
		"expiry: a datetime of long ago", "expiry: timedelta of nothing", "expiry: a list", "expiry: a text"}},
	"a number of seconds is an int": {"returned after", []string{"expiry: False", "expiry: True"}},
	"a key that was cycled is kept until the end of the request": {"after", []string{
		"whole: cycle_key, and an exception"}},
	"an ID that names nothing is dropped": {"raised status cookie max_age id after rows", []string{
		"whole: clear with an ID that names nothing", "about: modified with an ID that names nothing"}},
}

// differing are the fields in which a row differs on purpose; "" for none.
func differing(row string) string {
	for _, d := range differs {
		if slices.Contains(d.rows, row) {
			return d.fields
		}
	}
	return ""
}

// isoDate is a moment in a session.
var isoDate = regexp.MustCompile(`20\d\d-\d\d-\d\dT[0-9:]{8}`)

func TestViewsAsInDjango(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../e2e/views/table.json")
	if err != nil {
		t.Fatal(err)
	}
	var table djangoTable
	if err := json.Unmarshal(b, &table); err != nil {
		t.Fatal(err)
	}
	if len(table.Rows) < 250 {
		t.Errorf("the table has %d rows", len(table.Rows))
	}
	for _, row := range table.Rows {
		t.Run(row.Name, func(t *testing.T) {
			t.Parallel()
			got := inLab(t, row, table.Now)
			want := row.Out
			want.After = sortedDict(t, want.After)
			list := differences(got, want)
			allowed := differing(row.Name)
			if allowed != "" && len(list) == 0 {
				t.Error("it is as in Django, and need not be named as different")
			}
			for _, d := range list {
				if !strings.Contains(allowed, d.field) {
					t.Errorf("%s: %s, want %s\n%s", d.field, d.got, d.want, strings.Join(row.Code, "\n"))
				}
			}
		})
	}
}

// inLab is what the lab makes of a row. The store has a clock of its own, the real one, so a row in which
// time goes by begins now.
func inLab(t *testing.T, row djangoRow, now time.Time) djangoOutcome {
	t.Helper()
	waits := 0
	for _, e := range row.Earlier {
		waits += e.Wait
	}
	tl := rowLab(t, waits > 0)
	v := &viewVisit{testLab: tl, heard: &overhear{Keeper: tl.history}}
	tl.Lab.history = v.heard
	at := now.Add(-time.Duration(waits) * time.Second)
	began := at
	if waits > 0 {
		began = time.Now().Truncate(time.Second)
	}
	tl.at(began)
	ahead := time.Duration(0)
	for _, e := range row.Earlier {
		switch {
		case e.Wait > 0:
			ahead += time.Duration(e.Wait) * time.Second
			tl.at(began.Add(ahead))
		case e.Other:
			(&viewVisit{testLab: tl, heard: v.heard}).run(e.Code)
		default:
			v.run(e.Code)
		}
		v.age(ahead)
	}
	sent := map[string]string{"none": "", "unknown": strings.Repeat("a", 32), "short": "abc"}
	if cookie, ok := sent[row.Cookie]; ok {
		v.cookie = cookie
	}
	out := v.outcome(strings.Join(row.Code, "\n"))
	if out.After != nil {
		after := isoDate.ReplaceAllStringFunc(*out.After, func(s string) string {
			moment, err := time.Parse("2006-01-02T15:04:05", s)
			if err != nil {
				t.Fatal(err)
			}
			return moment.Add(at.Sub(began)).Format("2006-01-02T15:04:05")
		})
		out.After = &after
	}
	return out
}

// rowLab is a lab for a row. In memory it is there at once, and the ends of a table's rows can be moved.
func rowLab(t *testing.T, timeGoesBy bool) *testLab {
	t.Helper()
	if timeGoesBy {
		return newLab(t)
	}
	return newLabOn(t, "memory:")
}

type difference struct{ field, got, want string }

// differences are the fields in which the lab's outcome is not Django's.
func differences(got, want djangoOutcome) (list []difference) {
	add := func(field string, got, want any) {
		if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
			list = append(list, difference{field, g, w})
		}
	}
	text := func(s *string) string {
		if s == nil {
			return "nothing"
		}
		return plainly(*s)
	}
	number := func(n *int) any {
		if n == nil {
			return "none"
		}
		return *n
	}
	if add("no run", got.Lacks, want.Lacks); got.Lacks != "" {
		return list
	}
	add("returned", text(got.Returned), text(want.Returned))
	add("raised", text(got.Raised), text(want.Raised))
	add("line", got.Line, want.Line)
	add("content", text(got.Content), text(want.Content))
	add("location", orEmpty(got.Location), orEmpty(want.Location))
	add("printed", len(got.Printed), len(want.Printed))
	for i := range min(len(got.Printed), len(want.Printed)) {
		add("printed", plainly(got.Printed[i]), plainly(want.Printed[i]))
	}
	add("status", got.Status, want.Status)
	add("cookie", got.Cookie, want.Cookie)
	add("max_age", number(got.MaxAge), number(want.MaxAge))
	add("id", got.ID, want.ID)
	add("after", text(got.After), text(want.After))
	add("rows", got.Rows, want.Rows)
	return list
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

var ids = regexp.MustCompile(`0x[0-9a-f]{6,}|[A-Za-z0-9_-]{43}`)

// hidden is text without what is another in each run.
func plainly(s string) string {
	return ids.ReplaceAllStringFunc(s, func(id string) string {
		if strings.HasPrefix(id, "0x") {
			return "0x…"
		}
		return "ID"
	})
}
