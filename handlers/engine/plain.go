package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/scs/sqlite3store"
	"modernc.org/sqlite"
)

// plainSchema is the table of sqlite3store's own README: no table of ended tokens, and no trigger.
const plainSchema = `CREATE TABLE sessions (
	token TEXT PRIMARY KEY,
	data BLOB NOT NULL,
	expiry REAL NOT NULL
);
CREATE INDEX sessions_expiry_idx ON sessions(expiry);`

// PlainKind is what is true of [Plain].
var PlainKind = Kind{
	Name: "plain", Label: "SQLite", Django: "db", Keeps: "a row of a table", Reads: "this program alone",
	SQL: true, Lies: true, Where: "in the `sessions` table", PlaceName: "place",
}

// Plain is SCS's sqlite3store on the table that its README has, in a database in memory: nothing of what the
// lab's engines add. So an ended session comes back through a request that is late, as it does for whoever
// uses SCS. It is for one experiment, and what is in it is gone when it is closed.
//
// Errors are those of the store, as SCS would get them.
type Plain struct {
	Engine // nil: an experiment calls nothing but what is below
	free   chan *connection
	db     *sql.DB
	// Transacted puts each commit into a transaction of its own.
	Transacted bool
}

// OpenPlain returns an empty store. The caller closes it.
func OpenPlain(ctx context.Context) (*Plain, error) {
	connector, err := sqlite.NewConnector(":memory:")
	if err != nil {
		return nil, fmt.Errorf("open a plain store: %w", err)
	}
	c := &connection{trace: &trace{}}
	c.db = sql.OpenDB(tracer{connector, c.trace})
	c.db.SetMaxOpenConns(1) // a second one would have a database of its own
	if _, err := c.db.ExecContext(ctx, plainSchema); err != nil {
		c.db.Close()
		return nil, fmt.Errorf("open a plain store: %w", err)
	}
	c.store = sqlite3store.NewWithCleanupInterval(c.db, 0) // 0: no goroutine that sweeps
	p := &Plain{db: c.db, free: make(chan *connection, 1)}
	p.free <- c
	return p, nil
}

// Kind is [PlainKind].
func (p *Plain) Kind() Kind { return PlainKind }

// lend lends the connection to f, whose statements go into the log of ctx.
func (p *Plain) lend(ctx context.Context, f func(*connection) error) error {
	return lend(ctx, p.free, sqliteWait, func(c *connection) error {
		c.trace.log = logFrom(ctx)
		defer func() { c.trace.log = nil }()
		return f(c)
	})
}

// FindCtx is Find of sqlite3store.
func (p *Plain) FindCtx(ctx context.Context, token string) (b []byte, found bool, err error) {
	err = p.lend(ctx, func(c *connection) error {
		b, found, err = c.store.Find(token)
		return err
	})
	return b, found, err
}

// CommitCtx is Commit of sqlite3store.
func (p *Plain) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	return p.lend(ctx, func(c *connection) error {
		if !p.Transacted {
			return c.store.Commit(token, b, expiry)
		}
		if _, err := c.db.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
			return err
		}
		if err := c.store.Commit(token, b, expiry); err != nil {
			_, undone := c.db.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
			return errors.Join(err, undone)
		}
		_, err := c.db.ExecContext(context.WithoutCancel(ctx), "COMMIT")
		return err
	})
}

// Exec runs a statement on the same database, on tables of an experiment's own, and returns how many rows it
// changed.
func (p *Plain) Exec(ctx context.Context, statement string, args ...any) (rows int64, err error) {
	err = p.lend(ctx, func(c *connection) error {
		result, err := c.db.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		rows, err = result.RowsAffected()
		return err
	})
	return rows, err
}

// Number is the number that a query returns.
func (p *Plain) Number(ctx context.Context, query string, args ...any) (n int, err error) {
	err = p.lend(ctx, func(c *connection) error { return c.db.QueryRowContext(ctx, query, args...).Scan(&n) })
	return n, err
}

// DeleteCtx is Delete of sqlite3store.
func (p *Plain) DeleteCtx(ctx context.Context, token string) error {
	return p.lend(ctx, func(c *connection) error { return c.store.Delete(token) })
}

// AllCtx is All of sqlite3store, which SCS's Iterate asks.
func (p *Plain) AllCtx(ctx context.Context) (all map[string][]byte, err error) {
	err = p.lend(ctx, func(c *connection) error {
		all, err = c.store.All()
		return err
	})
	return all, err
}

// Row returns the row of token, expired or not.
func (p *Plain) Row(ctx context.Context, token string) (row Row, found bool, err error) {
	err = p.lend(ctx, func(c *connection) error {
		row, found, err = c.row(token)
		return err
	})
	return row, found, err
}

// Age moves the end of the row of token back by d, as if that time had passed for it. It returns what it said
// to SQLite.
func (p *Plain) Age(ctx context.Context, token string, d time.Duration) (Statement, error) {
	var log Log
	query := fmt.Sprintf("UPDATE sessions SET expiry = expiry - %.1f / 86400 WHERE token = $1", d.Seconds())
	err := p.lend(WithLog(ctx, &log), func(c *connection) error {
		_, err := c.db.Exec(query, token)
		return err
	})
	if err != nil {
		return Statement{}, err
	}
	return log.Statements[0], nil
}

// Rows returns at most limit rows without their data, the latest expiry first, and how many there are.
func (p *Plain) Rows(ctx context.Context, limit int) (rows []Row, total int, err error) {
	err = p.lend(ctx, func(c *connection) error {
		rows, total, err = c.rows(limit)
		return err
	})
	return rows, total, err
}

// Close closes the database, and with it goes all that was in it. What is asked of it later fails, as it does
// with a store that is down.
func (p *Plain) Close() error { return p.db.Close() }
