package engine

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
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
