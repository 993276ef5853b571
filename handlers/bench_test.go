package handlers

import (
	"context"
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
)

// BenchmarkRequest measures whole requests through the router on real SQLite: a write and a read, with
// the recorder and without, in one run. The difference is what the x-ray costs.
func BenchmarkRequest(b *testing.B) {
	for _, way := range []string{"recorded", "unrecorded"} {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			path := map[string]string{http.MethodPost: "/set", http.MethodGet: "/get"}[method]
			b.Run(method+path+"/"+way, func(b *testing.B) {
				l := benchLab(b)
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

func benchLab(b *testing.B) *Lab {
	b.Helper()
	schema, err := os.ReadFile("../sessions.db.sql")
	if err != nil {
		b.Fatal(err)
	}
	eng, err := engine.Open(b.Context(), "sqlite:"+filepath.Join(b.TempDir(), "sessions.db"), string(schema))
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
