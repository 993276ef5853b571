package xray

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
)

// History keeps the latest exchanges in memory, for the visitors who made them. It is bounded
// three ways: exchanges in all, exchanges per session, and bytes.
// It may be used concurrently.
type History struct {
	total, perSession, maxBytes int

	mu    sync.Mutex // guards what follows
	byID  map[string]*entry
	of    map[string][]*entry // by the token that the exchanges are bound to, oldest first
	queue []*entry            // all of them, oldest first
	bytes int

	ended   map[string]time.Time // when sessions were flushed or left for a new key
	endings []string             // the keys of ended, oldest first
}

// entry binds an exchange to a session. The binding moves when the session cycles its key.
type entry struct {
	*Exchange
	token string
	gone  bool // left out of the maps, still in the queue
}

// NewHistory returns a history of at most total exchanges, perSession of them for any one
// session, that hold at most maxBytes together.
func NewHistory(total, perSession, maxBytes int) *History {
	return &History{total: total, perSession: perSession, maxBytes: maxBytes,
		byID: map[string]*entry{}, of: map[string][]*entry{}, ended: map[string]time.Time{}}
}

// Add files a completed exchange under the session that exists after it. When the exchange
// cycled the key, what the old token had goes along; when it ended the session, what the
// session had is dropped and the exchange itself keeps the removed keys' names, no values,
// and the dead token only masked.
func (h *History) Add(x *Exchange, codec scs.Codec) {
	if x.Ended {
		x.forget(codec)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if end, ok := h.ended[x.Token]; ok && x.At.Before(end) {
		// A late request: its session was ended while it ran, and nothing of it is kept.
		x.Token, x.Found, x.Committed, x.Returned, x.Detail = "", nil, nil, nil, nil
		if c := x.SetCookie; c != nil && c.Value != "" {
			masked := *c // the cookie itself is still to be sent
			masked.Value = Mask(c.Value)
			x.SetCookie = &masked
		}
	}
	if x.Ended || x.Cycled {
		h.noteEnd(x.Sent, x.At.Add(x.Took))
	}
	switch {
	case x.Ended:
		h.dropSession(x.Sent)
		x.maskSent()
	case x.Known && x.Token != "" && x.Sent != x.Token: // a new key, or a new value of a cookie that is the session
		h.of[x.Token] = append(h.of[x.Token], h.of[x.Sent]...)
		delete(h.of, x.Sent)
		for _, e := range h.of[x.Token] {
			e.token = x.Token
		}
	case x.Token == "":
		x.maskSent()
		if x.Location == "" {
			return // nobody learns its id: kept, it would only push out what others can look at
		}
	}
	e := &entry{Exchange: x, token: x.Token}
	h.byID[x.ID] = e
	h.queue = append(h.queue, e)
	h.bytes += x.size()
	if x.Token != "" {
		h.of[x.Token] = append(h.of[x.Token], e)
		if list := h.of[x.Token]; len(list) > h.perSession {
			h.drop(list[0])
		}
	}
	h.trim()
}

// noteEnd remembers when the session of token ended here, for the latest of them.
func (h *History) noteEnd(token string, at time.Time) {
	if len(h.endings) == h.total {
		delete(h.ended, h.endings[0])
		h.endings = h.endings[1:]
	}
	h.endings = append(h.endings, token)
	h.ended[token] = at
}

// Get returns the exchange of that id if it is kept and belongs to the session of token.
// One that left no session behind belongs to whoever knows its id.
func (h *History) Get(id, token string) *Exchange {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.byID[id]
	if e == nil || e.token != "" && e.token != token {
		return nil
	}
	return e.Exchange
}

// Of returns the exchanges of the session of token, the latest first; none without a token.
func (h *History) Of(token string) []*Exchange {
	if token == "" {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]*Exchange, 0, len(h.of[token]))
	for _, e := range slices.Backward(h.of[token]) {
		list = append(list, e.Exchange)
	}
	return list
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
	if token == "" {
		return
	}
	for _, e := range slices.Clone(h.of[token]) {
		h.drop(e)
	}
}

// drop takes e out of the maps. Its place in the queue is given up when it comes to the front.
func (h *History) drop(e *entry) {
	if e.gone {
		return
	}
	e.gone = true
	h.bytes -= e.size()
	delete(h.byID, e.ID)
	list := slices.DeleteFunc(h.of[e.token], func(o *entry) bool { return o == e })
	if len(list) == 0 {
		delete(h.of, e.token)
	} else {
		h.of[e.token] = list
	}
	e.Exchange = &Exchange{ID: e.ID}
}

// trim drops the oldest exchanges until the bounds hold.
func (h *History) trim() {
	for len(h.queue) > 0 && (h.queue[0].gone || len(h.byID) > h.total || h.bytes > h.maxBytes) {
		h.drop(h.queue[0])
		h.queue[0] = nil
		h.queue = h.queue[1:]
	}
	if len(h.queue) > 2*h.total {
		h.queue = slices.DeleteFunc(h.queue, func(e *entry) bool { return e.gone })
	}
}

// size is the number of bytes that x holds on to and that a visitor can make many: not only session
// data, but the address and a cookie that no server issued too.
func (x *Exchange) size() int {
	n := len(x.Found) + len(x.Committed) + len(x.Path) + len(x.Sent)
	if x.Returned != nil {
		n += len(*x.Returned)
	}
	if d, ok := x.Detail.(interface{ Size() int }); ok {
		n += d.Size()
	}
	for _, key := range x.Removed {
		n += len(key)
	}
	for _, step := range x.Steps {
		for _, s := range step.Statements {
			n += len(s.Text)
			for _, arg := range s.Args {
				n += len(arg)
			}
		}
	}
	return n
}

// forget takes the values out of an exchange whose session was ended: only the names of the
// removed keys stay.
func (x *Exchange) forget(codec scs.Codec) {
	for _, v := range Values(x.Before(codec)) {
		x.Removed = append(x.Removed, v.Key)
	}
	x.Found, x.Committed = nil, nil
}

// maskSent shortens the token of a session that is gone, wherever the exchange mentions it.
// Nobody owns the exchange then, so it must not hold a whole token.
func (x *Exchange) maskSent() {
	dead := x.Sent
	if dead == "" {
		return
	}
	x.Sent = Mask(dead)
	for i := range x.Steps {
		s := &x.Steps[i]
		if s.Token == dead {
			s.Token = x.Sent
		}
		if s.Old == dead {
			s.Old = x.Sent
		}
		for j := range s.Statements {
			for k, arg := range s.Statements[j].Args {
				// Some engines put the token into a longer name: a key, a file.
				s.Statements[j].Args[k] = strings.ReplaceAll(arg, dead, x.Sent)
			}
		}
	}
}

// LongestToken is the length of SCS's tokens. A longer one is a session that is its own cookie.
const LongestToken = 43

// Mask shortens a token to its first and last four characters, which is enough to recognize
// it and keeps 210 of the 256 bits hidden. Shorter strings are hidden whole. A session that is its own
// cookie begins with a date and ends with its signature: of that the last eight characters are left.
func Mask(token string) string {
	switch n := len(token); {
	case n < 32:
		return "…"
	case n > LongestToken:
		end := strings.TrimRight(token, "=") // padding
		return "…" + end[max(0, len(end)-8):]
	}
	return token[:4] + "…" + token[len(token)-4:]
}
