package handlers

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"
)

func TestModified(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	const also = "stored in the same request"
	for _, tt := range []struct {
		name   string
		before []string // paths that are run first
		path   string
		fields []string
		result string
		saved  bool
		cart   any // n as stored afterwards; nil without a cart
		also   any
	}{
		{"assign stores a first cart", nil, "assign", nil, "1", true, 1.0, nil},
		{"assign saves a change", []string{"assign"}, "assign", nil, "2", true, 2.0, nil},
		{"in place is not saved", []string{"assign"}, "in-place", nil, "2", false, 1.0, nil},
		{"in place twice counts from the stored value", []string{"assign", "in-place"}, "in-place", nil, "2", false,
			1.0, nil},
		{"another key saves the change in place too", []string{"assign"}, "in-place", []string{"also", "1"}, "2",
			true, 2.0, also},
		{"a change that was lost stays lost", []string{"assign", "in-place"}, "in-place", []string{"also", "1"},
			"2", true, 2.0, also},
		{"the flag saves the change in place", []string{"assign"}, "flag", nil, "2", true, 2.0, nil},
		{"in place without a cart stores none", nil, "in-place", nil, "1", false, nil, nil},
		{"another key without a cart is all that is stored", nil, "in-place", []string{"also", "1"}, "1", true, nil,
			also},
		{"the flag without a cart saves what there was", nil, "flag", nil, "1", true, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tl := lab.in(t)
			v := tl.visitor()
			v.run("/set", "key", "fname", "value", "Aman")
			for _, path := range tt.before {
				v.run("/modified/" + path)
			}
			before, token := v.stored(), v.token()
			tl.later(time.Minute)

			a := v.post("/modified/"+tt.path, tt.fields...)
			if a.Status != http.StatusSeeOther {
				t.Fatalf("status = %d, want 303", a.Status)
			}
			if c := a.setCookie(); (c != nil) != tt.saved || c != nil && (c.Value != token || c.MaxAge != 400) {
				t.Errorf("cookie = %v, want one with the same token only after a save", c)
			}
			if got := v.get(a.Header.Get("Location")).results(); !slices.Equal(got, []string{tt.result}) {
				t.Errorf("results = %q, want %q", got, tt.result)
			}
			want := map[string]any{"fname": "Aman"}
			if tt.cart != nil {
				want["cart"] = map[string]any{"n": tt.cart}
			}
			if tt.also != nil {
				want["also"] = tt.also
			}
			if got := v.values(); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("values = %v, want %v", got, want)
			}
			if !tt.saved {
				v.untouched(before)
			} else if moved := v.stored().Expiry.Sub(before.Expiry); moved < 59*time.Second {
				t.Errorf("the expiry moved by %v, want about a minute", moved)
			}
			if v.token() != token {
				t.Error("the token changed")
			}
		})
	}
}

func TestModifiedWithoutSession(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for _, tt := range []struct {
		path   string
		fields []string
		result string
		want   []string // keys afterwards; nil for no session
	}{
		{"in-place", nil, "1", nil},
		{"flag", nil, "1", nil}, // Django's session is empty then, and not saved
		{"assign", nil, "1", []string{"cart"}},
		{"in-place", []string{"also", ""}, "1", []string{"also"}},
	} {
		for _, cookie := range []string{"", "unknown-token"} {
			t.Run(fmt.Sprintf("%s %v with cookie %q", tt.path, tt.fields, cookie), func(t *testing.T) {
				tl := lab.in(t)
				v, rows := tl.visitor(), tl.rows()
				if cookie != "" {
					v.setToken(cookie)
				}
				a := v.post("/modified/"+tt.path, tt.fields...)
				page := v.get(a.Header.Get("Location"))
				if a.Status != http.StatusSeeOther || !slices.Equal(page.results(), []string{tt.result}) {
					t.Errorf("status %d, results %q, want 303 and %q", a.Status, page.results(), tt.result)
				}
				if got := slices.Sorted(maps.Keys(v.values())); !slices.Equal(got, tt.want) {
					t.Errorf("keys = %v, want %v", got, tt.want)
				}
				if got, want := tl.rows()-rows, min(len(tt.want), 1); got != want {
					t.Errorf("%d rows, want %d", got, want)
				}
				if made := v.token() != ""; made != (tt.want != nil) || v.token() == "unknown-token" {
					t.Errorf("token = %q", v.token())
				}
			})
		}
	}
}

func TestModifiedReplacesACartOfAnotherType(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "cart", "value", "a string")
	if page := v.run("/modified/assign"); !slices.Equal(page.results(), []string{"1"}) {
		t.Errorf("results = %q, want 1: a new cart", page.results())
	}
}

func TestModifiedPageShowsWhatIsStored(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	wantText(t, v.get("/modified"), "You have no session.", "Store a cart")
	v.run("/modified/assign")
	wantText(t, v.run("/modified/in-place", "card", "modified"),
		"It read <code>cart = {&#39;n&#39;: 1}</code>", `<li class="pressed"><code>cart['n'] += 1</code>`)
	before := v.stored()
	if a := v.get("/modified"); a.setCookie() != nil {
		t.Errorf("the page sent a cookie: %v", a.setCookie())
	}
	v.untouched(before)
}

func TestModifiedPrediction(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for _, tt := range []struct {
		name    string
		cart    bool
		path    string
		fields  []string
		predict string
		want    string
	}{
		{"in place, right", true, "in-place", nil, "old", "Correct."},
		{"in place, wrong", true, "in-place", nil, "new", "Not this time."},
		{"in place without a cart", false, "in-place", nil, "none", "Not judged yet."},
		{"with another key, right", true, "in-place", []string{"also", "1"}, "new", "Correct."},
		{"with another key, wrong", true, "in-place", []string{"also", "1"}, "old", "Not this time."},
		{"assigned", true, "assign", nil, "new", "Correct."},
		{"assigned, wrong", true, "assign", nil, "error", "Not this time."},
		{"flagged", true, "flag", nil, "new", "Correct."},
		{"flagged without a cart", false, "flag", nil, "none", "Not judged yet."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := lab.in(t).visitor()
			if tt.cart {
				v.run("/modified/assign")
			}
			page := v.run("/modified/"+tt.path, append(tt.fields, "predict", "modified:"+tt.predict)...)
			wantVerdict(t, page, tt.want)
		})
	}
}
