package handlers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/engine/enginetest"
	"sessionlab/handlers/limits"
	"sessionlab/handlers/xray"
)

// TestEveryEngine runs these checks on the lab over each of the engines. What a check expects of one is
// taken from engine.Kinds, which is what the storage lesson tells the student.
func TestEveryEngine(t *testing.T) {
	t.Parallel()
	type check struct {
		name string
		run  func(*testing.T, *testLab, engine.Kind)
	}
	checks := []check{
		{"operations", checkOperations},
		{"flush is final", checkEnding("/flush")},
		{"cycle_key is final", checkEnding("/cycle-key")},
		{"reading changes nothing", checkReading},
		{"expiry", checkExpiry},
		{"notebook", checkNotebook},
		{"views", checkViews},
		{"life", checkLife},
		{"planting and sweeping", checkPlanting},
		{"refusals", checkRefusals},
		{"the row in the store's terms", checkRow},
		{"a stolen cookie", checkStolen},
		{"throwing the thief out", checkThief},
		{"an old ID, and Browser B", checkOldIDOfB},
		{"a first life of Browser B", checkFlowOfB},
		{"a copy of a flushed cookie", checkCopyOfB},
		{"a browser without a jar", checkNoJar},
		{"a replay", checkReplayOfB},
		{"two visits with a jar", checkTwoVisitsOfB},
		{"a lost update", checkLostUpdate},
		{"a late request", checkLateRequest},
		{"a form that is sent twice", checkDoubleSubmit},
	}
	onServers := append(slices.Clip(checks), check{"two copies", checkTwoCopies},
		check{"the trial of the storage lesson", checkTrial})
	for _, kind := range engine.Kinds {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			stores := enginetest.Stores(t, kind.Name) // a server is slow to start: all checks have the same one
			list := checks
			if kind.Shared && !kind.InCookie {
				list = onServers
			}
			for _, check := range list {
				t.Run(check.name, func(t *testing.T) {
					check.run(t, newLabOn(t, stores(t)), kind)
				})
			}
		})
	}
}

func checkOperations(t *testing.T, tl *testLab, kind engine.Kind) {
	v := tl.visitor()
	if i := v.internals(); i.Engine != kind.Name || i.Session.Exists || i.Row != nil {
		t.Fatalf("a newcomer's internals = %+v", i)
	}
	for _, step := range []struct {
		path   string
		fields []string
		result string // of the operation; "-" for none
		want   map[string]any
	}{
		{"/set", []string{"key", "fname", "value", "Aman"}, "-", map[string]any{"fname": "Aman"}},
		{"/setdefault", []string{"key", "age", "value", "31", "type", "int"}, "31",
			map[string]any{"fname": "Aman", "age": 31.0}},
		{"/setdefault", []string{"key", "age", "value", "99", "type", "int"}, "31",
			map[string]any{"fname": "Aman", "age": 31.0}},
		{"/update", []string{"key", "fname", "value", "A", "key", "lname", "value", "Roy"}, "-",
			map[string]any{"fname": "A", "lname": "Roy", "age": 31.0}},
		{"/pop", []string{"key", "age"}, "31", map[string]any{"fname": "A", "lname": "Roy"}},
		{"/pop", []string{"key", "age", "default", "none left"}, "none left",
			map[string]any{"fname": "A", "lname": "Roy"}},
		{"/delete", []string{"key", "lname"}, "-", map[string]any{"fname": "A"}},
		{"/modified/assign", nil, "1", map[string]any{"fname": "A", "cart": map[string]any{"n": 1.0}}},
		{"/modified/in-place", nil, "2", map[string]any{"fname": "A", "cart": map[string]any{"n": 1.0}}},
		{"/modified/flag", nil, "2", map[string]any{"fname": "A", "cart": map[string]any{"n": 2.0}}},
		{"/test-cookie/set", nil, "-", map[string]any{"fname": "A", "cart": map[string]any{"n": 2.0},
			"testcookie": "worked"}},
		{"/test-cookie/check", nil, "True", map[string]any{"fname": "A", "cart": map[string]any{"n": 2.0},
			"testcookie": "worked"}},
		{"/test-cookie/delete", nil, "-", map[string]any{"fname": "A", "cart": map[string]any{"n": 2.0}}},
		{"/cycle-key", nil, "-", map[string]any{"fname": "A", "cart": map[string]any{"n": 2.0}}},
		{"/items/store", nil, "-", map[string]any{"fname": "Aman", "cart": map[string]any{"n": 2.0},
			"testcookie": "worked", "_session_expiry": 400.0}},
		{"/clear", nil, "-", map[string]any{}},
	} {
		page := v.run(step.path, step.fields...)
		if page.Status != http.StatusOK || !strings.Contains(page.Body, "data-outcome") {
			t.Fatalf("POST %s: page %d, and it does not show what happened", step.path, page.Status)
		}
		if got := page.results(); step.result != "-" && (len(got) == 0 || got[0] != step.result) {
			t.Errorf("POST %s returned %q, want %q", step.path, got, step.result)
		}
		if got := v.values(); !sameJSON(got, step.want) {
			t.Errorf("after POST %s: values = %v, want %v", step.path, got, step.want)
		}
	}
	if i := v.internals(); !i.Session.Exists || i.Session.IsEmpty || (i.Row == nil) != (kind.InCookie) {
		t.Errorf("after clear: %+v, row %+v, want a session without values", i.Session, i.Row)
	}
}

// checkEnding ends a session with the operation at path while a request that loaded it is still running.
func checkEnding(path string) func(*testing.T, *testLab, engine.Kind) {
	return func(t *testing.T, tl *testLab, kind engine.Kind) {
		v, thief := tl.visitor(), tl.visitor()
		v.run("/set", "key", "fname", "value", "Aman")
		old := v.token()
		thief.setToken(old)

		// A request that loads the session before it ends, and saves it afterwards.
		late, x := lateRequest(t, tl, old)
		v.run(path)
		tl.sessions.Put(late, "late", true)
		_, err := tl.save(late, x)
		switch {
		case kind.Ends && asPage(err).status != http.StatusBadRequest:
			t.Errorf("late save: %v, want SessionInterrupted", err)
		case !kind.Ends && err != nil:
			t.Errorf("late save: %v; the page says that it is taken", err)
		}
		if path == "/flush" && v.token() != "" {
			t.Error("the cookie is still there")
		}
		if got := thief.values(); (len(got) == 0) != kind.Ends {
			t.Errorf("the old cookie opens %v; the store kind says Ends = %v", got, kind.Ends)
		}
	}
}

func checkReading(t *testing.T, tl *testLab, kind engine.Kind) {
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	token, before := v.token(), v.internals().Row
	for _, lesson := range lessons {
		if a := v.get(lesson.Path); a.Status != http.StatusOK || a.setCookie() != nil {
			t.Errorf("GET %s = %d, Set-Cookie %v", lesson.Path, a.Status, a.setCookie())
		}
	}
	after := v.internals().Row
	if v.token() != token {
		t.Errorf("the cookie is %s, was %s", v.token(), token)
	}
	if kind.InCookie {
		return // it has no row
	}
	if string(before.Data) != string(after.Data) || !before.Expiry.Equal(after.Expiry) ||
		before.Token != after.Token {
		t.Errorf("row = %+v, was %+v", after, before)
	}
}

func checkExpiry(t *testing.T, tl *testLab, kind engine.Kind) {
	v := tl.visitor()
	if c := v.post("/expiry", "seconds", "10").setCookie(); c == nil || c.MaxAge != 10 {
		t.Errorf("seconds=10: cookie %v, want Max-Age=10", c)
	}
	if c := v.post("/expiry", "seconds", "0").setCookie(); c == nil || c.MaxAge != 0 || !c.Expires.IsZero() {
		t.Errorf("seconds=0: cookie %v, want no Max-Age and no Expires", c)
	}
	if i := v.internals(); !i.Session.ExpireAtBrowserClose || i.Session.ExpiryAge != 400 ||
		(i.Row == nil) != (kind.InCookie) {
		t.Errorf("seconds=0: %+v, row %+v", i.Session, i.Row)
	}
}

func checkPlanting(t *testing.T, tl *testLab, kind engine.Kind) {
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	planted := v.post("/clear-expired/plant")
	tl.at(time.Now().Add(time.Minute))
	swept := v.run("/clear-expired")
	if kind.Lies && (planted.Status != http.StatusSeeOther || !strings.Contains(swept.Body, "4 rows removed.")) {
		t.Errorf("planted: %d; want four rows, and a sweep of them", planted.Status)
	}
	if !kind.Lies && planted.Status != http.StatusConflict {
		t.Errorf("planted: %d, want a page that says why not", planted.Status)
	}
	if got := v.values()["fname"]; got != "Aman" {
		t.Errorf("fname = %v after the sweep", got)
	}
}

func checkRefusals(t *testing.T, tl *testLab, kind engine.Kind) {
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	for _, tt := range []struct {
		path   string
		fields []string
		status int
	}{
		{"/delete", []string{"key", "absent"}, http.StatusNotFound},
		{"/pop", []string{"key", "absent"}, http.StatusNotFound},
		{"/test-cookie/delete", nil, http.StatusNotFound},
		{"/set", []string{"key", "", "value", "x"}, http.StatusBadRequest},
		{"/set", []string{"key", "k", "value", strings.Repeat("x", limits.MaxValueBytes+1)},
			http.StatusRequestEntityTooLarge},
		{"/expiry", []string{"seconds", "soon"}, http.StatusBadRequest},
	} {
		if a := v.post(tt.path, tt.fields...); a.Status != tt.status || a.setCookie() != nil {
			t.Errorf("POST %s %.30q = %d, want %d and no cookie", tt.path, tt.fields, a.Status, tt.status)
		}
	}
	if got := v.values(); !sameJSON(got, map[string]any{"fname": "Aman"}) {
		t.Errorf("values = %v", got)
	}
	big := v.post("/set", "key", "big", "value", strings.Repeat("x", 5000))
	if fits := !kind.InCookie; fits != (big.Status == http.StatusSeeOther) {
		t.Errorf("5000 characters: %d on an engine with the limit %q", big.Status, kind.Limit)
	}
}

// checkRow looks at where the session is kept, which the panel shows in the store's own terms.
func checkRow(t *testing.T, tl *testLab, kind engine.Kind) {
	v := tl.visitor()
	text := v.run("/set", "key", "fname", "value", "Aman").text()
	token := v.token()
	var want []string
	switch kind.Name {
	case "sqlite":
		want = []string{"Row in the sessions table", "expiry 24"}
	case "postgres":
		want = []string{"Row in the sessions table", "table sessions, ctid (0,1)", "+00",
			"INSERT INTO sessions (token, data, expiry)"}
	case "file":
		want = []string{"Row a file of its own", "session-" + token, "modified 20", "rename"}
	case "memory":
		want = []string{"Row in the server's memory", "a Go map in the memory of process", "kept beside memstore",
			"memstore.Commit"}
	case "redis":
		want = []string{"Row a key in Redis", "scs:session:" + token, "PTTL answers ", "EVAL local session"}
		ttl := regexp.MustCompile(`PTTL answers (\d+) ms`).FindStringSubmatch(text)
		if ttl == nil {
			t.Fatal("no time to live")
		}
		if n, err := strconv.Atoi(ttl[1]); err != nil || n <= 0 || n > 400_000 {
			t.Errorf("PTTL answers %s", ttl[1])
		}
	case "cookie":
		want = []string{"Row none in this engine", "No row exists"}
	}
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("the page does not say %q", w)
		}
	}
}

// lateRequest loads the session of token and leaves it loaded.
func lateRequest(t *testing.T, tl *testLab, token string) (context.Context, *xray.Exchange) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/set", nil)
	x := xray.NewExchange(r, "", "", tl.now())
	x.Sent = token
	ctx, err := tl.load(r, x)
	if err != nil {
		t.Fatal(err)
	}
	return ctx, x
}
