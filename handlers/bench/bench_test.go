package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/engine/enginetest"
	"sessionlab/handlers/xray"
)

// loginAndRead is an experiment of three exchanges: one stores, one reads, one ends in a panic.
func loginAndRead(b *Bench) error {
	b.Handle("POST /login", "login", func(w http.ResponseWriter, r *http.Request) {
		b.Sessions.Put(r.Context(), "user", "aman")
		fmt.Fprintln(w, "welcome")
	})
	b.Handle("GET /read", "read", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, b.Sessions.GetString(r.Context(), "user"))
	})
	b.Handle("GET /panic", "fall", func(http.ResponseWriter, *http.Request) { panic("a nil map") })
	me := b.Browser()
	for _, what := range []string{"POST /login", "GET /read", "GET /panic"} {
		if _, err := me.Do(what); err != nil {
			return err
		}
	}
	return nil
}

func kinds(x *xray.Exchange) string {
	var list []string
	for _, s := range x.Steps {
		list = append(list, s.Kind.String())
	}
	return strings.Join(list, " ")
}

func TestRunRecordsWhatSCSDoes(t *testing.T) {
	t.Parallel()
	ran, err := Run(t.Context(), loginAndRead)
	if err != nil || len(ran) != 3 {
		t.Fatalf("%d exchanges, %v", len(ran), err)
	}
	login, read, fall := ran[0], ran[1], ran[2]
	if login.Sent != "" || login.SetCookie == nil || len(login.Token) != 43 || *login.Returned != "welcome" ||
		kinds(login) != "Code Commit" || login.After()["user"] != "aman" {
		t.Errorf("login: %s, cookie %v, %v", kinds(login), login.SetCookie, login.After())
	}
	if commit := login.Steps[1]; len(commit.Statements) != 1 ||
		!strings.HasPrefix(commit.Statements[0].Text, "REPLACE INTO sessions") || commit.Statements[0].Rows != 1 {
		t.Errorf("the commit said %+v", commit.Statements)
	}
	if read.Sent != login.Token || !read.Known || kinds(read) != "Find Code" || *read.Returned != "aman" ||
		read.SetCookie != nil || read.Status != http.StatusOK {
		t.Errorf("read: %s, sent %q, %d", kinds(read), read.Sent, read.Status)
	}
	if fall.Status != 0 || fall.Steps[1].Err != "panic: a nil map" {
		t.Errorf("a panic: status %d, %+v", fall.Status, fall.Steps)
	}
}

// Nothing of an experiment is left: no goroutine, no file, also where it failed in the middle.
func TestRunLeavesNothingBehind(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp) // Windows
	failed := errors.New("in the middle")
	before := runtime.NumGoroutine()
	for i := range 10 {
		_, err := Run(t.Context(), func(b *Bench) error {
			if err := loginAndRead(b); err != nil || i%2 == 0 {
				return err
			}
			return failed
		})
		if want := map[bool]error{false: nil, true: failed}[i%2 == 1]; !errors.Is(err, want) {
			t.Fatal(err)
		}
	}
	enginetest.Until(t, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= before })
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("%v, %v is left", err, left)
	}
}

// Of two experiments at the same time none sees the other's rows.
func TestExperimentsAreApart(t *testing.T) {
	t.Parallel()
	_, err := Run(t.Context(), func(outer *Bench) error {
		if err := loginAndRead(outer); err != nil {
			return err
		}
		_, err := Run(t.Context(), func(inner *Bench) error {
			if err := loginAndRead(inner); err != nil {
				return err
			}
			_, n, err := inner.Store.Rows(t.Context(), 10)
			if n != 1 {
				t.Errorf("%d rows, want its own", n)
			}
			return err
		})
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestExperimentsAreBounded(t *testing.T) {
	t.Parallel()
	ran, err := Run(t.Context(), func(b *Bench) error {
		b.Handle("GET /", "nothing", func(http.ResponseWriter, *http.Request) {})
		for me := b.Browser(); ; {
			if _, err := me.Do("GET /"); err != nil {
				return err
			}
		}
	})
	if !errors.Is(err, errTooMany) || len(ran) != MaxExchanges {
		t.Errorf("%d exchanges, then %v", len(ran), err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = Run(ctx, func(b *Bench) error {
		b.Handle("GET /", "wait", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		_, err := b.Browser().Do("GET /")
		return err
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an experiment without end: %v", err)
	}
}

// What a browser is given, it sends; what SCS's ErrorFunc gets is in the record.
func TestGivenCookieAndError(t *testing.T) {
	t.Parallel()
	ran, err := Run(t.Context(), func(b *Bench) error {
		b.Handle("GET /", "nothing", func(http.ResponseWriter, *http.Request) {})
		other := b.Browser()
		other.Give("copied")
		b.Store.Close()
		_, err := other.Do("GET /")
		if other.Holds() != "copied" {
			t.Errorf("it holds %q", other.Holds())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if x := ran[0]; x.Sent != "copied" || x.Status != http.StatusInternalServerError ||
		x.Note != "sql: database is closed" || x.Steps[0].Err == "" {
		t.Errorf("%+v", x)
	}
}

func BenchmarkRun(b *testing.B) {
	for b.Loop() {
		if _, err := Run(b.Context(), loginAndRead); err != nil {
			b.Fatal(err)
		}
	}
}
