package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/scenario"
)

// cameTrue is the option of the card that the page marks as what came true; "" for none.
func (a answer) cameTrue(card string) string {
	_, rest, _ := strings.Cut(a.cardOf(card).Body, `class="opt happened"`)
	_, rest, _ = strings.Cut(rest, `value="`+card+`:`)
	option, _, _ := strings.Cut(rest, `"`)
	return option
}

// story tells the events of a run in a line each.
func (r *ran) story() (lines []string) {
	for _, e := range r.Events {
		if e.Hand != "" {
			lines = append(lines, e.Name+" "+e.Hand)
			continue
		}
		x := e.Exchange
		lines = append(lines, fmt.Sprintf("%s %s %s %d", e.Name, x.Method, x.Path, x.Status))
	}
	return lines
}

// What comes with a ticket that nobody issued is an ordinary request; the address that others may reach does
// not lead an experiment anywhere else, and none starts another.
func TestScenesSendOnlyToTheLab(t *testing.T) {
	t.Parallel()
	for _, request := range maySend {
		_, path, _ := strings.Cut(request, " ")
		lesson := lessonAt(path)
		if lesson == nil || lesson.Scenes && path == lesson.Path || strings.HasPrefix(path, "/scs") {
			t.Errorf("an experiment may send %s", request)
		}
	}
	tl := newLab(t)
	v := tl.visitor()
	r, _ := http.NewRequest(http.MethodPost, tl.url+"/set", strings.NewReader("key=k&value=v"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set(scenario.Header, "made up")
	if x := v.recorded(v.do(r)); x.By != "" {
		t.Errorf("by %q", x.By)
	}
	r, _ = http.NewRequest(http.MethodPost, tl.url+"/two", strings.NewReader("value=v"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Host = "localhost:1" // its own listener is asked, whatever the name is
	if a := v.do(r); a.Status != http.StatusSeeOther {
		t.Errorf("POST /two = %d\n%s", a.Status, a.Body)
	}
	if a := tl.send(http.MethodPost, "/two", "Sec-Fetch-Site", "cross-site"); a.Status != http.StatusForbidden {
		t.Errorf("from another site's page: %d", a.Status)
	}
}

// Experiments take turns, and so do those of one notebook; who waits in vain gets 503.
func TestScenesAreBounded(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	tl.scenes = limits.NewTurns(limits.MaxScenes, 20*time.Millisecond, busyScenes)
	server := httptest.NewServer(tl.Handler())
	t.Cleanup(server.Close)
	tl.url = server.URL
	var leave func()
	for range limits.MaxScenes / 2 {
		var err error
		if leave, err = tl.scenes.Enter(t.Context(), netip.MustParseAddr("127.0.0.1")); err != nil {
			t.Fatal(err)
		}
	}
	busyInCard(t, v.post("/two", "value", "Ben"), "two", fmt.Sprint(limits.MaxScenes))
	v.run("/set", "key", "k", "value", "v") // goes on meanwhile
	leave()
	v.run("/two", "value", "Ben")
	tl.queues = scenario.NewLines(1)
	leaveLine, _ := tl.queues.Enter(t.Context(), v.bookID())
	busyInCard(t, v.post("/two", "value", "Ben"), "two", "one after the other")
	if a := tl.visitor().post("/two", "value", "Ben"); a.Status != http.StatusSeeOther {
		t.Errorf("another visitor beside them: %d", a.Status)
	}
	leaveLine()
	if a := v.post("/two", "value", "Ben"); a.Status != http.StatusSeeOther {
		t.Errorf("after that: %d", a.Status)
	}
}

// Where a browser cannot reach the lab the page says so, and the other pages go on.
func TestSceneWithoutAListener(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	w := serve(tl.Handler(), http.MethodPost, "/two", "value=Ben", "")
	says := strings.Contains(w.Body.String(), "Browser B could not reach the lab")
	if w.Code != http.StatusBadGateway || !says {
		t.Errorf("%d\n%s", w.Code, w.Body)
	}
}

// A class behind one address: everybody runs at the same time, and nobody waits for somebody who waits
// for him.
func TestScenesOfAClass(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	var all sync.WaitGroup
	statuses := make(chan int, 200)
	for range 200 {
		all.Go(func() {
			a := tl.visitor().post("/two", "value", "Ben", "card", "two")
			statuses <- a.Status
		})
	}
	all.Wait()
	close(statuses)
	for status := range statuses {
		if status != http.StatusSeeOther && status != http.StatusServiceUnavailable {
			t.Fatalf("a run = %d", status)
		}
	}
	if n := tl.scenery.UnderWay(); n != 0 {
		t.Errorf("%d requests are under way", n)
	}
}

// With -secure the cookies of the experiments are for TLS alone, and they work as well.
func TestScenesOverTLS(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.settings.Secure = true
	tl.sessions.Cookie.Secure = true
	tl.scenery = scenario.NewStage(tl.settings.CookieName, true, maySend...)
	server := httptest.NewServer(tl.Handler())
	t.Cleanup(server.Close)
	resp, err := http.PostForm(server.URL+"/two", url.Values{"value": {"Ben"}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.Request.URL.Path != "/two" || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d", resp.StatusCode)
	}
	answer := resp.Request.Response // of the form, which led to the page
	book := answer.Cookies()
	i := slices.IndexFunc(book, func(c *http.Cookie) bool { return strings.HasSuffix(c.Name, "notebook") })
	if i < 0 || !book[i].Secure {
		t.Fatalf("%d, cookies %v", answer.StatusCode, book)
	}
	s := tl.sheetOf(book[i].Value)
	if s.Jar == nil || !s.Jar.Secure || !ranBy(s.Runs[0], "two").Events[0].Exchange.SetCookie.Secure {
		t.Errorf("jar %v", s)
	}
}

// What experiments store counts for the visitor who runs them, and not for the machine that sends it: another
// one goes on when the first may store no more.
func TestScenesCountForTheirVisitor(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	h := reachable(t, tl.Handler())
	err := tl.room.Admit(netip.MustParseAddr("10.0.0.1"), limits.Growth{IDs: limits.IDsAtOnce})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{"10.0.0.1": "", "10.0.0.2": "five"} {
		a := from(h, address, http.MethodPost, "/two/jar", "card=two-jar", "")
		id := strings.TrimPrefix(strings.Split(a.books()[0], ";")[0], "notebook=")
		s := tl.sheetOf(id)
		if got := twoJarCard.Observe(Run{Record: s.Runs[0]}); got != want {
			t.Errorf("from %s: %q, want %q: %v", address, got, want, ranBy(s.Runs[0], "two-jar").story())
		}
	}
}
