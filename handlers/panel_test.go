package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sessionlab/handlers/engine"
)

// With an older exchange on view the panel says how the session is now, and makes nothing up about the
// latest request or other tabs.
func TestOlderExchangeOnView(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	first := v.post("/set", "key", "a", "value", "1").Header.Get("Location")
	if page := v.get(first); !strings.Contains(page.Body, "A new session, made by your last request.") ||
		strings.Contains(page.Body, "older exchange") {
		t.Error("the first exchange is the latest, and its page does not say what it did")
	}
	v.run("/set", "key", "b", "value", "2")
	page := v.get(first)
	for _, text := range []string{"Alive. On view is an older exchange, not your last.",
		"No session yet: an ID was made"} {
		if !strings.Contains(page.Body, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
	for _, text := range []string{"made by your last request", "by another tab or program",
		fmt.Sprintf(" → %d bytes", v.stored().Size),
		">inserted<"} {
		if strings.Contains(page.Body, text) {
			t.Errorf("the page says %q", text)
		}
	}
}

// What Browser B tries after a run changes nothing of the session, and the page that shows it is only looked
// at: the run stays the latest exchange on the panel, with what it did. A read makes it an older one.
func TestPanelBesideB(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	cycle := v.done("/cycle-key", "card", "cycle-key").Header.Get("Location")
	says := func(a answer) string {
		_, panel, _ := strings.Cut(a.Body, `<p class="x-state">`)
		panel, _, _ = strings.Cut(panel, `<ol class="seq">`)
		return answer{Body: panel}.text()
	}
	before := says(v.get(cycle))
	_, of, _ := strings.Cut(cycle, "exchange=")
	of, _, _ = strings.Cut(of, "#")
	after := says(v.run("/cycle-key/b", "of", of))
	if after != before || !strings.Contains(after, "Last exchange") {
		t.Errorf("before Browser B came the panel said\n%s\nand then\n%s", before, after)
	}
	v.get("/get?key=fname")
	if now := says(v.get(cycle)); !strings.Contains(now, "On view is an older exchange") {
		t.Errorf("after a read the panel says %s", now)
	}
}

// blind is an engine whose rows cannot be looked at, though sessions can be loaded.
type blind struct{ engine.Engine }

func (blind) Row(context.Context, string) (engine.Row, bool, error) {
	return engine.Row{}, false, engine.ErrUnavailable
}

// A page that fails after its exchange was filed leaves that exchange as it was.
func TestPageWithoutALookAtTheRow(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	before := len(tl.exchanges(v.token()))
	sighted := tl.engine
	tl.engine.Engine = blind{sighted.Engine}
	tl.wantErrorPage("a row that cannot be looked at", v.get("/items"), http.StatusServiceUnavailable,
		"cannot be reached")
	tl.engine = sighted
	list := tl.exchanges(v.token())
	if len(list) != before+1 || list[0].Path != "/items" || list[0].Status != http.StatusOK ||
		list[0].Refused != "" {
		t.Errorf("%d exchanges, %d before; the last is %+v; want one more, that went well", len(list), before,
			list[0])
	}
}

// A page that still shows a cookie which names nothing must learn that the browser has dropped it: the two
// states have different stamps. A page whose own answer drops it is ahead of that.
func TestStampTellsAStaleCookieFromNone(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	stampOf := func(path, token string) string {
		v := tl.visitor()
		if token != "" {
			v.setToken(token)
		}
		_, rest, _ := strings.Cut(v.get(path).Body, `data-stamp="`)
		stamp, _, ok := strings.Cut(rest, `"`)
		if !ok || stamp == "" {
			t.Fatalf("GET %s has no stamp", path)
		}
		return stamp
	}
	const stale = "a-token-that-names-nothing"
	none := stampOf("/internals", "")
	if got := stampOf("/internals", stale); got == none {
		t.Error("with a stale cookie the stamp is the same as without one")
	}
	if got := stampOf("/set", stale); got != none {
		t.Error("a page that drops the cookie has another stamp than one without")
	}
}
