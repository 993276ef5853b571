package engine

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/scs/pgxstore"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresTable is the table that pgxstore wants. It is made before it is looked at, and
// undone with everything else if it is not what it should be.
const postgresTable = `
CREATE TABLE IF NOT EXISTS sessions (
	token  TEXT PRIMARY KEY,     -- the random id that the cookie carries; Django calls it session_key
	data   BYTEA NOT NULL,       -- deadline and values, encoded by SCS's codec (encoding/gob); Django: session_data
	expiry TIMESTAMPTZ NOT NULL  -- the end of the session; Django: expire_date
)`

// What a table sessions must be that is there already: these columns, and one row for each
// token. EXPLAIN only plans the commit of pgxstore, and fails where that would.
const (
	postgresColumns = `
SELECT string_agg(attname || ' ' || format_type(atttypid, NULL), ', ' ORDER BY attname)
FROM pg_attribute WHERE attrelid = 'sessions'::regclass AND attnum > 0 AND NOT attisdropped`
	wantColumns   = "data bytea, expiry timestamp with time zone, token text"
	postgresCheck = `
EXPLAIN INSERT INTO sessions (token, data, expiry) VALUES ('', '', now())
ON CONFLICT (token) DO UPDATE SET data = EXCLUDED.data, expiry = EXCLUDED.expiry`
)

// postgresSchema does for PostgreSQL what sessions.db.sql does for SQLite: an ended session
// does not come back.
const postgresSchema = `
-- Finds the rows to sweep without reading the whole table.
CREATE INDEX IF NOT EXISTS sessions_expiry_idx ON sessions (expiry);

-- Tokens of sessions that were ended, each with the time from which no late request can
-- remember it: an hour after the end. Then it may be forgotten. A mark is against late
-- requests alone; a token without a row is never adopted anyway.
CREATE TABLE IF NOT EXISTS revoked (
	token TEXT PRIMARY KEY,
	until TIMESTAMPTZ NOT NULL
);

CREATE INDEX IF NOT EXISTS revoked_until_idx ON revoked (until);

CREATE OR REPLACE FUNCTION session_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO revoked (token, until)
	VALUES (OLD.token, now() + interval '1 hour')
	ON CONFLICT (token) DO UPDATE SET until = EXCLUDED.until;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER sessions_ended AFTER DELETE ON sessions
FOR EACH ROW EXECUTE FUNCTION session_ended();

-- A save is INSERT ... ON CONFLICT DO UPDATE, and this runs before PostgreSQL looks for the
-- conflict. If a delete of that row is under way just then, the insert waits for it, finds no
-- conflict any more, and inserts: without asking the trigger again. So the trigger waits for
-- the delete itself, by locking the row, and looks for the mark of its end after that.
CREATE OR REPLACE FUNCTION session_stays_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM sessions WHERE token = NEW.token FOR UPDATE;
	IF EXISTS (SELECT FROM revoked WHERE token = NEW.token) THEN
		RAISE EXCEPTION 'session was ended' USING ERRCODE = 'ENDED';
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER sessions_stay_ended BEFORE INSERT ON sessions
FOR EACH ROW EXECUTE FUNCTION session_stays_ended();

-- An earlier version remembered an end for as long as the session could have lived.
UPDATE revoked SET until = now() + interval '1 hour' WHERE until > now() + interval '1 hour';`

// finiteExpiry is the expiry as a time that Go has: somebody may have written infinity there.
const finiteExpiry = "greatest(least(expiry, '9999-12-31 UTC'), '0001-01-01 UTC')"

// sqlStateEnded is the error code that the trigger raises.
const sqlStateEnded = "ENDED"

// postgresEngine keeps sessions in a table of a PostgreSQL database. SCS's own pgxstore
// finds, commits and deletes them.
type postgresEngine struct {
	addr   string
	config *pgxpool.Config // as it was given
	lanes  chan *lane      // a lane lies here while nobody uses it
	all    []*lane
}

// lane is one connection to the server with pgxstore on top, lent to one operation at a time.
//
// pgxstore asks for no context. The lane knows that of the operation, and as the tracer of
// its connection it hands it on: with it come the end of all waiting, and the log.
type lane struct {
	pool  *pgxpool.Pool // of one connection, which it makes anew when the server was away
	store *pgxstore.PostgresStore
	ctx   context.Context // of the operation that has the lane
}

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
		return nil, errors.New("session store in PostgreSQL: the address cannot be read: use postgres://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE")
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
	if err := tx.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
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
	_, err = tx.Exec(ctx, postgresSchema)
	return err
}

// lend takes a lane, lends it to f and puts it back. What f runs goes into the log of ctx.
//
// Waiting for the lane ends with ctx. A statement, once begun, does not: see [bounded].
func (e *postgresEngine) lend(ctx context.Context, f func(context.Context, *lane) error) error {
	timer := time.NewTimer(serverWait)
	defer timer.Stop()
	var l *lane
	select {
	case l = <-e.lanes:
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return fmt.Errorf("%w: no connection was free within %v", ErrBusy, serverWait)
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	l.ctx = ctx
	defer func() { e.lanes <- l }()
	return postgresError(f(ctx, l))
}

// Name returns "postgres".
func (e *postgresEngine) Kind() Kind { return postgresKind }

// storable says whether token can be a text of PostgreSQL. SCS's tokens can, but anybody can
// send anything.
func storable(token string) bool {
	return utf8.ValidString(token) && !strings.Contains(token, "\x00")
}

// FindCtx returns what is kept under token, unless it has expired.
func (e *postgresEngine) FindCtx(ctx context.Context, token string) (b []byte, found bool, err error) {
	if !storable(token) {
		return nil, false, nil
	}
	err = e.lend(ctx, func(_ context.Context, l *lane) error {
		b, found, err = l.store.Find(token)
		return err
	})
	return b, found, err
}

// CommitCtx keeps b under token. A trigger refuses tokens that were deleted.
func (e *postgresEngine) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	return e.lend(ctx, func(_ context.Context, l *lane) error {
		return l.store.Commit(token, notNull(b), expiry)
	})
}

// notNull returns b; pgx would store a nil slice as NULL, which the column refuses.
func notNull(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// DeleteCtx deletes what is kept under token, if anything is.
func (e *postgresEngine) DeleteCtx(ctx context.Context, token string) error {
	if !storable(token) {
		return nil
	}
	return e.lend(ctx, func(_ context.Context, l *lane) error {
		return l.store.Delete(token)
	})
}

// Cycle deletes the row of old and inserts that of fresh in one transaction.
func (e *postgresEngine) Cycle(ctx context.Context, old, fresh string, b []byte, expiry time.Time) error {
	if !storable(old) {
		return ErrEnded
	}
	return e.lend(ctx, func(ctx context.Context, l *lane) error {
		return pgx.BeginFunc(ctx, l.pool, func(tx pgx.Tx) error {
			deleted, err := tx.Exec(ctx, "DELETE FROM sessions WHERE token = $1", old)
			if err != nil {
				return err
			}
			if deleted.RowsAffected() == 0 {
				return ErrEnded
			}
			_, err = tx.Exec(ctx, "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)", fresh, notNull(b), expiry)
			return err
		})
	})
}

// Row returns the row of token, expired or not. Its place is the page of the table and the
// line on it: PostgreSQL writes every new version of a row to another one.
func (e *postgresEngine) Row(ctx context.Context, token string) (Row, bool, error) {
	if !storable(token) {
		return Row{}, false, nil
	}
	row := Row{Token: token}
	err := e.lend(ctx, func(ctx context.Context, l *lane) error {
		const query = "SELECT data, " + finiteExpiry + ", 'table sessions, ctid ' || ctid, expiry::text FROM sessions WHERE token = $1"
		return l.pool.QueryRow(ctx, query, token).Scan(&row.Data, &row.Expiry, &row.Place, &row.Clock)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Row{}, false, nil
	}
	if err != nil {
		return Row{}, false, err
	}
	row.Size = len(row.Data)
	return row, true, nil
}

// Rows returns the rows that live longest, and how many rows there are. The count reads an
// index or the table, but not the data, which is the larger part.
func (e *postgresEngine) Rows(ctx context.Context, limit int) (list []Row, total int, err error) {
	err = e.lend(ctx, func(ctx context.Context, l *lane) error {
		rows, err := l.pool.Query(ctx, `SELECT token, octet_length(data), `+finiteExpiry+`, (SELECT count(*) FROM sessions)
FROM sessions ORDER BY expiry DESC LIMIT $1`, max(limit, 0))
		if err != nil {
			return err
		}
		var row Row
		_, err = pgx.ForEachRow(rows, []any{&row.Token, &row.Size, &row.Expiry, &total}, func() error {
			list = append(list, row)
			return nil
		})
		return err
	})
	return list, total, err
}

// Tokens goes through the table in the order of the tokens, from one batch to the next.
func (e *postgresEngine) Tokens(ctx context.Context, prefix string, f func(tokens []string) error) error {
	if !storable(prefix) {
		return nil
	}
	const query = `
SELECT token FROM sessions WHERE token > $1 AND starts_with(token, $2) ORDER BY token LIMIT $3`
	for after := ""; ; {
		var tokens []string
		err := e.lend(ctx, func(ctx context.Context, l *lane) error {
			rows, err := l.pool.Query(ctx, query, after, prefix, lookBatch)
			if err == nil {
				tokens, err = pgx.CollectRows(rows, pgx.RowTo[string])
			}
			return err
		})
		if err == nil && len(tokens) > 0 {
			err = f(tokens)
		}
		if err != nil || len(tokens) < lookBatch {
			return err
		}
		after = tokens[len(tokens)-1]
	}
}

// DeleteExpired removes the rows that expired before t. It also forgets the deleted tokens
// that no request can remember any more.
func (e *postgresEngine) DeleteExpired(ctx context.Context, t time.Time) (int, error) {
	// A row that somebody saves at this moment is left alone: it does not expire yet.
	removed, err := e.sweep(ctx, `DELETE FROM sessions WHERE token IN
(SELECT token FROM sessions WHERE expiry < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`, t)
	if err != nil {
		return removed, err
	}
	_, err = e.sweep(ctx, `DELETE FROM revoked WHERE token IN
(SELECT token FROM revoked WHERE until < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`, time.Now())
	return removed, err
}

// sweep runs query, a DELETE with a time and a limit, until it finds nothing to delete. It
// gives the lane back each time: whoever waits for one comes first.
func (e *postgresEngine) sweep(ctx context.Context, query string, t time.Time) (removed int, err error) {
	for {
		var n int
		err := e.lend(ctx, func(ctx context.Context, l *lane) error {
			deleted, err := l.pool.Exec(ctx, query, t, sweepBatch)
			n = int(deleted.RowsAffected())
			return err
		})
		if err != nil {
			return removed, err
		}
		removed += n
		if n < sweepBatch {
			return removed, nil
		}
	}
}

// Version returns a number made of PostgreSQL's snapshot: which transactions are over. Every
// commit moves it, whoever made it and in whichever database of the server.
func (e *postgresEngine) Version(ctx context.Context) (int64, error) {
	hash := fnv.New64a()
	err := e.lend(ctx, func(ctx context.Context, l *lane) error {
		var snapshot string
		err := l.pool.QueryRow(ctx, "SELECT pg_current_snapshot()::text").Scan(&snapshot)
		hash.Write([]byte(snapshot))
		return err
	})
	return int64(hash.Sum64()), err
}

// Stamps returns the stamps of the tokens that have a row. Large data lies beside the table, so it is not
// read.
func (e *postgresEngine) Stamps(ctx context.Context, tokens []string) (map[string]Stamp, error) {
	tokens = slices.DeleteFunc(slices.Clone(tokens), func(token string) bool { return !storable(token) })
	stamps := map[string]Stamp{}
	for batch := range slices.Chunk(tokens, lookBatch) {
		err := e.lend(ctx, func(ctx context.Context, l *lane) error { return l.stamp(ctx, batch, stamps) })
		if err != nil {
			return nil, err
		}
	}
	return stamps, nil
}

// stamp adds the stamps of tokens to stamps.
func (l *lane) stamp(ctx context.Context, tokens []string, stamps map[string]Stamp) error {
	// xmin is the transaction that wrote this version of the row.
	const query = "SELECT token, " + finiteExpiry + ", xmin::text::bigint FROM sessions WHERE token = ANY ($1)"
	rows, err := l.pool.Query(ctx, query, tokens)
	if err != nil {
		return err
	}
	var token string
	var expiry time.Time
	var written int64
	_, err = pgx.ForEachRow(rows, []any{&token, &expiry, &written}, func() error {
		stamps[token] = Stamp{Expiry: expiry.UnixMilli(), Sum: uint64(written)}
		return nil
	})
	return err
}

// Usage counts the rows and adds up their lengths with one statement. PostgreSQL knows the length of large
// data without reading it, and writers go on meanwhile.
func (e *postgresEngine) Usage(ctx context.Context) (u Usage, err error) {
	err = e.lend(ctx, func(ctx context.Context, l *lane) error {
		const query = "SELECT count(*), coalesce(sum(octet_length(data)), 0) FROM sessions"
		return l.pool.QueryRow(ctx, query).Scan(&u.Rows, &u.Bytes)
	})
	return u, err
}

// Again opens the database once more, over one connection. The tables are there.
func (e *postgresEngine) Again() (Engine, error) {
	config := e.config.Copy()
	config.MaxConns = 1
	return newPostgres(config)
}

// Forget deletes tokens from both tables in one transaction. The first delete leaves the marks that the
// second one takes away.
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
		const query = "SELECT 'fsync ' || current_setting('fsync') || ', synchronous_commit ' || current_setting('synchronous_commit')"
		return l.pool.QueryRow(ctx, query).Scan(&said)
	})
	return said, err
}

// Ping says whether the server answers and takes writes: a standby does not.
func (e *postgresEngine) Ping(ctx context.Context) error {
	return e.lend(ctx, func(ctx context.Context, l *lane) error {
		var readOnly bool
		err := l.pool.QueryRow(ctx, "SELECT current_setting('transaction_read_only')::bool").Scan(&readOnly)
		if err == nil && readOnly {
			return fmt.Errorf("%w: the server is read-only", ErrUnavailable)
		}
		return err
	})
}

// Close closes all connections.
func (e *postgresEngine) Close() error {
	for _, l := range e.all {
		l.pool.Close()
	}
	return nil
}

// Find is FindCtx without a context, as SCS's Store asks for.
func (e *postgresEngine) Find(token string) ([]byte, bool, error) {
	return e.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (e *postgresEngine) Commit(token string, b []byte, expiry time.Time) error {
	return e.CommitCtx(context.Background(), token, b, expiry)
}

// Delete is DeleteCtx without a context.
func (e *postgresEngine) Delete(token string) error {
	return e.DeleteCtx(context.Background(), token)
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

// TraceAcquireStart gives the wait for the connection the context of the operation.
func (l *lane) TraceAcquireStart(context.Context, *pgxpool.Pool, pgxpool.TraceAcquireStartData) context.Context {
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
	case "55P03", "57014", "40001", "40P01", "53300": // a lock, a timeout, other transactions, too many connections
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
