// Package engine keeps sessions. It knows nothing of HTTP, of lessons and of how a session is encoded: an
// [Engine] is an SCS store that can also be looked into, and [Open] picks one by URL.
//
// # The rooms
//
//	engine.go errors.go   the contract: what every engine does, and which errors it returns
//	kind.go               what is true of each engine; nothing outside this package tells them apart by name
//	open.go               from a URL to an engine
//	log.go                what an engine said to its store, for the panel
//	archive.go            what engines on servers keep beside the sessions, for every copy of the program
//	ended.go              how long the end of a session is remembered
//	rows.go batches.go    what several engines do with rows, and with many of them
//	lend.go server.go     a connection for one operation at a time; how long servers are waited for
//	plain.go              SCS's sqlite3store as it is, in memory, for one experiment
//	sqlite*.go            SCS's sqlite3store with one writer and several readers, as Django's db backend
//	memory.go             SCS's memstore
//	file*.go              a file for each session, as Django's file backend
//	cookie*.go            the session in the cookie, signed, as Django's signed_cookies backend
//	redis*.go             SCS's goredisstore and scripts, as Django's cache backend
//	postgres*.go          SCS's pgxstore and triggers, as Django's db backend
//
// An engine's own files are named by what they hold: open (and check: whether what is there can be a store),
// sweep, stamps or changes (what the live panel asks ten times a second), served (what servers alone do),
// archive (what they keep beside the sessions).
//
// # The promise
//
// A session that was ended never comes back through a slow request that loaded it before. SQLite and
// PostgreSQL keep that in the schema, with a table of ended tokens that triggers fill and ask; Redis in
// scripts; files by what a file is renamed to; memory in a map. Only a signed cookie cannot be ended.
//
// # Adding an engine
//
// A file with the engine, its [Kind] in kind.go, its URL in [Open] and schemes, and how a test gets an
// empty store in enginetest.Stores. TestConformance then runs over it, and so do the tests of the lab on
// every engine and the page that compares them; what it does not promise, its Kind says. markOf and
// setMark in mark_test.go must know where it remembers an end. What it does when its store is away, full
// or busy is for tests of its own, with wantErrors.
//
//	go test ./handlers/engine -run 'TestConformance/NAME'
//	go test ./handlers/engine -bench 'Engines/NAME'
//	go test ./handlers -run 'TestEveryEngine/NAME'
package engine
