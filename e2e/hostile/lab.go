package main

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
	"sync/atomic"
	"syscall"
	"time"
)

// lab is the program that is measured.
type lab struct {
	url     string
	process *exec.Cmd
	log     string        // file of what it wrote about its work
	gone    chan struct{} // closed when it has ended
	peak    atomic.Int64  // most memory that it has had at once, in bytes
	most    int64         // that it may have
}

// buildLab builds the lab of the module in which this was started.
func buildLab(ctx context.Context, dir string) (string, error) {
	module, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("start it inside of the module, or give the program with -lab: %w", err)
	}
	program := filepath.Join(dir, "lab")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, ".")
	build.Dir, build.Stderr = strings.TrimSpace(string(module)), os.Stderr
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("build the lab: %w", err)
	}
	return program, nil
}

var labAddress = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// startLab starts the lab on a free port and waits until it says its address. It ends when it has taken more
// memory than most.
func startLab(program, store string, flags []string, most int64, dir string) (*lab, error) {
	l := &lab{log: filepath.Join(dir, "lab.log"), gone: make(chan struct{}), most: most}
	log, err := os.Create(l.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	l.process = exec.Command(program, append([]string{"-addr", "127.0.0.1:0", "-store", store}, flags...)...)
	l.process.Dir, l.process.Stderr = dir, log
	endWithUs(l.process)
	out, err := l.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := l.process.Start(); err != nil {
		return nil, fmt.Errorf("start the lab: %w", err)
	}
	address := make(chan string, 1)
	go func() {
		defer close(l.gone)
		lines := bufio.NewReader(out)
		line, _ := lines.ReadString('\n') // without one it has ended
		address <- labAddress.FindString(line)
		_, _ = io.Copy(io.Discard, lines)
		_ = l.process.Wait() // ended says what it wrote
	}()
	select {
	case l.url = <-address:
	case <-time.After(30 * time.Second):
	}
	if l.url == "" {
		l.stop()
		return nil, errors.New("the lab did not start: " + l.lastLines())
	}
	go l.watch()
	return l, nil
}

// watch notes the lab's memory until it ends, and ends it where that is too much for this machine.
func (l *lab) watch() {
	for {
		l.peak.Store(max(l.peak.Load(), mostMemory(l.process.Process.Pid)))
		if l.peak.Load() > l.most {
			_ = l.process.Process.Kill() // ended says so
			return
		}
		select {
		case <-l.gone:
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// stop ends the lab as a signal of the terminal does, and by force if it does not go.
func (l *lab) stop() {
	_ = l.process.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-l.gone:
	case <-time.After(8 * time.Second):
		_ = l.process.Process.Kill()
		<-l.gone
	}
}

// wait waits, or less if ctx or the lab ends.
func (l *lab) wait(ctx context.Context, d time.Duration) {
	select {
	case <-l.gone:
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// ended says why the lab ended by itself, "" while it runs.
func (l *lab) ended() string {
	select {
	case <-l.gone:
		if peak := l.peak.Load(); peak > l.most {
			return fmt.Sprintf("-memory allows %s, and it had %s", megabytes(l.most), megabytes(peak))
		}
		return fmt.Sprint(l.process.ProcessState, "\n", l.lastLines())
	default:
		return ""
	}
}

// lastLines are the end of the lab's log.
func (l *lab) lastLines() string {
	b, err := os.ReadFile(l.log)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(b[max(0, len(b)-1000):]))
}

// resultOnPage is what an operation returned, on the page that shows it.
var resultOnPage = regexp.MustCompile(`<output data-result>([^<]*)</output>`)

// countRows asks the lab how many rows its store has, "-" if it does not say.
func countRows(ctx context.Context, base string) string {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	a, err := newVisitor(base, connections(classAddress, 1)).get(ctx, "/sessions?count=rows")
	if m := resultOnPage.FindSubmatch(a.body); err == nil && m != nil {
		return string(m[1])
	}
	return "-"
}
