// Package engine keeps sessions. It knows nothing of HTTP: an [Engine] is an SCS store
// that can also be looked into, and [Open] picks one by URL.
package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
)

// Engine is a place where sessions are kept: what SCS needs (find, commit, delete) and
// what the panel needs to show it. All methods may be called concurrently. Operations
// given a context from [WithLog] write down what they really said to their store.
type Engine interface {
	// CtxStore's contract is SCS's: Find and FindCtx report false for an absent or an
	// expired token. CommitCtx returns [ErrEnded] for a token whose session was deleted
	// before: an ended session does not come back.
	scs.CtxStore

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
	Clock  string  // what the store itself says of the end, in its own terms: a time to live of Redis; may be empty
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

// lookBatch is about how many sessions an engine asks its store about in one go. Between two goes others have
// the connection, or the server.
const lookBatch = 250

// Errors that decide which page the visitor gets. They are wrapped: use [errors.Is].
var (
	// ErrEnded means that the session was deleted while a request that had loaded it
	// was still running (Django: SessionInterrupted).
	ErrEnded = errors.New("the session was ended meanwhile")
	// ErrBusy means that another writer held the store for too long.
	ErrBusy = errors.New("the store is busy")
	// ErrFull means that the store has no room left.
	ErrFull = errors.New("the store is full")
	// ErrUnavailable means that the store cannot be reached, or is not the one that was opened.
	ErrUnavailable = errors.New("the store is not available")
	// ErrUnsure means that a statement went out to the store and no answer came back, so that
	// nobody knows whether it was done. It comes together with [ErrUnavailable].
	ErrUnsure = errors.New("no answer came")
	// ErrTooLarge means that the session does not fit into what the engine can keep.
	ErrTooLarge = errors.New("the session is too large for this store")
)

// Statement is one thing that an engine said to its store, as it was really said: SQL, a
// Redis command, a file operation.
type Statement struct {
	Text     string
	Args     []string // as text; data is given as its length ("159 bytes")
	Duration time.Duration
	Rows     int64 // rows changed by a write, or found by a read
	Err      string
}

// Log takes down the statements of one request. It belongs to that request alone.
type Log struct {
	Statements []Statement
	// Cookie is what the browser must carry instead of the token. Only the engine that
	// keeps sessions in the cookie itself sets it, when it commits.
	Cookie string
}

type logKey struct{}

// WithLog returns a context whose store operations are taken down in log.
func WithLog(ctx context.Context, log *Log) context.Context {
	return context.WithValue(ctx, logKey{}, log)
}

// logFrom returns the log of ctx, or nil.
func logFrom(ctx context.Context) *Log {
	log, _ := ctx.Value(logKey{}).(*Log)
	return log
}

// Schemes are the known URL schemes, each with what follows it.
var Schemes = []string{"sqlite:FILE", "memory:", "file:DIR", "cookie:", "redis://HOST:PORT", "postgres://USER@HOST/DATABASE"}

// Open opens the engine that url names, for example "sqlite:sessions.db". schema is the SQL
// that makes the sessions table of SQLite. An error names what could not be opened and why,
// and a file that was refused is left as it was.
func Open(ctx context.Context, url, schema string) (Engine, error) {
	scheme, rest, _ := strings.Cut(url, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, rest, schema)
	case "memory":
		return openMemory(rest)
	case "file":
		return openFile(rest)
	case "cookie":
		return openCookie(rest)
	case "redis", "rediss":
		return openRedis(ctx, url)
	case "postgres", "postgresql":
		return openPostgres(ctx, url)
	}
	return nil, fmt.Errorf("unknown store %q: use one of %s", Redact(url), strings.Join(Schemes, ", "))
}

// Exists returns an error that says what is missing if [Open] would have to make the store of url: the
// file, the folder or the table. It makes nothing. The other engines have nothing that could be missing.
func Exists(ctx context.Context, url string) error {
	scheme, rest, _ := strings.Cut(url, ":")
	switch scheme {
	case "sqlite", "file":
		info, err := os.Stat(rest)
		if err != nil {
			return fmt.Errorf("session store %q: %w", rest, fileCause(err))
		}
		if scheme == "sqlite" && info.Size() == 0 {
			return fmt.Errorf("session store %q: it is an empty file, without a table", rest)
		}
	case "postgres", "postgresql":
		return postgresExists(ctx, url)
	}
	return nil
}

// Redact returns url as it may be shown: of an address with a server in it only the scheme, and otherwise
// nothing that stands before an @. A password may be anywhere else.
func Redact(url string) string {
	if scheme, _, ok := strings.Cut(url, "://"); ok {
		return scheme + "://…"
	}
	if at := strings.LastIndex(url, "@"); at >= 0 {
		return "…" + url[at:]
	}
	return url
}
