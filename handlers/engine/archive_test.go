package engine

import (
	"cmp"
	"context"
	"slices"
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
		{"keeps few large ones", testManyLargeRecords},
		{"keeps the latest of many large ones", testLatestStays},
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

func (a archive) Kind() Kind { return a.subject.Kind() }

// wantNothing checks that nothing is kept for the session of token, also if it were there again.
func (a archive) wantNothing(t *testing.T, token, id string) {
	t.Helper()
	a.wantRecords(t, token)
	a.wantData(t, token, id, "")
	if n := recordsIn(t, a, token); n != 0 {
		t.Errorf("%d records lie in the store", n)
	}
}
