package xray

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"sessionlab/handlers/engine"
)

// counting counts what the store is asked.
type counting struct {
	engine.Engine
	versions, stamps atomic.Int64
}

func (c *counting) Version(ctx context.Context) (int64, error) {
	c.versions.Add(1)
	return c.Engine.Version(ctx)
}

func (c *counting) Stamps(ctx context.Context, tokens []string) (map[string]engine.Stamp, error) {
	c.stamps.Add(1)
	return c.Engine.Stamps(ctx, tokens)
}

func TestWatcher_AsksOnlyWhatItMust(t *testing.T) {
	t.Parallel()
	real, _ := openStore(t, "")
	eng := &counting{Engine: real}
	w := NewWatcher(eng, time.Hour, quiet, time.Now)
	look := func() {
		t.Helper()
		if err := w.look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	look()
	if n := eng.versions.Load() + eng.stamps.Load(); n != 0 {
		t.Errorf("asked the store %d times while nothing is watched", n)
	}
	_, stop, _ := w.Watch("a", 9)
	for range 10 {
		look()
	}
	if v, s := eng.versions.Load(), eng.stamps.Load(); v != 10 || s != 1 {
		t.Errorf("10 looks at a store that stands still: %d versions, %d stamps; want 10 and 1", v, s)
	}
	stop()
	stop() // twice does no harm
	look()
	if v := eng.versions.Load(); v != 10 || w.Count("a") != 0 {
		t.Error("still looking for a watch that has ended")
	}
}

// asked takes down about which tokens the store is asked.
type asked struct {
	engine.Engine
	tokens []string
}

func (a *asked) Stamps(ctx context.Context, tokens []string) (map[string]engine.Stamp, error) {
	a.tokens = append(a.tokens, tokens...)
	return a.Engine.Stamps(ctx, tokens)
}

// While the store stands still, it is asked about newcomers alone. Whoever was there before still hears of
// the clock in the same look.
func TestWatcher_AsksAboutNewcomersAlone(t *testing.T) {
	t.Parallel()
	real, _ := openStore(t, "")
	now := time.Now()
	commit := func(token string) {
		if err := real.CommitCtx(t.Context(), token, []byte("data"), now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	commit("a")
	commit("b")
	eng := &asked{Engine: real}
	w := NewWatcher(eng, time.Hour, quiet, func() time.Time { return now })
	wakes := map[string]<-chan struct{}{}
	watch := func(token string) { wakes[token], _, _ = w.Watch(token, 9) }
	for _, step := range []struct {
		name  string
		do    func()
		asked []string
		wakes []string
	}{
		{"two watches", func() { watch("a"); watch("b") }, []string{"a", "b"}, []string{"a", "b"}},
		{"nothing", func() {}, nil, nil},
		{"a newcomer", func() { watch("c") }, []string{"c"}, []string{"c"}},
		{"a newcomer while the others expire", func() { watch("d"); now = now.Add(time.Hour) },
			[]string{"d"}, []string{"a", "b", "d"}},
		{"a newcomer and a save", func() { watch("e"); commit("b") },
			[]string{"a", "b", "c", "d", "e"}, []string{"b", "e"}},
		{"nothing after that", func() {}, nil, nil},
	} {
		step.do()
		eng.tokens = nil
		if err := w.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		slices.Sort(eng.tokens)
		if !slices.Equal(eng.tokens, step.asked) {
			t.Errorf("%s: the store was asked about %v; want %v", step.name, eng.tokens, step.asked)
		}
		if got := awake(wakes); !slices.Equal(got, step.wakes) {
			t.Errorf("%s: woken are %v; want %v", step.name, got, step.wakes)
		}
	}
}

// awake returns the tokens of the watches that were woken, sorted.
func awake(wakes map[string]<-chan struct{}) (tokens []string) {
	for token, c := range wakes {
		select {
		case <-c:
			tokens = append(tokens, token)
		default:
		}
	}
	slices.Sort(tokens)
	return tokens
}

// flaky is an engine that fails for a while.
type flaky struct {
	engine.Engine
	version, stamps atomic.Bool // whether they fail
}

func (f *flaky) Version(ctx context.Context) (int64, error) {
	if f.version.Load() {
		return 0, errBroken
	}
	return f.Engine.Version(ctx)
}

func (f *flaky) Stamps(ctx context.Context, tokens []string) (map[string]engine.Stamp, error) {
	if f.stamps.Load() {
		return nil, errBroken
	}
	return f.Engine.Stamps(ctx, tokens)
}

// A store that fails for a moment delays the news and loses none.
func TestWatcher_StoreFailsForAWhile(t *testing.T) {
	t.Parallel()
	for _, which := range []string{"version", "stamps"} {
		t.Run(which, func(t *testing.T) {
			t.Parallel()
			real, _ := openStore(t, "")
			eng := &flaky{Engine: real}
			fail := map[string]*atomic.Bool{"version": &eng.version, "stamps": &eng.stamps}[which]
			w := NewWatcher(eng, time.Hour, quiet, time.Now)
			look := func() error { return w.look(t.Context()) }
			old, stop, _ := w.Watch("a", 9)
			defer stop()
			if err := look(); err != nil {
				t.Fatal(err)
			}
			woken(t, "first look", old)

			fail.Store(true)
			fresh, stop, _ := w.Watch("b", 9)
			defer stop()
			if err := real.CommitCtx(t.Context(), "a", []byte("1"), time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			if err := look(); !errors.Is(err, errBroken) {
				t.Fatalf("got %v, want the store's error", err)
			}
			fail.Store(false)
			if err := look(); err != nil {
				t.Fatal(err)
			}
			woken(t, "change during the failure", old)
			woken(t, "watch that began during the failure", fresh)
		})
	}
}

// The same without any change in the store: the first look is owed to the new watch all the same.
func TestWatcher_FirstLookIsOwed(t *testing.T) {
	t.Parallel()
	real, _ := openStore(t, "")
	eng := &flaky{Engine: real}
	w := NewWatcher(eng, time.Hour, quiet, time.Now)
	_, stop, _ := w.Watch("a", 9)
	defer stop()
	w.look(t.Context())
	eng.version.Store(true)
	b, stop, _ := w.Watch("b", 9)
	defer stop()
	if err := w.look(t.Context()); !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	eng.version.Store(false)
	w.look(t.Context())
	select {
	case <-b:
	default:
		t.Error("the first look at a new watch was forgotten because the store failed once")
	}
}
