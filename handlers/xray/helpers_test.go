package xray

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/engine/enginetest"
)

// quiet is a log that nobody reads.
var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// What must come is waited for as in all tests.
const patience = enginetest.Patience

var until = enginetest.Until

// openStore opens the SQLite store at path, or a new one when path is empty.
func openStore(t *testing.T, path string) (eng engine.Engine, file string) {
	t.Helper()
	schema, err := os.ReadFile("../../sessions.db.sql")
	if err != nil {
		t.Fatal(err)
	}
	if path == "" {
		path = filepath.Join(t.TempDir(), "sessions.db")
	}
	eng, err = engine.Open(t.Context(), "sqlite:"+path, string(schema))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { eng.Close() })
	return eng, path
}

// outside opens a connection that has nothing to do with the engine.
func outside(t *testing.T, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// everything is the whole sessions table as text.
func everything(t *testing.T, file string) (all string) {
	t.Helper()
	const query = "SELECT group_concat(rowid || token || hex(data) || expiry, ',' ORDER BY rowid) FROM sessions"
	if err := outside(t, file).QueryRow(query).Scan(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// encoded are values as SCS keeps them.
func encoded(t *testing.T, values map[string]any) []byte {
	t.Helper()
	b, err := Codec.Encode(time.Now().Add(time.Hour), values)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// token returns a string that looks like a token and is recognized by name.
func token(name string) string { return name + strings.Repeat("x", 43-2*len(name)) + name }

func request(method, path string) *http.Request { return httptest.NewRequest(method, path, nil) }

// made is a completed exchange of the session of token.
func made(token string) *Exchange {
	x := NewExchange(request(http.MethodPost, "/set"), "", "", time.Now())
	x.Sent = token
	x.Token, x.Known = token, true
	return x
}

// ids are the ids of exchanges.
func ids(list []*Exchange) []string {
	var s []string
	for _, x := range list {
		s = append(s, x.ID)
	}
	return s
}

// flushed is an exchange that ended a session which held a secret, recorded as the engine does it.
func flushed(t *testing.T, eng engine.Engine, dead string) *Exchange {
	t.Helper()
	if err := eng.CommitCtx(t.Context(), dead, encoded(t, map[string]any{"pin": "S3CRET", "age": 31}),
		time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	x := NewExchange(request(http.MethodPost, "/flush"), "", "", time.Now())
	x.Sent = dead
	ctx := WithExchange(t.Context(), x)
	r := Recorder{eng}
	if _, found, err := r.FindCtx(ctx, dead); !found {
		t.Fatalf("not found: %v", err)
	}
	if err := r.DeleteCtx(ctx, dead); err != nil {
		t.Fatal(err)
	}
	x.Ended = true
	x.Close(http.StatusSeeOther, "/flush?exchange="+x.ID, &http.Cookie{Name: "sessionname", MaxAge: -1},
		time.Now())
	return x
}

var errBroken = errors.New("broken")

// failing is an engine in which everything goes wrong.
type failing struct{ engine.Engine }

func (failing) FindCtx(context.Context, string) ([]byte, bool, error) {
	return nil, false, errBroken
}

func (failing) CommitCtx(context.Context, string, []byte, time.Time) error     { return errBroken }
func (failing) Cycle(context.Context, string, string, []byte, time.Time) error { return errBroken }
func (failing) DeleteCtx(context.Context, string) error                        { return errBroken }
func (failing) DeleteExpired(context.Context, time.Time) (int, error)          { return 0, errBroken }
func (failing) Version(context.Context) (int64, error)                         { return 0, errBroken }

func (failing) Stamps(context.Context, []string) (map[string]engine.Stamp, error) {
	return nil, errBroken
}

func first(eng engine.Engine, _ string) engine.Engine { return eng }

// of is [Keeper.Of] of a history in memory, which has no errors; and so is get.
func of(h *History, token string) []*Exchange {
	list, _ := h.Of(context.Background(), token)
	return list
}

func get(h *History, id, token string) *Exchange {
	x, _ := h.Get(context.Background(), id, token)
	return x
}
