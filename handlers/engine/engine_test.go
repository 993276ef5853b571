package engine

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessionlab/handlers/engine/enginetest"
)

// kind is a kind of engine, with the promises that it does not keep.
type kind struct {
	name string
	// stores makes ready what the engine needs, and returns a function that returns the URL
	// of a new and empty store each time.
	stores func(testing.TB) func(testing.TB) string

	inCookie     bool // sessions are not kept at all: none can be listed, swept or ended
	dropsExpired bool // an expired session is gone at once
	inProcess    bool // sessions end with the engine, and no other engine sees them
}

func kinds() []kind {
	always := func(url string) func(testing.TB) func(testing.TB) string {
		return func(testing.TB) func(testing.TB) string {
			return func(testing.TB) string { return url }
		}
	}
	inDir := func(url string) func(testing.TB) func(testing.TB) string {
		return func(testing.TB) func(testing.TB) string {
			return func(t testing.TB) string { return url + filepath.Join(t.TempDir(), "sessions") }
		}
	}
	return []kind{
		{name: "sqlite", stores: inDir("sqlite:")},
		{name: "memory", stores: always("memory:"), inProcess: true},
		{name: "file", stores: inDir("file:")},
		{name: "cookie", stores: always("cookie:"), inCookie: true},
		{name: "redis", stores: enginetest.RedisStores, dropsExpired: true},
		{name: "postgres", stores: func(t testing.TB) func(testing.TB) string { return enginetest.PostgresStores(t, false) }},
	}
}

// subject is an engine under test.
type subject struct {
	Engine
	kind
	url string
}

// openSubject opens the store at url and closes it when the test ends.
func openSubject(t testing.TB, k kind, url string) subject {
	t.Helper()
	e, err := Open(t.Context(), url, sqliteSchema(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return subject{e, k, url}
}

// another opens the store of s a second time, as another process would.
func (s subject) another(t testing.TB) subject {
	t.Helper()
	if s.inProcess {
		t.Skip("its sessions are in this process alone")
	}
	return openSubject(t, s.kind, s.url)
}

// tryPut commits data under token and returns the token under which it is found then: the
// cookie engine makes one of its own.
func (s subject) tryPut(token, data string, expiry time.Time) (string, error) {
	var log Log
	err := s.CommitCtx(WithLog(context.Background(), &log), token, []byte(data), expiry)
	return cmp.Or(log.Cookie, token), err
}

// put is tryPut that must succeed.
func (s subject) put(t testing.TB, token, data string, expiry time.Time) string {
	t.Helper()
	token, err := s.tryPut(token, data, expiry)
	if err != nil {
		t.Fatalf("commit: %v", err)
	}
	return token
}

// end deletes the session of token.
func (s subject) end(t testing.TB, token string) {
	t.Helper()
	if err := s.DeleteCtx(t.Context(), token); err != nil {
		t.Fatalf("delete: %v", err)
	}
}

// wantFound checks that token stands for data.
func (s subject) wantFound(t testing.TB, token, data string) {
	t.Helper()
	b, found, err := s.FindCtx(t.Context(), token)
	if err != nil || !found || string(b) != data {
		t.Errorf("find = %.40q, %v, %v; want %.40q", b, found, err, data)
	}
}

// wantAbsent checks that token stands for nothing.
func (s subject) wantAbsent(t testing.TB, token string) {
	t.Helper()
	b, found, err := s.FindCtx(t.Context(), token)
	if err != nil || found || b != nil {
		t.Errorf("find = %.40q, %v, %v; want nothing", b, found, err)
	}
}

// wantRow checks whether token has a row, live or not.
func (s subject) wantRow(t testing.TB, token string, want bool) {
	t.Helper()
	row, ok, err := s.Row(t.Context(), token)
	if err != nil || ok != want {
		t.Errorf("row = %+v, %v, %v; want %v", row, ok, err, want)
	}
}

// wantEnded checks that a late commit under token is refused and leaves nothing.
func (s subject) wantEnded(t testing.TB, token string) {
	t.Helper()
	if _, err := s.tryPut(token, "late", inAnHour()); !errors.Is(err, ErrEnded) {
		t.Errorf("late commit: %v; want %v", err, ErrEnded)
	}
	s.wantAbsent(t, token)
	s.wantRow(t, token, false)
}

// newToken returns a token like SCS's.
func newToken() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

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
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			store := k.stores(t)
			for _, tt := range tests {
				t.Run(tt.name, func(t *testing.T) {
					tt.run(t, openSubject(t, k, store(t)))
				})
			}
		})
	}
}

func testName(t *testing.T, s subject) {
	if got, want := s.Kind().Name, s.kind.name; got != want {
		t.Errorf("name = %q; want %q", got, want)
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
		token, err := s.tryPut(newToken(), data, inAnHour())
		if s.inCookie && len(data) > MaxCookie {
			if !errors.Is(err, ErrTooLarge) {
				t.Errorf("%s: commit: %v; want %v", name, err, ErrTooLarge)
			}
			continue
		}
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

func testExpiry(t *testing.T, s subject) {
	token := s.put(t, newToken(), "short", time.Now().Add(100*time.Millisecond))
	err := enginetest.Eventually(func() error {
		_, found, err := s.FindCtx(t.Context(), token)
		if found {
			err = errors.New("it is still found")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func testExpiredRow(t *testing.T, s subject) {
	token := s.put(t, newToken(), "old", aMinuteAgo())
	s.wantAbsent(t, token)
	s.wantRow(t, token, !s.dropsExpired)
	if s.dropsExpired || s.inCookie {
		return
	}
	rows, total, err := s.Rows(t.Context(), 10)
	if err != nil || total != 1 || len(rows) != 1 || rows[0].Token != token {
		t.Errorf("rows = %v, %d, %v; want the expired one", rows, total, err)
	}
	s.put(t, token, "renewed", inAnHour())
	s.wantFound(t, token, "renewed")
}

func testDelete(t *testing.T, s subject) {
	token := s.put(t, newToken(), "data", inAnHour())
	other := s.put(t, newToken(), "other", inAnHour())
	s.end(t, newToken())
	s.end(t, token)
	s.end(t, token)
	s.wantFound(t, other, "other")
	if s.inCookie { // whoever has the cookie has the session
		s.wantFound(t, token, "data")
		return
	}
	s.wantAbsent(t, token)
	s.wantRow(t, token, false)
}

func testEnded(t *testing.T, s subject) {
	if s.inCookie {
		t.Skip("a signed cookie cannot be ended by the server")
	}
	deleted := s.put(t, newToken(), "data", inAnHour())
	s.end(t, deleted)
	s.wantEnded(t, deleted)

	cycled := s.put(t, newToken(), "data", inAnHour())
	if err := s.Cycle(t.Context(), cycled, newToken(), []byte("data"), inAnHour()); err != nil {
		t.Fatal(err)
	}
	s.wantEnded(t, cycled)

	swept := s.put(t, newToken(), "data", aMinuteAgo())
	if _, err := s.DeleteExpired(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	s.wantEnded(t, swept)

	// Another sweep forgets none of them: a late request may still come.
	if _, err := s.DeleteExpired(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{deleted, cycled, swept} {
		s.wantEnded(t, token)
	}
}

// testEndedRace lets a delete and several late commits meet. Whatever comes first, the
// session is gone in the end.
func testEndedRace(t *testing.T, s subject) {
	if s.inCookie {
		t.Skip("a signed cookie cannot be ended by the server")
	}
	for range 50 {
		token := s.put(t, newToken(), "data", inAnHour())
		var wg sync.WaitGroup
		wg.Go(func() { s.end(t, token) })
		for range 3 {
			wg.Go(func() {
				if _, err := s.tryPut(token, "late", inAnHour()); err != nil && !errors.Is(err, ErrEnded) {
					t.Errorf("late commit: %v", err)
				}
			})
		}
		wg.Wait()
		s.wantEnded(t, token)
	}
}

func testCycle(t *testing.T, s subject) {
	old := s.put(t, newToken(), "data", inAnHour())
	var log Log
	fresh := newToken()
	if err := s.Cycle(WithLog(t.Context(), &log), old, fresh, []byte("moved"), inAnHour()); err != nil {
		t.Fatal(err)
	}
	fresh = cmp.Or(log.Cookie, fresh)
	s.wantFound(t, fresh, "moved")
	if s.inCookie {
		s.wantFound(t, old, "data")
	} else {
		s.wantAbsent(t, old)
		s.wantRow(t, old, false)
	}

	for name, gone := range map[string]string{"an old token": old, "an unknown token": newToken(), "no token": "", "an odd token": "a/../\x00"} {
		if s.inCookie && gone == old {
			continue
		}
		next := newToken()
		if err := s.Cycle(WithLog(t.Context(), &log), gone, next, []byte("x"), inAnHour()); !errors.Is(err, ErrEnded) {
			t.Errorf("cycle of %s: %v; want %v", name, err, ErrEnded)
		}
		s.wantRow(t, next, false)
	}
}

func testCycleRace(t *testing.T, s subject) {
	if s.inCookie {
		t.Skip("a signed cookie can be cycled any number of times")
	}
	for range 20 {
		old := s.put(t, newToken(), "data", inAnHour())
		fresh := []string{newToken(), newToken(), newToken(), newToken()}
		errs := make([]error, len(fresh))
		var wg sync.WaitGroup
		for i, token := range fresh {
			wg.Go(func() { errs[i] = s.Cycle(t.Context(), old, token, []byte("moved"), inAnHour()) })
		}
		wg.Wait()
		winners := 0
		for i, token := range fresh {
			switch {
			case errs[i] == nil:
				winners++
				s.wantFound(t, token, "moved")
			case errors.Is(errs[i], ErrEnded):
				s.wantAbsent(t, token)
			default:
				t.Errorf("cycle: %v", errs[i])
			}
		}
		if winners != 1 {
			t.Errorf("%d cycles of one session succeeded", winners)
		}
		s.wantEnded(t, old)
	}
}

func testRows(t *testing.T, s subject) {
	now := time.Now()
	var want []string
	for i := range 5 {
		token := s.put(t, newToken(), strings.Repeat("x", i), now.Add(time.Duration(10-i)*time.Minute))
		want = append(want, token)
	}
	if s.inCookie {
		want = nil
	}
	for _, limit := range []int{0, 2, 5, 100} {
		rows, total, err := s.Rows(t.Context(), limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range rows {
			got = append(got, row.Token)
			if i := slices.Index(want, row.Token); row.Data != nil || row.Size != i {
				t.Errorf("row %d: %d bytes, data %q; want %d bytes and no data", i, row.Size, row.Data, i)
			}
		}
		// Without a row to carry it, the total may be unknown.
		if limit > 0 && total != len(want) || !slices.Equal(got, want[:min(limit, len(want))]) {
			t.Errorf("rows(%d) = %v of %d; want the first of %v", limit, got, total, want)
		}
	}
}

// tokens returns what Tokens tells, sorted.
func (s subject) tokens(t *testing.T, prefix string) (all []string) {
	t.Helper()
	err := s.Tokens(t.Context(), prefix, func(tokens []string) error {
		all = append(all, tokens...)
		return nil
	})
	if err != nil {
		t.Errorf("tokens that begin with %q: %v", prefix, err)
	}
	slices.Sort(all)
	return all
}

func testTokens(t *testing.T, s subject) {
	put := func(begin string, expiry time.Time) string {
		return s.put(t, begin+newToken()[len(begin):], "data", expiry)
	}
	one, two, other, large := put("ab_", inAnHour()), put("ab_", inAnHour()), put("abX", inAnHour()), put("AB_", inAnHour())
	ended := put("ab_", inAnHour())
	s.end(t, ended)
	all := []string{one, two, other, large}
	if !s.dropsExpired {
		all = append(all, put("abY", time.Now().Add(-time.Minute)))
	}
	for prefix, want := range map[string][]string{
		"": all, "ab_": {one, two}, one: {one}, one[:20]: {one}, "abX": {other}, "AB": {large}, ended: nil, one + "x": nil,
		"b_": nil, "ab%": nil, "ab*": nil, "a?": nil, "[a]b": nil, `ab\`: nil, "ab_\x00": nil, "ab_\xff": nil, "é": nil,
	} {
		if s.inCookie {
			want = nil // nobody but the browsers knows
		}
		slices.Sort(want)
		if got := s.tokens(t, prefix); !slices.Equal(got, want) {
			t.Errorf("of the tokens that begin with %q it tells %q, want %q", prefix, got, want)
		}
	}
}

// Whoever goes through all of them may delete on the way. An error ends the way.
func testTokensMany(t *testing.T, s subject) {
	if s.inCookie {
		t.Skip("no sessions are kept")
	}
	var want []string
	for range 2*lookBatch + 7 {
		want = append(want, s.put(t, newToken(), "data", inAnHour()))
	}
	slices.Sort(want)
	if got := s.tokens(t, ""); !slices.Equal(got, want) {
		t.Errorf("it tells %d tokens, want %d, each once", len(got), len(want))
	}
	enough, calls := errors.New("enough"), 0
	err := s.Tokens(t.Context(), "", func([]string) error { calls++; return enough })
	if !errors.Is(err, enough) || calls != 1 {
		t.Errorf("after an error: %v, %d calls", err, calls)
	}
	deleted := 0
	err = s.Tokens(t.Context(), "", func(tokens []string) error {
		if len(tokens) > lookBatch {
			t.Errorf("%d at a time", len(tokens))
		}
		for _, token := range tokens {
			s.end(t, token)
			deleted++
		}
		return nil
	})
	if left := s.tokens(t, ""); err != nil || deleted != len(want) || len(left) != 0 {
		t.Errorf("%d were deleted on the way, %v; %d are left", deleted, err, len(left))
	}
}

func testSweep(t *testing.T, s subject) {
	now := time.Now()
	hourOld := s.put(t, newToken(), "data", now.Add(-time.Hour))
	minuteOld := s.put(t, newToken(), "data", now.Add(-time.Minute))
	alive := s.put(t, newToken(), "data", now.Add(time.Hour))
	for _, tt := range []struct {
		t    time.Time
		want int
	}{
		{now.Add(-2 * time.Hour), 0},
		{now.Add(-30 * time.Minute), 1},
		{now, 1},
		{now, 0},
	} {
		if s.inCookie || s.dropsExpired {
			tt.want = 0
		}
		if n, err := s.DeleteExpired(t.Context(), tt.t); err != nil || n != tt.want {
			t.Errorf("delete expired before %v = %d, %v; want %d", tt.t.Sub(now), n, err, tt.want)
		}
	}
	s.wantRow(t, hourOld, s.inCookie)
	s.wantRow(t, minuteOld, s.inCookie)
	s.wantFound(t, alive, "data")
}

// testSweepMany sweeps more than one batch.
func testSweepMany(t *testing.T, s subject) {
	if s.inCookie || s.dropsExpired {
		t.Skip("there is nothing to sweep")
	}
	const n = 4 * (sweepBatch/4 + 10)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range n / 4 {
				s.put(t, newToken(), "data", aMinuteAgo())
			}
		})
	}
	wg.Wait()
	got, err := s.DeleteExpired(t.Context(), time.Now())
	if err != nil || got != n {
		t.Errorf("delete expired = %d, %v; want %d", got, err, n)
	}
	if rows, total, err := s.Rows(t.Context(), 10); err != nil || len(rows) != 0 || total != 0 {
		t.Errorf("rows = %v, %d, %v; want none", rows, total, err)
	}
}

// testSweepRace lets a sweep and a commit of an expired session meet. If the commit
// succeeded, the session is there.
func testSweepRace(t *testing.T, s subject) {
	if s.inCookie || s.dropsExpired {
		t.Skip("there is nothing to sweep")
	}
	for range 50 {
		token := s.put(t, newToken(), "data", aMinuteAgo())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := s.DeleteExpired(t.Context(), time.Now()); err != nil {
				t.Errorf("delete expired: %v", err)
			}
		})
		var late error
		wg.Go(func() { _, late = s.tryPut(token, "renewed", inAnHour()) })
		wg.Wait()
		switch {
		case late == nil:
			s.wantFound(t, token, "renewed")
		case errors.Is(late, ErrEnded):
			s.wantEnded(t, token)
		default:
			t.Errorf("late commit: %v", late)
		}
	}
}

func testStamps(t *testing.T, s subject) {
	// The same expiry and the same length: only the data differs.
	expiry := inAnHour()
	a := s.put(t, newToken(), "one", expiry)
	b := s.put(t, newToken(), "own", expiry)
	old := s.put(t, newToken(), "old", aMinuteAgo())
	look := func() map[string]Stamp {
		t.Helper()
		stamps, err := s.Stamps(t.Context(), []string{a, b, old, newToken(), "", "a/../\x00\xff"})
		if err != nil {
			t.Fatal(err)
		}
		return stamps
	}
	before := look()
	want := 3
	if s.dropsExpired {
		want = 2
	}
	if len(before) != want {
		t.Errorf("%d stamps; want %d", len(before), want)
	}
	if got, want := before[a].Expiry, expiry.UnixMilli(); got < want-1 || got > want+1 {
		t.Errorf("stamp expires at %d; want %d", got, want)
	}
	if after := look(); !maps.Equal(before, after) {
		t.Errorf("stamps changed by themselves: %v, %v", before, after)
	}
	if s.inCookie {
		return // a changed session has another token
	}
	s.put(t, a, "two", expiry)
	after := look()
	if after[a] == before[a] {
		t.Errorf("stamp is %v before and after a change", after[a])
	}
	if after[b] != before[b] {
		t.Errorf("stamp changed with the row of another")
	}
	s.end(t, a)
	if _, ok := look()[a]; ok {
		t.Errorf("there is a stamp of a deleted session")
	}
	if stamps, err := s.Stamps(t.Context(), nil); err != nil || len(stamps) != 0 {
		t.Errorf("stamps of nothing = %v, %v", stamps, err)
	}
}

// testStampsOfEqualSaves saves the same bytes until the same moment: what differs is only that they were
// saved again.
func testStampsOfEqualSaves(t *testing.T, s subject) {
	if s.inCookie {
		t.Skip("a session that is saved is another cookie: see TestCookie_NoTwoAreEqual")
	}
	expiry := inAnHour()
	token, other := newToken(), s.put(t, newToken(), "data", expiry)
	seen := map[Stamp]int{}
	var before Stamp // of the other session
	for i := range 5 {
		s.put(t, token, "data", expiry)
		stamps, err := s.Stamps(t.Context(), []string{token, other})
		if err != nil || len(stamps) != 2 {
			t.Fatalf("stamps = %v, %v", stamps, err)
		}
		if save, ok := seen[stamps[token]]; ok {
			t.Errorf("after save %d the stamp is %v, as after save %d", i, stamps[token], save)
		}
		seen[stamps[token]] = i
		if i > 0 && stamps[other] != before {
			t.Errorf("the stamp of another session changed from %v to %v", before, stamps[other])
		}
		before = stamps[other]
	}
}

// putMany keeps n sessions of that data and returns their tokens.
func (s subject) putMany(t testing.TB, n int, data string, expiry time.Time) []string {
	t.Helper()
	tokens := make([]string, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				var err error
				if tokens[i], err = s.tryPut(newToken(), data, expiry); err != nil {
					t.Errorf("commit: %v", err)
				}
			}
		})
	}
	wg.Wait()
	return tokens
}

// testStampsMany asks for more stamps than an engine asks its store for in one go.
func testStampsMany(t *testing.T, s subject) {
	expiry := inAnHour()
	tokens := s.putMany(t, 2*lookBatch+10, "data", expiry)
	look := func() map[string]Stamp {
		t.Helper()
		stamps, err := s.Stamps(t.Context(), append(tokens, newToken()))
		if err != nil || len(stamps) != len(tokens) {
			t.Fatalf("%d stamps of %d, %v", len(stamps), len(tokens), err)
		}
		return stamps
	}
	before := look()
	if s.inCookie {
		return
	}
	changed := tokens[lookBatch+5]
	s.put(t, changed, "data", expiry)
	after := look()
	for _, token := range tokens {
		if (before[token] != after[token]) != (token == changed) {
			t.Errorf("the stamp of %s was %v and is %v", token, before[token], after[token])
		}
	}
}

func testUsage(t *testing.T, s subject) {
	want := func(when string, rows int, bytes int64) {
		t.Helper()
		if s.inCookie {
			rows, bytes = 0, 0
		}
		if got, err := s.Usage(t.Context()); err != nil || got != (Usage{rows, bytes}) {
			t.Errorf("%s: usage = %+v, %v; want %d rows and %d bytes", when, got, err, rows, bytes)
		}
	}
	want("at first", 0, 0)
	token := s.put(t, newToken(), strings.Repeat("x", 1500), inAnHour())
	s.put(t, newToken(), "", inAnHour())
	want("two sessions, one without data", 2, 1500)
	s.put(t, token, "four", inAnHour())
	want("one saved with less", 2, 4)
	expired := s.put(t, newToken(), "expired", aMinuteAgo())
	if s.dropsExpired {
		want("one that expired is not kept", 2, 4)
	} else {
		want("one that expired lies there", 3, 11)
	}
	s.end(t, expired)
	want("it is swept", 2, 4)
	moved := newToken()
	if err := s.Cycle(WithLog(t.Context(), &Log{}), token, moved, []byte("moved"), inAnHour()); err != nil {
		t.Fatal(err)
	}
	want("one moved", 2, 5)
	s.end(t, moved)
	want("it ended", 1, 0)
	s.putMany(t, 2*lookBatch+10, "ten bytes.", inAnHour())
	want("many", 2*lookBatch+11, 10*(2*lookBatch+10))
}

// testMark checks until when an engine refuses to save an ended session.
func testMark(t *testing.T, s subject) {
	if s.inCookie {
		t.Skip("a signed cookie cannot be ended by the server")
	}
	for _, life := range []time.Duration{time.Minute, 400 * time.Second, 365 * 24 * time.Hour} {
		token := s.put(t, newToken(), "data", time.Now().Add(life))
		before := time.Now()
		s.end(t, token)
		const rounding = 2 * time.Second // of servers' clocks and of a slow machine, generously
		until, ok := markOf(t, s, token)
		early, late := before.Add(time.Hour-rounding), time.Now().Add(time.Hour+rounding)
		if !ok || until.Before(early) || until.After(late) {
			t.Errorf("a session with %v to live is remembered until %v, %v; want in an hour", life, until, ok)
		}
		s.wantEnded(t, token)
		setMark(t, s, token, aMinuteAgo())
		if _, err := s.DeleteExpired(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		if until, ok := markOf(t, s, token); ok {
			t.Errorf("a sweep after the hour leaves the mark until %v", until)
		}
	}
}

func testVersion(t *testing.T, s subject) {
	if s.inCookie {
		t.Skip("a signed cookie does not change: it is replaced")
	}
	writer := s
	if !s.inProcess {
		writer = s.another(t)
	}
	token, moved := newToken(), newToken()
	expired := s.put(t, newToken(), "old", aMinuteAgo())
	seen := map[int64]string{}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"nothing", func() error { return nil }},
		{"a commit", func() error { _, err := writer.tryPut(token, "one", inAnHour()); return err }},
		{"a second commit", func() error { _, err := writer.tryPut(token, "two", inAnHour()); return err }},
		{"a cycle", func() error { return writer.Cycle(t.Context(), token, moved, []byte("two"), inAnHour()) }},
		{"a delete", func() error { return writer.DeleteCtx(t.Context(), moved) }},
		{"a sweep", func() error {
			if s.dropsExpired {
				return writer.DeleteCtx(t.Context(), writer.put(t, newToken(), "x", inAnHour()))
			}
			_, err := writer.DeleteExpired(t.Context(), time.Now())
			return err
		}},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		version, err := s.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if before, ok := seen[version]; ok {
			t.Errorf("after %s the version is %d, as after %s", step.name, version, before)
		}
		seen[version] = step.name
	}
	s.wantRow(t, expired, false)
}

func testShared(t *testing.T, s subject) {
	other := s.another(t)
	if s.inCookie {
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
	if s.inCookie {
		t.Skip("see TestCookie_Key")
	}
	token := s.put(t, newToken(), "data", inAnHour())
	ended := s.put(t, newToken(), "data", inAnHour())
	s.end(t, ended)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openSubject(t, s.kind, s.url)
	if s.inProcess { // what was in the memory is lost, and nobody knows what was ended
		s.wantAbsent(t, token)
		return
	}
	s.wantFound(t, token, "data")
	s.wantEnded(t, ended)
}

// testOddTokens sends tokens that no server has issued. They stand for nothing, and nothing
// happens to the sessions that are there.
func testOddTokens(t *testing.T, s subject) {
	innocent := s.put(t, newToken(), "data", inAnHour())
	for _, token := range []string{
		"", ".", "..", "/", "../" + innocent, "../../../../etc/passwd", "..\\..\\boot.ini", "session-" + innocent,
		innocent + "\x00", "\x00", "\xff\xfe", "a b", "*", "%", "%2e%2e%2f", "'; DROP TABLE sessions; --", "{}", "é",
		"CON", "-rf", strings.Repeat("a", 10_000), strings.Repeat("../", 3_000), innocent[1:], innocent + "a", " " + innocent,
	} {
		s.wantAbsent(t, token)
		s.wantRow(t, token, false)
		s.end(t, token)
		if s.inCookie {
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
	if _, total, err := s.Rows(t.Context(), 10); err != nil || total != 1 && !s.inCookie {
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
}

// testLog checks that each operation is taken down where somebody listens, and that the
// data itself is not.
func testLog(t *testing.T, s subject) {
	const secret = "hidden-data"
	var log Log
	ctx := WithLog(t.Context(), &log)
	token := newToken()
	said := func(name string, silent bool, f func() error) {
		t.Helper()
		before := len(log.Statements)
		if err := f(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := len(log.Statements) - before; (got == 0) != silent {
			t.Errorf("%s: %d statements", name, got)
		}
	}
	said("commit", false, func() error { return s.CommitCtx(ctx, token, []byte(secret), inAnHour()) })
	token = cmp.Or(log.Cookie, token)
	said("find", false, func() error { _, _, err := s.FindCtx(ctx, token); return err })
	said("row", false, func() error { _, _, err := s.Row(ctx, token); return err })
	fresh := newToken()
	said("cycle", false, func() error { return s.Cycle(ctx, token, fresh, []byte(secret), inAnHour()) })
	said("delete", s.inCookie, func() error { return s.DeleteCtx(ctx, fresh) })
	said("delete without a log", true, func() error { return s.DeleteCtx(t.Context(), fresh) })

	for _, st := range log.Statements {
		if text := st.Text + fmt.Sprint(st.Args); strings.Contains(text, secret) {
			t.Errorf("the data is in the log: %s", text)
		}
		if st.Text == "" || st.Err != "" || strings.Contains(fmt.Sprint(st.Args), os.TempDir()) {
			t.Errorf("odd statement: %+v", st)
		}
	}
	if testing.Verbose() {
		for _, st := range log.Statements {
			t.Logf("%d %s %q", st.Rows, st.Text, st.Args)
		}
	}
}

// testCanceled checks that a browser that goes away in the middle leaves nothing half done
// and nothing broken.
func testCanceled(t *testing.T, s subject) {
	for range 20 {
		ctx, cancel := context.WithCancel(WithLog(t.Context(), &Log{}))
		go cancel()
		token := newToken()
		err := s.CommitCtx(ctx, token, []byte("data"), inAnHour())
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("commit: %v", err)
		}
		if err == nil && !s.inCookie {
			s.wantFound(t, token, "data")
		}
	}
	s.wantFound(t, s.put(t, newToken(), "data", inAnHour()), "data")
}

// TestOpen_Refused checks that what cannot be opened is refused with one clear line.
func TestOpen_Refused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	foreign := filepath.Join(dir, "foreign")
	file := filepath.Join(dir, "file")
	for _, err := range []error{
		os.Mkdir(foreign, 0o700),
		os.WriteFile(filepath.Join(foreign, "letter.txt"), nil, 0o600),
		os.WriteFile(file, nil, 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	port := enginetest.FreePort(t)
	silent := silentServer(t)
	for _, tt := range []struct{ url, want string }{
		{"", "sqlite:FILE, memory:, file:DIR, cookie:, redis://"},
		{"mysql://root@localhost/lab", "sqlite:FILE, memory:, file:DIR, cookie:, redis://"},
		{"sessions.db", "sqlite:FILE"},
		{"memory:lab", "has no name"},
		{"file:", "use file:DIR"},
		{"file:" + filepath.Join(dir, "missing", "sessions"), "does not exist"},
		{"file:" + foreign, "letter.txt"},
		{"file:" + file, "not a directory"},
		{"redis://127.0.0.1:" + port, "connection refused"},
		{"redis://:hidden@127.0.0.1:" + port, "connection refused"},
		{"redis://:hidden@127.0.0.1:port", "use redis://"},
		{"redis://127.0.0.1/lab", "use redis://"},
		{"redis://" + silent, "no answer in time"},
		{"postgres://lab:hidden@127.0.0.1:" + port + "/lab", "connection refused"},
		{"postgres://lab:hidden@127.0.0.1:port/lab", "PostgreSQL"},
		{"postgres://lab:hidden@" + silent + "/lab", "no answer in time"},
	} {
		t.Run(tt.url, func(t *testing.T) {
			t.Parallel()
			_, err := Open(t.Context(), tt.url, sqliteSchema(t))
			if err == nil {
				t.Fatal("it was opened")
			}
			text := err.Error()
			if !strings.Contains(text, tt.want) || strings.Contains(text, "\n") || strings.Contains(text, "hidden") {
				t.Errorf("error = %q; want one line with %q, and no password", text, tt.want)
			}
			t.Log(text)
		})
	}
}

// TestKinds checks that what is tested, what is described and what [Open] names are the same six engines.
func TestKinds(t *testing.T) {
	t.Parallel()
	if len(Kinds) != 6 || len(Schemes) != 6 || len(kinds()) != 6 {
		t.Fatalf("%d kinds, %d schemes, %d tested; want six", len(Kinds), len(Schemes), len(kinds()))
	}
	for i, kind := range Kinds {
		scheme := kind.Name + ":"
		if !strings.HasPrefix(kind.URL, scheme) || !strings.HasPrefix(Schemes[i], scheme) || kinds()[i].name != kind.Name {
			t.Errorf("%s: address %s, scheme %s, tested as %s", kind.Name, kind.URL, Schemes[i], kinds()[i].name)
		}
	}
}

// silentServer returns the address of a server that takes connections and never answers.
func silentServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

// BenchmarkEngines measures the two operations that every page needs, engine by engine in
// one run: what counts is the ratio to the first one.
func BenchmarkEngines(b *testing.B) {
	for _, k := range kinds() {
		if k.name == "postgres" {
			k.stores = func(t testing.TB) func(testing.TB) string { return enginetest.PostgresStores(t, true) }
		}
		b.Run(k.name, func(b *testing.B) {
			s := openSubject(b, k, k.stores(b)(b))
			data := strings.Repeat("x", 159) // a session with two short values
			tokens := make([]string, 1000)
			for i := range tokens {
				tokens[i] = s.put(b, newToken(), data, inAnHour())
			}
			b.Run("find", func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					s.wantFound(b, tokens[i%len(tokens)], data)
				}
			})
			b.Run("commit", func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					s.put(b, tokens[i%len(tokens)], data, inAnHour())
				}
			})
		})
	}
}
