package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/python"
	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// pageError is an error that has a page: what the visitor is told, and the status to tell it with.
type pageError struct {
	status int
	title  string        // the name of the error, for example KeyError: 'lname'
	text   string        // what happened, with code in backticks
	next   string        // what to do now
	avoid  []way         // how to avoid it, for the errors that Django raises
	retry  time.Duration // after which it is worth while to try again; 0 for no such time
	cause  error         // for the log only
}

// way is one way to avoid an error.
type way struct{ Code, Says string }

func (e *pageError) Error() string {
	if e.cause != nil {
		return e.title + ": " + e.cause.Error()
	}
	return e.title
}

func (e *pageError) Unwrap() error { return e.cause }

// keyError is Python's answer to a key that is not there. In Django it would be a 500 unless the
// view catches it; here it is a page of its own.
func keyError(key string, avoid ...way) error {
	return &pageError{
		status: http.StatusNotFound,
		title:  "KeyError: " + python.Repr(key),
		text:   fmt.Sprintf("Your session has no key %s. In Django this line raises KeyError; uncaught, that is a 500 page.", view.Quote(view.KeyText(key))),
		next:   "Set the key first, or use one of the ways below that never raise.",
		avoid:  avoid,
	}
}

// badInput refuses what a form sent: nothing was changed, and the visitor can correct it.
func badInput(title, text string, args ...any) error {
	return &pageError{status: http.StatusBadRequest, title: title, text: fmt.Sprintf(text, args...),
		next: "Go back, correct it, and send it again."}
}

// tooLarge refuses what is over a limit.
func tooLarge(text string, args ...any) error {
	return &pageError{status: http.StatusRequestEntityTooLarge, title: "Too large", text: fmt.Sprintf(text, args...),
		next: "Send something smaller. Your session is as it was."}
}

// retryAfter is when to try again after an error that names no time of its own.
var retryAfter = map[int]time.Duration{http.StatusServiceUnavailable: 5 * time.Second}

func tooManyKeys(n int) error {
	return tooLarge("A session holds at most %d keys here, and this one would have %d.", maxKeys, n)
}

func tooManyBytes(n int) error {
	return tooLarge("A session holds at most 256 KiB here, and this one would have %d bytes.", n)
}

// busy refuses what was not even begun, because too much goes on at the same time.
func busy(text string, args ...any) *pageError {
	return &pageError{status: http.StatusServiceUnavailable, title: "The server is busy", text: fmt.Sprintf(text, args...),
		next: "Wait a few seconds and send it again.", cause: engine.ErrBusy}
}

var (
	busyReading   = busy("It makes at most %d pages at a time, and none was finished in time for yours.", maxReading)
	busySaving    = busy("It does at most %d operations at a time, and none was finished in time for yours.", maxSaving)
	busyLarge     = busy("It works on at most %d sessions or forms over %s at a time, one of them for one address.", maxLarge, humanize.IBytes(large))
	busyComparing = busy("It compares the stores for at most %d visitors at a time: each comparison opens four stores.", maxComparing)

	tooManyBodies = busy("Forms over %s take turns: at most %s of them may arrive at the same time.",
		humanize.IBytes(smallBody), humanize.IBytes(maxBodies))
	tooManyAnswers = busy("Answers over %s take turns: at most %s of them may be on the way at the same time, and this one has no room.",
		humanize.IBytes(smallAnswer), humanize.IBytes(maxAnswers))
	tooManyConnections = busy("It keeps at most %d connections, and at most %d from one address.", maxConnections, maxConnectionsEach)
)

// crossSite refuses a form that is none of the lab's own.
var crossSite = &pageError{status: http.StatusForbidden, title: "Cross-site request refused",
	text: "A page of another site made your browser send this form. The lab takes forms only from its own " +
		"pages. Django asks for a CSRF token for the same reason.",
	next: "Open the lesson itself and send the form from there."}

// tooManyStreams refuses a live panel. The page that asked for it works without.
var tooManyStreams = &pageError{status: http.StatusServiceUnavailable, title: "Too many live panels",
	text: fmt.Sprintf("This server keeps at most %d panels live: %d from one network address, %d of one "+
		"session, and %d of visitors without one.", maxStreams, maxStreamsFrom, maxStreamsEach, maxStreamsNew),
	next: "Close a few tabs. Every page works without its live panel."}

// tooFast refuses what an address may do again after wait.
func tooFast(wait time.Duration, text string, args ...any) error {
	wait = max(min(wait, time.Hour), time.Second)
	seconds := "a second"
	if wait > time.Second {
		seconds = fmt.Sprintf("%.0f seconds", math.Ceil(wait.Seconds()))
	}
	return &pageError{status: http.StatusTooManyRequests, title: "Too fast", text: fmt.Sprintf(text, args...), retry: wait,
		next: "Wait " + seconds + " and send it again. Reading, and what makes no session larger, goes on meanwhile."}
}

func tooManyIDs(wait time.Duration) error {
	return tooFast(wait, "Your network address has made too many session IDs. This server makes %d at once for one address, and %d a second after that.",
		idsAtOnce, idsASecond)
}

func tooMuchGrowth(wait time.Duration) error {
	return tooFast(wait, "Your network address has stored too much. This server takes %s at once from one address, and %s a second after that.",
		humanize.IBytes(bytesAtOnce), humanize.IBytes(bytesASecond))
}

// full refuses what would go over a bound of the store. It passes when expired rows are swept.
func full(text string, args ...any) error {
	return &pageError{status: http.StatusInsufficientStorage, title: "The store is full", text: fmt.Sprintf(text, args...),
		retry: sweepPause, next: "Reading goes on, and so does what needs no more room. Expired sessions are being removed: try again in a while. " +
			"Whoever runs the server can allow more."}
}

func tooManyRows(n int) error {
	return full("This server keeps at most %s sessions, expired ones too (`-max-sessions`), and has as many.", humanize.Comma(int64(n)))
}

func tooManyStored(n int64) error {
	return full("This server keeps at most %s of session data (`-max-bytes`), and has as much.", humanize.IBytes(uint64(n)))
}

// statusClientGone is what access logs usually say when the visitor left before the answer.
const statusClientGone = 499

// asPage finds the page for any error. What has no page of its own is a 500 that says nothing of
// the inside; the log has it.
func asPage(err error) *pageError {
	if page, ok := errors.AsType[*pageError](err); ok {
		return page
	}
	switch {
	case errors.Is(err, engine.ErrEnded):
		return &pageError{status: http.StatusBadRequest, title: "SessionInterrupted", cause: err,
			text: "Your session was ended while this request was still running: by a flush, a new key, or a sweep, in another tab or another program. What was ended stays ended.",
			next: "Start again. The next value that you set opens a new session."}
	case errors.Is(err, context.Canceled):
		return &pageError{status: statusClientGone, title: "You left", cause: err,
			text: "The request was given up before it had its turn.", next: "Send it again."}
	case errors.Is(err, engine.ErrBusy):
		return &pageError{status: http.StatusServiceUnavailable, title: "The store is busy", cause: err,
			text: "Another program is writing to the session store and did not let go in time.",
			next: "Wait a moment and send it again."}
	case errors.Is(err, engine.ErrFull):
		return &pageError{status: http.StatusInsufficientStorage, title: "The store is full", cause: err,
			text: "There is no room left where the sessions are kept. Reading still works.",
			next: "Make room on the disk of the server, then send it again."}
	case errors.Is(err, engine.ErrTooLarge):
		return &pageError{status: http.StatusRequestEntityTooLarge, title: "Too large for this store", cause: err,
			text: "The session would no longer fit. A browser keeps no cookie over 4096 bytes, and this store keeps the whole session in one.",
			next: "Remove a value first, or store a shorter one."}
	case errors.Is(err, engine.ErrUnavailable):
		return &pageError{status: http.StatusServiceUnavailable, title: "The store cannot be reached", cause: err,
			text: "The place where the sessions are kept does not answer, or is not the one that this server opened.",
			next: "Whoever runs the server finds the reason in its log. Then send it again."}
	}
	return &pageError{status: http.StatusInternalServerError, title: "Something broke on the server", cause: err,
		text: "That was not your doing. The reason is in the server's log.", next: "Go back and try once more."}
}

// errorPage is the data of error.html.
type errorPage struct {
	*page
	Status  int
	Request string // method and path
	Name    string // KeyError
	Detail  string // 'lname'; empty where the name says it all
	Text    string
	Left    string // what was changed all the same
	Unsure  bool   // whether that is not known
	Dropped bool   // the answer deletes a cookie that names no session
	Next    string
	Back    *Lesson // where the request came from; nil when it is unknown
	Avoid   []way
	Holds   []string      // the keys that the session has
	Loaded  bool          // whether Holds is known
	Verdict *view.Verdict // on the prediction that came along; nil without one
}

// refuse ends an exchange that went wrong: it is kept, marked with the error, and the error's page
// is the answer. cookie goes with it; nil for none.
func (l *Lab) refuse(w http.ResponseWriter, r *http.Request, x *xray.Exchange, cookie *http.Cookie, err error) {
	e := asPage(err)
	x.Refused = e.title
	x.Close(e.status, "", cookie, l.now())
	l.history.Add(x)
	if cookie != nil {
		http.SetCookie(w, cookie)
	}
	l.fail(w, r, x, err)
}

// fail answers with the page for err: the one way in which an error becomes a response. x is the
// exchange that went wrong, or nil when the request was refused before there was one.
func (l *Lab) fail(w http.ResponseWriter, r *http.Request, x *xray.Exchange, err error) {
	e := asPage(err)
	if e.status >= 500 {
		l.log.Error("request failed", "method", logged(r.Method), "path", logged(r.URL.Path),
			"status", e.status, "err", err)
	}
	if retry := cmp.Or(e.retry, retryAfter[e.status]); retry > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(int(math.Ceil(retry.Seconds()))))
	}
	data := errorPage{page: l.newPage(r, e.title, nil), Back: lessonAt(r.URL.Path), Status: e.status,
		Request: r.Method + " " + r.URL.Path, Text: e.text, Left: view.LeftBehind(x), Unsure: x != nil && x.Unsure(), Dropped: x != nil && x.SetCookie != nil, Next: e.next, Avoid: e.avoid}
	data.Name, data.Detail, _ = strings.Cut(e.title, ": ")
	// The panel needs the store; when the store is the trouble, the page does without.
	// So it does where it was refused for the work that the panel is.
	if x != nil && e != busyLarge && l.look(r, data.page, x) == nil {
		data.Loaded, data.Verdict = true, l.judge(x)
		for _, c := range data.Panel.Memory.Changes {
			if c.Mark != xray.Removed {
				data.Holds = append(data.Holds, c.Key)
			}
		}
	}
	l.render(w, r, e.status, "error", data, nil)
}
