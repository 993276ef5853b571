package xray

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/python"
)

// Exchange is one request and its answer, as they were recorded. It is written by one
// request; once it is in the [History] nobody changes it any more.
type Exchange struct {
	ID     string // unguessable; names the exchange in ?exchange=
	At     time.Time
	Method string
	Path   string
	// By is who sent it, where that was an experiment of the lab: [ByB] or [ByLab]; "" for the visitor's
	// browser.
	By string

	Sent  string // value of the session cookie that counts; "" without one
	Came  int    // how many cookies of that name the browser sent: the last counts, see [LastCookie]
	Known bool   // whether the store had a live session for it
	// Others is how many other cookies came along. They belong to other programs on this host, for
	// which ports are no border: they are counted and not kept.
	Others   int
	Notebook bool // whether the cookie of the lab's own notebook came along; it is none of the others
	Trials   int  // how many cookies came along whose value begins with TrialMark; they are no others

	Steps []Step // in the order in which they happened

	// Found and Committed are the bytes that the store really returned and really got;
	// nil when it returned or got none. They are decoded when somebody looks.
	Found     []byte
	Committed []byte
	// Unsaved is the state that was in memory at the end and went to no store, encoded alike; nil where there
	// was none but what was found.
	Unsaved []byte

	Token    string // the session that exists after the exchange; "" when there is none
	Deadline time.Time
	Ended    bool // the session was flushed
	Anew     bool // the session was flushed, and another one was made in the same request
	// Untouched says that the code did not touch the session, so that the store was not asked for it. Token is
	// then that of a live session that the cookie names all the same.
	Untouched bool
	Cycled    bool // the session moved to a new token

	Status    int
	Location  string
	SetCookie *http.Cookie // as it was sent; nil when none was
	// Also are the trial cookies that were sent or deleted beside it, in the order of the answer. Nothing is
	// stored under their values, so those are no secret: an exchange that belongs to nobody shows them whole.
	Also    []*http.Cookie
	Took    time.Duration
	Refused string // the title of the error page; "" on success
	Raised  bool   // Refused is an exception of the visitor's own view

	Returned *string // what the operation returned, as its page shows it
	Typed    bool    // Returned is what a visitor stored or typed, and not an answer such as True or 3
	Withheld bool    // it returned such a text, which is not kept, because the exchange belongs to no session
	Note     string  // what it found out beyond that, in the words of the lab; "" for most
	Detail   *Detail // what it found out for its page beyond that; nil for most
	Card     string  // the experiment that it belongs to; "" for none
	Prepares bool    // it does not run that experiment, it makes it ready
	Guess    string  // the visitor's prediction: experiment and option
	Key      string  // the first key that the form named; "" for none, or where texts are not kept
	Default  bool    // whether a default came with the form
	Follows  string  // the exchange without a session that its form came after; "" for none, or not known

	// Removed is what a flush took: the names of the keys, never their values.
	Removed []string

	InCookie bool // the session was committed into the cookie itself, and not into a store

	log     *engine.Log // while it is recorded
	answer  *answer     // what it will be answered with, if its change succeeds; nil where that is not known
	shared  bool        // it is kept where every copy finds it: that happened with the commit
	late    bool        // its session was ended while it ran
	derived *derived    // nil where nothing is kept
}

// New reports whether a session was made in x, for a visitor who had none or had just flushed it.
func (x *Exchange) New() bool { return x.Committed != nil && (!x.Known || x.Anew) }

// Looks reports whether x only showed a page: it ran nothing, and came to no error.
func (x *Exchange) Looks() bool {
	return x.Method == http.MethodGet && x.Card == "" && x.Returned == nil && x.Refused == "" && x.By == ""
}

// reads reports whether x was of the kind that only reads.
func (x *Exchange) reads() bool { return x.Method == http.MethodGet || x.Method == http.MethodHead }

// Late notes that the session of x was ended while it ran, so that nothing of it may be kept.
func (x *Exchange) Late() { x.late = true }

// derived is what was worked out from a complete exchange and is wanted again.
type derived struct {
	summed  sync.Once
	summary string
	mark    Mark

	keeping sync.Once
	kept    any
}

// Keep returns what make made the first time. It is for one thing that somebody derives from a
// complete exchange and wants again.
func (x *Exchange) Keep(make func() any) any {
	if x.derived == nil {
		return make()
	}
	x.derived.keeping.Do(func() { x.derived.kept = make() })
	return x.derived.kept
}

// NewExchange begins the record of r. cookie is the name of the session cookie, and notebook that of the
// notebook's.
func NewExchange(r *http.Request, cookie, notebook string, at time.Time) *Exchange {
	x := &Exchange{ID: rand.Text(), At: at, Method: r.Method, Path: r.URL.Path, By: byOf(r.Context()),
		derived: &derived{}}
	x.Sent, x.Came = LastCookie(r, cookie)
	_, books := LastCookie(r, notebook)
	x.Notebook = books > 0
	cookies := r.Cookies()
	for _, c := range cookies {
		if c.Name != cookie && c.Name != notebook && strings.HasPrefix(c.Value, TrialMark) {
			x.Trials++
		}
	}
	x.Others = len(cookies) - x.Came - books - x.Trials
	return x
}

// TrialMark begins the value of a trial cookie, which the lesson on the settings sends. It tells one from
// what other programs on this host have set, whatever its name is.
const TrialMark = "trial-"

// LastCookie returns the value of the cookie of that name that counts, and how many of that name came. One
// without a value gives "", as none does.
//
// Of several the last counts, as in Django's parse_cookie. A browser sends the one with the longest path
// first (RFC 6265, 5.4), so a cookie that somebody planted for one page loses against the one for the whole
// site. net/http's Cookie and SCS take the first.
func LastCookie(r *http.Request, name string) (value string, came int) {
	cookies := r.CookiesNamed(name)
	if len(cookies) == 0 {
		return "", 0
	}
	return cookies[len(cookies)-1].Value, len(cookies)
}

// Blank reports whether a session cookie came that has no value.
func (x *Exchange) Blank() bool { return x.Came > 0 && x.Sent == "" }

// Close completes the record with the answer.
func (x *Exchange) Close(status int, location string, cookie *http.Cookie, at time.Time) {
	x.Status, x.Location, x.SetCookie, x.Took = status, location, cookie, at.Sub(x.At)
}

// Summary lists the entries that the exchange changed, as in "+lname −otp", and the mark of the
// last of them. It is worked out once, when somebody first asks.
func (x *Exchange) Summary() (string, Mark) {
	d := x.derived
	if d == nil {
		return summarize(Diff(x.Before(), x.After()))
	}
	d.summed.Do(func() { d.summary, d.mark = summarize(Diff(x.Before(), x.After())) })
	return d.summary, d.mark
}

func summarize(changes []Change) (string, Mark) {
	signs := map[Mark]string{Added: "+", Changed: "~", Removed: "−"}
	var parts []string
	mark := Same
	for _, c := range changes {
		if c.Mark != Same {
			parts = append(parts, signs[c.Mark]+shortKey(c.Key))
			mark = c.Mark
		}
	}
	switch {
	case len(parts) == 0:
		return "saved", mark
	case len(parts) > 3:
		return fmt.Sprintf("%s and %d more", strings.Join(parts[:2], " "), len(parts)-2), mark
	}
	return strings.Join(parts, " "), mark
}

// shortKey is a key as a line of the history has room for it.
func shortKey(key string) string {
	const most = 40
	if text := []rune(python.Key(key)); len(text) > most {
		return string(text[:most]) + "…"
	}
	return python.Key(key)
}

// Who sends the requests of an experiment.
const (
	ByB   = "B"                  // Browser B, a second visitor
	ByLab = "A, sent by the lab" // the lab, with the cookie of the visitor
)

type byKey struct{}

// WithBy returns a context whose exchanges are sent by that one.
func WithBy(ctx context.Context, by string) context.Context {
	return context.WithValue(ctx, byKey{}, by)
}

func byOf(ctx context.Context) string {
	by, _ := ctx.Value(byKey{}).(string)
	return by
}

// Copy returns x as it is now, whatever becomes of x in a [Keeper]: that forgets what it must not keep of a
// session that is gone. x must be complete.
func (x *Exchange) Copy() *Exchange {
	y := *x
	y.log, y.answer, y.derived = nil, nil, nil
	y.Removed = slices.Clone(x.Removed)
	y.Steps = slices.Clone(x.Steps)
	for i := range y.Steps {
		said := slices.Clone(y.Steps[i].Statements)
		for j := range said {
			said[j].Args = slices.Clone(said[j].Args)
		}
		y.Steps[i].Statements = said
	}
	return &y
}

type exchangeKey struct{}

// WithExchange returns a context whose store operations are recorded in x.
func WithExchange(ctx context.Context, x *Exchange) context.Context {
	x.log = &engine.Log{}
	return engine.WithLog(context.WithValue(ctx, exchangeKey{}, x), x.log)
}

// Issued returns what the browser must carry after a commit: the token, except where the
// engine keeps the whole session in the cookie.
func (x *Exchange) Issued(token string) string {
	return cmp.Or(x.log.Cookie, token)
}

// Run runs f, a function of the application with that name in the source, and records it. What f
// has the store do is recorded after it, as it happens.
func (x *Exchange) Run(name string, f func() error) error {
	i, start := len(x.Steps), time.Now()
	x.Steps = append(x.Steps, Step{Kind: Code, Name: name})
	err := f()
	x.Steps[i].Took = time.Since(start)
	if err != nil {
		x.Steps[i].Err = err.Error()
	}
	return err
}

// Rendered records that a page was made that has no data of its own: nothing ran but the template of that
// name.
func (x *Exchange) Rendered(name string) { x.Steps = append(x.Steps, Step{Kind: Page, Name: name}) }

// Unsure reports whether the store may have changed something in this exchange and did not say so.
func (x *Exchange) Unsure() bool {
	return slices.ContainsFunc(x.Steps, func(s Step) bool { return s.Unsure })
}

// From returns the exchange that ctx records, or nil when it records none.
func From(ctx context.Context) *Exchange {
	x, _ := ctx.Value(exchangeKey{}).(*Exchange)
	return x
}
