package handlers

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// testLab is the whole site on a real SQLite file, behind a real server.
type testLab struct {
	*Lab
	t     *testing.T
	url   string
	store string // as for -store
	file  string // of the database; empty on another engine than SQLite
	log   *lockedBuffer
}

// lockedBuffer keeps what the lab logs.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// patience is how long a test waits for what must come. It is no measure of speed.
const patience = 30 * time.Second

// until waits for cond.
func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func newLab(t *testing.T) *testLab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sessions.db")
	tl := newLabOn(t, "sqlite:"+file)
	tl.file = file
	return tl
}

// prototypes are labs as New makes them, by the kind of the engine. Parsing the templates takes longer than
// most tests do, so the labs of all have the same ones. They show the settings of the prototype.
var prototypes = struct {
	sync.Mutex
	of map[string]*Lab
}{of: map[string]*Lab{}}

func prototype(t *testing.T, eng engine.Engine) *Lab {
	t.Helper()
	prototypes.Lock()
	defer prototypes.Unlock()
	kind := eng.Kind().Name
	if prototypes.of[kind] == nil {
		settings := Settings{CookieName: "sessionname", CookieAge: 400 * time.Second}
		l, err := New(os.DirFS(".."), eng, settings, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		prototypes.of[kind] = l
	}
	return prototypes.of[kind]
}

// ownPages gives the lab templates of its own, which show its own settings.
func (tl *testLab) ownPages() { tl.use(os.DirFS("..")) }

// newLabOn is the whole site on the store of url.
func newLabOn(t *testing.T, url string) *testLab {
	t.Helper()
	schema, err := os.ReadFile("../sessions.db.sql")
	if err != nil {
		t.Fatal(err)
	}
	tl := &testLab{t: t, store: url, log: new(lockedBuffer)}
	eng, err := engine.Open(t.Context(), url, string(schema))
	if err != nil {
		t.Fatal(err)
	}
	of := prototype(t, eng)
	tl.Lab = withoutFiles(eng, of.settings, slog.New(slog.NewTextHandler(tl.log, nil)))
	tl.schema, tl.pages = of.schema, of.pages
	server := httptest.NewServer(tl.Handler())
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		eng.Close()
		// A finished test keeps what its cleanups refer to until all are finished, and there are hundreds.
		server.Config.Handler, tl.Lab = nil, nil
	})
	tl.url = server.URL
	return tl
}

// in is the lab for a subtest: what fails there fails the subtest.
func (tl *testLab) in(t *testing.T) *testLab {
	of := *tl
	of.t = t
	return &of
}

// watch runs the lab's watcher until the test ends.
func (tl *testLab) watch() {
	ctx, cancel := context.WithCancel(tl.t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { tl.watcher.Run(ctx) })
	tl.t.Cleanup(func() { cancel(); wg.Wait() })
}

// liveLab is a lab whose streams tell of a change at once. The returned function moves the lab's clock ahead.
func liveLab(t *testing.T) (tl *testLab, advance func(time.Duration)) {
	t.Helper()
	tl = newLab(t)
	var ahead atomic.Int64
	tl.now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	tl.eventPause = 0
	tl.watcher = xray.NewWatcher(tl.engine.Engine, 10*time.Millisecond, tl.Lab.log, tl.now)
	tl.watch()
	return tl, func(d time.Duration) { ahead.Add(int64(d)) }
}

// newClockLab returns a lab whose clock stands still, near the real time, and what it shows.
func newClockLab(t *testing.T) (*testLab, time.Time) {
	t.Helper()
	tl := newLab(t)
	now := time.Now().Truncate(time.Second).Add(250 * time.Millisecond)
	tl.at(now)
	return tl, now
}

func newCookieLab(t *testing.T) *testLab {
	t.Helper()
	return newLabOn(t, "cookie:sessionname")
}

// at sets the lab's clock. The store keeps its own, so rows do not expire by it.
func (tl *testLab) at(moment time.Time) { tl.Lab.now = func() time.Time { return moment } }

// clockAt puts the server's clock at a moment that only the test moves.
func (tl *testLab) clockAt(at time.Time) *testClock {
	c := new(testClock)
	c.ms.Store(at.UnixMilli())
	tl.Lab.now = func() time.Time { return time.UnixMilli(c.ms.Load()) }
	return c
}

type testClock struct{ ms atomic.Int64 }

func (c *testClock) forward(d time.Duration) { c.ms.Add(d.Milliseconds()) }

func (c *testClock) plus(d time.Duration) time.Time {
	return time.UnixMilli(c.ms.Load()).Add(d).UTC()
}

// later moves the lab's clock forward, so that a save would be seen in the row's expiry.
func (tl *testLab) later(d time.Duration) {
	now := tl.Lab.now()
	tl.Lab.now = func() time.Time { return now.Add(d) }
}

// near reports whether two moments are the same for SQLite, whose Julian days are about a millisecond
// exact.
func near(a, b time.Time) bool { return a.Sub(b).Abs() <= 2*time.Millisecond }

// useEngine puts eng in the place of the lab's own, for everything.
func (tl *testLab) useEngine(eng engine.Engine) {
	tl.engine.Engine = eng
	tl.saveTo(eng)
}

// saveTo has sessions loaded from eng and saved to it. Pages still look at the store itself.
func (tl *testLab) saveTo(eng engine.Engine) {
	tl.sessions.Store = heldBack{Recorder: xray.Recorder{Engine: eng}}
}

// sql runs a statement on a connection of its own, as the sqlite3 shell would, and returns the
// number of rows that it changed.
func (tl *testLab) sql(statement string, args ...any) int64 {
	tl.t.Helper()
	db, err := sql.Open("sqlite", "file:"+tl.file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		tl.t.Fatal(err)
	}
	defer db.Close()
	res, err := db.Exec(statement, args...)
	if err != nil {
		tl.t.Fatalf("%s: %v", statement, err)
	}
	n, _ := res.RowsAffected()
	return n
}

// expire lets every row that has this token expire a minute ago, by the store's own clock.
func (tl *testLab) expire(token string) {
	tl.t.Helper()
	if n := tl.sql("UPDATE sessions SET expiry = julianday('now', '-1 minute') WHERE token = ?", token); n != 1 {
		tl.t.Fatalf("expired %d rows, want 1", n)
	}
}

// lock takes the database's write lock from outside, as a program does that is stuck in a transaction.
func (tl *testLab) lock() (release func()) {
	tl.t.Helper()
	db, err := sql.Open("sqlite", "file:"+tl.file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		tl.t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("BEGIN IMMEDIATE"); err != nil {
		tl.t.Fatal(err)
	}
	release = sync.OnceFunc(func() { db.Close() })
	tl.t.Cleanup(release)
	return release
}

// rows counts the rows of the sessions table.
func (tl *testLab) rows() int {
	tl.t.Helper()
	_, total, err := tl.engine.Rows(tl.t.Context(), 1)
	if err != nil {
		tl.t.Fatal(err)
	}
	return total
}

// This file tests the rules of load and save, over every address of the site.

// rawRow is a row as another program sees it.
type rawRow struct {
	token, data string
	julian      float64
}

// raw returns all rows, straight from the table.
func (tl *testLab) raw() []rawRow {
	tl.t.Helper()
	rows, _, err := tl.engine.Rows(tl.t.Context(), 1000)
	if err != nil {
		tl.t.Fatal(err)
	}
	var list []rawRow
	for _, r := range rows {
		row, ok, err := tl.engine.Row(tl.t.Context(), r.Token)
		if err != nil || !ok {
			tl.t.Fatalf("row %s: %v", r.Token, err)
		}
		list = append(list, rawRow{row.Token, string(row.Data), row.Julian})
	}
	return list
}

// holding returns a visitor whose session holds values that no form may have sent.
func (tl *testLab) holding(values map[string]any) *visitor {
	tl.t.Helper()
	token, expiry := newID(), time.Now().Add(time.Hour)
	data, err := xray.Codec.Encode(expiry, values)
	if err != nil {
		tl.t.Fatal(err)
	}
	if err := tl.engine.CommitCtx(tl.t.Context(), token, data, expiry); err != nil {
		tl.t.Fatal(err)
	}
	v := tl.visitor()
	v.setToken(token)
	return v
}

// addresses returns every path of the site that answers a method, read off the router itself. The
// static files stand for themselves with one of them.
func (tl *testLab) addresses(method string) []string {
	tl.t.Helper()
	var paths []string
	err := chi.Walk(tl.Handler().(chi.Routes),
		func(m, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
			if m == method {
				if strings.HasSuffix(route, "/*") {
					css, err := tl.pages.Asset("lab.css")
					if err != nil {
						return err
					}
					route = css
				}
				paths = append(paths, route)
			}
			return nil
		})
	if err != nil {
		tl.t.Fatal(err)
	}
	return paths
}

// paths lists the site's routes of one method, the stream and static files left out.
func (tl *testLab) paths(method string) (list []string) {
	tl.t.Helper()
	err := chi.Walk(tl.Handler().(chi.Routes),
		func(m, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
			if m == method && path != "/internals/events" && !strings.Contains(path, "*") {
				list = append(list, path)
			}
			return nil
		})
	if err != nil || len(list) == 0 {
		tl.t.Fatalf("routes: %v", err)
	}
	return list
}
