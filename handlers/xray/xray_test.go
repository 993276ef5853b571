package xray

import (
	"bufio"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/engine"
)

var codec = scs.GobCodec{}

// quiet is a log that nobody reads.
var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// openStore opens the SQLite store at path, or a new one when path is empty.
func openStore(t *testing.T, path string) (eng engine.Engine, file string) {
	t.Helper()
	schema, err := os.ReadFile("../../sessions.db.sql")
	if err != nil {
		t.Fatal(err)
	}
	if path == "" {
		path = filepath.Join(t.TempDir(), "sessions.db")
	}
	eng, err = engine.Open(t.Context(), "sqlite:"+path, string(schema))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { eng.Close() })
	return eng, path
}

// encoded are values as SCS keeps them.
func encoded(t *testing.T, values map[string]any) []byte {
	t.Helper()
	b, err := codec.Encode(time.Now().Add(time.Hour), values)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// token returns a string that looks like a token and is recognized by name.
func token(name string) string { return name + strings.Repeat("x", 43-2*len(name)) + name }

func request(method, path string) *http.Request { return httptest.NewRequest(method, path, nil) }

// made is a completed exchange of the session of token.
func made(token string) *Exchange {
	x := NewExchange(request(http.MethodPost, "/set"), "", time.Now())
	x.Sent = token
	x.Token, x.Known = token, true
	return x
}

// ids are the ids of exchanges.
func ids(list []*Exchange) []string {
	var s []string
	for _, x := range list {
		s = append(s, x.ID)
	}
	return s
}

func TestHistory_LatestFirstAndBoundedPerSession(t *testing.T) {
	t.Parallel()
	h := NewHistory(Limits{Total: 100, PerSession: 3, Bytes: 1 << 20, Ownerless: 10})
	a, b := token("a"), token("b")
	var want []string
	for range 5 {
		x := made(a)
		h.Add(x, codec)
		want = append([]string{x.ID}, want...)
	}
	first := made(b)
	h.Add(first, codec)
	if got := ids(h.Of(a)); !slices.Equal(got, want[:3]) {
		t.Errorf("Of(a) = %v, want the last three, %v", got, want[:3])
	}
	if h.Get(want[4], a) != nil {
		t.Error("the exchange that was pushed out is still found")
	}
	if h.Get(first.ID, b) != first {
		t.Error("one session pushed out the exchange of another, below the bound for all")
	}
	if got := h.Of(""); got != nil {
		t.Errorf("Of no session = %v", ids(got))
	}
}

// findings is a detail of so many bytes.
type findings int

func (f findings) Size() int { return int(f) }

// A bound on bytes holds for everything in an exchange that a visitor can make long.
func TestHistory_BoundedInBytes(t *testing.T) {
	t.Parallel()
	const most = 100_000
	long := strings.Repeat("x", 30_000)
	tests := map[string]func(*Exchange){
		"state before":   func(x *Exchange) { x.Found = []byte(long) },
		"state after":    func(x *Exchange) { x.Committed = []byte(long) },
		"path":           func(x *Exchange) { x.Path = long },
		"unknown cookie": func(x *Exchange) { x.Sent = long },
		"result":         func(x *Exchange) { x.Returned = &long },
		"detail":         func(x *Exchange) { x.Detail = findings(len(long)) },
		"removed keys":   func(x *Exchange) { x.Removed = []string{long} },
		"statement": func(x *Exchange) {
			x.Steps = []Step{{Statements: []engine.Statement{{Text: long}}}}
		},
		"argument": func(x *Exchange) {
			x.Steps = []Step{{Statements: []engine.Statement{{Args: []string{long}}}}}
		},
	}
	for name, grow := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := NewHistory(Limits{Total: 1000, PerSession: 20, Bytes: most, Ownerless: 10})
			for i := range 10 {
				x := made(token(fmt.Sprint(i)))
				grow(x)
				h.Add(x, codec)
			}
			if n := len(h.byID); n > 3 {
				t.Errorf("keeps %d exchanges of %d bytes each, with %d bytes allowed in all", n, len(long), most)
			}
			if n := len(h.byID); n == 0 {
				t.Error("keeps none, though three fit")
			}
		})
	}
}

// Thousands of random exchanges, with sessions that cycle and end, leave the books in order.
func TestHistory_StaysBoundedForEver(t *testing.T) {
	t.Parallel()
	const total, each, most = 50, 5, 20_000
	h := NewHistory(Limits{Total: total, PerSession: each, Bytes: most, Ownerless: 10})
	random := rand.New(rand.NewPCG(1, 2))
	live := []string{}
	for i := range 20_000 {
		x := NewExchange(request(http.MethodPost, "/set"), "", time.Now())
		x.Found = make([]byte, random.IntN(1000))
		switch n := random.IntN(10); {
		case n == 0 || len(live) == 0:
			x.Token = token(fmt.Sprint(i))
			live = append(live, x.Token)
		case n == 1:
			at := random.IntN(len(live))
			x.Sent, x.Token, x.Cycled, x.Known = live[at], token(fmt.Sprint(i)), true, true
			live[at] = x.Token
		case n == 2:
			at := random.IntN(len(live))
			x.Sent, x.Ended, x.Known = live[at], true, true
			live = slices.Delete(live, at, at+1)
		case n == 3:
			x.Location = "/flush?exchange=" + x.ID // nothing before and nothing after
		default:
			x.Sent = live[random.IntN(len(live))]
			x.Token, x.Known = x.Sent, true
		}
		h.Add(x, codec)
	}
	bytes, bound, unbound := 0, 0, 0
	for _, e := range h.byID {
		if e.token == "" {
			unbound++
		} else {
			bytes += e.size()
		}
	}
	for token, shelf := range h.of {
		list, sum := shelf.entries, 0
		bound += len(list)
		for _, e := range list {
			sum += e.bytes
		}
		if sum != shelf.bytes {
			t.Errorf("%d bytes of one session are booked as %d", sum, shelf.bytes)
		}
		if len(list) > each || len(list) == 0 {
			t.Errorf("%d exchanges of one session", len(list))
		}
		for _, e := range list {
			if h.byID[e.ID] != e || e.token != token || e.gone {
				t.Error("an exchange is listed that is not kept, or is bound to another session")
			}
		}
	}
	if bound > total || bound != h.kept || unbound > 10 || bytes > most || bytes != h.bytes || bound+unbound != len(h.byID) || len(h.queue) > 2*total {
		t.Errorf("kept %d (%d bound, %d not), %d bytes, booked %d, queue %d; bounds %d, %d bytes",
			len(h.byID), bound, unbound, bytes, h.bytes, len(h.queue), total, most)
	}
}

// Whoever has no session cannot push out what others look at: nobody could ask for such an exchange.
func TestHistory_StrangersPushNobodyOut(t *testing.T) {
	t.Parallel()
	h := NewHistory(Limits{Total: 10, PerSession: 5, Bytes: 1 << 20, Ownerless: 10})
	mine := made(token("a"))
	h.Add(mine, codec)
	for range 100 {
		h.Add(NewExchange(request(http.MethodGet, "/"), "", time.Now()), codec)
		h.Add(ownerless("/flush"), codec)
	}
	if h.Get(mine.ID, token("a")) != mine {
		t.Error("requests without a session pushed out a visitor's exchange")
	}
}

// ownerless is a completed exchange that left no session behind.
func ownerless(page string) *Exchange {
	x := NewExchange(request(http.MethodPost, page), "", time.Now())
	x.Close(http.StatusSeeOther, page+"?exchange="+x.ID, nil, time.Now())
	return x
}

// The latest exchanges of no session are kept for the page that they lead to.
func TestHistory_OwnerlessOnesPushOutEachOther(t *testing.T) {
	t.Parallel()
	h := NewHistory(Limits{Total: 10, PerSession: 5, Bytes: 1 << 20, Ownerless: 3})
	var all []*Exchange
	for range 5 {
		all = append(all, ownerless("/flush"))
		h.Add(all[len(all)-1], codec)
	}
	for i, x := range all {
		if kept := h.Get(x.ID, "") == x; kept != (i >= 2) {
			t.Errorf("exchange %d of 5 is kept: %v, with room for 3", i+1, kept)
		}
	}
}

// Whoever has the address of an exchange without a session can see it: it keeps no text of a visitor.
func TestHistory_OwnerlessOnesHoldNoText(t *testing.T) {
	t.Parallel()
	h := NewHistory(Limits{Total: 10, PerSession: 5, Bytes: 1 << 20, Ownerless: 10})
	for _, tt := range []struct {
		returned    string
		typed, kept bool
	}{
		{"S3CRET", true, false}, {"['S3CRET']", true, false}, {"", true, true}, {"None", false, true}, {"False", false, true}, {"3", false, true},
	} {
		x := ownerless("/pop")
		x.Returned, x.Typed = &tt.returned, tt.typed
		h.Add(x, codec)
		found := h.Get(x.ID, "")
		if kept := found.Returned != nil; kept != tt.kept || found.Withheld == tt.kept {
			t.Errorf("%q, typed %v: kept %v, withheld %v", tt.returned, tt.typed, kept, found.Withheld)
		}
	}
}

// Who makes large exchanges pushes out only large ones.
func TestHistory_LargeOnesPushOutNoSmallOnes(t *testing.T) {
	t.Parallel()
	const most = 1 << 20
	h := NewHistory(Limits{Total: 10_000, PerSession: 20, Bytes: most, Ownerless: 10})
	var small []*Exchange
	for i := range 100 {
		x := made(token(fmt.Sprint("small", i)))
		x.Found = make([]byte, 300)
		small = append(small, x)
		h.Add(x, codec)
	}
	for i := range 1000 {
		x := made(token(fmt.Sprint("large", i%50)))
		x.Found, x.Committed = make([]byte, 100_000), make([]byte, 100_000)
		h.Add(x, codec)
	}
	for _, x := range small {
		if h.Get(x.ID, x.Token) == nil {
			t.Fatal("large exchanges of others pushed out a small one")
		}
	}
	if h.bytes > most {
		t.Errorf("%d bytes are kept, with %d allowed", h.bytes, most)
	}
}

func TestHistory_IsBoundToTheSessionAfterIt(t *testing.T) {
	t.Parallel()
	h := NewHistory(Limits{Total: 100, PerSession: 20, Bytes: 1 << 20, Ownerless: 10})
	old, fresh, other := token("old"), token("new"), token("other")
	x := made(old)
	h.Add(x, codec)
	for _, stranger := range []string{"", other, old[:42], old + "x"} {
		if h.Get(x.ID, stranger) != nil {
			t.Errorf("the session %q gets the exchange of another", stranger)
		}
	}
	if h.Get(x.ID, old) != x {
		t.Error("its own session does not get it")
	}

	cycled := made(old)
	cycled.Token, cycled.Cycled = fresh, true
	h.Add(cycled, codec)
	if got, want := ids(h.Of(fresh)), []string{cycled.ID, x.ID}; !slices.Equal(got, want) {
		t.Errorf("after cycle_key Of(new) = %v, want %v", got, want)
	}
	if h.Get(x.ID, fresh) != x || h.Get(cycled.ID, fresh) != cycled {
		t.Error("the history did not go along with cycle_key")
	}
	if h.Get(x.ID, old) != nil || h.Get(cycled.ID, old) != nil || len(h.Of(old)) != 0 {
		t.Error("the holder of the old id still sees the session's history")
	}
}

// flushed is an exchange that ended a session which held a secret, recorded as the engine does it.
func flushed(t *testing.T, eng engine.Engine, dead string) *Exchange {
	t.Helper()
	if err := eng.CommitCtx(t.Context(), dead, encoded(t, map[string]any{"pin": "S3CRET", "age": 31}), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	x := NewExchange(request(http.MethodPost, "/flush"), "", time.Now())
	x.Sent = dead
	ctx := WithExchange(t.Context(), x)
	r := Recorder{eng}
	if _, found, err := r.FindCtx(ctx, dead); !found {
		t.Fatalf("not found: %v", err)
	}
	if err := r.DeleteCtx(ctx, dead); err != nil {
		t.Fatal(err)
	}
	x.Ended = true
	x.Close(http.StatusSeeOther, "/flush?exchange="+x.ID, &http.Cookie{Name: "sessionname", MaxAge: -1}, time.Now())
	return x
}

func TestHistory_FlushKeepsNoValuesAndNoToken(t *testing.T) {
	t.Parallel()
	eng, _ := openStore(t, "")
	h := NewHistory(Limits{Total: 100, PerSession: 20, Bytes: 1 << 20, Ownerless: 10})
	dead := token("dead")
	before := made(dead)
	h.Add(before, codec)
	x := flushed(t, eng, dead)
	h.Add(x, codec)

	if h.Get(before.ID, dead) != nil || len(h.Of(dead)) != 0 || slices.Contains(h.Tokens(), dead) {
		t.Error("exchanges of the session that was ended are still kept")
	}
	if got, want := x.Removed, []string{"age", "pin"}; !slices.Equal(got, want) {
		t.Errorf("removed keys = %q, want %q", got, want)
	}
	if x.Before(codec) != nil || x.After(codec) != nil {
		t.Errorf("before %v, after %v; want nothing", x.Before(codec), x.After(codec))
	}
	if all := fmt.Sprintf("%+v %+v", x, x.SetCookie); strings.Contains(all, dead) || strings.Contains(all, "S3CRET") {
		t.Errorf("the exchange of a flush holds the dead token or a value:\n%s", all)
	}
	if x.Sent != Mask(dead) || x.Steps[1].Statements[0].Args[0] != Mask(dead) {
		t.Errorf("sent %q, deleted %q; want both as %q", x.Sent, x.Steps[1].Statements[0].Args[0], Mask(dead))
	}
	if h.Get(x.ID, "") != x {
		t.Error("the page after a flush does not find its exchange")
	}
}

// A request that was still running when its session was flushed is filed after the flush.
func TestHistory_LateRequestKeepsNoValuesAndNoToken(t *testing.T) {
	t.Parallel()
	eng, _ := openStore(t, "")
	h := NewHistory(Limits{Total: 100, PerSession: 20, Bytes: 1 << 20, Ownerless: 10})
	dead, secret := token("dead"), "S3CRET"
	late := made(dead)
	late.Method, late.Returned, late.Detail = http.MethodPost, &secret, []string{secret}
	late.Found = encoded(t, map[string]any{"pin": secret})
	late.Committed = encoded(t, nil)
	sent := &http.Cookie{Name: "sessionname", Value: dead, MaxAge: 400}
	late.Close(http.StatusSeeOther, "/pop?exchange="+late.ID, sent, time.Now())
	h.Add(flushed(t, eng, dead), codec)
	h.Add(late, codec)

	if h.Get(late.ID, "") != late || len(h.Of(dead)) != 0 {
		t.Error("the late exchange is not there for the one who made it, or belongs to a session that is gone")
	}
	late.Returned, sent.MaxAge = cmp.Or(late.Returned, new(string)), 1 // to be written out
	if all := fmt.Sprintf("%+v %+v %s", late, late.SetCookie, *late.Returned); strings.Contains(all, dead) || strings.Contains(all, secret) {
		t.Errorf("the late exchange holds the dead token or a value:\n%s", all)
	}
	if sent.Value != dead {
		t.Error("the cookie that is being sent was changed")
	}
}

func TestHistory_DropSession(t *testing.T) {
	t.Parallel()
	h := NewHistory(Limits{Total: 100, PerSession: 20, Bytes: 1 << 20, Ownerless: 10})
	a, b := made(token("a")), made(token("b"))
	h.Add(a, codec)
	h.Add(b, codec)
	h.DropSession("")
	h.DropSession(token("a"))
	h.DropSession(token("a"))
	if h.Get(a.ID, token("a")) != nil || h.Get(b.ID, token("b")) != b {
		t.Error("want exactly the exchanges of a dropped")
	}
	if got := h.Tokens(); !slices.Equal(got, []string{token("b")}) {
		t.Errorf("Tokens() = %q", got)
	}
}

func TestHistory_Concurrently(t *testing.T) {
	t.Parallel()
	h := NewHistory(Limits{Total: 20, PerSession: 5, Bytes: 10_000, Ownerless: 10})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			mine := token(fmt.Sprint(i))
			for range 300 {
				x := made(mine)
				x.Found = make([]byte, 300)
				h.Add(x, codec)
				h.Get(x.ID, mine)
				for _, x := range h.Of(mine) {
					x.Summary(codec)
				}
				h.Tokens()
				h.DropSession(token(fmt.Sprint((i + 1) % 8)))
			}
		})
	}
	wg.Wait()
}

func TestMask(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"":                                "…",
		"short secret":                    "…",
		"0123456789abcdef0123456789abcde": "…",
		"AbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ":              "Abcd…NOPQ",
		"MTc2NDEwODkwMnxhYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5eg9fQ1Zw": "…eg9fQ1Zw", // a session that is its own cookie
	}
	for in, want := range tests {
		if got := Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}

// failing is an engine in which everything goes wrong.
type failing struct{ engine.Engine }

var errBroken = errors.New("broken")

func (failing) FindCtx(context.Context, string) ([]byte, bool, error)          { return nil, false, errBroken }
func (failing) CommitCtx(context.Context, string, []byte, time.Time) error     { return errBroken }
func (failing) Cycle(context.Context, string, string, []byte, time.Time) error { return errBroken }
func (failing) DeleteCtx(context.Context, string) error                        { return errBroken }
func (failing) DeleteExpired(context.Context, time.Time) (int, error)          { return 0, errBroken }
func (failing) Version(context.Context) (int64, error)                         { return 0, errBroken }
func (failing) Stamps(context.Context, []string) (map[string]engine.Stamp, error) {
	return nil, errBroken
}

// each runs every operation of the recorder once.
func each(ctx context.Context, t *testing.T, r Recorder) (errs []error) {
	t.Helper()
	end := time.Now().Add(time.Hour)
	_, _, err := r.FindCtx(ctx, token("a"))
	errs = append(errs, err)
	errs = append(errs, r.CommitCtx(ctx, token("a"), []byte("one"), end))
	_, _, err = r.FindCtx(ctx, token("a"))
	errs = append(errs, err)
	errs = append(errs, r.Cycle(ctx, token("a"), token("b"), []byte("two"), end))
	errs = append(errs, r.DeleteCtx(ctx, token("b")))
	_, err = r.DeleteExpired(ctx, time.Now())
	return append(errs, err)
}

func TestRecorder(t *testing.T) {
	t.Parallel()
	eng, _ := openStore(t, "")
	x := NewExchange(request(http.MethodPost, "/set"), "", time.Now())
	x.Sent = token("a")
	for _, err := range each(WithExchange(t.Context(), x), t, Recorder{eng}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	type step struct {
		Kind       StepKind
		Token, Old string
		Size       int
		Found      bool
		Err        string
	}
	want := []step{
		{Kind: Find, Token: token("a")},
		{Kind: Commit, Token: token("a"), Size: 3},
		{Kind: Find, Token: token("a"), Size: 3, Found: true},
		{Kind: Cycle, Token: token("b"), Old: token("a"), Size: 3},
		{Kind: Delete, Token: token("b")},
		{Kind: Sweep},
	}
	var got []step
	for _, s := range x.Steps {
		got = append(got, step{s.Kind, s.Token, s.Old, s.Size, s.Found, s.Err})
		if s.Took <= 0 {
			t.Errorf("%v took %v", s.Kind, s.Took)
		}
		if len(s.Statements) == 0 {
			t.Errorf("%v has no statement, though SQL was run", s.Kind)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("steps\n%+v\nwant\n%+v", got, want)
	}
	verbs := []string{"SELECT", "REPLACE", "SELECT", "BEGIN", "DELETE", "DELETE"}
	for i, s := range x.Steps {
		if !strings.HasPrefix(s.Statements[0].Text, verbs[i]) {
			t.Errorf("%v begins with %q, want %s", s.Kind, s.Statements[0].Text, verbs[i])
		}
	}
	if string(x.Found) != "one" || string(x.Committed) != "two" || !x.Known || !x.Cycled {
		t.Errorf("found %q, committed %q, known %v, cycled %v", x.Found, x.Committed, x.Known, x.Cycled)
	}
}

// A failed operation is in the record too, and did nothing.
func TestRecorder_Errors(t *testing.T) {
	t.Parallel()
	x := NewExchange(request(http.MethodPost, "/set"), "", time.Now())
	x.Sent = token("a")
	for i, err := range each(WithExchange(t.Context(), x), t, Recorder{failing{}}) {
		if !errors.Is(err, errBroken) {
			t.Errorf("operation %d: %v, want the engine's error", i, err)
		}
	}
	for _, s := range x.Steps {
		if s.Err != errBroken.Error() {
			t.Errorf("%v is recorded without its error", s.Kind)
		}
	}
	if x.Found != nil || x.Committed != nil || x.Known || x.Cycled {
		t.Errorf("found %q, committed %q, known %v, cycled %v; want nothing of it", x.Found, x.Committed, x.Known, x.Cycled)
	}
}

func TestRecorder_WithoutExchangeOnlyPassesOn(t *testing.T) {
	t.Parallel()
	eng, _ := openStore(t, "")
	for i, err := range each(t.Context(), t, Recorder{eng}) {
		if err != nil {
			t.Errorf("operation %d: %v", i, err)
		}
	}
}

// Each request has its own exchange; what runs beside it is not in it.
func TestRecorder_Concurrently(t *testing.T) {
	t.Parallel()
	eng, _ := openStore(t, "")
	r := Recorder{eng}
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			mine := token(fmt.Sprint(i))
			x := NewExchange(request(http.MethodPost, "/set"), "", time.Now())
			x.Sent = mine
			ctx := WithExchange(t.Context(), x)
			for range 10 {
				if err := r.CommitCtx(ctx, mine, []byte(mine), time.Now().Add(time.Hour)); err != nil {
					t.Error(err)
				}
				if b, _, err := r.FindCtx(ctx, mine); string(b) != mine {
					t.Errorf("found %q, %v", b, err)
				}
			}
			if len(x.Steps) != 20 {
				t.Errorf("%d steps, want 20", len(x.Steps))
			}
			for _, s := range x.Steps {
				for _, st := range s.Statements {
					if st.Args[0] != mine {
						t.Errorf("a statement of %q is in the exchange of %q", st.Args[0], mine)
					}
				}
			}
		})
	}
	wg.Wait()
}

func TestExchange_Run(t *testing.T) {
	t.Parallel()
	x := NewExchange(request(http.MethodPost, "/set"), "", time.Now())
	if err := x.Run("set", func() error { return nil }); err != nil {
		t.Error(err)
	}
	if err := x.Run("get", func() error { return errBroken }); err != errBroken {
		t.Errorf("got %v", err)
	}
	if x.Steps[0].Name != "set" || x.Steps[0].Err != "" || x.Steps[1].Err != "broken" {
		t.Errorf("steps %+v", x.Steps)
	}
}

func TestExchange_IDsAreUnguessable(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		x := NewExchange(request(http.MethodGet, "/"), "", time.Now())
		if len(x.ID) < 26 || seen[x.ID] {
			t.Fatalf("id %q is short or came twice", x.ID)
		}
		seen[x.ID] = true
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	before := map[string]any{"same": 1, "gone": "x", "was": "a", "list": []string{"a"}, "type": 1, "at": when}
	after := map[string]any{"same": 1, "new": true, "was": "b", "list": []string{"a"}, "type": "1", "at": when.Add(time.Second)}
	want := []Change{
		{Changed, "at", "time", "2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z"},
		{Removed, "gone", "string", `"x"`, ""},
		{Same, "list", "list", "", `["a"]`},
		{Added, "new", "bool", "", "True"},
		{Same, "same", "int", "", "1"},
		{Changed, "type", "string", "1", `"1"`},
		{Changed, "was", "string", `"a"`, `"b"`},
	}
	if got := Diff(before, after); !reflect.DeepEqual(got, want) {
		t.Errorf("Diff\n%+v\nwant\n%+v", got, want)
	}
	if got := Diff(nil, nil); len(got) != 0 {
		t.Errorf("Diff of nothing = %v", got)
	}
	if len(before) != 6 || len(after) != 6 {
		t.Error("Diff changed its arguments")
	}
}

// What is shown of a value is one short line, whatever was stored.
func TestValues_ShownOnOneLine(t *testing.T) {
	t.Parallel()
	hostile := "</script>\"'`\x00\r\n\u2028\u2029\xff" + strings.Repeat("é", 4000)
	values := map[string]any{
		"string": hostile, "list": []string{hostile}, "map": map[string]int{hostile: 1},
		"bytes": make([]byte, 9000), "complex": complex(1, 2), "nothing": nil,
	}
	for _, v := range Values(values) {
		if strings.ContainsAny(v.Text, "\x00\r\n\u2028\u2029") || !utf8.ValidString(v.Text) || len(v.Text) > 2*maxShown {
			t.Errorf("%s is shown in %d bytes as %q", v.Key, len(v.Text), v.Text)
		}
	}
}

func TestLook(t *testing.T) {
	t.Parallel()
	eng, file := openStore(t, "")
	commit := func(token string, data []byte, expiry time.Time) {
		if err := eng.CommitCtx(t.Context(), token, data, expiry); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	commit("live", encoded(t, map[string]any{"k": "v"}), now.Add(time.Minute))
	commit("over", encoded(t, map[string]any{"k": "v"}), now.Add(-time.Minute))
	commit("broken", []byte("no gob"), now.Add(time.Minute))
	before := everything(t, file)
	look := func(token string) Snapshot {
		s, err := Look(t.Context(), eng, codec, token, now)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if s := look("live"); s.Row == nil || s.Values["k"] != "v" || s.Lying != nil || s.Undecodable != "" {
		t.Errorf("live: %+v", s)
	}
	if s := look("over"); s.Row != nil || s.Values != nil || s.Lying == nil || s.Lying.Data != nil || s.Lying.Size == 0 {
		t.Errorf("expired: %+v, want a row lying without its data", s)
	}
	if s := look("broken"); s.Row == nil || s.Undecodable == "" || len(s.Values) != 0 {
		t.Errorf("broken: %+v", s)
	}
	for _, unknown := range []string{"", "Live", "live ", "liv", "live\x00", "%", "' OR 1=1 --"} {
		if s := look(unknown); s.Row != nil || s.Lying != nil || s.Values != nil {
			t.Errorf("%q: %+v, want nothing", unknown, s)
		}
	}
	if after := everything(t, file); after != before {
		t.Error("looking changed the store")
	}
}

// outside opens a connection that has nothing to do with the engine.
func outside(t *testing.T, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// everything is the whole sessions table as text.
func everything(t *testing.T, file string) (all string) {
	t.Helper()
	const query = "SELECT group_concat(rowid || token || hex(data) || expiry, ',' ORDER BY rowid) FROM sessions"
	if err := outside(t, file).QueryRow(query).Scan(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// watching runs a watcher over eng until the test ends. The returned function moves its clock.
func watching(t *testing.T, eng engine.Engine) (w *Watcher, advance func(time.Duration)) {
	t.Helper()
	var ahead atomic.Int64
	w = NewWatcher(eng, 5*time.Millisecond, quiet, func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) })
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { w.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	return w, func(d time.Duration) { ahead.Add(int64(d)) }
}

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// woken waits for a wake-up.
func woken(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("nobody was woken: %s", what)
	}
}

// settled waits until the watcher has looked at token for the first time, which counts as a change.
func settled(t *testing.T, w *Watcher, token string) <-chan struct{} {
	t.Helper()
	c, stop, _ := w.Watch(token, 9)
	t.Cleanup(stop)
	woken(t, "first look", c)
	return c
}

func TestWatcher_OwnProcess(t *testing.T) {
	t.Parallel()
	eng, _ := openStore(t, "")
	commit := func(token, data string) {
		if err := eng.CommitCtx(t.Context(), token, []byte(data), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	commit("a", "1")
	commit("b", "1")
	w, _ := watching(t, eng)
	a, b := settled(t, w, "a"), settled(t, w, "b")
	commit("a", "2")
	woken(t, "commit", a)
	commit("a", "2")
	woken(t, "commit of the same bytes", a)
	if err := eng.Cycle(t.Context(), "a", "c", []byte("3"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	woken(t, "cycle", a)
	select {
	case <-b:
		t.Error("a change of one session woke the watch of another")
	default:
	}
	if err := eng.DeleteCtx(t.Context(), "b"); err != nil {
		t.Fatal(err)
	}
	woken(t, "delete", b)
}

func TestWatcher_OtherConnection(t *testing.T) {
	t.Parallel()
	eng, file := openStore(t, "")
	if err := eng.CommitCtx(t.Context(), "a", []byte("1"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w, _ := watching(t, eng)
	a := settled(t, w, "a")
	db := outside(t, file)
	for _, statement := range []string{
		"UPDATE sessions SET data = 'x'",
		"UPDATE sessions SET expiry = expiry + 1",
		"DELETE FROM sessions",
		"INSERT INTO sessions VALUES ('b', 'x', 0); DELETE FROM revoked; INSERT INTO sessions VALUES ('a', 'x', 9e6)",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
		woken(t, statement, a)
	}
}

// TestOtherProcess is not a test: TestWatcher_OtherProcess runs it as a program of its own.
func TestOtherProcess(t *testing.T) {
	file := os.Getenv("XRAY_TEST_FILE")
	if file == "" {
		t.Skip("only for another test")
	}
	eng, _ := openStore(t, file)
	fmt.Println("open")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if err := eng.CommitCtx(t.Context(), "a", []byte(lines.Text()), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		fmt.Println("committed")
	}
}

func TestWatcher_OtherProcess(t *testing.T) {
	t.Parallel()
	eng, file := openStore(t, "")
	w, _ := watching(t, eng)
	a := settled(t, w, "a")

	other := exec.Command(os.Args[0], "-test.run=^TestOtherProcess$")
	other.Env = append(os.Environ(), "XRAY_TEST_FILE="+file)
	in, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); other.Wait() })
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "open" {
		t.Fatalf("the other process said %q", lines.Text())
	}
	for i := range 3 {
		fmt.Fprintln(in, "data", i)
		if !lines.Scan() || lines.Text() != "committed" {
			t.Fatalf("the other process said %q", lines.Text())
		}
		woken(t, "commit by another process", a)
	}
}

// The end of a session changes nothing in the store: only the clock says so.
func TestWatcher_Expiry(t *testing.T) {
	t.Parallel()
	eng, _ := openStore(t, "")
	if err := eng.CommitCtx(t.Context(), "a", []byte("1"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w, advance := watching(t, eng)
	a := settled(t, w, "a")
	advance(61 * time.Minute)
	woken(t, "expiry", a)
}

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

// until waits for cond.
func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
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

func TestWatcher_RunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, eng := range map[string]engine.Engine{"working": &counting{Engine: first(openStore(t, ""))}, "failing": failing{}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := NewWatcher(eng, time.Millisecond, quiet, time.Now)
			_, stop, _ := w.Watch("a", 9)
			defer stop()
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() { w.Run(ctx); close(done) }()
			cancel()
			woken(t, "end", done)
		})
	}
}

func first(eng engine.Engine, _ string) engine.Engine { return eng }

// A reader who takes nothing holds up neither the watcher nor anybody else, and gets one wake-up.
func TestWatcher_NobodyWaitsForAReader(t *testing.T) {
	t.Parallel()
	eng, _ := openStore(t, "")
	w, _ := watching(t, eng)
	sleepy, stop, _ := w.Watch("a", 9)
	defer stop()
	awake, stop, _ := w.Watch("a", 9)
	defer stop()
	woken(t, "first look", awake)
	for i := range 20 {
		if err := eng.CommitCtx(t.Context(), "a", fmt.Append(nil, i), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		woken(t, "commit", awake)
	}
	if n := len(sleepy); n != 1 {
		t.Errorf("%d wake-ups wait for the reader who took none, want 1", n)
	}
}

func TestWatcher_NeverMoreThanTheMost(t *testing.T) {
	t.Parallel()
	eng, _ := openStore(t, "")
	w, _ := watching(t, eng)
	var wg sync.WaitGroup
	var admitted atomic.Int64
	stops := make(chan func(), 50)
	for range 50 {
		wg.Go(func() {
			if _, stop, ok := w.Watch("a", 3); ok {
				admitted.Add(1)
				stops <- stop
			}
		})
	}
	wg.Wait()
	if n := admitted.Load(); n != 3 || w.Count("a") != 3 {
		t.Errorf("%d watches admitted and %d counted, want 3", n, w.Count("a"))
	}
	(<-stops)()
	if _, _, ok := w.Watch("a", 3); !ok {
		t.Error("the place that was given up is not free")
	}
	if _, _, ok := w.Watch("b", 0); ok || len(w.watched) != 1 {
		t.Errorf("a watch that was refused is kept: %d tokens are watched", len(w.watched))
	}
}

func TestWatcher_ManyComeAndGo(t *testing.T) {
	t.Parallel()
	eng, _ := openStore(t, "")
	w, _ := watching(t, eng)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				mine := fmt.Sprint((i + j) % 4)
				c, stop, _ := w.Watch(mine, 9)
				if err := eng.CommitCtx(t.Context(), mine, fmt.Append(nil, i, j), time.Now().Add(time.Hour)); err != nil {
					t.Error(err)
				}
				select {
				case <-c:
				case <-time.After(patience):
					t.Error("nobody was woken")
				}
				stop()
			}
		})
	}
	wg.Wait()
	until(t, "no watch is left", func() bool { return w.Count("0")+w.Count("1")+w.Count("2")+w.Count("3") == 0 })
	if len(w.watched) != 0 {
		t.Errorf("%d tokens are still watched", len(w.watched))
	}
}
