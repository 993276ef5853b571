package handlers

import (
	"html"
	"net/http"
	"strings"
	"testing"
)

func TestTemplatesPrintTheSession(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for _, tt := range []struct {
		name   string
		fields []string // key and value, for /set
		shows  []string // what stands in the lines of output, as text
	}{
		{"no session prints nothing", nil, []string{"nothing"}},
		{"a value", []string{"fname", "Aman"}, []string{"Aman", "fname : Aman\n"}},
		{"HTML is escaped", []string{"note", "<b>Aman</b>"}, []string{"&lt;b&gt;Aman&lt;/b&gt;"}},
		{"a key named items is in nobody's way in Go", []string{"items", "3 books"},
			[]string{"items : 3 books\n", "ValueError, because of the key items"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := lab.in(t).visitor()
			if tt.fields != nil {
				v.run("/set", "key", tt.fields[0], "value", tt.fields[1])
			}
			before := v.internals()
			page := v.get("/templates")
			if page.Status != http.StatusOK || page.setCookie() != nil {
				t.Errorf("page = %d with cookie %v, want 200 and none", page.Status, page.setCookie())
			}
			for _, want := range tt.shows {
				if !strings.Contains(page.Body, ">"+html.EscapeString(want)+"<") {
					t.Errorf("nothing printed %q", want)
				}
			}
			if strings.Contains(page.Body, "<b>Aman</b>") {
				t.Error("a value stands on the page unescaped")
			}
			if page.results() != nil {
				t.Errorf("results = %q without a run", page.results())
			}
			if after := v.internals(); !sameRow(before.Row, after.Row) {
				t.Errorf("reading changed the row: %+v to %+v", before.Row, after.Row)
			}
		})
	}
}

// sameRow reports whether two rows have the same token, bytes and expiry.
func sameRow(a, b *internalRow) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Token == b.Token && string(a.Data) == string(b.Data) && a.Expiry.Equal(b.Expiry)
}

func TestTemplateLoop(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for _, tt := range []struct {
		name   string
		fields []string
		guess  string
		want   string // the result
		says   string
	}{
		{"predicted right", []string{"items", "3 books"}, "print", "items : 3 books\n", "Correct."},
		{"predicted wrong", []string{"items", "3 books"}, "crash", "items : 3 books\n", "Not this time."},
		{"without the key it cannot tell", []string{"fname", "Aman"}, "print", "fname : Aman\n",
			"Not judged yet."},
		{"another key of that text is not mistaken for it", []string{"my items ", "x"}, "print", "my items  : x\n",
			"Not judged yet."},
		{"no prediction, no verdict", []string{"items", "3 books"}, "", "items : 3 books\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := lab.in(t).visitor()
			v.run("/set", "key", tt.fields[0], "value", tt.fields[1])
			page := v.get("/templates?run=loop&predict=templates:" + tt.guess)
			if got := page.results(); len(got) != 1 || got[0] != tt.want {
				t.Errorf("results = %q, want %q", got, tt.want)
			}
			if tt.says != "" && !strings.Contains(page.Body, tt.says) {
				t.Errorf("the page does not say %q", tt.says)
			}
			if tt.says == "" && strings.Contains(page.Body, "You predicted") {
				t.Error("there is a verdict without a prediction")
			}
		})
	}
}

func TestTemplateLoopShowsTheFrameworksOwnKeys(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/expiry", "seconds", "60")
	v.run("/test-cookie/set")
	v.run("/set", "key", "zeta", "value", "1")
	v.run("/set", "key", "alpha", "value", "2")
	want := "_session_expiry : 60\nalpha : 2\ntestcookie : worked\nzeta : 1\n"
	if got := v.get("/templates?run=loop").results(); len(got) != 1 || got[0] != want {
		t.Errorf("loop = %q, want %q, sorted by key", got, want)
	}
}

func TestTemplateOutputIsBounded(t *testing.T) {
	t.Parallel()
	printed, err := printInGo(loopInGo, map[string]any{"a": strings.Repeat("ä", 50_000), "items": "x"})
	if err != nil || len(printed) > 2100 || !strings.HasSuffix(printed, cutMark) {
		t.Errorf("printed %d bytes, %v; want about 2 KiB and the mark", len(printed), err)
	}
}

// What the page says about Go's templates.
func TestGoTemplatesAsThePageSays(t *testing.T) {
	t.Parallel()
	session := map[string]any{"_session_expiry": 10, "first name": "Aman", "manager": manager{}}
	for text, want := range map[string]string{
		`{{._session_expiry}}`:     "10",
		`{{index . "first name"}}`: "Aman",
		`{{.manager.Flush}}`:       "flushed",
		`{{.nobody}}`:              "",
	} {
		if got, err := printInGo(newGoTemplate(text), session); got != want || err != nil {
			t.Errorf("%s printed %q, %v; want %q", text, got, err, want)
		}
	}
}

type manager struct{}

func (manager) Flush() string { return "flushed" }
