package handlers

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPopReturnsAndRemoves(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	clock := tl.clockAt(time.Now())
	for _, tt := range []struct {
		name        string
		value, kind string
		fields      []string
		want        string
	}{
		{"with a default", "Profile saved", "", []string{"default", "none"}, "Profile saved"},
		{"without a default", "Profile saved", "", nil, "Profile saved"},
		{"an empty string", "", "", []string{"default", "none"}, ""},
		{"an int", "31", "int", nil, "31"},
		{"a bool", "true", "bool", nil, "True"},
		{"text that looks like HTML", "<b>hi</b> & \"bye\"", "", nil, "<b>hi</b> & \"bye\""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			v.post("/set", "key", "fname", "value", "Aman")
			v.post("/set", "key", "msg", "value", tt.value, "type", tt.kind)
			token := v.token()
			clock.forward(30 * time.Second)

			a := v.post("/pop", append([]string{"key", "msg"}, tt.fields...)...)
			if c := a.setCookie(); a.Status != http.StatusSeeOther || c == nil || c.Value != token || c.MaxAge != 400 {
				t.Errorf("pop = %d, cookie %v; want 303 and the same token for 400 s", a.Status, c)
			}
			if got := stepKinds(v.recorded(a)); !slices.Equal(got, []string{"Find", "Code", "Commit"}) {
				t.Errorf("steps = %v", got)
			}
			page := v.get(a.Header.Get("Location"))
			if got := page.results(); !slices.Equal(got, []string{tt.want}) ||
				strings.Contains(page.Body, "<b>hi</b>") {
				t.Errorf("results = %q, want %q", got, tt.want)
			}
			if got := v.values(); len(got) != 1 || got["fname"] != "Aman" {
				t.Errorf("values = %v, want only fname", got)
			}
			if got, want := v.internals().Row.Expiry, clock.plus(400*time.Second); !got.Equal(want) {
				t.Errorf("the row ends %v, want %v", got, want)
			}
			// A reload of the page does not pop again.
			state := v.state()
			if again := v.get(a.Header.Get("Location")); !slices.Equal(again.results(), []string{tt.want}) ||
				v.state() != state {
				t.Errorf("reload: %q", again.results())
			}
		})
	}
}

func TestPopOfTheLastKeyKeepsTheSession(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.post("/set", "key", "msg", "value", "x")
	token := v.token()
	v.post("/pop", "key", "msg")
	if got := v.internals().Session; !got.Exists || got.Token != token || len(got.Values) != 0 || got.IsEmpty ||
		tl.rows() != 1 {
		t.Errorf("session = %+v, %d rows", got, tl.rows())
	}
}

// TestPopWithoutASessionTellsNobodyElse: nobody owns the exchange, so whoever has its address can open it.
func TestPopWithoutASessionTellsNobodyElse(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	address := tl.visitor().post("/pop", "key", "msg", "default", "S3CRET").Header.Get("Location")
	stranger := tl.visitor()
	stranger.run("/set", "key", "k", "value", "v")
	for name, v := range map[string]*visitor{"without a session": tl.visitor(), "with one": stranger} {
		if a := v.get(address); a.Status != http.StatusOK || strings.Contains(a.Body, "S3CRET") {
			t.Errorf("a stranger %s gets %d and reads the text: %v", name, a.Status,
				strings.Contains(a.Body, "S3CRET"))
		}
	}
}

func TestPopOfAnAbsentKey(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, tt := range []struct {
		name    string
		fields  []string
		status  int
		results []string
	}{
		{"a default is returned", []string{"key", "msg", "default", "nothing new"}, http.StatusSeeOther,
			[]string{"nothing new"}},
		{"an empty default is returned", []string{"key", "msg", "default", ""}, http.StatusSeeOther, []string{""}},
		{"without a default it is a KeyError", []string{"key", "msg"}, http.StatusNotFound, nil},
		{"keys are compared exactly", []string{"key", "FNAME"}, http.StatusNotFound, nil},
	} {
		for _, session := range []bool{true, false} {
			name := tt.name + ", no session"
			if session {
				name = tt.name
			}
			t.Run(name, func(t *testing.T) {
				v := tl.visitor()
				v.t = t
				if session {
					v.post("/set", "key", "fname", "value", "Aman")
				}
				before := v.state()
				a := v.post("/pop", tt.fields...)
				if a.Status != tt.status || a.Header.Get("Set-Cookie") != "" {
					t.Errorf("pop = %d %q, want %d and no cookie", a.Status, a.Header.Get("Set-Cookie"), tt.status)
				}
				if v.state() != before {
					t.Errorf("state = %+v, was %+v: nothing is written", v.state(), before)
				}
				if tt.status == http.StatusNotFound {
					if !strings.Contains(a.Body, "KeyError") || !strings.Contains(a.Body, "&#39;"+tt.fields[1]+"&#39;") ||
						len(a.results()) != 0 {
						t.Errorf("the page does not name KeyError and %q", tt.fields[1])
					}
					return
				}
				page, want := v.get(a.Header.Get("Location")), tt.results
				if !session && want[0] != "" { // anybody could read it
					want = nil
					wantText(t, page, "It returned the text that you sent. You have no session")
				}
				if got := page.results(); !slices.Equal(got, want) {
					t.Errorf("results = %q, want %q", got, want)
				}
			})
		}
	}
}

func TestPopRefusesWhatIsNoKey(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for name, tt := range map[string]struct {
		fields []string
		status int
	}{
		"no key":         {[]string{"default", "x"}, http.StatusBadRequest},
		"an empty key":   {[]string{"key", "", "default", "x"}, http.StatusBadRequest},
		"a reserved key": {[]string{"key", "_session_expiry"}, http.StatusBadRequest},
		"a key too long": {[]string{"key", strings.Repeat("k", 513), "default", "x"}, http.StatusBadRequest},
		"a default too long": {[]string{"key", "none", "default", strings.Repeat("x", 64<<10+1)},
			http.StatusRequestEntityTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			v.post("/expiry", "seconds", "3000")
			before := v.state()
			if a := v.post("/pop", tt.fields...); a.Status != tt.status || a.Header.Get("Set-Cookie") != "" ||
				v.state() != before {
				t.Errorf("pop = %d, want %d; state %+v, was %+v", a.Status, tt.status, v.state(), before)
			}
		})
	}
}

func TestPopPredictions(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for option, verdict := range map[string]string{"default": "Correct.", "error": "Not this time.",
		"written": "Not this time.", "again": "Not this time."} {
		t.Run(option, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			pop := []string{"card", "pop", "key", "msg", "default", "", "predict", "pop:" + option}
			wantVerdict(t, v.run("/pop", pop...), "Not judged yet.")
			ready := v.run("/set", "key", "msg", "value", "Profile saved", "prepare", "pop")
			wantVerdict(t, ready, "")
			wantText(t, ready, "It is <code>&#39;Profile saved&#39;</code>.")
			once := v.run("/pop", pop...)
			wantVerdict(t, once, pressAgain)
			wantText(t, once, "Press 1 of 2 done", "Pop it once more", "It was there for the first press.")
			wantVerdict(t, v.run("/pop", pop...), verdict)
			wantVerdict(t, v.run("/pop", pop...), verdict) // and a third time is as the second
		})
	}
}

func TestPopWithoutADefaultPredictions(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for option, verdict := range map[string]string{"error": "Correct.", "none": "Not this time.",
		"empty": "Not this time.", "ends": "Not this time."} {
		t.Run(option, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			pop := []string{"card", "pop-bare", "key", "msg", "predict", "pop-bare:" + option}
			page := v.post("/pop", pop...) // without a session
			wantVerdict(t, page, verdict)
			wantText(t, page, "KeyError: &#39;msg&#39;", "Nothing was changed.")
			v.run("/set", "key", "msg", "value", "x")
			wantText(t, v.get("/pop"), "Read it first")
			wantVerdict(t, v.run("/pop", pop...), "Not judged yet.") // this one took it out
			wantVerdict(t, v.post("/pop", pop...), verdict)
		})
	}
}

func TestPopIsMadeReadyByReadingTheMessage(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "msg", "value", "x")
	page := v.run("/pop", "key", "msg", "default", "", "prepare", "pop-bare")
	wantVerdict(t, page, "")
	wantText(t, page, "no <code>msg</code> in the session. <span class=\"is\">It is not there.")
	if page.results() != nil {
		t.Errorf("results = %q: making a card ready is no run", page.results())
	}
}
