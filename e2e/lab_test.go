package e2e

import (
	"bufio"
	"database/sql"
	"encoding/gob"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	_ "modernc.org/sqlite"
)

// lab is the program, running as a process of its own.
type lab struct {
	t       testing.TB
	args    []string
	before  []string // the words of a command that starts it
	env     []string // beside the environment of the test
	url     string   // as it prints it, such as http://127.0.0.1:40001
	file    string   // of the database
	db      *sql.DB
	log     log // all that it printed
	printed log // that on stdout
	allowed []string
	built   func() (string, error) // the program
	cmd     *exec.Cmd
	gone    chan error
}

// startLab starts the program with a database of its own, or on the store that args name with -store,
// and stops it at the end of the test.
func startLab(t testing.TB, args ...string) *lab {
	t.Helper()
	l := newLab(t, filepath.Join(t.TempDir(), "sessions.db"), args...)
	l.start(anyPort)
	return l
}

// startPlain is startLab without the race detector, for tests that look at pages.
func startPlain(t testing.TB, args ...string) *lab {
	t.Helper()
	l := newLab(t, filepath.Join(t.TempDir(), "sessions.db"), args...)
	l.built = plainly
	l.start(anyPort)
	return l
}

// newLab returns the program with that database, not yet started. At the end of the test it is stopped, and
// its log looked through: an error, a panic or a data race in the server fails the test.
func newLab(t testing.TB, file string, args ...string) *lab {
	t.Helper()
	l := &lab{t: t, args: args, file: file, built: binary}
	var err error
	if l.db, err = sql.Open("sqlite", "file:"+l.file+"?_pragma=busy_timeout(10000)"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.db.Close()
		l.stop()
		for line := range strings.Lines(l.log.String()) {
			if serverTrouble.MatchString(line) && !l.allows(line) {
				t.Errorf("the server's log: %s", line)
			}
		}
		if t.Failed() {
			artifact(t, "server.log", []byte(l.log.String()))
		}
	})
	return l
}

var serverTrouble = regexp.MustCompile(`level=ERROR|DATA RACE|^panic:|^goroutine \d+ |^fatal error:`)

// allow says that the log may have errors with text.
func (l *lab) allow(text string) { l.allowed = append(l.allowed, text) }

func (l *lab) allows(line string) bool {
	return slices.ContainsFunc(l.allowed, func(text string) bool { return strings.Contains(line, text) })
}

var address = regexp.MustCompile(`https?://\S+`)

// anyPort is the address to start on where none is given.
const anyPort = "127.0.0.1:0"

// start runs the program on addr and waits until it says that it is ready.
func (l *lab) start(addr string) {
	l.t.Helper()
	args := append([]string{"-addr", addr}, l.args...)
	if !slices.Contains(args, "-store") {
		args = append(args, "-db", l.file)
	}
	l.cmd = programOf(l.t, l.built, l.before, args...)
	l.cmd.Env = append(l.cmd.Environ(), l.env...)
	l.cmd.Stderr = &l.log
	stdout, err := l.cmd.StdoutPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	if err := l.cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	lines := bufio.NewScanner(io.TeeReader(stdout, io.MultiWriter(&l.log, &l.printed)))
	url := ""
	for url == "" && lines.Scan() {
		url = address.FindString(lines.Text())
	}
	if url != l.url { // after a restart it is the same, and open pages are reading it
		l.url = url
	}
	cmd, gone := l.cmd, make(chan error, 1)
	l.gone = gone
	go func() {
		for lines.Scan() {
		}
		gone <- cmd.Wait()
		close(gone)
	}()
	if url == "" {
		l.t.Fatalf("the program ended without an address: %v\n%s", <-l.gone, l.log.String())
	}
}

// stop asks the program to end, as Ctrl-C would, and expects that it does, with status 0.
func (l *lab) stop() {
	l.t.Helper()
	switch {
	case l.cmd == nil:
	case runtime.GOOS == "windows": // has no interrupt for another process
		l.kill()
	default:
		l.cmd.Process.Signal(os.Interrupt)
		if status := l.ended(); status != 0 {
			l.t.Errorf("the program ended with status %d", status)
		}
	}
}

// ended waits until the program has ended and returns its exit status.
func (l *lab) ended() int {
	l.t.Helper()
	cmd := l.cmd
	select {
	case <-l.gone:
	case <-time.After(patience):
		l.kill()
		l.t.Error("the program did not end")
	}
	l.cmd = nil
	return cmd.ProcessState.ExitCode()
}

// kill ends the program as a power cut would, and waits until it has.
func (l *lab) kill() {
	cmd := l.cmd
	l.cmd = nil
	cmd.Process.Kill()
	<-l.gone
}

// signal sends sig.
func (l *lab) signal(sig os.Signal) {
	l.t.Helper()
	if runtime.GOOS == "windows" {
		l.t.Skip("Windows has no signals to send")
	}
	if err := l.cmd.Process.Signal(sig); err != nil {
		l.t.Fatal(err)
	}
}

// row is a row of the sessions table, decoded without any help from the program.
type row struct {
	token    string
	values   map[string]any
	deadline time.Time // inside the blob
	expiry   time.Time // the column
}

func init() {
	gob.Register(time.Time{})
	gob.Register([]string{})
	gob.Register(map[string]int{})
}

// rows reads the sessions table.
func (l *lab) rows() map[string]row {
	l.t.Helper()
	result, err := l.db.Query("SELECT token, data, (expiry - 2440587.5) * 86400 FROM sessions")
	if err != nil {
		l.t.Fatal(err)
	}
	defer result.Close()
	rows := map[string]row{}
	for result.Next() {
		var r row
		var data []byte
		var seconds float64
		if err := result.Scan(&r.token, &data, &seconds); err != nil {
			l.t.Fatal(err)
		}
		r.expiry = time.UnixMilli(int64(seconds*1000 + 0.5))
		if r.deadline, r.values, err = (scs.GobCodec{}).Decode(data); err != nil {
			l.t.Fatalf("row %s: %v", r.token, err)
		}
		rows[r.token] = r
	}
	if err := result.Err(); err != nil {
		l.t.Fatal(err)
	}
	return rows
}

// exec changes the database behind the program's back, as the sqlite3 shell would.
func (l *lab) exec(statement string, args ...any) {
	l.t.Helper()
	if _, err := l.db.Exec(statement, args...); err != nil {
		l.t.Fatalf("%s: %v", statement, err)
	}
}

// holds checks that the table has exactly one row, with that token and these values.
func (l *lab) holds(token string, values map[string]any) row {
	l.t.Helper()
	rows := l.rows()
	r, ok := rows[token]
	if len(rows) != 1 || !ok {
		l.t.Fatalf("the table has %d rows, and one of them with the token %q: %v", len(rows), token, ok)
	}
	if len(values) == 0 {
		values = map[string]any{}
	}
	if !reflect.DeepEqual(r.values, values) {
		l.t.Errorf("the row holds %#v, not %#v", r.values, values)
	}
	return r
}

// empty checks that the table has no row.
func (l *lab) empty() {
	l.t.Helper()
	if rows := l.rows(); len(rows) != 0 {
		l.t.Errorf("the table has %d rows, not none", len(rows))
	}
}

// clearSessions runs the program's command on the same file and returns what it prints.
func (l *lab) clearSessions() string {
	l.t.Helper()
	return strings.TrimSpace(mustRun(l.t, "clearsessions", "-db", l.file))
}
