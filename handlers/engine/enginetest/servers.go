// Package enginetest starts the servers that tests need, Redis and PostgreSQL and others, for real: on a free
// port of 127.0.0.1, with a directory of their own, until the test ends.
package enginetest

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// Server is a server that belongs to one test: on a free port of 127.0.0.1, with a temporary directory. It
// ends with the test, however that ends.
type Server struct {
	Addr    string
	dir     string
	command []string
	answers func(context.Context) error // nil once the server takes commands

	process *exec.Cmd
	alive   io.Closer // while it is open the server runs
}

// Launch starts command, which runs a server in the foreground, and waits until answers has no error. Its
// output goes into dir.
func Launch(t testing.TB, dir string, command []string, answers func(context.Context) error) *Server {
	t.Helper()
	s := &Server{dir: dir, command: command, answers: answers}
	s.Start(t)
	return s
}

// Start starts the server and waits until it answers.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	log, err := os.Create(filepath.Join(s.dir, "test.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	// The shell waits for the end of its input and then stops the server. That comes when
	// the test closes the pipe, but also when the test is killed and cannot clean up.
	const watch = `"$@" </dev/null & read -r _; kill -INT $!; wait $!`
	s.process = exec.Command("sh", append([]string{"-c", watch, "sh"}, s.command...)...)
	s.process.Stdout, s.process.Stderr = log, log
	if s.alive, err = s.process.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	err = Eventually(func() error { return s.answers(t.Context()) })
	if err != nil {
		text, _ := os.ReadFile(log.Name())
		t.Fatalf("%s does not answer: %v\n%s", s.command[0], err, text)
	}
}

// Stop ends the server and waits until it is gone. It does nothing the second time.
func (s *Server) Stop() {
	s.alive.Close()
	s.process.Wait()
}

// missing skips the test that needs a server which is not installed. Where CI is set, every
// server must be there.
func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed", what)
	}
	t.Skipf("%s is not installed", what)
}

// FreePort returns a port of 127.0.0.1 on which nobody listens.
func FreePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// RedisServer starts a Redis server that keeps its data over a restart.
func RedisServer(t testing.TB) *Server {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		missing(t, "redis-server")
	}
	port := FreePort(t)
	s := &Server{Addr: "127.0.0.1:" + port, dir: t.TempDir()}
	s.command = []string{program, "--bind", "127.0.0.1", "--port", port, "--dir", s.dir,
		"--databases", "1000", "--save", "", "--appendonly", "yes"}
	s.answers = func(ctx context.Context) error {
		client := redis.NewClient(&redis.Options{Addr: s.Addr})
		defer client.Close()
		return client.Ping(ctx).Err()
	}
	s.Start(t)
	return s
}

// RedisStores starts a Redis server and returns where new stores are on it: in databases
// that nobody has used.
func RedisStores(t testing.TB) func(testing.TB) string {
	s := RedisServer(t)
	var used atomic.Int32
	return func(testing.TB) string {
		return fmt.Sprintf("redis://%s/%d", s.Addr, used.Add(1))
	}
}

// PostgresServer makes a PostgreSQL cluster and starts its server. A durable one waits
// for the disk at each commit, as servers do that are not for a test.
func PostgresServer(t testing.TB, durable bool) *Server {
	t.Helper()
	programs := postgresPrograms()
	if programs == "" {
		missing(t, "postgresql")
	}
	dir, err := os.MkdirTemp("", "sessionlab-postgres-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	prefix := unprivileged(t, dir)

	data := filepath.Join(dir, "data")
	initdb := append(slices.Clone(prefix), filepath.Join(programs, "initdb"),
		"-D", data, "-U", "sessionlab", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	cmd := exec.Command(initdb[0], initdb[1:]...)
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, text)
	}

	port := FreePort(t)
	s := &Server{Addr: "127.0.0.1:" + port, dir: dir}
	s.command = append(prefix, filepath.Join(programs, "postgres"), "-D", data, "-p", port,
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "fsync="+strconv.FormatBool(durable))
	s.answers = func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, s.URL())
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	}
	s.Start(t)
	return s
}

// URL is the address of a PostgreSQL server, for -store.
func (s *Server) URL() string {
	return "postgres://sessionlab@" + s.Addr + "/postgres?sslmode=disable"
}

// postgresPrograms returns the directory with PostgreSQL's programs, "" if there is none.
// Debian does not put it into PATH.
func postgresPrograms() string {
	if program, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(program)
	}
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(dirs) == 0 {
		return ""
	}
	return dirs[len(dirs)-1]
}

// unprivileged gives dir to the user that PostgreSQL runs as and returns the command that
// becomes that user: PostgreSQL does not run as root.
func unprivileged(t testing.TB, dir string) []string {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return []string{"setpriv", "--reuid=" + u.Uid, "--regid=" + u.Gid, "--clear-groups", "--"}
}

// PostgresStores starts a PostgreSQL server and returns where new stores are on it: in
// schemas of their own.
func PostgresStores(t testing.TB, durable bool) func(testing.TB) string {
	s := PostgresServer(t, durable)
	var used atomic.Int32
	return func(t testing.TB) string {
		t.Helper()
		name := fmt.Sprintf("test%d", used.Add(1))
		conn := PostgresClient(t, s.URL())
		if _, err := conn.Exec(t.Context(), "CREATE SCHEMA "+name); err != nil {
			t.Fatal(err)
		}
		return s.URL() + "&search_path=" + name
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
