-- The schema of the session store, applied whenever the program opens the file.

CREATE TABLE IF NOT EXISTS sessions (
	token  TEXT PRIMARY KEY, -- the random id that the cookie carries; Django calls it session_key
	data   BLOB NOT NULL,    -- deadline and values, encoded by SCS's codec (encoding/gob); Django: session_data
	expiry REAL NOT NULL     -- the end of the session as a Julian day in UTC; Django: expire_date
);

-- Finds the rows to sweep without reading the whole table.
CREATE INDEX IF NOT EXISTS sessions_expiry_idx ON sessions(expiry);

-- Every save moves the rowid, because SCS saves with REPLACE INTO: so the rowid tells whether a row changed,
-- and the index of the primary key has it beside the token. A change by hand moves it too.
CREATE TRIGGER IF NOT EXISTS sessions_renumber AFTER UPDATE OF data, expiry ON sessions
BEGIN
	UPDATE sessions SET rowid = (SELECT max(rowid) + 1 FROM sessions) WHERE rowid = NEW.rowid;
END;

-- Tokens of sessions that were ended. SCS's REPLACE INTO would bring back a row that somebody deleted
-- while a slow request was running. Django refuses such a save (SessionInterrupted); here the table
-- refuses it. A mark is against such late requests alone, and no request takes an hour. It is not what
-- keeps an old cookie out: a token without a row is never adopted.
CREATE TABLE IF NOT EXISTS revoked (
	token TEXT PRIMARY KEY,
	until REAL NOT NULL -- an hour after the end of the session, as a Julian day: then it may be forgotten
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS revoked_until_idx ON revoked(until);

-- REPLACE does not fire delete triggers while recursive_triggers is off, which is SQLite's default:
-- an ordinary save does not revoke its own token. No late request can still remember a session that
-- expired over an hour ago: sweeping up old rows leaves nothing behind.
CREATE TRIGGER IF NOT EXISTS sessions_revoke AFTER DELETE ON sessions
WHEN OLD.expiry > julianday('now', '-1 hour')
BEGIN
	INSERT OR REPLACE INTO revoked (token, until)
	VALUES (OLD.token, julianday('now', '+1 hour'));
END;

CREATE TRIGGER IF NOT EXISTS sessions_stay_ended BEFORE INSERT ON sessions
WHEN EXISTS (SELECT 1 FROM revoked WHERE token = NEW.token)
BEGIN
	SELECT RAISE(ABORT, 'session was ended');
END;
