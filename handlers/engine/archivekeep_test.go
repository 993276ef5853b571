package engine

import (
	"errors"
	"strings"
	"testing"
	"time"
)

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
	if off := time.Until(end) - looseLife; off.Abs() > time.Minute {
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
	largest := strings.Repeat(all.String(), MaxSessionRecord/256)
	for _, data := range []string{"\x00", "\xff\xfe", all.String(), largest} {
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
	tooLarge := strings.Repeat("x", MaxSessionRecord+1)
	a.wantData(t, token, a.commit(t, token, tooLarge, inAnHour()), "")
	a.wantFound(t, token, "session of "+tooLarge)
	for of, data := range map[string]string{token: tooLarge, "": large} {
		err := a.Keep(t.Context(), Record{newToken(), of, []byte(data), inAnHour()})
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
