package scratch

import (
	"io"
	"os"
	"syscall"
)

// hold opens the file at path for this program alone, until it is closed or the program ends. It fails when
// another program holds it. flag is os.O_CREATE for a new file.
func hold(path string, flag int) (io.Closer, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	mode := uint32(syscall.OPEN_EXISTING)
	if flag == os.O_CREATE {
		mode = syscall.CREATE_NEW
	}
	const shared = syscall.FILE_SHARE_DELETE // it can be removed while it is held
	file, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, shared, nil, mode, 0, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(file), path), nil
}
