package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/scenario"
)

// cardOf is the part of the page that is that card.
func (a answer) cardOf(card string) answer {
	_, rest, _ := strings.Cut(a.Body, `data-card="`+card+`"`)
	rest, _, _ = strings.Cut(rest, `data-card="`) // the next one's
	a.Body, _, _ = strings.Cut(rest, `class="notes"`)
	return a
}

// unreachable has the visitor's own requests come, and what an experiment sends to such a path never arrive;
// "" for all that it sends.
func (v *visitor) unreachable(path string) {
	h := v.lab.Handler()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path == "" { // no experiment knows where to send anything
			r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, nil))
		} else if r.URL.Path == path && r.Header.Get(scenario.Header) != "" {
			panic(http.ErrAbortHandler)
		}
		h.ServeHTTP(w, r)
	}))
	v.t.Cleanup(server.Close)
	v.lab.url = server.URL
}

// refusedScenes are forms of experiments that are refused for what they send, with what the card says.
var refusedScenes = []struct {
	path, card, field, value string
	status                   int
	title                    string
}{
	{"/two", "two", "value", strings.Repeat("v", limits.MaxValueBytes+1), http.StatusRequestEntityTooLarge,
		"Too large"},
	{"/stolen/act", "stolen-act", "act", "nothing", http.StatusBadRequest, "No act"},
	{"/lost-update/cure", "lost-cure", "cure", "", http.StatusBadRequest, "No such way"},
	{"/late-request/cure", "late-cure", "cure", "", http.StatusBadRequest, "No such way"},
	{"/double-submit/cure", "double-cure", "cure", "", http.StatusBadRequest, "No such way"},
}

// What an experiment cannot take is answered with its lesson: the error is in the card that was pressed, with
// what was predicted, and nothing of it is kept.
func TestRefusedSceneIsInItsCard(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, tt := range refusedScenes {
		v := tl.visitor()
		v.run("/set", "key", "who", "value", "Ann")
		before := len(tl.exchanges(v.token()))
		option := mustCard(t, tt.card).Options[0].ID
		a := v.post(tt.path, "card", tt.card, "predict", tt.card+":"+option, tt.field, tt.value)
		if a.Status != tt.status {
			t.Errorf("%s = %d", tt.path, a.Status)
		}
		card := a.cardOf(tt.card)
		wantText(t, card, `<span class="err-name">`+tt.title+`</span>. Nothing was changed.`,
			"Not judged yet.", `value="`+tt.card+`:`+option+`" checked`)
		if card.cameTrue(tt.card) != "" || len(v.sheet().Runs) != 0 || v.values()["who"] != "Ann" ||
			len(tl.exchanges(v.token())) != before {
			t.Errorf("%s: something of it is kept", tt.path)
		}
		if strings.Contains(a.Body, "older exchange") {
			t.Errorf("%s: the panel says that its own request is an older one", tt.path)
		}
	}
	r, _ := http.NewRequest(http.MethodPost, tl.url+"/two", strings.NewReader("value=%zz"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if a := tl.visitor().do(r); a.Status != http.StatusBadRequest {
		t.Errorf("a broken form = %d", a.Status)
	} else {
		wantText(t, a.cardOf("two"), "Broken form")
	}
}

// busyInCard checks that the card says which limit was met, and the answer when to come again.
func busyInCard(t *testing.T, a answer, card string, says ...string) {
	t.Helper()
	after := a.Header.Get("Retry-After")
	if a.Status != http.StatusServiceUnavailable || after == "" || a.setCookie() != nil {
		t.Errorf("%d, with %v", a.Status, a.Header)
	}
	says = append(says, "The server is busy", "Nothing was changed.", "Wait a few seconds")
	wantText(t, a.cardOf(card), says...)
}

// mustCard is the card of that ID.
func mustCard(t *testing.T, id string) *Card {
	t.Helper()
	c, _, err := cardNamed(id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// scenesOf are all experiments, each with a form that it takes.
var scenesOf = []struct{ path, card, field, value string }{
	{"/two", "two", "value", "Zoë"}, {"/two/jar", "two-jar", "", ""},
	{"/stolen", "stolen", "", ""}, {"/stolen/act", "stolen-act", "act", "flush"},
	{"/lost-update", "lost-update", "", ""}, {"/late-request", "late-request", "", ""},
	{"/double-submit", "double-submit", "", ""}, {"/flush/b", "flush-b", "", ""},
	{"/test-cookie/b", "test-cookie-none", "", ""},
}

// Where a browser cannot reach the lab, and where too many experiments are at work, the card says so too.
// What was sent is in its fields, so that one press sends it again.
func TestSceneThatCannotRunIsInItsCard(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "who", "value", "Ann")
	v.run("/two", "value", "Ben") // has a notebook since
	was, reached := v.values(), tl.url
	all := func(what string, status int, says ...string) {
		for _, tt := range scenesOf {
			option := mustCard(t, tt.card).Options[0].ID
			a := v.post(tt.path, "card", tt.card, "predict", tt.card+":"+option, tt.field, tt.value)
			after := a.Header.Get("Retry-After")
			if a.Status != status || (after != "") != (status == http.StatusServiceUnavailable) {
				t.Errorf("%s: %s = %d, Retry-After %q", what, tt.path, a.Status, after)
			}
			card := a.cardOf(tt.card)
			wantText(t, card, append(says, "Nothing was changed.", "Not judged yet.",
				`value="`+tt.card+`:`+option+`" checked`)...)
			if tt.field == "value" && !strings.Contains(card.Body, `value="`+tt.value+`"`) ||
				tt.field == "act" && !strings.Contains(card.Body, `<option value="`+tt.value+`" selected>`) {
				t.Errorf("%s: %s has lost its field", what, tt.path)
			}
		}
	}
	v.unreachable("")
	all("without a listener", http.StatusBadGateway, "Browser B could not reach the lab", "Try it again.")
	tl.url = reached
	tl.queues = scenario.NewLines(1)
	leave, _ := tl.queues.Enter(t.Context(), v.bookID())
	all("another one at work", http.StatusServiceUnavailable, "The server is busy", "one after the other")
	leave()
	if fmt.Sprint(v.values()) != fmt.Sprint(was) {
		t.Errorf("the session has %v, and had %v", v.values(), was)
	}
}

// When no experiment can be begun the lesson is made only in a turn of the pages; without one the small page
// of the error is left.
func TestBusyScenesTakeATurnForTheirPage(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "who", "value", "Ann")
	const soon = 20 * time.Millisecond
	tl.scenes = limits.NewTurns(1, soon, busyScenes)
	tl.reading = limits.NewTurns(1, soon, busyReading)
	server := httptest.NewServer(tl.Handler())
	t.Cleanup(server.Close)
	tl.url = server.URL
	here := netip.MustParseAddr("127.0.0.1")
	if _, err := tl.scenes.Enter(t.Context(), here); err != nil {
		t.Fatal(err)
	}
	a := v.post("/two", "card", "two", "value", "Ben", "predict", "two:own")
	busyInCard(t, a, "two", fmt.Sprint(limits.MaxScenes), `value="two:own" checked`)
	leave, err := tl.reading.Enter(t.Context(), here)
	if err != nil {
		t.Fatal(err)
	}
	limited(t, v.post("/two", "card", "two", "value", "Ben"), http.StatusServiceUnavailable,
		fmt.Sprint(limits.MaxScenes), "Send it again")
	leave()
}

// What an experiment did before the error stays done, and the card does not say that nothing was changed.
func TestSceneThatBreaksOff(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "n", "value", "7", "type", "int")
	v.unreachable("/lost-update/add")
	a := v.post("/lost-update", "card", "lost-update", "predict", "lost-update:two")
	card := a.cardOf("lost-update")
	wantText(t, card, "Browser B could not reach the lab", "What was done before that stays done.")
	if a.Status != http.StatusBadGateway || strings.Contains(card.Body, "Nothing was changed") ||
		fmt.Sprint(v.values()["n"]) != "0" || card.cameTrue("lost-update") != "" {
		t.Errorf("%d, and n = %v", a.Status, v.values()["n"])
	}
}

// What follows a run and is refused leaves that run on the card, with its verdict and the button.
func TestRefusedBesideARun(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "who", "value", "Ann")
	cycle := v.recorded(v.done("/cycle-key", "predict", "cycle-key:nothing"))
	compared := v.recorded(v.done("/storage/compare", "predict", "storage:cookie"))
	visits := v.recorded(v.done("/sessions/visits", "predict", "sessions:three"))
	v.play("/two", "two", "own", "value", "Ben")
	reached := tl.url
	for _, tt := range []struct{ path, card, of, field string }{
		{"/cycle-key/b", "cycle-key", cycle.ID, "of"}, {"/storage/b", "storage", compared.ID, "of"},
		{"/sessions/b", "sessions", visits.ID, "of"}, {"/two/move", "two", "b-get", "move"},
	} {
		moves := len(v.sheet().Moves)
		refused := func(what string, a answer, status int, says ...string) {
			t.Helper()
			if a.Status != status {
				t.Errorf("%s, %s = %d", tt.path, what, a.Status)
			}
			card := a.cardOf(tt.card)
			says = append(says, `<p class="returned" data-told`, "Nothing was changed.", "Correct.")
			wantText(t, card, append(says, `action="`+tt.path+`#`)...)
			if strings.Contains(card.Body, "Not judged yet") {
				t.Errorf("%s, %s: the run is not on the page as it was", tt.path, what)
			}
		}
		unknown := v.post(tt.path, tt.field, "x")
		refused("what is not known", unknown, http.StatusBadRequest)
		if strings.Contains(unknown.Body, "older exchange") {
			t.Errorf("%s: the panel says that its own request is an older one", tt.path)
		}
		v.unreachable("")
		refused("without a listener", v.post(tt.path, tt.field, tt.of), http.StatusBadGateway,
			"Browser B could not reach the lab", "Try it again.")
		tl.url = reached
		line := tl.queues
		tl.queues = scenario.NewLines(1)
		leave, _ := tl.queues.Enter(t.Context(), v.bookID())
		busyInCard(t, v.post(tt.path, tt.field, tt.of), tt.card, "Correct.")
		leave()
		tl.queues = line
		if n := len(v.sheet().Moves); n != moves {
			t.Errorf("%s: %d moves are kept, and were %d", tt.path, n, moves)
		}
		fresh := tl.visitor().post(tt.path, tt.field, "x")
		wantText(t, fresh.cardOf(tt.card), `<span class="err-name">`, "Not judged yet.", "Nothing was changed.")
	}
}

// A large session that gets no turn is one more answer of the lab, and the run has it: nobody is told that
// the lab could not be reached.
func TestSceneWaitsForATurnOfALargeSession(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "who", "value", strings.Repeat("Ann", limits.Large/3))
	leave, err := tl.large.Enter(t.Context(), netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	a := v.post("/two", "value", "Ben")
	leave()
	if a.Status != http.StatusSeeOther {
		t.Fatalf("POST /two = %d\n%s", a.Status, a.Body)
	}
	run := ranBy(v.sheet().Runs[0], "two")
	if read := run.last("A", "/get").Exchange; read.Status != http.StatusServiceUnavailable {
		t.Errorf("the visitor's request got %d: %v", read.Status, run.story())
	}
}
