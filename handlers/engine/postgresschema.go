package engine

// postgresTable is the table that pgxstore wants. It is made before it is looked at, and
// undone with everything else if it is not what it should be.
const postgresTable = `
CREATE TABLE IF NOT EXISTS sessions (
	token  TEXT PRIMARY KEY,     -- the random id that the cookie carries; Django calls it session_key
	data   BYTEA NOT NULL,       -- deadline and values, encoded by SCS's codec; Django: session_data
	expiry TIMESTAMPTZ NOT NULL  -- the end of the session; Django: expire_date
)`

// What a table sessions must be that is there already: these columns, and one row for each
// token. EXPLAIN only plans the commit of pgxstore, and fails where that would.
const (
	postgresColumns = `
SELECT string_agg(attname || ' ' || format_type(atttypid, NULL), ', ' ORDER BY attname)
FROM pg_attribute WHERE attrelid = 'sessions'::regclass AND attnum > 0 AND NOT attisdropped`
	wantColumns   = "data bytea, expiry timestamp with time zone, token text"
	postgresCheck = `
EXPLAIN INSERT INTO sessions (token, data, expiry) VALUES ('', '', now())
ON CONFLICT (token) DO UPDATE SET data = EXCLUDED.data, expiry = EXCLUDED.expiry`
)

// postgresSchema does for PostgreSQL what sessions.db.sql does for SQLite: an ended session
// does not come back.
const postgresSchema = `
-- Finds the rows to sweep without reading the whole table.
CREATE INDEX IF NOT EXISTS sessions_expiry_idx ON sessions (expiry);

-- Tokens of sessions that were ended, each with the time from which no late request can
-- remember it: an hour after the end. Then it may be forgotten. A mark is against late
-- requests alone; a token without a row is never adopted anyway.
CREATE TABLE IF NOT EXISTS revoked (
	token TEXT PRIMARY KEY,
	until TIMESTAMPTZ NOT NULL
);

CREATE INDEX IF NOT EXISTS revoked_until_idx ON revoked (until);

CREATE OR REPLACE FUNCTION session_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO revoked (token, until)
	VALUES (OLD.token, now() + interval '1 hour')
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
FOR EACH ROW EXECUTE FUNCTION session_stays_ended();

-- An earlier version remembered an end for as long as the session could have lived.
UPDATE revoked SET until = now() + interval '1 hour' WHERE until > now() + interval '1 hour';`

// sqlStateEnded is the error code that the trigger raises.
const sqlStateEnded = "ENDED"
