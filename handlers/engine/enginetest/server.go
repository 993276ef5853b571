// Package enginetest has what tests and the tools of e2e need around a store. It starts servers, Redis and
// PostgreSQL and others, for real: on a free port of 127.0.0.1, with a directory of their own, until the test
// or the tool ends. It makes empty stores ready for each engine, fills one with many rows, and waits for what
// must come.
package enginetest

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

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// Server is a server of one program or test: on a free port of 127.0.0.1, with a directory of its own. It
// ends with that program, however that ends.
type Server struct {
	Addr    string
	URL     string // for -store
	log     string // file of its output
	command []string
	answers func(context.Context) error // nil once the server takes commands

	process *exec.Cmd
	alive   io.Closer // while it is open the server runs
}

// errMissing says that a server is not installed.
var errMissing = errors.New("is not installed")

// Run starts the server and waits until it answers.
func (s *Server) Run(ctx context.Context) error {
	log, err := os.Create(s.log)
	if err != nil {
		return err
	}
	defer log.Close()
	// The shell waits for the end of its input and then stops the server. That comes with Stop, but also
	// when this program is killed and cannot clean up.
	const watch = `"$@" </dev/null & read -r _; kill -INT $!; wait $!`
	s.process = exec.Command("sh", append([]string{"-c", watch, "sh"}, s.command...)...)
	s.process.Stdout, s.process.Stderr = log, log
	if s.alive, err = s.process.StdinPipe(); err != nil {
		return err
	}
	if err := s.process.Start(); err != nil {
		return err
	}
	err = Eventually(func() error {
		if ctx.Err() != nil {
			return nil
		}
		return s.answers(ctx)
	})
	if err = errors.Join(err, ctx.Err()); err != nil {
		s.Stop()
		text, _ := os.ReadFile(s.log)
		return fmt.Errorf("%s does not answer: %w\n%s", s.command[0], err, text)
	}
	return nil
}

// Stop ends the server and waits until it is gone. It does nothing the second time.
func (s *Server) Stop() {
	s.alive.Close()
	s.process.Wait()
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
}

// NewRedis returns a Redis server that keeps its data in dir over a restart, and its output in log.
func NewRedis(dir, log string) (*Server, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, fmt.Errorf("redis-server %w", errMissing)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &Server{Addr: "127.0.0.1:" + port, log: log}
	s.URL = "redis://" + s.Addr
	s.command = []string{program, "--bind", "127.0.0.1", "--port", port, "--dir", dir,
		"--databases", "1000", "--save", "", "--appendonly", "yes"}
	s.answers = func(ctx context.Context) error {
		client := redis.NewClient(&redis.Options{Addr: s.Addr})
		defer client.Close()
		return client.Ping(ctx).Err()
	}
	return s, nil
}

// NewPostgres makes a PostgreSQL cluster in dir and returns its server, whose output goes into log. A durable
// one waits for the disk at each commit, as by default.
func NewPostgres(ctx context.Context, dir, log string, durable bool) (*Server, error) {
	programs := postgresPrograms()
	if programs == "" {
		return nil, fmt.Errorf("postgresql %w", errMissing)
	}
	prefix, err := unprivileged(dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	initdb := append(slices.Clone(prefix), filepath.Join(programs, "initdb"),
		"-D", data, "-U", "sessionlab", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	cmd := exec.CommandContext(ctx, initdb[0], initdb[1:]...)
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, text)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &Server{Addr: "127.0.0.1:" + port, log: log}
	s.URL = "postgres://sessionlab@" + s.Addr + "/postgres?sslmode=disable"
	s.command = append(prefix, filepath.Join(programs, "postgres"), "-D", data, "-p", port,
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "fsync="+strconv.FormatBool(durable))
	s.answers = func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, s.URL)
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	}
	return s, nil
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
func unprivileged(dir string) ([]string, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	command := []string{"setpriv", "--reuid=" + u.Uid, "--regid=" + u.Gid, "--clear-groups", "--"}
	return command, os.Chown(dir, uid, gid)
}
