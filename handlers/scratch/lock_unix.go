//go:build !windows

package scratch

import (
	"io"
	"os"
	"syscall"
)

// hold opens the file at path and locks it, until it is closed or the program ends. It fails when another
// program holds it. flag is os.O_CREATE for a new file.
func hold(path string, flag int) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|flag, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		_, err = os.Stat(path) // who held it before may have removed it
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
