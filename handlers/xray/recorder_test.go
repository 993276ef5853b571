package xray

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

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
	x := NewExchange(request(http.MethodPost, "/set"), "", "", time.Now())
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
	x := NewExchange(request(http.MethodPost, "/set"), "", "", time.Now())
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
		t.Errorf("found %q, committed %q, known %v, cycled %v; want nothing of it", x.Found, x.Committed, x.Known,
			x.Cycled)
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
			x := NewExchange(request(http.MethodPost, "/set"), "", "", time.Now())
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

// all is a store that lists.
type all map[string][]byte

func (a all) AllCtx(context.Context) (map[string][]byte, error) { return a, nil }

func TestListingRecords(t *testing.T) {
	t.Parallel()
	x := &Exchange{}
	list := Listing{All: all{"one": nil, "two": nil}}
	if got, err := list.AllCtx(WithExchange(t.Context(), x)); err != nil || len(got) != 2 {
		t.Fatal(got, err)
	}
	if len(x.Steps) != 1 || x.Steps[0].Kind != All || x.Steps[0].Rows != 2 || All.String() != "All" {
		t.Errorf("%+v", x.Steps)
	}
}
