package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
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
	if !strings.Contains(page.Body, "3 rows, 1 of those below expired.") {
		t.Error("the totals are wrong")
	}
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
	if strings.Contains(page.Body, ">this is you<") || !strings.Contains(page.Body, "1 row.") {
		t.Error("a visitor without a session has a row, or the count is wrong")
	}
	if rows := lab.rows(); rows != 1 {
		t.Errorf("%d rows after reading, want 1", rows)
	}
}

func TestSessionsCount(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	v := lab.visitor()
	if got := v.get("/sessions").results(); got != nil {
		t.Errorf("results = %q without asking", got)
	}
	for range 3 { // a client without a jar is a new visitor each time
		lab.visitor().run("/set", "key", "visitor", "value", "curl")
	}
	v.run("/set", "key", "a", "value", "b")
	v.run("/set", "key", "a", "value", "c") // the same browser, the same row
	if got := v.get("/sessions?count=rows").results(); len(got) != 1 || got[0] != "4" {
		t.Errorf("count = %q, want 4", got)
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
	if n := strings.Count(page.Body, ">somebody else<"); n != 50 {
		t.Errorf("%d rows, want one page of 50", n)
	}
	for _, want := range []string{"61 rows", "only the first 50 are shown", "Yours is further down."} {
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
