package handlers

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sessionlab/handlers/xray"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// limited checks the page of a limit: it names the limit, says that nothing was changed and what to do, and
// when to come again.
func limited(t *testing.T, a answer, status int, says ...string) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("%d, want %d", a.Status, status)
	}
	for _, text := range append(says, "Nothing was changed", `<p class="calm">`) {
		if !strings.Contains(a.Body, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
	if after, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || after < 1 {
		t.Errorf("Retry-After = %q", a.Header.Get("Retry-After"))
	}
	if c := a.setCookie(); c != nil {
		t.Errorf("Set-Cookie = %v", c)
	}
}

// A class of 200 behind one address never meets a limit: 40 join in the same moment, everybody has a live
// panel and clicks at once through what takes most.
func TestAClassMeetsNoLimit(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	const class, together = 200, 40
	clicks := [][]string{
		{"/set", "key", "fname", "value", "Aman"}, {"/flush"}, {"/set", "key", "fname", "value", "Aman"},
		{"/cycle-key"}, {"/clear-expired/plant"}, {"/set", "key", "text", "value", strings.Repeat("x", 2000)},
		{"/expiry", "seconds", "31536000"}, {"/clear"},
	}
	var visitors []*visitor
	var refused sync.Map
	each := func(from int, f func(*visitor)) {
		for batch := range slices.Chunk(visitors[from:], together) {
			var wg sync.WaitGroup
			for _, v := range batch {
				wg.Go(func() { f(v) })
			}
			wg.Wait()
		}
	}
	for range class {
		visitors = append(visitors, tl.visitor())
	}
	each(0, func(v *visitor) {
		for _, click := range clicks[:1] {
			v.click(&refused, click)
		}
	})
	streams := make([]*eventStream, class)
	for i, v := range visitors {
		streams[i] = v.stream()
	}
	for i := range streams {
		streams[i].session("the first state", func(i internals) bool { return i.Session.Exists })
	}
	for _, click := range clicks[1:] {
		each(0, func(v *visitor) { v.click(&refused, click) })
	}
	refused.Range(func(what, _ any) bool { t.Error(what); return true })
}

// click posts and opens the page that it leads to. What is not a page as usual goes into refused.
func (v *visitor) click(refused *sync.Map, post []string) {
	a := v.post(post[0], post[1:]...)
	if a.Status != http.StatusSeeOther {
		refused.Store(fmt.Sprintf("POST %s = %d", post[0], a.Status), true)
		return
	}
	if page := v.get(a.Header.Get("Location")); page.Status != http.StatusOK {
		refused.Store(fmt.Sprintf("GET %s = %d", a.Header.Get("Location"), page.Status), true)
	}
}

// from sends a request to the whole site as if it came from an address, and returns the answer.
func from(h http.Handler, address, method, path, body, cookie string) answer {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host, r.RemoteAddr = "127.0.0.1", net.JoinHostPort(address, "1234")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if cookie != "" {
		r.Header.Set("Cookie", "sessionname="+cookie)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

// dial opens a connection that reads nothing by itself, and takes little in advance.
func (tl *testLab) dial() net.Conn {
	tl.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(tl.url, "http://"))
	if err != nil {
		tl.t.Fatal(err)
	}
	tl.t.Cleanup(func() { conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		tl.t.Fatal(err)
	}
	return conn
}

// Large answers that nobody takes hold so many bytes and no more. Ordinary pages go on, and the room comes
// back when the readers are given up.
func TestLargeAnswersHaveRoom(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "a", "value", strings.Repeat("x", 60<<10))
	v.run("/set", "key", "b", "value", strings.Repeat("x", 60<<10))
	size := int64(len(v.get("/internals.json").Body))
	if size <= smallAnswer {
		t.Fatalf("the answer has %d bytes, and is no large one", size)
	}
	take := func(n int64) { // as if so much were under way; an answer that was read may still be counted
		t.Helper()
		until(t, "there is room", func() bool { return tl.answers.TryAcquire(n) })
	}
	const slack = 100 // its times are not always of the same length
	take(maxAnswers)
	tl.answers.Release(size + slack)
	if a := v.get("/internals.json"); a.Status != http.StatusOK {
		t.Errorf("the last that has room = %d", a.Status)
	}
	take(size + slack)
	tl.answers.Release(size - slack)
	limited(t, v.get("/internals.json"), http.StatusServiceUnavailable, "at most 64 MiB of them")
	if a := v.get("/set"); a.Status != http.StatusOK {
		t.Errorf("an ordinary page = %d", a.Status)
	}
	tl.answers.Release(2 * slack)
	if a := v.get("/internals.json"); a.Status != http.StatusOK {
		t.Errorf("when there is room again = %d", a.Status)
	}
}

// Large bodies wait for room, and give it back when they are done or given up.
func TestLargeBodiesHaveRoom(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.bodyWait = 100 * time.Millisecond
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	var slow []net.Conn
	for range maxBodies / maxBody {
		conn := tl.dial()
		slow = append(slow, conn)
		fmt.Fprintf(conn, "POST /set HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"+
			"Content-Length: %d\r\n\r\nkey=k&value=", maxBody)
	}
	large := strings.Repeat("x", 2*smallBody)
	post := func() answer { return v.post("/set", "key", "a", "value", large) }
	until(t, "there is no room", func() bool { return post().Status != http.StatusSeeOther })
	limited(t, post(), http.StatusServiceUnavailable, "Forms over 16 KiB", "at most 32 MiB of them")
	v.run("/set", "key", "a", "value", "small")
	for _, conn := range slow {
		conn.Close()
	}
	until(t, "there is room again", func() bool { return post().Status == http.StatusSeeOther })
}

// A list has so many entries, and one that an earlier version took is shown cut, on every page.
func TestLongLists(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	for _, path := range []string{"/set", "/setdefault", "/update"} {
		v.run(path, "key", "list"+path[1:], "value", strings.Repeat(",", maxListEntries-1), "type", "list")
		a := v.post(path, "key", "more", "value", strings.Repeat(",", maxListEntries), "type", "list")
		if a.Status != http.StatusRequestEntityTooLarge || !strings.Contains(a.Body, "at most 1000 entries") {
			t.Errorf("POST %s of 1001 entries = %d", path, a.Status)
		}
	}
	long := map[string]any{"list": make([]string, 65_000), "text": strings.Repeat("'", maxValueBytes)}
	v = tl.holding(long)
	for _, path := range tl.addresses(http.MethodGet) {
		if path == "/internals/events" {
			continue
		}
		a := v.get(path)
		if limit := 200 << 10; path != "/internals.json" && len(a.Body) > limit {
			t.Errorf("GET %s of a long list has %d bytes, want at most %d", path, len(a.Body), limit)
		}
	}
	for _, result := range v.get("/items").results()[1:] {
		if !strings.Contains(result, "… and 64") || !strings.Contains(result, "(65536 bytes)") {
			t.Errorf("/items does not say what it leaves out: %.200q", result)
		}
	}
	wantText(t, v.get("/set"), "and 64829 more]")
}

// holding returns a visitor whose session holds values that no form may have sent.
func (tl *testLab) holding(values map[string]any) *visitor {
	tl.t.Helper()
	token, expiry := newID(), time.Now().Add(time.Hour)
	data, err := strict.Encode(expiry, values)
	if err != nil {
		tl.t.Fatal(err)
	}
	if err := tl.engine.CommitCtx(tl.t.Context(), token, data, expiry); err != nil {
		tl.t.Fatal(err)
	}
	v := tl.visitor()
	v.setToken(token)
	return v
}

// A stream tells of many changes in one event, four times a second at most, and ends with the last state.
func TestStreamsGatherChanges(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	tl.eventPause = time.Hour
	v := tl.visitor()
	v.run("/set", "key", "n", "value", "0")
	s := v.stream()
	s.session("the first state", func(i internals) bool { return value(i, "n") == "0" })
	for n := range 20 {
		v.run("/set", "key", "n", "value", fmt.Sprint(n+1))
	}
	// The next event has to wait for an hour: only the end of all streams comes.
	tl.CloseStreams()
	if last := s.ended(); len(last) > 0 {
		t.Errorf("%d events came in one pause", len(last))
	}
}

// An event of a large session tells that it changed, and leaves its data to who asks for it.
func TestEventsOfLargeSessionsAreSmall(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	for _, key := range []string{"a", "b", "c"} {
		v.run("/set", "key", key, "value", strings.Repeat("x", maxValueBytes))
	}
	s := v.stream()
	first := s.session("the first state", func(i internals) bool { return i.Row != nil })
	if first.Row.Data != nil || len(first.Session.Values) != 0 || first.Row.Size < 3*maxValueBytes {
		t.Errorf("the event carries %d bytes of data and %d values of a row of %d bytes",
			len(first.Row.Data), len(first.Session.Values), first.Row.Size)
	}
	v.run("/set", "key", "n", "value", "1")
	s.session("the change", func(i internals) bool { return i.Row.Size > first.Row.Size })
	if all := len(s.all()); all > 4000 {
		t.Errorf("two events have %d bytes", all)
	}
}

// Requests without a session, however many, push out nobody's exchanges.
func TestStrangersPushOutNoExchanges(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	limits := historyLimits
	limits.Total = 300
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
		for _, x := range tl.history.Of(attacker.token()) {
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
