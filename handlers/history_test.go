package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/xray"
)

// The address of an exchange is worth nothing to another visitor.
func TestForeignExchange(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	owner := tl.visitor()
	owner.run("/set", "key", "medical", "value", "S3CRET")
	location := owner.post("/pop", "key", "medical", "default", "x").Header.Get("Location")
	if a := owner.get(location); !strings.Contains(a.Body, "S3CRET") {
		t.Fatal("the owner does not see what was popped")
	}
	id := strings.TrimPrefix(location, "/pop?exchange=")
	other, ended := tl.visitor(), tl.visitor()
	other.run("/set", "key", "k", "value", "v")
	ended.setToken(owner.token()[:42] + "x")
	for name, v := range map[string]*visitor{"another": other, "newcomer": tl.visitor(),
		"unknown token": ended} {
		for _, path := range []string{location, "/internals?exchange=" + id, "/internals?part=panel&exchange=" + id,
			"/flow?exchange=" + id} {
			a := v.get(path)
			if a.Status != http.StatusOK {
				t.Errorf("%s: GET %s = %d, want the page without it", name, path, a.Status)
			}
			for _, secret := range []string{"S3CRET", "medical", owner.token()} {
				if strings.Contains(a.Body, secret) {
					t.Errorf("%s: %s shows %q of the exchange's owner", name, path, secret)
				}
			}
		}
		for _, path := range []string{location, "/internals?exchange=" + id} {
			if a := v.get(path); !strings.Contains(a.Body, "made by another visitor") {
				t.Errorf("%s: %s does not say that the exchange is not theirs", name, path)
			}
		}
	}
}

// After a flush nobody owns the exchange any more, so there is nothing in it that matters.
func TestFlushedExchange(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	earlier := v.post("/set", "key", "medical", "value", "S3CRET").Header.Get("Location")
	token := v.token()
	location := v.post("/flush").Header.Get("Location")
	for name, who := range map[string]*visitor{"who flushed": v, "another": tl.visitor()} {
		for _, path := range []string{location, earlier, strings.Replace(location, "/flush", "/internals", 1),
			strings.Replace(earlier, "/set", "/internals", 1)} {
			a := who.get(path)
			if a.Status != http.StatusOK || strings.Contains(a.Body, "S3CRET") || strings.Contains(a.Body, token) ||
				strings.Contains(a.Body, token[:8]) {
				t.Errorf("%s: GET %s = %d; it shows a value or the dead id", name, path, a.Status)
			}
		}
	}
	if a := v.get(location); !strings.Contains(a.Body, token[:4]+"…"+token[39:]) {
		t.Error("the page after a flush does not show the dead id masked")
	}
}

// The page of an exchange that the history keeps no more says so.
func TestForgottenExchange(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	first := v.post("/set", "key", "n", "value", "first").Header.Get("Location")
	for range historyLimits.PerSession - 1 { // each is an exchange of its own
		if a := v.get(first); a.Status != http.StatusOK || strings.Contains(a.Body, "not kept here any more") {
			t.Fatalf("the page of an exchange that is kept = %d", a.Status)
		}
	}
	if a := v.get(first); a.Status != http.StatusOK || !strings.Contains(a.Body, "not kept here any more") {
		t.Errorf("the page of a forgotten exchange = %d", a.Status)
	}
}

// A session that is gone without a flush takes its exchanges along at the next sweep.
func TestSweepForgetsWhatIsGone(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	token := v.token()
	tl.sql("DELETE FROM sessions")
	if len(tl.exchanges(token)) == 0 {
		t.Fatal("there are no exchanges that could be forgotten")
	}
	tl.sweepOnce(t.Context(), time.Hour)
	if n := len(tl.exchanges(token)); n != 0 {
		t.Errorf("%d exchanges of a session that is gone are kept", n)
	}
}

// Requests without a session, however many, push out nobody's exchanges.
func TestStrangersPushOutNoExchanges(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	limits := historyLimits
	limits.Total, limits.Ownerless = 20, 5
	tl.history = xray.NewHistory(limits)
	h := tl.Handler()
	v := tl.visitor()
	mine := v.post("/set", "key", "k", "value", "v").Header.Get("Location")
	for range limits.Total + limits.Ownerless {
		if w := serve(h, http.MethodPost, "/flush", "", ""); w.Code != http.StatusSeeOther {
			t.Fatalf("POST /flush = %d", w.Code)
		}
	}
	if a := v.get(mine); strings.Contains(a.Body, "not kept here any more") {
		t.Error("a visitor's exchange was pushed out")
	}
}

// TestSweepForgetsExpiredCookies: nothing else ever ends such a session here, so what is remembered of it
// goes when its time is over.
func TestSweepForgetsExpiredCookies(t *testing.T) {
	t.Parallel()
	tl := newCookieLab(t)
	v := tl.visitor()
	now := time.Now()
	tl.at(now)
	v.run("/set", "key", "k", "value", "v")
	token := v.token()
	for _, tt := range []struct {
		after time.Duration
		kept  bool
	}{{time.Minute, true}, {time.Hour, true}, {time.Hour + 401*time.Second, false}} {
		tl.at(now.Add(tt.after))
		tl.sweepOnce(t.Context(), time.Hour)
		if kept := len(tl.exchanges(token)) > 0; kept != tt.kept {
			t.Errorf("after %s the exchanges are kept: %v", tt.after, kept)
		}
	}
}

// On signed cookies, whoever stores the same as somebody else sees nothing of them, however often.
func TestEqualSessionsInCookiesAreNotShared(t *testing.T) {
	t.Parallel()
	tl := newLabOn(t, "cookie:sessionname")
	moment := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	for i := range 20 {
		secret := fmt.Sprint("S3CRET", i)
		victim, attacker := tl.visitor(), tl.visitor()
		victim.run("/set", "key", "pin", "value", secret)
		victim.run("/clear")
		victim.run("/expiry", "at", moment)
		attacker.run("/expiry", "at", moment)
		if victim.token() == attacker.token() {
			t.Fatal("two visitors hold the same cookie")
		}
		for _, x := range tl.exchanges(attacker.token()) {
			if x.Path == "/clear" {
				t.Fatal("the attacker has the victim's exchange")
			}
			for _, path := range []string{"/internals", "/clear", "/set"} {
				if strings.Contains(attacker.get(path+"?exchange="+x.ID).Body, secret) {
					t.Fatalf("the attacker reads the victim's value on %s", path)
				}
			}
		}
	}
}

// Who holds an older copy of a signed cookie sees nothing of what came after it.
func TestOlderCookiesSeeNothingLater(t *testing.T) {
	t.Parallel()
	tl := newLabOn(t, "cookie:sessionname")
	v, old := tl.visitor(), tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	old.setToken(v.token())
	later := v.post("/set", "key", "pin", "value", "S3CRET").Header.Get("Location")
	v.get(later)
	for _, path := range []string{later, "/internals", "/internals.json", "/set"} {
		if strings.Contains(old.get(path).Body, "S3CRET") {
			t.Errorf("the holder of an older cookie reads a later value on %s", path)
		}
	}
	if !strings.Contains(v.get(later).Body, "S3CRET") {
		t.Error("the visitor's own history does not move along")
	}
}
