package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// fileEngine keeps each session in a file of its own, whose bytes are the session's data
// and whose modification time is its expiry. Listing and sweeping thus open no file, and
// `ls -l` shows when each session ends. Touching a file by hand therefore ends the session.
//
// Any number of processes may share the directory. No file is ever locked: every change is
// one rename, and what another process could have done meanwhile is looked for after it.
type fileEngine struct {
	dir     string
	seed    maphash.Seed // of the stamps
	changes dirChanges
	placing sync.RWMutex // read: saves, any number at a time; write: the sweep of one session
}

// The kinds of files in the directory, told by how their names begin.
const (
	sessionFile = "session-" // and the token: a session
	endedFile   = "ended-"   // and the token: a deleted session; empty, modified when it may be forgotten
	newFile     = "new-"     // and a time and a number: a session that is being written
)

// cutKind returns the kind of the file of that name, and what follows it in the name.
func cutKind(name string) (kind, rest string, ok bool) {
	for _, kind := range []string{sessionFile, endedFile, newFile} {
		if rest, ok := strings.CutPrefix(name, kind); ok {
			return kind, rest, true
		}
	}
	return "", "", false
}

// nameable says whether token can be part of a file name. SCS's tokens can: 43 characters
// of base64url. But anybody can send anything as a token, "../../etc/passwd" too. Where
// upper and lower case make no difference in file names, they make none in tokens. In Django's
// file backend _key_to_file refuses other characters.
func nameable(token string) bool {
	const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return token != "" && len(token) <= 100 && strings.Trim(token, base64url) == ""
}

// Kind is what is true of this engine.
func (e *fileEngine) Kind() Kind { return fileKind }

// FindCtx returns what is kept under token, unless it has expired.
func (e *fileEngine) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	return live(e.Row(ctx, token))
}

// CommitCtx writes b into a new file and gives it the name that token stands for, as SessionStore.save of
// Django's file backend does. Whoever reads at that moment gets the old file or the new one, never a part.
func (e *fileEngine) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	if !nameable(token) {
		return errors.New("a file cannot be named after this token")
	}
	if err := e.alive(ctx, token); err != nil {
		return err
	}
	name, err := e.write(ctx, b, expiry)
	if err != nil {
		return err
	}
	return e.place(ctx, name, token)
}

// place makes the new file of that name the session file of token. After a power cut the
// latest ones may be missing or empty: waiting for the disk each time would cost more than
// a lost session does.
func (e *fileEngine) place(ctx context.Context, name, token string) error {
	e.placing.RLock()
	defer e.placing.RUnlock()
	if err := e.rename(ctx, name, sessionFile+token); err != nil {
		os.Remove(e.path(name))
		return fileError(err)
	}
	// A delete may have come in between. Then the file must go again, and nobody has seen
	// it: whoever reads a session looks afterwards whether it is ended.
	err := e.alive(ctx, token)
	if errors.Is(err, ErrEnded) {
		_, undo := e.end(ctx, token)
		return errors.Join(err, undo)
	}
	return err
}

// alive returns [ErrEnded] if the session of token was deleted.
func (e *fileEngine) alive(ctx context.Context, token string) error {
	_, ended, err := e.stat(ctx, endedFile+token)
	if ended {
		return ErrEnded
	}
	return err
}

// write writes b into a new file with the modification time expiry and returns its name.
func (e *fileEngine) write(ctx context.Context, b []byte, expiry time.Time) (name string, err error) {
	// The time in the name is for the sweep: a file left by a crash says how old it is.
	f, err := os.CreateTemp(e.dir, fmt.Sprintf("%s%d-*", newFile, time.Now().Unix()))
	if err != nil {
		return "", fileError(err)
	}
	name = filepath.Base(f.Name())
	done := say(ctx, "write", name, b, expiry)
	_, err = f.Write(b)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Chtimes(f.Name(), expiry, expiry)
	}
	done(1, fileCause(err))
	if err != nil {
		os.Remove(f.Name())
		return "", fileError(err)
	}
	return name, nil
}

// DeleteCtx deletes what is kept under token, if anything is.
func (e *fileEngine) DeleteCtx(ctx context.Context, token string) error {
	if !nameable(token) {
		return nil
	}
	_, err := e.end(ctx, token)
	return err
}

// end turns the session file of token into the mark of its end, and reports whether there
// was one. Of several who try at the same time, one succeeds.
func (e *fileEngine) end(ctx context.Context, token string) (bool, error) {
	err := e.rename(ctx, sessionFile+token, endedFile+token)
	if absent, err := e.absent(err); absent || err != nil {
		return false, err
	}
	return true, e.bury(ctx, token)
}

// bury empties the mark of an ended session and sets the time when it may be forgotten: see lateRequest.
func (e *fileEngine) bury(ctx context.Context, token string) error {
	path, until := e.path(endedFile+token), time.Now().Add(lateRequest)
	done := say(ctx, "truncate", endedFile+token, until)
	err := os.Truncate(path, 0)
	if err == nil {
		err = os.Chtimes(path, until, until)
	}
	done(1, fileCause(err))
	_, err = e.absent(err) // somebody else has buried and forgotten it: as good
	return err
}

// Cycle writes the new session first, which nobody can know of yet, and then ends the old
// one. If that fails, the new one goes.
func (e *fileEngine) Cycle(ctx context.Context, old, fresh string, b []byte, expiry time.Time) error {
	if !nameable(old) {
		return ErrEnded
	}
	if err := e.alive(ctx, old); err != nil {
		return err
	}
	if err := e.CommitCtx(ctx, fresh, b, expiry); err != nil {
		return err
	}
	moved, err := e.end(ctx, old)
	if !moved {
		_, undo := e.end(ctx, fresh)
		return errors.Join(cmp.Or(err, ErrEnded), undo)
	}
	return err
}

// Row returns the session of token, expired or not.
func (e *fileEngine) Row(ctx context.Context, token string) (Row, bool, error) {
	if !nameable(token) {
		return Row{}, false, nil
	}
	row, err := e.read(ctx, token)
	if absent, err := e.absent(err); absent || err != nil {
		return Row{}, false, err
	}
	// After the reading: see place.
	err = e.alive(ctx, token)
	if errors.Is(err, ErrEnded) {
		return Row{}, false, nil
	}
	return row, err == nil, err
}

func (e *fileEngine) read(ctx context.Context, token string) (row Row, err error) {
	done := say(ctx, "read", sessionFile+token)
	defer func() {
		if errors.Is(err, fs.ErrNotExist) {
			done(0, nil)
			return
		}
		done(1, fileCause(err))
	}()
	f, err := os.Open(e.path(sessionFile + token))
	if err != nil {
		return Row{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Row{}, err
	}
	row = e.row(token, info)
	row.Data, err = io.ReadAll(f)
	return row, err
}

// row describes the session of token by what the file system tells about its file.
func (e *fileEngine) row(token string, info fs.FileInfo) Row {
	return Row{Token: token, Size: int(info.Size()), Expiry: info.ModTime(), Place: sessionFile + token,
		Clock: "modified " + argText(info.ModTime())}
}
