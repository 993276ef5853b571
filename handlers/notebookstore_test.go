package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/limits"
	"sessionlab/handlers/notebook"
	"sessionlab/handlers/xray"
)

// askedStore is a store of notebooks that counts, and fails where it is told to.
type askedStore struct {
	notebook.Store
	read, written, dropped int
	err                    error
}

func (s *askedStore) Note(ctx context.Context, key string) ([]byte, bool, error) {
	if s.read++; s.err != nil {
		return nil, false, s.err
	}
	return s.Store.Note(ctx, key)
}

func (s *askedStore) SetNote(ctx context.Context, key string, data []byte, until time.Time) error {
	if s.written++; s.err != nil {
		return s.err
	}
	return s.Store.SetNote(ctx, key, data, until)
}

func (s *askedStore) DropNote(ctx context.Context, key string) error {
	if s.dropped++; s.err != nil {
		return s.err
	}
	return s.Store.DropNote(ctx, key)
}

func (tl *testLab) askNotebooks() *askedStore {
	s := &askedStore{Store: notebook.NewMemory(notebookLimits, func() time.Time { return tl.now() })}
	tl.notebooks = notebook.New(s, notebookLimits, func() time.Time { return tl.now() })
	return s
}

// A read, a refused request and one without a notebook write nothing; a change, a new key and an end do.
func TestNotebook_IsWrittenWhenTheSessionChanges(t *testing.T) {
	t.Parallel()
	tl, _ := newClockLab(t)
	store, v := tl.askNotebooks(), tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	v.get("/items")
	if store.read+store.written+store.dropped != 0 {
		t.Errorf("without a notebook the store was asked: %+v", store)
	}
	moment := tl.now().Add(time.Hour).Format(time.RFC3339)
	for _, step := range []struct {
		method, path string
		fields       []string
		written      int
	}{
		{http.MethodPost, "/expiry", []string{"seconds", "300"}, 1},
		{http.MethodGet, "/items", nil, 0}, {http.MethodHead, "/items", nil, 0},
		{http.MethodGet, "/internals", nil, 0}, {http.MethodGet, "/expiry?ask=get_expiry_age", nil, 0},
		{http.MethodPost, "/pop", []string{"key", "absent"}, 0}, {http.MethodPost, "/set", nil, 0},
		{http.MethodPost, "/expiry", []string{"seconds", "many"}, 0}, {http.MethodPost, "/nosuchpage", nil, 0},
		{http.MethodPost, "/delete", []string{"key", "k"}, 1}, {http.MethodPost, "/cycle-key", nil, 1},
		{http.MethodPost, "/expiry", []string{"at", moment}, 1},
		{http.MethodPost, "/set", []string{"key", "a", "value", "b"}, 0}, // the end is where it was
		{http.MethodPost, "/flush", nil, 1}, {http.MethodPost, "/flush", nil, 0},
	} {
		tl.later(time.Second)
		before := store.written
		if step.method == http.MethodPost {
			v.post(step.path, step.fields...)
		} else if r, err := http.NewRequest(step.method, tl.url+step.path, nil); err == nil {
			v.do(r)
		}
		if got := store.written - before; got != step.written {
			t.Errorf("%s %s %v: written %d times, want %d", step.method, step.path, step.fields, got, step.written)
		}
	}
}

// Whatever befalls the notebooks, every lesson goes on, and the log says why the panel knows nothing.
func TestNotebook_StoreFails(t *testing.T) {
	t.Parallel()
	tl, _ := newClockLab(t)
	store, v := tl.askNotebooks(), tl.visitor()
	v.run("/expiry", "seconds", "3")
	store.err = errors.New("the notebooks are gone")
	v.run("/set", "key", "k", "value", "v")
	if a := tl.visitor().done("/expiry", "seconds", "3"); len(a.books()) != 0 {
		t.Errorf("a notebook that is not kept: Set-Cookie = %q", a.books())
	}
	v.put("sessionname", "")
	tl.later(time.Minute)
	if state, _, _, _ := v.get("/set").panel(t); !strings.HasPrefix(state, "No session.") {
		t.Errorf("the panel says %q", state)
	}
	if a := v.done("/flush", "notebook", "forget"); !slices.Equal(a.books(), []string{noBook}) {
		t.Errorf("start over: Set-Cookie = %q", a.books())
	}
	if n := strings.Count(tl.log.String(), "the notebooks are gone"); n != 4 {
		t.Errorf("%d lines in the log, want one for each failure", n)
	}
}

// One browser more than there is room for costs the notebook that was not used for longest.
func TestNotebooksAreBounded(t *testing.T) {
	t.Parallel()
	tl, _ := newClockLab(t)
	v, first := tl.visitor(), tl.visitor()
	first.run("/expiry", "seconds", "3")
	v.run("/expiry", "seconds", "300")
	h, session := tl.Handler(), v.token()
	more := func(i int) {
		address := fmt.Sprintf("10.0.0.%d", i/limits.NotebooksAtOnce) // which may begin no more
		from(h, address, http.MethodPost, "/expiry", "seconds=300", session)
	}
	for i := range limits.MaxNotebooks - 2 {
		more(i)
	}
	if _, ok := first.notebook(); !ok {
		t.Error("a notebook is gone while there is room")
	}
	more(limits.MaxNotebooks)
	if _, ok := v.notebook(); ok {
		t.Error("the one that was not used for longest is still there")
	}
	if _, ok := first.notebook(); !ok {
		t.Error("the one that was used just before is gone")
	}
	tl.later(limits.NotebookTime)
	if _, ok := first.notebook(); ok {
		t.Error("a notebook is there after 30 idle minutes")
	}
}

// Who leaves the cookie of the notebook out begins a new one each time, and so only at a rate: others keep
// theirs, and begin some. What needs no new one goes on.
func TestNewNotebooksHaveARate(t *testing.T) {
	t.Parallel()
	tl, _ := newClockLab(t)
	h := reachable(t, tl.Handler())
	begun := limits.Growth{Notebooks: limits.NotebooksAtOnce - 1}
	if err := tl.room.Admit(netip.MustParseAddr("10.0.0.1"), begun); err != nil {
		t.Fatal(err)
	}
	press := func(address, path, form string) answer {
		return from(h, address, http.MethodPost, path, form, "")
	}
	if a := press("10.0.0.1", "/two", "value=Ben"); a.Status != http.StatusSeeOther || len(a.books()) != 1 {
		t.Errorf("the last one of all at once = %d, %v", a.Status, a.Header)
	}
	rows := tl.rows()
	a := press("10.0.0.1", "/two", "value=Ben&predict=two:own")
	wantText(t, a.cardOf("two"), "Too fast", "Nothing was changed.", fmt.Sprint(limits.NotebooksAtOnce))
	if a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "1" || len(a.books()) != 0 ||
		tl.rows() != rows {
		t.Errorf("one more = %d, %v, and %d rows more", a.Status, a.Header, tl.rows()-rows)
	}
	a = press("10.0.0.1", "/expiry", "seconds=300")
	if a.Status != http.StatusSeeOther || len(a.books()) != 0 {
		t.Errorf("what needs none = %d, %v", a.Status, a.Header)
	}
	if a := press("10.0.0.2", "/two", "value=Ben"); a.Status != http.StatusSeeOther {
		t.Errorf("another address = %d", a.Status)
	}
	tl.later(time.Second)
	if a := press("10.0.0.1", "/two", "value=Ben"); a.Status != http.StatusSeeOther {
		t.Errorf("a second later = %d", a.Status)
	}
}

// checkNotebook is the life of a session by the store's own clock.
func checkNotebook(t *testing.T, tl *testLab, kind engine.Kind) {
	v := tl.visitor()
	v.run("/set", "key", "secretkey", "value", "secretvalue")
	v.run("/expiry", "seconds", "1")
	dead := v.token()
	n, ok := v.notebook()
	want := dead
	if kind.InCookie {
		want = xray.Mask(dead)
	}
	if !ok || n.Session.ID != want {
		t.Fatalf("the notebook has %+v, %v", n, ok)
	}
	until(t, "the cookie and the session are over", func() bool {
		return v.token() == "" && time.Now().After(n.Session.Ends.Add(100*time.Millisecond))
	})
	page := v.get("/set")
	state, cookie, row, _ := page.panel(t)
	if !strings.Contains(cookie, "expired; your browser dropped it with its Max-Age") ||
		!strings.HasPrefix(state, "Expired. ") || strings.Contains(page.Body, "secretvalue") {
		t.Errorf("%q, cookie: %q", state, cookie)
	}
	says := "The row is gone. It expired at"
	if kind.Lies {
		says = "It stays until"
	} else if kind.InCookie {
		says = "No row exists: what you store travels in the cookie."
	}
	if !strings.Contains(row, says) || strings.Contains(row, "No row.") {
		t.Errorf("row: %q, want %q", row, says)
	}
}
