package handlers

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sessionlab/handlers/xray"
)

// scsTest is a run of a lesson on SCS itself: what SCS does there, in each line of its table, and which
// option is right. A version of SCS that does something else fails here.
type scsTest struct {
	card, path string
	fields     []string
	lines      []string // what was done, and what came back, by turns
	right      string
	says       []string // on its page
}

// runSCS is for a run whose table has times in it: it checks the verdict alone.
func runSCS(t *testing.T, card, path, right string) *scsRan {
	t.Helper()
	v := newLab(t).visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	page := v.run(path, "card", card, "predict", card+":"+right)
	wantVerdict(t, page, "Correct.")
	wantText(t, page, "<b>Django:</b>", `<ol class="seq">`)
	scsTest{card: card, path: path, right: right}.judges(t)
	return v.lab.lastSCS(v.token(), card)
}

// runs runs it as a visitor who has a session, checks it, and returns what was recorded.
func (tt scsTest) runs(t *testing.T) *scsRan {
	t.Helper()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	before := v.stored()
	fields := append([]string{"card", tt.card, "predict", tt.card + ":" + tt.right}, tt.fields...)
	location := v.done(tt.path, fields...).Header.Get("Location")
	if _, place, _ := strings.Cut(location, "#"); place != tt.card {
		t.Errorf("it leads to %s", location)
	}
	page := v.get(location)
	wantVerdict(t, page, "Correct.")
	wantText(t, page, tt.says...)
	wantText(t, page, "<b>Django:</b>", `<ol class="seq">`)
	v.untouched(before)

	ran := tl.lastSCS(v.token(), tt.card)
	if ran == nil {
		t.Fatal("the run found out nothing")
	}
	for i := 0; i < len(tt.lines); i += 2 {
		if got := ran.came(tt.lines[i]); got != tt.lines[i+1] {
			t.Errorf("%s: %s, want %s", tt.lines[i], got, tt.lines[i+1])
		}
	}
	if len(ran.Lines) != len(tt.lines)/2 {
		t.Errorf("%d lines, want %d: %v", len(ran.Lines), len(tt.lines)/2, ran.Lines)
	}
	tt.judges(t)
	return ran
}

// lastSCS is what the session's last run of the card found out.
func (tl *testLab) lastSCS(token, card string) *scsRan {
	tl.t.Helper()
	history := tl.exchanges(token)
	i := slices.IndexFunc(history, func(x *xray.Exchange) bool { return ranSCS(x, card) != nil })
	if i < 0 {
		return nil
	}
	return ranSCS(history[i], card)
}

// judges checks that a wrong prediction is told so, and that it runs as well without a session.
func (tt scsTest) judges(t *testing.T) {
	t.Helper()
	card, _, err := cardNamed(tt.card)
	if err != nil {
		t.Fatal(err)
	}
	wrong := card.Options[0].ID
	if wrong == tt.right {
		wrong = card.Options[1].ID
	}
	v := newLabOn(t, "memory:").visitor()
	page := v.run(tt.path, append([]string{"card", tt.card, "predict", tt.card + ":" + wrong}, tt.fields...)...)
	wantVerdict(t, page, "Not this time.")
	if v.token() != "" {
		t.Error("a session was made")
	}
}

// steps are what happened in an exchange, as in "Find yes, readAge, Commit".
func steps(x *xray.Exchange) string {
	var list []string
	for _, s := range x.Steps {
		switch s.Kind {
		case xray.Code:
			list = append(list, s.Name)
		case xray.Find:
			list = append(list, fmt.Sprintf("Find %v", s.Found))
		default:
			list = append(list, s.Kind.String())
		}
	}
	return strings.Join(list, ", ")
}
