package engine

import (
	"context"
	"time"
)

const (
	// sweepRest is how long the others have between two goes of a sweep. Another process that
	// waits looks only now and then, after 100 ms at worst, whether it can write: a sweep that
	// hardly paused would not let it in for a second.
	sweepRest = 20 * time.Millisecond

	// sqliteTime is how sqlite3store writes a time for SQLite's julianday function.
	sqliteTime = "2006-01-02T15:04:05.999"
)

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
// gives the writer back each time, and rests: whoever waits for it comes first.
func (e *sqliteEngine) sweep(ctx context.Context, query string, t time.Time) (int, error) {
	return sweepAll(func() (n int, err error) {
		err = e.write(ctx, func(c *connection) error {
			_, err := c.db.Exec(query, t.UTC().Format(sqliteTime), sweepBatch)
			n = int(c.trace.changed)
			return err
		})
		return n, err
	}, func() { e.rest(ctx) })
}

// rest lets others write. Meanwhile it moves what was written into the file. Some commit
// would have to do that otherwise, and wait for the disk with everybody behind it, because
// rows that expired together lie all over the file.
func (e *sqliteEngine) rest(ctx context.Context) {
	rested := time.After(sweepRest)
	// What stays in the log is not lost: the next one, or some commit, tries again.
	_ = e.checkpoint(ctx)
	select {
	case <-rested:
	case <-ctx.Done():
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
