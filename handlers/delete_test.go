package handlers

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDelete(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	v.run("/set", "key", "lname", "value", "Roy")
	token, before := v.token(), v.stored()
	tl.later(time.Minute)

	a := v.post("/delete", "key", "lname")
	if a.Status != http.StatusSeeOther {
		t.Fatalf("status = %d, want 303", a.Status)
	}
	if c := a.setCookie(); c == nil || c.Value != token || c.MaxAge != 400 || !c.HttpOnly || c.Path != "/" ||
		c.SameSite != http.SameSiteLaxMode {
		t.Errorf("cookie = %v, want the same token with all its attributes and Max-Age=400", c)
	}
	if got := slices.Collect(maps.Keys(v.values())); !slices.Equal(got, []string{"fname"}) {
		t.Errorf("keys = %v, want fname", got)
	}
	if moved := v.stored().Expiry.Sub(before.Expiry); moved < 59*time.Second || v.token() != token {
		t.Errorf("the expiry moved by %v under token %q, want about a minute under %q", moved, v.token(), token)
	}
	page := v.get(a.Header.Get("Location"))
	wantText(t, page, "<code>lname</code> is gone. Same session, same ID.")
	if len(page.results()) != 0 {
		t.Errorf("results = %q: del returns nothing", page.results())
	}
}

func TestDeleteTheLastKeyKeepsTheSession(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "lname", "value", "Roy")
	token := v.token()
	v.run("/delete", "key", "lname")
	i := v.internals()
	if tl.rows() != 1 || v.token() != token || i.Row == nil || len(i.Session.Values) != 0 {
		t.Errorf("%d rows, token %q, values %v: want the same session, empty", tl.rows(), v.token(),
			i.Session.Values)
	}
	if !i.Session.Exists || i.Session.IsEmpty {
		t.Errorf("exists %v, is_empty %v, want a session that is not empty in Django's sense", i.Session.Exists,
			i.Session.IsEmpty)
	}
}

func TestDeleteKeepsTheCustomExpiry(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "lname", "value", "Roy")
	v.run("/expiry", "seconds", "60")
	if c := v.post("/delete", "key", "lname").setCookie(); c == nil || c.MaxAge != 60 {
		t.Errorf("cookie = %v, want Max-Age=60", c)
	}
}

func TestDeleteThatIsRefused(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for _, tt := range []struct {
		name   string
		fields []string
		status int
		text   string
	}{
		{"an absent key", []string{"key", "nickname"}, http.StatusNotFound, "&#39;nickname&#39;"},
		{"the same key twice", []string{"key", "lname"}, http.StatusNotFound, "KeyError"},
		{"a key of another case", []string{"key", "Fname"}, http.StatusNotFound, "KeyError"},
		{"no key", nil, http.StatusBadRequest, "No key"},
		{"an empty key", []string{"key", ""}, http.StatusBadRequest, "No key"},
		{"a key of 513 bytes", []string{"key", strings.Repeat("k", 513)}, http.StatusBadRequest, "Key too long"},
		{"a reserved key", []string{"key", "_session_expiry"}, http.StatusBadRequest, "Reserved key"},
		{"a key with a control character", []string{"key", "a\nb"}, http.StatusNotFound,
			"KeyError:</b> &#39;a\\nb&#39;"},
		{"a key that is not UTF-8", []string{"key", "\xff"}, http.StatusBadRequest, "Not UTF-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tl := lab.in(t)
			v := tl.visitor()
			v.run("/set", "key", "fname", "value", "Aman")
			v.run("/set", "key", "lname", "value", "Roy")
			v.run("/delete", "key", "lname")
			before := v.stored()
			tl.later(time.Minute)
			a := v.post("/delete", tt.fields...)
			if a.Status != tt.status || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
				t.Errorf("%d %s, want an HTML page with %d", a.Status, a.Header.Get("Content-Type"), tt.status)
			}
			wantText(t, a, tt.text)
			wantText(t, a, "Nothing was changed.")
			if c := a.setCookie(); c != nil {
				t.Errorf("cookie = %v, want none", c)
			}
			v.untouched(before)
		})
	}
}

func TestDeleteByQueryDoesNothing(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "lname", "value", "Roy")
	before := v.stored()
	if a := v.post("/delete?key=lname"); a.Status != http.StatusBadRequest {
		t.Errorf("POST with the key in the query = %d, want 400", a.Status)
	}
	if a := v.get("/delete?key=lname"); a.Status != http.StatusOK || a.setCookie() != nil {
		t.Errorf("GET with a key = %d and cookie %v, want the page alone", a.Status, a.setCookie())
	}
	v.untouched(before)
}

func TestDeleteWithoutSession(t *testing.T) {
	t.Parallel()
	for _, cookie := range []string{"", "unknown-token"} {
		tl := newLab(t)
		v := tl.visitor()
		if cookie != "" {
			v.setToken(cookie)
		}
		if a := v.post("/delete", "key", "lname"); a.Status != http.StatusNotFound {
			t.Errorf("with cookie %q: %d, want 404", cookie, a.Status)
		}
		if tl.rows() != 0 {
			t.Errorf("with cookie %q: a row was made", cookie)
		}
	}
}

func TestDeletePrediction(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	v.run("/set", "key", "lname", "value", "Roy")
	wantVerdict(t, v.run("/delete", "key", "lname", "predict", "delete:error"), pressAgain)

	page := v.post("/delete", "key", "lname", "predict", "delete:nothing")
	wantVerdict(t, page, "Not this time.")
	wantText(t, page, "KeyError: &#39;lname&#39;", "this happened", "Used up by that run.")
	if page.Status != http.StatusNotFound {
		t.Errorf("status = %d", page.Status)
	}

	page = v.post("/delete", "key", "lname", "predict", "delete:error")
	wantVerdict(t, page, "Not judged yet.") // nothing was deleted before this one
}
