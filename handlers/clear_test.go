package handlers

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestClearKeepsTheTokenAndRestartsTheClock(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	clock := tl.clockAt(time.Now())
	for _, tt := range []struct {
		name    string
		prepare func(v *visitor)
	}{
		{"values", func(v *visitor) { v.post("/set", "key", "fname", "value", "Aman") }},
		{"values and the test cookie", func(v *visitor) {
			v.post("/set", "key", "fname", "value", "Aman")
			v.post("/test-cookie/set")
		}},
		{"an expiry of its own", func(v *visitor) { v.post("/expiry", "seconds", "3000") }},
		{"an end at browser close", func(v *visitor) { v.post("/expiry", "seconds", "0") }},
		{"an empty session is saved all the same", func(v *visitor) { v.post("/cycle-key") }},
		{"damaged data", func(v *visitor) {
			v.post("/set", "key", "fname", "value", "Aman")
			v.lab.sql("UPDATE sessions SET data = x'00' WHERE token = ?", v.token())
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			tt.prepare(v)
			before := v.state()
			clock.forward(10 * time.Second)

			a := v.post("/clear")
			if c := a.setCookie(); a.Status != http.StatusSeeOther || c == nil || c.Value != before.Token ||
				c.MaxAge != 400 || !c.HttpOnly || c.Path != "/" {
				t.Errorf("clear = %d, cookie %v; want 303 and the same token for 400 s", a.Status, c)
			}
			if got := stepKinds(v.recorded(a)); !slices.Equal(got, []string{"Find", "Code", "Commit"}) {
				t.Errorf("steps = %v", got)
			}
			after, got := v.state(), v.internals()
			if after.Token != before.Token || after.Rows != before.Rows || after.Stamp.Sum == before.Stamp.Sum {
				t.Errorf("state = %+v, was %+v: the row is written again under the same token", after, before)
			}
			if !got.Session.Exists || len(got.Session.Values) != 0 || got.Session.IsEmpty ||
				got.Session.ExpiryAge != 400 || got.Session.ExpireAtBrowserClose {
				t.Errorf("session = %+v, want an empty one of 400 s, with is_empty False", got.Session)
			}
			if want := clock.plus(400 * time.Second); !got.Row.Expiry.Equal(want) {
				t.Errorf("the row ends %v, want %v", got.Row.Expiry, want)
			}
		})
	}
}

func TestClearWithoutASessionDoesNothing(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for _, tt := range []struct {
		name, token, cookie string
		steps               []string
	}{
		{"no cookie", "", "", []string{"Code"}},
		{"a cookie that names nothing is deleted", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY3", deletion,
			[]string{"Find", "Code"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tl := lab.in(t)
			v := tl.visitor()
			if tt.token != "" {
				v.setToken(tt.token)
			}
			a := v.post("/clear", "predict", "clear:empty")
			if a.Status != http.StatusSeeOther || a.Header.Get("Set-Cookie") != tt.cookie || tl.rows() != 0 {
				t.Errorf("clear = %d %q with %d rows", a.Status, a.Header.Get("Set-Cookie"), tl.rows())
			}
			if got := stepKinds(v.recorded(a)); !slices.Equal(got, tt.steps) {
				t.Errorf("steps = %v, want %v", got, tt.steps)
			}
			if page := v.get(a.Header.Get("Location")); !strings.Contains(page.Body, "Not judged yet.") {
				t.Error("nothing was cleared, so the prediction cannot be judged")
			}
		})
	}
}

func TestClearLeavesACopiedCookieWorking(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v, thief := tl.visitor(), tl.visitor()
	v.post("/set", "key", "fname", "value", "Aman")
	thief.setToken(v.token())
	v.post("/clear")
	v.post("/set", "key", "fname", "value", "Amy")
	if got := thief.values()["fname"]; got != "Amy" {
		t.Errorf("with the copy: %v, want what was stored after clear", got)
	}
}

func TestClearPredictions(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for option, verdict := range map[string]string{"empty": "Correct.", "nothing": "Not this time.",
		"cookie": "Not this time.", "all": "Not this time."} {
		t.Run(option, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			v.post("/set", "key", "fname", "value", "Aman")
			page := v.run("/clear", "card", "clear", "predict", "clear:"+option)
			wantVerdict(t, page, verdict)
			wantText(t, page, "a session with values. <span class=\"is\">Used up by that run.")
		})
	}
}

func TestClearOfAnExpiryPredictions(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, tt := range []struct{ name, seconds, guess, verdict string }{
		{"right", "60", "settings", "Correct."},
		{"wrong", "60", "same", "Not this time."},
		{"wrong too", "60", "left", "Not this time."},
		{"and wrong", "60", "close", "Not this time."},
		{"another expiry", "90", "settings", "Not judged yet."},
		{"no expiry of its own", "", "settings", "Not judged yet."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			v.run("/set", "key", "fname", "value", "Aman")
			v.run("/expiry", "seconds", tt.seconds, "prepare", "clear-expiry")
			a := v.post("/clear", "card", "clear-expiry", "predict", "clear-expiry:"+tt.guess)
			if c := a.setCookie(); c == nil || c.MaxAge != 400 {
				t.Errorf("cookie = %v, want the age of the settings", c)
			}
			wantVerdict(t, v.get(a.Header.Get("Location")), tt.verdict)
		})
	}
}
