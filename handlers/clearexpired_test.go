package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestPlantedRowsLieUntilTheyAreCleared(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	mine := v.internals().Row

	plant := v.post("/clear-expired/plant")
	if plant.setCookie() != nil || tl.rows() != 4 {
		t.Errorf("plant: Set-Cookie %v, %d rows; want none, and three more", plant.setCookie(), tl.rows())
	}
	page := v.get(plant.Header.Get("Location"))
	if n := strings.Count(page.Body, `<tr class="over">`); n != 3 ||
		!strings.Contains(page.Body, "3 of the rows below have expired") {
		t.Errorf("the table has %d expired rows, want 3", n)
	}
	if strings.Contains(page.Body, "forgotten visitor 1") {
		t.Error("the page shows what an expired row holds")
	}

	clear := v.post("/clear-expired")
	if clear.setCookie() != nil || tl.rows() != 1 {
		t.Errorf("clear: Set-Cookie %v, %d rows; want none, and my own", clear.setCookie(), tl.rows())
	}
	page = v.get(clear.Header.Get("Location"))
	if got := page.results(); len(got) != 1 || got[0] != "3" {
		t.Errorf("results = %v, want the number of removed rows", got)
	}
	if strings.Contains(page.Body, `<tr class="over">`) {
		t.Error("the table still has an expired row")
	}
	if got := v.internals().Row; string(got.Data) != string(mine.Data) || !got.Expiry.Equal(mine.Expiry) ||
		got.Token != mine.Token {
		t.Error("my own row was touched")
	}
	if got := v.run("/clear-expired").results(); len(got) != 1 || got[0] != "0" {
		t.Errorf("results of a second sweep = %v, want 0", got)
	}
}

func TestClearExpiredRemovesWhoeverExpiredAndNobodyElse(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	me, other, dead := tl.visitor(), tl.visitor(), tl.visitor()
	for _, v := range []*visitor{me, other, dead} {
		v.run("/set", "key", "k", "value", "v")
	}
	tl.expire(dead.token())
	if got := me.run("/clear-expired").results(); len(got) != 1 || got[0] != "1" {
		t.Errorf("results = %v, want 1", got)
	}
	if !me.internals().Session.Exists || !other.internals().Session.Exists || tl.rows() != 2 {
		t.Error("a living session was removed")
	}
}

func TestClearExpiredNeedsNoSessionAndMakesNone(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	if a := v.post("/clear-expired/plant"); a.Status != http.StatusSeeOther || a.setCookie() != nil ||
		tl.rows() != 3 {
		t.Errorf("plant = %d, Set-Cookie %v, %d rows", a.Status, a.setCookie(), tl.rows())
	}
	page := v.run("/clear-expired")
	if got := page.results(); len(got) != 1 || got[0] != "3" || v.token() != "" || tl.rows() != 0 {
		t.Errorf("results = %v, token %q, %d rows; want 3, none, none", got, v.token(), tl.rows())
	}
	if !strings.Contains(page.Body, "The store is empty.") {
		t.Error("the page does not say that the store is empty")
	}
}

// TestClearExpiredTakesMyOwnExpiredRow: the notes' "does not affect the current user" ends where the
// current user's row has expired itself.
func TestClearExpiredTakesMyOwnExpiredRow(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	tl.expire(v.token())
	a := v.post("/clear-expired")
	if c := a.setCookie(); c == nil || c.MaxAge != -1 || tl.rows() != 0 {
		t.Errorf("Set-Cookie = %v, %d rows; want the cookie deleted and no row", c, tl.rows())
	}
}

// With more living rows than the page looks at, it does not say that there is no expired one.
func TestClearExpiredDoesNotSpeakOfRowsItDidNotSee(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	me := tl.visitor()
	me.run("/clear-expired/plant")
	tl.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
INSERT INTO sessions SELECT 'living' || i, 'data', julianday('now', '+1 hour') FROM n`)
	page := me.get("/clear-expired").Body
	if strings.Contains(page, "No expired row") || !strings.Contains(page, "this page looks no further") {
		t.Error("the page says that no row has expired, and three have")
	}
	tl.sql("DELETE FROM sessions WHERE token NOT LIKE 'living%'")
	if page := me.get("/clear-expired").Body; !strings.Contains(page, "No expired row lies in the store now") {
		t.Error("the page has looked at all rows, and does not say that none has expired")
	}
}

// TestClearExpiredTableShowsTheDeadOfAFullClass: many living sessions do not crowd out the expired
// ones, and nobody's token is shown whole but one's own.
func TestClearExpiredTableShowsTheDeadOfAFullClass(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	me := tl.visitor()
	me.run("/set", "key", "k", "value", "v")
	var tokens []string
	for range 12 {
		v := tl.visitor()
		v.run("/expiry", "seconds", "1000")
		tokens = append(tokens, v.token())
	}
	for range 8 {
		me.run("/clear-expired/plant")
	}
	page := me.get("/clear-expired").Body
	if got := strings.Count(page, `<tr class="over">`); got != 20 {
		t.Errorf("%d expired rows are shown, want the first 20 of 24", got)
	}
	if got := strings.Count(page, ">alive<"); got != 5 {
		t.Errorf("%d living rows are shown, want 5 of 12", got)
	}
	if !strings.Contains(page, "your session") ||
		!strings.Contains(page, "37 rows in the store, 11 of them not shown") {
		t.Error("my own row, or the count, is missing")
	}
	for _, token := range tokens {
		if strings.Contains(page, token) {
			t.Fatal("the page shows another visitor's token")
		}
	}
}

func TestClearExpiredFollowsTheServersClock(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.visitor().run("/set", "key", "k", "value", "v")
	tl.at(time.Now().Add(time.Hour))
	if got := tl.visitor().run("/clear-expired").results(); fmt.Sprint(got) != "[1]" {
		t.Errorf("results an hour later = %v, want 1", got)
	}
}

// TestClearExpiredWhereNothingLies: the page offers nothing that cannot be done, and says why.
func TestClearExpiredWhereNothingLies(t *testing.T) {
	t.Parallel()
	v := newLabOn(t, "cookie:").visitor()
	page := v.get("/clear-expired")
	wantText(t, page, "Here a session is the cookie itself, so none lies about after its end")
	if strings.Contains(page.Body, `action="/clear-expired/plant"`) ||
		strings.Contains(page.Body, "Plant some first") {
		t.Error("the page offers to plant rows")
	}
	if a := v.post("/clear-expired/plant"); a.Status != http.StatusConflict {
		t.Errorf("planting = %d, want 409", a.Status)
	}
	if got := v.run("/clear-expired").results(); fmt.Sprint(got) != "[0]" {
		t.Errorf("results = %v, want 0", got)
	}
}

func TestClearExpiredPrediction(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for _, tt := range []struct {
		name, guess, want string
		plant             bool
	}{
		{"the row lies there", "lying", "Correct.", true},
		{"the store does not delete it", "deleted", "Not this time.", true},
		{"nothing to sweep cannot tell", "lying", "Not judged yet.", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := lab.in(t).visitor()
			if tt.plant {
				v.run("/clear-expired/plant")
			}
			page := v.run("/clear-expired", "predict", "clear-expired:"+tt.guess).Body
			if !strings.Contains(page, tt.want) {
				t.Errorf("the verdict is not %q", tt.want)
			}
		})
	}
}
