package handlers

import (
	"context"
	"strings"

	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// flowPageData is the data of flow.html.
type flowPageData struct {
	*page
	Own      bool          // whether the page draws the request that asked for it, not an earlier one
	Steps    view.Steps    // of the exchange that the page draws
	Requests []requestLine // the visitor's latest requests, the newest first
}

// flowPage is Django's session.get('x') when ?read= asks for it, and nothing otherwise. Reading makes no
// session: without a stored value there is no row and no cookie.
func (l *Lab) flowPage(ctx context.Context, p *page) (any, error) {
	if p.Query.Has("read") {
		returns(ctx, l.get(ctx, "x", nil))
	}
	return &flowPageData{page: p}, nil
}

// draw draws the exchange that is on view, and lists those before it. Without a session there is nobody to
// keep them for, and only the page's own is left.
func (d *flowPageData) draw(given view.Given, request *xray.Exchange, history []*xray.Exchange) {
	d.Own = d.shown.ID == request.ID
	d.Steps = given.Steps(d.shown, history)
	if d.Own {
		d.Steps.Expires = d.Panel.Row.Expires
	}
	if len(history) == 0 {
		history = []*xray.Exchange{request}
	}
	for _, x := range history {
		line := newRequestLine(x)
		line.Here = x.ID == d.shown.ID
		d.Requests = append(d.Requests, line)
	}
}

// requestLine is one request in the table of flow.html.
type requestLine struct {
	ID, At, Request string
	Sent            bool   // whether a session cookie came with it
	Store           string // what the store was asked for, in order
	SetCookie       string
	Here            bool // it is the one that the page draws
}

func newRequestLine(x *xray.Exchange) requestLine {
	r := requestLine{ID: x.ID, At: x.At.Local().Format(view.TimeOfDay), Request: x.Method + " " + x.Path,
		Sent: x.Sent != ""}
	var asked []string
	for _, s := range x.Steps {
		if s.Kind != xray.Code && s.Kind != xray.Page {
			asked = append(asked, s.Kind.String())
		}
	}
	r.Store = strings.Join(asked, ", ")
	switch c := x.SetCookie; {
	case c == nil:
	case c.MaxAge < 0:
		r.SetCookie = "deleted"
	case c.Value == x.Sent:
		r.SetCookie = "the same token"
	case x.InCookie:
		r.SetCookie = "a new cookie"
	default:
		r.SetCookie = "a new token"
	}
	return r
}

var flowLesson = &Lesson{
	Group: "Basics", Name: "flow", Short: "Flow",
	Title: "The way of a session", Call: "how it works",
	Django: `request.session.get('x')   # no row, no cookie
request.session['x'] = 1    # a row and a cookie`,
	Funcs: []string{"load", "save"},
	Curl: []string{
		"'BASE/flow?read=x'",
		"-d key=x -d value=1 BASE/set",
		"'BASE/flow?read=x'",
	},

	Cards: []Card{{
		ID: "flow",
		Ask: "A browser opens this site for the first time and only reads. How many rows are added to the " +
			"store?",
		Options: []Option{
			{"deleted", "One, and it is deleted after the answer"},
			{"one", "One: every visitor gets a session"},
			{"browser", "None on the server: the session is in the browser"},
			{"none", "None, and no cookie either"},
		},
		Observe: func(r Run) string {
			if r.Path != "/flow" || r.Record.Sent != "" || r.Refused {
				return "" // a browser with a cookie does not come for the first time
			}
			var written, deleted bool
			for _, s := range r.Record.Steps {
				written = written || s.Kind == xray.Commit
				deleted = deleted || s.Kind == xray.Delete
			}
			switch {
			case written && deleted:
				return "deleted"
			case written:
				return "one"
			case r.Record.SetCookie != nil:
				return "browser"
			}
			return "none"
		},
		Because: "Sessions are lazy. Your code got an empty one in memory, nothing was stored in it, and " +
			"so nothing was saved: no row, no token, no `Set-Cookie`.",
	}},
}
