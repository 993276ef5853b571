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

// endings are the ways in which the session of a visitor ends or changes its id while requests are under way.
var endings = map[string]func(v *visitor){
	"flush": func(v *visitor) { v.done("/flush") },
	"cycle": func(v *visitor) { v.done("/cycle-key") },
	"sweep": func(v *visitor) {
		v.lab.expire(v.token())
		v.lab.visitor().done("/clear-expired")
	},
	"deleted elsewhere": func(v *visitor) {
		if n := v.lab.sql("DELETE FROM sessions WHERE token = ?", v.token()); n != 1 {
			v.t.Errorf("%d rows were deleted, want 1", n)
		}
	},
}

// lateSaves are the operations that save, and a form for each.
var lateSaves = []struct {
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
	{"items", func(l *Lab) operation { return l.storeAndList }, nil},
	{"set_test_cookie", func(l *Lab) operation { return l.setTestCookie }, nil},
}

// The same without a script: writers run free while the session is ended under them.
func TestLateRequests_Free(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	h := tl.Handler()
	tries, interrupted := 0, 0
	for range 8 {
		for name, end := range endings {
			if name == "sweep" {
				continue // a write beside it makes the expired row a live one
			}
			tab := tl.visitor()
			tab.run("/set", "key", "k", "value", "v")
			token := tab.token()
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
			end(tab)
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

// TestLateRequestChangesNothing: whatever ended the session, requests that had loaded it before and save
// after the end was acknowledged get 400. Neither the row nor the cookie comes back, nothing of the session
// is shown, and after a flush nothing of it is kept.
func TestLateRequestChangesNothing(t *testing.T) {
	t.Parallel()
	const sessions, copies = 6, 3 // of each of the late requests: 648 tries in all
	for name, end := range endings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			for range sessions {
				v, tab := tl.visitor(), tl.visitor()
				v.run("/set", "key", "fname", "value", "S3CRET")
				old := v.token()
				tab.setToken(old)
				var loaded, done sync.WaitGroup
				loaded.Add(copies * len(lateSaves))
				over := make(chan struct{})
				for range copies {
					for _, late := range lateSaves {
						done.Go(func() {
							a := v.interrupted(late.op(tl.Lab), func() { loaded.Done(); <-over }, late.fields...)
							wantInterrupted(t, late.name, a, old)
						})
					}
				}
				loaded.Wait()
				end(tab)
				ended := tab.state()
				close(over)
				done.Wait()

				if got := tab.state(); got != ended {
					t.Errorf("the store is %+v, want %+v", got, ended)
				}
				if _, found, err := tl.engine.Row(t.Context(), old); found || err != nil {
					t.Fatalf("the session that was ended is back: %v, %v", found, err)
				}
				if got := v.internals(); got.Session.Exists {
					t.Errorf("the old token opens %+v", got.Session)
				}
				want := map[string]any{}
				if name == "cycle" {
					want["fname"] = "S3CRET"
				}
				if got := tab.values(); !sameJSON(got, want) || tab.internals().Session.Exists != (name == "cycle") {
					t.Errorf("under the token that is left: %v, want %v", got, want)
				}
				if n := len(tl.exchanges(old)); name == "flush" && n != 0 {
					t.Errorf("%d exchanges are kept under the token that was flushed", n)
				}
			}
		})
	}
}

// wantInterrupted checks the answer to a request that came too late for the session of token.
func wantInterrupted(t *testing.T, what string, a answer, token string) {
	t.Helper()
	if a.Status != http.StatusBadRequest || !strings.Contains(a.Body, "SessionInterrupted") {
		t.Errorf("a late %s = %d, want 400 and SessionInterrupted", what, a.Status)
	}
	if got := a.Header.Values("Set-Cookie"); got != nil {
		t.Errorf("a late %s sets %q", what, got)
	}
	if strings.Contains(a.Body, "S3CRET") || strings.Contains(a.Body, token) {
		t.Errorf("the page of a late %s shows a value or the whole token of the session that was ended", what)
	}
}

func TestLateRequestThatSavesNothingIsAnswered(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		op     func(*Lab) operation
		fields []string
	}{
		{"setdefault on a present key", func(l *Lab) operation { return l.setDefault },
			[]string{"key", "fname", "value", "x"}},
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
