package handlers

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/limits"
	"sessionlab/handlers/notebook"
	"sessionlab/handlers/pages"
	"sessionlab/handlers/scenario"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// Lab is what the handlers share.
type Lab struct {
	settings Settings
	schema   string // of SQLite, for the stores that the storage lesson opens
	engine   xray.Recorder
	sessions *scs.SessionManager
	// strangers are the sessions that the lab makes for requests without a cookie.
	strangers *scs.SessionManager
	history   xray.Keeper
	// notebooks are those of the people at the browsers, beside their sessions.
	notebooks *notebook.Notebooks
	watcher   *xray.Watcher
	pages     *pages.Site
	readings  map[string]reading     // what each lesson's page has of its own
	alike     func(a, b string) bool // whether a person would take two tokens for each other
	log       *slog.Logger

	room      *limits.Room
	reading   *limits.Turns
	saving    *limits.Turns
	comparing *limits.Turns
	benches   *limits.Turns // experiments with SCS by itself
	scenes    *limits.Turns // experiments with several browsers
	queues    *scenario.Lines
	scenery   *scenario.Stage
	viewing   *limits.Turns
	large     *limits.Turns
	bodies    *limits.Bytes // bytes of larger forms under way
	answers   *limits.Bytes // bytes of larger answers under way

	streams     *limits.Places     // open ones
	streamsNew  *limits.Places     // those among them that have no live session
	streamsFrom *limits.PerAddress // those of each address
	closing     chan struct{}      // closed when the streams have to end
	closeOnce   sync.Once

	formWait   time.Duration // how long a form may take to arrive
	pageWait   time.Duration // how long a request may take until its answer was sent, the form included
	answerWait time.Duration // how long a small answer may take to be sent
	eventWait  time.Duration // how long an event may take to be sent
	eventPause time.Duration // the least time between two events of a stream
	heartbeat  time.Duration // between two signs of life on a quiet stream

	now func() time.Time // every expiry is computed from it; the engines compare with their own clock
}

// Settings is how this server is set up. Where Django has a setting for it, the comment has its name.
type Settings struct {
	CookieName string        // SESSION_COOKIE_NAME
	CookieAge  time.Duration // SESSION_COOKIE_AGE, whole seconds
	Secure     bool          // SESSION_COOKIE_SECURE
	// SessionLife is how long a session lives at most, from its first save on, in whole seconds; 0 is no
	// bound. Django has no such setting.
	SessionLife time.Duration
	// Hosts are the names under which the lab answers, besides the loopback ones.
	Hosts []string
	// AnyIP accepts every IP address as Host too. It is for a workshop on a LAN: DNS
	// rebinding, which the Host check is against, needs a name.
	AnyIP bool
	// MaxSessions and MaxBytes bound what the store keeps, expired sessions too: rows, and bytes of
	// session data. 0 is no bound.
	MaxSessions int
	MaxBytes    int64
	// TrustedProxies are the networks whose X-Forwarded-For is believed. Without one, a visitor's address
	// is that of the connection.
	TrustedProxies limits.Proxies
	// Dev reads templates and static files anew for each request.
	Dev bool
}

// New returns the lab over eng. files holds the folders templates and static and the file
// sessions.db.sql. An error names what is missing, the template that cannot be parsed, or the lesson that is
// not whole and what it lacks. The caller closes eng.
func New(files fs.FS, eng engine.Engine, settings Settings, log *slog.Logger) (*Lab, error) {
	l := withoutFiles(eng, settings, log)
	schema, err := fs.ReadFile(files, "sessions.db.sql")
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	l.schema = string(schema)
	source, err := readSource()
	if err != nil {
		return nil, err
	}
	if err := l.check(files, source); err != nil {
		return nil, err
	}
	if l.pages, err = l.parsePages(files, source); err != nil {
		return nil, err
	}
	return l, nil
}

// withoutFiles is a lab that has read no files yet.
func withoutFiles(eng engine.Engine, settings Settings, log *slog.Logger) *Lab {
	l := &Lab{
		settings: settings,
		engine:   xray.Recorder{Engine: eng},
		sessions: scs.New(),
		history:  newHistory(eng),
		log:      log,
		closing:  make(chan struct{}),
		readings: map[string]reading{},
		alike:    view.Alike,
		now:      time.Now,

		reading:     limits.NewTurns(limits.MaxReading, limits.WaitForTurn, busyReading),
		saving:      limits.NewTurns(limits.MaxSaving, limits.WaitForTurn, busySaving),
		comparing:   limits.NewTurns(limits.MaxComparing, limits.WaitToCompare, busyComparing),
		benches:     limits.NewTurns(limits.MaxBenches, limits.WaitForTurn, busyBenches),
		scenes:      limits.NewTurns(limits.MaxScenes, limits.WaitForTurn, busyScenes),
		queues:      scenario.NewLines(limits.MaxInLine),
		scenery:     scenario.NewStage(settings.CookieName, settings.Secure, maySend...),
		viewing:     limits.NewTurns(limits.MaxViewing, limits.WaitToView, busyViewing),
		large:       limits.NewTurns(limits.MaxLarge, limits.WaitForTurn, busyLarge),
		bodies:      limits.NewBytes(limits.MaxBodies, limits.SmallBody, limits.WaitForTurn, tooManyBodies),
		answers:     limits.NewBytes(limits.MaxAnswers, limits.SmallAnswer, 0, tooManyAnswers),
		streams:     limits.NewPlaces(limits.MaxStreams),
		streamsNew:  limits.NewPlaces(limits.MaxStreamsNew),
		streamsFrom: limits.NewPerAddress(limits.MaxStreamsFrom),

		formWait:   limits.FormTime,
		pageWait:   limits.PageTime,
		answerWait: limits.AnswerTime,
		eventWait:  limits.AnswerTime,
		eventPause: limits.EventPause,
		heartbeat:  15 * time.Second,
	}
	l.notebooks = newNotebooks(eng, func() time.Time { return l.now() })
	l.room = limits.NewRoom(settings.MaxSessions, settings.MaxBytes, func() time.Time { return l.now() })
	l.watcher = xray.NewWatcher(eng, 100*time.Millisecond, log, func() time.Time { return l.now() })
	held := heldBack{Recorder: l.engine, wait: l.takeLarge}
	if !l.engine.Kind().InCookie {
		held.room = l.room
	}
	l.sessions.Store = held
	l.sessions.Codec = forgiving{xray.Codec, log}
	l.sessions.Lifetime = settings.CookieAge
	l.sessions.Cookie.Name = settings.CookieName
	l.sessions.Cookie.Secure = settings.Secure
	l.strangers = l.newStrangers()
	return l
}

// newHistory is where exchanges are kept: with the sessions, where several copies of the lab can share them,
// and in memory otherwise.
func newHistory(eng engine.Engine) xray.Keeper {
	if archive, ok := eng.(engine.Archive); ok {
		return xray.NewShared(archive, historyLimits)
	}
	return xray.NewHistory(historyLimits)
}

// CookiePrefix returns the one of the prefixes with which a cookie's name begins, "" without one. Browsers
// compare them without regard to case.
func CookiePrefix(name string, prefixes ...string) string {
	for _, prefix := range prefixes {
		if len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			return prefix
		}
	}
	return ""
}

// newNotebooks are notebooks in the store of sessions where it takes them, so that every copy of the lab
// finds them, and in memory elsewhere.
func newNotebooks(eng engine.Engine, now func() time.Time) *notebook.Notebooks {
	store, ok := eng.(notebook.Store)
	if !ok {
		store = notebook.NewMemory(notebookLimits, now)
	}
	return notebook.New(store, notebookLimits, now)
}

// startAnswer begins the time that a visitor has for taking an answer. An operation may have taken longer: a
// sweep of a large table does. An answer that goes to no connection, as in a test, has no deadline.
func (l *Lab) startAnswer(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(l.pageWait))
}
