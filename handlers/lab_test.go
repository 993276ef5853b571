package handlers

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/engine/enginetest"
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

// What must come is waited for as in all tests.
const patience = enginetest.Patience

var until = enginetest.Until

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

// exchanges are those that are kept of the session of token, the latest first.
func (tl *testLab) exchanges(token string) []*xray.Exchange {
	tl.t.Helper()
	list, err := tl.history.Of(tl.t.Context(), token)
	if err != nil {
		tl.t.Fatal(err)
	}
	return list
}

// exchange is the one of that id if the holder of token may see it; nil if not.
func (tl *testLab) exchange(id, token string) *xray.Exchange {
	tl.t.Helper()
	x, err := tl.history.Get(tl.t.Context(), id, token)
	if err != nil {
		tl.t.Fatal(err)
	}
	return x
}

// keep files x as one that a request has completed.
func (tl *testLab) keep(x *xray.Exchange) {
	tl.t.Helper()
	if err := tl.history.Add(tl.t.Context(), x); err != nil {
		tl.t.Fatal(err)
	}
}
