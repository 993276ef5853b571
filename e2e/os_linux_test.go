package e2e

import (
	"os/exec"
	"syscall"
)

const exeSuffix = ""

// dieWithTest ends the program when the test is killed.
func dieWithTest(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
