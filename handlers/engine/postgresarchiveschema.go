package engine

import "fmt"

// postgresArchive is where records and notes are kept beside the sessions. Both tables are UNLOGGED: a write
// need not be written twice, and a server that crashes finds them empty. It comes after postgresSchema, in the
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

CREATE UNLOGGED TABLE IF NOT EXISTS session_notes (
	key   TEXT PRIMARY KEY,
	data  BYTEA NOT NULL,
	until TIMESTAMPTZ NOT NULL
);
CREATE INDEX IF NOT EXISTS session_notes_until_idx ON session_notes (until);

-- Keeps a record of a session that is there, and is locked. To count all records takes time, so only every
-- 64th one does that.
CREATE OR REPLACE FUNCTION keep_record(
	of_token text, new_id text, new_data bytea, new_until timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	latest bigint;
	extra bigint;
BEGIN
	INSERT INTO session_records (token, id, data, until)
	VALUES (of_token, new_id, new_data, new_until) RETURNING n INTO latest;
	SELECT n INTO extra FROM session_records WHERE token = of_token
	ORDER BY n DESC LIMIT 1 OFFSET CASE of_token WHEN '' THEN %d ELSE %d END;
	IF FOUND THEN
		DELETE FROM session_records WHERE n IN (SELECT n FROM session_records
			WHERE token = of_token AND n <= extra ORDER BY n LIMIT 20 FOR UPDATE SKIP LOCKED);
	END IF;
	IF mod(latest, 64) = 0 THEN
		DELETE FROM session_records WHERE n IN (SELECT n FROM session_records
			WHERE n <= (SELECT n FROM session_records ORDER BY n DESC LIMIT 1 OFFSET %d)
			ORDER BY n LIMIT 128 FOR UPDATE SKIP LOCKED);
	END IF;
END $$;

CREATE OR REPLACE FUNCTION move_records(old text, fresh text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	UPDATE session_records SET token = fresh WHERE token = old;
END $$;

CREATE OR REPLACE FUNCTION set_note(
	new_key text, new_data bytea, new_until timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO session_notes (key, data, until) VALUES (new_key, new_data, new_until)
	ON CONFLICT (key) DO UPDATE SET data = EXCLUDED.data, until = EXCLUDED.until;
	DELETE FROM session_notes WHERE key IN (SELECT key FROM session_notes
		WHERE until <= (SELECT until FROM session_notes ORDER BY until DESC LIMIT 1 OFFSET %d)
		ORDER BY until LIMIT 20 FOR UPDATE SKIP LOCKED);
END $$;

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
END $$;`, looseRecords, SessionRecords, allRecords, allNotes)
