package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

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
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
