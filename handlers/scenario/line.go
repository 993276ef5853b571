package scenario

import (
	"context"
	"sync"
)

// Lines let experiments of one notebook go on one after the other: each begins with what the one before has
// left in the jars. They may be used concurrently.
type Lines struct {
	most int

	mu sync.Mutex // guards of
	of map[string]*line
}

type line struct {
	count int           // at work or waiting
	turn  chan struct{} // holds one value while nobody is at work
}

// NewLines returns lines in which so many are at work or wait.
func NewLines(most int) *Lines { return &Lines{most: most, of: map[string]*line{}} }

// Enter waits in the line of key. leave, to be called once, lets the next one go on. It is false where too
// many wait there, and where ctx ends first.
func (ls *Lines) Enter(ctx context.Context, key string) (leave func(), ok bool) {
	l := ls.join(key)
	if l == nil {
		return nil, false
	}
	select {
	case <-l.turn:
		return func() { l.turn <- struct{}{}; ls.part(key, l) }, true
	case <-ctx.Done():
		ls.part(key, l)
		return nil, false
	}
}

func (ls *Lines) join(key string) *line {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	l := ls.of[key]
	if l == nil {
		l = &line{turn: make(chan struct{}, 1)}
		l.turn <- struct{}{}
		ls.of[key] = l
	}
	if l.count == ls.most {
		return nil
	}
	l.count++
	return l
}

func (ls *Lines) part(key string, l *line) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if l.count--; l.count == 0 {
		delete(ls.of, key)
	}
}
