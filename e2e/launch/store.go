package launch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Store is where the sessions of one run are.
type Store struct {
	URL   string    // for -store
	files string    // its directory; "" where it has none of ours
	alive io.Closer // while it is open, the store's own server runs
	done  func()    // waits for that server
}

// OpenStore makes a fresh store of that kind below dir: sqlite, memory, file, cookie, redis or postgres. Of
// another text it is the URL: that store is used as it is. The caller closes it.
func OpenStore(ctx context.Context, kind, dir string) (*Store, error) {
	files := filepath.Join(dir, "store")
	if err := os.Mkdir(files, 0o711); err != nil {
		return nil, err
	}
	s := &Store{files: files}
	switch kind {
	case "sqlite":
		s.URL = "sqlite:" + filepath.Join(files, "sessions.db")
	case "file", "file:":
		s.URL = "file:" + filepath.Join(files, "sessions")
	case "memory", "memory:", "cookie", "cookie:":
		s.URL, s.files = strings.TrimSuffix(kind, ":")+":", ""
	case "redis":
		return s, s.startRedis(ctx)
	case "postgres":
		return s, s.startPostgres(ctx)
	default:
		s.URL, s.files = kind, ""
	}
	return s, nil
}

// Close ends the store's server, if it has one.
func (s *Store) Close() {
	if s.alive != nil {
		s.alive.Close()
		s.done()
	}
}

// Size is what the store takes on the disk in bytes, -1 where nobody knows.
func (s *Store) Size() (n int64) {
	if s.files == "" {
		return -1
	}
	_ = filepath.WalkDir(s.files, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil { // it may be gone by now
				n += info.Size()
			}
		}
		return nil
	})
	return n
}

func (s *Store) startRedis(ctx context.Context) error {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	s.URL = "redis://127.0.0.1:" + port
	return s.start(ctx, port, "Ready to accept", program, "--bind", "127.0.0.1", "--port", port,
		"--dir", s.files, "--save", "", "--appendonly", "yes")
}

// startPostgres makes a cluster and starts its server. It waits for the disk at each commit, as by default.
func (s *Store) startPostgres(ctx context.Context) error {
	programs := postgresPrograms()
	if programs == "" {
		return errors.New("postgres is not installed")
	}
	prefix, err := unprivileged(s.files)
	if err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	data := filepath.Join(s.files, "data")
	initdb := append(slices.Clone(prefix), filepath.Join(programs, "initdb"), "-D", data, "-U", "sessionlab",
		"-A", "trust", "-E", "UTF8", "--locale=C")
	cmd := exec.CommandContext(ctx, initdb[0], initdb[1:]...)
	cmd.Dir = s.files
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, text)
	}
	s.URL = "postgres://sessionlab@127.0.0.1:" + port + "/postgres?sslmode=disable"
	server := append(prefix, filepath.Join(programs, "postgres"), "-D", data, "-p", port,
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=")
	return s.start(ctx, port, "ready to accept", server...)
}

// start starts the store's server and waits until its log says that it is ready. The shell stops the server
// at the end of its own input: that comes with close, and also when this program is killed.
func (s *Store) start(ctx context.Context, port, ready string, command ...string) error {
	log, err := os.Create(filepath.Join(filepath.Dir(s.files), "server.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	const watch = `"$@" </dev/null & read -r _; kill -INT $!; wait $!`
	cmd := exec.Command("sh", append([]string{"-c", watch, "sh"}, command...)...)
	cmd.Stdout, cmd.Stderr = log, log
	if s.alive, err = cmd.StdinPipe(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.done = func() { _ = cmd.Wait() } // the signal is what ended it
	for range 300 {
		text, _ := os.ReadFile(log.Name())
		if strings.Contains(string(text), ready) {
			return nil
		}
		if ctx.Err() != nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.Close()
	return fmt.Errorf("%s does not answer on port %s", command[0], port)
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
}

// postgresPrograms is the directory of PostgreSQL's programs, "" without one. Debian does not put it into
// PATH.
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

// unprivileged gives dir to the user that PostgreSQL runs as and returns the command that becomes that user:
// PostgreSQL does not run as root.
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
