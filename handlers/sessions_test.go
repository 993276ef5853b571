package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/view"
)

func TestSessionsMasksOthers(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	me, other, expired := lab.visitor(), lab.visitor(), lab.visitor()
	me.run("/set", "key", "fname", "value", "Aman")
	other.run("/set", "key", "secret", "value", "hidden treasure")
	expired.run("/set", "key", "old", "value", "long gone")
	lab.sql("UPDATE sessions SET expiry = julianday('now', '-1 minute') WHERE token = ?", expired.token())

	page := me.get("/sessions")
	if page.Status != http.StatusOK || page.setCookie() != nil {
		t.Errorf("page = %d with cookie %v", page.Status, page.setCookie())
	}
	for _, token := range []string{other.token(), expired.token()} {
		if strings.Contains(page.Body, token) {
			t.Errorf("the whole token %s is on another visitor's page", token)
		}
		if !strings.Contains(page.Body, token[:4]+"…"+token[len(token)-4:]) {
			t.Errorf("the masked token of %s is missing", token)
		}
	}
	for _, private := range []string{"hidden treasure", "long gone", "secret"} {
		if strings.Contains(page.Body, private) {
			t.Errorf("the page shows %q of somebody else", private)
		}
	}
	for what, n := range map[string]int{"this is you": 1, "somebody else": 1, "expired, not swept yet": 1} {
		if got := strings.Count(page.Body, ">"+what+"<"); got != n {
			t.Errorf("%q stands there %d times, want %d", what, got, n)
		}
	}
	wantText(t, page, "3 rows. One of them is yours.")
	if rows := lab.rows(); rows != 3 {
		t.Errorf("looking left %d rows, want 3", rows)
	}
}

func TestSessionsWithoutASession(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	v := lab.visitor()
	if page := v.get("/sessions"); !strings.Contains(page.Body, "The table is empty.") ||
		page.setCookie() != nil {
		t.Error("an empty table is not said to be empty, or looking sent a cookie")
	}
	lab.visitor().run("/set", "key", "a", "value", "b")
	page := v.get("/sessions")
	if strings.Contains(page.Body, ">this is you<") {
		t.Error("a visitor without a session has a row")
	}
	wantText(t, page, "1 row. None of them is yours.")
	if rows := lab.rows(); rows != 1 {
		t.Errorf("%d rows after reading, want 1", rows)
	}
}

// Each request without a cookie is a new visitor: three rows, that no browser holds.
func TestSessionsComesWithoutACookie(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v, other := tl.visitor(), tl.visitor()
	other.run("/set", "key", "a", "value", "b")
	v.run("/set", "key", "a", "value", "b")
	mine := v.internals().Row
	visits := v.post("/sessions/visits", "predict", "sessions:three")
	if visits.setCookie() != nil || tl.rows() != 5 {
		t.Errorf("Set-Cookie %v, %d rows; want none, and three more", visits.setCookie(), tl.rows())
	}
	page := v.get(visits.Header.Get("Location"))
	wantVerdict(t, page, "Correct.")
	wantText(t, page, "3 rows added. None of them is yours.", "rows 2 → 5")
	for what, n := range map[string]int{"this is you": 1, "somebody else": 1,
		"new: it came without a cookie": 3} {
		if got := strings.Count(page.Body, ">"+what+"<"); got != n {
			t.Errorf("%q stands there %d times, want %d", what, got, n)
		}
	}
	if got := v.internals().Row; string(got.Data) != string(mine.Data) || !got.Expiry.Equal(mine.Expiry) {
		t.Error("my own row was touched")
	}
	wantText(t, v.get("/sessions"), "5 rows. One of them is yours.")
	if strings.Contains(v.get("/sessions").Body, "new: it came") {
		t.Error("a later visit still calls the rows new")
	}
	for guess, want := range map[string]string{"none": "Not this time.", "one": "Not this time."} {
		wantVerdict(t, v.run("/sessions/visits", "predict", "sessions:"+guess), want)
	}
}

// Nobody holds their IDs, and no page has one whole.
func TestSessionsOfStrangersAreMasked(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	page := v.run("/sessions/visits")
	rows, _, err := tl.engine.Rows(t.Context(), 10)
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	main, _, _ := strings.Cut(page.Body, `id="xray"`)
	for _, row := range rows {
		if strings.Contains(main, row.Token) {
			t.Errorf("the whole ID %s is in the lesson", row.Token)
		}
		if !strings.Contains(main, view.Bars(row.Token)) {
			t.Errorf("the picture of %s is not that of the panel", row.Token)
		}
	}
}

// Where the session is the cookie, no row is made.
func TestSessionsWithoutACookieWhereNothingIsKept(t *testing.T) {
	t.Parallel()
	v := newCookieLab(t).visitor()
	v.run("/set", "key", "a", "value", "b")
	before := v.token()
	page := v.run("/sessions/visits", "predict", "sessions:none")
	wantVerdict(t, page, "Correct.")
	wantText(t, page, ">No row added.<", "rows 0 → 0", "forgot them")
	wantText(t, v.get("/sessions"), "This store has no table.")
	if v.token() != before {
		t.Error("the visitor's own cookie was written")
	}
}

func TestSessionsShowsOnePage(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	v := lab.visitor()
	v.run("/expiry", "seconds", "10") // my row ends first, so it comes last
	data := v.internals().Row.Data
	for i := range 60 {
		lab.sql("INSERT INTO sessions (token, data, expiry) VALUES (?, ?, julianday('now', '+1 hour'))",
			fmt.Sprintf("%043d", i), data)
	}
	page := v.get("/sessions")
	if n := strings.Count(page.Body, ">somebody else<"); n != 20 {
		t.Errorf("%d rows, want one page of 20", n)
	}
	for _, want := range []string{"61 rows. One of them is yours. It is further down.",
		"The first 20 are listed.", "15 more rows"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestSessionsSurvivesOddRows(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	lab.sql("INSERT INTO sessions (token, data, expiry) VALUES ('short', x'00', julianday('now', '+1 " +
		"hour')), ('<b>" + strings.Repeat("x", 40) + "', x'ff', 1)")
	page := lab.visitor().get("/sessions")
	if page.Status != http.StatusOK || strings.Contains(page.Body, "<b>x") ||
		strings.Contains(page.Body, ">short<") {
		t.Errorf("page = %d, or a foreign row is shown as it is", page.Status)
	}
}

func TestEndOf(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.Local)
	for _, tt := range []struct {
		at   time.Time
		want string
	}{
		{now.Add(400 * time.Second), "12:06:40"},
		{now.Add(24 * time.Hour), "23 Nov 2026, 12:00:00"},
		{now.AddDate(1, 0, 0), "22 Nov 2027, 12:00:00"},
	} {
		if got := endOf(tt.at, now); got != tt.want {
			t.Errorf("endOf(%v) = %q, want %q", tt.at, got, tt.want)
		}
	}
}
