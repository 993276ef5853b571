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
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/engine/enginetest"
)

// BenchmarkRequest measures whole requests through the router on real SQLite: a write and a read, with
// the recorder and without, in one run. The difference is what the x-ray costs.
func BenchmarkRequest(b *testing.B) {
	for _, way := range []string{"recorded", "unrecorded"} {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			path := map[string]string{http.MethodPost: "/set", http.MethodGet: "/get"}[method]
			b.Run(method+path+"/"+way, func(b *testing.B) {
				l := benchLab(b, filepath.Join(b.TempDir(), "sessions.db"))
				if way == "unrecorded" {
					l.sessions.Store = silent{l.engine.Engine}
				}
				h := l.Handler()
				send := func(method, path, cookie string) *httptest.ResponseRecorder {
					r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader("key=fname&value=Aman"))
					r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
					if cookie != "" {
						r.Header.Set("Cookie", cookie)
					}
					w := httptest.NewRecorder()
					h.ServeHTTP(w, r)
					if w.Code >= 400 {
						b.Fatal(w.Code, w.Body)
					}
					return w
				}
				cookie, _, _ := strings.Cut(send(http.MethodPost, "/set", "").Header().Get("Set-Cookie"), ";")
				b.ResetTimer()
				for b.Loop() {
					send(method, path, cookie)
				}
			})
		}
	}
}

// BenchmarkSessionsPage measures the page of the table, which counts all rows, with more and more of them.
func BenchmarkSessionsPage(b *testing.B) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "sessions.db")
			h := benchLab(b, path).Handler()
			enginetest.FillSQLite(b, path, n, time.Now().Add(time.Hour))
			for b.Loop() {
				if w := serve(h, http.MethodGet, "/sessions", "", ""); w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
	}
}

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
type silent struct{ engine.Engine }

func (s silent) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	return s.Engine.FindCtx(engine.WithLog(ctx, nil), token)
}

func (s silent) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	return s.Engine.CommitCtx(engine.WithLog(ctx, nil), token, b, expiry)
}
