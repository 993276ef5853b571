package launch

import (
	"os/exec"
	"syscall"
)

// EndWithUs ends the program when this one is killed and cannot do it.
func EndWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
