package engine

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// move is one cycle: from which token to which, and what is kept there.
type move struct {
	old, fresh string
	b          []byte
	expiry     time.Time
}

// The statements of a move, and what pgx says around them.
const (
	moveBegin  = "begin"
	moveDelete = "DELETE FROM sessions WHERE token = $1"
	moveInsert = "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)"
	moveCommit = "commit"
)

// said is what a move says, a record of its own aside.
func (m move) said() []Statement {
	return []Statement{statement(moveBegin), statement(moveDelete, m.old),
		statement(moveInsert, m.fresh, m.b, m.expiry), statement(postgresMove, m.old, m.fresh),
		statement(moveCommit)}
}

// Cycle deletes the row of old and inserts that of fresh in one transaction, which moves the records too.
func (e *postgresEngine) Cycle(ctx context.Context, old, fresh string, b []byte, expiry time.Time) error {
	if !storable(old) {
		return ErrEnded
	}
	m := move{old, fresh, notNull(b), expiry}
	return e.lend(ctx, func(ctx context.Context, l *lane) error {
		var r Record
		keep := false
		if order := orderOf(ctx); order != nil {
			r, keep = order.record(fresh, m.said()...)
		}
		return withoutArchive(func() error {
			return l.move(ctx, m, func(batch *pgx.Batch) {
				batch.Queue(postgresMove, old, fresh)
				if keep {
					batch.Queue(postgresKeep, keepRecord(r)...)
				}
			})
		}, func() error { return l.move(ctx, m, func(*pgx.Batch) {}) })
	})
}

// move runs m in a transaction. What also puts into a batch goes out together with the insert.
func (l *lane) move(ctx context.Context, m move, also func(*pgx.Batch)) error {
	return pgx.BeginFunc(ctx, l.pool, func(tx pgx.Tx) error {
		deleted, err := tx.Exec(ctx, moveDelete, m.old)
		if err != nil {
			return err
		}
		if deleted.RowsAffected() == 0 {
			return ErrEnded
		}
		var batch pgx.Batch
		batch.Queue(moveInsert, m.fresh, m.b, m.expiry)
		also(&batch)
		return tx.SendBatch(ctx, &batch).Close()
	})
}
