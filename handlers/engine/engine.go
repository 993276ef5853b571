// Package engine keeps sessions. It knows nothing of HTTP: an [Engine] is an SCS store
// that can also be looked into, and [Open] picks one by URL.
package engine

import (
	"context"
	"time"
)

// Engine is a place where sessions are kept: what SCS needs (find, commit, delete) and
// what the panel needs to show it. All methods may be called concurrently. Operations
// given a context from [WithLog] write down what they really said to their store.
type Engine interface {
	FindCtx(ctx context.Context, token string) (b []byte, found bool, err error)
	CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error
	DeleteCtx(ctx context.Context, token string) error

	// Kind is what is true of the engine, whatever is in its store.
	Kind() Kind

	// Cycle moves a session from token old to token fresh, with new data and expiry, all
	// or nothing. It returns [ErrEnded] when nothing is kept under old any more.
	Cycle(ctx context.Context, old, fresh string, b []byte, expiry time.Time) error

	// Row returns what is kept under token, expired or not, and whether there is anything.
	Row(ctx context.Context, token string) (Row, bool, error)

	// Rows returns at most limit rows without their data, the latest expiry first, and
	// how many rows there are in all. It never reads the whole store for that.
	Rows(ctx context.Context, limit int) (rows []Row, total int, err error)

	// Tokens calls f with the tokens of all rows, expired or not, that begin with prefix: some hundreds at a
	// time, and each once. f may delete them. A row that comes or goes meanwhile may be among them or not. An
	// error of f ends it and is returned. No session data is read.
	Tokens(ctx context.Context, prefix string, f func(tokens []string) error) error

	// DeleteExpired removes every row that expired before t, in batches short enough
	// that no writer waits long, and returns how many it removed.
	DeleteExpired(ctx context.Context, t time.Time) (int, error)

	// Version returns a number that is different after any row changed, whoever changed
	// it. It is cheap enough to be asked ten times a second; an engine that cannot be sure
	// returns a new number now and then, a few seconds after the last at most.
	Version(ctx context.Context) (int64, error)

	// Stamps returns one stamp for each of the tokens that has a row, expired or not. It reads no
	// session data, and holds up nobody for longer than it takes to look at a few hundred rows.
	Stamps(ctx context.Context, tokens []string) (map[string]Stamp, error)

	// Usage returns how much is kept. It reads no session data either, but looks at every row: it is for
	// twice a minute, not for every request. Writers go on meanwhile, so it is only about right.
	Usage(ctx context.Context) (Usage, error)

	// Ping says whether the store answers, and can be written to where that is cheap to know.
	Ping(ctx context.Context) error

	// Close releases everything. No other method may be called afterwards.
	Close() error
}

// Served is an engine whose store is a server, which others may use too: a trial on it opens connections of
// its own, and leaves nothing behind.
type Served interface {
	Engine

	// Again opens the same store once more, over a connection of its own.
	Again() (Engine, error)

	// Forget removes all that the store knows of tokens, the marks of their end too. It is for tokens
	// that no request can hold.
	Forget(ctx context.Context, tokens ...string) error

	// Persistence returns what the server says of how it keeps its data over its own restart.
	Persistence(ctx context.Context) (string, error)
}

// Row is one session as its store keeps it.
type Row struct {
	Token  string
	Data   []byte // the codec's bytes; nil in a listing
	Size   int    // length of the data in bytes
	Expiry time.Time
	Julian float64 // the expiry column of SQLite, a Julian day; 0 in other engines
	Place  string  // where it lies, in the engine's own terms: a file name, a Redis key; may be empty
	Clock  string  // what the store itself says of the end: a time to live of Redis; may be empty
}

// Usage is how much a store keeps, as it was found at one moment. An engine whose sessions are kept
// elsewhere, in the browsers, keeps nothing.
type Usage struct {
	Rows  int   // sessions, those that have expired and still lie there too
	Bytes int64 // of session data; what the store needs around it is not counted
}

// Stamp changes whenever the row is saved, even when the same bytes are saved with the same expiry. Two
// stamps are compared with ==.
type Stamp struct {
	Expiry int64 // Unix milliseconds
	Sum    uint64
}
