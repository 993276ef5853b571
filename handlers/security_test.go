package handlers

import (
	"math"
	"net/http"
	"strings"
	"testing"
)

func TestIDsAreWorthWhatThePageSays(t *testing.T) {
	t.Parallel()
	for i, bits := range []string{"20", "32", "165", "256"} {
		if got := idKinds[i].Bits(); got != bits {
			t.Errorf("%s: %s bits, want %s", idKinds[i].Name, got, bits)
		}
	}
	for _, tt := range []struct {
		possible, rate, live float64
		want                 string
	}{
		{1e6, 1e9, 1, "less than a second"},
		{1e6, 1000, 199, "5 seconds"},
		{1e6, 1000, 1, "8 minutes"},
		{1e6, 50, 1, "3 hours"},
		{math.Pow(16, 8), 1000, 1, "25 days"},
		{math.Pow(16, 8), 1, 1, "68 years"},
		{math.Pow(36, 32), 1000, 1, "1.0 × 10^39 years"},
		{math.Pow(36, 32), 1000, 200, "1.0 × 10^37 years"},
		{math.Pow(2, 256), 1000, 1, "1.8 × 10^66 years"},
	} {
		if got := guessTime(tt.possible, tt.rate, tt.live); got != tt.want {
			t.Errorf("guessTime(%.0f, %.0f, %.0f) = %q, want %q", tt.possible, tt.rate, tt.live, got, tt.want)
		}
	}
}

func TestSecurityGuessing(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	if got := v.get("/security").results(); got != nil {
		t.Errorf("results = %q without a run", got)
	}
	for guess, says := range map[string]string{
		"universe": "Correct.", "days": "Not this time.", "never": "Not this time.", "years": "Not this time.",
	} {
		page := v.get("/security?rate=1000&live=200&predict=guess:" + guess)
		if got := page.results(); len(got) != 1 || got[0] != "1.0 × 10^37 years" {
			t.Errorf("results = %q", got)
		}
		if !strings.Contains(page.Body, says) {
			t.Errorf("predicted %s: the page does not say %q", guess, says)
		}
	}
	// Even the largest numbers that the form takes do not bring it near.
	page := v.get("/security?rate=1000000000000&live=1000000000&predict=guess:universe")
	if !strings.Contains(page.Body, "Correct.") {
		t.Error("the largest numbers change the verdict")
	}
	for _, bad := range []string{"rate=", "rate=0&live=1", "rate=-5&live=1", "rate=1e3&live=1",
		"rate=10000000000000&live=1", "rate=1&live=0", "rate=1", "rate=1&live=9999999999"} {
		if page := v.get("/security?" + bad); page.Status != http.StatusBadRequest ||
			!strings.Contains(page.Body, "Nothing was changed.") {
			t.Errorf("GET /security?%s = %d, want the 400 page", bad, page.Status)
		}
	}
	if page := v.get("/security"); page.setCookie() != nil || v.internals().Session.Exists {
		t.Error("reading made a session or sent a cookie")
	}
}

func TestSecurityStolenCookie(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	me, thief := lab.visitor(), lab.visitor()
	if page := me.get("/security"); strings.Contains(page.Body, "curl -b '") ||
		!strings.Contains(page.Body, "there is nothing to steal") {
		t.Error("without a session there is a command with a token")
	}
	me.run("/set", "key", "fname", "value", "Aman")
	token := me.token()
	if page := me.get("/security"); !strings.Contains(page.Body, "curl -b 'sessionname="+token+"' "+lab.url+
		"/internals.json") {
		t.Error("the command does not carry my own token")
	}

	thief.setToken(token)
	if thief.values()["fname"] != "Aman" {
		t.Error("the stolen token does not open the session")
	}
	me.run("/clear")
	if !thief.internals().Session.Exists {
		t.Error("clear threw the thief out")
	}
	me.run("/cycle-key")
	if thief.internals().Session.Exists {
		t.Error("the old id still works after cycle_key")
	}
	thief.setToken(me.token())
	me.run("/flush")
	if thief.internals().Session.Exists {
		t.Error("the id still works after flush")
	}
}

func TestSecurityFixation(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	attacker, victim := lab.visitor(), lab.visitor()
	attacker.run("/set", "key", "bait", "value", "1")
	planted := attacker.token()
	victim.setToken(planted)
	victim.run("/set", "key", "user", "value", "victim")
	if attacker.values()["user"] != "victim" {
		t.Error("without a new id the attacker does not see the login")
	}
	victim.run("/cycle-key")
	if victim.token() == planted || attacker.internals().Session.Exists {
		t.Error("the planted id outlived cycle_key")
	}
	if victim.values()["user"] != "victim" {
		t.Error("cycle_key lost the values")
	}

	invented := lab.visitor()
	invented.setToken(strings.Repeat("A", 43))
	invented.run("/set", "key", "user", "value", "victim")
	if invented.token() == strings.Repeat("A", 43) {
		t.Error("an invented id was adopted")
	}
}

func TestSecurityTampering(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	v := lab.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	token := []byte(v.token())
	token[0] ^= 1
	stranger := lab.visitor()
	stranger.setToken(string(token))
	page := stranger.get("/security")
	if c := page.setCookie(); c == nil || c.MaxAge != -1 {
		t.Errorf("cookie = %v, want it deleted", c)
	}
	lab.sql("UPDATE sessions SET data = x'00ff'")
	if page := v.get("/security"); page.Status != http.StatusOK || page.setCookie() != nil ||
		len(v.values()) != 0 {
		t.Errorf("a damaged row: status %d, cookie %v, values %v; want an empty session", page.Status,
			page.setCookie(), v.values())
	}
}

func TestSecurityForeignForms(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	v := lab.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	for _, site := range []string{"cross-site", "same-site"} {
		r, err := http.NewRequest(http.MethodPost, lab.url+"/flush", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Sec-Fetch-Site", site)
		if a := v.do(r); a.Status != http.StatusForbidden || v.values()["fname"] != "Aman" {
			t.Errorf("a form from a %s page: %d, values %v", site, a.Status, v.values())
		}
		r, err = http.NewRequest(http.MethodGet, lab.url+"/security", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Sec-Fetch-Site", site)
		if a := v.do(r); a.Status != http.StatusOK {
			t.Errorf("a link from a %s page: %d, want 200", site, a.Status)
		}
	}
}
