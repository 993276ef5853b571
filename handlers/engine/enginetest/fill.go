package enginetest

import (
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	_ "modernc.org/sqlite"
)

// FillSQLite puts n sessions that end at expiry into the store at path, which is open elsewhere: random
// tokens, each with the 160 bytes or so that SCS keeps for two short values. It returns at most a thousand
// of the tokens, picked all over the table. It does not wait for the disk, and one transaction takes all.
func FillSQLite(t testing.TB, path string, n int, expiry time.Time) (tokens []string) {
	t.Helper()
	data, err := scs.GobCodec{}.Encode(expiry, map[string]any{"fname": "Aman", "course": "Web development"})
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)"+
		"&_pragma=synchronous(OFF)&_pragma=cache_size(-500000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	insert, err := tx.Prepare("INSERT INTO sessions VALUES (?, ?, julianday(?))")
	if err != nil {
		t.Fatal(err)
	}
	end := expiry.UTC().Format("2006-01-02T15:04:05.999")
	step := max(1, n/1000)
	for i := range n {
		token := randomToken()
		if _, err := insert.Exec(token, data, end); err != nil {
			t.Fatal(err)
		}
		if i%step == 0 {
			tokens = append(tokens, token)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return tokens
}

// randomToken returns a token like SCS's.
func randomToken() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
