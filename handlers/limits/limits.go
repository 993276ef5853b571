// Package limits has the bounds on what one visitor may take of memory, disk, processor, connections and log,
// and what holds to them. It knows nothing of pages: whoever is refused gets an error or a false, and package
// handlers says it to the visitor: in bounds.go, and in form.go what is wrong with a form.
//
// The bounds, and what holds to each. Most are against something that e2e/hostile does under the name that
// stands here. The tests are those through the whole site, in package handlers; what is here has its own.
//
//	what is bounded                by            attack        test
//	a form, a value, a session     handlers      commas        TestLimitOfKeys, TestLimitOfBytes, TestLongLists
//	rows and bytes in the store    Room          fill, plant   TestTheStoreHasBounds
//	new IDs and data in the store  Room          cycle, fill   TestNewSessionIDsHaveARate, TestGrowthHasARate
//	pages and operations           Turns         commas        TestPagesTakeTurns
//	comparisons of the stores      Turns         compare       TestComparisonsTakeTurns
//	views of visitors' own         Turns, python views         TestViewsTakeTurns
//	experiments with SCS itself    Turns                       TestBenchesTakeTurns
//	experiments with browsers      Turns, Places               TestScenesAreBounded
//	large sessions and forms       Turns         slow-items    TestLargeSessionsTakeTurns
//	forms that are arriving        Bytes         bodies        TestLargeBodiesHaveRoom, TestSlowBody
//	answers that are being sent    Bytes         slow-json     TestLargeAnswersHaveRoom, TestSlowPageReader
//	connections                    Listener      idle          TestConnectionsAreBounded
//	live panels                    Places        streams       TestEvents_Limits, TestEvents_LimitOfOneAddress
//	events of live panels          handlers      fan-out       TestStreamsGatherChanges
//	                                             slow-streams  TestEventsOfLargeSessionsAreSmall
//	exchanges that are kept        xray.History  flush-flood   TestStrangersPushOutNoExchanges
//	notebooks                      notebook                    TestMemory_Bounds, TestNotebooksAreBounded
//	new notebooks of one address   Room                        TestNewNotebooksHaveARate
//	what experiments keep there    handlers                    TestSheetsAreBounded
//	trial cookies of a browser     handlers                    TestTrialCookieIsBounded
//	a line of the log              Logged                      TestLogLinesAreBounded
//
// Who one visitor is, an address tells: see [Address] and [Proxies]. A class of 200 behind one address never
// meets a bound: TestAClassMeetsNoLimit.
package limits

import "time"

// Whatever a visitor can make grow has a bound, and the bounds stand here. README.md lists them; the page of
// an error names the one that was met.

// What one form and one session may hold. A session on signed cookies ends sooner, at 4096 bytes.
const (
	MaxBody         = 1 << 20
	MaxFields       = 1000
	MaxKeyBytes     = 512
	MaxValueBytes   = 64 << 10
	MaxListEntries  = 1000
	MaxKeys         = 200
	MaxSessionBytes = 256 << 10
)

// MaxAge is the longest expiry that a session or a cookie may be given.
const MaxAge = 365 * 24 * time.Hour

// The trial cookie of the lesson on the settings. Those that came from elsewhere are deleted, so many at a
// time.
const (
	MaxTrialName = 64
	MaxTrialPath = 128
	MaxTrialAge  = 24 * time.Hour
	MaxTrials    = 3
)

// What the store takes from one address; how much it takes in all is a flag of the program. A session ID is
// counted when a row is made under it: by a first value, cycle_key or a planted row. A session that gets
// larger is counted by how much.
const (
	IDsAtOnce    = 2000 // ten for each student of a class
	IDsASecond   = 10
	BytesAtOnce  = 32 << 20
	BytesASecond = 512 << 10
	SweepPause   = 10 * time.Second // between two sweeps of a store that is full
	maxAddresses = 10_000           // of which this is remembered; the ones beyond share what one may do
)

// Streams of events.
const (
	MaxStreams     = 2000
	MaxStreamsFrom = 1000                   // from one address: five tabs for each student of a class
	MaxStreamsEach = 12                     // of one session
	MaxStreamsNew  = 1000                   // of all without a live one: they leave room for the others
	EventPause     = 250 * time.Millisecond // between two events of one stream
	MaxEventBytes  = 8 << 10                // of a session whose data an event carries
)

// What goes on at the same time. One address gets at most half of the turns: a page takes a millisecond or
// two, so that is enough for any number of people behind it, and leaves the other half to everybody else.
const (
	MaxReading    = 16 // pages being made
	MaxSaving     = 64 // operations being done
	MaxComparing  = 2  // comparisons of the stores
	MaxViewing    = 2  // views of visitors' own, which may take a processor for python.MaxTime
	MaxBenches    = 40 // experiments with SCS by itself, of which one waits a second, and none works long
	MaxScenes     = 64 // experiments with more than one browser; a class waits a second or two for its turns
	MaxLarge      = 2  // among the pages and operations those with a large session or form
	WaitForTurn   = 5 * time.Second
	WaitToCompare = 2 * time.Second
	WaitToView    = 5 * time.Second
)

// Experiments with more than one browser. Their requests need no turns, or the lab would wait for itself:
// what bounds them is how many experiments there are, and how many requests each has under way.
const (
	MaxUnderWay     = 200 // requests of all experiments
	MaxUnderWayEach = 10  // of those of one notebook
	MaxInLine       = 10  // experiments of one notebook that wait for each other
)

// Large is from how many bytes on a session or a form is large.
const Large = 32 << 10

// Bytes under way. A small body or answer is not counted: the number of connections bounds those.
const (
	SmallBody   = 16 << 10
	MaxBodies   = 32 << 20 // of all larger bodies that are arriving or at work
	SmallAnswer = 128 << 10
	MaxAnswers  = 64 << 20 // of all larger answers that are not yet sent
)

// Times. An answer over SmallAnswer has PageTime.
const (
	FormTime   = 30 * time.Second // for a form to arrive
	PageTime   = time.Minute      // for a whole request, until its answer was taken
	AnswerTime = 10 * time.Second // for a small answer or an event to be taken
)

// Connections. A browser opens six, and some in advance.
const (
	MaxConnections     = 4000
	MaxConnectionsFrom = 2000 // from one address
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

// MaxLogged is how many bytes of a path a line of the log has.
const MaxLogged = 512

// Exchanges that the history keeps. There is room for 20 of each student of a class, and a quarter more.
const (
	MaxExchanges          = 5000
	MaxExchangesEach      = 20       // of one session
	MaxExchangesOwnerless = 200      // of those that left no session behind
	MaxExchangeBytes      = 32 << 20 // of all
)

// Notebooks, of package notebook: what is kept for a browser beside its session. There is room for ten
// classes. What one address may begin leaves room for the others: anybody can come without the cookie.
const (
	MaxNotebooks     = 4000     // what experiments keep beside one counts as one more
	NotebooksAtOnce  = 500      // that one address begins: two for each student of a class
	NotebooksASecond = 1        // after that
	MaxNotebookBytes = 4 << 10  // of one
	MaxSheetBytes    = 24 << 10 // of what the experiments with several browsers keep beside one
	MaxSheetSteps    = 40       // requests that they keep
	MaxNotebooksSize = 16 << 20 // of all in memory
	NotebookTime     = 30 * time.Minute
)
