package engine

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io"
	"strings"
	"time"
)

// tracer is a connector of database/sql whose connections take down what they run. It sits
// below everything else, so it sees the SQL of SCS's store too, as it really was run.
type tracer struct {
	driver.Connector
	trace *trace
}

// Connect opens a connection and puts the tracing around it.
func (t tracer) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := t.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	sqlite, ok := conn.(sqliteConn)
	if !ok {
		conn.Close()
		return nil, fmt.Errorf("the driver's %T cannot be traced", conn)
	}
	return &tracedConn{sqliteConn: sqlite, trace: t.trace, prepared: map[string]sqliteStmt{}}, nil
}

// trace is what the borrower of a connection has to do with its tracing. Nobody but the
// borrower and the connection itself touches it, so it needs no lock.
type trace struct {
	log     *Log  // where the statements go; nil when nobody wants to know
	changed int64 // how many rows the last statement changed
}

// note takes down one statement that began at start and has just ended.
func (t *trace) note(query string, args arguments, start time.Time, rows int64, err error) {
	if t.log.full() {
		return
	}
	var values []any
	for _, arg := range args {
		values = append(values, arg.Value)
	}
	t.log.note(start, query, values, rows, err)
}

// sqliteConn and sqliteStmt are the parts of SQLite's driver that the tracing needs.
type (
	sqliteConn interface {
		driver.Conn
		driver.ExecerContext
		driver.QueryerContext
	}
	sqliteStmt interface {
		driver.Stmt
		driver.StmtExecContext
		driver.StmtQueryContext
	}
)

// arguments are those of a statement, as database/sql gives them to a driver.
type arguments = []driver.NamedValue

// tracedConn is a connection that takes down what goes through Exec and Query, which is
// all that SCS's store and this package use.
type tracedConn struct {
	sqliteConn
	trace    *trace
	prepared map[string]sqliteStmt
}

// ExecContext runs a statement that returns no rows.
func (c *tracedConn) ExecContext(ctx context.Context, query string, args arguments) (driver.Result, error) {
	start := time.Now()
	result, err := c.exec(ctx, query, args)
	c.trace.changed = 0
	if err == nil && changesRows(query) {
		c.trace.changed, err = result.RowsAffected()
	}
	c.trace.note(query, args, start, c.trace.changed, err)
	return result, err
}

func (c *tracedConn) exec(ctx context.Context, query string, args arguments) (driver.Result, error) {
	if len(args) == 0 {
		return c.sqliteConn.ExecContext(ctx, query, nil)
	}
	stmt, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args)
}

// QueryContext runs a statement that returns rows. It is taken down when its rows are
// closed, for only then it has been run to its end.
func (c *tracedConn) QueryContext(ctx context.Context, query string, args arguments) (driver.Rows, error) {
	start := time.Now()
	rows, err := c.query(ctx, query, args)
	if err != nil {
		c.trace.note(query, args, start, 0, err)
		return nil, err
	}
	if c.trace.log == nil {
		return rows, nil
	}
	return &tracedRows{Rows: rows, trace: c.trace, query: query, args: args, start: start}, nil
}

func (c *tracedConn) query(ctx context.Context, query string, args arguments) (driver.Rows, error) {
	if len(args) == 0 {
		return c.sqliteConn.QueryContext(ctx, query, nil)
	}
	stmt, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args)
}

// prepare compiles query, or takes it from those that were compiled before, which saves a
// third of the time of a short statement. Only statements with arguments come here: they
// are few and return often, while a PRAGMA may do its work during compilation.
func (c *tracedConn) prepare(query string) (sqliteStmt, error) {
	if stmt, ok := c.prepared[query]; ok {
		return stmt, nil
	}
	stmt, err := c.Prepare(query)
	if err != nil {
		return nil, err
	}
	prepared, ok := stmt.(sqliteStmt)
	if !ok {
		stmt.Close()
		return nil, fmt.Errorf("the driver's %T cannot be run", stmt)
	}
	c.prepared[query] = prepared
	return prepared, nil
}

// Close closes the compiled statements first: they would keep the file open.
func (c *tracedConn) Close() error {
	for _, stmt := range c.prepared {
		stmt.Close()
	}
	return c.sqliteConn.Close()
}

// changesRows says whether query is one of those whose number of changed rows SQLite
// counts. After any other statement it reports the number of the one before.
func changesRows(query string) bool {
	verb, _, _ := strings.Cut(query, " ")
	switch verb {
	case "INSERT", "REPLACE", "UPDATE", "DELETE":
		return true
	}
	return false
}

// tracedRows counts the rows of a query.
type tracedRows struct {
	driver.Rows
	trace *trace
	query string
	args  arguments
	start time.Time
	found int64
	err   error
}

// Next fetches the next row.
func (r *tracedRows) Next(dest []driver.Value) error {
	err := r.Rows.Next(dest)
	switch err {
	case nil:
		r.found++
	case io.EOF:
	default:
		r.err = err
	}
	return err
}

// Close ends the query and takes it down.
func (r *tracedRows) Close() error {
	err := r.Rows.Close()
	if r.err == nil {
		r.err = err
	}
	r.trace.note(r.query, r.args, r.start, r.found, r.err)
	return err
}
