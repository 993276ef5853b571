-- The schema of the session store, applied whenever the program opens the file.

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
END;
