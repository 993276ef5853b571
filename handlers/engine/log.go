package engine

import (
	"context"
	"database/sql/driver"
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

// say is for the engines that need no tracer to know what they tell their store: it is
// called before, and the function it returns after. If nobody wants to know, they do nothing.
func say(ctx context.Context, text string, args ...any) (done func(rows int64, err error)) {
	log := logFrom(ctx)
	if log == nil || len(log.Statements) >= maxStatements {
		return func(int64, error) {}
	}
	start := time.Now()
	return func(rows int64, err error) {
		s := Statement{Text: text, Duration: time.Since(start), Rows: rows}
		for _, arg := range args {
			if t, ok := arg.(time.Time); ok {
				arg = t.UTC().Format("2006-01-02T15:04:05.000Z")
			}
			s.Args = append(s.Args, argText(arg))
		}
		if err != nil {
			s.Err = err.Error()
		}
		log.Statements = append(log.Statements, s)
	}
}

// argText returns an argument as people read it.
func argText(v driver.Value) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case []byte:
		return fmt.Sprintf("%d bytes", len(v))
	}
	return fmt.Sprint(v)
}
