package engine

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/engine/enginetest"
)

// testServerGoesAway stops and starts the server of s. Meanwhile every operation says that
// the store is not available; afterwards everything goes on.
func testServerGoesAway(t *testing.T, server *enginetest.Server, s subject) {
	token := s.put(t, newToken(), "data", inAnHour())
	ended := s.put(t, newToken(), "data", inAnHour())
	s.end(t, ended)
	server.Stop()
	wantUnavailable(t, s, token)
	server.Start(t)
	if err := enginetest.Eventually(func() error { return s.Ping(t.Context()) }); err != nil {
		t.Fatalf("after the return of the server: %v", err)
	}
	// Each of the engine's connections may notice only when it is used.
	err := enginetest.Eventually(func() error {
		_, _, err := s.FindCtx(t.Context(), token)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.wantFound(t, token, "data")
	s.put(t, token, "again", inAnHour())
	s.wantEnded(t, ended)
}

// wantUnavailable checks that every operation of s fails because of the store.
func wantUnavailable(t *testing.T, s subject, token string) {
	t.Helper()
	ctx := t.Context()
	for name, f := range map[string]func() error{
		"find":   func() error { _, _, err := s.FindCtx(ctx, token); return err },
		"commit": func() error { _, err := s.tryPut(token, "more", inAnHour()); return err },
		"delete": func() error { return s.DeleteCtx(ctx, token) },
		"cycle":  func() error { return s.Cycle(ctx, token, newToken(), []byte("data"), inAnHour()) },
		"row":    func() error { _, _, err := s.Row(ctx, token); return err },
		"rows":   func() error { _, _, err := s.Rows(ctx, 10); return err },
		"tokens": func() error { return s.Tokens(ctx, "", func([]string) error { return nil }) },
		"sweep":  func() error { _, err := s.DeleteExpired(ctx, time.Now()); return err },
		"stamps": func() error { _, err := s.Stamps(ctx, []string{token}); return err },
		"ping":   func() error { return s.Ping(ctx) },
	} {
		if err := f(); !errors.Is(err, ErrUnavailable) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want %v in one line", name, err, ErrUnavailable)
		}
	}
}
