package handlers

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/limits"
)

// checkLife saves a session again and again, in every way that there is: it ends when its life is over. A
// flushed one is followed by another with a life of its own.
func checkLife(t *testing.T, tl *testLab, kind engine.Kind) {
	tl.settings.SessionLife = 1000 * time.Second
	born := time.Now().Truncate(time.Second)
	clock := tl.clockAt(born)
	v := tl.visitor()
	for _, step := range []struct {
		after  int // seconds from the birth
		path   string
		fields []string
		maxAge int
		keys   []string // besides the birth; nil for those before
	}{
		{0, "/set", []string{"key", "k", "value", "v"}, 400, []string{"k"}},
		{500, "/set", []string{"key", "k", "value", "v"}, 400, nil},
		{700, "/set", []string{"key", "k", "value", "v"}, 300, nil},
		{750, "/cycle-key", nil, 250, nil},
		{760, "/expiry", []string{"seconds", "86400"}, 240, []string{"_session_expiry", "k"}},
		{770, "/expiry", []string{"seconds", "10"}, 10, nil},
		{780, "/expiry", []string{"at", born.Add(time.Hour).UTC().Format(time.RFC3339)}, 220, nil},
		{790, "/expiry", []string{"seconds", "0"}, 0, nil},
		{800, "/clear", nil, 200, []string{}},
		{900, "/clear", nil, 100, nil},
		{950, "/modified/assign", nil, 50, []string{"cart"}},
		{999, "/set", []string{"key", "k", "value", "v"}, 1, []string{"cart", "k"}},
	} {
		clock.ms.Store(born.Add(time.Duration(step.after) * time.Second).UnixMilli())
		a := v.post(step.path, step.fields...)
		if c := a.setCookie(); c == nil || c.MaxAge != step.maxAge {
			t.Fatalf("POST %s after %d s = %d, cookie %v; want Max-Age=%d", step.path, step.after, a.Status, c,
				step.maxAge)
		}
		end := v.recorded(a).Deadline
		if most := born.Add(1000 * time.Second); end.After(most) ||
			step.maxAge > 0 && !end.Equal(clock.plus(time.Duration(step.maxAge)*time.Second)) {
			t.Errorf("POST %s after %d s: it ends %v, its life %v", step.path, step.after, end, most)
		}
		if row := v.internals().Row; row != nil && !near(row.Expiry, end) {
			t.Errorf("POST %s after %d s: the row ends %v, not %v", step.path, step.after, row.Expiry, end)
		}
		values := v.values()
		if got := values[birthKey]; got != momentText(born) {
			t.Errorf("POST %s after %d s: the birth is %v, want %v", step.path, step.after, got, born)
		}
		delete(values, birthKey)
		if got := slices.Sorted(maps.Keys(values)); step.keys != nil && !slices.Equal(got, step.keys) {
			t.Errorf("POST %s after %d s: keys %q, want %q", step.path, step.after, got, step.keys)
		}
	}
	v.run("/flush")
	a := v.post("/set", "key", "k", "value", "v")
	if got := v.values()[birthKey]; a.setCookie().MaxAge != 400 || got != momentText(clock.plus(0)) {
		t.Errorf("after a flush: Max-Age=%d, born %v", a.setCookie().MaxAge, got)
	}
}

// A session that is older than its life, because the life was made shorter, ends with the first save.
func TestLifeThatIsOver(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.holding(map[string]any{"k": "v", birthKey: momentText(tl.now().Add(-time.Hour))})
	tl.settings.SessionLife = time.Minute
	old := v.token()
	v.run("/set", "key", "k", "value", "w")
	if i := v.internals(); i.Session.Exists {
		t.Errorf("it lives on: %+v", i.Session)
	}
	v.run("/set", "key", "k", "value", "x")
	if got := v.values(); v.token() == old || len(got) != 2 || got["k"] != "x" {
		t.Errorf("the next session has the ID of the old one (%v) and holds %v", v.token() == old, got)
	}
}

// The birth of a session that has none, or something else in its place, is its next save. Without
// -session-life none is noted, and one that is there bounds nothing.
func TestBirthThatIsNone(t *testing.T) {
	t.Parallel()
	lab, now := newClockLab(t)
	for name, tt := range map[string]struct {
		life time.Duration
		born any // nil for none
		want string
		age  int
	}{
		"a session from before":         {100 * time.Second, nil, "now", 100},
		"no moment":                     {100 * time.Second, "soon", "now", 100},
		"a number":                      {100 * time.Second, 5, "now", 100},
		"a moment to come":              {100 * time.Second, "2999-01-01T00:00:00Z", "now", 100},
		"a moment of another kind":      {100 * time.Second, time.Unix(0, 0), "now", 100},
		"without a bound":               {0, nil, "", 400},
		"without a bound, a birth":      {0, "2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z", 400},
		"a life longer than its expiry": {1000 * time.Second, nil, "now", 400},
	} {
		t.Run(name, func(t *testing.T) {
			tl := lab.in(t)
			values := map[string]any{"k": "v"}
			if tt.born != nil {
				values[birthKey] = tt.born
			}
			v := tl.holding(values)
			tl.settings.SessionLife = tt.life
			if tt.want == "now" {
				tt.want = momentText(now)
			}
			if before := v.values(); tt.born == nil && len(before) != 1 {
				t.Errorf("looking noted a birth: %v", before)
			}
			a := v.post("/set", "key", "k", "value", "w")
			if c := a.setCookie(); c == nil || c.MaxAge != tt.age {
				t.Errorf("cookie %v, want Max-Age=%d", c, tt.age)
			}
			if got, ok := v.values()[birthKey]; ok != (tt.want != "") || ok && got != tt.want {
				t.Errorf("the birth is %v, want %q", got, tt.want)
			}
		})
	}
}

// No form writes, takes or removes the birth.
func TestBirthIsReserved(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.settings.SessionLife = time.Hour
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	before := v.values()
	for _, path := range []string{"/set", "/setdefault", "/update", "/pop", "/delete"} {
		if a := v.post(path, "key", birthKey, "value", "2999-01-01T00:00:00Z"); a.Status != http.StatusBadRequest ||
			!strings.Contains(a.Body, "Reserved key") {
			t.Errorf("POST %s = %d", path, a.Status)
		}
	}
	if after := v.values(); !maps.Equal(before, after) || after[birthKey] == nil {
		t.Errorf("values %v, were %v", after, before)
	}
}

// The birth takes no visitor's place: not among the keys, not in the question of how many there are, not in
// what is left after clear.
func TestBirthIsNoEntry(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.settings.SessionLife = time.Hour
	tl.ownPages()
	v := tl.visitor()
	var fields []string
	for i := range limits.MaxKeys {
		fields = append(fields, "key", fmt.Sprint("k", i), "value", "v")
	}
	v.run("/update", fields...)
	v.run("/set", "key", "k0", "value", "again")
	if a := v.post("/set", "key", "more", "value", "v"); a.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("one key more = %d", a.Status)
	}
	cleared := v.run("/clear", "predict", "clear:empty")
	if got := v.values(); len(got) != 1 || got[birthKey] == nil {
		t.Errorf("after clear: %v", got)
	}
	wantText(t, cleared, "The birth stays.")
	page := v.run("/items/store", "predict", "items:all")
	wantText(t, page, "this server", "<code>_session_birth</code> is when", "3600 seconds from then on")
	for what, a := range map[string]answer{"clear": cleared, "items": page} {
		if !strings.Contains(a.Body, "Correct.") {
			t.Errorf("%s: the right prediction has no verdict that says so", what)
		}
	}
}

// Where the end is that of a life, the pages say so: the clock, the reason, the settings.
func TestLifeIsExplained(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	tl.settings.SessionLife = 300 * time.Second
	tl.ownPages()
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	tl.at(now.Add(100 * time.Second))
	wantText(t, v.run("/set", "key", "k", "value", "v"),
		"Saved, with the same values. Its end is that of its life, which no save moves.", "the end of its life",
		"Max-Age=200")
	expiry := v.get("/expiry")
	wantText(t, expiry, "until the end of its life",
		"runs with <code>-session-life</code>, 300 seconds")
	if i := v.internals(); i.Session.ExpiryAge != 400 {
		t.Errorf("get_expiry_age() = %d: it answers as Django's", i.Session.ExpiryAge)
	}
	v.run("/expiry", "seconds", "50") // before the end of the life
	if page := html.UnescapeString(v.get("/expiry").Body); strings.Contains(page, "end of its life") ||
		!strings.Contains(page, "until this session expires") {
		t.Error("an end before that of the life is taken for it")
	}
	settings := html.UnescapeString(v.get("/settings").Body)
	if !strings.Contains(settings, `<th scope="row">-session-life<small>`) ||
		!strings.Contains(settings, `class="new">300</td>`) {
		t.Error("the settings do not list the life")
	}
}
