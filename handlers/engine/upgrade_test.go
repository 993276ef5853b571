package engine

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"sessionlab/handlers/engine/enginetest"
)

// earlierSchema returns what a version made that kept a mark for as long as the session could have lived.
func earlierSchema(t *testing.T, name string) string {
	t.Helper()
	schema, err := os.ReadFile(filepath.Join("testdata", "earlier-"+name+".sql"))
	if err != nil {
		t.Fatal(err)
	}
	return string(schema)
}

// oldSession is what lies in a store of an earlier version: one session of the data "old" that lives for an
// hour, one of 250 KB, and the mark of one that was ended, kept for a year.
type oldSession struct{ live, large, ended string }

const largeData = 250_000 // bytes

// makeOld makes a store of an earlier version at url, with the tools of somebody else.
func makeOld(t *testing.T, url string, old oldSession) {
	t.Helper()
	name, rest, _ := strings.Cut(url, ":")
	switch name {
	case "sqlite":
		makeOldSQLite(t, rest, old)
	case "file":
		makeOldFiles(t, rest, old)
	case "redis":
		makeOldRedis(t, redisClient(t, subject{url: url}), old)
	case "postgres":
		makeOldPostgres(t, enginetest.PostgresClient(t, url), old)
	default:
		t.Fatalf("nobody has said what an earlier version made at %s", url)
	}
}

func makeOldSQLite(t *testing.T, path string, old oldSession) {
	t.Helper()
	makeDB(t, path, "PRAGMA journal_mode = WAL;"+earlierSchema(t, "sqlite"))
	db := stranger(t, path)
	const live = "INSERT INTO sessions VALUES (?, ?, julianday('now', '+1 hour'))"
	mustExec(t, db, live, old.live, "old")
	mustExec(t, db, live, old.large, make([]byte, largeData))
	mustExec(t, db, "INSERT INTO sessions VALUES (?, 'old', julianday('now', '+1 year'))", old.ended)
	mustExec(t, db, "DELETE FROM sessions WHERE token = ?", old.ended)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func makeOldFiles(t *testing.T, dir string, old oldSession) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		sessionFile + old.live:  "old",
		sessionFile + old.large: strings.Repeat("x", largeData),
		endedFile + old.ended:   "",
	} {
		mustWrite(t, filepath.Join(dir, name), data)
		end := inAnHour()
		if data == "" {
			end = end.AddDate(1, 0, 0)
		}
		if err := os.Chtimes(filepath.Join(dir, name), end, end); err != nil {
			t.Fatal(err)
		}
	}
}

func makeOldRedis(t *testing.T, client *redis.Client, old oldSession) {
	t.Helper()
	for token, data := range map[string]string{old.live: "old", old.large: strings.Repeat("x", largeData)} {
		at := inAnHour().UnixMilli()
		client.Do(t.Context(), "SET", redisSession+token, data, "PXAT", at)
		client.Do(t.Context(), "ZADD", redisExpiry, at, token)
	}
	if err := client.Set(t.Context(), redisEnded+old.ended, "", 365*24*time.Hour).Err(); err != nil {
		t.Fatal(err)
	}
}

func makeOldPostgres(t *testing.T, client *pgx.Conn, old oldSession) {
	t.Helper()
	psql(t, client, earlierSchema(t, "postgres"))
	insert := func(token, data, life string) {
		const query = "INSERT INTO sessions VALUES ($1, $2, now() + $3::text::interval)"
		if _, err := client.Exec(t.Context(), query, token, []byte(data), life); err != nil {
			t.Fatal(err)
		}
	}
	insert(old.live, "old", "1 hour")
	insert(old.large, strings.Repeat("x", largeData), "1 hour")
	insert(old.ended, "old", "1 year")
	psql(t, client, "DELETE FROM sessions WHERE token = '"+old.ended+"'")
}

// TestStoresOfEarlierVersions opens them, several processes at once, and goes on with their sessions.
func TestStoresOfEarlierVersions(t *testing.T) {
	t.Parallel()
	for _, k := range Kinds {
		if !k.Restart || k.InCookie { // nothing stays, and see TestCookie_PayloadFormats
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			url, old := enginetest.Stores(t, k.Name)(t), oldSession{newToken(), newToken(), newToken()}
			makeOld(t, url, old)
			openTogether(t, url)
			testOld(t, openSubject(t, url), old)
		})
	}
}

// openTogether opens the store at url as several processes do that start at once, and closes it.
func openTogether(t *testing.T, url string) {
	t.Helper()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			e, err := Open(t.Context(), url, sqliteSchema(t))
			if err != nil {
				t.Errorf("open together with others: %v", err)
				return
			}
			e.Close()
		})
	}
	wg.Wait()
}

// testOld goes on with the sessions of a store of an earlier version.
func testOld(t *testing.T, s subject, old oldSession) {
	s.wantFound(t, old.live, "old")
	s.wantEnded(t, old.ended)
	if u, err := s.Usage(t.Context()); err != nil || u != (Usage{2, largeData + 3}) {
		t.Errorf("usage = %+v, %v", u, err)
	}
	if _, err := s.DeleteExpired(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	// A mark in Redis that was kept for long ends by itself: to find it, all keys would have to be looked at.
	until, _ := markOf(t, s, old.ended)
	if long := until.After(time.Now().Add(time.Hour + time.Second)); long != (s.Kind().Name == "redis") {
		t.Errorf("the mark of an ended session is kept until %v", until)
	}
	s.wantEnded(t, old.ended)

	testOldRecords(t, s, old)
	testOldStamps(t, s, old)
	fresh := newToken()
	if err := s.Cycle(t.Context(), old.live, fresh, []byte("moved"), inAnHour()); err != nil {
		t.Fatal(err)
	}
	s.wantFound(t, fresh, "moved")
	s.wantEnded(t, old.live)
	s.end(t, old.large)
	s.wantEnded(t, old.large)
	for _, token := range []string{old.live, old.large} {
		if until, ok := markOf(t, s, token); !ok || until.After(time.Now().Add(time.Hour+time.Second)) {
			t.Errorf("a session that ended now is remembered until %v, %v", until, ok)
		}
	}
}

// testOldStamps saves the same again and again, and looks each time.
func testOldStamps(t *testing.T, s subject, old oldSession) {
	t.Helper()
	const saves = 3
	expiry, seen := inAnHour(), map[Stamp]bool{}
	for range saves {
		stamps, err := s.Stamps(t.Context(), []string{old.live, old.large, old.ended})
		if err != nil || len(stamps) != 2 {
			t.Fatalf("stamps = %v, %v; want two", stamps, err)
		}
		seen[stamps[old.live]] = true
		s.put(t, old.live, "old", expiry)
	}
	if len(seen) != saves {
		t.Errorf("%d saves of the same gave the stamps %v", saves, seen)
	}
}

// testOldRecords keeps a record of a session that was there before anything kept records.
func testOldRecords(t *testing.T, s subject, old oldSession) {
	t.Helper()
	keeper, ok := s.Engine.(Archive)
	if !ok {
		return
	}
	a := archive{s, keeper}
	a.wantRecords(t, old.live)
	id := a.keep(t, old.live, "record", inAnHour())
	a.wantRecords(t, old.live, id)
}
