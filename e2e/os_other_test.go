//go:build !linux

package e2e

import (
	"os/exec"
	"runtime"
)

var exeSuffix = map[string]string{"windows": ".exe"}[runtime.GOOS]

// dieWithTest does nothing here: a test that is killed leaves its server running.
func dieWithTest(*exec.Cmd) {}
