package engine

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionlab/handlers/engine/enginetest"
)

// What a version made that kept a mark for as long as the session could have lived.
const (
	oldSQLiteSchema = `-- The schema of the session store, applied whenever the program opens the file.

CREATE TABLE IF NOT EXISTS sessions (
	token  TEXT PRIMARY KEY, -- the random id that the cookie carries; Django calls it session_key
	data   BLOB NOT NULL,    -- deadline and values, encoded by SCS's codec (encoding/gob); Django: session_data
	expiry REAL NOT NULL     -- the end of the session as a Julian day in UTC; Django: expire_date
);

-- Finds the rows to sweep without reading the whole table.
CREATE INDEX IF NOT EXISTS sessions_expiry_idx ON sessions(expiry);

-- Tokens of sessions that were ended. SCS saves with REPLACE INTO, which would bring back a row
-- that somebody deleted while a slow request was running. Django refuses such a save
-- (SessionInterrupted); here the table refuses it.
CREATE TABLE IF NOT EXISTS revoked (
	token TEXT PRIMARY KEY,
	until REAL NOT NULL -- Julian day from which no late request can remember the token: then it may be forgotten
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS revoked_until_idx ON revoked(until);

-- REPLACE does not fire delete triggers while recursive_triggers is off, which is SQLite's default:
-- an ordinary save does not revoke its own token. No request takes an hour, so none can still remember
-- a session that expired longer ago: sweeping up old rows leaves nothing behind.
CREATE TRIGGER IF NOT EXISTS sessions_ended AFTER DELETE ON sessions
WHEN OLD.expiry > julianday('now', '-1 hour')
BEGIN
	INSERT OR REPLACE INTO revoked (token, until)
	VALUES (OLD.token, max(OLD.expiry, julianday('now', '+1 hour')));
END;

CREATE TRIGGER IF NOT EXISTS sessions_stay_ended BEFORE INSERT ON sessions
WHEN EXISTS (SELECT 1 FROM revoked WHERE token = NEW.token)
BEGIN
	SELECT RAISE(ABORT, 'session was ended');
END;`

	oldPostgresSchema = `CREATE TABLE IF NOT EXISTS sessions (
	token  TEXT PRIMARY KEY,     -- the random id that the cookie carries; Django calls it session_key
	data   BYTEA NOT NULL,       -- deadline and values, encoded by SCS's codec (encoding/gob); Django: session_data
	expiry TIMESTAMPTZ NOT NULL  -- the end of the session; Django: expire_date
);
-- Finds the rows to sweep without reading the whole table.
CREATE INDEX IF NOT EXISTS sessions_expiry_idx ON sessions (expiry);

-- Tokens of sessions that were ended, each with the time from which no late request can
-- remember it: then it may be forgotten.
CREATE TABLE IF NOT EXISTS revoked (
	token TEXT PRIMARY KEY,
	until TIMESTAMPTZ NOT NULL
);

CREATE INDEX IF NOT EXISTS revoked_until_idx ON revoked (until);

CREATE OR REPLACE FUNCTION session_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO revoked (token, until)
	VALUES (OLD.token, greatest(OLD.expiry, now() + interval '1 hour'))
	ON CONFLICT (token) DO UPDATE SET until = EXCLUDED.until;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER sessions_ended AFTER DELETE ON sessions
FOR EACH ROW EXECUTE FUNCTION session_ended();

-- A save is INSERT ... ON CONFLICT DO UPDATE, and this runs before PostgreSQL looks for the
-- conflict. If a delete of that row is under way just then, the insert waits for it, finds no
-- conflict any more, and inserts: without asking the trigger again. So the trigger waits for
-- the delete itself, by locking the row, and looks for the mark of its end after that.
CREATE OR REPLACE FUNCTION session_stays_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM sessions WHERE token = NEW.token FOR UPDATE;
	IF EXISTS (SELECT FROM revoked WHERE token = NEW.token) THEN
		RAISE EXCEPTION 'session was ended' USING ERRCODE = 'ENDED';
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER sessions_stay_ended BEFORE INSERT ON sessions
FOR EACH ROW EXECUTE FUNCTION session_stays_ended();`
)

// oldSession is what lies in a store of an earlier version: one session of the data "old" that lives for an
// hour, one of 250 KB, and the mark of one that was ended, kept for a year.
type oldSession struct{ live, large, ended string }

const largeData = 250_000 // bytes

// makeOld makes a store of an earlier version at url, with the tools of somebody else.
var makeOld = map[string]func(t *testing.T, url string, old oldSession){
	"sqlite": func(t *testing.T, url string, old oldSession) {
		path := strings.TrimPrefix(url, "sqlite:")
		makeDB(t, path, "PRAGMA journal_mode = WAL;"+oldSQLiteSchema)
		db := stranger(t, path)
		const live = "INSERT INTO sessions VALUES (?, ?, julianday('now', '+1 hour'))"
		mustExec(t, db, live, old.live, "old")
		mustExec(t, db, live, old.large, make([]byte, largeData))
		mustExec(t, db, "INSERT INTO sessions VALUES (?, 'old', julianday('now', '+1 year'))", old.ended)
		mustExec(t, db, "DELETE FROM sessions WHERE token = ?", old.ended)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	},
	"file": func(t *testing.T, url string, old oldSession) {
		dir := strings.TrimPrefix(url, "file:")
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
	},
	"redis": func(t *testing.T, url string, old oldSession) {
		client := redisClient(t, subject{url: url})
		for token, data := range map[string]string{old.live: "old", old.large: strings.Repeat("x", largeData)} {
			at := inAnHour().UnixMilli()
			client.Do(t.Context(), "SET", redisSession+token, data, "PXAT", at)
			client.Do(t.Context(), "ZADD", redisExpiry, at, token)
		}
		if err := client.Set(t.Context(), redisEnded+old.ended, "", 365*24*time.Hour).Err(); err != nil {
			t.Fatal(err)
		}
	},
	"postgres": func(t *testing.T, url string, old oldSession) {
		client := enginetest.PostgresClient(t, url)
		psql(t, client, oldPostgresSchema)
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
	},
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
			makeOld[k.Name](t, url, old)
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
			testOld(t, openSubject(t, url), old)
		})
	}
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

	expiry := inAnHour()
	seen := map[Stamp]bool{}
	const saves = 3
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
	fresh := newToken()
	if err := s.Cycle(t.Context(), old.live, fresh, []byte("moved"), expiry); err != nil {
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
