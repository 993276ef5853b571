package e2e

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/gob"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
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
	t    testing.TB
	args []string
	url  string // as it prints it, such as http://127.0.0.1:40001
	file string // of the database
	db   *sql.DB
	log  log
	cmd  *exec.Cmd
	gone chan error
}

// startLab starts the program with a database of its own, or on the store that args name with -store,
// and stops it at the end of the test. Then its log is looked through: an error, a panic or a data race in the server fails the test.
func startLab(t testing.TB, args ...string) *lab {
	t.Helper()
	l := &lab{t: t, args: args, file: filepath.Join(t.TempDir(), "sessions.db")}
	l.start("127.0.0.1:0")
	var err error
	if l.db, err = sql.Open("sqlite", "file:"+l.file+"?_pragma=busy_timeout(10000)"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.db.Close()
		l.stop()
		for line := range strings.Lines(l.log.String()) {
			if serverTrouble.MatchString(line) {
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

var address = regexp.MustCompile(`https?://\S+`)

// start runs the program on addr and waits until it says that it is ready.
func (l *lab) start(addr string) {
	l.t.Helper()
	program, err := binary()
	if err != nil {
		l.t.Fatal(err)
	}
	args := append([]string{"-addr", addr}, l.args...)
	if !slices.Contains(args, "-store") {
		args = append(args, "-db", l.file)
	}
	l.cmd = exec.Command(program, args...)
	dieWithTest(l.cmd)
	l.cmd.Stderr = &l.log
	stdout, err := l.cmd.StdoutPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	if err := l.cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	url := ""
	for url == "" && lines.Scan() {
		url = address.FindString(lines.Text())
		fmt.Fprintln(&l.log, lines.Text())
	}
	if url != l.url { // after a restart it is the same, and open pages are reading it
		l.url = url
	}
	cmd, gone := l.cmd, make(chan error, 1)
	l.gone = gone
	go func() {
		for lines.Scan() {
			fmt.Fprintln(&l.log, lines.Text())
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
	if l.cmd == nil {
		return
	}
	cmd := l.cmd
	l.cmd = nil
	if runtime.GOOS == "windows" { // has no interrupt for another process
		cmd.Process.Kill()
		<-l.gone
		return
	}
	cmd.Process.Signal(os.Interrupt)
	select {
	case err := <-l.gone:
		if err != nil {
			l.t.Errorf("the program ended with %v", err)
		}
	case <-time.After(patience):
		cmd.Process.Kill()
		l.t.Errorf("the program did not stop: %v", <-l.gone)
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

// client is a visitor without a browser. It has a jar, and follows no redirect by itself.
type client struct {
	http.Client
	t testing.TB
	l *lab
}

func (l *lab) client(t testing.TB) *client {
	jar, _ := cookiejar.New(nil) // never fails
	return &client{http.Client{Jar: jar, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, t, l}
}

// get fetches a page and returns the answer and its body.
func (c *client) get(path string) (*http.Response, string) {
	c.t.Helper()
	return c.read(c.Get(c.l.url + path))
}

// post sends a form; fields are name and value in turn.
func (c *client) post(path string, fields ...string) (*http.Response, string) {
	c.t.Helper()
	var form []string
	for i := 0; i+1 < len(fields); i += 2 {
		form = append(form, url.QueryEscape(fields[i])+"="+url.QueryEscape(fields[i+1]))
	}
	return c.read(c.Post(c.l.url+path, "application/x-www-form-urlencoded", strings.NewReader(strings.Join(form, "&"))))
}

func (c *client) read(r *http.Response, err error) (*http.Response, string) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return r, string(body)
}

// token is the value of the client's session cookie.
func (c *client) token() string {
	u, _ := url.Parse(c.l.url)
	for _, cookie := range c.Jar.Cookies(u) {
		return cookie.Value
	}
	return ""
}

// hold gives the client a session cookie.
func (c *client) hold(token string) {
	u, _ := url.Parse(c.l.url)
	c.Jar.SetCookies(u, []*http.Cookie{{Name: "sessionname", Value: token, Path: "/"}})
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

// clearSessions runs the program's subcommand on the same file and returns what it prints.
func (l *lab) clearSessions() string {
	l.t.Helper()
	program, err := binary()
	if err != nil {
		l.t.Fatal(err)
	}
	out, err := exec.Command(program, "clearsessions", "-db", l.file).CombinedOutput()
	if err != nil {
		l.t.Fatalf("clearsessions: %v\n%s", err, out)
	}
	return string(bytes.TrimSpace(out))
}
