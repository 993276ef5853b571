package enginetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Launch starts command, which runs a server in the foreground, and waits until answers has no error. Its
// output goes into dir.
func Launch(t testing.TB, dir string, command []string, answers func(context.Context) error) *Server {
	t.Helper()
	s := &Server{log: logIn(dir), command: command, answers: answers}
	s.Start(t)
	return s
}

func logIn(dir string) string { return filepath.Join(dir, "test.log") }

// Start starts the server for the length of the test, and waits until it answers.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
}

// started starts the server that was made without an error. The test is skipped when it is not installed;
// where CI is set, every server must be there.
func started(t testing.TB, s *Server, err error) *Server {
	t.Helper()
	if errors.Is(err, errMissing) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Start(t)
	return s
}

// FreePort returns a port of 127.0.0.1 on which nobody listens.
func FreePort(t testing.TB) string {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// RedisServer starts a Redis server that keeps its data over a restart.
func RedisServer(t testing.TB) *Server {
	t.Helper()
	dir := t.TempDir()
	s, err := NewRedis(dir, logIn(dir))
	return started(t, s, err)
}

// RedisStores starts a Redis server and returns where new stores are on it: in databases
// that nobody has used.
func RedisStores(t testing.TB) func(testing.TB) string {
	s := RedisServer(t)
	var used atomic.Int32
	return func(testing.TB) string {
		return fmt.Sprintf("%s/%d", s.URL, used.Add(1))
	}
}

// PostgresServer makes a PostgreSQL cluster and starts its server. A durable one waits
// for the disk at each commit, as servers do that are not for a test.
func PostgresServer(t testing.TB, durable bool) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "sessionlab-postgres-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s, err := NewPostgres(t.Context(), dir, logIn(dir), durable)
	return started(t, s, err)
}

// PostgresStores starts a PostgreSQL server and returns where new stores are on it: in
// schemas of their own.
func PostgresStores(t testing.TB, durable bool) func(testing.TB) string {
	s := PostgresServer(t, durable)
	var used atomic.Int32
	return func(t testing.TB) string {
		t.Helper()
		name := fmt.Sprintf("test%d", used.Add(1))
		conn := PostgresClient(t, s.URL)
		if _, err := conn.Exec(t.Context(), "CREATE SCHEMA "+name); err != nil {
			t.Fatal(err)
		}
		return s.URL + "&search_path=" + name
	}
}

// PostgresClient connects to the database at url, as psql would.
func PostgresClient(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}
