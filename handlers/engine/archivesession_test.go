package engine

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

func testRecordOfCommit(t *testing.T, a archive) {
	token := newToken()
	a.wantRecords(t, token)
	one := a.commit(t, token, "one", inAnHour())
	a.wantRecords(t, token, one)
	two := a.commit(t, token, "two", inAnHour())
	three := a.commit(t, token, "three", time.Now().Add(2*time.Hour))
	a.put(t, token, "no record", inAnHour())
	a.wantRecords(t, token, three, two, one)
	got, err := a.RecordData(t.Context(), token, []string{one, three})
	if err != nil || len(got) != 2 || string(got[one]) != "one" || string(got[three]) != "three" {
		t.Errorf("data = %q, %v; want that of two", got, err)
	}
	a.wantFound(t, token, "no record")

	ctx, once := recorded(t.Context(), "once")
	for range 2 {
		if err := a.subject.CommitCtx(ctx, token, []byte("data"), inAnHour()); err != nil {
			t.Fatal(err)
		}
	}
	a.wantRecords(t, token, once, three, two, one)
}

func testRecordRefused(t *testing.T, a archive) {
	token := newToken()
	a.commit(t, token, "one", inAnHour())
	a.end(t, token)
	ctx, id := recorded(t.Context(), "late")
	if err := a.subject.CommitCtx(ctx, token, []byte("late"), inAnHour()); !errors.Is(err, ErrEnded) {
		t.Errorf("late commit: %v; want %v", err, ErrEnded)
	}
	ctx, moved := recorded(t.Context(), "late")
	fresh := newToken()
	err := a.subject.Cycle(ctx, token, fresh, []byte("late"), inAnHour())
	if !errors.Is(err, ErrEnded) {
		t.Errorf("late cycle: %v; want %v", err, ErrEnded)
	}
	a.wantNothing(t, token, id)
	a.wantNothing(t, fresh, moved)
}

// testRecordRace lets commits with records meet a delete. In the end nothing is left.
func testRecordRace(t *testing.T, a archive) {
	other := openArchive(t, a.url)
	for range 40 {
		token := newToken()
		a.commit(t, token, "one", inAnHour())
		var wg sync.WaitGroup
		wg.Go(func() { other.end(t, token) })
		for i := range 3 {
			wg.Go(func() {
				ctx, _ := recorded(t.Context(), "late")
				by := []archive{a, other}[i%2]
				if i == 2 {
					a.keep(t, token, "late", inAnHour())
				} else if err := by.subject.CommitCtx(ctx, token, []byte("late"), inAnHour()); err != nil &&
					!errors.Is(err, ErrEnded) {
					t.Errorf("late commit: %v", err)
				}
			})
		}
		wg.Wait()
		a.wantNothing(t, token, "")
	}
}

func testRecordsCycle(t *testing.T, a archive) {
	old, fresh, last := newToken(), newToken(), newToken()
	one := a.commit(t, old, "one", inAnHour())
	two := a.commit(t, old, "two", inAnHour())
	ctx, three := recorded(t.Context(), "three")
	if err := a.subject.Cycle(ctx, old, fresh, []byte("moved"), time.Now().Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	a.wantFound(t, fresh, "moved")
	a.wantRecords(t, fresh, three, two, one)
	a.wantData(t, fresh, one, "one")
	a.wantData(t, fresh, three, "three")
	a.wantNothing(t, old, one)
	if err := a.subject.Cycle(t.Context(), fresh, last, []byte("moved"), inAnHour()); err != nil {
		t.Fatal(err)
	}
	a.wantRecords(t, last, three, two, one)
	a.wantNothing(t, fresh, one)
	none := newToken()
	a.put(t, none, "data", inAnHour())
	if err := a.subject.Cycle(t.Context(), none, newToken(), []byte("moved"), inAnHour()); err != nil {
		t.Errorf("cycle without records: %v", err)
	}
	a.end(t, last)
	a.wantNothing(t, last, one)
}

func testRecordsEnd(t *testing.T, a archive) {
	stays, stayed := newToken(), ""
	stayed = a.commit(t, stays, "stays", inAnHour())
	for name, end := range map[string]func(token string) error{
		"delete":                 func(token string) error { a.end(t, token); return nil },
		"delete by another copy": func(token string) error { openSubject(t, a.url).end(t, token); return nil },
		"delete by another program": func(token string) error {
			removeByHand(t, a, token)
			return nil
		},
		"forget": func(token string) error { return a.subject.Engine.(Served).Forget(t.Context(), token) },
		"expiry": func(token string) error {
			a.commit(t, token, "short", time.Now().Add(50*time.Millisecond))
			time.Sleep(100 * time.Millisecond)
			a.wantRecords(t, token)
			_, err := a.subject.DeleteExpired(t.Context(), time.Now())
			return err
		},
		"a commit of the past": func(token string) error {
			a.commit(t, token, "late", aMinuteAgo())
			a.wantRecords(t, token)
			_, err := a.subject.DeleteExpired(t.Context(), time.Now())
			return err
		},
	} {
		token := newToken()
		id := a.commit(t, token, "data", inAnHour())
		a.keep(t, token, "more", inAnHour())
		if err := end(token); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		a.wantRecords(t, token)
		a.wantData(t, token, id, "")
		if n := recordsIn(t, a, token); n != 0 && (name != "delete by another program" || a.Kind().SQL) {
			t.Errorf("%s: %d records are left", name, n)
		}
	}
	a.wantRecords(t, stays, stayed)
}

// testRecordsOfMany lets visitors save, move and end sessions with records, all at the same time.
func testRecordsOfMany(t *testing.T, a archive) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			token := newToken()
			var want []string
			for j := range 12 {
				want = slices.Insert(want, 0, a.commit(t, token, fmt.Sprint(i, j), inAnHour()))
				if j%4 == 0 {
					fresh := newToken()
					err := a.subject.Cycle(t.Context(), token, fresh, []byte("moved"), inAnHour())
					if err != nil {
						t.Errorf("cycle: %v", err)
					}
					token = fresh
				}
				a.keep(t, "", "loose", inAnHour())
			}
			a.wantRecords(t, token, want...)
			a.end(t, token)
			a.wantNothing(t, token, want[0])
		})
	}
	wg.Wait()
}
