package python

import "time"

// Session is request.session: each method does what Django's of that name does, on the visitor's own session.
// Keys are Python values, since Django takes any that can be hashed. An error that is a [Raised] is an
// exception that the view may catch; any other ends the run and is returned by [Program.Run] as it is.
type Session interface {
	Item(key Value) (Value, error)
	SetItem(key, v Value) error
	DelItem(key Value) error
	Contains(key Value) (bool, error)
	Get(key, fallback Value) (Value, error)
	Pop(key Value) (Value, error)
	PopDefault(key, fallback Value) (Value, error)
	SetDefault(key, v Value) (Value, error)
	Update(with *Dict) error
	// Items is the dict that it is in memory, in the order that the lab's store keeps: what is set later
	// shows in it, and a loop over it sees that it changed.
	Items() (*Dict, error)
	Clear() error
	Flush() error
	CycleKey() error
	// SetExpiry takes None, an int, a *Datetime or a *Timedelta.
	SetExpiry(v Value) error
	ExpiryAge() (int, error)
	ExpiryDate() (time.Time, error)
	ExpireAtBrowserClose() (bool, error)
	CookieAge() int
	SetTestCookie() error
	TestCookieWorked() (bool, error)
	DeleteTestCookie() error
	ClearExpired() error
	IsEmpty() (bool, error)
	// ID is session_key: None without one.
	ID() Value
	// Exists reports whether the store has a session of that ID.
	Exists(id string) (bool, error)
	// Save is save(): it writes at once.
	Save() error

	Accessed() bool
	SetAccessed(bool)
	Modified() bool
	SetModified(bool) error
	// Happened says what the store was asked for since the last call, in a few words each, for example
	// "row found, 182 bytes".
	Happened() []string
	// Find returns the path at which a value lies in the session, as Python would write it, for example
	// cart['items'][0], and "" for what is not in it.
	Find(v Value) string
}

// Request is what a view gets.
type Request struct {
	Method, Path string
	GET, Cookies *Dict
	Session      Session
}

// Response is an HttpResponse or what redirect gives.
type Response struct {
	Status   int
	Content  string
	Location string // of a redirect; "" for none
}

// Outcome is what became of a run. It is encoded with encoding/json, so that it can be kept.
type Outcome struct {
	Returned string    `json:",omitempty"` // as str writes it, bounded; "None" if there was no return
	None     bool      `json:",omitempty"` // it is None itself
	Plain    bool      `json:",omitempty"` // it is None, a bool or an int: no text that somebody stored or wrote
	Response *Response `json:",omitempty"` // it is one
	Raised   *Failure  `json:",omitempty"` // nil where it came to its end
	Over     string    `json:",omitempty"` // the limit that ended it, or what is lacking here; "" for none
	OverLine int       `json:",omitempty"` // where it was
	Events   []Event   `json:",omitempty"` // the first MaxEvents of them
	More     int       `json:",omitempty"` // events that are not kept
	// Times is how often each line ran, also those whose events are not kept.
	Times map[int]int `json:",omitempty"`
}

// Failure is the exception that ended a view.
type Failure struct {
	Line      int
	Class     string // KeyError
	Says      string // the last line of the traceback, bounded: KeyError: 'lname'
	Traceback string // whole, in Python's form, bounded
	Key       string `json:",omitempty"` // for a KeyError of the session, the key if it is text
}

// Event is one line that ran: a statement, or the head of a block, each time that it ran.
type Event struct {
	Line int
	Acts []Act `json:",omitempty"`
	// Gave is what it gave, bounded: a value as Python writes it, "n = 1" for a round of a loop,
	// "returned 3", "called" for a def, "caught KeyError" for an except, the last line of the traceback
	// where it raised; "" where nothing is to be said.
	Gave    string `json:",omitempty"`
	Printed string `json:",omitempty"` // bounded
	Raised  bool   `json:",omitempty"` // it raised, or passed on what a call raised
}

// Act is one thing that a line did to the session.
type Act struct {
	Did Deed
	Key string `json:",omitempty"` // as [Key] writes it; the path for Inside; the call for Called
	Old string `json:",omitempty"` // bounded, as Python writes it
	New string `json:",omitempty"`
	// Flags say what turned with it, in this order: accessed, modified, and new ID.
	Flags []string `json:",omitempty"`
	Store []string `json:",omitempty"` // what the store was asked for, in words
}

// Deed is what an [Act] did.
type Deed string

// The deeds.
const (
	Read    Deed = "read"   // a key, or all of them, or a getter
	Looked  Deed = "looked" // asked whether a key is there
	Added   Deed = "add"    // a key
	Changed Deed = "change" // a key
	Removed Deed = "remove" // a key
	Inside  Deed = "inside" // a value inside the session, which the session did not see
	Called  Deed = "call"   // flush, cycle_key and the like
	Flagged Deed = "flag"   // modified or accessed was set
)

// What is kept of a run.
const (
	MaxEvents = 120
	MaxShown  = 80 // characters of a value in an event
)

// Unknown says why a source is no view of the small Python: CPython refuses it, or this Python has no such
// thing. Nothing ran.
type Unknown struct {
	Line, Column int    // from 1; the column counts characters
	Says         string // one sentence, with code in backticks
	Instead      string // what to write instead, with code in backticks; "" for nothing
	Text         string // the line, bounded
}

func (e *Unknown) Error() string { return e.Says }
