// Package launch starts a lab and the store of its sessions as programs, for the tools of this folder: on
// free ports of 127.0.0.1, with files in a directory that the caller names. They end with the program that
// started them.
package launch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// Lab is a lab that runs.
type Lab struct {
	URL     string        // scheme, host and port
	Process *exec.Cmd     // its output belongs to this package
	Gone    chan struct{} // closed when it has ended

	log string // file of what it wrote about its work
}

// BuildLab builds the lab of the module in which this was started into dir, and returns the program's path.
func BuildLab(ctx context.Context, dir string) (string, error) {
	module, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("start it inside of the module, or give the program with -lab: %w", err)
	}
	program := filepath.Join(dir, "lab")
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", program, ".")
	build.Dir, build.Stderr = strings.TrimSpace(string(module)), os.Stderr
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("build the lab: %w", err)
	}
	return program, nil
}

var labAddress = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// StartLab starts program on a free port, with dir as its directory, and waits until it says its address.
func StartLab(program, store string, flags []string, dir string) (*Lab, error) {
	l := &Lab{log: filepath.Join(dir, "lab.log"), Gone: make(chan struct{})}
	log, err := os.Create(l.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	l.Process = exec.Command(program, append([]string{"-addr", "127.0.0.1:0", "-store", store}, flags...)...)
	l.Process.Dir, l.Process.Stderr = dir, log
	EndWithUs(l.Process)
	out, err := l.Process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := l.Process.Start(); err != nil {
		return nil, fmt.Errorf("start the lab: %w", err)
	}
	address := make(chan string, 1)
	go func() {
		defer close(l.Gone)
		lines := bufio.NewReader(out)
		line, _ := lines.ReadString('\n') // without one it has ended
		address <- labAddress.FindString(line)
		_, _ = io.Copy(io.Discard, lines)
		_ = l.Process.Wait() // LastLines says what it wrote
	}()
	select {
	case l.URL = <-address:
	case <-time.After(30 * time.Second):
	}
	if l.URL == "" {
		l.Stop()
		return nil, errors.New("the lab did not start: " + l.LastLines())
	}
	return l, nil
}

// Stop ends the lab as a signal of the terminal does, and by force if it does not go.
func (l *Lab) Stop() {
	_ = l.Process.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-l.Gone:
	case <-time.After(8 * time.Second):
		_ = l.Process.Process.Kill()
		<-l.Gone
	}
}

// LastLines are the end of the lab's log.
func (l *Lab) LastLines() string {
	b, err := os.ReadFile(l.log)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(b[max(0, len(b)-1000):]))
}
