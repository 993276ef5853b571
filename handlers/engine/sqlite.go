package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
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

	// sweepBatch is how many rows a sweep removes in one go. Between two goes others write.
	sweepBatch = 250

	// sweepRest is how long the others have for that. Another process that waits looks only
	// now and then, after 100 ms at worst, whether it can write: a sweep that hardly paused
	// would not let it in for a second.
	sweepRest = 20 * time.Millisecond

	// sqliteTime is how sqlite3store writes a time for SQLite's julianday function.
	sqliteTime = "2006-01-02T15:04:05.999"
)

// sqliteEngine keeps sessions in an SQLite file. SCS's own sqlite3store finds, commits and
// deletes them; added here are one writer beside several readers, a bound on every wait,
// errors that say what to do, and the record of what was run.
type sqliteEngine struct {
	path string
	file os.FileInfo // what path named when it was opened
	wait time.Duration
	ends sqliteEnds

	// A connection lies in its channel while nobody uses it.
	writer  chan *connection
	readers chan *connection

	// watcher asks for the data version and does nothing else, since SQLite tells a
	// connection about the commits of others only.
	watcher *connection

	all []*connection // the writer first
}

// connection is one connection to the file. It serves one operation at a time, so what
// its trace takes down belongs to that operation.
type connection struct {
	db    *sql.DB // never more than one connection of the driver
	store *sqlite3store.SQLite3Store
	trace *trace
	busy  time.Duration // how long SQLite waits for a lock
}

// Name returns "sqlite".
func (e *sqliteEngine) Kind() Kind { return sqliteKind }

// FindCtx returns what is kept under token, unless it has expired.
func (e *sqliteEngine) FindCtx(ctx context.Context, token string) (b []byte, found bool, err error) {
	err = e.lend(ctx, e.readers, func(c *connection) error {
		b, found, err = c.store.Find(token)
		return err
	})
	return b, found, err
}

// CommitCtx keeps b under token. A trigger of the schema refuses tokens that were deleted.
func (e *sqliteEngine) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	return e.write(ctx, func(c *connection) error {
		return c.store.Commit(token, b, expiry)
	})
}

// DeleteCtx deletes what is kept under token, if anything is.
func (e *sqliteEngine) DeleteCtx(ctx context.Context, token string) error {
	return e.write(ctx, func(c *connection) error {
		return c.store.Delete(token)
	})
}

// Find is FindCtx without a context, as SCS's Store asks for.
func (e *sqliteEngine) Find(token string) ([]byte, bool, error) {
	return e.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (e *sqliteEngine) Commit(token string, b []byte, expiry time.Time) error {
	return e.CommitCtx(context.Background(), token, b, expiry)
}

// Delete is DeleteCtx without a context.
func (e *sqliteEngine) Delete(token string) error {
	return e.DeleteCtx(context.Background(), token)
}

// Cycle deletes the row of old and commits that of fresh in one transaction.
func (e *sqliteEngine) Cycle(ctx context.Context, old, fresh string, b []byte, expiry time.Time) error {
	return e.write(ctx, func(c *connection) error {
		// IMMEDIATE takes the write lock now, while waiting for it is still possible.
		return c.transaction("BEGIN IMMEDIATE", func() error {
			if err := c.store.Delete(old); err != nil {
				return err
			}
			if c.trace.changed != 1 {
				return ErrEnded
			}
			return c.store.Commit(fresh, b, expiry)
		})
	})
}

// Row returns the row of token, expired or not.
func (e *sqliteEngine) Row(ctx context.Context, token string) (Row, bool, error) {
	row := Row{Token: token}
	err := e.lend(ctx, e.readers, func(c *connection) error {
		const query = "SELECT data, CAST(expiry AS REAL) FROM sessions WHERE token = ?"
		return c.db.QueryRow(query, token).Scan(&row.Data, &row.Julian)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Row{}, false, nil
	}
	if err != nil {
		return Row{}, false, err
	}
	row.Size, row.Expiry = len(row.Data), julianTime(row.Julian)
	return row, true, nil
}

// Rows returns the rows that live longest, and how many rows there are. The count reads
// the whole of the smallest index, never the table.
func (e *sqliteEngine) Rows(ctx context.Context, limit int) (rows []Row, total int, err error) {
	err = e.lend(ctx, e.readers, func(c *connection) error {
		rows, total, err = c.rows(limit)
		return err
	})
	return rows, total, err
}

func (c *connection) rows(limit int) (list []Row, total int, err error) {
	// One statement sees one state of the table, so the list and the total agree.
	rows, err := c.db.Query(`SELECT token, octet_length(data), CAST(expiry AS REAL), (SELECT count(*) FROM sessions)
FROM sessions ORDER BY expiry DESC LIMIT ?`, limit)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var token sql.NullString // a primary key of SQLite may be NULL
		var row Row
		if err := rows.Scan(&token, &row.Size, &row.Julian, &total); err != nil {
			return nil, 0, err
		}
		row.Token, row.Expiry = token.String, julianTime(row.Julian)
		list = append(list, row)
	}
	return list, total, rows.Err()
}

// Tokens goes through the index of the tokens, from one batch to the next. Each batch is complete before f
// gets it, so f may write.
func (e *sqliteEngine) Tokens(ctx context.Context, prefix string, f func(tokens []string) error) error {
	for after := ""; ; {
		var tokens []string
		err := e.lend(ctx, e.readers, func(c *connection) (err error) {
			tokens, err = c.tokens(prefix, after)
			return err
		})
		if err == nil && len(tokens) > 0 {
			err = f(tokens)
		}
		if err != nil || len(tokens) < lookBatch {
			return err
		}
		after = tokens[len(tokens)-1]
	}
}

// tokens returns a batch of the tokens that begin with prefix and come after the token after.
func (c *connection) tokens(prefix, after string) (list []string, err error) {
	rows, err := c.db.Query(`SELECT token FROM sessions WHERE token >= ?1 AND token > ?2
AND substr(token, 1, length(?1)) = ?1 ORDER BY token LIMIT ?3`, prefix, after, lookBatch)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var token string
		if err := rows.Scan(&token); err != nil {
			return nil, err
		}
		list = append(list, token)
	}
	return list, rows.Err()
}

// DeleteExpired removes the rows that expired before t and returns how many they were. It
// also forgets the deleted tokens that no request can remember any more.
func (e *sqliteEngine) DeleteExpired(ctx context.Context, t time.Time) (int, error) {
	removed, err := e.sweep(ctx, `DELETE FROM sessions WHERE rowid IN
(SELECT rowid FROM sessions WHERE expiry < julianday(?) LIMIT ?)`, t)
	if err != nil {
		return removed, err
	}
	_, err = e.sweep(ctx, `DELETE FROM revoked WHERE token IN
(SELECT token FROM revoked WHERE until < julianday(?) LIMIT ?)`, time.Now())
	return removed, err
}

// sweep runs query, a DELETE with a time and a limit, until it finds nothing to delete. It
// gives the writer back each time, and rests: whoever waits for it comes first. Meanwhile it
// moves what was written into the file. Some commit would have to do that otherwise, and
// wait for the disk with everybody behind it, because rows that expired together lie all
// over the file.
func (e *sqliteEngine) sweep(ctx context.Context, query string, t time.Time) (removed int, err error) {
	for {
		var n int
		err := e.write(ctx, func(c *connection) error {
			_, err := c.db.Exec(query, t.UTC().Format(sqliteTime), sweepBatch)
			n = int(c.trace.changed)
			return err
		})
		if err != nil {
			return removed, err
		}
		removed += n
		if n < sweepBatch {
			return removed, nil
		}
		rested := time.After(sweepRest)
		// What stays in the log is not lost: the next one, or some commit, tries again.
		_ = e.checkpoint(ctx)
		select {
		case <-rested:
		case <-ctx.Done():
		}
	}
}

// checkpoint moves what is in the write-ahead log into the file. Nobody waits for it, and it
// waits for nobody: what is in use stays for the next one. A reader may do it.
func (e *sqliteEngine) checkpoint(ctx context.Context) error {
	return e.lend(ctx, e.readers, func(c *connection) error {
		_, err := c.db.Exec("PRAGMA wal_checkpoint(PASSIVE)")
		return err
	})
}

// Version returns SQLite's data version, which every commit of every process moves.
func (e *sqliteEngine) Version(ctx context.Context) (version int64, err error) {
	if err := e.inPlace(); err != nil {
		return 0, err
	}
	err = e.watcher.db.QueryRowContext(ctx, "PRAGMA data_version").Scan(&version)
	return version, explain(err)
}

// Usage counts the rows and adds up their lengths with one statement, which knows the length of a large
// session without the pages that it lies on. Meanwhile others write.
func (e *sqliteEngine) Usage(ctx context.Context) (u Usage, err error) {
	err = e.lend(ctx, e.readers, func(c *connection) error {
		const query = "SELECT count(*), coalesce(sum(octet_length(data)), 0) FROM sessions"
		return c.db.QueryRow(query).Scan(&u.Rows, &u.Bytes)
	})
	return u, err
}

// Ping says whether the file is still there and can be read. Whether it can be written to
// shows only when somebody writes: trying would wait for whoever does that now.
func (e *sqliteEngine) Ping(ctx context.Context) error {
	if err := e.inPlace(); err != nil {
		return err
	}
	return e.lend(ctx, e.readers, func(c *connection) error {
		var any bool
		return c.db.QueryRow("SELECT EXISTS (SELECT 1 FROM sessions)").Scan(&any)
	})
}

// Close closes all connections, the writer last: the last one moves what is left in the
// write-ahead log into the file.
func (e *sqliteEngine) Close() error {
	var errs []error
	for i := len(e.all) - 1; i >= 0; i-- {
		errs = append(errs, e.all[i].db.Close())
	}
	return errors.Join(errs...)
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

// lend takes a connection out of free, lends it to f and puts it back. What f runs goes
// into the log of ctx.
//
// Waiting for the connection ends with ctx. A statement, once begun, does not: an
// interrupted write would leave open whether it happened.
func (e *sqliteEngine) lend(ctx context.Context, free chan *connection, f func(*connection) error) error {
	start := time.Now()
	c, err := take(ctx, free, e.wait)
	if err != nil {
		return err
	}
	defer func() { free <- c }()
	if err := c.setBusy(e.wait - time.Since(start)); err != nil {
		return explain(err)
	}
	c.trace.log = logFrom(ctx)
	defer func() { c.trace.log = nil }()
	return explain(f(c))
}

// take receives a connection from free. It gives up with [ErrBusy] after wait.
func take(ctx context.Context, free chan *connection, wait time.Duration) (*connection, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case c := <-free:
		return c, nil
	default:
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case c := <-free:
		return c, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
		return nil, fmt.Errorf("%w: no connection was free within %v", ErrBusy, wait)
	}
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

// explain adds to an error of SQLite what it means for the caller.
func explain(err error) error {
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

// julianTime converts a Julian day, rounded to the millisecond, which is as exact as
// SQLite's. The years stay between 1 and 9999: elsewhere time cannot write itself as JSON.
func julianTime(day float64) time.Time {
	const (
		msPerDay  = 24 * 60 * 60 * 1000
		year1     = 1721425.5
		unixEpoch = 2440587.5
		year10000 = 5373484.5
	)
	day = min(max(day, year1), year10000-1.0/msPerDay)
	return time.UnixMilli(int64(math.Round((day - unixEpoch) * msPerDay))).UTC()
}
