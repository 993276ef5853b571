package handlers

import (
	"time"

	"sessionlab/handlers/xray"
)

// Whatever a visitor can make grow has a bound, and the bounds stand here. They are chosen so that a class
// of 200 behind one address never meets one. README.md lists them; the page of an error names the one that
// was met.

// What one form and one session may hold. A session on signed cookies ends sooner, at 4096 bytes.
const (
	maxBody         = 1 << 20
	maxFields       = 1000
	maxKeyBytes     = 512
	maxValueBytes   = 64 << 10
	maxListEntries  = 1000
	maxKeys         = 200
	maxSessionBytes = 256 << 10
)

// maxAge is the longest expiry that a session or a cookie may be given.
const maxAge = 365 * 24 * time.Hour

// What the store takes, besides the rows and bytes in [Settings]. A session ID is counted when a row is made
// under it: by a first value, cycle_key or a planted row. A session that gets larger is counted by how much.
const (
	idsAtOnce    = 2000 // ten for each student of a class
	idsASecond   = 10
	bytesAtOnce  = 32 << 20
	bytesASecond = 512 << 10
	sweepPause   = 10 * time.Second // between two sweeps of a store that is full
	maxAddresses = 10_000           // of which this is remembered; the ones beyond share what one may do
)

// Streams of events.
const (
	maxStreams     = 2000
	maxStreamsFrom = 1000                   // from one address: five tabs for each student of a class
	maxStreamsEach = 12                     // of one session
	maxStreamsNew  = 1000                   // of all without a live one: they leave room for the others
	eventPause     = 250 * time.Millisecond // between two events of one stream
	maxEventBytes  = 8 << 10                // of a session whose data an event carries
)

// What goes on at the same time. One address gets at most half of the turns: a page takes a millisecond or
// two, so that is enough for any number of people behind it, and leaves the other half to everybody else.
const (
	maxReading    = 16 // pages being made
	maxSaving     = 64 // operations being done
	maxComparing  = 2  // comparisons of the stores
	maxLarge      = 2  // among the pages and operations those with a large session or form
	waitForTurn   = 5 * time.Second
	waitToCompare = 2 * time.Second
)

// large is from how many bytes on a session or a form is large.
const large = 32 << 10

// Bytes under way. A small body or answer is not counted: the number of connections bounds those.
const (
	smallBody   = 16 << 10
	maxBodies   = 32 << 20 // of all larger bodies that are arriving or at work
	smallAnswer = 128 << 10
	maxAnswers  = 64 << 20 // of all larger answers that are not yet sent
)

// Times. An answer over smallAnswer has pageTime.
const (
	formTime   = 30 * time.Second // for a form to arrive
	pageTime   = time.Minute      // for a whole request, until its answer was taken
	answerTime = 10 * time.Second // for a small answer or an event to be taken
)

// Connections. A browser opens six, and some in advance.
const (
	maxConnections     = 4000
	maxConnectionsEach = 2000 // from one address
	maxTurnedAway      = 64   // kept beyond it, for a page that says so; all others are closed at once
)

// What the program sets for the whole server.
const (
	// MaxHeaderBytes bounds the head of a request, for http.Server.
	MaxHeaderBytes = 64 << 10
	// HeaderTime is how long the head of a request may take to arrive, for http.Server.
	HeaderTime = 10 * time.Second
	// IdleTime is how long a connection is kept without a request, for http.Server.
	IdleTime = 60 * time.Second
	// MemoryLimit is from where on Go's collector works harder, in bytes; see debug.SetMemoryLimit. A burst
	// of large requests would otherwise take several times the memory that it needs.
	MemoryLimit = 192 << 20
)

// maxLogged is how many bytes of a path a line of the log has.
const maxLogged = 512

// historyLimits leave room for a class: 20 exchanges for each of 200 students, and a quarter more.
var historyLimits = xray.Limits{Total: 5000, PerSession: 20, Bytes: 32 << 20, Ownerless: 200}
