package engine

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/engine/enginetest"
)

// recordsIn returns how many records of token lie in the store of a, as somebody else sees it.
func recordsIn(t *testing.T, a archive, token string) (n int) {
	t.Helper()
	if a.Kind().Name == redisKind.Name {
		client := redisClient(t, a.subject)
		if token == "" {
			return len(client.Keys(t.Context(), redisLoose+"*").Val())
		}
		fields, err := client.HLen(t.Context(), redisRecords+token).Result()
		if err != nil {
			t.Fatal(err)
		}
		return int(fields) / 2
	}
	return countRows(t, a, "SELECT count(*) FROM session_records WHERE token = $1", token)
}

// countRows returns the number that query finds in PostgreSQL.
func countRows(t *testing.T, a archive, query string, args ...any) (n int) {
	t.Helper()
	client := enginetest.PostgresClient(t, a.url)
	defer client.Close(context.Background())
	if err := client.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// removeByHand removes the session of token with the tools of somebody else.
func removeByHand(t *testing.T, a archive, token string) {
	t.Helper()
	if a.Kind().Name == redisKind.Name {
		redisClient(t, a.subject).Del(t.Context(), redisSession+token)
		return
	}
	psql(t, enginetest.PostgresClient(t, a.url), "DELETE FROM sessions WHERE token = '"+token+"'")
}

// endOfLoose returns when the last of the records of no session is forgotten at the latest.
func endOfLoose(t *testing.T, a archive) (end time.Time) {
	t.Helper()
	if a.Kind().Name == redisKind.Name {
		last := redisClient(t, a.subject).ZRevRangeWithScores(t.Context(), redisLooseEnds, 0, 0).Val()
		return time.UnixMilli(int64(last[0].Score))
	}
	client := enginetest.PostgresClient(t, a.url)
	err := client.QueryRow(t.Context(), "SELECT max(until) FROM session_records WHERE token = ''").Scan(&end)
	if err != nil {
		t.Fatal(err)
	}
	return end
}

// wantAbout checks that n records lie in the store: in PostgreSQL it may be some more, until the next look.
func wantAbout(t *testing.T, a archive, n, want int) {
	t.Helper()
	more := 0
	if a.Kind().SQL {
		more = 15
	}
	if n < want || n > want+more {
		t.Errorf("%d records lie in the store; want %d, or %d more", n, want, more)
	}
}

func testRecordsOfSession(t *testing.T, a archive) {
	token := newToken()
	var ids []string
	for i := range SessionRecords + 20 {
		ids = append([]string{a.commit(t, token, strings.Repeat("x", 1+i*500), inAnHour())}, ids...)
	}
	a.wantRecords(t, token, ids[:SessionRecords]...)
	a.wantData(t, token, ids[len(ids)-1], "")
	wantAbout(t, a, recordsIn(t, a, token), SessionRecords)
	wantRoom(t, a, token)
}

func testManyLooseRecords(t *testing.T, a archive) {
	first := a.keep(t, "", "first", inAnHour())
	for range looseRecords - 1 {
		a.keep(t, "", "loose", inAnHour())
	}
	a.wantData(t, "", first, "first")
	var last string
	for range 16 {
		last = a.keep(t, "", "last", inAnHour())
	}
	a.wantData(t, "", first, "")
	a.wantData(t, "", last, "last")
	wantAbout(t, a, recordsIn(t, a, ""), looseRecords)
}

// Of records that hold a large session there are few: none costs as much as a thousand others.
func testManyLargeRecords(t *testing.T, a archive) {
	large := strings.Repeat("x", MaxRecord+1)
	first := newToken()
	old := a.commit(t, first, large, inAnHour())
	if a.Kind().Name == redisKind.Name {
		a.wantData(t, first, old, large) // it counts bytes, see testRoom
		return
	}
	a.wantRecords(t, first, old)
	small := newToken()
	kept := a.commit(t, small, "small", inAnHour())
	for range largeRecords {
		a.commit(t, newToken(), large, inAnHour())
	}
	a.wantRecords(t, first)
	a.wantRecords(t, small, kept)
	const query = "SELECT count(*) FROM session_records WHERE octet_length(data) > %d"
	n := countRows(t, a, fmt.Sprintf(query, MaxRecord))
	if n != largeRecords {
		t.Errorf("%d large records lie in the store; want %d", n, largeRecords)
	}
}

func testManyRecords(t *testing.T, a archive) {
	if a.Kind().Name == redisKind.Name {
		testRoom(t, a)
		return
	}
	first, last := newToken(), newToken()
	old := a.commit(t, first, "first", inAnHour())
	client := enginetest.PostgresClient(t, a.url)
	psql(t, client, fmt.Sprintf(
		"INSERT INTO session_records (token, id, data, until) "+
			"SELECT 't' || i, 'id', 'data', now() + interval '1 hour' FROM generate_series(1, %d) i",
		allRecords-70))
	a.wantRecords(t, first, old)
	for i := range 200 {
		a.keep(t, "", fmt.Sprint(i), inAnHour())
	}
	id := a.commit(t, last, "last", inAnHour())
	a.wantRecords(t, first)
	a.wantRecords(t, last, id)
	n := countRows(t, a, "SELECT count(*) FROM session_records")
	if n < allRecords || n >= allRecords+64 {
		t.Errorf("%d records lie in the store; want %d and a few", n, allRecords)
	}
	psql(t, client, "UPDATE session_records SET until = now() - interval '1 second' WHERE token <> '"+last+"'")
	if _, err := a.subject.DeleteExpired(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if n := countRows(t, a, "SELECT count(*) FROM session_records"); n != 1 {
		t.Errorf("after a sweep %d records lie in the store; want one", n)
	}
}

// testRoom fills the room that records have in Redis, with many small ones and with large ones.
func testRoom(t *testing.T, a archive) {
	for _, size := range []int{10, MaxRecord} {
		redisClient(t, a.subject).FlushDB(t.Context())
		fit := sessionRoom / max(size, leastRoom)
		first, second := newToken(), newToken()
		a.commit(t, first, strings.Repeat("x", size), inAnHour())
		old := a.commit(t, second, strings.Repeat("x", size), inAnHour())
		a.commit(t, first, strings.Repeat("x", size), inAnHour()) // now the other one is the oldest
		for i := 3; i < fit; i += SessionRecords {
			token := newToken()
			for range min(SessionRecords, fit-i) {
				a.commit(t, token, strings.Repeat("x", size), inAnHour())
			}
		}
		a.wantRecords(t, second, old)
		a.commit(t, newToken(), strings.Repeat("x", size), inAnHour())
		a.wantRecords(t, second)
		if n := recordsIn(t, a, first); n != 2 {
			t.Errorf("%d records of the younger session are left; want both", n)
		}
		if all, err := roomOf(t, a, "*"); err != nil || all > sessionRoom {
			t.Errorf("records of %d bytes take %d bytes, %v; want at most %d", size, all, err, sessionRoom)
		}
	}
}

// roomOf returns how much room Redis counts for the records of token.
func roomOf(t *testing.T, a archive, token string) (int, error) {
	t.Helper()
	return strconv.Atoi(redisClient(t, a.subject).HGet(t.Context(), redisSizes, token).Val())
}

// wantRoom checks that Redis counts the records of the only session token right, and forgets what has ended.
func wantRoom(t *testing.T, a archive, token string) {
	t.Helper()
	if a.Kind().Name != redisKind.Name {
		return
	}
	client, want := redisClient(t, a.subject), 0
	for field, value := range client.HGetAll(t.Context(), redisRecords+token).Val() {
		if strings.HasPrefix(field, "data") {
			want += max(len(value), leastRoom)
		}
	}
	for _, of := range []string{token, "*"} {
		if got, err := roomOf(t, a, of); got != want || err != nil {
			t.Errorf("the room of %s is %d, %v; want %d", of, got, err, want)
		}
	}
	client.Del(t.Context(), redisRecords+token)
	if _, err := a.subject.DeleteExpired(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	ages := client.ZCard(t.Context(), redisAges).Val()
	if all, err := roomOf(t, a, "*"); all != 0 || err != nil || ages != 0 {
		t.Errorf("after the end of the records their room is %d, %v, of %d sessions", all, err, ages)
	}
	a.commit(t, token, "again", inAnHour())
	a.end(t, token)
	if all, err := roomOf(t, a, "*"); all != 0 || err != nil {
		t.Errorf("after the end of the session the room is %d, %v", all, err)
	}
}

func testNotes(t *testing.T, a archive) {
	want := func(key, want string) {
		t.Helper()
		data, found, err := a.Note(t.Context(), key)
		if err != nil || string(data) != want || found != (want != "") {
			t.Errorf("note %s = %q, %v, %v; want %q", key, data, found, err, want)
		}
	}
	set := func(key, data string, until time.Time) {
		t.Helper()
		if err := a.SetNote(t.Context(), key, []byte(data), until); err != nil {
			t.Fatalf("set note: %v", err)
		}
	}
	want("a", "")
	set("a", "one", inAnHour())
	set("b", "other", inAnHour())
	want("a", "one")
	set("a", "two\x00\xff", inAnHour())
	want("a", "two\x00\xff")
	set("a", "short", time.Now().Add(50*time.Millisecond))
	set("past", "past", aMinuteAgo())
	time.Sleep(100 * time.Millisecond) // by the server's clock, which cannot be set
	want("a", "")
	want("past", "")
	if _, err := a.subject.DeleteExpired(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	want("b", "other")
	for range 2 {
		if err := a.DropNote(t.Context(), "b"); err != nil {
			t.Errorf("drop note: %v", err)
		}
	}
	want("b", "")
	if n := notesIn(t, a); n != 0 {
		t.Errorf("%d notes lie in the store", n)
	}
}

// notesIn returns how many notes lie in the store of a, as somebody else sees it.
func notesIn(t *testing.T, a archive) int {
	t.Helper()
	if a.Kind().Name == redisKind.Name {
		client := redisClient(t, a.subject)
		now := fmt.Sprint(time.Now().UnixMilli())
		keys := len(client.Keys(t.Context(), redisNote+"*").Val())
		return max(keys, int(client.ZCount(t.Context(), redisNotes, now, "+inf").Val()))
	}
	return countRows(t, a, "SELECT count(*) FROM session_notes")
}

func testManyNotes(t *testing.T, a archive) {
	end := inAnHour()
	for i := range allNotes + 3 {
		key := fmt.Sprint("key", i)
		if err := a.SetNote(t.Context(), key, []byte("note"), end.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	if n := notesIn(t, a); n != allNotes {
		t.Errorf("%d notes lie in the store; want %d", n, allNotes)
	}
	for i, want := range map[int]bool{0: false, 2: false, 3: true, allNotes: true} {
		key := fmt.Sprint("key", i)
		if _, found, err := a.Note(t.Context(), key); found != want || err != nil {
			t.Errorf("%s is found: %v, %v; want %v", key, found, err, want)
		}
	}
}
