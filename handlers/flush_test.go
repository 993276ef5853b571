package handlers

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestFlushDeletesRowValuesAndCookie(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v, other := tl.visitor(), tl.visitor()
	other.post("/set", "key", "fname", "value", "Mina")
	v.post("/set", "key", "fname", "value", "Zubin")
	v.post("/set", "key", "otp", "value", "4711")
	old, theirs := v.token(), other.state()

	page := v.get("/flush")
	for _, want := range []string{"This will delete", "2 values: <code>fname</code>, <code>otp</code>",
		"the cookie <code>sessionname</code>"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page before does not say %q", want)
		}
	}

	a := v.post("/flush", "predict", "flush:none")
	if a.Status != http.StatusSeeOther || a.Header.Values("Set-Cookie")[0] != deletion ||
		len(a.Header.Values("Set-Cookie")) != 1 {
		t.Errorf("flush = %d %q, want 303 and %q", a.Status, a.Header.Values("Set-Cookie"), deletion)
	}
	x := v.recorded(a)
	if got := stepKinds(x); !slices.Equal(got, []string{"Find", "Code", "Delete"}) {
		t.Errorf("steps = %v", got)
	}
	if x.Found != nil || x.Committed != nil || !slices.Equal(x.Removed, []string{"fname", "otp"}) ||
		x.Sent == old {
		t.Errorf("the exchange keeps values or the whole token: %+v", x)
	}
	if v.token() != "" || tl.rows() != 1 || other.state() != (state{theirs.Token, theirs.Stamp, 1}) {
		t.Errorf("token %q, %d rows; the other visitor: %+v, was %+v", v.token(), tl.rows(), other.state(), theirs)
	}

	page = v.get(a.Header.Get("Location"))
	for _, never := range []string{old, "4711", "Zubin"} {
		if strings.Contains(page.Body, never) {
			t.Errorf("the page after shows %q", never)
		}
	}
	for _, want := range []string{"The session is gone: values, row and cookie.", "Correct.",
		"You have no session, so there is nothing to delete.", "Used up by that run."} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page after does not say %q", want)
		}
	}
	if page.setCookie() != nil {
		t.Error("the page after sets a cookie")
	}
	if got := v.internals(); got.Session.Exists || got.Row != nil || len(got.Session.Values) != 0 ||
		!got.Session.IsEmpty {
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
	if a := thief.get("/items"); a.Status != http.StatusOK || a.results()[2] != "dict_items([])" ||
		a.Header.Get("Set-Cookie") != deletion {
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
	lab := newLab(t)
	for _, tt := range []struct {
		name    string
		token   string
		expired bool
		cookie  string
		steps   []string
		rows    int
	}{
		{"no cookie: nothing is sent, and the store is not asked", "", false, "", []string{"Code"}, 0},
		{"a cookie that names nothing is deleted, no row is", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY3", false,
			deletion, []string{"Find", "Code"}, 0},
		{"a malformed cookie", "x", false, deletion, []string{"Find", "Code"}, 0},
		{"an expired row stays until it is swept", "", true, deletion, []string{"Find", "Code"}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tl := lab.in(t)
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
			if page.Status != http.StatusOK || !strings.Contains(page.Body, "Not judged yet.") {
				t.Errorf("page = %d; nothing was flushed, so the prediction cannot be judged", page.Status)
			}
		})
	}
}

func TestFlushPredictions(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for option, verdict := range map[string]string{"none": "Correct.", "new": "Not this time.",
		"old": "Not this time.", "empty": "Not this time."} {
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
