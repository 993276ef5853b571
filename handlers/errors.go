package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/limits"
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
	left   string        // what was changed all the same; "" where the exchange tells
	avoid  []way         // how to avoid it, for the errors that Django raises
	retry  time.Duration // after which it is worthwhile to try again; 0 for no such time
	raised bool          // an exception of the visitor's own view, whatever the status is
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
		text: fmt.Sprintf("Your session has no key %s. In Django this line raises `KeyError`. A view "+
			"that does not catch it answers with a 500 page.", view.Quote(view.KeyText(key))),
		next:  "Set the key first, or read it in a way that never raises.",
		avoid: avoid,
	}
}

// askFirst is a way to avoid a KeyError, whatever is done with the key.
func askFirst(key string) way {
	return way{"if " + python.Repr(key) + " in request.session:", "Asks first, then you decide."}
}

// tooLarge refuses what is over a limit.
func tooLarge(text string, args ...any) error {
	return &pageError{status: http.StatusRequestEntityTooLarge, title: "Too large",
		text: fmt.Sprintf(text, args...),
		next: "Send something smaller. Your session is as it was."}
}

// retryAfter is when to try again after an error that names no time of its own.
var retryAfter = map[int]time.Duration{http.StatusServiceUnavailable: 5 * time.Second}

// statusClientGone is what access logs usually say when the visitor left before the answer.
const statusClientGone = 499

// asPage finds the page for any error. What has no page of its own is a 500 that says nothing of
// the inside; the log has it.
func asPage(err error) *pageError {
	if page, ok := errors.AsType[*pageError](err); ok {
		return page
	}
	if over, ok := errors.AsType[*limits.BoundError](err); ok {
		return noRoom(over)
	}
	page := broken
	for _, known := range knownErrors {
		if errors.Is(err, known.err) {
			page = known.page
			break
		}
	}
	page.cause = err
	return &page
}

// knownErrors are those of the engines, and of a visitor who left, each with its page.
var knownErrors = []struct {
	err  error
	page pageError
}{
	{engine.ErrEnded, pageError{
		status: http.StatusBadRequest, title: "SessionInterrupted",
		text: "Your session was ended while this request was still running: by a flush, a new " +
			"session ID, or a sweep, in another tab or another program. What was ended stays ended.",
		next: "Start again. The next value that you set opens a new session.",
	}},
	{context.Canceled, pageError{
		status: statusClientGone, title: "You left",
		text: "The request was given up before it had its turn.",
		next: "Send it again.",
	}},
	{engine.ErrBusy, pageError{
		status: http.StatusServiceUnavailable, title: "The store is busy",
		text: "Another program is writing to the session store and did not let go in time.",
		next: "Wait a moment and send it again.",
	}},
	{engine.ErrFull, pageError{
		status: http.StatusInsufficientStorage, title: "The store is full",
		text: "There is no room left where the sessions are kept. Reading still works.",
		next: "Make room on the disk of the server, then send it again.",
	}},
	{engine.ErrTooLarge, pageError{
		status: http.StatusRequestEntityTooLarge, title: "Too large for this store",
		text: "The session would no longer fit. Chromium and Firefox keep no cookie over 4096 bytes, " +
			"and this store keeps the whole session in one.",
		next: "Remove a value first, or store a shorter one.",
	}},
	{engine.ErrUnavailable, pageError{
		status: http.StatusServiceUnavailable, title: "The store cannot be reached",
		text: "The place where the sessions are kept does not answer, or is not the one that this server " +
			"opened.",
		next: "Whoever runs the server finds the reason in its log. Then send it again.",
	}},
}

// broken is the page of every other error.
var broken = pageError{
	status: http.StatusInternalServerError, title: "Something broke on the server",
	text: "That was not your doing. The reason is in the server's log.",
	next: "Try it once more.",
}

// errorPage is the data of error.html.
type errorPage struct {
	*page
	Status  int
	Request string // method and path
	Name    string // KeyError
	Detail  string // 'lname'; empty where the name says it all
	Text    string
	Left    string  // what was changed all the same
	Unsure  bool    // whether that is not known
	Dropped bool    // the answer deletes a cookie that names no session
	Again   *resent // the form that sends once more what came; nil where there is nothing to gain
	Next    string
	Back    *Lesson // where the request came from; nil when it is unknown
	Avoid   []way
	Holds   []string // the keys that the session has
	Loaded  bool     // whether Holds is known
}

// fail answers with the page for err, of which no exchange tells and no form can be sent again.
func (l *Lab) fail(w http.ResponseWriter, r *http.Request, err error) { l.failRead(w, r, nil, err) }

// failRead is fail for a request whose form was read: the page can send it once more.
func (l *Lab) failRead(w http.ResponseWriter, r *http.Request, form url.Values, err error) {
	l.announce(w, r, err)
	l.showError(w, r, nil, form, err)
}

// showError answers with the page for err, which was announced before. x is the exchange that went wrong, and
// nil where the request was refused before there was one.
func (l *Lab) showError(
	w http.ResponseWriter, r *http.Request, x *xray.Exchange, form url.Values, err error,
) {
	e := asPage(err)
	data := errorPage{
		page:    l.newPage(r, e.title, nil),
		Back:    lessonAt(r.URL.Path),
		Status:  e.status,
		Request: r.Method + " " + r.URL.Path,
		Text:    e.text,
		Left:    cmp.Or(e.left, view.LeftBehind(x)),
		Unsure:  x != nil && x.Unsure(),
		Dropped: x != nil && x.SetCookie != nil,
		Next:    e.next,
		Avoid:   e.avoid,
	}
	if e.passes() && !data.Unsure {
		data.Again = resend(r, form)
	}
	data.Name, data.Detail, _ = strings.Cut(e.title, ": ")
	// The panel needs the store; when the store is the trouble, the page does without.
	// So it does where it was refused for the work that the panel is.
	if x != nil && e != busyLarge && l.look(r, data.page, x) == nil {
		data.Loaded = true
		for _, c := range data.Panel.Memory.Changes {
			if c.Mark != xray.Removed {
				data.Holds = append(data.Holds, c.Key)
			}
		}
	}
	l.render(w, r, e.status, "error", data, nil)
}

// announce logs what is a fault of the server, and says when to try again.
func (l *Lab) announce(w http.ResponseWriter, r *http.Request, err error) {
	e := asPage(err)
	if e.status >= 500 {
		l.log.Error("request failed", "method", limits.Logged(r.Method), "path", limits.Logged(r.URL.Path),
			"status", e.status, "err", err)
	}
	if retry := cmp.Or(e.retry, retryAfter[e.status]); retry > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(int(math.Ceil(retry.Seconds()))))
	}
}

func (l *Lab) notFound(w http.ResponseWriter, r *http.Request) {
	l.fail(w, r, &pageError{status: http.StatusNotFound, title: "No such page",
		text: "There is nothing under this address.",
		next: "The lessons are in the list, and on the first page."})
}

func (l *Lab) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	routes := chi.RouteContext(r.Context()).Routes
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		probe := method
		if method == http.MethodHead {
			probe = http.MethodGet // every GET answers HEAD too
		}
		if routes.Match(chi.NewRouteContext(), probe, r.URL.Path) {
			allowed = append(allowed, method)
		}
	}
	// chi asks here about a method that it has never heard of before it looks at the path
	if len(allowed) == 0 {
		l.notFound(w, r)
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	l.fail(w, r, &pageError{status: http.StatusMethodNotAllowed, title: "Method not allowed",
		text: fmt.Sprintf("This address accepts only %s.", enumerated(allowed)),
		next: "A link reads, with GET. What changes a session is sent with POST, by the form of its lesson."})
}

// enumerated is a list as a sentence has it: a, b and c.
func enumerated(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
