package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestFile_OneFileForEachSession(t *testing.T) {
	t.Parallel()
	s, e := openTestFile(t)
	expiry := inAnHour()
	token := s.put(t, newToken(), "the codec's bytes", expiry)
	names, _ := e.names()
	if want := []string{"session-" + token}; !slices.Equal(names, want) {
		t.Errorf("files = %v; want %v", names, want)
	}
	path := filepath.Join(e.dir, "session-"+token)
	if b, err := os.ReadFile(path); string(b) != "the codec's bytes" {
		t.Errorf("file = %q, %v", b, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 || !info.ModTime().Equal(expiry) {
		t.Errorf("file has mode %v and time %v; want %v", info.Mode(), info.ModTime(), expiry)
	}

	s.end(t, token)
	names, _ = e.names()
	if want := []string{"ended-" + token}; !slices.Equal(names, want) {
		t.Errorf("files after the end = %v; want %v", names, want)
	}
	if info, err := os.Stat(filepath.Join(e.dir, "ended-"+token)); err != nil || info.Size() != 0 {
		t.Errorf("the mark of an ended session still holds its data")
	}
}

// TestFile_WhateverTheToken checks that no token leads out of the directory.
func TestFile_WhateverTheToken(t *testing.T) {
	t.Parallel()
	s, e := openTestFile(t)
	outside := filepath.Join(filepath.Dir(e.dir), "outside")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{
		"../outside", "x/../../outside", "/../outside", outside, "..", "\x00", strings.Repeat("a", 101),
	} {
		if _, err := s.tryPut(token, "data", inAnHour()); err == nil {
			t.Errorf("commit of %q succeeded", token)
		}
		s.wantRow(t, token, false)
		s.end(t, token)
	}
	if b, err := os.ReadFile(outside); string(b) != "secret" {
		t.Errorf("the file outside = %q, %v", b, err)
	}
	if names, _ := e.names(); len(names) != 0 {
		t.Errorf("files = %v; want none", names)
	}
}

func TestFile_ForgetsWhatNobodyRemembers(t *testing.T) {
	t.Parallel()
	s, e := openTestFile(t)
	token := s.put(t, newToken(), "data", inAnHour())
	s.end(t, token)
	// A crash in the middle of a late commit leaves the session beside the mark.
	if err := os.WriteFile(e.path(sessionFile+token), []byte("late"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(e.path(sessionFile+token), inAnHour(), inAnHour()); err != nil {
		t.Fatal(err)
	}
	s.wantAbsent(t, token)
	if rows, total, err := s.Rows(t.Context(), 10); total != 0 || len(rows) != 0 {
		t.Errorf("rows = %v, %d, %v; want none", rows, total, err)
	}
	if err := os.Chtimes(e.path(endedFile+token), aMinuteAgo(), aMinuteAgo()); err != nil {
		t.Fatal(err)
	}
	// A crash while a file was written leaves a part of it.
	young := fmt.Sprintf("new-%d-1", time.Now().Unix())
	old := fmt.Sprintf("new-%d-1", time.Now().Add(-2*time.Hour).Unix())
	for _, name := range []string{young, old} {
		if err := os.WriteFile(e.path(name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.DeleteExpired(t.Context(), time.Now()); n != 0 || err != nil {
		t.Errorf("delete expired = %d, %v; want none", n, err)
	}
	if names, _ := e.names(); !slices.Equal(names, []string{young}) {
		t.Errorf("files = %v; want %v", names, young)
	}
}

// An earlier version remembered an end for as long as the session could have lived.
func TestFile_MarksOfEarlierVersions(t *testing.T) {
	t.Parallel()
	s, e := openTestFile(t)
	token, unburied := newToken(), newToken()
	mustWrite(t, e.path(endedFile+token), "")
	// A rename without what comes after it: by a crash, or by another process that is in the middle of it
	// and may put the file back.
	mustWrite(t, e.path(endedFile+unburied), "data")
	inAYear := time.Now().AddDate(1, 0, 0)
	setMark(t, s, token, inAYear)
	setMark(t, s, unburied, inAYear)
	s.wantEnded(t, token)
	if _, err := s.DeleteExpired(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if until, _ := markOf(t, s, token); until.After(time.Now().Add(time.Hour)) {
		t.Errorf("the mark stays until %v; want an hour", until)
	}
	if until, _ := markOf(t, s, unburied); !until.Equal(inAYear) {
		t.Errorf("a file that still has its data was touched: %v; want %v", until, inAYear)
	}
	s.wantEnded(t, token)
}

func TestFileError(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		cause, want error
	}{
		{syscall.ENOSPC, ErrFull},
		{syscall.EDQUOT, ErrFull},
		{syscall.EROFS, ErrUnavailable},
		{syscall.EIO, ErrUnavailable},
		{fs.ErrPermission, ErrUnavailable},
	} {
		err := fileError(&fs.PathError{Op: "write", Path: "x", Err: tt.cause})
		if !errors.Is(err, tt.want) || !errors.Is(err, tt.cause) {
			t.Errorf("%v becomes %v; want %v", tt.cause, err, tt.want)
		}
	}
}
