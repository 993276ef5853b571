package handlers

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/engine/enginetest"
)

// BenchmarkRequest measures whole requests through the router on real SQLite, a write and a read: with the
// recorder and without it in turns, so that both find the machine the same. Reported are the medians, and
// what the x-ray costs as their ratio; ns/op is both together.
func BenchmarkRequest(b *testing.B) {
	for _, method := range []string{http.MethodPost, http.MethodGet} {
		path := map[string]string{http.MethodPost: "/set", http.MethodGet: "/get"}[method]
		b.Run(method+path, func(b *testing.B) {
			recorded, unrecorded := benchLab(b, tempFile(b)), benchLab(b, tempFile(b))
			unrecorded.sessions.Store = silent{Engine: unrecorded.engine.Engine}
			with, without := benchVisitor(b, recorded.Handler()), benchVisitor(b, unrecorded.Handler())
			var took, tookWithout []time.Duration
			for b.Loop() {
				took = append(took, with(method, path))
				tookWithout = append(tookWithout, without(method, path))
			}
			b.ReportMetric(micros(median(took)), "recorded-µs")
			b.ReportMetric(micros(median(tookWithout)), "unrecorded-µs")
			b.ReportMetric(float64(median(took))/float64(median(tookWithout)), "recorded/unrecorded")
		})
	}
}

// benchVisitor returns a function that sends h a request of a visitor with a session, and says how long it
// took.
func benchVisitor(b *testing.B, h http.Handler) func(method, path string) time.Duration {
	var cookie string
	send := func(method, path string) *httptest.ResponseRecorder {
		w := serve(h, method, path, "key=fname&value=Aman", cookie)
		if w.Code >= 400 {
			b.Fatal(w.Code, w.Body)
		}
		return w
	}
	cookie, _, _ = strings.Cut(send(http.MethodPost, "/set").Header().Get("Set-Cookie"), ";")
	return func(method, path string) time.Duration {
		start := time.Now()
		send(method, path)
		return time.Since(start)
	}
}

func median(took []time.Duration) time.Duration {
	slices.Sort(took)
	return took[len(took)/2]
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// BenchmarkSessionsPage measures the page of the table, which counts all rows, with more and more of them.
func BenchmarkSessionsPage(b *testing.B) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			path := tempFile(b)
			h := benchLab(b, path).Handler()
			enginetest.FillSQLite(b, path, n, time.Now().Add(time.Hour))
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				if w := serve(h, http.MethodGet, "/sessions", "", ""); w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
				took = append(took, time.Since(start))
			}
			b.ReportMetric(micros(median(took)), "median-µs")
		})
	}
}

func tempFile(b *testing.B) string { return filepath.Join(b.TempDir(), "sessions.db") }

// benchLab is a lab on the store at path.
func benchLab(b *testing.B, path string) *Lab {
	b.Helper()
	schema, err := os.ReadFile("../sessions.db.sql")
	if err != nil {
		b.Fatal(err)
	}
	eng, err := engine.Open(b.Context(), "sqlite:"+path, string(schema))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { eng.Close() })
	settings := Settings{CookieName: "sessionname", CookieAge: 8000 * time.Second}
	l, err := New(os.DirFS(".."), eng, settings, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		b.Fatal(err)
	}
	return l
}

// silent passes SCS's calls to the engine with nothing taken down, not even by the driver.
type silent struct {
	engine.Engine
	scs.Store // nil: see heldBack
}

func (s silent) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	return s.Engine.FindCtx(engine.WithLog(ctx, nil), token)
}

func (s silent) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	return s.Engine.CommitCtx(engine.WithLog(ctx, nil), token, b, expiry)
}
