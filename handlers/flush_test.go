package handlers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// clockAt puts the server's clock at a moment that only the test moves.
func (tl *testLab) clockAt(at time.Time) *testClock {
	c := new(testClock)
	c.ms.Store(at.UnixMilli())
	tl.Lab.now = func() time.Time { return time.UnixMilli(c.ms.Load()) }
	return c
}

type testClock struct{ ms atomic.Int64 }

func (c *testClock) forward(d time.Duration) { c.ms.Add(d.Milliseconds()) }
func (c *testClock) plus(d time.Duration) time.Time {
	return time.UnixMilli(c.ms.Load()).Add(d).UTC()
}

// state is what a visitor's session is in the browser and in the store. Every write changes it, also
// one that writes the same bytes again.
type state struct {
	Token string
	Stamp engine.Stamp
	Rows  int
}

func (v *visitor) state() state {
	v.t.Helper()
	token := v.token()
	stamps, err := v.lab.engine.Stamps(v.t.Context(), []string{token})
	if err != nil {
		v.t.Fatal(err)
	}
	return state{token, stamps[token], v.lab.rows()}
}

// recorded returns the exchange that an answer's Location names.
func (v *visitor) recorded(a answer) *xray.Exchange {
	v.t.Helper()
	u, err := url.Parse(a.Header.Get("Location"))
	if err != nil {
		v.t.Fatal(err)
	}
	x := v.lab.history.Get(u.Query().Get("exchange"), v.token())
	if x == nil {
		v.t.Fatalf("no exchange for %q", u)
	}
	return x
}

// stepKinds are the kinds of an exchange's steps, in order.
func stepKinds(x *xray.Exchange) []string {
	var kinds []string
	for _, s := range x.Steps {
		kinds = append(kinds, s.Kind.String())
	}
	return kinds
}

// interrupted sends a form to op through the whole of perform, and runs meanwhile after the session
// was loaded and before op runs and is saved: a slow request.
func (v *visitor) interrupted(op operation, meanwhile func(), fields ...string) answer {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	slow := v.lab.perform("/flow", func(ctx context.Context, form url.Values) error {
		meanwhile()
		return op(ctx, form)
	})
	r := httptest.NewRequest(http.MethodPost, "/slow", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: "sessionname", Value: v.token()})
	w := httptest.NewRecorder()
	slow(w, r)
	return answer{w.Code, w.Result().Header, w.Body.String()}
}

const deletion = "sessionname=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; SameSite=Lax"

func TestFlushDeletesRowValuesAndCookie(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v, other := tl.visitor(), tl.visitor()
	other.post("/set", "key", "fname", "value", "Mina")
	v.post("/set", "key", "fname", "value", "Aman")
	v.post("/set", "key", "otp", "value", "4711")
	old, theirs := v.token(), other.state()

	page := v.get("/flush")
	for _, want := range []string{"This will delete", "2 values: <code>fname</code>, <code>otp</code>", "the cookie <code>sessionname</code>"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page before does not say %q", want)
		}
	}

	a := v.post("/flush", "predict", "flush:none")
	if a.Status != http.StatusSeeOther || a.Header.Values("Set-Cookie")[0] != deletion || len(a.Header.Values("Set-Cookie")) != 1 {
		t.Errorf("flush = %d %q, want 303 and %q", a.Status, a.Header.Values("Set-Cookie"), deletion)
	}
	x := v.recorded(a)
	if got := stepKinds(x); !slices.Equal(got, []string{"Find", "Code", "Delete"}) {
		t.Errorf("steps = %v", got)
	}
	if x.Found != nil || x.Committed != nil || !slices.Equal(x.Removed, []string{"fname", "otp"}) || x.Sent == old {
		t.Errorf("the exchange keeps values or the whole token: %+v", x)
	}
	if v.token() != "" || tl.rows() != 1 || other.state() != (state{theirs.Token, theirs.Stamp, 1}) {
		t.Errorf("token %q, %d rows; the other visitor: %+v, was %+v", v.token(), tl.rows(), other.state(), theirs)
	}

	page = v.get(a.Header.Get("Location"))
	for _, never := range []string{old, "4711", "Aman"} {
		if strings.Contains(page.Body, never) {
			t.Errorf("the page after shows %q", never)
		}
	}
	for _, want := range []string{"The session is gone: values, row and cookie.", "It was so.", "You have no session, so there is nothing to delete."} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page after does not say %q", want)
		}
	}
	if page.setCookie() != nil {
		t.Error("the page after sets a cookie")
	}
	if got := v.internals(); got.Session.Exists || got.Row != nil || len(got.Session.Values) != 0 || !got.Session.IsEmpty {
		t.Errorf("internals = %+v", got)
	}
}

func TestAfterFlushANewValueGetsANewToken(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v, thief := tl.visitor(), tl.visitor()
	v.post("/set", "key", "fname", "value", "Aman")
	old := v.token()
	v.post("/flush")
	v.post("/set", "key", "fname", "value", "Amy")
	if v.token() == "" || v.token() == old || tl.rows() != 1 {
		t.Errorf("token %q, was %q; %d rows", v.token(), old, tl.rows())
	}
	// A copy of the old cookie opens nothing, and is not adopted by a write.
	thief.setToken(old)
	if a := thief.get("/items"); a.Status != http.StatusOK || a.results()[2] != "dict_items([])" || a.Header.Get("Set-Cookie") != deletion {
		t.Errorf("with the old token: %d %v %q", a.Status, a.results(), a.Header.Get("Set-Cookie"))
	}
	thief.setToken(old)
	thief.post("/set", "key", "a", "value", "b")
	if thief.token() == old || thief.token() == "" {
		t.Errorf("the old token was adopted: %q", thief.token())
	}
	if got := v.values(); len(got) != 1 || got["fname"] != "Amy" {
		t.Errorf("values = %v", got)
	}
}

func TestFlushWithoutASession(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		token   string
		expired bool
		cookie  string
		steps   []string
		rows    int
	}{
		{"no cookie: nothing is sent, and the store is not asked", "", false, "", []string{"Code"}, 0},
		{"a cookie that names nothing is deleted, no row is", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY3", false, deletion, []string{"Find", "Code"}, 0},
		{"a malformed cookie", "x", false, deletion, []string{"Find", "Code"}, 0},
		{"an expired row stays until it is swept", "", true, deletion, []string{"Find", "Code"}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			v := tl.visitor()
			if tt.expired {
				v.post("/set", "key", "fname", "value", "Aman")
				tl.sql("UPDATE sessions SET expiry = julianday('now', '-1 minute')")
			}
			if tt.token != "" {
				v.setToken(tt.token)
			}
			a := v.post("/flush", "predict", "flush:none")
			if a.Status != http.StatusSeeOther || a.Header.Get("Set-Cookie") != tt.cookie {
				t.Errorf("flush = %d %q, want 303 %q", a.Status, a.Header.Get("Set-Cookie"), tt.cookie)
			}
			if got := stepKinds(v.recorded(a)); !slices.Equal(got, tt.steps) {
				t.Errorf("steps = %v, want %v", got, tt.steps)
			}
			if tl.rows() != tt.rows {
				t.Errorf("%d rows, want %d", tl.rows(), tt.rows)
			}
			page := v.get(a.Header.Get("Location"))
			if page.Status != http.StatusOK || !strings.Contains(page.Body, "This run could not tell.") {
				t.Errorf("page = %d; nothing was flushed, so the prediction cannot be judged", page.Status)
			}
		})
	}
}

func TestFlushPredictions(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for option, verdict := range map[string]string{"none": "It was so.", "new": "It was not.", "old": "It was not.", "empty": "It was not."} {
		t.Run(option, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			v.post("/set", "key", "fname", "value", "Aman")
			if page := v.run("/flush", "predict", "flush:"+option); !strings.Contains(page.Body, verdict) {
				t.Errorf("the page does not say %q", verdict)
			}
		})
	}
}

// Whatever ended the session, a request that had loaded it before and saves after gets 400, and
// neither the row nor the cookie comes back.
func TestLateRequestChangesNothing(t *testing.T) {
	t.Parallel()
	endings := []struct {
		name string
		end  func(tl *testLab, v *visitor)
	}{
		{"flush", func(_ *testLab, v *visitor) { v.post("/flush") }},
		{"cycle", func(_ *testLab, v *visitor) { v.post("/cycle-key") }},
		{"sweep", func(tl *testLab, v *visitor) {
			tl.sql("UPDATE sessions SET expiry = julianday('now', '-1 minute') WHERE token = ?", v.token())
			tl.visitor().post("/clear-expired")
		}},
		{"another program", func(tl *testLab, v *visitor) { tl.sql("DELETE FROM sessions WHERE token = ?", v.token()) }},
	}
	late := []struct {
		name   string
		op     func(*Lab) operation
		fields []string
	}{
		{"set", func(l *Lab) operation { return l.set }, []string{"key", "late", "value", "1"}},
		{"delete", func(l *Lab) operation { return l.deleteKey }, []string{"key", "fname"}},
		{"setdefault", func(l *Lab) operation { return l.setDefault }, []string{"key", "late", "value", "1"}},
		{"pop", func(l *Lab) operation { return l.pop }, []string{"key", "fname"}},
		{"update", func(l *Lab) operation { return l.update }, []string{"key", "late", "value", "1"}},
		{"clear", func(l *Lab) operation { return l.clear }, nil},
		{"cycle", func(l *Lab) operation { return l.cycleKey }, nil},
		{"set_expiry", func(l *Lab) operation { return l.setExpiry }, []string{"seconds", "10"}},
		{"set_test_cookie", func(l *Lab) operation { return l.setTestCookie }, nil},
	}
	for _, ending := range endings {
		t.Run(ending.name, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			for _, late := range late {
				v, tab := tl.visitor(), tl.visitor()
				v.post("/set", "key", "fname", "value", "Aman")
				tab.setToken(v.token())

				var ended state
				a := v.interrupted(late.op(tl.Lab), func() {
					ending.end(tl, tab)
					ended = tab.state()
				}, late.fields...)

				if a.Status != http.StatusBadRequest || !strings.Contains(a.Body, "SessionInterrupted") {
					t.Errorf("a late %s = %d, want 400 and SessionInterrupted", late.name, a.Status)
				}
				if got := a.Header.Values("Set-Cookie"); got != nil {
					t.Errorf("a late %s sets %q", late.name, got)
				}
				if got := tab.state(); got != ended {
					t.Errorf("after a late %s the store is %+v, want %+v", late.name, got, ended)
				}
				if got := tab.internals().Session.Exists; got != (ending.name == "cycle") {
					t.Errorf("after a late %s there is a session: %v", late.name, got)
				}
				if ending.name == "cycle" && tab.values()["fname"] != "Aman" {
					t.Errorf("after a late %s, under the new token: %v", late.name, tab.values())
				}
				if got := v.internals(); got.Session.Exists {
					t.Errorf("after a late %s the old token opens %+v", late.name, got.Session)
				}
			}
		})
	}
}

func TestLateRequestThatSavesNothingIsAnswered(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		op     func(*Lab) operation
		fields []string
	}{
		{"setdefault on a present key", func(l *Lab) operation { return l.setDefault }, []string{"key", "fname", "value", "x"}},
		{"pop with a default", func(l *Lab) operation { return l.pop }, []string{"key", "none", "default", "x"}},
		{"test_cookie_worked", func(l *Lab) operation { return l.testCookieWorked }, nil},
		{"a second flush", func(l *Lab) operation { return l.flush }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			v, tab := tl.visitor(), tl.visitor()
			v.post("/set", "key", "fname", "value", "Aman")
			tab.setToken(v.token())
			a := v.interrupted(tt.op(tl.Lab), func() { tab.post("/flush") }, tt.fields...)
			if a.Status != http.StatusSeeOther || tl.rows() != 0 {
				t.Errorf("the late request = %d with %d rows, want 303 and none", a.Status, tl.rows())
			}
			if c := a.setCookie(); c != nil && c.MaxAge >= 0 {
				t.Errorf("the late request brings the cookie back: %v", c)
			}
		})
	}
}

// After a flush nothing of the session may be kept; a late request that was refused is no exception.
func TestLateRequestKeepsNothingOfAFlushedSession(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v, tab := tl.visitor(), tl.visitor()
	v.post("/set", "key", "fname", "value", "Aman")
	old := v.token()
	tab.setToken(old)
	a := v.interrupted(tl.set, func() { tab.post("/flush") }, "key", "late", "value", "1")
	if strings.Contains(a.Body, "Aman") || strings.Contains(a.Body, old) {
		t.Error("the error page shows a value or the whole token of the session that was flushed")
	}
	for _, x := range tl.history.Of(old) {
		t.Errorf("the history keeps an exchange under the dead token: %s %s, %d bytes found", x.Method, x.Path, len(x.Found))
	}
}
