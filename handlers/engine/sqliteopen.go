package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/alexedwards/scs/sqlite3store"
	"modernc.org/sqlite"
)

// pragma is a setting of a connection, as SQLite reads it back.
type pragma struct{ name, value string }

// pragmas are the settings of every connection, in this order: the busy timeout has to
// hold already when a connection switches a new file to WAL.
var pragmas = []pragma{
	{"busy_timeout", fmt.Sprint(sqliteWait.Milliseconds())},
	{"journal_mode", "wal"}, // readers do not wait for the writer, nor it for them
	// 1 is NORMAL: a commit survives the end of the process at any moment. The last ones
	// before a power cut may be lost, which costs a few people a login; FULL would cost
	// every save a wait for the disk.
	{"synchronous", "1"},
	{"recursive_triggers", "0"}, // else every REPLACE would revoke the token that it saves
}

// openSQLite opens the file at path and makes the tables of schema where they are missing.
// A missing or empty file becomes a new store. A file that is something else is refused
// and left as it was, to the byte.
func openSQLite(ctx context.Context, path, schema string) (Engine, error) {
	if path == "" {
		return nil, errors.New("the session store has no file name: use sqlite:FILE")
	}
	// Processes that start together on a new file all want to be the one that sets it up.
	// SQLite turns some away at once, without waiting, because their waiting would be a
	// deadlock. These come back a moment later.
	giveUp := time.Now().Add(sqliteWait)
	for {
		e, err := openStore(ctx, path, schema)
		if err == nil {
			return e, nil
		}
		if !errors.Is(sqliteError(err), ErrBusy) || ctx.Err() != nil || time.Now().After(giveUp) {
			return nil, fmt.Errorf("session store %q: %w", path, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func openStore(ctx context.Context, path, schema string) (*sqliteEngine, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	file, err := checkFile(ctx, path)
	if err != nil {
		return nil, err
	}
	e := &sqliteEngine{
		path:    path,
		file:    file,
		wait:    sqliteWait,
		writer:  make(chan *connection, 1),
		readers: make(chan *connection, sqliteReaders),
	}
	if err := e.connectAll(ctx, schema); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

// connectAll opens the writer, which makes the tables, and then all others.
func (e *sqliteEngine) connectAll(ctx context.Context, schema string) error {
	c, err := e.connect(ctx)
	if err != nil {
		return err
	}
	if err := c.apply(ctx, schema); err != nil {
		return fmt.Errorf("apply the schema: %w", err)
	}
	e.writer <- c
	readOnly := pragma{"query_only", "1"}
	for range sqliteReaders {
		c, err := e.connect(ctx, readOnly)
		if err != nil {
			return err
		}
		e.readers <- c
	}
	e.watcher, err = e.connect(ctx, readOnly)
	return err
}

// sqliteUpgrade makes of a store of an earlier version one of this version, together with the schema. There
// a mark was kept as long as its session could have lived, which may be a year.
const sqliteUpgrade = `
DROP TRIGGER sessions_ended;
UPDATE revoked SET until = julianday('now', '+1 hour') WHERE until > julianday('now', '+1 hour');`

// apply makes what is missing of schema, and brings the store of an earlier version up to date, all or
// nothing.
//
// Where everything is there already, this takes no lock: a second process can start while the first one
// writes. That is why the transaction is not IMMEDIATE. If it turns out that something has to be made and
// another process is just doing so, SQLite refuses, and openSQLite comes back.
func (c *connection) apply(ctx context.Context, schema string) error {
	return c.transaction("BEGIN", func() error {
		var old bool
		err := c.db.QueryRowContext(ctx, `
SELECT EXISTS (SELECT 1 FROM sqlite_schema
 WHERE type = 'trigger' AND name = 'sessions_ended' AND tbl_name = 'sessions' AND sql LIKE '%revoked%')`).
			Scan(&old)
		if err != nil {
			return err
		}
		if old {
			schema += sqliteUpgrade
		}
		_, err = c.db.ExecContext(ctx, schema)
		return err
	})
}

// connect opens one connection with the common settings and more. It reads the settings
// back, because SQLite ignores in silence what it cannot do or does not know.
func (e *sqliteEngine) connect(ctx context.Context, more ...pragma) (*connection, error) {
	settings := append(pragmas[:len(pragmas):len(pragmas)], more...)
	params := []string{"mode=rw"} // never make a new file when the old one has vanished
	for _, p := range settings {
		params = append(params, "_pragma="+p.name+"("+p.value+")")
	}
	connector, err := sqlite.NewConnector(dsn(e.path, params...))
	if err != nil {
		return nil, err
	}
	c := &connection{trace: &trace{}, busy: sqliteWait}
	c.db = sql.OpenDB(tracer{connector, c.trace})
	c.db.SetMaxOpenConns(1)
	c.db.SetMaxIdleConns(1)
	c.store = sqlite3store.NewWithCleanupInterval(c.db, 0) // see DeleteExpired
	e.all = append(e.all, c)
	for _, p := range settings {
		var got string
		if err := c.db.QueryRowContext(ctx, "PRAGMA "+p.name).Scan(&got); err != nil {
			return nil, err
		}
		if got != p.value {
			return nil, fmt.Errorf("SQLite set %s to %q and not to %q: can it lock files and share "+
				"memory there?",
				p.name, got, p.value)
		}
	}
	return c, nil
}

// dsn names the file at path for SQLite. The characters of path that mean something in a
// URL are escaped.
func dsn(path string, params ...string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // a drive letter
		path = "/" + path
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: strings.Join(params, "&")}
	return u.String()
}
