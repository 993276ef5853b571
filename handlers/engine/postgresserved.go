package engine

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Again opens the database once more, over one connection. The tables are there.
func (e *postgresEngine) Again() (Engine, error) {
	config := e.config.Copy()
	config.MaxConns = 1
	return newPostgres(config)
}

// Forget deletes tokens from both tables in one transaction. The first delete leaves the marks that the
// second one takes away, and takes the records along.
func (e *postgresEngine) Forget(ctx context.Context, tokens ...string) error {
	return e.lend(ctx, func(ctx context.Context, l *lane) error {
		return pgx.BeginFunc(ctx, l.pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "DELETE FROM sessions WHERE token = ANY ($1)", tokens); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "DELETE FROM revoked WHERE token = ANY ($1)", tokens)
			return err
		})
	})
}

// Persistence returns the settings that decide what a crash of the server loses.
func (e *postgresEngine) Persistence(ctx context.Context) (said string, err error) {
	err = e.lend(ctx, func(ctx context.Context, l *lane) error {
		const query = "SELECT 'fsync ' || current_setting('fsync')" +
			" || ', synchronous_commit ' || current_setting('synchronous_commit')"
		return l.pool.QueryRow(ctx, query).Scan(&said)
	})
	return said, err
}
