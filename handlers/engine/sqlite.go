package engine

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"os"
	"time"
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

// Kind is what is true of this engine.
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
	var row Row
	var found bool
	err := e.lend(ctx, e.readers, func(c *connection) (err error) {
		row, found, err = c.row(token)
		return err
	})
	return row, found, err
}

func (c *connection) row(token string) (Row, bool, error) {
	row := Row{Token: token}
	const query = "SELECT data, CAST(expiry AS REAL) FROM sessions WHERE token = ?"
	err := c.db.QueryRow(query, token).Scan(&row.Data, &row.Julian)
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
	const query = "SELECT token, octet_length(data), CAST(expiry AS REAL), (SELECT count(*) FROM sessions)" +
		"\nFROM sessions ORDER BY expiry DESC LIMIT ?"
	rows, err := c.db.Query(query, limit)
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

// Tokens goes through the index of the tokens.
func (e *sqliteEngine) Tokens(ctx context.Context, prefix string, f func(tokens []string) error) error {
	return inOrder(func(after string) (tokens []string, err error) {
		err = e.lend(ctx, e.readers, func(c *connection) (err error) {
			tokens, err = c.tokens(prefix, after)
			return err
		})
		return tokens, err
	}, f)
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

// Usage counts the rows and adds up their lengths with one statement, which knows the length of a large
// session without the pages that it lies on. Meanwhile others write.
func (e *sqliteEngine) Usage(ctx context.Context) (u Usage, err error) {
	err = e.lend(ctx, e.readers, func(c *connection) error {
		const query = "SELECT count(*), coalesce(sum(octet_length(data)), 0) FROM sessions"
		return c.db.QueryRow(query).Scan(&u.Rows, &u.Bytes)
	})
	return u, err
}

// Version returns SQLite's data version, which every commit of every process moves.
func (e *sqliteEngine) Version(ctx context.Context) (version int64, err error) {
	if err := e.inPlace(); err != nil {
		return 0, err
	}
	err = e.watcher.db.QueryRowContext(ctx, "PRAGMA data_version").Scan(&version)
	return version, sqliteError(err)
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
