package notebook

import (
	"context"
	"encoding/base64"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

// counted is a store that counts what it is asked for.
type counted struct {
	Store
	read, written int
	err           error
}

func (c *counted) Note(ctx context.Context, key string) ([]byte, bool, error) {
	if c.read++; c.err != nil {
		return nil, false, c.err
	}
	return c.Store.Note(ctx, key)
}

func (c *counted) SetNote(ctx context.Context, key string, data []byte, until time.Time) error {
	if c.written++; c.err != nil {
		return c.err
	}
	return c.Store.SetNote(ctx, key, data, until)
}

// newNotebooks are notebooks by a clock that the test moves, in a store that counts.
func newNotebooks(t *testing.T) (*Notebooks, *counted, func(time.Duration)) {
	t.Helper()
	clock := time.Now()
	now := func() time.Time { return clock }
	store := &counted{Store: NewMemory(small, now)}
	return New(store, small, now), store, func(d time.Duration) { clock = clock.Add(d) }
}

var session = Session{ID: strings.Repeat("s", 43), Ends: time.Date(2030, 1, 1, 12, 0, 0, 5000, time.UTC),
	AtClose: true, Told: true}

func TestNotebooks_KeepWhatIsWritten(t *testing.T) {
	t.Parallel()
	books, _, _ := newNotebooks(t)
	if v := reflect.ValueOf(session); func() bool {
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				return true
			}
		}
		return false
	}() {
		t.Error("the test leaves a field empty")
	}
	id, err := books.Begin(t.Context(), Notebook{Session: session})
	if err != nil {
		t.Fatal(err)
	}
	n, ok, err := books.Read(t.Context(), id)
	if err != nil || !ok || n.Session != session || !n.Until.Equal(books.now().Add(small.Idle)) {
		t.Errorf("read %+v, %v, %v", n, ok, err)
	}
	err = books.Update(t.Context(), id, func(n *Notebook) { n.Session = Session{ID: "other"} })
	if n, _, _ := books.Read(t.Context(), id); err != nil || n.Session != (Session{ID: "other"}) {
		t.Errorf("after an update %+v, %v", n, err)
	}
	if err := books.Forget(t.Context(), id); err != nil {
		t.Error(err)
	}
	if n, ok, err := books.Read(t.Context(), id); ok || err != nil {
		t.Errorf("after it was forgotten %+v, %v, %v", n, ok, err)
	}
}

// 128 random bits, and nothing that leads from the store back to them.
func TestNotebooks_IDs(t *testing.T) {
	t.Parallel()
	books, _, _ := newNotebooks(t)
	seen := map[string]bool{}
	for range 1000 {
		id, err := books.Begin(t.Context(), Notebook{})
		if err != nil {
			t.Fatal(err)
		}
		if b, err := base64.RawURLEncoding.DecodeString(id); err != nil || len(b) != 16 || seen[id] {
			t.Fatalf("the id %q is no 128 bits, or came twice", id)
		}
		if strings.Contains(Key(id), id) || len(Key(id)) != len("notebook:")+64 {
			t.Fatalf("the key of %q is %q", id, Key(id))
		}
		seen[id] = true
	}
}

// What Begin cannot have made is not looked for. One that it can have made and that is unknown names nothing.
func TestNotebooks_UnknownIDs(t *testing.T) {
	t.Parallel()
	books, store, _ := newNotebooks(t)
	id, _ := books.Begin(t.Context(), Notebook{})
	for _, tt := range []struct {
		name, id string
		asks     int
	}{
		{"none", "", 0}, {"short", id[1:], 0}, {"long", id + "A", 0}, {"other letters", id[:21] + "=", 0},
		{"a line break", id[:10] + "\n" + id[10:], 0}, {"bits to spare", strings.Repeat("A", 21) + "B", 0},
		{"another", strings.Repeat("A", 22), 1},
	} {
		before := *store
		n, ok, err := books.Read(t.Context(), tt.id)
		if ok || err != nil || n != (Notebook{}) || store.read-before.read != tt.asks {
			t.Errorf("%s: %+v, %v, %v; asked %d times, want %d", tt.name, n, ok, err, store.read-before.read, tt.asks)
		}
		if err := books.Update(t.Context(), tt.id, func(n *Notebook) { n.Session = session }); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err := books.Forget(t.Context(), tt.id); err != nil || store.written != before.written {
			t.Errorf("%s: %v, written %d times", tt.name, err, store.written-before.written)
		}
	}
}

// A notebook is written when something in it changes, or when it would soon be forgotten.
func TestNotebooks_WriteOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	books, store, advance := newNotebooks(t)
	id, err := books.Begin(t.Context(), Notebook{Session: session})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name    string
		after   time.Duration
		told    bool
		written int
	}{
		{"the same", time.Minute, true, 0},
		{"another", time.Minute, false, 1},
		{"the same, a while later", 14 * time.Minute, false, 0},
		{"the same, half way to its end", time.Minute, false, 1},
		{"again, which has begun anew", 14 * time.Minute, false, 0},
		{"too late", 30 * time.Minute, true, 0},
	} {
		before := store.written
		advance(step.after)
		err := books.Update(t.Context(), id, func(n *Notebook) { n.Session.Told = step.told })
		if err != nil || store.written-before != step.written {
			t.Errorf("%s: %v, written %d times, want %d", step.name, err, store.written-before, step.written)
		}
	}
	if _, ok, _ := books.Read(t.Context(), id); ok {
		t.Error("it is there after 30 idle minutes")
	}
}

func TestNotebooks_Errors(t *testing.T) {
	t.Parallel()
	books, store, _ := newNotebooks(t)
	id, _ := books.Begin(t.Context(), Notebook{Session: session})
	large := Notebook{Session: Session{ID: strings.Repeat("x", small.Each)}}
	if _, err := books.Begin(t.Context(), large); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a large one begins with %v", err)
	}
	if err := books.Update(t.Context(), id, func(n *Notebook) { *n = large }); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one that gets large: %v", err)
	}
	if n, ok, _ := books.Read(t.Context(), id); !ok || n.Session != session {
		t.Errorf("what was there before is %+v, %v", n, ok)
	}
	for name, data := range map[string]string{"no JSON": "\x00", "no version": "{}", "another shape": "[]",
		"another version": `{"Version":2,"Session":{"ID":"x"}}`} {
		if err := store.SetNote(t.Context(), Key(id), []byte(data), books.now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if n, ok, err := books.Read(t.Context(), id); ok || err != nil || n != (Notebook{}) {
			t.Errorf("%s is read as %+v, %v, %v", name, n, ok, err)
		}
	}
	store.err = errors.New("gone")
	_, _, err := books.Read(t.Context(), id)
	_, begun := books.Begin(t.Context(), Notebook{})
	updated := books.Update(t.Context(), id, func(*Notebook) {})
	for what, err := range map[string]error{"read": err, "begin": begun, "update": updated} {
		if !errors.Is(err, store.err) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
