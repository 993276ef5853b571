package handlers

import (
	"cmp"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"sessionlab/handlers/python"
	"sessionlab/handlers/xray"
)

// operation changes the session of ctx as Django's operation of that name would. It gets a form
// that was read before the session was loaded, so that a slow upload cannot undo what another
// tab wrote meanwhile. On an error nothing is saved.
type operation func(ctx context.Context, form url.Values) error

// perform adapts an operation to POST: read the form, load the session, operate, save, file the
// exchange, and send the browser to page, where the exchange is shown (status 303, so that a
// reload does not repeat the operation).
func (l *Lab) perform(page string, op operation) http.HandlerFunc {
	return l.performIn(l.saving, page, op)
}

// performIn is perform with turns of its own, for an operation that takes more than others.
func (l *Lab) performIn(turns *turns, page string, op operation) http.HandlerFunc {
	name := funcName(op)
	return func(w http.ResponseWriter, r *http.Request) {
		leaveRoom, err := l.roomForBody(r)
		if err != nil {
			l.fail(w, r, nil, err)
			return
		}
		defer leaveRoom()
		form, unread := l.readForm(w, r)
		leave, err := turns.enter(r.Context(), l.address(r)) // only now: a slow sender holds up nobody
		if err != nil {
			l.fail(w, r, nil, err)
			return
		}
		r = l.withTurn(r, leave)
		defer leaveTurn(r)
		if err := l.takeLarge(r.Context(), int(r.ContentLength)); err != nil {
			l.fail(w, r, nil, err)
			return
		}
		x := xray.NewExchange(r, l.settings.CookieName, l.now())
		x.Guess = guess(form)
		location := returnTo(form, page) + "?exchange=" + x.ID
		cookie, err := l.run(r, x, name, op, form, unread)
		l.startAnswer(w)
		if err != nil {
			l.refuse(w, r, x, cookie, err)
			return
		}
		x.Close(http.StatusSeeOther, location, cookie, l.now())
		l.history.Add(x, strict)
		if cookie != nil {
			http.SetCookie(w, cookie)
		}
		http.Redirect(w, r, location, http.StatusSeeOther)
	}
}

// returnTo is the page to show the exchange on: the operation's own, or the lesson that a form names in
// its field then, so that a preparation leads back to the experiment.
func returnTo(form url.Values, page string) string {
	for i := range lessons {
		if lessons[i].Name == form.Get("then") {
			return lessons[i].Path
		}
	}
	return page
}

// run loads, operates and saves, and returns the cookie to send, on an error too. A form that could not be
// read is refused after loading: the record then tells what session it was for.
func (l *Lab) run(r *http.Request, x *xray.Exchange, name string, op operation, form url.Values, unread error) (*http.Cookie, error) {
	ctx, err := l.load(r, x)
	if unread != nil || err != nil {
		return l.staleCookie(ctx, x), cmp.Or(unread, err)
	}
	if err := x.Run(name, func() error { return op(ctx, form) }); err != nil {
		return l.staleCookie(ctx, x), err
	}
	return l.save(ctx, x)
}

// returns notes what an operation returned; its page shows it as the result.
func returns(ctx context.Context, value any) {
	x := xray.From(ctx)
	s := python.Str(value)
	x.Returned = &s
	switch value.(type) {
	case nil, bool, int:
	default:
		x.Typed = true
	}
}

// reports notes what an operation found out, in the words of the lab.
func reports(ctx context.Context, text string) { xray.From(ctx).Returned = &text }

// roomForBody waits for room for the body of r among those that are under way, if it is a large one or may
// become one. leave gives the room back.
func (l *Lab) roomForBody(r *http.Request) (leave func(), err error) {
	n := r.ContentLength
	if n < 0 || n > maxBody { // not known, or to be refused when it was read so far
		n = maxBody
	}
	if n <= smallBody {
		return func() {}, nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), l.bodyWait)
	defer cancel()
	if err := l.bodies.Acquire(ctx, n); err != nil {
		return nil, cmp.Or(r.Context().Err(), error(tooManyBodies))
	}
	return func() { l.bodies.Release(n) }, nil
}

// readForm reads an urlencoded body. The query is no part of the form: what a link can carry must
// not change a session. A body may be left out by whoever has no field to send.
func (l *Lab) readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	// A sender who dawdles is cut off by the deadline; nothing is held meanwhile.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, tooLarge("A form may have at most 1 MiB.")
		}
		return nil, &pageError{status: http.StatusBadRequest, title: "Incomplete request", cause: err,
			text: "The form did not arrive whole.", next: "Send it again."}
	}
	if len(body) == 0 {
		return url.Values{}, nil
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		return nil, &pageError{status: http.StatusUnsupportedMediaType, title: "Not a form",
			text: "This server reads only `application/x-www-form-urlencoded` bodies, which is what an HTML form sends by default.",
			next: "With curl, use `-d key=value`."}
	}
	if n := 1 + strings.Count(string(body), "&"); n > maxFields {
		return nil, tooLarge("A form may have at most %d fields, and this one has %d.", maxFields, n)
	}
	form, err := parseFields(string(body))
	if err != nil {
		return nil, err
	}
	for key, values := range form {
		for _, s := range append(values, key) {
			if !utf8.ValidString(s) {
				return nil, badInput("Not UTF-8", "A field is not valid UTF-8 text. It is refused, not repaired, so that nobody stores something else than was sent.")
			}
		}
	}
	return form, nil
}

// parseFields parses the fields of a form, from a body or from the address. What is broken is refused, not
// repaired or left out, so that nobody gets something else than was sent.
func parseFields(encoded string) (url.Values, error) {
	fields, err := url.ParseQuery(encoded)
	if err != nil {
		return nil, badInput("Broken form", "What was sent is not a well-formed urlencoded form: a percent sign needs two hexadecimal digits after it, and fields are parted by `&`.")
	}
	return fields, nil
}

// keyOf returns a form's key, or why it cannot be one.
func keyOf(form url.Values) (string, error) {
	key := form.Get("key")
	return key, checkKey(key)
}

func checkKey(key string) error {
	switch {
	case key == "":
		return badInput("No key", "The field `key` is empty or missing. A key has at least one character.")
	case len(key) > maxKeyBytes:
		return badInput("Key too long", "A key has at most %d bytes, and this one has %d.", maxKeyBytes, len(key))
	case strings.HasPrefix(key, "_"):
		return badInput("Reserved key", "Keys that begin with an underscore belong to the framework: `_session_expiry` keeps what set_expiry was given.")
	}
	return nil
}

func checkValue(value string) error {
	if len(value) > maxValueBytes {
		return tooLarge("A value has at most 64 KiB, and this one has %d bytes.", len(value))
	}
	return nil
}

// guess is the prediction that came with a form, in the form of "question:option"; it goes into the
// exchange and never into the session.
func guess(form url.Values) string {
	g := form.Get("predict")
	if len(g) > 64 {
		return ""
	}
	return g
}
