package engine

import (
	"maps"
	"testing"
	"time"
)

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
	if s.dropsExpired() {
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
	if s.Kind().InCookie {
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
	if s.Kind().InCookie {
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
	if s.Kind().InCookie {
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

func testVersion(t *testing.T, s subject) {
	if s.Kind().InCookie {
		t.Skip("a signed cookie does not change: it is replaced")
	}
	writer := s
	if !s.inProcess() {
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
			if s.dropsExpired() {
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
