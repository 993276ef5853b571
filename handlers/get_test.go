package handlers

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestGetReturns(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	for _, s := range [][]string{
		{"key", "fname", "value", "Aman"}, {"key", "empty", "value", ""},
		{"key", "html", "value", "<b>&amp;</b>"}, {"key", "age", "value", "31", "type", "int"},
		{"key", "big", "value", "2000000", "type", "int"}, {"key", "pi", "value", "3.5", "type", "float"},
		{"key", "whole", "value", "3", "type", "float"}, {"key", "yes", "value", "true", "type", "bool"},
		{"key", "no", "value", "False", "type", "bool"},
		{"key", "when", "value", "2026-11-22T14:30:00Z", "type", "time"},
		{"key", "moment", "value", "2026-01-01T00:00:00.123456+05:30", "type", "time"},
		{"key", "list", "value", "a, b", "type", "list"},
	} {
		v.run("/set", s...)
	}
	v.run("/modified/assign")
	v.run("/expiry", "seconds", "60")
	tl.later(30 * time.Second)
	before := v.stored()

	for _, tt := range []struct{ name, query, want string }{
		{"a stored value", "key=fname", "Aman"},
		{"a time to the microsecond", "key=moment", "2026-01-01T00:00:00.123456+05:30"},
		{"a stored value and no default", "key=fname&default=Guest", "Aman"},
		{"the default of an absent key", "key=nickname&default=Guest", "Guest"},
		{"None for an absent key without default", "key=nickname", "None"},
		{"an empty default as it is", "key=nickname&default=", ""},
		{"a default with markup as it is", "key=nickname&default=%3Ci%3E+%26+%C3%A9", "<i> & é"},
		{"an empty stored value, not the default", "key=empty&default=Guest", ""},
		{"markup as it was stored", "key=html", "<b>&amp;</b>"},
		{"an int", "key=age", "31"},
		{"a large int", "key=big", "2000000"},
		{"a float", "key=pi", "3.5"},
		{"a whole float with its point", "key=whole", "3.0"},
		{"a bool with a capital", "key=yes", "True"},
		{"the other bool, not the default", "key=no&default=Guest", "False"},
		{"a time", "key=when", "2026-11-22T14:30:00Z"},
		{"a list", "key=list", "['a', 'b']"},
		{"a dict", "key=cart", "{'n': 1}"},
		{"an entry of the framework", "key=_session_expiry", "60"},
		{"a stored value with brackets", "key=fname&access=brackets", "Aman"},
		{"an empty value with brackets", "key=empty&access=brackets", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := v.get("/get?" + tt.query)
			if got := a.results(); a.Status != http.StatusOK || !slices.Equal(got, []string{tt.want}) {
				t.Errorf("GET /get?%s = %d, results %q, want %q", tt.query, a.Status, got, tt.want)
			}
			if c := a.setCookie(); c != nil {
				t.Errorf("reading sent a cookie: %v", c)
			}
		})
	}
	v.untouched(before)
	if n := len(v.values()); n != 14 {
		t.Errorf("the session holds %d values after reading, want 14", n)
	}
}

func TestGetWithBracketsRaisesKeyError(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	tl.later(time.Minute)
	before := v.stored()
	for _, query := range []string{"key=nickname&access=brackets",
		"key=nickname&access=brackets&default=Guest"} {
		a := v.get("/get?" + query)
		if a.Status != http.StatusNotFound || !strings.Contains(a.Body, "KeyError") ||
			!strings.Contains(a.Body, "nickname") {
			t.Errorf("GET /get?%s = %d, want the 404 page that names KeyError and the key", query, a.Status)
		}
		if a.setCookie() != nil || len(a.results()) != 0 {
			t.Errorf("the error page sent %v and %q", a.setCookie(), a.results())
		}
	}
	v.untouched(before)
}

func TestGetOfBadInput(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	before := v.stored()
	for _, tt := range []struct {
		name, query string
		status      int
	}{
		{"an empty key", "key=&default=Guest", http.StatusBadRequest},
		{"a default without a key", "default=Guest", http.StatusBadRequest},
		{"brackets without a key", "access=brackets", http.StatusBadRequest},
		{"a key of 513 bytes", "key=" + strings.Repeat("k", 513), http.StatusBadRequest},
		{"a key that is not UTF-8", "key=%ff", http.StatusBadRequest},
		{"a default that is not UTF-8", "key=k&default=%ff", http.StatusBadRequest},
		{"a default over 64 KiB", "key=k&default=" + strings.Repeat("d", 64<<10+1),
			http.StatusRequestEntityTooLarge},
		{"a key of 128 bytes", "key=" + strings.Repeat("k", 128), http.StatusOK},
	} {
		a := v.get("/get?" + tt.query)
		if a.Status != tt.status || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %s, want an HTML page with %d", tt.name, a.Status, a.Header.Get("Content-Type"),
				tt.status)
		}
	}
	v.untouched(before)
}

func TestGetMakesNoSession(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	for _, query := range []string{"", "?key=fname", "?key=fname&default=Guest", "?key=fname&access=brackets"} {
		if a := v.get("/get" + query); a.setCookie() != nil {
			t.Errorf("GET /get%s sent a cookie: %v", query, a.setCookie())
		}
	}
	if v.token() != "" || tl.rows() != 0 {
		t.Errorf("reading left token %q and %d rows", v.token(), tl.rows())
	}
	a := v.get("/get?card=get&key=fname&default=Guest")
	if !strings.Contains(a.Body, "<small>no Set-Cookie</small>") || strings.Contains(a.Body, "not sent again") {
		t.Error("where no cookie came, the card does not say that none was set")
	}
}

func TestGetPageBeforeItWasRun(t *testing.T) {
	t.Parallel()
	a := newLab(t).visitor().get("/get")
	if a.Status != http.StatusOK || len(a.results()) != 0 {
		t.Errorf("GET /get = %d with results %q, want the lesson without a result", a.Status, a.results())
	}
}

func TestGetPrediction(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	const plain, brackets = "card=get-absent&key=nickname", "card=get-absent&access=brackets&key=nickname"
	for _, tt := range []struct{ name, query, want, is string }{
		{"an absent key, right", "key=nickname&default=Guest&predict=get:same", "Correct.", "nothing more"},
		{"an absent key, wrong", "key=nickname&default=Guest&predict=get:default", "Not this time.",
			"nothing more"},
		{"a present key, right", "key=fname&default=Guest&predict=get:same", "Correct.", "nothing more"},
		{"a present key, wrong", "key=fname&default=Guest&predict=get:less", "Not this time.", "nothing more"},
		{"a card of another lesson", "key=fname&predict=delete:error", "", "nothing more"},
		{"no option of that name", "key=fname&default=&predict=get:never", "", "nothing more"},
		{"plain, right", plain + "&predict=get-absent:none", "Correct.", "None"},
		{"plain, wrong", plain + "&predict=get-absent:empty", "Not this time.", "None"},
		{"brackets, right", brackets + "&predict=get-absent:error", "Correct.", "A KeyError"},
		{"brackets, wrong", brackets + "&predict=get-absent:none", "Not this time.", "A KeyError"},
		{"plain of a key that is there", "card=get-absent&key=fname&predict=get-absent:none",
			"Not judged yet.", ""},
		{"of a key that holds an empty text", "card=get-absent&key=empty&predict=get-absent:empty",
			"Not judged yet.", ""},
		{"with a default after all", plain + "&default=&predict=get-absent:empty", "Not judged yet.", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := lab.in(t).visitor()
			v.run("/set", "key", "fname", "value", "Aman")
			v.run("/set", "key", "empty", "value", "")
			page := v.get("/get?" + tt.query)
			wantVerdict(t, page, tt.want)
			if got := page.happened(); !strings.Contains(got, tt.is) || (got == "") != (tt.is == "") {
				t.Errorf("the page marks %q, want %q", got, tt.is)
			}
			if got := v.values(); len(got) != 2 {
				t.Errorf("values = %v: the prediction went into the session", got)
			}
		})
	}
}

func TestKeyErrorStaysInItsCard(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "nickname", "value", "Ro")
	wantText(t, v.get("/get"), "Delete nickname")
	v.run("/delete", "key", "nickname", "prepare", "get-absent")
	page := v.get("/get?card=get-absent&key=nick%3Cb%3E&access=brackets")
	wantText(t, page, `<section class="lab" data-card="get-absent"`, "KeyError: &#39;nick&lt;b&gt;&#39;",
		`id="absent-key" name="key" value="nick&lt;b&gt;"`)
	if page.Status != http.StatusNotFound {
		t.Errorf("status = %d, want 404", page.Status)
	}
}
