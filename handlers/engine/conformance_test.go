package engine

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionlab/handlers/engine/enginetest"
)

// TestConformance runs the same tests on every engine.
func TestConformance(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		run  func(*testing.T, subject)
	}{
		{"answers to its name", testName},
		{"finds what was committed", testFind},
		{"keeps any data as it is", testData},
		{"refuses what is too large", testTooLarge},
		{"expires", testExpiry},
		{"shows an expired row until it is swept", testExpiredRow},
		{"deletes", testDelete},
		{"an ended session does not come back", testEnded},
		{"an ended session does not come back in a race", testEndedRace},
		{"cycles", testCycle},
		{"of many cycles one succeeds", testCycleRace},
		{"lists", testRows},
		{"tells the tokens that begin so", testTokens},
		{"tells many tokens, each once", testTokensMany},
		{"sweeps", testSweep},
		{"sweeps many", testSweepMany},
		{"does not sweep what is saved meanwhile", testSweepRace},
		{"a sweep that breaks off says how far it came", testSweepBreaksOff},
		{"a late request is remembered for an hour", testMark},
		{"stamps", testStamps},
		{"stamps any save", testStampsOfEqualSaves},
		{"stamps many", testStampsMany},
		{"knows how much it keeps", testUsage},
		{"has a new version after each change", testVersion},
		{"is shared by two processes", testShared},
		{"outlives a restart", testRestart},
		{"bears any token", testOddTokens},
		{"takes many visitors", testManyVisitors},
		{"takes down what it does", testLog},
		{"listens to the end of a request", testCanceled},
	}
	for _, k := range Kinds {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			store := enginetest.Stores(t, k.Name)
			for _, tt := range tests {
				t.Run(tt.name, func(t *testing.T) {
					tt.run(t, openSubject(t, store(t)))
				})
			}
		})
	}
}

func testName(t *testing.T, s subject) {
	if scheme, _, _ := strings.Cut(s.url, ":"); s.Kind().Name != scheme || !slices.Contains(Kinds, s.Kind()) {
		t.Errorf("%s is opened as %+v", s.url, s.Kind())
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("ping: %v", err)
	}
}

func testFind(t *testing.T, s subject) {
	s.wantAbsent(t, newToken())
	token := s.put(t, newToken(), "one", inAnHour())
	other := s.put(t, newToken(), "other", inAnHour())
	s.wantFound(t, token, "one")
	token = s.put(t, token, "two", inAnHour())
	s.wantFound(t, token, "two")
	s.wantFound(t, other, "other")

	expiry := inAnHour()
	token = s.put(t, token, "three", expiry)
	row, ok, err := s.Row(t.Context(), token)
	if err != nil || !ok {
		t.Fatalf("row = %v, %v", ok, err)
	}
	if late := row.Expiry.Sub(expiry).Abs(); late > 2*time.Millisecond {
		t.Errorf("row expires at %v; want %v", row.Expiry, expiry)
	}
	row.Expiry, row.Julian, row.Place, row.Clock = time.Time{}, 0, "", ""
	want := Row{Token: token, Data: []byte("three"), Size: 5}
	if fmt.Sprint(row) != fmt.Sprint(want) {
		t.Errorf("row = %v; want %v", row, want)
	}
}

func testData(t *testing.T, s subject) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for name, data := range map[string]string{
		"nothing":         "",
		"a zero byte":     "\x00",
		"every byte":      string(all),
		"no gob":          "corrupted by hand",
		"line ends":       "\r\n\n\r",
		"a broken letter": "\xff\xfe",
		"a kilobyte":      strings.Repeat("k", 1000),
		"the largest":     string(bytes.Repeat(all, 1024)),
	} {
		if s.Kind().InCookie && len(data) > MaxCookie {
			continue // see testTooLarge
		}
		token, err := s.tryPut(newToken(), data, inAnHour())
		if err != nil {
			t.Errorf("%s: commit: %v", name, err)
			continue
		}
		s.wantFound(t, token, data)
		row, _, err := s.Row(t.Context(), token)
		if err != nil || string(row.Data) != data || row.Size != len(data) {
			t.Errorf("%s: row = %d bytes %.40q, %v", name, row.Size, row.Data, err)
		}
	}
}

// testOddTokens sends tokens that no server has issued. They stand for nothing, and nothing
// happens to the sessions that are there.
func testOddTokens(t *testing.T, s subject) {
	innocent := s.put(t, newToken(), "data", inAnHour())
	for _, token := range []string{
		"", ".", "..", "/", "../" + innocent, "../../../../etc/passwd", "..\\..\\boot.ini", "session-" + innocent,
		innocent + "\x00", "\x00", "\xff\xfe", "a b", "*", "%", "%2e%2e%2f", "'; DROP TABLE sessions; --",
		"{}", "é", "CON", "-rf", strings.Repeat("a", 10_000), strings.Repeat("../", 3_000),
		innocent[1:], innocent + "a", " " + innocent,
	} {
		s.wantAbsent(t, token)
		s.wantRow(t, token, false)
		s.end(t, token)
		if s.Kind().InCookie {
			continue
		}
		// Nobody commits under such a token. An engine may refuse it or take it, but what
		// it took must be there.
		if _, err := s.tryPut(token, "odd", inAnHour()); err == nil {
			s.wantFound(t, token, "odd")
			s.end(t, token)
			s.wantEnded(t, token)
		}
	}
	s.wantFound(t, innocent, "data")
	if _, total, err := s.Rows(t.Context(), 10); err != nil || total != 1 && !s.Kind().InCookie {
		t.Errorf("%d rows, %v; want 1", total, err)
	}
}

// testManyVisitors lets visitors work on sessions of their own, all at the same time, while
// others look at the list and sweep.
func testManyVisitors(t *testing.T, s subject) {
	var visitors, others sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	others.Go(func() {
		for ctx.Err() == nil {
			if _, _, err := s.Rows(ctx, 10); err != nil && ctx.Err() == nil {
				t.Errorf("rows: %v", err)
			}
			if _, err := s.DeleteExpired(ctx, time.Now()); err != nil && ctx.Err() == nil {
				t.Errorf("delete expired: %v", err)
			}
			if _, err := s.Version(ctx); err != nil && ctx.Err() == nil {
				t.Errorf("version: %v", err)
			}
		}
	})
	for i := range 16 {
		visitors.Go(func() {
			token := newToken()
			for j := range 10 {
				data := fmt.Sprintf("visitor %d, visit %d", i, j)
				token = s.put(t, token, data, inAnHour())
				s.wantFound(t, token, data)
				if j%3 == 0 {
					var log Log
					fresh := newToken()
					if err := s.Cycle(WithLog(t.Context(), &log), token, fresh, []byte(data), inAnHour()); err != nil {
						t.Errorf("cycle: %v", err)
					}
					token = cmp.Or(log.Cookie, fresh)
				}
				s.wantFound(t, token, data)
			}
			s.end(t, token)
		})
	}
	visitors.Wait()
	cancel()
	others.Wait()
	if u, err := s.Usage(t.Context()); err != nil || u != (Usage{}) {
		t.Errorf("when all have left, usage = %+v, %v", u, err)
	}
}

func testShared(t *testing.T, s subject) {
	other := s.another(t)
	if s.Kind().InCookie {
		t.Skip("see TestCookie_Key: engines with the same key share everything")
	}
	token := s.put(t, newToken(), "one", inAnHour())
	other.wantFound(t, token, "one")
	other.put(t, token, "two", inAnHour())
	s.wantFound(t, token, "two")
	s.end(t, token)
	other.wantEnded(t, token)

	for range 20 {
		token := s.put(t, newToken(), "data", inAnHour())
		var wg sync.WaitGroup
		wg.Go(func() { s.end(t, token) })
		wg.Go(func() { other.tryPut(token, "late", inAnHour()) })
		wg.Wait()
		s.wantEnded(t, token)
		other.wantEnded(t, token)
	}
}

func testRestart(t *testing.T, s subject) {
	if s.Kind().InCookie {
		t.Skip("see TestCookie_Key")
	}
	token := s.put(t, newToken(), "data", inAnHour())
	ended := s.put(t, newToken(), "data", inAnHour())
	s.end(t, ended)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openSubject(t, s.url)
	if s.inProcess() { // what was in the memory is lost, and nobody knows what was ended
		s.wantAbsent(t, token)
		return
	}
	s.wantFound(t, token, "data")
	s.wantEnded(t, ended)
}

// testCanceled checks that a browser that goes away in the middle leaves nothing half done
// and nothing broken.
func testCanceled(t *testing.T, s subject) {
	for range 20 {
		ctx, cancel := context.WithCancel(WithLog(t.Context(), &Log{}))
		go cancel()
		token := newToken()
		err := s.CommitCtx(ctx, token, []byte("data"), inAnHour())
		switch {
		case errors.Is(err, context.Canceled):
			s.wantRow(t, token, false)
		case err != nil:
			t.Errorf("commit: %v", err)
		case !s.Kind().InCookie:
			s.wantFound(t, token, "data")
		}
	}
	s.wantFound(t, s.put(t, newToken(), "data", inAnHour()), "data")
}
