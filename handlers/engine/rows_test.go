package engine

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func testRows(t *testing.T, s subject) {
	if rows, total, err := s.Rows(t.Context(), 10); len(rows) != 0 || total != 0 || err != nil {
		t.Errorf("an empty store lists %v of %d, %v", rows, total, err)
	}
	now := time.Now()
	var want []string
	for i := range 5 {
		token := s.put(t, newToken(), strings.Repeat("x", i), now.Add(time.Duration(10-i)*time.Minute))
		want = append(want, token)
	}
	if s.Kind().InCookie {
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
	one, two := put("ab_", inAnHour()), put("ab_", inAnHour())
	other, large := put("abX", inAnHour()), put("AB_", inAnHour())
	ended := put("ab_", inAnHour())
	s.end(t, ended)
	all := []string{one, two, other, large}
	if !s.dropsExpired() {
		all = append(all, put("abY", time.Now().Add(-time.Minute)))
	}
	for prefix, want := range map[string][]string{
		"": all, "ab_": {one, two}, one: {one}, one[:20]: {one}, "abX": {other}, "AB": {large},
		ended: nil, one + "x": nil, "b_": nil, "ab%": nil, "ab*": nil, "a?": nil, "[a]b": nil,
		`ab\`: nil, "ab_\x00": nil, "ab_\xff": nil, "é": nil,
	} {
		if s.Kind().InCookie {
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
	if s.Kind().InCookie {
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

func testUsage(t *testing.T, s subject) {
	want := func(when string, rows int, bytes int64) {
		t.Helper()
		if s.Kind().InCookie {
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
	if s.dropsExpired() {
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
