package engine

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresEngine keeps sessions in a table of a PostgreSQL database. SCS's own pgxstore
// finds, commits and deletes them.
type postgresEngine struct {
	addr   string
	config *pgxpool.Config // as it was given
	lanes  chan *lane      // a lane lies here while nobody uses it
	all    []*lane
}

// Kind is what is true of this engine.
func (e *postgresEngine) Kind() Kind { return postgresKind }

// storable says whether token can be a text of PostgreSQL. SCS's tokens can, but anybody can
// send anything.
func storable(token string) bool {
	return utf8.ValidString(token) && !strings.Contains(token, "\x00")
}

// FindCtx returns what is kept under token, unless it has expired.
func (e *postgresEngine) FindCtx(ctx context.Context, token string) (b []byte, found bool, err error) {
	if !storable(token) {
		return nil, false, nil
	}
	err = e.lend(ctx, func(_ context.Context, l *lane) error {
		b, found, err = l.store.Find(token)
		return err
	})
	return b, found, err
}

// CommitCtx keeps b under token. A trigger refuses tokens that were deleted.
func (e *postgresEngine) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	b = notNull(b)
	return e.lend(ctx, func(ctx context.Context, l *lane) error {
		plain := func() error { return l.store.Commit(token, b, expiry) }
		if order := orderOf(ctx); order != nil {
			if r, ok := order.record(token, statement(postgresCommit, token, b, expiry)); ok {
				return withoutArchive(func() error { return l.commitWith(ctx, r, token, b, expiry) }, plain)
			}
		}
		return plain()
	})
}

// notNull returns b; pgx would store a nil slice as NULL, which the column refuses.
func notNull(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// DeleteCtx deletes what is kept under token, if anything is.
func (e *postgresEngine) DeleteCtx(ctx context.Context, token string) error {
	if !storable(token) {
		return nil
	}
	return e.lend(ctx, func(_ context.Context, l *lane) error {
		return l.store.Delete(token)
	})
}

// Row returns the row of token, expired or not. Its place is the page of the table and the
// line on it: PostgreSQL writes every new version of a row to another one.
func (e *postgresEngine) Row(ctx context.Context, token string) (Row, bool, error) {
	if !storable(token) {
		return Row{}, false, nil
	}
	row := Row{Token: token}
	err := e.lend(ctx, func(ctx context.Context, l *lane) error {
		const query = "SELECT data, " + finiteExpiry +
			", 'table sessions, ctid ' || ctid, expiry::text FROM sessions WHERE token = $1"
		return l.pool.QueryRow(ctx, query, token).Scan(&row.Data, &row.Expiry, &row.Place, &row.Clock)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Row{}, false, nil
	}
	if err != nil {
		return Row{}, false, err
	}
	row.Size = len(row.Data)
	return row, true, nil
}

// finiteExpiry is the expiry as a time that Go has: somebody may have written infinity there.
const finiteExpiry = "greatest(least(expiry, '9999-12-31 UTC'), '0001-01-01 UTC')"

// Rows returns the rows that live longest, and how many rows there are. The count reads an
// index or the table, but not the data, which is the larger part.
func (e *postgresEngine) Rows(ctx context.Context, limit int) (list []Row, total int, err error) {
	err = e.lend(ctx, func(ctx context.Context, l *lane) error {
		const query = `SELECT token, octet_length(data), ` + finiteExpiry +
			`, (SELECT count(*) FROM sessions)
FROM sessions ORDER BY expiry DESC LIMIT $1`
		rows, err := l.pool.Query(ctx, query, max(limit, 0))
		if err != nil {
			return err
		}
		var row Row
		_, err = pgx.ForEachRow(rows, []any{&row.Token, &row.Size, &row.Expiry, &total}, func() error {
			list = append(list, row)
			return nil
		})
		return err
	})
	return list, total, err
}

// Tokens goes through the index of the tokens.
func (e *postgresEngine) Tokens(ctx context.Context, prefix string, f func(tokens []string) error) error {
	if !storable(prefix) {
		return nil
	}
	const query = `
SELECT token FROM sessions WHERE token > $1 AND starts_with(token, $2) ORDER BY token LIMIT $3`
	return inOrder(func(after string) (tokens []string, err error) {
		err = e.lend(ctx, func(ctx context.Context, l *lane) error {
			rows, err := l.pool.Query(ctx, query, after, prefix, lookBatch)
			if err == nil {
				tokens, err = pgx.CollectRows(rows, pgx.RowTo[string])
			}
			return err
		})
		return tokens, err
	}, f)
}

// DeleteExpired removes the rows that expired before t. It also forgets the deleted tokens
// that no request can remember any more, and the records and notes that have ended.
func (e *postgresEngine) DeleteExpired(ctx context.Context, t time.Time) (int, error) {
	// A row that somebody saves at this moment is left alone: it does not expire yet.
	removed, err := e.sweep(ctx, `DELETE FROM sessions WHERE token IN
(SELECT token FROM sessions WHERE expiry < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`, t)
	if err != nil {
		return removed, err
	}
	_, err = e.sweep(ctx, `DELETE FROM revoked WHERE token IN
(SELECT token FROM revoked WHERE until < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`, time.Now())
	if err == nil {
		err = e.sweepArchive(ctx)
	}
	return removed, err
}

// sweep runs query, a DELETE with a time and a limit, until it finds nothing to delete. It
// gives the lane back each time: whoever waits for one comes first.
func (e *postgresEngine) sweep(ctx context.Context, query string, t time.Time) (int, error) {
	return sweepAll(func() (n int, err error) {
		err = e.lend(ctx, func(ctx context.Context, l *lane) error {
			deleted, err := l.pool.Exec(ctx, query, t, sweepBatch)
			n = int(deleted.RowsAffected())
			return err
		})
		return n, err
	}, func() {})
}

// Version returns a number made of PostgreSQL's snapshot: which transactions are over. Every
// commit moves it, whoever made it and in whichever database of the server.
func (e *postgresEngine) Version(ctx context.Context) (int64, error) {
	hash := fnv.New64a()
	err := e.lend(ctx, func(ctx context.Context, l *lane) error {
		var snapshot string
		err := l.pool.QueryRow(ctx, "SELECT pg_current_snapshot()::text").Scan(&snapshot)
		hash.Write([]byte(snapshot))
		return err
	})
	return int64(hash.Sum64()), err
}

// storables returns those of texts that are storable.
func storables(texts []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return !storable(text) })
}

// Stamps returns the stamps of the tokens that have a row. Large data lies beside the table, so it is not
// read.
func (e *postgresEngine) Stamps(ctx context.Context, tokens []string) (map[string]Stamp, error) {
	return stampsOf(ctx, storables(tokens), func(batch []string, stamps map[string]Stamp) error {
		return e.lend(ctx, func(ctx context.Context, l *lane) error { return l.stamp(ctx, batch, stamps) })
	})
}

// stamp adds the stamps of tokens to stamps.
func (l *lane) stamp(ctx context.Context, tokens []string, stamps map[string]Stamp) error {
	// xmin is the transaction that wrote this version of the row.
	const query = "SELECT token, " + finiteExpiry +
		", xmin::text::bigint FROM sessions WHERE token = ANY ($1)"
	rows, err := l.pool.Query(ctx, query, tokens)
	if err != nil {
		return err
	}
	var token string
	var expiry time.Time
	var written int64
	_, err = pgx.ForEachRow(rows, []any{&token, &expiry, &written}, func() error {
		stamps[token] = Stamp{Expiry: expiry.UnixMilli(), Sum: uint64(written)}
		return nil
	})
	return err
}

// Usage counts the rows and adds up their lengths with one statement. PostgreSQL knows the length of large
// data without reading it, and writers go on meanwhile.
func (e *postgresEngine) Usage(ctx context.Context) (u Usage, err error) {
	err = e.lend(ctx, func(ctx context.Context, l *lane) error {
		const query = "SELECT count(*), coalesce(sum(octet_length(data)), 0) FROM sessions"
		return l.pool.QueryRow(ctx, query).Scan(&u.Rows, &u.Bytes)
	})
	return u, err
}

// Ping says whether the server answers and takes writes: a standby does not.
func (e *postgresEngine) Ping(ctx context.Context) error {
	return e.lend(ctx, func(ctx context.Context, l *lane) error {
		var readOnly bool
		err := l.pool.QueryRow(ctx, "SELECT current_setting('transaction_read_only')::bool").Scan(&readOnly)
		if err == nil && readOnly {
			return fmt.Errorf("%w: the server is read-only", ErrUnavailable)
		}
		return err
	})
}

// Close closes all connections.
func (e *postgresEngine) Close() error {
	for _, l := range e.all {
		l.pool.Close()
	}
	return nil
}
