package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/python"
	"sessionlab/handlers/xray"
)

// TestExpiryGetters: the answers of Django's four getters, which are no countdown, stand on the page
// exactly, in the order of the notes.
func TestExpiryGetters(t *testing.T) {
	t.Parallel()
	tl, start := newClockLab(t)
	date := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	fixed := start.Truncate(time.Second).Add(200 * time.Second)
	for _, tt := range []struct {
		name string
		set  []string // form for /expiry; nil for a visitor without a session
		want func(now time.Time) []string
	}{
		{"no session", nil, func(now time.Time) []string {
			return []string{"400", "400", date(now.Add(400 * time.Second)), "False"}
		}},
		{"seconds", []string{"seconds", "100"}, func(now time.Time) []string {
			return []string{"400", "100", date(now.Add(100 * time.Second)), "False"}
		}},
		{"browser close", []string{"seconds", "0"},
			func(now time.Time) []string { return []string{"400", "400", date(now.Add(400 * time.Second)), "True"} }},
		{"a moment", []string{"at", date(fixed)}, func(now time.Time) []string {
			return []string{"400", fmt.Sprint(int(fixed.Sub(now).Round(time.Second).Seconds())), date(fixed), "False"}
		}},
	} {
		v := tl.visitor()
		tl.at(start)
		if tt.set != nil {
			v.run("/expiry", tt.set...)
		}
		for _, later := range []time.Duration{0, 3 * time.Second} {
			now := start.Add(later)
			tl.at(now)
			page, want := v.get("/expiry"), tt.want(now)
			if got := page.results(); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s, after %v: results = %v, want %v", tt.name, later, got, want)
			}
			i := v.internals()
			if got := []string{fmt.Sprint(i.Session.CookieAge), fmt.Sprint(i.Session.ExpiryAge),
				date(i.Session.ExpiryDate),
				python.Str(i.Session.ExpireAtBrowserClose)}; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s, after %v: internals = %v, want %v", tt.name, later, got, want)
			}
			for n, call := range []string{"get_session_cookie_age", "get_expiry_age", "get_expiry_date",
				"get_expire_at_browser_close"} {
				if got := v.get("/expiry?ask=" + call).results(); len(got) != 5 || got[0] != want[n] {
					t.Errorf("%s, after %v: ask=%s = %v, want %s first", tt.name, later, call, got, want[n])
				}
			}
		}
	}
	if a := tl.visitor().get("/expiry?ask=flush"); a.Status != http.StatusBadRequest {
		t.Errorf("an unknown getter = %d, want 400", a.Status)
	}
}

func TestExpiryPageShowsTheRealEnd(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	v := tl.visitor()
	if page := v.get("/expiry"); !strings.Contains(page.Body, "No session, so no clock") ||
		strings.Contains(page.Body, "data-end=") {
		t.Error("a visitor without a session has a clock")
	}
	v.run("/expiry", "seconds", "100")
	tl.at(now.Add(30 * time.Second))
	page := v.get("/expiry").Body
	end := v.internals().Row.Expiry
	for _, want := range []string{
		`class="clock big-clock" data-clock="ok" data-end="` + fmt.Sprint(end.UnixMilli()) + `" data-now="` +
			fmt.Sprint(now.Add(30*time.Second).UnixMilli()) + `"`,
		"<b>70</b> seconds left", end.UTC().Format(time.RFC3339), "left of 100 seconds",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestExpiryPredictions(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for _, tt := range []struct {
		name  string
		setup []string // form for /expiry; nil for none
		run   func(v *visitor, guess string) answer
		guess string
		want  string // in the verdict
	}{
		{"a read moves nothing", []string{"seconds", "10"}, askWith("get_expiry_age"), "expiry-read:stays",
			"Correct."},
		{"a read does not start the seconds again", []string{"seconds", "10"}, askWith("get_expiry_age"),
			"expiry-read:again", "Not this time."},
		{"a read without a custom expiry cannot tell", nil, askWith("get_expiry_age"), "expiry-read:stays",
			"Not judged yet."},
		{"a store counts anew", []string{"seconds", "10"}, storeWith, "expiry-store:again", "Correct."},
		{"a store does not keep the end", []string{"seconds", "10"}, storeWith, "expiry-store:first",
			"Not this time."},
		{"a store without a custom expiry cannot tell", nil, storeWith, "expiry-store:again", "Not judged yet."},
		{"at browser close the row has the age", nil, setWith("0"), "expiry-close:age", "Correct."},
		{"at browser close the row does not follow the browser", nil, setWith("0"), "expiry-close:closed",
			"Not this time."},
		{"another expiry cannot tell", nil, setWith("100"), "expiry-close:age", "Not judged yet."},
		{"the cookie age is the setting", []string{"seconds", "10"}, askWith("get_session_cookie_age"),
			"expiry-getter:setting", "Correct."},
		{"the cookie age is not the session's", []string{"seconds", "10"}, askWith("get_session_cookie_age"),
			"expiry-getter:own", "Not this time."},
		{"another getter cannot tell", []string{"seconds", "10"}, askWith("get_expiry_age"),
			"expiry-getter:setting", "Not judged yet."},
		{"another age than the question's cannot tell", []string{"seconds", "400"},
			askWith("get_session_cookie_age"), "expiry-getter:setting", "Not judged yet."},
		{"nor can a read of it", []string{"seconds", "400"}, askWith("get_expiry_age"), "expiry-read:stays",
			"Not judged yet."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := lab.in(t).visitor()
			if tt.setup != nil {
				v.run("/expiry", tt.setup...)
			}
			if page := tt.run(v, tt.guess).Body; !strings.Contains(page, "You predicted") ||
				!strings.Contains(page, tt.want) {
				t.Errorf("the verdict is not %q", tt.want)
			}
		})
	}
}

func askWith(call string) func(*visitor, string) answer {
	return func(v *visitor, guess string) answer { return v.get("/expiry?ask=" + call + "&predict=" + guess) }
}

func storeWith(v *visitor, guess string) answer {
	return v.run("/set", "key", "fname", "value", "Aman", "predict", guess)
}

func setWith(seconds string) func(*visitor, string) answer {
	return func(v *visitor, guess string) answer {
		return v.run("/expiry", "seconds", seconds, "predict", guess)
	}
}

// TestExpiryPredictionsOfAnotherServer: the answers come from the exchange, so a server that did what
// the wrong options say would be told so.
func TestExpiryPredictionsOfAnotherServer(t *testing.T) {
	t.Parallel()
	at := time.Now()
	encode := func(end time.Time, seconds int) []byte {
		b, err := xray.Codec.Encode(end, map[string]any{expiryKey: seconds})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	found, end := encode(at.Add(4*time.Second), 10), at.Add(4*time.Second)
	run := func(path string, x *xray.Exchange) Run {
		x.Path = path
		r, _ := newRun(x, &xray.Memo{Codec: xray.Codec})
		return r
	}
	saved := func(method string, left time.Duration) *xray.Exchange {
		return &xray.Exchange{Method: method, At: at, Known: true, Found: found, Committed: found,
			Deadline: at.Add(left), Took: time.Millisecond}
	}
	for _, tt := range []struct {
		name      string
		got, want string
	}{
		{"a read that saves", readMovedTheEnd(run("/expiry", saved(http.MethodGet, 10*time.Second))), "again"},
		{"a read that goes back to the age", readMovedTheEnd(run("/expiry",
			saved(http.MethodGet, 400*time.Second))), "default"},
		{"a read that only sends the cookie", readMovedTheEnd(run("/expiry",
			&xray.Exchange{Method: http.MethodGet, Known: true, Found: found, SetCookie: &http.Cookie{}})), "cookie"},
		{"a store that keeps the end", storeMovedTheEnd(run("/set",
			&xray.Exchange{Method: http.MethodPost, At: at, Known: true, Found: found, Committed: found,
				Deadline: end})), "first"},
		{"a store that goes back to the age", storeMovedTheEnd(run("/set",
			saved(http.MethodPost, 400*time.Second))), "default"},
		{"no end at browser close", rowEndAtBrowserClose(run("/expiry",
			&xray.Exchange{At: at, Committed: encode(at, 0)})), "never"},
		{"an end at once", rowEndAtBrowserClose(run("/expiry",
			&xray.Exchange{At: at, Committed: encode(at, 0), Deadline: at})), "now"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}
