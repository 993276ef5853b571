package engine

import (
	"errors"
	"os"
	"testing"
	"time"
)

// The stamp of a session is made of what the file system says. Here the file cannot be read at all.
func TestFile_StampsReadNoFile(t *testing.T) {
	t.Parallel()
	s, e := openTestFile(t)
	token := newToken()
	if err := os.Mkdir(e.path(sessionFile+token), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Row(t.Context(), token); err == nil {
		t.Fatal("a folder was read as a session")
	}
	stamps, err := s.Stamps(t.Context(), []string{token})
	if err != nil || len(stamps) != 1 {
		t.Errorf("stamps = %v, %v; want that of the folder", stamps, err)
	}
}

// The number of the version moves with the directory's time, whenever that cannot be trusted, and now and
// then.
func TestFile_Version(t *testing.T) {
	t.Parallel()
	s, e := openTestFile(t)
	version := func() int64 {
		t.Helper()
		n, err := s.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	touch := func(at time.Time) {
		t.Helper()
		if err := os.Chtimes(e.dir, at, at); err != nil {
			t.Fatal(err)
		}
	}
	token := s.put(t, newToken(), "data", inAnHour())
	touch(aMinuteAgo())
	before := version()
	want := func(when string, moves bool) {
		t.Helper()
		after := version()
		if (after != before) != moves {
			t.Errorf("%s: the version was %d and is %d", when, before, after)
		}
		before = after
	}
	want("nothing happened", false)
	want("nothing happened, again", false)
	s.put(t, token, "data", inAnHour())
	want("a save", true)
	touch(inAnHour()) // so young that it stays so for the whole of this test
	want("the directory has changed just now", true)
	want("it may have changed again within the same tick", true)
	old := aMinuteAgo()
	touch(old)
	want("the directory has another time", true)
	want("an old time is trusted", false)
	e.changes.at = e.changes.at.Add(-trustDir)
	want("a file may have been changed where it lies", true)
	want("that was looked at", false)
	if err := os.RemoveAll(e.dir); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Version(t.Context()); !errors.Is(err, ErrUnavailable) {
		t.Errorf("without the directory: %v; want %v", err, ErrUnavailable)
	}
}
