package main

import (
	"os/exec"
	"syscall"
)

// endWithUs ends the program when this one is killed and cannot do it.
func endWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
