package xray

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"sessionlab/handlers/engine"
)

// Watcher tells streams when the row of their session changed, whoever changed it: this program,
// another one, or the clock. One goroutine looks for all of them.
type Watcher struct {
	eng      engine.Engine
	interval time.Duration
	log      *slog.Logger
	now      func() time.Time

	mu      sync.Mutex // guards watched
	watched map[string]*watched

	version int64 // at the last look
}

// watched is what the watcher knows of one token.
type watched struct {
	token   string
	stamp   engine.Stamp // zero when there is no row
	expired bool
	seen    bool // stamp has been read
	wake    map[chan struct{}]bool
}

// NewWatcher returns a watcher that looks once in interval, as soon as it runs.
func NewWatcher(eng engine.Engine, interval time.Duration, log *slog.Logger, now func() time.Time) *Watcher {
	return &Watcher{eng: eng, interval: interval, log: log, now: now, watched: map[string]*watched{}}
}

// Watch returns a channel that gets a value when the row of token has changed, expired or gone since
// the last value, and a function that ends the watch. Several changes may come as one. A token that
// has the most watches already gets no further one: then ok is false.
func (w *Watcher) Watch(token string, most int) (c <-chan struct{}, stop func(), ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.watched[token]
	if t == nil {
		t = &watched{token: token, wake: map[chan struct{}]bool{}}
	}
	if len(t.wake) >= most {
		return nil, nil, false
	}
	w.watched[token] = t
	wake := make(chan struct{}, 1)
	t.wake[wake] = true
	return wake, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(t.wake, wake)
		if len(t.wake) == 0 && w.watched[token] == t {
			delete(w.watched, token)
		}
	}, true
}

// Count returns how many watches token has: for tests.
func (w *Watcher) Count(token string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t := w.watched[token]; t != nil {
		return len(t.wake)
	}
	return 0
}

// Run looks until ctx ends.
func (w *Watcher) Run(ctx context.Context) {
	ticker := time.NewTicker(w.interval)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := w.look(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			w.log.Warn("watch the store", "err", err)
		}
		failing = err != nil
	}
}

// look wakes the watches whose rows changed since the last look. While nothing is watched the store
// is not asked. While its version stands still it is asked about the tokens that are new here alone, and
// for the others only the clock is looked at.
func (w *Watcher) look(ctx context.Context) error {
	known, fresh := w.all()
	if len(known)+len(fresh) == 0 {
		return nil
	}
	version, err := w.eng.Version(ctx)
	if err != nil {
		return err
	}
	ask := fresh
	if version != w.version {
		ask, known = append(known, fresh...), nil
	}
	w.compare(known, nil)
	if len(ask) == 0 {
		return nil
	}
	tokens := make([]string, len(ask))
	for i, t := range ask {
		tokens[i] = t.token
	}
	stamps, err := w.eng.Stamps(ctx, tokens)
	if err != nil {
		return err
	}
	w.compare(ask, stamps)
	w.version = version
	return nil
}

// all returns what is watched: the tokens that were looked at before, and the others.
func (w *Watcher) all() (known, fresh []*watched) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.watched {
		if t.seen {
			known = append(known, t)
		} else {
			fresh = append(fresh, t)
		}
	}
	return known, fresh
}

// compare holds new stamps against the known ones; with none given only the expiry against the clock.
func (w *Watcher) compare(these []*watched, stamps map[string]engine.Stamp) {
	now := w.now().UnixMilli()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range these {
		stamp := t.stamp
		if stamps != nil {
			stamp = stamps[t.token]
		}
		expired := stamp != (engine.Stamp{}) && stamp.Expiry <= now
		// The first look counts as a change: something may have happened between the snapshot that
		// a stream began with and its watch.
		changed := !t.seen && stamps != nil || stamp != t.stamp || expired != t.expired
		t.seen = t.seen || stamps != nil
		t.stamp, t.expired = stamp, expired
		if changed {
			for c := range t.wake {
				select {
				case c <- struct{}{}:
				default: // it has not taken the last one yet; one is enough
				}
			}
		}
	}
}
