package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/python"
)

// TestExpiryGetters: the answers of Django's four getters, which are no countdown, stand on the page
// exactly, in the order of the notes.
func TestExpiryGetters(t *testing.T) {
	t.Parallel()
	tl, start := newClockLab(t)
	date := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	fixed := start.Truncate(time.Second).Add(200 * time.Second)
	for _, tt := range []struct {
		name string
		set  []string // form for /expiry; nil for a visitor without a session
		want func(now time.Time) []string
	}{
		{"no session", nil, func(now time.Time) []string {
			return []string{"400", "400", date(now.Add(400 * time.Second)), "False"}
		}},
		{"seconds", []string{"seconds", "100"}, func(now time.Time) []string {
			return []string{"400", "100", date(now.Add(100 * time.Second)), "False"}
		}},
		{"browser close", []string{"seconds", "0"},
			func(now time.Time) []string { return []string{"400", "400", date(now.Add(400 * time.Second)), "True"} }},
		{"a moment", []string{"at", date(fixed)}, func(now time.Time) []string {
			return []string{"400", fmt.Sprint(int(fixed.Sub(now).Round(time.Second).Seconds())), date(fixed), "False"}
		}},
	} {
		v := tl.visitor()
		tl.at(start)
		if tt.set != nil {
			v.run("/expiry", tt.set...)
		}
		for _, later := range []time.Duration{0, 3 * time.Second} {
			now := start.Add(later)
			tl.at(now)
			page, want := v.get("/expiry"), tt.want(now)
			got := page.results() // behind that of what was asked before
			if got = got[max(0, len(got)-4):]; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s, after %v: results = %v, want %v", tt.name, later, got, want)
			}
			i := v.internals()
			if got := []string{fmt.Sprint(i.Session.CookieAge), fmt.Sprint(i.Session.ExpiryAge),
				date(i.Session.ExpiryDate),
				python.Str(i.Session.ExpireAtBrowserClose)}; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s, after %v: internals = %v, want %v", tt.name, later, got, want)
			}
			for n, call := range []string{"get_session_cookie_age", "get_expiry_age", "get_expiry_date",
				"get_expire_at_browser_close"} {
				got := v.get("/expiry?card=expiry-getter&ask=" + call).results()
				if len(got) != 5 || got[0] != want[n] {
					t.Errorf("%s, after %v: ask=%s = %v, want %s first", tt.name, later, call, got, want[n])
				}
			}
		}
	}
	if a := tl.visitor().get("/expiry?ask=flush"); a.Status != http.StatusBadRequest {
		t.Errorf("an unknown getter = %d, want 400", a.Status)
	}
}

func TestExpiryPageShowsTheRealEnd(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	v := tl.visitor()
	if page := v.get("/expiry"); strings.Contains(page.Body, "data-end=") {
		t.Error("a visitor without a session has a clock")
	}
	v.run("/expiry", "seconds", "100")
	tl.at(now.Add(30 * time.Second))
	page := v.get("/expiry").Body
	end := v.internals().Row.Expiry
	for _, want := range []string{
		`data-end="` + fmt.Sprint(end.UnixMilli()) + `" data-now="` +
			fmt.Sprint(now.Add(30*time.Second).UnixMilli()) + `"`,
		"<b>70</b> seconds left", end.UTC().Format(time.RFC3339),
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
