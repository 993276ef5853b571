package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestNothingIsSavedWhenTheOperationFails: what it had put into the session before is dropped.
func TestNothingIsSavedWhenTheOperationFails(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]func() error{
		"an error": func() error { return errors.New("broken") },
		"a panic":  func() error { panic("broken") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			v := tl.visitor()
			v.run("/set", "key", "fname", "value", "Aman")
			before := tl.raw()
			router := tl.Handler()
			router.Post("/broken", tl.perform("/set", func(ctx context.Context, _ url.Values) error {
				tl.sessions.Put(ctx, "half", "done")
				return fails()
			}))
			for _, cookie := range []string{"sessionname=" + v.token(), "other=1"} {
				w := newAnswerRecorder()
				r, err := http.NewRequest(http.MethodPost, "/broken", http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				r.Host = "localhost"
				r.Header.Set("Cookie", cookie)
				router.ServeHTTP(w, r)
				if w.status != http.StatusInternalServerError || w.header.Get("Set-Cookie") != "" ||
					!slices.Equal(tl.raw(), before) {
					t.Errorf("%s: %d, Set-Cookie %q, or the table was changed", cookie, w.status, w.header.Get("Set-Cookie"))
				}
			}
		})
	}
}

// answerRecorder is a ResponseWriter that remembers.
type answerRecorder struct {
	header http.Header
	status int
}

func newAnswerRecorder() *answerRecorder { return &answerRecorder{header: http.Header{}} }

func (r *answerRecorder) Header() http.Header             { return r.header }
func (r *answerRecorder) Write(b []byte) (int, error)     { return len(b), nil }
func (r *answerRecorder) WriteHeader(status int)          { r.status = status }
func (r *answerRecorder) SetReadDeadline(time.Time) error { return http.ErrNotSupported }

// A redirect leads to a page of the lab, whatever the request says of places.
func TestRedirectsStayHere(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	local := regexp.MustCompile(`^(/[a-z-]+)(?:/seen)?(?:\?exchange=[A-Z2-7]{26})?(?:#[a-z-]+)?$`)
	const evil = "https://evil.example/"
	for _, path := range tl.paths(http.MethodPost) {
		thens := []string{evil}
		if path == "/set" { // what is wished is understood in one place
			thens = append(thens, "//evil.example", "/\\evil.example", "evil", "")
		}
		for _, then := range thens {
			v := tl.visitor()
			v.run("/set", "key", "pin", "value", "1")
			v.run("/test-cookie/set")
			body := url.Values{"key": {"pin"}, "value": {"1"}, "seconds": {"300"}, "then": {then}, "next": {evil},
				"page": {evil}, "exchange": {evil}, "name": {"mine"}, "path": {"/"}, "code": {"return 1"},
				"do": {"read"}, "cure": {"lock"}, "act": {"clear"}, "move": {"b-get"}}
			r, err := http.NewRequest(http.MethodPost, tl.url+path+"?then="+evil+"&next="+evil,
				strings.NewReader(body.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Referer", evil)
			r.Header.Set("X-Forwarded-Host", "evil.example")
			r.Header.Set("X-Forwarded-Prefix", evil)
			a := v.do(r)
			if a.Status == http.StatusConflict && a.Header.Get("Location") == "" { // a form that nobody has begun
				continue
			}
			if a.Status == http.StatusBadRequest && strings.HasSuffix(path, "/b") && a.Header.Get("Location") == "" {
				continue // it follows a run, and there is none
			}
			if to := a.Header.Get("Location"); a.Status != http.StatusSeeOther || !local.MatchString(to) ||
				!strings.HasPrefix(path, local.FindStringSubmatch(to)[1]) {
				t.Errorf("POST %s with then=%s = %d, Location %q", path, then, a.Status, to)
			}
		}
	}
	to := tl.visitor().post("/set", "key", "k", "value", "v", "then", "flow").Header.Get("Location")
	if !strings.HasPrefix(to, "/flow?exchange=") {
		t.Errorf("then=flow leads to %q", to)
	}
}

// TestSlowOperation: the time to take the answer counts from when there is one.
func TestSlowOperation(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.pageWait = 200 * time.Millisecond
	slow := tl.perform("/clear-expired", func(ctx context.Context, _ url.Values) error {
		<-time.After(2 * tl.pageWait)
		returns(ctx, 500_000)
		return nil
	})
	server := httptest.NewServer(tl.timeLimits(slow))
	defer server.Close()
	resp, err := tl.visitor().Post(server.URL+"/clear-expired", "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal("an operation that took longer than a page has no answer: ", err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther {
		t.Errorf("%d, want 303", resp.StatusCode)
	}
}

// Two requests that overlap: each saves the whole session as it loaded it, so the last one wins and the
// other's change is lost. Django's sessions do the same.
func TestParallelWrites_LastOneWins(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	h := tl.Handler()
	token := began(t, h, "base", "1")
	ready, first := make(chan struct{}, 2), make(chan struct{})
	hold := func(until <-chan struct{}) http.Handler {
		return tl.perform("/set", func(ctx context.Context, form url.Values) error {
			ready <- struct{}{}
			<-until
			return tl.set(ctx, form)
		})
	}
	statuses := make(chan int, 2)
	both := make(chan struct{})
	go func() {
		statuses <- serve(hold(both), http.MethodPost, "/set", "key=first&value=1", "sessionname="+token).Code
		close(first)
	}()
	go func() {
		statuses <- serve(hold(first), http.MethodPost, "/set", "key=last&value=1", "sessionname="+token).Code
	}()
	<-ready
	<-ready
	close(both)
	for range 2 {
		if status := <-statuses; status != http.StatusSeeOther {
			t.Errorf("an overlapping write = %d, want 303", status)
		}
	}
	v := tl.visitor()
	v.setToken(token)
	got := v.values()
	if len(got) != 2 || got["base"] != "1" || got["last"] != "1" {
		t.Errorf("stored %v; want what the last writer had, without the first one's key", got)
	}
}

func TestParallelWrites_AreNeverErrors(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "base", "value", "1")
	const writers, each = 8, 10
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for j := range each {
				a := v.post("/set", "key", fmt.Sprintf("k%d.%d", i, j), "value", "x")
				if a.Status != http.StatusSeeOther {
					t.Errorf("parallel write = %d, want 303", a.Status)
				}
			}
		})
	}
	wg.Wait()
	got := v.values()
	delete(got, "base")
	t.Logf("%d parallel writes of one session: %d of the keys are kept, the others were overwritten by a "+
		"save that had not seen them", writers*each, len(got))
	if len(got) == 0 {
		t.Error("nothing of it is kept; at least the last write must be")
	}
	for key, value := range got {
		if value != "x" {
			t.Errorf("%s = %v", key, value)
		}
	}
}
