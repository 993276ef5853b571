package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// endings are the ways in which a session ends or changes its id while requests are under way.
var endings = map[string]func(tl *testLab, h http.Handler, token string) (status int){
	"flush": func(_ *testLab, h http.Handler, token string) int {
		return serve(h, http.MethodPost, "/flush", "", "sessionname="+token).Code
	},
	"cycle": func(_ *testLab, h http.Handler, token string) int {
		return serve(h, http.MethodPost, "/cycle-key", "", "sessionname="+token).Code
	},
	"deleted elsewhere": func(tl *testLab, _ http.Handler, token string) int {
		if tl.sql("DELETE FROM sessions WHERE token = ?", token) != 1 {
			return 0
		}
		return http.StatusSeeOther
	},
}

// Each of these requests has loaded the session before it is ended, and saves it after the end was
// acknowledged. None may bring the row or the cookie back.
func TestLateRequests(t *testing.T) {
	t.Parallel()
	const sessions, late = 14, 25 // for each way to end: 1,050 tries in all
	for name, end := range endings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			h := tl.Handler()
			for range sessions {
				token := began(t, h, "k", "v")
				var loaded, done sync.WaitGroup
				loaded.Add(late)
				ended := make(chan struct{})
				slow := tl.perform("/set", func(ctx context.Context, form url.Values) error {
					loaded.Done()
					<-ended
					return tl.set(ctx, form)
				})
				for i := range late {
					done.Go(func() {
						w := serve(slow, http.MethodPost, "/set", fmt.Sprintf("key=late&value=%d", i), "sessionname="+token)
						if w.Code != http.StatusBadRequest || w.Header().Get("Set-Cookie") != "" || !strings.Contains(w.Body.String(), "SessionInterrupted") {
							t.Errorf("late request = %d, Set-Cookie %q; want 400 and no cookie", w.Code, w.Header().Get("Set-Cookie"))
						}
					})
				}
				loaded.Wait()
				if status := end(tl, h, token); status != http.StatusSeeOther {
					t.Errorf("%s = %d", name, status)
				}
				close(ended)
				done.Wait()
				if _, found, err := tl.engine.Row(t.Context(), token); found || err != nil {
					t.Fatalf("the session that was ended is back: %v, %v", found, err)
				}
			}
		})
	}
}

// The same without a script: writers run free while the session is ended under them.
func TestLateRequests_Free(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	h := tl.Handler()
	tries, interrupted := 0, 0
	for range 8 {
		for name, end := range endings {
			token := began(t, h, "k", "v")
			var wg sync.WaitGroup
			var mu sync.Mutex
			stop := make(chan struct{})
			started := make(chan struct{}, 1000)
			for range 4 {
				wg.Go(func() {
					for i := range 200 {
						select {
						case <-stop:
							return
						default:
						}
						w := serve(h, http.MethodPost, "/set", fmt.Sprintf("key=k&value=%d", i), "sessionname="+token)
						started <- struct{}{}
						mu.Lock()
						tries++
						switch w.Code {
						case http.StatusBadRequest:
							interrupted++
						case http.StatusSeeOther:
						default:
							t.Errorf("%s: a write beside it = %d", name, w.Code)
						}
						mu.Unlock()
					}
				})
			}
			<-started
			<-started
			if status := end(tl, h, token); status != http.StatusSeeOther {
				t.Errorf("%s = %d", name, status)
			}
			// What begins now comes after the end: the old id must be dead for it.
			for range 5 {
				w := serve(h, http.MethodPost, "/set", "key=k&value=after", "sessionname="+token)
				a := answer{w.Code, w.Header(), ""}
				if c := a.setCookie(); a.Status != http.StatusSeeOther || c == nil || c.Value == token {
					t.Errorf("%s: the next write = %d, %v; want a new id", name, a.Status, c)
				}
			}
			close(stop)
			wg.Wait()
			if _, found, _ := tl.engine.Row(t.Context(), token); found {
				t.Fatalf("%s: the session that was ended is back", name)
			}
		}
	}
	t.Logf("%d writes beside 24 endings, %d of them interrupted", tries, interrupted)
}

// interrupted sends a form to op through the whole of perform, and runs meanwhile after the session
// was loaded and before op runs and is saved: a slow request.
func (v *visitor) interrupted(op operation, meanwhile func(), fields ...string) answer {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	slow := v.lab.perform("/flow", func(ctx context.Context, form url.Values) error {
		meanwhile()
		return op(ctx, form)
	})
	r := httptest.NewRequest(http.MethodPost, "/slow", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: "sessionname", Value: v.token()})
	w := httptest.NewRecorder()
	slow(w, r)
	return answer{w.Code, w.Result().Header, w.Body.String()}
}

// Whatever ended the session, a request that had loaded it before and saves after gets 400, and
// neither the row nor the cookie comes back.
func TestLateRequestChangesNothing(t *testing.T) {
	t.Parallel()
	endings := []struct {
		name string
		end  func(tl *testLab, v *visitor)
	}{
		{"flush", func(_ *testLab, v *visitor) { v.post("/flush") }},
		{"cycle", func(_ *testLab, v *visitor) { v.post("/cycle-key") }},
		{"sweep", func(tl *testLab, v *visitor) {
			tl.sql("UPDATE sessions SET expiry = julianday('now', '-1 minute') WHERE token = ?", v.token())
			tl.visitor().post("/clear-expired")
		}},
		{"another program", func(tl *testLab, v *visitor) { tl.sql("DELETE FROM sessions WHERE token = ?", v.token()) }},
	}
	late := []struct {
		name   string
		op     func(*Lab) operation
		fields []string
	}{
		{"set", func(l *Lab) operation { return l.set }, []string{"key", "late", "value", "1"}},
		{"delete", func(l *Lab) operation { return l.deleteKey }, []string{"key", "fname"}},
		{"setdefault", func(l *Lab) operation { return l.setDefault }, []string{"key", "late", "value", "1"}},
		{"pop", func(l *Lab) operation { return l.pop }, []string{"key", "fname"}},
		{"update", func(l *Lab) operation { return l.update }, []string{"key", "late", "value", "1"}},
		{"clear", func(l *Lab) operation { return l.clear }, nil},
		{"cycle", func(l *Lab) operation { return l.cycleKey }, nil},
		{"set_expiry", func(l *Lab) operation { return l.setExpiry }, []string{"seconds", "10"}},
		{"set_test_cookie", func(l *Lab) operation { return l.setTestCookie }, nil},
	}
	for _, ending := range endings {
		t.Run(ending.name, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			for _, late := range late {
				v, tab := tl.visitor(), tl.visitor()
				v.post("/set", "key", "fname", "value", "Aman")
				tab.setToken(v.token())

				var ended state
				a := v.interrupted(late.op(tl.Lab), func() {
					ending.end(tl, tab)
					ended = tab.state()
				}, late.fields...)

				if a.Status != http.StatusBadRequest || !strings.Contains(a.Body, "SessionInterrupted") {
					t.Errorf("a late %s = %d, want 400 and SessionInterrupted", late.name, a.Status)
				}
				if got := a.Header.Values("Set-Cookie"); got != nil {
					t.Errorf("a late %s sets %q", late.name, got)
				}
				if got := tab.state(); got != ended {
					t.Errorf("after a late %s the store is %+v, want %+v", late.name, got, ended)
				}
				if got := tab.internals().Session.Exists; got != (ending.name == "cycle") {
					t.Errorf("after a late %s there is a session: %v", late.name, got)
				}
				if ending.name == "cycle" && tab.values()["fname"] != "Aman" {
					t.Errorf("after a late %s, under the new token: %v", late.name, tab.values())
				}
				if got := v.internals(); got.Session.Exists {
					t.Errorf("after a late %s the old token opens %+v", late.name, got.Session)
				}
			}
		})
	}
}

func TestLateRequestThatSavesNothingIsAnswered(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		op     func(*Lab) operation
		fields []string
	}{
		{"setdefault on a present key", func(l *Lab) operation { return l.setDefault }, []string{"key", "fname", "value", "x"}},
		{"pop with a default", func(l *Lab) operation { return l.pop }, []string{"key", "none", "default", "x"}},
		{"test_cookie_worked", func(l *Lab) operation { return l.testCookieWorked }, nil},
		{"a second flush", func(l *Lab) operation { return l.flush }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			v, tab := tl.visitor(), tl.visitor()
			v.post("/set", "key", "fname", "value", "Aman")
			tab.setToken(v.token())
			a := v.interrupted(tt.op(tl.Lab), func() { tab.post("/flush") }, tt.fields...)
			if a.Status != http.StatusSeeOther || tl.rows() != 0 {
				t.Errorf("the late request = %d with %d rows, want 303 and none", a.Status, tl.rows())
			}
			if c := a.setCookie(); c != nil && c.MaxAge >= 0 {
				t.Errorf("the late request brings the cookie back: %v", c)
			}
		})
	}
}

// After a flush nothing of the session may be kept; a late request that was refused is no exception.
func TestLateRequestKeepsNothingOfAFlushedSession(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v, tab := tl.visitor(), tl.visitor()
	v.post("/set", "key", "fname", "value", "Aman")
	old := v.token()
	tab.setToken(old)
	a := v.interrupted(tl.set, func() { tab.post("/flush") }, "key", "late", "value", "1")
	if strings.Contains(a.Body, "Aman") || strings.Contains(a.Body, old) {
		t.Error("the error page shows a value or the whole token of the session that was flushed")
	}
	for _, x := range tl.history.Of(old) {
		t.Errorf("the history keeps an exchange under the dead token: %s %s, %d bytes found", x.Method, x.Path, len(x.Found))
	}
}
