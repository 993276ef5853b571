package handlers

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionlab/handlers/view"
)

func TestCycleKeyMovesTheSession(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	clock := tl.clockAt(time.Now())
	v, thief := tl.visitor(), tl.visitor()
	v.post("/set", "key", "fname", "value", "Aman")
	v.post("/set", "key", "age", "value", "31", "type", "int")
	before, old := v.internals(), v.token()
	thief.setToken(old)

	clock.forward(100 * time.Second)
	a := v.post("/cycle-key", "predict", "cycle-key:nothing")
	if a.Status != http.StatusSeeOther {
		t.Fatalf("cycle = %d\n%s", a.Status, a.Body)
	}
	raw := a.Header.Get("Set-Cookie")
	for _, want := range []string{"sessionname=" + v.token() + "; ", "Path=/", "Max-Age=400", "HttpOnly",
		"SameSite=Lax"} {
		if !strings.Contains(raw, want) {
			t.Errorf("Set-Cookie %q lacks %q", raw, want)
		}
	}
	if v.token() == old || v.token() == "" || view.Alike(v.token(), old) || tl.rows() != 1 {
		t.Errorf("token %q, was %q; %d rows", v.token(), old, tl.rows())
	}
	after := v.internals()
	if !slices.Equal(after.Session.Values, before.Session.Values) {
		t.Errorf("values = %v, were %v", after.Session.Values, before.Session.Values)
	}
	if want := clock.plus(400 * time.Second); !after.Row.Expiry.Equal(want) {
		t.Errorf("the row ends %v, want %v: 400 s from this save", after.Row.Expiry, want)
	}
	if got := stepKinds(v.recorded(a)); !slices.Equal(got, []string{"Find", "Code", "Cycle"}) {
		t.Errorf("steps = %v: the move is one step, and nothing is deleted before it", got)
	}
	page := v.get(a.Header.Get("Location"))
	for _, want := range []string{"Same values, new ID.", "Correct.", "sessionname=" + old, "moved, ",
		`<p class="moved">` + string(view.Token(old, "gone")), string(view.Token(v.token(), "")) + "</p>"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}

	// The other browser, with the old id.
	if thief.internals().Session.Exists {
		t.Error("the old token still opens a session")
	}
	if a := thief.get("/items"); a.Status != http.StatusOK || a.results()[0] != "dict_keys([])" ||
		a.Header.Get("Set-Cookie") != deletion {
		t.Errorf("with the old token: %d %v %q", a.Status, a.results(), a.Header.Get("Set-Cookie"))
	}
	thief.setToken(old)
	thief.post("/set", "key", "x", "value", "y")
	if thief.token() == old || thief.token() == v.token() {
		t.Error("the old token was adopted, or the new one handed out")
	}
}

func TestCycleKeyKeepsTheAge(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	now := time.Now().Truncate(time.Second)
	clock := tl.clockAt(now)
	moment := now.Add(3000 * time.Second).UTC().Format(time.RFC3339)
	for _, tt := range []struct {
		name   string
		fields []string
		maxAge int           // 0 for none
		left   time.Duration // from the cycle, 7 s after set_expiry
		closes bool
	}{
		{"the default", []string{"seconds", ""}, 400, 400 * time.Second, false},
		{"seconds", []string{"seconds", "300"}, 300, 300 * time.Second, false},
		{"longer than the default", []string{"seconds", "5000"}, 5000, 5000 * time.Second, false},
		{"at browser close", []string{"seconds", "0"}, 0, 400 * time.Second, true},
		{"a fixed moment", []string{"at", moment}, 2993, 2993 * time.Second, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			clock.ms.Store(now.UnixMilli())
			v.post("/set", "key", "fname", "value", "Aman")
			v.post("/expiry", tt.fields...)
			before := v.values()
			clock.forward(7 * time.Second)
			a := v.post("/cycle-key")
			c := a.setCookie()
			if c == nil || c.MaxAge != tt.maxAge || c.Expires.IsZero() != (tt.maxAge == 0) {
				t.Errorf("cookie = %v, want Max-Age %d", c, tt.maxAge)
			}
			got := v.internals()
			if want := clock.plus(tt.left); !got.Row.Expiry.Equal(want) {
				t.Errorf("the row ends %v, want %v", got.Row.Expiry, want)
			}
			if got.Session.ExpireAtBrowserClose != tt.closes || v.values()[expiryKey] != before[expiryKey] {
				t.Errorf("session = %+v, its expiry was %v", got.Session, before[expiryKey])
			}
		})
	}
}

func TestCycleKeyWithoutASessionMakesAnEmptyOne(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for name, token := range map[string]string{
		"no cookie":                   "",
		"a cookie that names nothing": "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY3",
	} {
		t.Run(name, func(t *testing.T) {
			tl := lab.in(t)
			v := tl.visitor()
			rows := tl.rows()
			if token != "" {
				v.setToken(token)
			}
			page := v.run("/cycle-key", "predict", "cycle-key:nothing")
			got := v.internals()
			if !got.Session.Exists || len(got.Session.Values) != 0 || got.Session.IsEmpty || v.token() == token ||
				tl.rows() != rows+1 {
				t.Errorf("session = %+v, %d rows", got.Session, tl.rows())
			}
			if !strings.Contains(page.Body, "Not judged yet.") {
				t.Error("there was no old id, so the prediction cannot be judged")
			}
		})
	}
}

func TestCycleKeyOfDamagedDataGivesAnEmptySession(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.post("/set", "key", "fname", "value", "Aman")
	old := v.token()
	tl.sql("UPDATE sessions SET data = x'00'")
	if a := v.post("/cycle-key"); a.Status != http.StatusSeeOther || v.token() == old || len(v.values()) != 0 ||
		tl.rows() != 1 {
		t.Errorf("cycle = %d, values %v, %d rows", a.Status, v.values(), tl.rows())
	}
}

func TestCycleKeyTakesTheHistoryAlong(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v, thief := tl.visitor(), tl.visitor()
	set := v.post("/set", "key", "fname", "value", "Aman")
	thief.setToken(v.token())
	v.post("/cycle-key")
	if page := v.get(set.Header.Get("Location")); strings.Contains(page.Body, "not kept here any more") {
		t.Error("the exchange from before the cycle is lost to its visitor")
	}
	if page := thief.get(set.Header.Get("Location")); strings.Contains(page.Body, "Aman&#34;") ||
		!strings.Contains(page.Body, "not kept here any more") {
		t.Error("whoever holds the old id sees the exchange from before the cycle")
	}
}

func TestTwoCyclesAtOnceLeaveOneSession(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v, tab := tl.visitor(), tl.visitor()
	v.post("/set", "key", "fname", "value", "Aman")
	tab.setToken(v.token())
	var won state
	a := v.interrupted(tl.cycleKey, func() {
		tab.post("/cycle-key")
		won = tab.state()
	})
	if a.Status != http.StatusBadRequest || a.Header.Get("Set-Cookie") != "" {
		t.Errorf("the second cycle = %d %q, want 400 without a cookie", a.Status, a.Header.Get("Set-Cookie"))
	}
	if tab.state() != won || tl.rows() != 1 || tab.values()["fname"] != "Aman" {
		t.Errorf("the winner's session = %+v %v, was %+v", tab.state(), tab.values(), won)
	}
}

// Requests that come after the first cycle find the old id dead and get empty sessions of their own;
// the values exist once, and under one token.
func TestManyCyclesAtOnceNeverDoubleTheValues(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	first := tl.visitor()
	first.post("/set", "key", "fname", "value", "Aman")
	token := first.token()

	visitors := make([]*visitor, 8)
	statuses := make([]int, len(visitors))
	var wg sync.WaitGroup
	for i := range visitors {
		visitors[i] = tl.visitor()
		visitors[i].setToken(token)
		wg.Go(func() { statuses[i] = visitors[i].post("/cycle-key").Status })
	}
	wg.Wait()

	owners := 0
	for i, v := range visitors {
		if statuses[i] != http.StatusSeeOther && statuses[i] != http.StatusBadRequest {
			t.Errorf("a cycle = %d, want 303 or 400", statuses[i])
		}
		if v.values()["fname"] == "Aman" {
			owners++
		}
	}
	if owners != 1 || first.internals().Session.Exists {
		t.Errorf("%d visitors hold the values, want 1; the old token opens a session: %v", owners,
			first.internals().Session.Exists)
	}
}

func TestCycleKeyPredictions(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for option, verdict := range map[string]string{"nothing": "Correct.", "values": "Not this time.",
		"new": "Not this time.", "refused": "Not this time."} {
		t.Run(option, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			v.post("/set", "key", "fname", "value", "Aman")
			if page := v.run("/cycle-key", "predict", "cycle-key:"+option); !strings.Contains(page.Body, verdict) {
				t.Errorf("the page does not say %q", verdict)
			}
		})
	}
}
