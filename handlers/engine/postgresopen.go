package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/scs/pgxstore"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// openPostgres opens the PostgreSQL database at address, a URL, and makes the tables where
// they are missing. A table sessions that is something else is refused and left as it was.
func openPostgres(ctx context.Context, address string) (Engine, error) {
	config, err := parsePostgres(address)
	if err != nil {
		return nil, err
	}
	e, err := newPostgres(config)
	if err == nil {
		err = e.start(ctx)
	}
	if err != nil {
		e.Close()
		return nil, fmt.Errorf("session store in PostgreSQL at %s: %w", e.addr, err)
	}
	return e, nil
}

// parsePostgres reads an address. What is wrong with one is not told: the error would repeat a part of
// the address, and that may be the password.
func parsePostgres(address string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, errors.New("session store in PostgreSQL: the address cannot be read: " +
			"use postgres://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE")
	}
	return config, nil
}

// postgresExists returns an error if the database at address has no table sessions.
func postgresExists(ctx context.Context, address string) error {
	config, err := parsePostgres(address)
	if err != nil {
		return err
	}
	server := config.ConnConfig
	ctx, cancel := context.WithTimeout(ctx, serverStart)
	defer cancel()
	var exists bool
	conn, err := pgx.ConnectConfig(ctx, server)
	if err == nil {
		defer conn.Close(ctx)
		err = conn.QueryRow(ctx, "SELECT to_regclass('sessions') IS NOT NULL").Scan(&exists)
	}
	if err == nil && !exists {
		err = errors.New("it has no table sessions")
	}
	if err != nil {
		return fmt.Errorf("session store in PostgreSQL at %s: %w", postgresAddr(server), oneLine(err))
	}
	return nil
}

// postgresAddr is where a server is, in an error.
func postgresAddr(server *pgx.ConnConfig) string {
	return fmt.Sprintf("%s:%d/%s", server.Host, server.Port, server.Database)
}

// newPostgres makes the lanes, as many as the address allows connections (pool_max_conns).
// They connect when they are used.
func newPostgres(config *pgxpool.Config) (*postgresEngine, error) {
	n := int(config.MaxConns)
	server := config.ConnConfig
	server.ConnectTimeout = serverStart
	e := &postgresEngine{
		addr:   postgresAddr(server),
		config: config.Copy(),
		lanes:  make(chan *lane, n),
	}
	// Whoever waits for a lock is told so before the operation's own time is over.
	server.RuntimeParams["lock_timeout"] = fmt.Sprint((serverWait - time.Second).Milliseconds())
	config.MaxConns, config.MinConns, config.MinIdleConns = 1, 0, 0
	for range n {
		l := &lane{}
		config := config.Copy()
		config.ConnConfig.Tracer = l
		pool, err := pgxpool.NewWithConfig(context.Background(), config)
		if err != nil {
			return e, err
		}
		l.pool = pool
		l.store = pgxstore.NewWithCleanupInterval(pool, 0) // see DeleteExpired
		e.all = append(e.all, l)
		e.lanes <- l
	}
	return e, nil
}

// start makes the tables. Of several processes that start together, one does it and the
// others wait.
func (e *postgresEngine) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, serverStart)
	defer cancel()
	return e.lend(ctx, func(ctx context.Context, l *lane) error {
		return pgx.BeginFunc(ctx, l.pool, func(tx pgx.Tx) error { return makeTables(ctx, tx) })
	})
}

func makeTables(ctx context.Context, tx pgx.Tx) error {
	var version int
	if err := tx.QueryRow(ctx,
		"SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
		return err
	}
	if version < 140000 {
		return fmt.Errorf("it is too old: PostgreSQL 14 is needed, and this is %d", version/10000)
	}
	_, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('sessionlab', 0));"+postgresTable)
	if err != nil {
		return err
	}
	var columns string
	if err := tx.QueryRow(ctx, postgresColumns).Scan(&columns); err != nil {
		return err
	}
	if columns != wantColumns {
		return fmt.Errorf("its table sessions has the columns %s instead of %s", columns, wantColumns)
	}
	if _, err := tx.Exec(ctx, postgresCheck); err != nil {
		return fmt.Errorf("its table sessions cannot be used: %w", err)
	}
	_, err = tx.Exec(ctx, postgresSchema+postgresArchive)
	return err
}
