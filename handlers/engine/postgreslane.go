package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/scs/pgxstore"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// lane is one connection to the server with pgxstore on top, lent to one operation at a time.
//
// pgxstore asks for no context. The lane knows that of the operation, and as the tracer of
// its connection it hands it on: with it come the end of all waiting, and the log.
type lane struct {
	pool  *pgxpool.Pool // of one connection, which it makes anew when the server was away
	store *pgxstore.PostgresStore
	ctx   context.Context // of the operation that has the lane
}

// lend lends a lane to f. What f runs goes into the log of ctx.
//
// Waiting for the lane ends with ctx. A statement, once begun, does not: see [bounded].
func (e *postgresEngine) lend(ctx context.Context, f func(context.Context, *lane) error) error {
	return lend(ctx, e.lanes, serverWait, func(l *lane) error {
		ctx, cancel := bounded(ctx)
		defer cancel()
		l.ctx = ctx
		return postgresError(f(ctx, l))
	})
}

type doneKey struct{}

// TraceQueryStart gives a statement the context of the operation, and starts its clock.
func (l *lane) TraceQueryStart(_ context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	return context.WithValue(l.ctx, doneKey{}, say(l.ctx, data.SQL, data.Args...))
}

// TraceQueryEnd takes the statement down.
func (l *lane) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	done := ctx.Value(doneKey{}).(func(int64, error))
	done(data.CommandTag.RowsAffected(), oneLine(data.Err))
}

type batchKey struct{}

// batchLog is a batch on its way. Its answers come together: the time is that of the first statement.
type batchLog struct {
	first *pgx.QueuedQuery // nil once it is taken down
	start time.Time
}

// TraceBatchStart gives a batch the context of the operation, and starts its clock.
func (l *lane) TraceBatchStart(_ context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	return context.WithValue(l.ctx, batchKey{}, &batchLog{data.Batch.QueuedQueries[0], time.Now()})
}

// TraceBatchQuery takes one statement of the batch down.
func (l *lane) TraceBatchQuery(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	b := ctx.Value(batchKey{}).(*batchLog)
	logFrom(ctx).note(b.start, data.SQL, data.Args, data.CommandTag.RowsAffected(), oneLine(data.Err))
	b.first, b.start = nil, time.Now()
}

// TraceBatchEnd takes down the first statement of a batch that failed before any was answered.
func (l *lane) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	b := ctx.Value(batchKey{}).(*batchLog)
	if data.Err != nil && b.first != nil {
		logFrom(ctx).note(b.start, b.first.SQL, b.first.Arguments, 0, oneLine(data.Err))
		b.first = nil
	}
}

// TraceAcquireStart gives the wait for the connection the context of the operation.
func (l *lane) TraceAcquireStart(
	context.Context, *pgxpool.Pool, pgxpool.TraceAcquireStartData,
) context.Context {
	return l.ctx
}

// TraceAcquireEnd has nothing to add.
func (l *lane) TraceAcquireEnd(context.Context, *pgxpool.Pool, pgxpool.TraceAcquireEndData) {}

// postgresError adds to an error of PostgreSQL what it means for the caller.
func postgresError(err error) error {
	cause, ok := errors.AsType[*pgconn.PgError](err)
	_, unconnected := errors.AsType[*pgconn.ConnectError](err)
	switch {
	case err == nil, errors.Is(err, pgx.ErrNoRows), errors.Is(err, ErrEnded), errors.Is(err, ErrUnavailable):
		return err
	case !ok && (unconnected || pgconn.SafeToRetry(err)): // the server was told nothing
		return fmt.Errorf("%w: %w", ErrUnavailable, oneLine(err))
	case !ok:
		return fmt.Errorf("%w: %w", errUnanswered, oneLine(err))
	}
	meaning := ErrUnavailable
	switch cause.Code {
	case sqlStateEnded:
		meaning = ErrEnded
	// A lock, a timeout, other transactions, too many connections.
	case "55P03", "57014", "40001", "40P01", "53300":
		meaning = ErrBusy
	case "53100", "53200": // disk, memory
		meaning = ErrFull
	default:
		switch cause.Code[:2] {
		case "22", "23", "54": // the row itself is wrong, not the store
			return err
		}
	}
	return fmt.Errorf("%w: %w", meaning, err)
}
