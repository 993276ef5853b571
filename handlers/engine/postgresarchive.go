package engine

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The statements that keep records. A trigger bounds how many there are: see postgresArchive.
const (
	// postgresCommit is that of pgxstore's Commit, which cannot say two things at once.
	postgresCommit = "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3) " +
		"ON CONFLICT (token) DO UPDATE SET data = EXCLUDED.data, expiry = EXCLUDED.expiry"
	postgresKeep = "INSERT INTO session_records (token, id, data, until) VALUES ($1, $2, $3, $4)"
	// By itself a record locks the session before it is kept, as a commit does.
	postgresKeepAlone = "WITH session AS (SELECT token FROM sessions WHERE token = $1 FOR UPDATE) " +
		"INSERT INTO session_records (token, id, data, until) SELECT token, $2, $3, $4 FROM session"
	postgresMove = "UPDATE session_records SET token = $2 WHERE token = $1"
)

func keepRecord(r Record) []any { return []any{r.Token, r.ID, notNull(r.Data), r.end()} }

// commitWith is pgxstore's Commit and the keeping of r in one batch: one round trip and one transaction.
func (l *lane) commitWith(ctx context.Context, r Record, token string, b []byte, expiry time.Time) error {
	var batch pgx.Batch
	batch.Queue(postgresCommit, token, b, expiry)
	batch.Queue(postgresKeep, keepRecord(r)...)
	return l.pool.SendBatch(ctx, &batch).Close()
}

// withoutArchive calls change, and when that fails because there is no archive that takes the record, plain,
// which does without: a record is not worth a session.
func withoutArchive(change, plain func() error) error {
	err := change()
	if cause, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch cause.Code[:2] {
		case "42", "22", "23": // what should be there is not, or may not be used; or the record is odd
			return plain()
		}
	}
	return err
}

// Keep locks the session and keeps r if it is there.
func (e *postgresEngine) Keep(ctx context.Context, r Record) error {
	if err := r.checkSize(); err != nil || !storable(r.Token) {
		return err
	}
	query := postgresKeepAlone
	if r.Token == "" {
		query = postgresKeep
	}
	return e.exec(ctx, query, keepRecord(r)...)
}

// exec runs one statement that changes something.
func (e *postgresEngine) exec(ctx context.Context, query string, args ...any) error {
	return e.lend(ctx, func(ctx context.Context, l *lane) error {
		_, err := l.pool.Exec(ctx, query, args...)
		return err
	})
}

// alive says in a statement about records that the session $1 has not expired.
const alive = "EXISTS (SELECT FROM sessions WHERE token = $1 AND expiry > now())"

// Records reads no data.
func (e *postgresEngine) Records(ctx context.Context, token string) (ids []string, err error) {
	if token == "" || !storable(token) {
		return nil, nil
	}
	err = e.lend(ctx, func(ctx context.Context, l *lane) error {
		const query = "SELECT id FROM session_records WHERE token = $1 AND until > now() AND " + alive +
			" ORDER BY n DESC LIMIT $2"
		rows, err := l.pool.Query(ctx, query, token, SessionRecords)
		if err == nil {
			ids, err = pgx.CollectRows(rows, pgx.RowTo[string])
		}
		return err
	})
	return ids, err
}

// RecordData finds the records among those of the session.
func (e *postgresEngine) RecordData(
	ctx context.Context, token string, ids []string,
) (found map[string][]byte, err error) {
	found, ids = map[string][]byte{}, storables(ids)
	if !storable(token) {
		return found, nil
	}
	err = e.lend(ctx, func(ctx context.Context, l *lane) error {
		const query = "SELECT id, data FROM session_records WHERE token = $1 AND id = ANY ($2)" +
			" AND until > now() AND ($1 = '' OR " + alive + ")"
		rows, err := l.pool.Query(ctx, query, token, ids)
		if err != nil {
			return err
		}
		var id string
		var data []byte
		_, err = pgx.ForEachRow(rows, []any{&id, &data}, func() error {
			found[id] = data
			return nil
		})
		return err
	})
	return found, err
}

// Note reads a row.
func (e *postgresEngine) Note(ctx context.Context, key string) (data []byte, found bool, err error) {
	if !storable(key) {
		return nil, false, nil
	}
	err = e.lend(ctx, func(ctx context.Context, l *lane) error {
		const query = "SELECT data FROM session_notes WHERE key = $1 AND until > now()"
		return l.pool.QueryRow(ctx, query, key).Scan(&data)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// SetNote writes a row.
func (e *postgresEngine) SetNote(ctx context.Context, key string, data []byte, until time.Time) error {
	if err := checkNote(data); err != nil {
		return err
	}
	return e.exec(ctx, "INSERT INTO session_notes (key, data, until) VALUES ($1, $2, $3) "+
		"ON CONFLICT (key) DO UPDATE SET data = EXCLUDED.data, until = EXCLUDED.until", key, notNull(data), until)
}

// DropNote deletes a row.
func (e *postgresEngine) DropNote(ctx context.Context, key string) error {
	if !storable(key) {
		return nil
	}
	return e.exec(ctx, "DELETE FROM session_notes WHERE key = $1", key)
}

// sweepArchive removes the records and the notes that have ended.
func (e *postgresEngine) sweepArchive(ctx context.Context) error {
	for _, query := range []string{
		`DELETE FROM session_records WHERE n IN
(SELECT n FROM session_records WHERE until < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`,
		`DELETE FROM session_notes WHERE key IN
(SELECT key FROM session_notes WHERE until < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`,
	} {
		if _, err := e.sweep(ctx, query, time.Now()); err != nil {
			return err
		}
	}
	return nil
}
