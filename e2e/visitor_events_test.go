package e2e

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// request is one request of the browser, with its redirects.
type request struct {
	method, url string
	hops        []hop
	sent        []network.Headers
	size        float64 // bytes on the wire; 0 for what came from the cache
}

// hop is one answer to a request: the last one, or a redirect.
type hop struct {
	status  int64
	headers network.Headers
}

func header(h network.Headers, name string) string {
	for key, value := range h {
		if strings.EqualFold(key, name) {
			return fmt.Sprint(value)
		}
	}
	return ""
}

// sessionCookie is the session's Set-Cookie header, which is the first; "" without one. The browser tells
// several in one text.
func sessionCookie(h network.Headers) string {
	first, _, _ := strings.Cut(header(h, "Set-Cookie"), "\n")
	return first
}

// allow says that the browser may complain about what contains text.
func (v *visitor) allow(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.allowed = append(v.allowed, text)
}

// complaints returns what the browser has complained about so far, and forgets it.
func (v *visitor) complaints() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	bad := slices.DeleteFunc(v.bad, func(s string) bool {
		return slices.ContainsFunc(v.allowed, func(text string) bool { return strings.Contains(s, text) })
	})
	v.bad = nil
	return bad
}

func (v *visitor) complain(format string, args ...any) {
	v.bad = append(v.bad, fmt.Sprintf(format, args...))
}

// listen sees every event of the tab, in order.
func (v *visitor) listen(event any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.hears(event)
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		v.sends(e)
	case *network.EventRequestWillBeSentExtraInfo:
		r := v.request(e.RequestID)
		r.sent = append(r.sent, e.Headers)
	case *network.EventResponseReceivedExtraInfo:
		r := v.request(e.RequestID)
		r.hops = append(r.hops, hop{e.StatusCode, e.Headers})
		fmt.Fprintf(&v.log, "answer %d %s\n", e.StatusCode, r.url)
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 && e.Type != network.ResourceTypeDocument {
			v.complain("%d for %s", int(e.Response.Status), e.Response.URL)
		}
	case *network.EventEventSourceMessageReceived:
		fmt.Fprintf(&v.log, "event %s\n", e.EventName)
		v.events = append(v.events, e.EventName+" "+e.Data)
	case *network.EventLoadingFinished:
		v.request(e.RequestID).size = e.EncodedDataLength
	case *network.EventLoadingFailed:
		r := v.request(e.RequestID)
		fmt.Fprintf(&v.log, "failed %s %s\n", r.url, e.ErrorText)
		if !e.Canceled && r.url != "" { // without an address it began before this listener did
			v.complain("load failed: %s %s", r.url, e.ErrorText)
		}
	}
}

// hears notes what the page and the browser say of themselves.
func (v *visitor) hears(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		x := e.ExceptionDetails
		text := x.Text
		if x.Exception != nil {
			text += " " + x.Exception.Description
		}
		v.complain("exception at %s:%d: %s", x.URL, x.LineNumber+1, text)
	case *runtime.EventConsoleAPICalled:
		var args []string
		for _, arg := range e.Args {
			args = append(args, cmp.Or(strings.Trim(string(arg.Value), `"`), arg.Description))
		}
		fmt.Fprintf(&v.log, "console.%s %s\n", e.Type, strings.Join(args, " "))
		if e.Type == "error" || e.Type == "assert" || e.Type == "warning" {
			v.complain("console.%s %s", e.Type, strings.Join(args, " "))
		}
	case *cdplog.EventEntryAdded: // among them violations of the Content-Security-Policy and failed loads
		fmt.Fprintf(&v.log, "log %s/%s %s %s\n", e.Entry.Source, e.Entry.Level, e.Entry.URL, e.Entry.Text)
		if e.Entry.Level == cdplog.EntryLevelError || e.Entry.Level == cdplog.EntryLevelWarning {
			v.complain("%s %s: %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL)
		}
	}
}

func (v *visitor) sends(e *network.EventRequestWillBeSent) {
	if strings.HasPrefix(e.Request.URL, "data:") {
		return // the browser's own icons
	}
	fmt.Fprintf(&v.log, "request %s %s\n", e.Request.Method, e.Request.URL)
	if u, err := url.Parse(e.Request.URL); err != nil || u.Scheme+"://"+u.Host != v.lab.url {
		v.complain("a request to elsewhere: %s", e.Request.URL)
	}
	if e.RedirectResponse != nil {
		return // the next hop of a request that is known
	}
	r := v.request(e.RequestID)
	r.method, r.url = e.Request.Method, e.Request.URL
	v.requests = append(v.requests, r)
}

func (v *visitor) request(id network.RequestID) *request {
	r := v.byID[id]
	if r == nil {
		r = &request{}
		v.byID[id] = r
	}
	return r
}

// forget drops the requests that were seen so far.
func (v *visitor) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.requests = nil
}

// seen returns the requests since the last forget.
func (v *visitor) seen() []request {
	v.mu.Lock()
	defer v.mu.Unlock()
	var list []request
	for _, r := range v.requests {
		list = append(list, *r)
	}
	return list
}

// got returns all that the live panel's streams have carried to this tab.
func (v *visitor) got() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return strings.Join(v.events, "\n")
}

// posts counts the POST requests since the last forget.
func (v *visitor) posts() int {
	n := 0
	for _, r := range v.seen() {
		if r.method == http.MethodPost {
			n++
		}
	}
	return n
}

// posted returns the answer to the last POST, which is a redirect as a rule, and the Cookie header
// that the browser sent with it.
func (v *visitor) posted() (answer hop, cookie string) {
	v.t.Helper()
	until(v.t, "the headers of the last POST", func() bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		for _, r := range slices.Backward(v.requests) {
			if r.method == http.MethodPost && len(r.hops) > 0 && len(r.sent) > 0 {
				answer, cookie = r.hops[0], header(r.sent[0], "Cookie")
				return true
			}
		}
		return false
	})
	return answer, cookie
}
