package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// server is a Redis or PostgreSQL server that belongs to one test: on a free port of
// 127.0.0.1, with a temporary directory. It ends with the test, however that ends.
type server struct {
	addr    string
	dir     string
	command []string
	answers func(context.Context) error // nil once the server takes commands

	process *exec.Cmd
	alive   io.Closer // while it is open the server runs
}

// start starts the server and waits until it answers.
func (s *server) start(t testing.TB) {
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
	t.Cleanup(s.stop)
	err = eventually(func() error { return s.answers(t.Context()) })
	if err != nil {
		text, _ := os.ReadFile(log.Name())
		t.Fatalf("%s does not answer: %v\n%s", s.command[0], err, text)
	}
}

// stop ends the server and waits until it is gone. It does nothing the second time.
func (s *server) stop() {
	s.alive.Close()
	s.process.Wait()
}

// eventually calls f until it succeeds, and returns its last error after half a minute.
func eventually(f func() error) error {
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := f()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
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

// freePort returns a port of 127.0.0.1 on which nobody listens.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// newRedisServer starts a Redis server that keeps its data over a restart.
func newRedisServer(t testing.TB) *server {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		missing(t, "redis-server")
	}
	port := freePort(t)
	s := &server{addr: "127.0.0.1:" + port, dir: t.TempDir()}
	s.command = []string{program, "--bind", "127.0.0.1", "--port", port, "--dir", s.dir,
		"--databases", "1000", "--save", "", "--appendonly", "yes"}
	s.answers = func(ctx context.Context) error {
		client := redis.NewClient(&redis.Options{Addr: s.addr})
		defer client.Close()
		return client.Ping(ctx).Err()
	}
	s.start(t)
	return s
}

// redisStores starts a Redis server and returns where new stores are on it: in databases
// that nobody has used.
func redisStores(t testing.TB) func(testing.TB) string {
	s := newRedisServer(t)
	var used atomic.Int32
	return func(testing.TB) string {
		return fmt.Sprintf("redis://%s/%d", s.addr, used.Add(1))
	}
}

// newPostgresServer makes a PostgreSQL cluster and starts its server. A durable one waits
// for the disk at each commit, as servers do that are not for a test.
func newPostgresServer(t testing.TB, durable bool) *server {
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

	port := freePort(t)
	s := &server{addr: "127.0.0.1:" + port, dir: dir}
	s.command = append(prefix, filepath.Join(programs, "postgres"), "-D", data, "-p", port,
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync="+strconv.FormatBool(durable))
	s.answers = func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, s.postgresURL())
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	}
	s.start(t)
	return s
}

func (s *server) postgresURL() string {
	return "postgres://sessionlab@" + s.addr + "/postgres?sslmode=disable"
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

// postgresStores starts a PostgreSQL server and returns where new stores are on it: in
// schemas of their own.
func postgresStores(t testing.TB, durable bool) func(testing.TB) string {
	s := newPostgresServer(t, durable)
	var used atomic.Int32
	return func(t testing.TB) string {
		t.Helper()
		name := fmt.Sprintf("test%d", used.Add(1))
		conn := postgresClient(t, s.postgresURL())
		if _, err := conn.Exec(t.Context(), "CREATE SCHEMA "+name); err != nil {
			t.Fatal(err)
		}
		return s.postgresURL() + "&search_path=" + name
	}
}

// postgresClient connects to the database at url, as psql would.
func postgresClient(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// testServerGoesAway stops and starts the server of s. Meanwhile every operation says that
// the store is not available; afterwards everything goes on.
func testServerGoesAway(t *testing.T, server *server, s subject) {
	token := s.put(t, newToken(), "data", inAnHour())
	ended := s.put(t, newToken(), "data", inAnHour())
	s.end(t, ended)
	server.stop()
	wantUnavailable(t, s, token)
	server.start(t)
	if err := eventually(func() error { return s.Ping(t.Context()) }); err != nil {
		t.Fatalf("after the return of the server: %v", err)
	}
	// Each of the engine's connections may notice only when it is used.
	err := eventually(func() error {
		_, _, err := s.FindCtx(t.Context(), token)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.wantFound(t, token, "data")
	s.put(t, token, "again", inAnHour())
	s.wantEnded(t, ended)
}

// wantUnavailable checks that every operation of s fails because of the store.
func wantUnavailable(t *testing.T, s subject, token string) {
	t.Helper()
	ctx := t.Context()
	for name, f := range map[string]func() error{
		"find":   func() error { _, _, err := s.FindCtx(ctx, token); return err },
		"commit": func() error { _, err := s.tryPut(token, "more", inAnHour()); return err },
		"delete": func() error { return s.DeleteCtx(ctx, token) },
		"cycle":  func() error { return s.Cycle(ctx, token, newToken(), []byte("data"), inAnHour()) },
		"row":    func() error { _, _, err := s.Row(ctx, token); return err },
		"rows":   func() error { _, _, err := s.Rows(ctx, 10); return err },
		"sweep":  func() error { _, err := s.DeleteExpired(ctx, time.Now()); return err },
		"stamps": func() error { _, err := s.Stamps(ctx, []string{token}); return err },
		"ping":   func() error { return s.Ping(ctx) },
	} {
		if err := f(); !errors.Is(err, ErrUnavailable) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want %v in one line", name, err, ErrUnavailable)
		}
	}
}
