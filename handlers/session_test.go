package handlers

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// loads says whether a page loads the session. The others never touch a cookie.
func loads(path string) bool {
	for _, bare := range []string{"/settings/seen", "/seen", "/api", "/summary", "/internals", "/healthz",
		"/static/", "/favicon.ico"} {
		if strings.HasPrefix(path, bare) {
			return false
		}
	}
	return true
}

// readings are the addresses that read, each with the queries that make it do something.
func (tl *testLab) readings() []string {
	paths := tl.addresses(http.MethodGet)
	if len(paths) < 20 {
		tl.t.Fatalf("only %d GET routes found", len(paths))
	}
	return append(paths, "/get?key=fname", "/get?key=absent&default=Guest", "/get?key=absent&access=brackets",
		"/get?key=",
		"/expiry?ask=get_expiry_age", "/expiry?ask=flush", "/set?exchange=unknown", "/internals?exchange=unknown",
		"/settings?name=other", "/settings?name=", "/sessions?count=rows", "/nosuchpage", "/set?key=k&value=v",
		"/flush?confirm=1")
}

func TestReadingCreatesNothing(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, path := range tl.readings() {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			a := tl.send(method, path)
			if a.Status >= 500 || a.setCookie() != nil || len(tl.raw()) != 0 {
				t.Errorf("%s %s = %d, Set-Cookie %v, %d rows", method, path, a.Status, a.setCookie(), len(tl.raw()))
			}
		}
	}
}

// TestReadingLeavesTheRowAsItIs: its bytes and its end, also with an age of its own.
func TestReadingLeavesTheRowAsItIs(t *testing.T) {
	t.Parallel()
	for _, expiry := range []string{"", "0", "1000"} {
		t.Run("seconds="+expiry, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			v := tl.visitor()
			v.run("/set", "key", "fname", "value", "Aman")
			v.run("/modified/assign")
			v.run("/test-cookie/set")
			v.run("/expiry", "seconds", expiry)
			before := tl.raw()
			now := time.Now().Add(30 * time.Second)
			tl.at(now)
			for _, path := range tl.readings() {
				for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace} {
					a := tl.send(method, path, "Cookie", "sessionname="+v.token())
					if a.Status >= 500 || a.setCookie() != nil {
						t.Errorf("%s %s = %d, Set-Cookie %v", method, path, a.Status, a.setCookie())
					}
					if !slices.Equal(tl.raw(), before) {
						t.Fatalf("%s %s changed the table", method, path)
					}
				}
			}
		})
	}
}

// TestExpiredRowIsNotFoundAndNotShown: it stays in the table until it is swept, and its content is
// nowhere to be seen. The next write makes a new session beside it.
func TestExpiredRowIsNotFoundAndNotShown(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "secretkey", "value", "secretvalue")
	dead := v.token()
	tl.expire(dead)
	before := tl.raw()
	for _, path := range tl.readings() {
		a := tl.send(http.MethodGet, path, "Cookie", "sessionname="+dead)
		if strings.Contains(a.Body, "secretkey") || strings.Contains(a.Body, "secretvalue") {
			t.Errorf("%s shows what the expired row holds", path)
		}
		if want := loads(path) && !strings.Contains(path, "nosuchpage"); (a.setCookie() != nil) != want {
			t.Errorf("%s: Set-Cookie = %v", path, a.setCookie())
		}
	}
	if !slices.Equal(tl.raw(), before) {
		t.Error("reading changed the table")
	}
	read := tl.send(http.MethodGet, "/get?key=secretkey", "Cookie", "sessionname="+dead)
	if got := read.results(); !slices.Equal(got, []string{"None"}) {
		t.Errorf("a value of the expired row reads as %q, want None", got)
	}
	i := v.internals()
	if i.Row != nil || i.Session.Exists || len(i.Session.Values) != 0 || !i.Cookie.Received ||
		i.Cookie.Token != dead {
		t.Errorf("internals = %+v, want a cookie without a row", i)
	}

	v.run("/set", "key", "k", "value", "v")
	if v.token() == dead || len(v.values()) != 1 || tl.rows() != 2 {
		t.Errorf("after a write: token kept %v, values %v, %d rows; want a new session beside the old row",
			v.token() == dead, v.values(), tl.rows())
	}
}

// TestCorruptRow: a damaged row is an empty session for its owner, under the same token, and nothing at all
// for everybody else. Reading leaves it as it is, and the next write mends it.
func TestCorruptRow(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"no bytes": "x''", "one byte": "x'00'", "two bytes": "x'00ff'", "JSON": "'{\"fname\": \"Aman\"}'",
		"a number": "12",
		"zeros":    "zeroblob(1000)", "long": "zeroblob(400000)", "cut short": "substr(data, 1, length(data) / 2)",
		"not a session": "x'03040002'", "one bit": "x'ff' || substr(data, 2)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			v, other := tl.visitor(), tl.visitor()
			other.run("/set", "key", "k", "value", "intact")
			v.run("/set", "key", "pin", "value", "S3CRET", "prepare", "delete") // no card shows it as its run
			token := v.token()
			tl.sql("UPDATE sessions SET data = "+data+" WHERE token = ?", token)
			before := tl.raw()
			read := func(who string, v *visitor, paths ...string) {
				for _, path := range paths {
					a := tl.send(http.MethodGet, path, "Cookie", "sessionname="+v.token())
					if a.Status >= 500 || a.setCookie() != nil || strings.Contains(a.Body, "S3CRET") {
						t.Errorf("%s for %s = %d, Set-Cookie %v", path, who, a.Status, a.setCookie())
					}
				}
			}
			pages := []string{"/", "/items", "/sessions", "/templates", "/expiry", "/modified", "/internals",
				"/internals.json"}
			if slices.Contains([]string{"no bytes", "two bytes", "JSON", "zeros"}, name) {
				pages = tl.readings() // all there are, for a few kinds of damage
			}
			read("its owner", v, pages...)
			read("another", other, "/items", "/sessions", "/clear-expired")
			if !slices.Equal(tl.raw(), before) {
				t.Error("reading changed the table")
			}
			if got := tl.log.String(); !strings.Contains(got, "session data corrupted") ||
				strings.Contains(got, token) {
				t.Error("the log lacks the line, or names the token")
			}
			i := v.internals()
			if s := i.Session; !s.Exists || s.Token != token || len(s.Values) != 0 || s.IsEmpty || i.Row == nil {
				t.Errorf("internals = %+v, want an empty session under the same token", s)
			}
			a := v.post("/set", "key", "fresh", "value", "start")
			if c := a.setCookie(); c == nil || c.Value != token ||
				!sameJSON(v.values(), map[string]any{"fresh": "start"}) {
				t.Errorf("a write sets %v, values %v; want the same token and fresh alone", c, v.values())
			}
			if got := other.values(); !sameJSON(got, map[string]any{"k": "intact"}) {
				t.Errorf("the other visitor's session holds %v", got)
			}
		})
	}
}

// What somebody writes into the other columns breaks no page either.
func TestOddRow(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	other := tl.visitor()
	other.run("/set", "key", "k", "value", "v")
	for _, expiry := range []string{"'never'", "9e999", "-9e999", "1e300", "0", "x'00'", "3e6", "'2461367.3'"} {
		v := tl.visitor()
		v.run("/set", "key", "k", "value", "v")
		tl.sql("UPDATE sessions SET expiry = "+expiry+" WHERE token = ?", v.token())
		for visitor, paths := range map[*visitor][]string{v: tl.paths(http.MethodGet),
			other: {"/sessions", "/clear-expired"}} {
			for _, path := range paths {
				if a := visitor.get(path); a.Status >= 500 {
					t.Errorf("expiry %s: GET %s = %d", expiry, path, a.Status)
				}
			}
		}
		if a := v.post("/set", "key", "k", "value", "w"); a.Status != http.StatusSeeOther {
			t.Errorf("expiry %s: POST /set = %d", expiry, a.Status)
		}
		v.run("/set", "key", "k", "value", "w")
		if got := v.values()["k"]; got != "w" {
			t.Errorf("expiry %s: stored %v", expiry, got)
		}
	}
}
