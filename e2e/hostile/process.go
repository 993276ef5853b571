package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sessionlab/e2e/launch"
	"strconv"
	"time"
)

// The attacker is this program again, as a process of its own. The two talk in lines: it says "ready" when it
// has prepared, begins at the line "begin", and stops at the end of its input. Every other line that it
// writes is for the reader.
const (
	attackerCommand = "attacker"
	readyLine       = "ready"
)

// attackerProcess is the attacker as the measuring process sees it.
type attackerProcess struct {
	cmd   *exec.Cmd
	tell  io.WriteCloser
	ready chan struct{} // closed when it is
	gone  chan struct{} // closed when it has ended
	lines []string      // what it said; read after gone
}

// startAttacker starts the attacker, which begins to prepare. It has one processor, so that it does not
// take both of a small machine.
func startAttacker(name, base string, length time.Duration, n int) (*attackerProcess, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &attackerProcess{ready: make(chan struct{}), gone: make(chan struct{})}
	p.cmd = exec.Command(program, attackerCommand, name, base, length.String(), strconv.Itoa(n))
	p.cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	p.cmd.Stderr = os.Stderr
	launch.EndWithUs(p.cmd)
	if p.tell, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the attacker: %w", err)
	}
	go p.listen(out)
	return p, nil
}

// listen takes down what the attacker says, until it ends.
func (p *attackerProcess) listen(out io.Reader) {
	defer close(p.gone)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if lines.Text() == readyLine {
			close(p.ready)
			continue
		}
		p.lines = append(p.lines, lines.Text())
	}
	if err := p.cmd.Wait(); err != nil {
		p.lines = append(p.lines, "the attacker ended: "+err.Error())
	}
}

// prepared waits until the attacker is ready.
func (p *attackerProcess) prepared(ctx context.Context) error {
	select {
	case <-p.ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-p.gone:
		return errors.New("the attacker could not prepare")
	case <-time.After(2 * time.Minute):
		return errors.New("the attacker does not get ready")
	}
}

// pid is the attacker's process, 0 without one.
func (p *attackerProcess) pid() int {
	if p == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

func (p *attackerProcess) begin() { fmt.Fprintln(p.tell, "begin") }

// stop ends the attack and returns what it achieved. The second time it does nothing.
func (p *attackerProcess) stop() []string {
	_ = p.tell.Close() // a second time it is closed
	select {
	case <-p.gone:
	case <-time.After(30 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.gone
	}
	return p.lines
}

// runAttacker is the attacker's process.
func runAttacker(ctx context.Context, args []string) error {
	if len(args) != 4 {
		return errors.New("the attacker is started by this program alone")
	}
	a, ok := attackNamed(args[0])
	length, err := time.ParseDuration(args[2])
	n, wrong := strconv.Atoi(args[3])
	if !ok || err != nil || wrong != nil {
		return fmt.Errorf("no such attack: %q", args)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	begin := make(chan struct{})
	go func() {
		in := bufio.NewReader(os.Stdin)
		if _, err := in.ReadString('\n'); err == nil {
			close(begin)
			_, _ = io.Copy(io.Discard, in)
		}
		stop()
	}()
	enemy := newAttacker(args[1], n, length, begin)
	err = a.run(ctx, enemy)
	if ctx.Err() != nil {
		err = nil // what fails at the end fails because it is the end
	}
	enemy.sum()
	return err
}
