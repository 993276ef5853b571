package handlers

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestEvents_FirstEvent(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	s := v.stream()
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "Vary": "Cookie",
		"X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": "", "Set-Cookie": "",
	} {
		if got := s.header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if e := s.next(); e.Retry == "" {
		t.Errorf("first frame %+v, want the time to wait before coming back", e)
	}
	e := s.next()
	i := e.state(t)
	if e.Name != "session" || e.ID == "" || i.Session.Token != v.token() || value(i, "fname") != "Aman" {
		t.Errorf("first event %+v, want the session as it is", e)
	}
	if page := v.get("/internals").Body; !strings.Contains(page, `data-stamp="`+e.ID+`"`) {
		t.Error("the event's id is not the stamp of the panel, so each page would fetch its panel again")
	}
}

func TestEvents_OwnPost(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	v.run("/set", "key", "n", "value", "0")
	s, second := v.stream(), v.stream()
	for n := range 3 {
		want := fmt.Sprint(n)
		v.run("/set", "key", "n", "value", want)
		s.session("n="+want, func(i internals) bool { return value(i, "n") == want })
		second.session("n="+want+" in the second tab", func(i internals) bool { return value(i, "n") == want })
	}
}

// Somebody changes the database with the sqlite3 shell.
func TestEvents_SQL(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	v.run("/set", "key", "n", "value", "1")
	s := v.stream()
	first := s.session("the first state", func(internals) bool { return true })
	tl.sql("UPDATE sessions SET expiry = expiry + 1 WHERE token = ?", v.token())
	s.session("a later expiry", func(i internals) bool {
		return i.Row.ExpiryJulian > first.Row.ExpiryJulian+0.9
	})
	tl.sql("UPDATE sessions SET data = x'00' WHERE token = ?", v.token())
	s.session("damaged data", func(i internals) bool { return i.Row.Size == 1 && len(i.Session.Values) == 0 })
}

func TestEvents_EndWithTheSession(t *testing.T) {
	t.Parallel()
	tests := map[string]func(v *visitor, advance func(time.Duration)){
		"flush in another tab": func(v *visitor, _ func(time.Duration)) { v.post("/flush") },
		"deleted with SQL": func(v *visitor, _ func(time.Duration)) {
			v.lab.sql("DELETE FROM sessions WHERE token = ?", v.token())
		},
		"expired and swept": func(v *visitor, advance func(time.Duration)) {
			advance(401 * time.Second)
			if _, err := v.lab.engine.DeleteExpired(v.t.Context(), v.lab.now()); err != nil {
				v.t.Error(err)
			}
		},
		"new id": func(v *visitor, _ func(time.Duration)) {
			v.post("/cycle-key")
			v.run("/set", "key", "pin", "value", "AFTERWARDS")
		},
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl, advance := liveLab(t)
			v := tl.visitor()
			v.run("/set", "key", "pin", "value", "BEFORE")
			old := v.token()
			s := v.stream()
			s.session("the first state", func(i internals) bool { return value(i, "pin") == "BEFORE" })
			end(v, advance)

			last := s.ended()
			if len(last) < 2 || last[len(last)-1].Name != "ended" {
				t.Fatalf("last events %+v, want the state without a session, then ended", last)
			}
			i := last[len(last)-2].state(t)
			if i.Session.Exists || i.Row != nil || len(i.Session.Values) != 0 || i.Session.Token != "" {
				t.Errorf("last state %+v, want no session", i)
			}
			if fresh := v.token(); fresh != "" && fresh != old && strings.Contains(s.all(), fresh) {
				t.Error("the stream of the old id carried the new one")
			}
			if strings.Contains(s.all(), "AFTERWARDS") {
				t.Error("the stream of the old id carried what was stored under the new one")
			}
			until(t, "the stream is given up", func() bool {
				return tl.streams.Taken() == 0 && tl.watcher.Count(old) == 0
			})
		})
	}
}

// With signed cookies nobody tells the server of an end: a stream goes on after a flush, and ends when the
// cookie expires that it was opened with.
func TestEvents_EndOfASignedCookie(t *testing.T) {
	t.Parallel()
	tl := newLabOn(t, "cookie:sessionname")
	tl.watch()
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	end := v.recorded(v.post("/expiry", "seconds", "2")).Deadline
	s := v.stream()
	s.session("the session", func(i internals) bool { return value(i, "k") == "v" })
	v.run("/flush")
	s.ended()
	if early := time.Until(end.Truncate(time.Millisecond)); early > 0 { // as exact as it is signed
		t.Errorf("the stream ended %v before the cookie did", early)
	}
}

// Nobody's stream carries anything of somebody else, whatever happens around it.
func TestEvents_OnlyOnesOwn(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	a, b, newcomer, guesser := tl.visitor(), tl.visitor(), tl.visitor(), tl.visitor()
	a.run("/set", "key", "mine", "value", "ALICE")
	b.run("/set", "key", "mine", "value", "BOB")
	guesser.setToken(strings.Repeat("A", 43))
	sa, sb, none, wrong := a.stream(), b.stream(), newcomer.stream(), guesser.stream()

	secrets := map[string][]string{"a": {a.token(), "ALICE"}, "b": {b.token(), "BOB"}}
	for n := range 10 {
		b.run("/set", "key", "n", "value", fmt.Sprint("BOB", n))
		b.post("/cycle-key")
		secrets["b"] = append(secrets["b"], b.token())
		c := tl.visitor()
		c.run("/set", "key", "n", "value", "CAROL")
		secrets["c"] = append(secrets["c"], c.token(), "CAROL")
		c.post("/flush")
	}
	sb.ended()
	a.run("/set", "key", "last", "value", "ALICE")
	sa.session("the last change", func(i internals) bool { return value(i, "last") == "ALICE" })

	for name, s := range map[string]*eventStream{"a": sa, "none": none, "wrong": wrong} {
		for owner, list := range secrets {
			for _, secret := range list {
				if owner != name && strings.Contains(s.all(), secret) {
					t.Errorf("the stream of %s carries %q of %s", name, secret, owner)
				}
			}
		}
	}
	for name, s := range map[string]*eventStream{"newcomer": none, "unknown token": wrong} {
		if n := strings.Count(s.all(), "event: "); n != 1 {
			t.Errorf("the stream of the %s carried %d events, want its own state once", name, n)
		}
	}
}

// A token that names no session never will, so nothing is looked up for it again.
func TestEvents_UnknownTokensAreNotWatched(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	token := strings.Repeat("A", 43)
	v.setToken(token)
	s := v.stream()
	s.session("no session", func(i internals) bool { return !i.Session.Exists })
	until(t, "the watch is given up", func() bool { return tl.watcher.Count(token) == 0 })
}

func TestEvents_Heartbeat(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	tl.heartbeat = 10 * time.Millisecond
	for name, v := range map[string]*visitor{"with a session": tl.visitor(), "without": tl.visitor()} {
		if name == "with a session" {
			v.run("/set", "key", "k", "value", "v")
		}
		s := v.stream()
		for beats := 0; beats < 3; {
			if e := s.next(); e.Comment != "" && e.Name == "" && e.Data == "" {
				beats++
			}
		}
	}
}

func TestEvents_HEAD(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	r, err := http.NewRequest(http.MethodHead, tl.url+"/internals/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	if a := v.do(r); a.Status != http.StatusOK ||
		a.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" || a.Body != "" {
		t.Errorf("HEAD = %d %q %q", a.Status, a.Header.Get("Content-Type"), a.Body)
	}
	until(t, "nothing stays open", func() bool {
		return tl.streams.Taken() == 0 && tl.watcher.Count(v.token()) == 0
	})
}

// Watching changes nothing: not the row, not the cookie, not the history.
func TestEvents_ChangeNothing(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	before, lines := v.internals(), len(tl.exchanges(v.token()))
	for range 3 {
		s := v.stream()
		s.session("the state", func(internals) bool { return true })
		if c := s.header.Get("Set-Cookie"); c != "" {
			t.Errorf("the stream sets a cookie: %s", c)
		}
	}
	after := v.internals()
	if after.Row.ExpiryJulian != before.Row.ExpiryJulian || string(after.Row.Data) != string(before.Row.Data) {
		t.Error("watching moved the expiry or rewrote the row")
	}
	if n := len(tl.exchanges(v.token())); n != lines {
		t.Errorf("watching filed %d exchanges", n-lines)
	}
}

// What a visitor stored cannot break out of its frame.
func TestEvents_HostileValues(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	s := v.stream()
	for _, hostile := range []string{
		"\n\nevent: ended\ndata: {}\n\n", "\r\rdata: x\r\r", "\r\n\r\n", "</script><script>alert(1)</script>",
		"\u2028\u2029\u0085", "\u202e\u2066", "\x00\x01\x7f", `"\`, "id: 1\nretry: 1", "\ufeffdata: x",
	} {
		v.run("/set", "key", "k", "value", hostile)
		s.session(fmt.Sprintf("%q", hostile), func(i internals) bool { return value(i, "k") == hostile })
	}
	if raw := s.all(); strings.ContainsAny(raw, "\r\x00<>\u2028\u2029") {
		t.Error("the stream carries characters that end a line, or markup")
	}
}

// A value that JSON has no form for does not silence the panel.
func TestEvents_ValuesThatJSONDoesNotKnow(t *testing.T) {
	t.Parallel()
	tl, _ := liveLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	s := v.stream()
	v.post("/set", "key", "f", "value", "NaN", "type", "float")
	v.post("/set", "key", "t", "value", "2026-01-01T00:00:00+24:00", "type", "time")
	v.run("/set", "key", "k", "value", "last")
	s.session("the last change", func(i internals) bool { return value(i, "k") == "last" })
}

// TestEvents_StoreFails: a stream that cannot tell anything is refused as other pages are, with a 503. After
// an answer of 200 a browser would come back twice a second.
func TestEvents_StoreFails(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "sessions")
	tl := newLabOn(t, "file:"+dir)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	if err := os.Rename(dir, dir+".away"); err != nil {
		t.Fatal(err)
	}
	a := v.get("/internals/events")
	tl.wantErrorPage("/internals/events", a, http.StatusServiceUnavailable, "The store cannot be reached")
	if tl.streams.Taken() != 0 {
		t.Error("it keeps a place")
	}
}
