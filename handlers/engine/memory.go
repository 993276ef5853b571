package engine

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2/memstore"
)

// memoryEngine keeps sessions in SCS's memstore: they end with the process.
//
// memstore's Find hides a session from the moment it expires and tells nobody when that is. Here
// an expired row can be seen until it is swept, so the engine keeps the clock itself, and
// to memstore every session lives for ever.
type memoryEngine struct {
	store *memstore.MemStore

	mu    sync.RWMutex         // guards the rest, and makes each change to it and to store one step
	rows  map[string]memoryRow // what store does not tell, by token
	bytes int64                // of the data of all rows
	// tokens of deleted sessions, each with the time from which it may be forgotten
	ended   map[string]time.Time
	version int64
}

type memoryRow struct {
	size    int
	expiry  time.Time
	version int64 // of the change that wrote the row
}

// openMemory returns an empty store. rest is what follows the scheme: nothing.
func openMemory(rest string) (Engine, error) {
	if rest != "" {
		return nil, fmt.Errorf("session store in memory: it has no name, so use memory: without %q", rest)
	}
	return &memoryEngine{
		store: memstore.NewWithCleanupInterval(0), // see DeleteExpired
		rows:  map[string]memoryRow{},
		ended: map[string]time.Time{},
	}, nil
}

// Kind is what is true of this engine.
func (e *memoryEngine) Kind() Kind { return memoryKind }

// FindCtx returns what is kept under token, unless it has expired.
func (e *memoryEngine) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	return live(e.Row(ctx, token))
}

// CommitCtx keeps b under token. It refuses tokens that were deleted.
func (e *memoryEngine) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.commit(ctx, token, b, expiry)
}

// commit is CommitCtx for whoever holds the lock.
func (e *memoryEngine) commit(ctx context.Context, token string, b []byte, expiry time.Time) error {
	if _, ok := e.ended[token]; ok {
		return ErrEnded
	}
	done := say(ctx, "memstore.Commit", token, b, never)
	err := e.store.Commit(token, b, never)
	done(1, err)
	if err != nil {
		return err
	}
	e.version++
	e.bytes += int64(len(b) - e.rows[token].size)
	e.rows[token] = memoryRow{size: len(b), expiry: expiry, version: e.version}
	return nil
}

// DeleteCtx deletes what is kept under token, if anything is.
func (e *memoryEngine) DeleteCtx(ctx context.Context, token string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.end(ctx, token)
}

// end deletes what is kept under token, if anything is. The token is remembered as ended. The caller holds
// the lock.
func (e *memoryEngine) end(ctx context.Context, token string) error {
	row, ok := e.rows[token]
	if !ok {
		return nil
	}
	done := say(ctx, "memstore.Delete", token)
	err := e.store.Delete(token)
	done(1, err)
	if err != nil {
		return err
	}
	e.version++
	e.bytes -= int64(row.size)
	delete(e.rows, token)
	e.ended[token] = time.Now().Add(lateRequest)
	return nil
}

// Cycle moves the session while nobody else can look.
func (e *memoryEngine) Cycle(ctx context.Context, old, fresh string, b []byte, expiry time.Time) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, ok := e.rows[old]; !ok {
		return ErrEnded
	}
	if err := e.commit(ctx, fresh, b, expiry); err != nil {
		return err
	}
	return e.end(ctx, old)
}

// Row returns what is kept under token, expired or not.
func (e *memoryEngine) Row(ctx context.Context, token string) (Row, bool, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	done := say(ctx, "memstore.Find", token)
	b, ok, err := e.store.Find(token)
	if err != nil || !ok {
		done(0, err)
		return Row{}, false, err
	}
	done(1, nil)
	return e.row(token, b), true, nil
}

// row describes the row of token. The caller holds the lock.
func (e *memoryEngine) row(token string, data []byte) Row {
	row := e.rows[token]
	return Row{
		Token:  token,
		Data:   data,
		Size:   row.size,
		Expiry: row.expiry,
		Place:  fmt.Sprintf("a Go map in the memory of process %d", os.Getpid()),
		Clock:  fmt.Sprintf("kept beside memstore, which is told the year %d", never.UTC().Year()),
	}
}

// Rows returns the rows that live longest, and how many there are.
func (e *memoryEngine) Rows(ctx context.Context, limit int) ([]Row, int, error) {
	e.mu.RLock()
	all := make([]Row, 0, len(e.rows))
	for token := range e.rows {
		all = append(all, e.row(token, nil))
	}
	e.mu.RUnlock()
	return latest(all, limit), len(all), nil
}

// Tokens calls f with the tokens that there are now.
func (e *memoryEngine) Tokens(ctx context.Context, prefix string, f func(tokens []string) error) error {
	var tokens []string
	e.mu.RLock()
	for token := range e.rows {
		if strings.HasPrefix(token, prefix) {
			tokens = append(tokens, token)
		}
	}
	e.mu.RUnlock()
	return inBatches(ctx, tokens, f)
}

// DeleteExpired removes the rows that expired before t. It also forgets the deleted tokens
// that no request can remember any more.
func (e *memoryEngine) DeleteExpired(ctx context.Context, t time.Time) (removed int, err error) {
	for batch := range slices.Chunk(e.expired(t), sweepBatch) {
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		n, err := e.sweep(ctx, batch, t)
		removed += n
		if err != nil {
			return removed, err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	for token, until := range e.ended {
		if until.Before(now) {
			delete(e.ended, token)
		}
	}
	return removed, nil
}

// expired returns the tokens of the rows that expired before t.
func (e *memoryEngine) expired(t time.Time) (tokens []string) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	for token, row := range e.rows {
		if row.expiry.Before(t) {
			tokens = append(tokens, token)
		}
	}
	return tokens
}

// sweep removes the rows of tokens, except those that were saved again meanwhile.
func (e *memoryEngine) sweep(ctx context.Context, tokens []string, t time.Time) (removed int, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, token := range tokens {
		if row, ok := e.rows[token]; !ok || !row.expiry.Before(t) {
			continue
		}
		if err := e.end(ctx, token); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}

// Version returns how many changes there were.
func (e *memoryEngine) Version(context.Context) (int64, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.version, nil
}

// Stamps returns the stamps of the tokens that have a row.
func (e *memoryEngine) Stamps(_ context.Context, tokens []string) (map[string]Stamp, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	stamps := map[string]Stamp{}
	for _, token := range tokens {
		if row, ok := e.rows[token]; ok {
			stamps[token] = Stamp{Expiry: row.expiry.UnixMilli(), Sum: uint64(row.version)}
		}
	}
	return stamps, nil
}

// Usage returns what was counted all along.
func (e *memoryEngine) Usage(context.Context) (Usage, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return Usage{Rows: len(e.rows), Bytes: e.bytes}, nil
}

// Ping never fails: who can ask has the memory.
func (e *memoryEngine) Ping(context.Context) error { return nil }

// Close has nothing to release.
func (e *memoryEngine) Close() error { return nil }
