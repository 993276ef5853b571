package engine

import (
	"context"
	"encoding/json"
	"maps"
	"sync"
)

// sqliteEnds remembers when rows end. In a row the expiry stands behind the data: whoever asks for it of a
// large session makes SQLite walk through all its pages. So it is asked for once for each rowid, which every
// change of a row moves: see the schema. An index with the expiry in it would cost every save more.
type sqliteEnds struct {
	mu   sync.Mutex
	rows map[string]sqliteEnd // by token
}

type sqliteEnd struct {
	rowid  int64
	expiry int64 // Unix milliseconds
}

// maxEnds bounds what is remembered: more than there are watched sessions. Beyond it, it begins anew.
const maxEnds = 20_000

// split returns what is remembered of those rows that have kept their rowid, and the tokens of the others.
// What is remembered of a token without a row is forgotten.
func (e *sqliteEnds) split(
	tokens []string, rowids map[string]int64,
) (known map[string]sqliteEnd, moved []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	known = make(map[string]sqliteEnd, len(rowids))
	for _, token := range tokens {
		rowid, there := rowids[token]
		end, noted := e.rows[token]
		switch {
		case !there:
			delete(e.rows, token)
		case noted && end.rowid == rowid:
			known[token] = end
		default:
			moved = append(moved, token)
		}
	}
	return known, moved
}

// note remembers ends.
func (e *sqliteEnds) note(ends map[string]sqliteEnd) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.rows == nil || len(e.rows)+len(ends) > maxEnds {
		e.rows = map[string]sqliteEnd{}
	}
	maps.Copy(e.rows, ends)
}

// Stamps returns the stamps of the tokens that have a row. Of rows that did not change since they were last
// asked for it reads nothing but the index of the tokens, and data of none.
func (e *sqliteEngine) Stamps(ctx context.Context, tokens []string) (map[string]Stamp, error) {
	return stampsOf(ctx, tokens, func(batch []string, stamps map[string]Stamp) error {
		return e.lend(ctx, e.readers, func(c *connection) error { return e.stamp(c, batch, stamps) })
	})
}

// stamp adds the stamps of batch to stamps.
func (e *sqliteEngine) stamp(c *connection, batch []string, stamps map[string]Stamp) error {
	rowids, err := c.rowids(batch)
	if err != nil {
		return err
	}
	ends, moved := e.ends.split(batch, rowids)
	if len(moved) > 0 {
		fresh, err := c.ends(moved)
		if err != nil {
			return err
		}
		e.ends.note(fresh)
		maps.Copy(ends, fresh)
	}
	for token, end := range ends {
		stamps[token] = Stamp{Expiry: end.expiry, Sum: uint64(end.rowid)}
	}
	return nil
}

// rowids returns the rowids of the tokens that have a row. It reads the index of the tokens alone.
func (c *connection) rowids(tokens []string) (map[string]int64, error) {
	rowids := map[string]int64{}
	var token string
	var rowid int64
	err := c.each("SELECT token, rowid FROM sessions WHERE token IN (SELECT value FROM json_each(?))", tokens,
		func() { rowids[token] = rowid }, &token, &rowid)
	return rowids, err
}

// ends returns the rowids of the tokens that have a row, and when these end.
func (c *connection) ends(tokens []string) (map[string]sqliteEnd, error) {
	ends := map[string]sqliteEnd{}
	var token string
	var rowid int64
	var julian float64
	err := c.each(`SELECT token, rowid, CAST(expiry AS REAL) FROM sessions
WHERE token IN (SELECT value FROM json_each(?))`, tokens,
		func() { ends[token] = sqliteEnd{rowid, julianTime(julian).UnixMilli()} }, &token, &rowid, &julian)
	return ends, err
}

// each runs query with the list of tokens as JSON, and calls f for each row when it is scanned into dest.
func (c *connection) each(query string, tokens []string, f func(), dest ...any) error {
	list, err := json.Marshal(tokens)
	if err != nil {
		return err
	}
	rows, err := c.db.Query(query, string(list))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		f()
	}
	return rows.Err()
}
