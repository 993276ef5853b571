package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// serverStart is how long a server may take to answer when it is opened.
	serverStart = 3 * time.Second
	// serverWait is the longest time that an operation waits for a server.
	serverWait = 5 * time.Second
)

// bounded returns a context for talking to a server. It ends with the deadline of ctx, or
// after serverWait. It outlives the request, for breaking off a write would leave open
// whether it happened.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	end := time.Now().Add(serverWait)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(end) {
		end = deadline
	}
	return context.WithDeadline(context.WithoutCancel(ctx), end)
}

// errUnanswered is what became of a statement that a server got and did not answer.
var errUnanswered = fmt.Errorf("%w: %w", ErrUnavailable, ErrUnsure)

// oneLine shortens an error of a server's driver to what went wrong in the end. pgx tells,
// line by line, what it tried with which address.
func oneLine(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return errors.New("no answer in time")
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e
	}
	return errors.New(strings.Join(strings.Fields(err.Error()), " "))
}
