// Package scratch has the folders that a comparison of the stores needs for a moment. A visitor's values are
// put into them, so nothing of one may outlive the program.
//
// A program that is killed leaves its folder behind; the next one that starts removes it. Other copies of the
// lab may be at work meanwhile, so each folder has a lock in it, which ends with the program that holds it,
// however that ends.
//
//	sessionlab-compare-1234567/in-use   the lock
//	sessionlab-compare-1234567/stores   what is kept
package scratch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	prefix     = "sessionlab-compare-"
	lockName   = "in-use"
	storesName = "stores"
)

// New makes an empty folder that is removed when remove is called, or else by the next [RemoveLeft].
func New() (dir string, remove func(), err error) {
	for range 10 { // a copy that starts between the making and the locking takes it for one that was left
		if dir, remove, err = try(); err == nil {
			return dir, remove, nil
		}
	}
	return "", nil, fmt.Errorf("make a scratch folder: %w", err)
}

func try() (dir string, remove func(), err error) {
	outer, err := os.MkdirTemp("", prefix+"*")
	if err != nil {
		return "", nil, err
	}
	lock, err := hold(filepath.Join(outer, lockName), os.O_CREATE)
	if err != nil {
		os.Remove(outer) // what it holds, if anything, belongs to whoever was faster
		return "", nil, err
	}
	dir = filepath.Join(outer, storesName)
	remove = func() {
		os.RemoveAll(dir) // before the lock goes: what has none is taken for empty
		lock.Close()
		os.RemoveAll(outer)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		remove()
		return "", nil, err
	}
	return dir, remove, nil
}

// RemoveLeft removes the folders of programs that ended without doing so, and those of nobody else.
func RemoveLeft() error {
	temp := os.TempDir()
	entries, err := os.ReadDir(temp)
	errs := []error{err}
	for _, entry := range entries {
		if entry.IsDir() && strings.HasPrefix(entry.Name(), prefix) {
			errs = append(errs, removeOne(filepath.Join(temp, entry.Name())))
		}
	}
	return errors.Join(errs...)
}

func removeOne(dir string) error {
	lock, err := hold(filepath.Join(dir, lockName), 0)
	if errors.Is(err, fs.ErrNotExist) {
		// There is nothing in it, and another program may be about to put its lock there.
		if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > time.Minute {
			os.Remove(dir)
		}
	}
	if err != nil {
		return nil // in use, or another user's
	}
	// Its owner may be removing it at the same time, and none of these minds that.
	err = os.RemoveAll(filepath.Join(dir, storesName))
	if err == nil {
		err = os.RemoveAll(filepath.Join(dir, lockName))
	}
	lock.Close()
	return errors.Join(err, os.RemoveAll(dir))
}
