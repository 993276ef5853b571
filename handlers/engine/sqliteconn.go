package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/alexedwards/scs/sqlite3store"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	// sqliteReaders is how many operations can read at the same time. SQLite lets only
	// one write.
	sqliteReaders = 4

	// sqliteWait is the longest time that an operation waits: for a connection and for
	// the locks of other processes, both together.
	sqliteWait = 5 * time.Second
)

// connection is one connection to the file. It serves one operation at a time, so what
// its trace takes down belongs to that operation.
type connection struct {
	db    *sql.DB // never more than one connection of the driver
	store *sqlite3store.SQLite3Store
	trace *trace
	busy  time.Duration // how long SQLite waits for a lock
}

// write lends the writer to f. What f wrote counts only if it went into the file that has
// the name still; the file is looked at before too, so that nothing goes into another.
func (e *sqliteEngine) write(ctx context.Context, f func(*connection) error) error {
	return e.lend(ctx, e.writer, func(c *connection) error {
		if err := e.inPlace(); err != nil {
			return err
		}
		if err := f(c); err != nil {
			return err
		}
		return e.inPlace()
	})
}

// lend lends one of the connections that are free to f. What f runs goes into the log of ctx.
//
// Waiting for the connection ends with ctx. A statement, once begun, does not: an
// interrupted write would leave open whether it happened.
func (e *sqliteEngine) lend(ctx context.Context, free chan *connection, f func(*connection) error) error {
	start := time.Now()
	return lend(ctx, free, e.wait, func(c *connection) error {
		if err := c.setBusy(e.wait - time.Since(start)); err != nil {
			return sqliteError(err)
		}
		c.trace.log = logFrom(ctx)
		defer func() { c.trace.log = nil }()
		return sqliteError(f(c))
	})
}

// setBusy makes SQLite wait no longer than d for a lock, so that a long queue does not
// multiply the wait. A small difference is not worth a statement.
func (c *connection) setBusy(d time.Duration) error {
	d = max(d, 0).Truncate(time.Millisecond)
	if (d - c.busy).Abs() <= sqliteWait/50 {
		return nil
	}
	if _, err := c.db.Exec(fmt.Sprintf("PRAGMA busy_timeout = %d", d.Milliseconds())); err != nil {
		return err
	}
	c.busy = d
	return nil
}

// transaction runs f between begin, a kind of BEGIN, and COMMIT, or ROLLBACK when anything fails. SCS's
// store knows only *sql.DB; its statements are in the transaction because c has one connection.
func (c *connection) transaction(begin string, f func() error) error {
	if _, err := c.db.Exec(begin); err != nil {
		return err
	}
	err := f()
	if err == nil {
		_, err = c.db.Exec("COMMIT")
	}
	if err != nil {
		// SQLite itself has rolled back after some errors; then this one fails, rightly.
		c.db.Exec("ROLLBACK")
	}
	return err
}

// inPlace says whether the file that was opened still has its name. In WAL mode SQLite does
// not notice when it was removed or replaced, and writes on into what nobody can open.
func (e *sqliteEngine) inPlace() error {
	info, err := os.Stat(e.path)
	if err != nil {
		return fmt.Errorf("%w: its file cannot be found: %w", ErrUnavailable, err)
	}
	if !os.SameFile(info, e.file) {
		return fmt.Errorf("%w: its file %s was replaced", ErrUnavailable, e.path)
	}
	return nil
}

// sqliteError adds to an error of SQLite what it means for the caller.
func sqliteError(err error) error {
	cause, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	meaning := ErrUnavailable
	switch cause.Code() {
	case sqlite3.SQLITE_CONSTRAINT_TRIGGER:
		meaning = ErrEnded
	case sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE:
		// A full disk has a code of its own; a user's quota comes as one of these.
		meaning = ErrFull
	default:
		switch cause.Code() & 0xff { // the primary code
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
			meaning = ErrBusy
		case sqlite3.SQLITE_FULL:
			meaning = ErrFull
		case sqlite3.SQLITE_TOOBIG:
			meaning = ErrTooLarge
		case sqlite3.SQLITE_CONSTRAINT:
			return err // the row itself is wrong, not the store
		}
	}
	return fmt.Errorf("%w: %w", meaning, err)
}
