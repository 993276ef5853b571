package xray

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Limits are the bounds of a [History].
type Limits struct {
	Total      int // exchanges of all sessions
	PerSession int // exchanges of any one session
	// exchanges of any one session that only read, beside those of PerSession; 0 counts both together
	Reads     int
	Bytes     int // that the exchanges of all sessions hold together; see [Exchange.size]
	Ownerless int // exchanges that left no session behind: they have room of their own
}

// History keeps the latest exchanges in memory, for the visitors who made them, within its limits. Where
// bytes are short, the session that holds most of them loses its oldest exchange; so nobody pushes out what
// others have by making large ones. It may be used concurrently.
type History struct {
	limits Limits

	mu        sync.Mutex // guards what follows
	byID      map[string]*entry
	of        map[string]*shelf // by the token that the exchanges are bound to
	queue     []*entry          // those of sessions, oldest first
	ownerless []*entry          // those of no session, oldest first
	kept      int               // how many of sessions are in byID
	bytes     int               // that those hold

	ended   map[string]time.Time // when sessions were flushed or left for a new key
	endings []string             // the keys of ended, oldest first
}

// shelf holds the exchanges of one session.
type shelf struct {
	entries []*entry // oldest first
	bytes   int
}

// entry binds an exchange to a session. The binding moves when the session cycles its key.
type entry struct {
	*Exchange
	token string
	bytes int  // that the exchange holds
	gone  bool // left out of the maps, still in the queue
}

// NewHistory returns an empty history with those limits.
func NewHistory(limits Limits) *History {
	return &History{limits: limits,
		byID: map[string]*entry{}, of: map[string]*shelf{}, ended: map[string]time.Time{}}
}

// Add is [Keeper.Add]. It has no errors.
func (h *History) Add(_ context.Context, x *Exchange) error {
	if x.Ended || x.Anew {
		x.forget()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if end, ok := h.ended[x.Token]; ok && x.At.Before(end) || x.late {
		h.dropSession(x.Token)
		x.forgetAll()
	}
	if x.Ended || x.Anew || x.Cycled {
		h.noteEnd(x.Sent, x.At.Add(x.Took))
	}
	switch {
	case x.Ended, x.Anew:
		h.dropSession(x.Sent)
	case x.Known && x.Token != "" && x.Sent != x.Token:
		// A new key, or a new value of a cookie that is the session.
		h.move(x.Sent, x.Token)
	}
	if x.Token != "" {
		h.file(x, x.Token)
		return nil
	}
	x.disown()
	if x.Location != "" {
		h.fileOwnerless(x)
	} else if x.reads() && x.Card != "" && x.Returned != nil { // its page says which it is
		y := *x
		y.withhold() // a copy: that page still shows what it read
		h.fileOwnerless(&y)
	}
	return nil // nobody learns the address of what leads to no page
}

// file puts x on the shelf of the session of token, in its place by time.
func (h *History) file(x *Exchange, token string) {
	e := &entry{Exchange: x, token: token, bytes: x.size()}
	h.byID[x.ID] = e
	h.queue = append(h.queue, e)
	h.kept++
	h.bytes += e.bytes
	s := h.shelf(token)
	at := len(s.entries)
	for at > 0 && s.entries[at-1].At.After(x.At) {
		at--
	}
	s.entries, s.bytes = slices.Insert(s.entries, at, e), s.bytes+e.bytes
	h.trimShelf(s, x.reads())
	h.trim()
}

// trimShelf drops the oldest exchange of s if there are too many of its kind: those that only read, or
// others.
func (h *History) trimShelf(s *shelf, reads bool) {
	most, n := h.limits.PerSession, len(s.entries)
	first := 0
	if h.limits.Reads > 0 {
		kind := func(e *entry) bool { return e.reads() == reads }
		first, n = slices.IndexFunc(s.entries, kind), 0
		for _, e := range s.entries {
			if kind(e) {
				n++
			}
		}
		if reads {
			most = h.limits.Reads
		}
	}
	if n > most {
		h.drop(s.entries[first])
	}
}

// fileOwnerless puts x among those that belong to no session.
func (h *History) fileOwnerless(x *Exchange) {
	e := &entry{Exchange: x}
	h.byID[x.ID] = e
	h.ownerless = append(h.ownerless, e)
	if len(h.ownerless) > h.limits.Ownerless {
		delete(h.byID, h.ownerless[0].ID)
		h.ownerless[0] = nil
		h.ownerless = h.ownerless[1:]
	}
}

// shelf returns the shelf of the session of token, and makes it if there is none.
func (h *History) shelf(token string) *shelf {
	s := h.of[token]
	if s == nil {
		s = &shelf{}
		h.of[token] = s
	}
	return s
}

// move gives what the session of the old token has to the new one.
func (h *History) move(old, fresh string) {
	from := h.of[old]
	if from == nil {
		return
	}
	delete(h.of, old)
	to := h.shelf(fresh)
	to.entries, to.bytes = slices.Concat(from.entries, to.entries), to.bytes+from.bytes
	for _, e := range from.entries {
		e.token = fresh
	}
}

// noteEnd remembers when the session of token ended here, for the latest of them.
func (h *History) noteEnd(token string, at time.Time) {
	if len(h.endings) == h.limits.Total {
		delete(h.ended, h.endings[0])
		h.endings = h.endings[1:]
	}
	h.endings = append(h.endings, token)
	h.ended[token] = at
}

// Get is [Keeper.Get]. It has no errors.
func (h *History) Get(_ context.Context, id, token string) (*Exchange, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.byID[id]
	if e == nil || e.token != "" && e.token != token {
		return nil, nil
	}
	return e.Exchange, nil
}

// Of is [Keeper.Of]. It has no errors.
func (h *History) Of(_ context.Context, token string) ([]*Exchange, error) {
	if token == "" {
		return nil, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.of[token]
	if s == nil {
		return nil, nil
	}
	list := make([]*Exchange, 0, len(s.entries))
	for _, e := range slices.Backward(s.entries) {
		list = append(list, e.Exchange)
	}
	return list, nil
}

// Tokens returns the sessions that have exchanges here.
func (h *History) Tokens() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	tokens := make([]string, 0, len(h.of))
	for token := range h.of {
		tokens = append(tokens, token)
	}
	return tokens
}

// DropSession forgets every exchange of the session of token.
func (h *History) DropSession(token string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dropSession(token)
}

func (h *History) dropSession(token string) {
	if s := h.of[token]; s != nil {
		for _, e := range slices.Clone(s.entries) {
			h.drop(e)
		}
	}
}

// drop takes e, an exchange of a session, out of the maps. Its place in the queue is given up when it comes
// to the front.
func (h *History) drop(e *entry) {
	if e.gone {
		return
	}
	e.gone = true
	h.kept--
	h.bytes -= e.bytes
	delete(h.byID, e.ID)
	s := h.of[e.token]
	s.entries = slices.DeleteFunc(s.entries, func(o *entry) bool { return o == e })
	s.bytes -= e.bytes
	if len(s.entries) == 0 {
		delete(h.of, e.token)
	}
	e.Exchange = &Exchange{ID: e.ID}
}

// trim drops exchanges until the limits hold.
func (h *History) trim() {
	for h.bytes > h.limits.Bytes {
		h.drop(h.largest().entries[0])
	}
	for len(h.queue) > 0 && (h.queue[0].gone || h.kept > h.limits.Total) {
		h.drop(h.queue[0])
		h.queue[0] = nil
		h.queue = h.queue[1:]
	}
	if len(h.queue) > 2*h.limits.Total {
		h.queue = slices.DeleteFunc(h.queue, func(e *entry) bool { return e.gone })
	}
}

// largest returns the shelf that holds most bytes. There is one while any exchange of a session is kept.
func (h *History) largest() (most *shelf) {
	for _, s := range h.of {
		if most == nil || s.bytes > most.bytes {
			most = s
		}
	}
	return most
}
