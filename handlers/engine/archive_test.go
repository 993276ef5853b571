package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionlab/handlers/engine/enginetest"
)

// archive is an engine under test that keeps records.
type archive struct {
	subject
	Archive
}

// openArchive opens the store at url, and makes it ready for a look from outside.
func openArchive(t testing.TB, url string) archive {
	t.Helper()
	s := openSubject(t, url)
	return archive{s, s.Engine.(Archive)}
}

// TestArchive runs the same tests on every engine that keeps records.
func TestArchive(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		run  func(*testing.T, archive)
	}{
		{"keeps a record with a commit", testRecordOfCommit},
		{"keeps none of a commit that was refused", testRecordRefused},
		{"keeps none in a race with deletes", testRecordRace},
		{"moves records in a cycle", testRecordsCycle},
		{"drops records with their session", testRecordsEnd},
		{"keeps a record by itself", testKeep},
		{"keeps records of no session", testLooseRecords},
		{"gives nobody the records of another", testRecordsOfOthers},
		{"is shared by two processes", testRecordsShared},
		{"bears odd tokens and IDs", testRecordsOdd},
		{"keeps any data as it is", testRecordData},
		{"takes no large record", testLargeRecord},
		{"keeps the latest of a session", testRecordsOfSession},
		{"keeps so many of no session", testManyLooseRecords},
		{"keeps so many in all", testManyRecords},
		{"keeps notes", testNotes},
		{"keeps so many notes", testManyNotes},
		{"says what it keeps", testRecordLog},
		{"says what it moves", testRecordLogCycle},
		{"takes many visitors", testRecordsOfMany},
	}
	for _, name := range archives {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := enginetest.Stores(t, name)
			for _, tt := range tests {
				t.Run(tt.name, func(t *testing.T) {
					tt.run(t, openArchive(t, store(t)))
				})
			}
		})
	}
}

// archives are the engines that keep records.
var archives = []string{redisKind.Name, postgresKind.Name}

// Every other engine does as if nothing had been asked for.
func TestArchive_NoOther(t *testing.T) {
	t.Parallel()
	for _, k := range Kinds {
		if slices.Contains(archives, k.Name) {
			continue
		}
		s := openSubject(t, enginetest.Stores(t, k.Name)(t))
		if _, ok := s.Engine.(Archive); ok {
			t.Errorf("%s keeps records: TestArchive wants to know", k.Name)
		}
		var log Log
		ctx := WithRecord(WithLog(t.Context(), &log), func([]Statement) Record {
			t.Errorf("%s asks for a record", k.Name)
			return Record{}
		})
		token := newToken()
		if err := s.CommitCtx(ctx, token, []byte("data"), inAnHour()); err != nil {
			t.Errorf("%s: commit: %v", k.Name, err)
		}
		s.wantFound(t, cmp.Or(log.Cookie, token), "data")
	}
}

// recorded is a context that keeps data with the next change, and the ID under which it does.
func recorded(ctx context.Context, data string) (context.Context, string) {
	id := newToken()
	return WithRecord(ctx, func([]Statement) Record {
		return Record{ID: id, Data: []byte(data), Until: inAnHour()}
	}), id
}

// commit saves the session of token with a record of that data, and returns the record's ID.
func (a archive) commit(t testing.TB, token, data string, expiry time.Time) string {
	t.Helper()
	ctx, id := recorded(t.Context(), data)
	if err := a.subject.CommitCtx(ctx, token, []byte("session of "+data), expiry); err != nil {
		t.Fatalf("commit: %v", err)
	}
	return id
}

// keep keeps a record by itself.
func (a archive) keep(t testing.TB, token, data string, until time.Time) string {
	t.Helper()
	id := newToken()
	if err := a.Keep(t.Context(), Record{id, token, []byte(data), until}); err != nil {
		t.Fatalf("keep: %v", err)
	}
	return id
}

// wantRecords checks which records the session of token has, the latest first.
func (a archive) wantRecords(t testing.TB, token string, want ...string) {
	t.Helper()
	got, err := a.Records(t.Context(), token)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("records = %q, %v; want %q", got, err, want)
	}
}

// wantData checks what is kept under id for the session of token; "" is nothing.
func (a archive) wantData(t testing.TB, token, id, want string) {
	t.Helper()
	got, err := a.RecordData(t.Context(), token, []string{newToken(), id})
	if data, ok := got[id]; err != nil || string(data) != want || ok != (want != "") || len(got) > 1 {
		t.Errorf("data = %.40q, %v; want %.40q", got, err, want)
	}
}

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

// wantNothing checks that nothing is kept for the session of token, also if it were there again.
func (a archive) wantNothing(t *testing.T, token, id string) {
	t.Helper()
	a.wantRecords(t, token)
	a.wantData(t, token, id, "")
	if n := recordsIn(t, a, token); n != 0 {
		t.Errorf("%d records lie in the store", n)
	}
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

func (a archive) Kind() Kind { return a.subject.Kind() }

func testKeep(t *testing.T, a archive) {
	none := newToken()
	a.wantNothing(t, none, a.keep(t, none, "of nobody", inAnHour()))
	token := newToken()
	a.put(t, token, "data", inAnHour())
	stamps, err := a.Stamps(t.Context(), []string{token})
	if err != nil {
		t.Fatal(err)
	}
	one := a.keep(t, token, "one", inAnHour())
	two := a.commit(t, token, "two", inAnHour())
	short := a.keep(t, token, "short", time.Now().Add(50*time.Millisecond))
	three := a.keep(t, token, "three", time.Now().Add(1000*time.Hour))
	time.Sleep(100 * time.Millisecond)
	a.wantRecords(t, token, three, two, one)
	a.wantData(t, token, one, "one")
	a.wantData(t, token, short, "")
	a.put(t, newToken(), "data", inAnHour())
	before, err := a.Stamps(t.Context(), []string{token})
	if err != nil || before[token] == stamps[token] {
		t.Errorf("a save did not change the stamp %v, %v", before, err)
	}
	a.keep(t, token, "four", inAnHour())
	if after, err := a.Stamps(t.Context(), []string{token}); err != nil || after[token] != before[token] {
		t.Errorf("a record by itself changed the stamp %v to %v, %v", before, after, err)
	}
}

func testLooseRecords(t *testing.T, a archive) {
	one := a.keep(t, "", "one", inAnHour())
	two := a.keep(t, "", "two", inAnHour())
	short := a.keep(t, "", "short", time.Now().Add(50*time.Millisecond))
	a.keep(t, "", "past", aMinuteAgo())
	time.Sleep(100 * time.Millisecond)
	a.wantData(t, "", one, "one")
	a.wantData(t, "", two, "two")
	a.wantData(t, "", short, "")
	a.wantRecords(t, "")
	end := endOfLoose(t, a)
	if early, late := time.Now().Add(looseLife-time.Minute), time.Now().Add(looseLife+time.Minute); end.Before(early) ||
		end.After(late) {
		t.Errorf("records of no session end at %v; want in %v", end, looseLife)
	}
}

func testRecordsOfOthers(t *testing.T, a archive) {
	mine, other := newToken(), newToken()
	id := a.commit(t, mine, "mine", inAnHour())
	a.commit(t, other, "other", inAnHour())
	loose := a.keep(t, "", "loose", inAnHour())
	for _, token := range []string{other, newToken(), "", mine[1:], mine + "\x00"} {
		a.wantData(t, token, id, "")
	}
	a.wantData(t, mine, id, "mine")
	a.wantData(t, mine, loose, "")
}

func testRecordsShared(t *testing.T, a archive) {
	other := openArchive(t, a.url)
	token := newToken()
	one := a.commit(t, token, "one", inAnHour())
	two := other.commit(t, token, "two", inAnHour())
	a.wantRecords(t, token, two, one)
	other.wantRecords(t, token, two, one)
	other.wantData(t, token, one, "one")
}

func testRecordsOdd(t *testing.T, a archive) {
	token := newToken()
	id := a.commit(t, token, "data", inAnHour())
	odd := []string{"", "n", "#1", "*", "\x00", "\xff", "'; --", strings.Repeat("x", 100_000)}
	for _, text := range odd {
		a.wantRecords(t, text)
		a.wantData(t, text, id, "")
		if err := a.Keep(t.Context(), Record{newToken(), text + "\x00", []byte("x"), inAnHour()}); err != nil {
			t.Errorf("keep under %.20q: %v", text, err)
		}
		if _, found, err := a.Note(t.Context(), text); found || err != nil {
			t.Errorf("note %.20q = %v, %v", text, found, err)
		}
		if err := a.DropNote(t.Context(), text); err != nil {
			t.Errorf("drop %.20q: %v", text, err)
		}
	}
	if got, err := a.RecordData(t.Context(), token, odd); len(got) != 0 || err != nil {
		t.Errorf("data of odd IDs = %q, %v", got, err)
	}
	if got, err := a.RecordData(t.Context(), token, nil); len(got) != 0 || err != nil {
		t.Errorf("data of no IDs = %q, %v", got, err)
	}
	a.wantRecords(t, token, id)
}

func testRecordData(t *testing.T, a archive) {
	token := newToken()
	var all strings.Builder
	for i := range 256 {
		all.WriteByte(byte(i))
	}
	for _, data := range []string{"\x00", "\xff\xfe", all.String(), strings.Repeat(all.String(), MaxRecord/256)} {
		a.wantData(t, token, a.commit(t, token, data, inAnHour()), data)
		a.wantData(t, token, a.keep(t, token, data, inAnHour()), data)
	}
	id := a.keep(t, token, "", inAnHour())
	got, err := a.RecordData(t.Context(), token, []string{id})
	if data, ok := got[id]; !ok || len(data) != 0 || err != nil {
		t.Errorf("empty data = %q, %v, %v", data, ok, err)
	}
}

func testLargeRecord(t *testing.T, a archive) {
	token, large := newToken(), strings.Repeat("x", MaxRecord+1)
	a.wantData(t, token, a.commit(t, token, large, inAnHour()), "")
	a.wantFound(t, token, "session of "+large)
	for _, of := range []string{token, ""} {
		err := a.Keep(t.Context(), Record{newToken(), of, []byte(large), inAnHour()})
		if !errors.Is(err, ErrTooLarge) {
			t.Errorf("keep: %v; want %v", err, ErrTooLarge)
		}
	}
	if err := a.SetNote(t.Context(), "key", []byte(large), inAnHour()); !errors.Is(err, ErrTooLarge) {
		t.Errorf("note: %v; want %v", err, ErrTooLarge)
	}
	ctx := WithRecord(t.Context(), func([]Statement) Record { return Record{} })
	if err := a.subject.CommitCtx(ctx, token, []byte("none"), inAnHour()); err != nil {
		t.Error(err)
	}
	a.wantFound(t, token, "none")
	a.wantRecords(t, token)
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
					if err := a.subject.Cycle(t.Context(), token, fresh, []byte("moved"), inAnHour()); err != nil {
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
