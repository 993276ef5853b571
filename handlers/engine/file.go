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
	"syscall"
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

// openFile opens the directory dir, and makes it if only its last part is missing. A
// directory with other files in it is refused.
func openFile(dir string) (Engine, error) {
	if dir == "" {
		return nil, errors.New("the session store has no directory: use file:DIR")
	}
	e := &fileEngine{dir: dir, seed: maphash.MakeSeed()}
	if err := e.open(); err != nil {
		return nil, fmt.Errorf("session store %q: %w", dir, fileCause(err))
	}
	return e, nil
}

func (e *fileEngine) open() (err error) {
	if e.dir, err = filepath.Abs(e.dir); err != nil {
		return err
	}
	err = os.Mkdir(e.dir, 0o700)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("the folder that it would lie in does not exist")
	case err != nil && !errors.Is(err, fs.ErrExist):
		return err
	}
	names, err := e.names()
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, _, ok := cutKind(name); !ok && !strings.HasPrefix(name, ".") {
			return fmt.Errorf("it holds %q, which is not a session: use an empty directory", name)
		}
	}
	return e.probe()
}

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
// upper and lower case make no difference in file names, they make none in tokens.
func nameable(token string) bool {
	const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return token != "" && len(token) <= 100 && strings.Trim(token, base64url) == ""
}

// Name returns "file".
func (e *fileEngine) Kind() Kind { return fileKind }

// FindCtx returns what is kept under token, unless it has expired.
func (e *fileEngine) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	row, ok, err := e.Row(ctx, token)
	if err != nil || !ok || !time.Now().Before(row.Expiry) {
		return nil, false, err
	}
	return row.Data, true, nil
}

// CommitCtx writes b into a new file and gives it the name that token stands for. Whoever
// reads at that moment gets the old file or the new one, never a part.
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
	// After the reading: see CommitCtx.
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
		Clock: "modified " + info.ModTime().UTC().Format("2006-01-02T15:04:05.000Z")}
}

// Rows returns the sessions that live longest, and how many there are. It asks the file
// system about every session, but reads none.
func (e *fileEngine) Rows(ctx context.Context, limit int) ([]Row, int, error) {
	var rows []Row
	err := e.sessions(ctx, func(token string, info fs.FileInfo) { rows = append(rows, e.row(token, info)) })
	if err != nil {
		return nil, 0, err
	}
	return latest(rows, limit), len(rows), nil
}

// Tokens calls f with the tokens of the files that there are now. It asks the file system about every
// session, as Rows does.
func (e *fileEngine) Tokens(ctx context.Context, prefix string, f func(tokens []string) error) error {
	var tokens []string
	err := e.sessions(ctx, func(token string, _ fs.FileInfo) {
		if strings.HasPrefix(token, prefix) {
			tokens = append(tokens, token)
		}
	})
	if err != nil {
		return err
	}
	return inBatches(ctx, tokens, f)
}

// sessions calls f for each session with what the file system tells about its file.
func (e *fileEngine) sessions(ctx context.Context, f func(token string, info fs.FileInfo)) error {
	names, err := e.names()
	if err != nil {
		return fileError(err)
	}
	ended := map[string]bool{}
	for _, name := range names {
		if kind, token, _ := cutKind(name); kind == endedFile {
			ended[token] = true
		}
	}
	for _, name := range names {
		kind, token, _ := cutKind(name)
		if kind != sessionFile || ended[token] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		info, err := os.Lstat(e.path(name))
		if absent, err := e.absent(err); err != nil {
			return err
		} else if !absent {
			f(token, info)
		}
	}
	return nil
}

// DeleteExpired removes the sessions that expired before t. It also forgets the deleted
// ones that no request can remember any more, and what a crash has left half written.
func (e *fileEngine) DeleteExpired(ctx context.Context, t time.Time) (removed int, err error) {
	names, err := e.names()
	if err != nil {
		return 0, fileError(err)
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		switch kind, rest, _ := cutKind(name); kind {
		case sessionFile:
			swept, err := e.sweep(ctx, rest, t)
			if err != nil {
				return removed, err
			}
			if swept {
				removed++
			}
		case endedFile:
			err = e.forget(ctx, rest)
		case newFile:
			err = e.abandon(rest)
		}
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// sweep ends the session of token if it expired before t.
func (e *fileEngine) sweep(ctx context.Context, token string, t time.Time) (bool, error) {
	e.placing.Lock()
	defer e.placing.Unlock()
	info, ok, err := e.stat(ctx, sessionFile+token)
	if err != nil || !ok || !info.ModTime().Before(t) {
		return false, err
	}
	err = e.rename(ctx, sessionFile+token, endedFile+token)
	if absent, err := e.absent(err); absent || err != nil {
		return false, err
	}
	// Another process may have saved the session in between. Then it was not the expired
	// file that was taken, and it is put back. If that process has looked already, its
	// visitor is told that the session was ended: too much, but nothing is lost.
	info, ok, err = e.stat(ctx, endedFile+token)
	if err != nil || !ok {
		return false, err
	}
	if !info.ModTime().Before(t) {
		return false, fileError(e.rename(ctx, endedFile+token, sessionFile+token))
	}
	return true, e.bury(ctx, token)
}

// forget removes the mark of an ended session when its time has come. A session file
// beside it was left by a crash in the middle of a late commit.
func (e *fileEngine) forget(ctx context.Context, token string) error {
	info, ok, err := e.stat(ctx, endedFile+token)
	if err != nil || !ok {
		return err
	}
	if left := time.Until(info.ModTime()); left > lateRequest && info.Size() == 0 {
		// An earlier version remembered an end for as long as the session could have lived. A file with
		// data in it is not buried yet.
		return e.bury(ctx, token)
	} else if left > 0 {
		return nil
	}
	for _, name := range []string{sessionFile + token, endedFile + token} {
		if _, err := e.absent(e.remove(ctx, name)); err != nil {
			return err
		}
	}
	return nil
}

// abandon removes a new file that its writer has left long ago. rest is the part of its
// name that begins with the time.
func (e *fileEngine) abandon(rest string) error {
	var made int64
	if _, err := fmt.Sscanf(rest, "%d-", &made); err != nil || time.Since(time.Unix(made, 0)) < lateRequest {
		return nil
	}
	_, err := e.absent(os.Remove(e.path(newFile + rest)))
	return err
}

// Version returns a number that moves with the modification time of the directory: every save and every end
// renames a file in it. What is done to a file where it lies, by hand, does not show there, so the number
// moves once in a while anyway.
func (e *fileEngine) Version(context.Context) (int64, error) {
	info, err := os.Stat(e.dir)
	if err != nil {
		return 0, fileError(err)
	}
	return e.changes.version(info.ModTime(), time.Now()), nil
}

const (
	// youngDir is longer than a tick of the clock of the usual file systems: of two changes within one tick
	// the second leaves the directory's modification time as it was. Git has the same trouble with its
	// index, and calls such an entry racy.
	youngDir = 100 * time.Millisecond
	// trustDir is how long a change that the directory's time does not tell of may stay unseen.
	trustDir = 2 * time.Second
)

// dirChanges numbers what is seen of a directory.
type dirChanges struct {
	mu     sync.Mutex
	number int64
	mtime  time.Time // of the directory when it was last looked at
	young  bool      // mtime was so young then that a later change could have the same
	at     time.Time // when the number last moved
}

// version returns a number that is another one than before if anything can have changed since.
func (c *dirChanges) version(mtime, now time.Time) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !mtime.Equal(c.mtime) || c.young || now.Sub(c.at) >= trustDir {
		c.number, c.at = c.number+1, now
	}
	c.mtime, c.young = mtime, now.Sub(mtime) < youngDir
	return c.number
}

// identity is what a file system knows of a file besides its times and size. It is another one after each
// save, which puts a new file in the place of the old.
type identity struct {
	file    uint64 // the number of the file; when the file is gone another may get it
	changed int64  // when it was made, renamed or changed, in Unix nanoseconds; 0 where file tells enough
}

// Stamps returns the stamps of the tokens that have a session. It asks the file system about each, but
// reads none.
func (e *fileEngine) Stamps(ctx context.Context, tokens []string) (map[string]Stamp, error) {
	stamps := map[string]Stamp{}
	for _, token := range tokens {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		stamp, ok, err := e.stamp(ctx, token)
		if err != nil {
			return nil, err
		}
		if ok {
			stamps[token] = stamp
		}
	}
	return stamps, nil
}

// stamp returns the stamp of the session of token, and whether there is one.
func (e *fileEngine) stamp(ctx context.Context, token string) (Stamp, bool, error) {
	if !nameable(token) {
		return Stamp{}, false, nil
	}
	info, ok, err := e.stat(ctx, sessionFile+token)
	if err != nil || !ok {
		return Stamp{}, false, err
	}
	id, err := identify(e.path(sessionFile+token), info)
	if absent, err := e.absent(err); absent || err != nil {
		return Stamp{}, false, err
	}
	// After the other questions: see CommitCtx. The directory was there just now, so what is not there now
	// is not in it.
	_, err = os.Lstat(e.path(endedFile + token))
	if !errors.Is(err, fs.ErrNotExist) {
		return Stamp{}, false, fileError(err)
	}
	sum := maphash.Comparable(e.seed, struct {
		identity
		mtime, size int64
	}{id, info.ModTime().UnixNano(), info.Size()})
	return Stamp{Expiry: info.ModTime().UnixMilli(), Sum: sum}, true, nil
}

// Usage asks the file system how long each session is.
func (e *fileEngine) Usage(ctx context.Context) (u Usage, err error) {
	err = e.sessions(ctx, func(_ string, info fs.FileInfo) {
		u.Rows++
		u.Bytes += info.Size()
	})
	return u, err
}

// Ping says whether a file can be made in the directory.
func (e *fileEngine) Ping(context.Context) error { return fileError(e.probe()) }

// probe makes a file and removes it.
func (e *fileEngine) probe() error {
	f, err := os.CreateTemp(e.dir, fmt.Sprintf("%s%d-*", newFile, time.Now().Unix()))
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// Close has nothing to release: no file stays open.
func (e *fileEngine) Close() error { return nil }

// Find is FindCtx without a context, as SCS's Store asks for.
func (e *fileEngine) Find(token string) ([]byte, bool, error) {
	return e.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (e *fileEngine) Commit(token string, b []byte, expiry time.Time) error {
	return e.CommitCtx(context.Background(), token, b, expiry)
}

// Delete is DeleteCtx without a context.
func (e *fileEngine) Delete(token string) error {
	return e.DeleteCtx(context.Background(), token)
}

func (e *fileEngine) path(name string) string { return filepath.Join(e.dir, name) }

// names returns the names of all files in the directory.
func (e *fileEngine) names() ([]string, error) {
	dir, err := os.Open(e.dir)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.Readdirnames(-1)
}

// stat looks at a file. It is no error when there is none.
func (e *fileEngine) stat(ctx context.Context, name string) (fs.FileInfo, bool, error) {
	done := say(ctx, "stat", name)
	info, err := os.Lstat(e.path(name))
	absent, err := e.absent(err)
	if absent || err != nil {
		done(0, fileCause(err))
		return nil, false, err
	}
	done(1, nil)
	return info, true, nil
}

func (e *fileEngine) rename(ctx context.Context, from, to string) error {
	done := say(ctx, "rename", from, to)
	err := os.Rename(e.path(from), e.path(to))
	if errors.Is(err, fs.ErrNotExist) {
		done(0, nil)
		return err
	}
	done(1, fileCause(err))
	return err
}

func (e *fileEngine) remove(ctx context.Context, name string) error {
	done := say(ctx, "remove", name)
	err := os.Remove(e.path(name))
	done(1, fileCause(err))
	return err
}

// absent tells a file that is not there from every other error, which it returns. When the
// directory itself is not there, nobody can know what is in it: that is an error.
func (e *fileEngine) absent(err error) (bool, error) {
	if !errors.Is(err, fs.ErrNotExist) {
		return false, fileError(err)
	}
	if _, err := os.Stat(e.dir); err != nil {
		return false, fileError(err)
	}
	return true, nil
}

// fileError adds to an error of the file system what it means for the caller. It leaves out the file's
// name, which holds a token: errors go into logs.
func fileError(err error) error {
	switch err = fileCause(err); {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// fileCause leaves out the file names that os puts into its errors: they are said already.
func fileCause(err error) error {
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return cause(err)
}
