package handlers

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/xray"
)

func TestTemplatesAreRenderedOnTheSession(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for _, tt := range []struct {
		name   string
		values map[string]any
		shows  []string // in the markup
	}{
		{"no session prints nothing", nil,
			[]string{"prints nothing, and says nothing", "<span>Guest</span>"}},
		{"a value, coloured", map[string]any{"fname": "Aman"},
			[]string{"<span><b>Aman</b></span>", "<span>\n  <b>fname</b> : <b>Aman</b>\n</span>"}},
		{"a key that has a value after all", map[string]any{"nickname": 0},
			[]string{"<span><b>0</b></span>", "<span>Guest</span>"}},
		{"HTML is escaped, and shown as it was sent", map[string]any{"note": "<b>Aman</b>"},
			[]string{"<b>&amp;lt;b&amp;gt;Aman&amp;lt;/b&amp;gt;</b>"}},
		{"a key named items fails the loop", map[string]any{"items": "3 books"},
			[]string{"<span>ValueError: Need 2 values to unpack in for loop; got 1.</span>",
				"Because your session has a key", "\n  items : 3 books\n</span>"}},
		{"Django's own entries", map[string]any{expiryKey: 60, testCookieKey: "worked"},
			[]string{"\n  <b>_session_expiry</b> : <b>60</b>\n\n  <b>testcookie</b> : <b>worked</b>\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := lab.in(t).holding(tt.values)
			before := v.stored()
			page := v.get("/templates")
			if page.Status != http.StatusOK || page.setCookie() != nil {
				t.Errorf("page = %d with cookie %v, want 200 and none", page.Status, page.setCookie())
			}
			for _, want := range tt.shows {
				if !strings.Contains(page.Body, want) {
					t.Errorf("nothing printed %q", want)
				}
			}
			if page.results() != nil {
				t.Errorf("results = %q without a run", page.results())
			}
			v.untouched(before)
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

func TestTheLoopIsJudgedByWhatItDid(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	const right, wrong, none, unjudged = "<b>Correct.</b>", "<b>Not this time.</b>",
		"<b>You made no prediction.</b>", "<b>Not judged yet.</b>"
	for _, tt := range []struct {
		name, guess string
		values      map[string]any
		status      int
		says        []string
	}{
		{"predicted right", "fails", map[string]any{"items": "3 books"}, 422,
			[]string{right, "ValueError: Need 2"}},
		{"predicted wrong", "letters", map[string]any{"items": "3 books"}, 422,
			[]string{wrong, "Delete items"}},
		{"without a prediction", "", map[string]any{"items": "ab"}, 422, []string{none}},
		{"without the key", "fails", map[string]any{"fname": "Aman"}, 200,
			[]string{unjudged, `"returned">It returned <output data-result>` + "\n  fname : Aman\n</output>"}},
		{"without a session", "fails", nil, 200, []string{unjudged, "Set items to 3 books"}},
		{"an empty text", "fails", map[string]any{"items": ""}, 200, []string{unjudged}},
		{"a number", "fails", map[string]any{"items": 3}, 422,
			[]string{unjudged, "TypeError: &#39;int&#39; object is not iterable"}},
		{"a list that can be unpacked", "all", map[string]any{"items": []string{"ab", "cd"}}, 200,
			[]string{unjudged, "\n  a : b\n\n  c : d\n</output>"}},
		{"another key of that text is not mistaken for it", "all", map[string]any{"my\n  items : ": "x"}, 200,
			[]string{unjudged}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := lab.in(t).holding(tt.values)
			before := v.stored()
			page := v.get("/templates?run=loop&card=templates&predict=templates:" + tt.guess)
			if page.Status != tt.status {
				t.Errorf("status %d, want %d", page.Status, tt.status)
			}
			for _, want := range tt.says {
				if !strings.Contains(page.Body, want) {
					t.Errorf("the page does not say %q", want)
				}
			}
			v.untouched(before)
			if tt.values == nil {
				return
			}
			ran := func(s xray.Step) bool { return s.Kind == xray.Code && s.Name == "renderDjango" }
			if x := lab.exchanges(v.token())[0]; !slices.ContainsFunc(x.Steps, ran) {
				t.Errorf("the record does not say that renderDjango ran: %+v", x.Steps)
			}
		})
	}
}

// What is stored for the card is what the button of its need sends, and the other one takes it away.
func TestTheLoopWorksAgainWithoutTheKey(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "prepare", "templates", "key", "items", "value", "3 books")
	if a := v.get("/templates?run=loop&card=templates"); a.Status != http.StatusUnprocessableEntity {
		t.Fatalf("the loop answers %d with the key", a.Status)
	}
	page := v.run("/delete", "prepare", "templates", "key", "items")
	if strings.Contains(page.Body, "data-verdict") {
		t.Error("the card was prepared anew, and still shows the run before")
	}
	v.run("/set", "key", "fname", "value", "Aman")
	const want = "\n  fname : Aman\n"
	if got := v.get("/templates?run=loop&card=templates").results(); len(got) != 1 || got[0] != want {
		t.Errorf("results = %q, want %q", got, want)
	}
}

// A page that shows a large session is of a size that a phone can take, and says that it is not all.
func TestTheTemplatesOfALargeSessionAreCut(t *testing.T) {
	t.Parallel()
	values := map[string]any{"items": strings.Repeat("ab", 1000)}
	for i := range limits.MaxKeys - 1 {
		values[strings.Repeat("k", i+1)] = strings.Repeat("<'>", 400)
	}
	v := newLab(t).holding(values)
	withItems := v.get("/templates")
	if !strings.Contains(withItems.Body, "got 1.") {
		t.Error("the loop did not fail")
	}
	v.run("/delete", "key", "items")
	small := len(newLab(t).visitor().get("/templates").Body)
	page := v.get("/templates")
	panel := len(v.get("/items").Body)
	if !strings.Contains(page.Body, "more entries</small>") || len(page.Body) > small+panel+(64<<10) {
		t.Errorf("%d bytes, of an empty session %d, of /items %d", len(page.Body), small, panel)
	}
}

func TestGoOutputIsBounded(t *testing.T) {
	t.Parallel()
	printed, err := printInGo(inGo, map[string]any{"a": strings.Repeat("ä", 50_000), "items": "x"})
	if err != nil || len(printed) > 2100 || !strings.HasSuffix(printed, "(cut)") {
		t.Errorf("printed %d bytes, %v; want about 2 KiB and the mark", len(printed), err)
	}
}

// What the page says about Go's templates.
func TestGoTemplatesAsThePageSays(t *testing.T) {
	t.Parallel()
	session := map[string]any{"first name": "Aman", "manager": manager{}, "items": "3 books"}
	for text, want := range map[string]string{
		`{{index . "first name"}}`: "Aman",
		`{{.manager.Flush}}`:       "flushed",
		`{{.nobody}}`:              "",
		`{{range $k, $v := .}}{{if eq $k "items"}}{{$v}}{{end}}{{end}}`: "3 books",
	} {
		if got, err := printInGo(newGoTemplate(text), session); got != want || err != nil {
			t.Errorf("%s printed %q, %v; want %q", text, got, err, want)
		}
	}
}

type manager struct{}

func (manager) Flush() string { return "flushed" }
