package engine

import (
	"context"
	"fmt"
	"time"
)

// Statement is one thing that an engine said to its store, as it was really said: SQL, a
// Redis command, a file operation.
type Statement struct {
	Text     string
	Args     []string // as text; data is given as its length ("159 bytes")
	Duration time.Duration
	Rows     int64 // rows changed by a write, or found by a read
	Err      string
}

// Log takes down the statements of one request. It belongs to that request alone.
type Log struct {
	Statements []Statement
	// Cookie is what the browser must carry instead of the token. Only the engine that
	// keeps sessions in the cookie itself sets it, when it commits.
	Cookie string
}

type logKey struct{}

// WithLog returns a context whose store operations are taken down in log.
func WithLog(ctx context.Context, log *Log) context.Context {
	return context.WithValue(ctx, logKey{}, log)
}

// logFrom returns the log of ctx, or nil.
func logFrom(ctx context.Context) *Log {
	log, _ := ctx.Value(logKey{}).(*Log)
	return log
}

// maxStatements is how many statements a [Log] takes. What one request runs beyond that is
// repetition, such as the batches of a long sweep.
const maxStatements = 100

// full says that nobody wants to know, or that l takes no more.
func (l *Log) full() bool { return l == nil || len(l.Statements) >= maxStatements }

// note takes down a statement that began at start and has just ended. A log that is full takes down none.
func (l *Log) note(start time.Time, text string, args []any, rows int64, err error) {
	if l.full() {
		return
	}
	s := statement(text, args...)
	s.Duration, s.Rows = time.Since(start), rows
	if err != nil {
		s.Err = err.Error()
	}
	l.Statements = append(l.Statements, s)
}

// statement is what goes out to a store, before its answer.
func statement(text string, args ...any) Statement {
	s := Statement{Text: text}
	for _, arg := range args {
		s.Args = append(s.Args, argText(arg))
	}
	return s
}

// say is for the engines that need no tracer to know what they tell their store: it is
// called before, and the function it returns after. If nobody wants to know, they do nothing.
func say(ctx context.Context, text string, args ...any) (done func(rows int64, err error)) {
	log := logFrom(ctx)
	if log.full() {
		return func(int64, error) {}
	}
	start := time.Now()
	return func(rows int64, err error) { log.note(start, text, args, rows, err) }
}

// argText returns an argument as people read it.
func argText(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case []byte:
		return fmt.Sprintf("%d bytes", len(v))
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	return fmt.Sprint(v)
}
