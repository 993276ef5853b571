package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/limits"
)

// The store is broken in a way that nobody foresaw.
func TestStoreBroken(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	tl.sql("DROP TABLE sessions")
	for _, a := range []answer{v.get("/"), v.get("/sessions"), v.get("/internals"), v.get("/internals.json"),
		v.post("/set", "key", "k", "value", "w")} {
		tl.wantErrorPage("without the table", a, http.StatusServiceUnavailable, "The store cannot be reached")
	}
	if a := v.get("/summary"); a.Status != http.StatusOK {
		t.Errorf("/summary, which needs no session, = %d", a.Status)
	}
	if a := v.get("/healthz"); a.Status != http.StatusServiceUnavailable || strings.Contains(a.Body, "table") {
		t.Errorf("/healthz = %d %q", a.Status, a.Body)
	}
	if !strings.Contains(tl.log.String(), "no such table") {
		t.Error("the log does not say why")
	}
}

// explosive is an engine that panics when it is asked for a session.
type explosive struct{ engine.Engine }

func (explosive) FindCtx(context.Context, string) ([]byte, bool, error) {
	panic("S3CRET of the inside")
}

// TestPanic: a page says that something broke, the log says what and where, and the site goes on.
func TestPanic(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	sound := tl.engine.Engine
	tl.useEngine(explosive{sound})
	v := tl.visitor()
	v.setToken(strings.Repeat("A", 43))
	form := []string{"key", "k", "value", "v"}
	for range limits.MaxReading { // more than may be at work at once for one address: each gives its turn back
		for what, a := range map[string]answer{"a page": v.get("/set"), "an operation": v.post("/set", form...)} {
			tl.wantErrorPage(what, a, http.StatusInternalServerError, "Something broke on the server")
			if strings.Contains(a.Body, "S3CRET") || strings.Contains(a.Body, "explosive") {
				t.Errorf("%s shows what went wrong", what)
			}
			if !strings.Contains(a.Header.Get("Content-Security-Policy"), "default-src 'none'") {
				t.Errorf("%s lacks the headers of every page: %v", what, a.Header)
			}
		}
	}
	log := tl.log.String()
	for _, want := range []string{"S3CRET", "explosive.FindCtx", "errors_test.go:"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not say %q: want the stack, down to the line that panicked", want)
		}
	}
	for line := range strings.Lines(strings.TrimSpace(log)) {
		if !strings.HasPrefix(line, "time=") {
			t.Errorf("the log has a line of its own for %q", line)
		}
	}
	tl.useEngine(sound)
	v.run("/set", form...)
}

// fleeting is an engine that fails in the middle of a sweep, and after it was given some rows.
type fleeting struct {
	engine.Engine
	rows *int // how many more it takes
}

func (f fleeting) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	if *f.rows == 0 {
		return engine.ErrFull
	}
	*f.rows--
	return f.Engine.CommitCtx(ctx, token, b, expiry)
}

func (f fleeting) DeleteExpired(ctx context.Context, t time.Time) (int, error) {
	n, err := f.Engine.DeleteExpired(ctx, t)
	return n, errors.Join(err, engine.ErrBusy)
}

// TestFailureHalfWay: what was done before the error stays done, and the error's page says so.
func TestFailureHalfWay(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	tl.engine.Engine = fleeting{tl.engine.Engine, new(2)}
	plant := v.post("/clear-expired/plant")
	if tl.rows() != 2 || plant.Status != http.StatusInsufficientStorage ||
		!strings.Contains(plant.Body, "What was put in before the error stays: 2 rows.") {
		t.Errorf("planting = %d, %d rows; want a page that says that there are two", plant.Status, tl.rows())
	}
	sweep := v.post("/clear-expired")
	if tl.rows() != 0 || sweep.Status != http.StatusServiceUnavailable ||
		!strings.Contains(sweep.Body, "What was removed before the error stays removed: 2 rows.") {
		t.Errorf("the sweep = %d, %d rows; want a page that says that two are gone", sweep.Status, tl.rows())
	}
	for _, a := range []answer{plant, sweep} {
		if strings.Contains(a.Body, "Nothing was changed") || a.setCookie() != nil {
			t.Error("the page says that nothing was changed")
		}
	}
}

// TestStoreThatDoesNotAnswer: nobody knows whether the session was saved, so no page says that it was not.
func TestStoreThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	tl.saveTo(faulty{tl.engine.Engine, fmt.Errorf("%w: %w", engine.ErrUnavailable, engine.ErrUnsure)})
	for _, post := range [][]string{{"/set", "key", "k", "value", "v"}, {"/flush"}, {"/cycle-key"}} {
		a := v.post(post[0], post[1:]...)
		if a.Status != http.StatusServiceUnavailable || a.setCookie() != nil {
			t.Errorf("POST %s = %d, Set-Cookie %v; want 503 and none", post[0], a.Status, a.setCookie())
		}
		for _, want := range []string{"Whether it was done is not known",
			"the store did not answer. This is how it is now.", "<dd>not known<"} {
			wantText(t, a, want)
		}
		for _, untrue := range []string{"Nothing was changed", "nothing was saved", "did not change it",
			"not written"} {
			if strings.Contains(a.Body, untrue) {
				t.Errorf("POST %s: the page says %q", post[0], untrue)
			}
		}
		_, exchange, _ := strings.Cut(a.Body, post[0]+"?exchange=") // in the history, the latest first
		exchange, _, _ = strings.Cut(exchange, `"`)
		again := v.get(post[0] + "?exchange=" + exchange)
		wantText(t, again, "Whether it was done is not known")
		for _, untrue := range []string{"Nothing was changed", "nothing saved", "not written"} {
			if strings.Contains(again.Body, untrue) {
				t.Errorf("GET %s of that exchange: the page says %q", post[0], untrue)
			}
		}
	}
}

// TestStoreThatFailsToSave: the answer is an error page of the right status, sends no cookie and no
// Location, and the row is as it was.
func TestStoreThatFailsToSave(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for _, tt := range []struct {
		name   string
		err    error
		status int
	}{
		{"ended", engine.ErrEnded, http.StatusBadRequest},
		{"busy", engine.ErrBusy, http.StatusServiceUnavailable},
		{"full", engine.ErrFull, http.StatusInsufficientStorage},
		{"unavailable", engine.ErrUnavailable, http.StatusServiceUnavailable},
		{"too large", engine.ErrTooLarge, http.StatusRequestEntityTooLarge},
		{"anything else", errors.New("secret detail"), http.StatusInternalServerError},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tl := lab.in(t)
			tl.saveTo(tl.engine.Engine)
			v := tl.visitor()
			v.run("/set", "key", "fname", "value", "Aman")
			before := tl.raw()
			tl.saveTo(faulty{tl.engine.Engine, fmt.Errorf("store: %w", tt.err)})
			for _, post := range [][]string{{"/set", "key", "k", "value", "v"}, {"/flush"}, {"/clear"}, {"/cycle-key"},
				{"/expiry", "seconds", "5"}, {"/test-cookie/set"}, {"/delete", "key", "fname"}} {
				a := v.post(post[0], post[1:]...)
				if a.Status != tt.status || a.setCookie() != nil || a.Header.Get("Location") != "" {
					t.Errorf("POST %s = %d, Set-Cookie %v, Location %q; want %d and neither", post[0], a.Status,
						a.setCookie(), a.Header.Get("Location"), tt.status)
				}
				if !strings.Contains(a.Body, "Nothing was changed") || strings.Contains(a.Body, "secret detail") {
					t.Errorf("POST %s: the page does not say that nothing was changed, or says too much", post[0])
				}
				if got := a.Header.Get("Retry-After"); (got != "") != (tt.status == http.StatusServiceUnavailable) {
					t.Errorf("POST %s: Retry-After = %q", post[0], got)
				}
			}
			if !slices.Equal(tl.raw(), before) {
				t.Error("the table was changed")
			}
			// A visitor without a session gets none either.
			if a := tl.send(http.MethodPost, "/set"); a.Status != tt.status || a.setCookie() != nil {
				t.Errorf("a newcomer's write = %d, Set-Cookie %v", a.Status, a.setCookie())
			}
		})
	}
}

// stuck is an engine whose writes come back when the client is gone.
type stuck struct{ engine.Engine }

func (s stuck) CommitCtx(ctx context.Context, _ string, _ []byte, _ time.Time) error {
	<-ctx.Done()
	return ctx.Err()
}

// A visitor who leaves while the request waits is no failure of the server.
func TestVisitorLeaves(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.useEngine(stuck{tl.engine.Engine})
	ctx, cancel := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "http://127.0.0.1/set",
		strings.NewReader("key=k&value=v"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	cancel()
	w := httptest.NewRecorder()
	tl.Handler().ServeHTTP(w, r)
	if w.Code == http.StatusInternalServerError || strings.Contains(tl.log.String(), "level=ERROR") {
		t.Errorf("status %d, log:\n%s", w.Code, tl.log.String())
	}
}

// TestErrorPageNamesWhatIsHeld: not what an older exchange, that is on view beside it, has removed.
func TestErrorPageNamesWhatIsHeld(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/update", "key", "kept", "value", "1", "key", "dropped", "value", "2")
	location := v.post("/delete", "key", "dropped").Header.Get("Location")
	_, id, _ := strings.Cut(location, "=")
	a := v.get("/get?key=absent&access=brackets&exchange=" + id)
	holds := regexp.MustCompile(`(?s)Your session holds(.*?)</p>`).FindStringSubmatch(a.Body)
	if a.Status != http.StatusNotFound || holds == nil || !strings.Contains(holds[1], "kept") ||
		strings.Contains(holds[1], "dropped") {
		t.Errorf("%d, the session holds %q", a.Status, holds)
	}
}

// faulty is an engine that fails to commit.
type faulty struct {
	engine.Engine
	err error
}

func (f faulty) CommitCtx(context.Context, string, []byte, time.Time) error { return f.err }
func (f faulty) DeleteCtx(context.Context, string) error                    { return f.err }

func (f faulty) Cycle(context.Context, string, string, []byte, time.Time) error {
	return f.err
}
