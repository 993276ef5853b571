package notebook

import (
	"fmt"
	"testing"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/engine/enginetest"
)

// testStore is what every [Store] promises. wait lets a moment pass for it.
func testStore(t *testing.T, store Store, now func() time.Time, wait func(until time.Time)) {
	t.Helper()
	ctx := t.Context()
	kept := func(key, want string) {
		t.Helper()
		data, found, err := store.Note(ctx, key)
		if err != nil || string(data) != want || found != (want != "") {
			t.Errorf("Note(%s) = %q, %v, %v; want %q", key, data, found, err, want)
		}
	}
	set := func(key, data string, until time.Time) {
		t.Helper()
		if err := store.SetNote(ctx, key, []byte(data), until); err != nil {
			t.Fatal(err)
		}
	}
	drop := func(key string) {
		t.Helper()
		if err := store.DropNote(ctx, key); err != nil {
			t.Error(err)
		}
	}
	a, b, c := Key("a"), Key("b"), Key("c")
	hour := now().Add(time.Hour)
	kept(a, "")
	drop(a)
	set(a, "of a", hour)
	set(b, "\x00\xff'\"", hour)
	kept(a, "of a")
	kept(b, "\x00\xff'\"")
	set(a, "anew", hour)
	kept(a, "anew")
	kept(b, "\x00\xff'\"")
	drop(a)
	kept(a, "")
	kept(b, "\x00\xff'\"")
	drop(a)

	// What is over is not found; what was written again for longer is.
	soon := now().Add(time.Second) // time for three words with a server, on a busy machine too
	set(a, "over", soon)
	set(c, "for longer", soon)
	set(c, "for longer", hour)
	kept(a, "over")
	wait(soon)
	kept(a, "")
	kept(c, "for longer")
	set(a, "again", hour)
	kept(a, "again")
	set(a, "in the past", now().Add(-time.Second))
	kept(a, "")
}

func TestStores(t *testing.T) {
	t.Parallel()
	t.Run("memory", func(t *testing.T) {
		clock := time.Now()
		now := func() time.Time { return clock }
		testStore(t, NewMemory(small, now), now, func(until time.Time) { clock = until })
	})
	for _, kind := range engine.Kinds {
		if !kind.Shared || kind.InCookie {
			continue
		}
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			eng, err := engine.Open(t.Context(), enginetest.Stores(t, kind.Name)(t), "")
			if err != nil {
				t.Fatal(err)
			}
			defer eng.Close()
			store, ok := eng.(Store)
			if !ok {
				t.Skip("this engine keeps no notes: the lab keeps them in memory")
			}
			testStore(t, store, time.Now, func(until time.Time) { time.Sleep(time.Until(until) + time.Second/10) })
		})
	}
}

var small = Limits{Count: 3, Bytes: 1000, Each: 400, Idle: 30 * time.Minute}

// wantKept wants these notes in the store, and no others, counted right.
func (m *Memory) wantKept(t *testing.T, what string, keys ...string) {
	t.Helper()
	if len(m.notes) != len(keys) || m.used.Len() != len(keys) {
		t.Errorf("%s: %d notes, want %v", what, len(m.notes), keys)
	}
	bytes := 0
	for _, key := range keys {
		e := m.notes[key]
		if e == nil {
			t.Errorf("%s: %s is gone", what, key)
			continue
		}
		bytes += e.Value.(*note).size()
	}
	if m.bytes != bytes {
		t.Errorf("%s: %d bytes, want %d", what, m.bytes, bytes)
	}
}

// What was not used for longest goes first, and a read is a use.
func TestMemory_Bounds(t *testing.T) {
	t.Parallel()
	clock := time.Now()
	m := NewMemory(small, func() time.Time { return clock })
	set := func(key string, size int) error {
		return m.SetNote(t.Context(), key, make([]byte, size), clock.Add(time.Hour))
	}
	wantKept := func(what string, keys ...string) { t.Helper(); m.wantKept(t, what, keys...) }
	for _, key := range []string{"a", "b", "c"} {
		if err := set(key, 10); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok, _ := m.Note(t.Context(), "a"); !ok {
		t.Error("a is gone")
	}
	set("d", 10)
	wantKept("four notes", "a", "c", "d")
	if err := set("c", 401); err != ErrTooLarge {
		t.Errorf("401 bytes: %v", err)
	}
	wantKept("one that is too large", "a", "c", "d")
	set("e", 400)
	set("d", 400)
	wantKept("many bytes", "a", "d", "e")
	set("f", 400)
	wantKept("too many bytes", "d", "f")
	m.DropNote(t.Context(), "d")
	wantKept("one dropped", "f")
	clock = clock.Add(2 * time.Hour)
	set("g", 10)
	wantKept("the others are over", "g")
	clock = clock.Add(2 * time.Hour)
	if _, ok, _ := m.Note(t.Context(), "g"); ok {
		t.Error("a note is found after its end")
	}
	wantKept("all are over")
}

// What somebody does with the bytes before or after keeps nothing from being as it was.
func TestMemory_KeepsBytesOfItsOwn(t *testing.T) {
	t.Parallel()
	m := NewMemory(small, time.Now)
	data := []byte("mine")
	if err := m.SetNote(t.Context(), "k", data, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	data[0] = 'x'
	got, _, _ := m.Note(t.Context(), "k")
	got[1] = 'x'
	if got, _, _ := m.Note(t.Context(), "k"); string(got) != "mine" {
		t.Errorf("kept %q", got)
	}
}

func TestMemory_Concurrently(t *testing.T) {
	t.Parallel()
	m := NewMemory(small, time.Now)
	done := make(chan error)
	for i := range 8 {
		go func() {
			var failed error
			for j := range 200 {
				key, want := fmt.Sprint((i+j)%5), fmt.Sprint(i)
				if err := m.SetNote(t.Context(), key, []byte(want), time.Now().Add(time.Hour)); err != nil {
					failed = err
				}
				if got, ok, _ := m.Note(t.Context(), key); ok && len(got) != 1 {
					failed = fmt.Errorf("%s = %q", key, got)
				}
				if j%7 == 0 {
					_ = m.DropNote(t.Context(), key)
				}
			}
			done <- failed
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if len(m.notes) > small.Count || m.used.Len() != len(m.notes) {
		t.Errorf("%d notes, %d in the order of use", len(m.notes), m.used.Len())
	}
}
