package engine

// Kind is what is true of one engine, whatever is in its store. The tests measure it: the conformance suite
// and those that run the lab on every engine take their exceptions from it, and pages show it to students.
type Kind struct {
	Name   string // the URL scheme
	URL    string // for -store
	Label  string
	Django string // the backend of Django that keeps it in such a place; what it promises can differ
	Keeps  string // where the session lies
	Reads  string // who can read it there
	When   string // when to choose it

	InCookie bool   // the session is in the cookie itself: there is no row, and nothing that could be deleted
	SQL      bool   // its statements are SQL
	Restart  bool   // a session outlives the program
	Needs    string // what has to be so for that; "" for nothing
	Ends     bool   // a flush makes every copy of the cookie worthless
	Lies     bool   // an expired session stays until it is swept
	Shared   bool   // several machines can share it
	With     string // what has to be so for that; "" for nothing
	Limit    string

	Where     string // where the row is, as the panel says it, with code in backticks
	PlaceName string // what [Row.Place] names

	// NothingToSweep is why a sweep from another program never finds anything, in a sentence; "" where it
	// can.
	NothingToSweep string
	// NothingToEnd is why another program cannot end a session before its time; "" where it can.
	NothingToEnd string
}

const ownLimit = "256 KiB, this lab's own"

var sqliteKind = Kind{
	Name: "sqlite", URL: "sqlite:sessions.db", Label: "SQLite", Django: "db",
	Keeps: "a row of a table", Reads: "whoever can read the file",
	When: "One machine, and sessions that must last. The default here, as db is in Django.",
	SQL:  true, Restart: true, Ends: true, Lies: true, Limit: ownLimit,
	Where: "in the `sessions` table", PlaceName: "place",
}

var memoryKind = Kind{
	Name: "memory", URL: "memory:", Label: "Memory", Django: "cache, with a local memory cache",
	Keeps: "a map of the program", Reads: "the program alone",
	When: "Tests, and sessions that nobody misses.",
	Ends: true, Lies: true, Limit: ownLimit,
	Where: "in the server's memory", PlaceName: "place",
	NothingToSweep: "These sessions are in the memory of the program that serves them: " +
		"no other one can sweep them.",
	NothingToEnd: "the sessions are in the memory of the program that serves them: end that program",
}

var fileKind = Kind{
	Name: "file", URL: "file:sessions", Label: "Files", Django: "file",
	Keeps: "a file of its own", Reads: "whoever can read the folder",
	When:    "One machine without a database.",
	Restart: true, Ends: true, Lies: true, Limit: ownLimit,
	Where: "a file of its own", PlaceName: "file",
}

var cookieKind = Kind{
	Name: "cookie", URL: "cookie:", Label: "Signed cookie", Django: "signed_cookies",
	Keeps: "the cookie itself", Reads: "whoever holds the cookie",
	When:     "Little data that is no secret, and no need to end a session from the server.",
	InCookie: true, Restart: true, Needs: "while its key is kept", Shared: true, With: "with the same key",
	Limit: "4096 bytes, name and value together",
	Where: "none in this engine", PlaceName: "place",
	NothingToSweep: "The sessions are in the browsers' cookies: there is nothing here to sweep.",
	NothingToEnd: "the sessions are in the browsers' cookies, and each is good until its end: " +
		"a new SESSIONLAB_KEY ends all of them",
}

var redisKind = Kind{
	Name: "redis", URL: "redis://127.0.0.1:6379", Label: "Redis",
	Django: "cache, with Redis; until 3.2 not in Django",
	Keeps:  "a key with a time to live", Reads: "whoever can log in to the server",
	When: "Many machines and many visitors. When its memory is full, it forgets sessions " +
		"or takes no new ones, as it is set up.",
	Restart: true, Needs: "its own restart too, if it stops in order; after a crash the last snapshot counts",
	Ends: true, Shared: true, Limit: ownLimit,
	Where: "a key in Redis", PlaceName: "key",
	NothingToSweep: "Redis removes a key by itself when its time is over: there is never anything to sweep.",
}

var postgresKind = Kind{
	Name: "postgres", URL: "postgres://user:password@host/database", Label: "PostgreSQL", Django: "db",
	Keeps: "a row of a table", Reads: "whoever can log in to the database",
	When: "Many machines, and sessions that must last.",
	SQL:  true, Restart: true, Ends: true, Lies: true, Shared: true, Limit: ownLimit,
	Where: "in the `sessions` table", PlaceName: "place",
}

// Kinds are the engines that [Open] knows, in the order of the notes.
var Kinds = []Kind{sqliteKind, memoryKind, fileKind, cookieKind, redisKind, postgresKind}
