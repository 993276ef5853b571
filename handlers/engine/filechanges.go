package engine

import (
	"context"
	"errors"
	"hash/maphash"
	"io/fs"
	"os"
	"sync"
	"time"
)

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
	// After the other questions: see place. The directory was there just now, so what is not there now
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
