package main

import (
	"context"
	"fmt"
	"regexp"
	"sync/atomic"
	"time"

	"sessionlab/e2e/launch"
)

// lab is the program that is measured.
type lab struct {
	*launch.Lab
	peak atomic.Int64 // most memory that it has had at once, in bytes
	most int64        // that it may have
}

// startLab starts the lab. It ends when it has taken more memory than most.
func startLab(program, store string, flags []string, most int64, dir string) (*lab, error) {
	started, err := launch.StartLab(program, store, flags, dir)
	if err != nil {
		return nil, err
	}
	l := &lab{Lab: started, most: most}
	go l.watch()
	return l, nil
}

// watch notes the lab's memory until it ends, and ends it where that is too much for this machine.
func (l *lab) watch() {
	for {
		l.peak.Store(max(l.peak.Load(), mostMemory(l.Process.Process.Pid)))
		if l.peak.Load() > l.most {
			_ = l.Process.Process.Kill() // ended says so
			return
		}
		select {
		case <-l.Gone:
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// wait waits, or less if ctx or the lab ends.
func (l *lab) wait(ctx context.Context, d time.Duration) {
	select {
	case <-l.Gone:
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// ended says why the lab ended by itself, "" while it runs.
func (l *lab) ended() string {
	select {
	case <-l.Gone:
		if peak := l.peak.Load(); peak > l.most {
			return fmt.Sprintf("-memory allows %s, and it had %s", megabytes(l.most), megabytes(peak))
		}
		return fmt.Sprint(l.Process.ProcessState, "\n", l.LastLines())
	default:
		return ""
	}
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
