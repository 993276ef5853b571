package handlers

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/notebook"
)

// checkTwoCopies runs two copies of the lab on one store, behind a proxy that hands every request to the
// other copy than the last, as several machines would share it.
func checkTwoCopies(t *testing.T, one *testLab, _ engine.Kind) {
	two := newLabOn(t, one.store)
	one.watch()
	proxy := roundRobin(t, one.url, two.url)

	v := one.visitor()
	v.lab = &testLab{Lab: one.Lab, t: t, url: proxy}
	for i, key := range []string{"a", "b", "c", "d"} {
		v.run("/set", "key", key, "value", "x")
		if got := len(v.values()); got != i+1 {
			t.Fatalf("after %d values the other copy sees %d", i+1, got)
		}
	}
	location := v.post("/set", "key", "e", "value", "x").Header.Get("Location")
	pages := v.get(location).Body + v.get(location).Body
	const lost = "made by another visitor"
	_, archived := one.engine.Engine.(engine.Archive)
	if shown := strings.Count(pages, "data-outcome"); archived && (shown != 2 || strings.Contains(pages, lost)) {
		t.Errorf("%d of two copies show what one of them did", shown)
	} else if !archived && (shown != 1 || !strings.Contains(pages, lost)) {
		t.Errorf("%d of two copies show the exchange, want the one that keeps it", shown)
	}
	// Either copy shows a run, and goes on with the jar of Browser B, where both have one store of notebooks.
	if archived {
		checkScenesOfCopies(t, v)
	}
	// A stream of one copy shows what the other one saves.
	direct := one.visitor()
	direct.setToken(v.token())
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, one.url+"/internals/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := direct.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	lines := bufio.NewScanner(stream.Body)
	waitFor(t, lines, `"e"`)
	other := two.visitor()
	other.setToken(v.token())
	other.run("/set", "key", "seen", "value", "from the other copy")
	waitFor(t, lines, "from the other copy")
	if archived {
		checkEveryOutcome(t, v)
	}

	if _, shared := one.engine.Engine.(notebook.Store); shared {
		v.run("/expiry", "seconds", "300")
		other.put("notebook", v.cookieNamed("notebook"))
		if a, ok := v.notebook(); !ok || a.Session.ID != v.token() {
			t.Errorf("the notebook has %+v, %v", a, ok)
		}
		if b, ok := other.notebook(); !ok || b.Session.ID != v.token() {
			t.Errorf("the other copy has %+v, %v of the notebook", b, ok)
		}
	}
}

// checkEveryOutcome does what the lessons do behind the proxy, where the page with the outcome is the other
// copy's.
func checkEveryOutcome(t *testing.T, v *visitor) {
	t.Helper()
	for _, do := range []struct {
		path, form, says string
	}{
		{"/set", "key=fname&value=Aman", "fname is stored."},
		{"/pop", "key=nowhere&default=nothing", "Nothing was written."},
		{"/test-cookie/check", "", "It returned"},
		{"/expiry", "seconds=100", "_session_expiry is stored."},
		{"/cycle-key", "", "Same values, new ID."},
		{"/clear-expired", "", "Yours was not touched."},
		{"/storage/compare", "", "Signed cookie"},
		{"/delete", "key=fname", "fname is gone."},
		{"/flush", "", "The session is gone: values, row and cookie."},
		{"/flush", "", "Nothing was written."},
	} {
		a := v.postBody(do.path, do.form, "application/x-www-form-urlencoded")
		if a.Status != http.StatusSeeOther {
			t.Fatalf("POST %s = %d\n%s", do.path, a.Status, a.Body)
		}
		page := v.get(a.Header.Get("Location"))
		if text := page.text(); !strings.Contains(text, do.says) || strings.Contains(text, "not kept here") {
			t.Errorf("the other copy does not say of POST %s that %q:\n%s", do.path, do.says, text)
		}
	}
}

// waitFor reads lines until one holds text. The test's own deadline ends a wait in vain.
func waitFor(t *testing.T, lines *bufio.Scanner, text string) {
	t.Helper()
	for lines.Scan() {
		if strings.Contains(lines.Text(), text) {
			return
		}
	}
	t.Fatalf("the stream ended without %q: %v", text, lines.Err())
}

func roundRobin(t *testing.T, addresses ...string) string {
	t.Helper()
	var turn atomic.Int64
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		target, err := url.Parse(addresses[int(turn.Add(1))%len(addresses)])
		if err != nil {
			t.Error(err)
			return
		}
		r.SetURL(target)
	}}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}

// checkScenesOfCopies has a visitor whose requests go to the copies by turns run an experiment.
func checkScenesOfCopies(t *testing.T, v *visitor) {
	v.done("/set", "key", "who", "value", "Ann")
	location := v.done("/two", "value", "Ben", "card", "two").Header.Get("Location")
	for range 2 {
		if page := v.get(location); page.cameTrue("two") != "own" {
			t.Errorf("a copy judges the run %q", page.cameTrue("two"))
		}
		v.done("/two/move", "move", "b-get")
	}
	if page := v.get("/two"); strings.Count(page.Body, `<b class="says">Ben</b>`) != 2 {
		t.Error("a copy does not know the jar of Browser B")
	}
}
