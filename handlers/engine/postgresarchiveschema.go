package engine

import "fmt"

// postgresArchive is where records and notes are kept beside the sessions. Both tables are UNLOGGED: nothing
// need be written twice, and a server that crashes finds them empty. It comes after postgresSchema, in the
// same transaction.
//
// Nobody waits for another with locks of records in hand: a commit locks its session first, and what it
// takes from other sessions' records, at last, it takes only where nobody else does.
var postgresArchive = fmt.Sprintf(`
CREATE UNLOGGED TABLE IF NOT EXISTS session_records (
	n     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the later the larger
	token TEXT NOT NULL,        -- the session's, or nothing
	id    TEXT NOT NULL,
	data  BYTEA NOT NULL,
	until TIMESTAMPTZ NOT NULL
) WITH (toast_tuple_target = 8160); -- most records lie in the table itself, not cut and compressed beside it
CREATE INDEX IF NOT EXISTS session_records_token_idx ON session_records (token, n);
CREATE INDEX IF NOT EXISTS session_records_large_idx ON session_records (n)
	WHERE octet_length(data) > %[5]d;

CREATE UNLOGGED TABLE IF NOT EXISTS session_notes (
	key   TEXT PRIMARY KEY,
	data  BYTEA NOT NULL,
	until TIMESTAMPTZ NOT NULL
);
CREATE INDEX IF NOT EXISTS session_notes_until_idx ON session_notes (until);

-- To look for what is too much takes time, so only every 16th record does that for its session, and every
-- 64th for all. Large records are few: each of them looks for the others.
CREATE OR REPLACE FUNCTION session_records_bound() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM session_records WHERE n IN (SELECT n FROM session_records
		WHERE token = NEW.token AND n <= (SELECT n FROM session_records WHERE token = NEW.token
			ORDER BY n DESC LIMIT 1 OFFSET CASE NEW.token WHEN '' THEN %[1]d ELSE %[2]d END)
		ORDER BY n LIMIT 128 FOR UPDATE SKIP LOCKED);
	IF mod(NEW.n, 64) = 0 THEN
		DELETE FROM session_records WHERE n IN (SELECT n FROM session_records
			WHERE n <= (SELECT n FROM session_records ORDER BY n DESC LIMIT 1 OFFSET %[3]d)
			ORDER BY n LIMIT 128 FOR UPDATE SKIP LOCKED);
	END IF;
	IF octet_length(NEW.data) > %[5]d THEN
		DELETE FROM session_records WHERE n IN (SELECT n FROM session_records
			WHERE octet_length(data) > %[5]d
			ORDER BY n DESC LIMIT 128 OFFSET %[6]d FOR UPDATE SKIP LOCKED);
	END IF;
	RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER session_records_bound AFTER INSERT ON session_records
FOR EACH ROW WHEN (mod(NEW.n, 16) = 0 OR octet_length(NEW.data) > %[5]d)
EXECUTE FUNCTION session_records_bound();

CREATE OR REPLACE FUNCTION session_notes_bound() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM session_notes WHERE key IN (SELECT key FROM session_notes
		WHERE until <= (SELECT until FROM session_notes ORDER BY until DESC LIMIT 1 OFFSET %[4]d)
		ORDER BY until LIMIT 20 FOR UPDATE SKIP LOCKED);
	RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER session_notes_bound AFTER INSERT ON session_notes
FOR EACH ROW EXECUTE FUNCTION session_notes_bound();

-- Whoever ends a session ends its records. This waits for the end of the transaction: one that moves the
-- session takes the records along before that.
CREATE OR REPLACE FUNCTION session_records_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM session_records WHERE token = OLD.token;
	RETURN NULL;
END $$;
DO $$ BEGIN
	IF NOT EXISTS (SELECT FROM pg_trigger
			WHERE tgrelid = 'sessions'::regclass AND tgname = 'sessions_records_end') THEN
		CREATE CONSTRAINT TRIGGER sessions_records_end AFTER DELETE ON sessions
		DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION session_records_end();
	END IF;
END $$;`, looseRecords, SessionRecords, allRecords, allNotes, MaxRecord, largeRecords)
