package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/scratch"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// storeTrial is what one store really did with a session.
type storeTrial struct {
	engine.Kind
	Err        string // why it took none; everything below is empty then
	Token      string // what the browser carries: the token, or the session itself
	Size       int    // bytes that the store keeps
	Place      string
	Said       []string // what the engine said to its store
	Start      string   // the beginning of what is kept, as text
	Replayed   bool     // after a flush, an old copy of the cookie still opened the session
	Remembered bool     // the store was closed and opened again, and still had the session
	// Persistence is what a server says of its own restart, which is not tried: others use it.
	Persistence string

	used []string // the tokens of the trial
}

// Kept is what the store keeps: nothing where the session is in the cookie.
func (t storeTrial) Kept() string {
	if t.InCookie {
		return "nothing"
	}
	return fmt.Sprintf("%d bytes", t.Size)
}

// comparison is what the experiment of this lesson finds out.
type comparison struct {
	Sample    bool // the visitor had no values: the notes' example was used
	Trials    []storeTrial
	Values    []serialized
	GobBytes  int
	JSONBytes int
}

// compared is what the experiment found out; nil in any other exchange.
func compared(detail *xray.Detail) *comparison {
	var c comparison
	if !detail.Decode("storage", &c) {
		return nil
	}
	return &c
}

// compareStores has several stores keep the same session: a copy of the visitor's
// values, or of the notes' example when there are none. Four stores are opened for this
// request alone and removed after it. Where the lab runs on a server, that one is tried
// too, under new tokens of which nothing is left. The visitor's own session is only
// read.
func (l *Lab) compareStores(ctx context.Context, _ url.Values) error {
	values := maps.Collect(l.values(ctx))
	c := comparison{Sample: entries(maps.Keys(values)) == 0}
	if c.Sample {
		values = map[string]any{"fname": "Aman", "lname": "Roy", "age": 31,
			"since": l.now().UTC().Truncate(time.Second)}
	}
	dir, remove, err := scratch.New()
	if err != nil {
		return fmt.Errorf("compare stores: %w", err)
	}
	defer remove()
	for _, url := range []string{
		"sqlite:" + filepath.Join(dir, "sessions.db"), "memory:",
		"file:" + filepath.Join(dir, "files"), "cookie:" + l.settings.CookieName,
	} {
		open := func() (engine.Engine, error) { return engine.Open(ctx, url, l.schema) }
		t, err := l.tryStore(ctx, open, values)
		if err != nil {
			return fmt.Errorf("compare stores: %w", err)
		}
		c.Trials = append(c.Trials, t)
	}
	if served, ok := l.engine.Engine.(engine.Served); ok {
		t, err := l.tryServer(ctx, served, values)
		if err != nil {
			return fmt.Errorf("compare stores: %w", err)
		}
		c.Trials = append(c.Trials, t)
	}
	expiry := l.now().Add(l.settings.CookieAge)
	c.Values, c.GobBytes, c.JSONBytes, err = compareSerializers(values, expiry)
	if err != nil {
		return fmt.Errorf("compare serializers: %w", err)
	}
	return xray.From(ctx).SetDetail("storage", c)
}

// tryServer is tryStore on the server that the lab runs on. Other people's sessions are there too, so it
// works under tokens of its own, and the server forgets them afterwards.
func (l *Lab) tryServer(
	ctx context.Context, server engine.Served, values map[string]any,
) (t storeTrial, err error) {
	if t, err = l.tryStore(ctx, server.Again, values); err == nil {
		t.Persistence, err = server.Persistence(ctx)
	}
	if len(t.used) > 0 {
		err = errors.Join(err, server.Forget(context.WithoutCancel(ctx), t.used...))
	}
	return t, err
}

// tryStore keeps a session in a store, flushes it and comes back with the old cookie;
// then it keeps it once more, closes the store, opens it again and looks whether it is
// there.
func (l *Lab) tryStore(
	ctx context.Context, open func() (engine.Engine, error), values map[string]any,
) (t storeTrial, err error) {
	eng, err := open()
	if err != nil {
		return t, err
	}
	defer func() { eng.Close() }()
	t.Kind = eng.Kind()

	expiry := l.now().Add(l.settings.CookieAge)
	data, err := xray.Codec.Encode(expiry, values)
	if err != nil {
		return t, err
	}
	if err = t.keep(ctx, eng, data, expiry); errors.Is(err, engine.ErrTooLarge) {
		t.Err = fmt.Sprintf("too large: %d bytes of data, signed and encoded, do not "+
			"fit into a cookie of %d bytes", len(data), engine.MaxCookie)
		return t, nil
	} else if err != nil {
		return t, err
	}
	if err := t.look(ctx, eng); err != nil {
		return t, err
	}
	if err := eng.DeleteCtx(ctx, t.Token); err != nil {
		return t, err
	}
	if _, t.Replayed, err = eng.FindCtx(ctx, t.Token); err != nil {
		return t, err
	}

	again := storeTrial{used: t.used}
	err = again.keep(ctx, eng, data, expiry)
	t.used = again.used
	if err != nil {
		return t, err
	}
	if err := eng.Close(); err != nil {
		return t, err
	}
	fresh, err := open()
	if err != nil {
		return t, err
	}
	eng = fresh
	_, t.Remembered, err = eng.FindCtx(ctx, again.Token)
	return t, err
}

// keep commits data under a new token, and notes what a browser would carry and what the engine said.
func (t *storeTrial) keep(ctx context.Context, eng engine.Engine, data []byte, expiry time.Time) error {
	token := newID()
	t.used = append(t.used, token)
	var log engine.Log
	if err := eng.CommitCtx(engine.WithLog(ctx, &log), token, data, expiry); err != nil {
		return err
	}
	for _, s := range log.Statements {
		t.Said = append(t.Said, s.Text)
	}
	t.Token = cmp.Or(log.Cookie, token)
	return nil
}

// look notes what the store keeps.
func (t *storeTrial) look(ctx context.Context, eng engine.Engine) error {
	row, _, err := eng.Row(ctx, t.Token)
	if err != nil {
		return err
	}
	t.Size, t.Place, t.Start = row.Size, row.Place, view.Readable(row.Data)
	if t.InCookie {
		t.Start = view.Unsigned(t.Token)
	}
	return nil
}

// storagePageData is the data of storage.html.
type storagePageData struct {
	scenePageData
	Running engine.Kind
	Served  bool // the lab runs on a server, which the experiment tries too
	Kinds   []engine.Kind
}

// Comparison is what the experiment found out; nil before it was run.
func (d storagePageData) Comparison() *comparison {
	if r := d.Card("storage").Result; r != nil {
		return compared(r.Detail)
	}
	return nil
}

func (l *Lab) storagePage(ctx context.Context, p *page) (any, error) {
	_, served := l.engine.Engine.(engine.Served)
	return storagePageData{scenePageData{p, ctx, l}, l.engine.Kind(), served, engine.Kinds}, nil
}

var storageLesson = &Lesson{
	Group: "Browser", Name: "storage", Short: "Storage",
	Title: "Where sessions live", Call: "SESSION_ENGINE", WithB: true,
	Django: `SESSION_ENGINE = 'django.contrib.sessions.backends.db'              # the default
SESSION_ENGINE = 'django.contrib.sessions.backends.cache'
SESSION_ENGINE = 'django.contrib.sessions.backends.cached_db'
SESSION_ENGINE = 'django.contrib.sessions.backends.file'
SESSION_ENGINE = 'django.contrib.sessions.backends.signed_cookies'`,
	Funcs: []string{"compareStores", "tryStore", "compareSerializers"},
	Curl:  []string{"-X POST BASE/storage/compare"},

	Cards: []Card{{
		ID: "storage", Paths: []string{"/storage/compare"}, Beside: "/storage/b#storage-b",
		Ask: "Several stores keep your session. You flush, and somebody comes back with a copy of the old " +
			"cookie. Which store still lets them in?",
		Options: []Option{
			{"memory", "Memory: a program forgets slowly"},
			{"file", "Files: the file is still somewhere on the disk"},
			{"cookie", "The signed cookie"},
			{"none", "None of them"},
		},
		Observe: whichStoreLetsThemIn, Headline: storageHeadline,
		Because: "The other stores have something to delete. A signed cookie is the session itself: the " +
			"server keeps nothing to take away. So every copy works until it expires.",
		Lacking: "Your values do not fit into a cookie, so that store was not tried. Delete the largest, " +
			"then compare again.",
		Onward: "A thief keeps a signed cookie until it expires.",
	}},
}

// whichStoreLetsThemIn judges a comparison in which every store could be tried.
func whichStoreLetsThemIn(r Run) string {
	c := compared(r.Record.Detail)
	if c == nil {
		return ""
	}
	for _, t := range c.Trials {
		if t.Err != "" {
			return "" // it could not be tried with so much data
		}
		if t.Replayed {
			return t.Name
		}
	}
	return "none"
}

func storageHeadline(r Run) string {
	c := compared(r.Record.Detail)
	if c == nil {
		return ""
	}
	var open []string
	for _, t := range c.Trials {
		if t.Replayed {
			open = append(open, strings.ToLower(t.Label))
		}
	}
	switch {
	case len(open) == 0:
		return "No old cookie works after flush, in the stores that could be tried."
	case len(open) == 1:
		return "Only the " + open[0] + " still works after flush."
	}
	return "Old cookies still work after flush: " + strings.Join(open, ", ") + "."
}
