package notebook

import (
	"bytes"
	"container/list"
	"context"
	"sync"
	"time"
)

// Memory is a [Store] in the memory of the program, within its limits: what was not used for longest goes
// first. Nothing runs beside the requests; what is over is removed when somebody comes by.
type Memory struct {
	limits Limits
	now    func() time.Time

	mu    sync.Mutex // guards what follows
	notes map[string]*list.Element
	used  *list.List // of *note, the one that was used last in front
	bytes int        // of all, keys included
}

type note struct {
	key   string
	data  []byte
	until time.Time
}

func (n *note) size() int { return len(n.key) + len(n.data) }

// NewMemory returns an empty store with those limits, by the clock now.
func NewMemory(limits Limits, now func() time.Time) *Memory {
	return &Memory{limits: limits, now: now, notes: map[string]*list.Element{}, used: list.New()}
}

// Note is [Store.Note]. It counts as a use. There is no error.
func (m *Memory) Note(_ context.Context, key string) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.notes[key]
	if e == nil {
		return nil, false, nil
	}
	n := e.Value.(*note)
	if !n.until.After(m.now()) {
		m.drop(e)
		return nil, false, nil
	}
	m.used.MoveToFront(e)
	return bytes.Clone(n.data), true, nil
}

// SetNote is [Store.SetNote]. It returns [ErrTooLarge] for data over the limit, and no other error.
func (m *Memory) SetNote(_ context.Context, key string, data []byte, until time.Time) error {
	if len(data) > max(m.limits.Each, m.limits.Sheet) {
		return ErrTooLarge
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(m.notes[key])
	n := &note{key, bytes.Clone(data), until}
	m.notes[key] = m.used.PushFront(n)
	m.bytes += n.size()
	for e := m.used.Back(); e != nil && m.over(e.Value.(*note)); e = m.used.Back() {
		m.drop(e)
	}
	return nil
}

// over reports whether n, the one that was not used for longest, has to go: there is no room, or its time
// has passed.
func (m *Memory) over(n *note) bool {
	return len(m.notes) > m.limits.Count || m.bytes > m.limits.Bytes || !n.until.After(m.now())
}

// DropNote is [Store.DropNote]. There is no error.
func (m *Memory) DropNote(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(m.notes[key])
	return nil
}

// drop takes e out of the maps; nil is nothing to take.
func (m *Memory) drop(e *list.Element) {
	if e == nil {
		return
	}
	n := m.used.Remove(e).(*note)
	delete(m.notes, n.key)
	m.bytes -= n.size()
}
