// Package handlers is the course: one file for each lesson, with the operation that runs on the visitor's
// own session, and the few files that carry a request. It is Session Lab but for main, cli and the rooms
// below.
//
// # The rooms
//
// Imports point downward only.
//
//	cli                the command line: flags, and the commands that do not serve
//	handlers           the course
//	view               how the x-ray is drawn: the panel, the diagram, the steps, the words
//	pages              templates, static files, and printed source with its colours
//	limits             what one visitor may take, and the machinery that holds to it
//	scenario           a second browser, and two requests at once, that act on the lab
//	bench              SCS as it is, with a store of its own, for one experiment
//	scratch            the folders of a comparison, and what a killed program left of them
//	notebook           what is kept for a browser beside its session
//	xray               what happened in a request, as values: the recorder, the exchange, the history
//	engine             where sessions are kept
//	engine/enginetest  servers and stores for tests and for the tools of e2e
//	django             the templates of the notes, rendered as Django would
//	codec              session data, decoded as SCS does in a fraction of the time
//	python             values as Python writes them, and the small Python that runs views of visitors' own
//
// In this package:
//
//	lab.go lessons.go       the Lab and its settings; the order of the lessons, and what each page has of it
//	lesson.go card.go       what a lesson is, and each of its experiments; the record of a run as they see it
//	predict.go stage.go     which run a card shows, and what it is judged by; the card as a page shows it,
//	cardform.go             and its form
//	checks.go               what a lesson that is not whole lacks, said when the lab starts
//	routes.go               every address, in the order of the notes
//	background.go           what the lab does beside the requests
//	middleware.go           what every request goes through first
//	session.go              load before an operation, save after it; the only writer of the session cookie
//	notebook.go             the notebook of the person at the browser; the only writer of its cookie
//	deadline.go             when a session ends
//	perform.go show.go      from a POST to its operation, from a GET to its page
//	form.go errors.go       what a form sends; what is said when something cannot be done
//	refuse.go               where it is said: in the card that sent it, or on a page of its own
//	render.go bounds.go     how a page is made and an answer sent; what the limits say to a visitor
//	internals.go events.go  the panel by itself, as JSON, and live
//	set.go get.go …         a lesson each; home.go is the first page
//	scs.go scs_*.go         what the lessons on SCS itself share, and what each needs besides
//	scene.go scenepage.go   experiments with several browsers, what their pages show,
//	ran.go sheet.go         what a run of theirs found out, what a notebook keeps of them,
//	scenerefuse.go          and where it is said that one could not be run
//	withb.go                Browser B in lessons on something else, after a run of theirs
//	two.go stolen.go …      a lesson each; race.go is what the races on the bench share, and lateends.go
//	                        reads the one of the lesson late-request off its record
//	expirycards.go          the experiments of the lesson expiry
//	serializers.go          what the lesson storage needs besides
//	view.go viewlesson.go   the page for views of one's own, and its questions,
//	viewrun.go viewtrace.go a run, and what each line of it did in words;
//	viewsession.go          request.session in such a view: over the lessons' functions,
//	viewends.go viewsave.go of the whole session, and what Django's middleware does after the view
//	strangers.go            sessions for requests without a cookie, which lessons make
//	graveyard.go            what the lesson clear-expired needs besides: rows before and after a sweep
//	api.go apirows*.go      the table of every operation, its filter, and its rows
//	settingstable.go        what the lesson settings needs besides: the table of all settings,
//	trialcookie.go          and the trial cookie, whose only writer it is;
//	trialseen.go            what came back of it
//
// # The way of a request
//
// POST /set with key=fname, value=Aman and card=set. middleware.go logs it, sets its deadlines, and refuses
// it if it comes from a page of another site. routes.go knows that the address belongs to Lab.perform with
// the operation set. perform reads the form, before anything else, so that a slow upload cannot undo what
// another tab writes meanwhile; it waits for a turn, and begins an [xray.Exchange], the record of this
// request. load, in session.go, takes the session ID from the cookie, and SCS asks its store for it. That
// store is heldBack, around an [xray.Recorder], around an [engine.Engine]: the recorder writes down what
// was asked and what came back, with the SQL that the engine really ran. The operation, set in set.go, is
// one Put of SCS. It marks the session as modified, so save counts the deadline anew and commits: the store
// gets the whole session, and the browser the cookie again. The exchange is filed in the [xray.History] of
// that session, and the answer is a redirect, 303, to /set?exchange=ID#set: a reload does not repeat the
// operation, and the browser stands at the card that was run.
//
// GET /set?exchange=ID is Lab.show: the same load, a reading that changes nothing, the same save, which
// finds nothing modified. look reads the row once more, straight from the engine, and has view draw the
// panel from the exchange that is on view, if this visitor made it. stage gives each card its last run, what
// was predicted and what came true. The page is made into a buffer, and sent.
//
// What goes wrong on the way is a pageError: a status, what happened, whether anything was changed, and what
// to do. Where the visitor can mend it, refuse answers with the lesson's own page, with the error in the card
// and the fields as they were sent. So does refuseScene for what has several browsers, whatever went wrong.
// The rest becomes a page of its own in showError.
//
// # How to add a lesson
//
// Say, has_key. Names: has-key for the lesson, its address and its template, haskey.go, and hasKey in Go.
//
//  1. handlers/haskey.go has what runs. has_key only reads: a page with a form of method get and a [reading],
//     as get.go. It runs where p.Query has its fields, notes in the record what was asked for, as asked finds
//     it, and gives its answer to returns. What writes is an [operation], as in setdefault.go: it takes its
//     key with keyOf, which refuses those that begin with an underscore, and a value with typed. Both raise
//     with keyError; on an error nothing is saved.
//  2. The same file has the [Lesson]: its place in the list (Group is that of its neighbours, or a heading
//     appears twice), the Django snippet, the commands for curl, the Go functions to print (Funcs: 88 columns
//     at most, comments too), what the revision sheet says of it (an [Effect] for each call), and its cards.
//  3. A [Card] is an experiment. Paths is where its form goes. Needs are made as needsKey and needsSession
//     are; Lacking says what a run without them lacked. Observe sees a [Run] and gives the option that came
//     true, "" only where that cannot be told. Where no session is left the record keeps no Key: judge by
//     Before, Marks and Returned. Because must be true of every run for which Observe gives an option. A
//     question about the second press has Presses, Press and Again, as in delete.go, and asks Run.Last.
//  4. templates/has-key.html defines "lead", "experiment", "notes", and "more" for what stands below. Each
//     card is in "experiment", as templates/setdefault.html has it: {{with .Card "has-key"}}, the form with
//     its predict, run and run-end, then observe. The form's action ends in #has-key, the card's place, a
//     get's too, which also has {{template "turn" .}}, or a second press would only scroll. {{.Field "key"
//     "fname"}} keeps what was sent, {{.Button}} makes the next button to press the black one, and $ is the
//     data of the page. What a card shows besides stands between observe-open,
//     with facts, and observe-end, and is not tall: headline and verdict stay in view with the button. A
//     part that is the same for every visitor is a block of its own, rendered once, {{once "has-key-more"
//     .Lesson}}: it sees the [Lesson] alone, so no card can be in it.
//  5. handlers/lessons.go: its place in the course. handlers/routes.go: GET of its page with show, and for
//     what writes POST of its form with perform.
//  6. handlers/haskey_test.go, through the router, as setdefault_test.go: what it does to row, cookie, values
//     and clock, and a verdict for each option that can happen, with and without a session. What writes also
//     belongs into the lists of overlap_test.go and engines_test.go.
//  7. README.md: its row in the table of the lessons. apirows.go: the rows whose operation runs in it lead
//     to it.
//
// Where a sentence is untrue when the session is the cookie, put it into {{block "in-scs" .}}…{{end}}, and
// its other text into templates/cookie/has-key.html, which may define blocks of has-key.html and no others;
// its card has an InCookie. While writing, go run . -dev reads the templates anew for each request; try
// -store cookie: and -store memory: as well.
//
// A lesson on SCS itself is as scs_down.go: handlers of an application, methods of scsApp, as an ordinary
// program has them, and an operation that has browsers send requests to them on a bench. Its card judges by
// what came back, and the page draws the rest. Its test is a table of what SCS does.
//
// Once the name is in the list, the lab does not start until all is there and fits: the template, the
// routes of the page, of each form and of what prepares a card, the functions that Funcs names, each card
// in the template, with Observe, options that differ and a Lacking for its Needs, and a place of the page
// in each form's action. It says what is missing. The list of lessons, the pager, the first page, the
// revision sheet, the checks of every page and the journeys in a browser take the lesson by themselves:
// there every button is pressed, and its outcome looked for in its card. A journey of its own, in
// e2e/journey_*_test.go, can look at more.
//
// # Decisions
//
// The HTTP contract is Django's word for each operation, with forms: no JSON that changes anything, and no
// script that a lesson needs. Rejected: an API with a page that talks to it. A student sees in the
// browser's own tools what the page shows, and every page works without script.
//
// Django's semantics on SCS: the notes are about Django, so an operation does to ID, row, values, cookie and
// clock what Django's would, and each is a few lines over SCS that the page prints. Rejected: SCS's
// LoadAndSave as it is, whose differences would make the notes wrong; and sessions written here from nothing,
// since the course is also about SCS.
//
// The held-back delete: SCS's RenewToken deletes the old row at once and leaves the new one to Commit. A
// crash in between loses the session, so the delete waits, and both are one step of the engine (Cycle).
// Rejected: a commit before the delete, which leaves two rows with one visitor's values for a moment, and for
// good after a crash.
//
// The table of revoked tokens: a session that was ended must not come back through a request that loaded it
// before. SQLite and PostgreSQL refuse it in the schema, by triggers, whoever writes. Rejected: a check in Go
// before each commit, which another process would not make, and a row that stays and is marked as dead.
//
// Two pools for SQLite, one connection to write and some to read: with one pool writers wait for each other
// in SQLite's busy handler, which is neither fair nor quick. Rejected: one connection for all, where a long
// read holds up every write.
//
// The recorder stands between SCS and the engine, and the engine logs the statements of one context. So the
// panel shows what happened, and nothing is simulated. Rejected: a tracing driver with a global hook, which
// cannot tell whose statement it sees.
//
// The panel reads the row by the cookie's ID and never loads a session: looking changes nothing.
//
// The notebook: what somebody does across sessions, for now which ID a browser held last and when it expires,
// and the session of the live clock, is under a cookie of its own, which only an experiment that needs it
// sets. Rejected: sealed into a cookie, which has no room where the session is one already; in the address,
// which would teach IDs in addresses; in the session, which the experiments flush and replace, and which
// nobody may touch who observes it. It is found by an ID of its own too, since the session's is what changes.
//
// Experiments with several browsers: the lab sends requests to itself, over its own listener, with a jar for
// each browser. A ticket in a header leads to the record of each, and a notebook keeps them, since the
// session may be gone after a run. The request that starts one touches no session, and has the turn for all
// that it sends: those wait for none, so the lab never waits for itself. Two requests that are to race meet
// in the operation, with no sleep (package scenario). Rejected: a jar in the page's script, which would send
// what a browser decides; and requests to the handler in memory, which are no HTTP.
//
// Code is coloured by chroma, the first time that a page shows it: a few milliseconds, and 4 MB of the
// program, which are the lexers of all its languages. Rejected: copies of the few that are needed, which
// somebody would have to keep up; a script in the browser, since every page works without one.
//
// Views of one's own are parsed by gpython, and run by a walk over the tree of our own (package python),
// which counts its steps and bytes. Rejected: gpython's virtual machine, and any other of Python or Starlark,
// which cannot be bounded in time and memory, or knows no exceptions; and a sandboxed Python beside the lab,
// which nobody installs for a workshop. What such a view does to the session is done by the lessons'
// functions; what Django would have done stands in e2e/views, row by row.
//
// What gob's types cannot keep of Python's values, a dict of any values, None or a big number, is kept as the
// JSON text that Django would store, as one entry of the session. Rejected: all values as JSON, which would
// hide the types that the lesson on storage is about.
//
// The table of every operation is filtered by the server, also while somebody types: the script fetches the
// page and takes its table. Rejected: the same filter a second time in the browser. The name that a misspelt
// one is like is found with agnivade/levenshtein, 120 lines without dependencies. A test reads the program's
// own source, with go/types, and what a lesson prints must call what the table says; it takes two seconds.
//
// GOGC=400, set by main unless the environment says otherwise: a request leaves much garbage and little else.
// GOMEMLIMIT holds the memory all the same. Rejected: more pooling, which is more code for less.
//
// Limits are per address and without accounts: package limits has all of them, and why. Rejected: asking who
// somebody is, which a workshop has no time for.
//
// The diagram names the function that ran by reflection (funcName). Rejected: a name beside each function in
// routes.go, which could be another's.
package handlers
