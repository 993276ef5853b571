CREATE TABLE IF NOT EXISTS sessions (
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
FOR EACH ROW EXECUTE FUNCTION session_stays_ended();
