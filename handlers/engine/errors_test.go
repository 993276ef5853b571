package engine

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sessionlab/handlers/engine/enginetest"
)

// operations are all that an engine can be asked for. token is that of a session that is there.
func (s subject) operations(ctx context.Context, token string) map[string]func() error {
	return map[string]func() error{
		"find":    func() error { _, _, err := s.FindCtx(ctx, token); return err },
		"commit":  func() error { _, err := s.tryPut(token, "more", inAnHour()); return err },
		"delete":  func() error { return s.DeleteCtx(ctx, token) },
		"cycle":   func() error { return s.Cycle(ctx, token, newToken(), []byte("data"), inAnHour()) },
		"row":     func() error { _, _, err := s.Row(ctx, token); return err },
		"rows":    func() error { _, _, err := s.Rows(ctx, 10); return err },
		"tokens":  func() error { return s.Tokens(ctx, "", func([]string) error { return nil }) },
		"sweep":   func() error { _, err := s.DeleteExpired(ctx, time.Now()); return err },
		"version": func() error { _, err := s.Version(ctx); return err },
		"stamps":  func() error { _, err := s.Stamps(ctx, []string{token}); return err },
		"usage":   func() error { _, err := s.Usage(ctx); return err },
		"ping":    func() error { return s.Ping(ctx) },
	}
}

// writes are those of the operations that change something.
var writes = []string{"commit", "delete", "cycle", "sweep"}

// wantErrors checks that the operations of those names fail with want, in one line, and that no others do. No
// names are all of them.
func wantErrors(t *testing.T, s subject, token string, want error, names ...string) {
	t.Helper()
	for name, f := range s.operations(t.Context(), token) {
		err := f()
		if len(names) > 0 && !slices.Contains(names, name) {
			if err != nil {
				t.Errorf("%s: %v; want no error", name, err)
			}
			continue
		}
		if !errors.Is(err, want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want %v in one line", name, err, want)
		}
		for _, other := range []error{ErrEnded, ErrBusy, ErrFull, ErrUnavailable, ErrTooLarge} {
			if other != want && errors.Is(err, other) {
				t.Errorf("%s: %v is %v too", name, err, other)
			}
		}
	}
}

// testTooLarge tries to keep more than the engine can. What was there stays.
func testTooLarge(t *testing.T, s subject) {
	if !s.Kind().InCookie {
		t.Skip("the largest session of this lab fits")
	}
	token := s.put(t, newToken(), "data", inAnHour())
	large := strings.Repeat("x", MaxCookie)
	if _, err := s.tryPut(token, large, inAnHour()); !errors.Is(err, ErrTooLarge) {
		t.Errorf("commit: %v; want %v", err, ErrTooLarge)
	}
	var log Log
	err := s.Cycle(WithLog(t.Context(), &log), token, newToken(), []byte(large), inAnHour())
	if !errors.Is(err, ErrTooLarge) || log.Cookie != "" {
		t.Errorf("cycle: %v, with the cookie %q; want %v", err, log.Cookie, ErrTooLarge)
	}
	s.wantFound(t, token, "data")
}

// testServerGoesAway stops and starts the server of s. Meanwhile every operation says that
// the store is not available; afterwards everything goes on.
func testServerGoesAway(t *testing.T, server *enginetest.Server, s subject) {
	token := s.put(t, newToken(), "data", inAnHour())
	ended := s.put(t, newToken(), "data", inAnHour())
	s.end(t, ended)
	server.Stop()
	wantErrors(t, s, token, ErrUnavailable)
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

func TestFile_DirectoryGoesAway(t *testing.T) {
	t.Parallel()
	s, e := openTestFile(t)
	token := s.put(t, newToken(), "data", inAnHour())
	away := e.dir + ".away"
	if err := os.Rename(e.dir, away); err != nil {
		t.Fatal(err)
	}
	wantErrors(t, s, token, ErrUnavailable)
	if err := os.Rename(away, e.dir); err != nil {
		t.Fatal(err)
	}
	s.wantFound(t, token, "data")
	s.put(t, token, "again", inAnHour())
}

// answer is an error that a Redis server answers with.
type answer string

func (a answer) Error() string { return string(a) }
func (answer) RedisError()     {}

func TestRedisError(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		cause, want error
		unsure      bool
	}{
		{redis.ErrPoolTimeout, ErrBusy, false},
		{answer("BUSY Redis is busy running a script"), ErrBusy, false},
		{answer("OOM command not allowed when used memory > 'maxmemory'."), ErrFull, false},
		{answer("READONLY You can't write against a read only replica."), ErrUnavailable, false},
		{errors.New("EOF"), ErrUnavailable, true},
		{os.ErrDeadlineExceeded, ErrUnavailable, true},
	} {
		err := redisError(tt.cause)
		if !errors.Is(err, tt.want) || errors.Is(err, ErrUnsure) != tt.unsure {
			t.Errorf("%v becomes %v; want %v, unsure: %v", tt.cause, err, tt.want, tt.unsure)
		}
	}
	odd := answer("WRONGTYPE Operation against a key holding the wrong kind of value")
	if err := redisError(odd); err != odd {
		t.Errorf("an error about one key becomes %v", err)
	}
}

// Whoever waits for a connection waits no longer than he may, and gets the one that comes back.
func TestLend(t *testing.T) {
	t.Parallel()
	free := make(chan string, 1)
	use := func(string) error { return nil }
	if err := lend(t.Context(), free, time.Millisecond, use); !errors.Is(err, ErrBusy) {
		t.Errorf("none is free: %v; want %v", err, ErrBusy)
	}
	free <- "one"
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := lend(ended, free, time.Hour, use); !errors.Is(err, context.Canceled) {
		t.Errorf("the request has ended: %v; want %v", err, context.Canceled)
	}
	own := errors.New("its own error")
	if err := lend(t.Context(), free, time.Hour, func(string) error { return own }); err != own {
		t.Errorf("lend = %v; want what was done with it", err)
	}
	<-free
	time.AfterFunc(time.Millisecond, func() { free <- "two" })
	var got string
	err := lend(t.Context(), free, time.Hour, func(c string) error { got = c; return nil })
	if err != nil || got != "two" {
		t.Errorf("lent %q, %v; want what was put back", got, err)
	}
}
