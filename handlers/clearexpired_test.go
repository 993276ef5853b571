package handlers

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/engine/enginetest"
)

// plant has the visitor put four rows in, and moves the server's clock to a moment at which they have
// expired.
func (tl *testLab) plant(v *visitor) {
	v.run("/clear-expired/plant")
	tl.at(time.Now().Add(time.Minute))
}

func TestPlantedRowsLieUntilTheyAreCleared(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	mine := v.internals().Row

	plant := v.post("/clear-expired/plant", "prepare", "clear-expired")
	if plant.setCookie() != nil || tl.rows() != 5 {
		t.Errorf("plant: Set-Cookie %v, %d rows; want none, and four more", plant.setCookie(), tl.rows())
	}
	tl.at(time.Now().Add(time.Minute))
	page := v.get(plant.Header.Get("Location"))
	if n := strings.Count(page.Body, `<tr class="over"`); n != 4 {
		t.Errorf("the table has %d expired rows, want 4", n)
	}
	wantText(t, page, "The table has 4.", `found by nobody: <span data-lost="0">4</span>`)
	if card, _, _ := strings.Cut(page.Body, "The same thing in code"); strings.Contains(card, "forgotten") {
		t.Error("the page shows what an expired row holds")
	}

	clear := v.post("/clear-expired")
	if clear.setCookie() != nil || tl.rows() != 1 {
		t.Errorf("clear: Set-Cookie %v, %d rows; want none, and my own", clear.setCookie(), tl.rows())
	}
	wantText(t, v.get(clear.Header.Get("Location")), "4 rows removed. Yours was not touched.", "rows 5 → 1")
	if got := v.internals().Row; string(got.Data) != string(mine.Data) || !got.Expiry.Equal(mine.Expiry) ||
		got.Token != mine.Token {
		t.Error("my own row was touched")
	}
	wantText(t, v.run("/clear-expired"), "No row was removed. Yours was not touched.")
}

// Nobody's history has a preparation that was made without a session.
func TestPlantingKeepsThePredictionOfAVisitorWithoutASession(t *testing.T) {
	t.Parallel()
	page := newLab(t).visitor().run("/clear-expired/plant", "prepare", "clear-expired",
		"predict", "clear-expired:lying")
	wantText(t, page, `value="clear-expired:lying" checked`, "Run it, and what happened appears here.")
}

// One sees them expire: each has its time, and the page tells it.
func TestPlantedRowsExpireOneAfterTheOther(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	v := tl.visitor()
	v.run("/clear-expired/plant")
	for after, want := range map[time.Duration][]string{
		0:                       {"alive, 2 s left", "alive, 5 s left", "alive, 8 s left", "alive, 14 s left"},
		6 * time.Second:         {"expired 4 s ago, still here", "expired 1 s ago, still here", "alive, 2 s left"},
		8*time.Second + 1:       {"expired 1 s ago, still here", "alive, 6 s left"},
		10 * time.Minute:        {"expired 9 min ago, still here"},
		2 * time.Hour:           {">expired, still here<"},
		-time.Duration(1 << 40): {">alive<"},
	} {
		tl.at(now.Add(after))
		wantText(t, v.get("/clear-expired"), want...)
	}
}

// What a sweep took stays on its own page, struck through, and is on no other.
func TestSweptRowsStayOnThePageOfTheirSweep(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v, other := tl.visitor(), tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	tl.plant(v)
	clear := v.post("/clear-expired")
	const swept, says = `<tr class="swept"`, ">deleted by this sweep<"
	page := v.get(clear.Header.Get("Location"))
	if n, m := strings.Count(page.Body, swept), strings.Count(page.Body, says); n != 4 || m != 4 {
		t.Errorf("%d rows are swept, %d say so; want 4", n, m)
	}
	for who, page := range map[string]answer{"the next visit": v.get("/clear-expired"),
		"somebody else": other.get(clear.Header.Get("Location"))} {
		if strings.Contains(page.Body, swept) {
			t.Errorf("%s shows a swept row", who)
		}
	}
	wantText(t, v.get("/clear-expired"), "4 rows removed. Yours was not touched.")
	wantText(t, page, "Your own row was not written. Its end stays where it is.", "removed 4 rows")
}

// Two sweeps share what has expired: no page claims a row that may be the other's.
func TestSweepThatIsNotAloneClaimsNoRow(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	tl.plant(v)
	tl.engine.Engine = &beforehand{Engine: tl.engine.Engine, do: func() {
		tl.sql("DELETE FROM sessions WHERE token != ? AND rowid = (SELECT max(rowid) FROM sessions)", v.token())
	}}
	page := v.run("/clear-expired")
	wantText(t, page, "3 rows removed. Yours was not touched.", "rows 5 → 1")
	if strings.Contains(page.Body, "deleted by this sweep") {
		t.Error("the page claims rows, and one of them was removed by somebody else")
	}
}

// beforehand is an engine where something else happens just before a sweep.
type beforehand struct {
	engine.Engine
	do func()
}

func (b *beforehand) DeleteExpired(ctx context.Context, t time.Time) (int, error) {
	b.do()
	return b.Engine.DeleteExpired(ctx, t)
}

func TestClearExpiredRemovesWhoeverExpiredAndNobodyElse(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	me, other, dead := tl.visitor(), tl.visitor(), tl.visitor()
	for _, v := range []*visitor{me, other, dead} {
		v.run("/set", "key", "k", "value", "v")
	}
	tl.expire(dead.token())
	wantText(t, me.run("/clear-expired"), "1 row removed. Yours was not touched.")
	if !me.internals().Session.Exists || !other.internals().Session.Exists || tl.rows() != 2 {
		t.Error("a living session was removed")
	}
}

func TestClearExpiredNeedsNoSessionAndMakesNone(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	if a := v.post("/clear-expired/plant"); a.Status != http.StatusSeeOther || a.setCookie() != nil ||
		tl.rows() != 4 {
		t.Errorf("plant = %d, Set-Cookie %v, %d rows", a.Status, a.setCookie(), tl.rows())
	}
	tl.at(time.Now().Add(time.Minute))
	page := v.run("/clear-expired")
	if v.token() != "" || tl.rows() != 0 {
		t.Errorf("token %q, %d rows; want none", v.token(), tl.rows())
	}
	wantText(t, page, ">4 rows removed.<", "deleted by this sweep")
	wantText(t, v.get("/clear-expired"), "The store is empty.", "The table has none.")
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
	tl.sql("UPDATE sessions SET expiry = julianday('now', '-1 minute')")
	tl.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
INSERT INTO sessions SELECT 'living' || i, 'data', julianday('now', '+1 hour') FROM n`)
	page := me.get("/clear-expired").Body
	if strings.Contains(page, "The table has none") || !strings.Contains(page, "This page looks no further") {
		t.Error("the page says that no row has expired, and four have")
	}
	wantText(t, me.run("/clear-expired"), "4 rows removed.")
	if page := me.get("/clear-expired").Body; !strings.Contains(page, "The table has none.") {
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
	for range 6 {
		me.run("/clear-expired/plant")
	}
	tl.at(time.Now().Add(time.Minute))
	page := me.get("/clear-expired")
	if got := strings.Count(page.Body, `<tr class="over"`); got != 20 {
		t.Errorf("%d expired rows are shown, want the first 20 of 24", got)
	}
	if got := strings.Count(page.Body, ">alive<"); got != 5 {
		t.Errorf("%d living rows are shown, want 5 of 12", got)
	}
	wantText(t, page, "your session", "21 more rows", "37 rows, 11 of them not shown",
		`<span data-lost="4">24</span>`)
	for _, token := range tokens {
		if strings.Contains(page.Body, token) {
			t.Fatal("the page shows another visitor's session ID")
		}
	}
	swept := me.run("/clear-expired")
	wantText(t, swept, "24 rows removed. Yours was not touched.", "rows 37 → 13")
	if got := strings.Count(swept.Body, ">deleted by this sweep<"); got != 20 {
		t.Errorf("%d swept rows are shown, want those 20 that were on the page", got)
	}
}

func TestClearExpiredFollowsTheServersClock(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.visitor().run("/set", "key", "k", "value", "v")
	tl.at(time.Now().Add(time.Hour))
	wantText(t, tl.visitor().run("/clear-expired"), ">1 row removed.<")
}

// TestClearExpiredWhereNothingLies: the page offers nothing that cannot be done, and says why.
func TestClearExpiredWhereNothingLies(t *testing.T) {
	t.Parallel()
	v := newLabOn(t, "cookie:").visitor()
	page := v.get("/clear-expired")
	wantText(t, page, "On this server a session is the cookie itself. So none lies about after its end.",
		"Where are its values?")
	if strings.Contains(page.Body, `action="/clear-expired/plant`) || strings.Contains(page.Body, ">Needs<") {
		t.Error("the page offers to plant rows")
	}
	if a := v.post("/clear-expired/plant"); a.Status != http.StatusConflict {
		t.Errorf("planting = %d, want 409", a.Status)
	}
	page = v.run("/clear-expired", "predict", "clear-expired:browser")
	wantVerdict(t, page, "Correct.")
	wantText(t, page, "No row was removed.", "The session was the cookie itself")
}

// A store that removes what has expired by itself has another answer.
func TestClearExpiredWhereTheStoreDeletes(t *testing.T) {
	t.Parallel()
	v := newLabOn(t, enginetest.Stores(t, "redis")(t)).visitor()
	page := v.run("/clear-expired", "predict", "clear-expired:deleted")
	wantVerdict(t, page, "Correct.")
	wantText(t, page, "No row was removed.", "This store deletes each session by itself")
}

func TestClearExpiredPrediction(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, guess, want string
		plant             bool
	}{
		{"the row lies there", "lying", "Correct.", true},
		{"the store does not delete it", "deleted", "Not this time.", true},
		{"the browser does not", "browser", "Not this time.", true},
		{"nothing to sweep cannot tell", "lying", "Not judged yet.", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			v := tl.visitor()
			if tt.plant {
				tl.plant(v)
			}
			wantVerdict(t, v.run("/clear-expired", "predict", "clear-expired:"+tt.guess), tt.want)
		})
	}
}
