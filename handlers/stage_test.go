package handlers

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// What a card's form sent wrong is said in the card, with the form as it was sent.
func TestRefusedInItsCard(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	before := v.values()
	for _, tt := range []struct {
		name   string
		fields []string
		status int
		says   []string
	}{
		{"a reserved key", []string{"key", "_mine", "value", "x<y"}, http.StatusBadRequest,
			[]string{`value="_mine"`, `value="x&lt;y"`, `Reserved key</span>. Nothing`,
				"<code>set_expiry</code> was given"}},
		{"no number", []string{"key", "age", "value", "old", "type", "int"}, http.StatusBadRequest,
			[]string{`value="age"`, `value="old"`, `<option value="int" selected>int</option>`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := v.post("/set", append(tt.fields, "card", "set", "predict", "set:same")...)
			if a.Status != tt.status || a.setCookie() != nil {
				t.Errorf("%d with %v, want %d and no cookie", a.Status, a.setCookie(), tt.status)
			}
			wantText(t, a, append(tt.says, "Nothing was changed.", `value="set:same" checked`,
				`<h1>Set a value</h1>`)...)
			wantVerdict(t, a, "Not judged yet.")
		})
	}
	if after := v.values(); len(after) != len(before) {
		t.Errorf("the session holds %v", after)
	}
	huge := strings.Repeat("x", 70<<10)
	a := v.post("/set", "card", "set", "key", "big", "value", huge)
	if a.Status != http.StatusRequestEntityTooLarge || strings.Contains(a.Body, huge[:5000]) {
		t.Errorf("%d, and a value that is too large comes back: %d bytes", a.Status, len(a.Body))
	}
}

// Without the name of a card, as from a program, the answer is the page of the error.
func TestRefusedWithoutACard(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, card := range []string{"", "no-such-card", strings.Repeat("x", 1000)} {
		a := tl.visitor().post("/delete", "key", "lname", "card", card)
		tl.wantErrorPage("card="+card[:min(len(card), 12)], a, http.StatusNotFound, "KeyError")
	}
}

// A preparation leads back to its card, makes what it needs, and forgets no prediction; it is no run.
func TestPreparation(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	a := v.post("/delete", "card", "delete", "predict", "delete:ended", "key", "lname")
	wantVerdict(t, a, "Not judged yet.")
	wantText(t, a, "Yours has <code>fname</code>.", `<button class="btn">Set lname to Roy</button>`)

	location := v.done("/set", "prepare", "delete", "key", "lname", "value", "Roy").Header.Get("Location")
	if !strings.HasPrefix(location, "/delete?exchange=") || !strings.HasSuffix(location, "#delete") {
		t.Errorf("it leads to %q", location)
	}
	a = v.get(location)
	wantText(t, a, "Run it, and what happened appears here.", "It is <code>&#39;Roy&#39;</code>.",
		`value="delete:ended" checked`, `<button class="btn">Delete the key</button>`)
	wantVerdict(t, a, "")
}

// A page that is opened later shows the card's last run, and no other card's.
func TestCardKeepsItsLastRun(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "card", "set", "predict", "set:new", "key", "fname", "value", "Aman")
	v.run("/set", "prepare", "delete", "key", "lname", "value", "Roy")
	v.run("/delete", "card", "delete", "key", "lname")
	wantVerdict(t, v.get("/set"), "Correct.")
	wantVerdict(t, v.get("/delete"), pressAgain)
	wantVerdict(t, v.get("/flush"), "")
	old := v.done("/set", "card", "set", "predict", "set:new", "key", "age", "value", "31")
	wantVerdict(t, v.get("/set"), "Not this time.")
	v.run("/set", "card", "set", "key", "city", "value", "Pune")
	wantText(t, v.get(old.Header.Get("Location")), "<code>age</code> is stored.")
	wantText(t, v.get("/set"), "<code>city</code> is stored.", "You made no prediction.")
}

var actions = regexp.MustCompile(`<form method="(?:get|post)" action="([^"]*)"`)

// Every form of an experiment leads to a place on its page, so that an answer without a redirect is seen too.
func TestFormsLandInTheirCards(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, lesson := range lessons {
		a := tl.visitor().get(lesson.Path)
		_, cards, _ := strings.Cut(a.Body, "data-card=")
		cards, _, _ = strings.Cut(cards, `class="sec"`)
		for _, m := range actions.FindAllStringSubmatch(cards, -1) {
			_, place, _ := strings.Cut(m[1], "#")
			if place == "" || !strings.Contains(a.Body, `id="`+place+`"`) {
				t.Errorf("%s: a form goes to %s, which is no place on it", lesson.Path, m[1])
			}
		}
	}
}

var getForms = regexp.MustCompile(`(?s)<form method="get" action="[^"]*#[^"]*">.*?</form>`)

// A browser that is asked for the address that it is on, with a fragment, sends nothing: it scrolls. So what
// a form gets has another address each time that it is pressed.
func TestFormsThatGetSendARequestEachTime(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	clock := tl.clockAt(time.Now())
	turn := regexp.MustCompile(`name="turn" value="([^"]+)"`)
	for _, lesson := range lessons {
		v, last := tl.visitor(), map[int]string{}
		for range 2 {
			for i, form := range getForms.FindAllString(v.get(lesson.Path).Body, -1) {
				m := turn.FindStringSubmatch(form)
				if m == nil || m[1] == last[i] {
					t.Fatalf("%s: pressed again, this form would do nothing:\n%.200s", lesson.Path, form)
				}
				last[i] = m[1]
			}
			clock.forward(time.Millisecond)
		}
	}
}
