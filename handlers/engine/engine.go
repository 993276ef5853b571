package engine

import (
	"context"
	"time"
)

// Engine is a place where sessions are kept: what SCS needs (find, commit, delete) and
// what the panel needs to show it. All methods may be called concurrently. Operations
// given a context from [WithLog] write down what they really said to their store.
//
// Each method says which of the package's errors it returns. Two of them come from every method that asks the
// store: [ErrBusy], when others held what it needs for too long, and [ErrUnavailable], together with
// [ErrUnsure] when a server was asked and did not answer. The engines whose store is this process or the
// cookie return neither. An error that is none of the six is about one row that somebody made by other means,
// about a token under which nothing can be kept, or that of ctx: then nothing was begun, or no further batch.
type Engine interface {
	// Kind is what is true of the engine, whatever is in its store.
	Kind() Kind

	// FindCtx is Find of SCS's Store: it returns what is kept under token, and false for an absent,
	// expired, ended or impossible one, as Django's SessionStore.load does. Errors: ErrBusy, ErrUnavailable.
	FindCtx(ctx context.Context, token string) (b []byte, found bool, err error)

	// CommitCtx is SCS's Commit: it keeps b under token until expiry, in place of what was there. An ended
	// session does not come back: where SCS's stores would make it anew, it returns [ErrEnded], as Django's
	// SessionStore.save raises UpdateError, as long as a request can run that loaded the session before it
	// was deleted, moved or swept: see lateRequest. Errors besides: [ErrTooLarge] when b does not fit into
	// what the engine can keep, [ErrFull], ErrBusy, ErrUnavailable. Unless it is the last, what was there
	// before is there still.
	CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error

	// DeleteCtx is SCS's Delete: it ends the session of token. It is no error when there is none, in
	// Django's SessionStore.delete neither. Errors: ErrBusy, ErrUnavailable, and ErrFull, for the memory
	// of the end needs room too.
	DeleteCtx(ctx context.Context, token string) error

	// Cycle moves a session from token old to token fresh, under which nothing was kept before, with new
	// data and expiry, all or nothing. Django's SessionBase.cycle_key makes the new one and deletes the old
	// one in two steps. It returns ErrEnded when nothing is kept under old any more, and the errors of
	// CommitCtx.
	Cycle(ctx context.Context, old, fresh string, b []byte, expiry time.Time) error

	// Row returns what is kept under token, expired or not, and whether there is anything. Errors: ErrBusy,
	// ErrUnavailable.
	Row(ctx context.Context, token string) (Row, bool, error)

	// Rows returns at most limit rows without their data, the latest expiry first, and
	// how many rows there are in all. It never reads the whole store for that. Errors: ErrBusy,
	// ErrUnavailable.
	Rows(ctx context.Context, limit int) (rows []Row, total int, err error)

	// Tokens calls f with the tokens of all rows, expired or not, that begin with prefix: some hundreds at a
	// time, and each once. f may delete them. A row that comes or goes meanwhile may be among them or not. No
	// session data is read. Errors: ErrBusy, ErrUnavailable, and that of f, which ends it.
	Tokens(ctx context.Context, prefix string, f func(tokens []string) error) error

	// DeleteExpired removes every row that expired before t, in batches short enough that no writer waits
	// long, as Django's SessionStore.clear_expired does in one statement. It returns how many it removed,
	// with an error too: these stay removed. Errors: ErrBusy, ErrUnavailable, ErrFull.
	DeleteExpired(ctx context.Context, t time.Time) (int, error)

	// Version returns a number that is different after any row changed, whoever changed
	// it. It is cheap enough to be asked ten times a second; an engine that cannot be sure
	// returns a new number now and then, a few seconds after the last at most. Errors: ErrBusy,
	// ErrUnavailable.
	Version(ctx context.Context) (int64, error)

	// Stamps returns one stamp for each of the tokens that has a row, expired or not. It reads no
	// session data, and holds up nobody for longer than it takes to look at a few hundred rows. Errors:
	// ErrBusy, ErrUnavailable.
	Stamps(ctx context.Context, tokens []string) (map[string]Stamp, error)

	// Usage returns how much is kept. It reads no session data either, but looks at every row: it is for
	// twice a minute, not for every request. Writers go on meanwhile, so it is only about right. Errors:
	// ErrBusy, ErrUnavailable.
	Usage(ctx context.Context) (Usage, error)

	// Ping says whether the store answers, and can be written to where that is cheap to know. Errors:
	// ErrBusy, ErrUnavailable, and ErrFull where it tried to write.
	Ping(ctx context.Context) error

	// Close releases everything. No other method may be called afterwards. It returns none of the package's
	// errors.
	Close() error
}

// Served is an engine whose store is a server, which others may use too: a trial on it opens connections of
// its own, and leaves nothing behind.
type Served interface {
	Engine

	// Again opens the same store once more, over a connection of its own. The server is asked only when the
	// engine is used, so it returns none of the package's errors.
	Again() (Engine, error)

	// Forget removes all that the store knows of tokens, the marks of their end too. It is for tokens
	// that no request can hold. Errors: those of DeleteCtx.
	Forget(ctx context.Context, tokens ...string) error

	// Persistence returns what the server says of how it keeps its data over its own restart. A server that
	// does not tell is no error. Errors: ErrBusy, ErrUnavailable.
	Persistence(ctx context.Context) (string, error)
}

// Noticer is an engine that may have something to say to whoever starts the program.
type Noticer interface {
	// Notice is what there is to say, in a sentence or two; "" for nothing.
	Notice() string
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
