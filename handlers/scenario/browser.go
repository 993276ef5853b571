package scenario

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/xray"
)

const (
	// patience is with an answer: longer than a large session waits for its turn, and is told that it got none.
	patience = limits.WaitForTurn + 3*time.Second
	maxBody  = 1 << 20 // of an answer
)

// What can be done by hand, without a request: see [Event].
const (
	Copied = "copied"
	Closed = "closed"
)

// Browser sends requests to the lab, and keeps cookies as a browser does. It follows no redirect. It knows
// nothing of SameSite and of name prefixes.
type Browser struct {
	Name   string // in events
	by     string // in records
	scene  *Scene
	client http.Client
	origin *url.URL
}

// Browser returns a browser that holds cookies. by is that of [xray.Exchange.By]. One that keeps nothing
// throws every cookie away.
func (sc *Scene) Browser(name, by string, keeps bool, cookies ...*http.Cookie) *Browser {
	b := &Browser{Name: name, by: by, scene: sc, origin: &url.URL{Scheme: "http", Host: "127.0.0.1", Path: "/"}}
	if sc.stage.secure {
		b.origin.Scheme = "https"
	}
	b.client = http.Client{Transport: sc.stage.transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if keeps {
		b.client.Jar, _ = cookiejar.New(nil) // never fails
		b.client.Jar.SetCookies(b.origin, cookies)
	}
	return b
}

// Do sends a request such as "POST /set", with a form of alternating names and values, and returns what came
// of it. An error answer is none of the errors.
func (b *Browser) Do(request string, fields ...string) (Event, error) {
	return b.do(nil, request, fields)
}

// DoAt is Do of a request that goes to a meeting.
func (b *Browser) DoAt(m *Meeting, request string, fields ...string) (Event, error) {
	return b.do(m, request, fields)
}

func (b *Browser) do(m *Meeting, request string, fields []string) (Event, error) {
	if !slices.Contains(b.scene.stage.may, request) {
		return Event{}, fmt.Errorf("%w: %s", ErrNotAllowed, request)
	}
	for _, places := range []*limits.Places{b.scene.underWay, b.scene.stage.underWay} {
		leave, ok := places.Take()
		if !ok {
			return Event{}, ErrBusy
		}
		defer leave()
	}
	t := &Ticket{by: b.by, visitor: b.scene.visitor, apart: b.scene.Apart, meeting: m}
	number, withdraw := b.scene.stage.issue(t)
	defer withdraw()
	r, form, err := b.request(request, fields)
	if err != nil {
		return Event{}, err
	}
	r.Header.Set(Header, number)
	e := Event{Name: b.Name, Form: form, Held: b.Holds(), Start: time.Now()}
	resp, err := b.client.Do(r)
	if err != nil {
		return Event{}, b.unanswered(err)
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody)) // what it says is in the record
	if err != nil {
		return Event{}, b.unanswered(err)
	}
	e.End, e.Holds, e.Exchange = time.Now(), b.Holds(), t.left()
	if e.Exchange == nil {
		e.Exchange = &xray.Exchange{At: e.Start, Took: e.End.Sub(e.Start), Method: r.Method, Path: r.URL.Path,
			By: b.by, Sent: e.Held, Status: resp.StatusCode, Refused: resp.Status}
	}
	b.scene.add(e)
	return e, nil
}

// unanswered is the error of a request without an answer.
func (b *Browser) unanswered(err error) error {
	if gone := b.scene.ctx.Err(); gone != nil {
		return fmt.Errorf("the visitor has left: %w", gone)
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// request makes a request, and says what is sent with it.
func (b *Browser) request(request string, fields []string) (r *http.Request, says string, err error) {
	method, path, _ := strings.Cut(request, " ")
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	address, body := *b.origin, ""
	address.Path = path
	if method == http.MethodGet {
		address.RawQuery = form.Encode()
	} else {
		body = form.Encode()
	}
	r, err = http.NewRequestWithContext(b.scene.ctx, method, address.String(), strings.NewReader(body))
	if err != nil {
		return nil, "", fmt.Errorf("make a request: %w", err)
	}
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r, told(form), nil
}

// told is what a form says, as a line has room for it.
func told(form url.Values) string {
	const most = 40
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if name != "key" && name != "value" && name != "type" && name != "default" {
			parts = append(parts, name+"="+form.Get(name))
		}
	}
	if key := form.Get("key"); form.Has("value") {
		parts = append(parts, key+"="+form.Get("value"))
	} else if key != "" {
		parts = append(parts, key)
	}
	says := []rune(strings.Join(parts, " "))
	if len(says) > most {
		return string(says[:most]) + "…"
	}
	return string(says)
}

// Holds is the session cookie that the browser holds; "" for none.
func (b *Browser) Holds() string {
	if b.client.Jar == nil {
		return ""
	}
	for _, c := range b.client.Jar.Cookies(b.origin) {
		if c.Name == b.scene.stage.cookie {
			return c.Value
		}
	}
	return ""
}

// Sent is the Set-Cookie to which the browser owes what it holds now, or that it holds nothing; nil where
// nothing that it was sent or did has changed that.
func (b *Browser) Sent() *http.Cookie {
	holds := b.Holds()
	for _, e := range slices.Backward(b.scene.Events()) {
		switch {
		case e.Name != b.Name:
		case e.Hand == Closed && e.Held != holds:
			return b.named(&http.Cookie{MaxAge: -1, Expires: time.Unix(0, 0)})
		case e.Hand != "" || e.Exchange.SetCookie == nil:
		default:
			if c := e.Exchange.SetCookie; c.Value == holds || holds == "" && c.MaxAge < 0 {
				return c
			}
		}
	}
	return nil
}

// Jar is the session cookie that the browser holds, to be given to a later one; nil for none.
func (b *Browser) Jar() *http.Cookie {
	if b.Holds() == "" {
		return nil
	}
	c := b.named(&http.Cookie{Value: b.Holds()})
	if sent := b.Sent(); sent != nil {
		c.Expires = sent.Expires
	}
	return c
}

// Give puts a copy of the session cookie that from holds into the jar. It passes no server.
func (b *Browser) Give(from *Browser) {
	b.byHand(Copied, func() {
		if value := from.Holds(); value != "" {
			b.set(&http.Cookie{Value: value})
		}
	})
}

// Close closes the browser, which then forgets a session cookie that it was sent without a date, and opens it
// again.
func (b *Browser) Close() {
	b.byHand(Closed, func() {
		if c := b.Sent(); c != nil && c.MaxAge == 0 && c.Expires.IsZero() {
			b.set(&http.Cookie{MaxAge: -1})
		}
	})
}

func (b *Browser) byHand(what string, do func()) {
	now := time.Now()
	e := Event{Name: b.Name, Held: b.Holds(), Start: now, End: now, Hand: what}
	do()
	e.Holds = b.Holds()
	b.scene.add(e)
}

func (b *Browser) set(c *http.Cookie) {
	b.client.Jar.SetCookies(b.origin, []*http.Cookie{b.named(c)})
}

// named is c as a session cookie of the lab.
func (b *Browser) named(c *http.Cookie) *http.Cookie {
	c.Name, c.Path, c.Secure = b.scene.stage.cookie, "/", b.scene.stage.secure
	return c
}
