package handlers

import (
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"time"

	"sessionlab/handlers/xray"
)

// The panel by itself. These pages read the row by the cookie's token, straight from the engine: no
// session is loaded, nothing is recorded and no cookie is touched, so looking changes nothing.

// internals is what /internals.json says about the caller's own session.
type internals struct {
	Engine  string          `json:"engine"`
	Cookie  internalCookie  `json:"cookie"`
	Session internalSession `json:"session"`
	Row     *internalRow    `json:"row"`
}

type internalCookie struct {
	Name     string `json:"name"`
	Received bool   `json:"received"`
	Token    string `json:"token"`

	// Came and Used are there only when several cookies of this name came: how many, and which of them
	// counts, the first being 1.
	Came int `json:"came,omitempty"`
	Used int `json:"used,omitempty"`
}

type internalSession struct {
	Exists               bool            `json:"exists"`
	Token                string          `json:"token"`
	Values               []internalValue `json:"values"`
	IsEmpty              bool            `json:"is_empty"`
	TestCookieWorked     bool            `json:"test_cookie_worked"`
	ExpiryAge            int             `json:"expiry_age"`
	ExpiryDate           time.Time       `json:"expiry_date"`
	ExpireAtBrowserClose bool            `json:"expire_at_browser_close"`
	CookieAge            int             `json:"cookie_age"`
}

type internalValue struct {
	Key   string `json:"key"`
	Type  string `json:"type"`
	Value any    `json:"value"`
}

type internalRow struct {
	Token        string    `json:"token"`
	Size         int       `json:"size"`
	Data         []byte    `json:"data"` // base64 in JSON
	Expiry       time.Time `json:"expiry"`
	ExpiryJulian float64   `json:"expiry_julian"`
}

// received is the session cookie as it came with r.
func (l *Lab) received(r *http.Request) internalCookie {
	token, came := xray.LastCookie(r, l.settings.CookieName)
	c := internalCookie{Name: l.settings.CookieName, Received: token != "", Token: token}
	if came > 1 {
		c.Came, c.Used = came, came
	}
	return c
}

// newInternals describes a snapshot, and the cookie that it was looked up by. An expired row is no row
// here: its content is shown nowhere. Where the session is in the cookie there never is one.
func (l *Lab) newInternals(cookie internalCookie, s xray.Snapshot) internals {
	now := l.now()
	custom := s.Values[expiryKey]
	end := expiryFrom(now, custom, l.settings.CookieAge)
	v := internals{
		Engine: l.engine.Kind().Name,
		Cookie: cookie,
		Session: internalSession{
			Values:               []internalValue{},
			IsEmpty:              s.Row == nil,
			TestCookieWorked:     s.Values[testCookieKey] == testCookieValue,
			ExpiryAge:            int(end.Sub(now).Round(time.Second).Seconds()),
			ExpiryDate:           end.UTC(),
			ExpireAtBrowserClose: custom == 0,
			CookieAge:            l.getSessionCookieAge(),
		},
	}
	for _, entry := range xray.Values(s.Values) {
		value := s.Values[entry.Key]
		if _, err := json.Marshal(value); err != nil {
			value = entry.Text // NaN is no number in JSON, and a moment has its limits there
		}
		v.Session.Values = append(v.Session.Values, internalValue{entry.Key, entry.Type, value})
	}
	if s.Row != nil {
		v.Session.Exists, v.Session.Token = true, s.Token
	}
	if s.Row != nil && !l.engine.Kind().InCookie {
		v.Row = &internalRow{s.Row.Token, s.Row.Size, s.Row.Data, s.Row.Expiry.UTC(),
			// somebody may have written 9e999 there, which JSON does not know
			min(s.Row.Julian, math.MaxFloat64)}
	}
	return v
}

func (l *Lab) internalsJSON(w http.ResponseWriter, r *http.Request) {
	cookie := l.received(r)
	s, err := xray.Look(r.Context(), l.engine, patient{xray.Codec, r.Context(), l}, cookie.Token, l.now())
	if err != nil {
		l.fail(w, r, err)
		return
	}
	b, err := json.MarshalIndent(l.newInternals(cookie, s), "", "  ")
	if err != nil {
		l.fail(w, r, err)
		return
	}
	l.send(w, r, http.StatusOK, "application/json", append(b, '\n'), nil)
}

// worthALook is the latest exchange; nil without one. A form's answer leads to a page, and both are recorded:
// then it is the form.
func worthALook(history []*xray.Exchange) *xray.Exchange {
	switch {
	case len(history) == 0:
		return nil
	case len(history) > 1 && leadsTo(history[1].Location, history[0].Path):
		return history[1]
	}
	return history[0]
}

// leadsTo reports whether an answer with that location leads to the page of that path, perhaps by other
// addresses of its lesson.
func leadsTo(location, page string) bool {
	path, _, _ := strings.Cut(location, "?")
	return path != "" && pageOf(path) == page
}

// internalsPage is the panel in a window of its own, with the exchange that ?exchange= names or the
// visitor's latest. With ?part=panel it is only the panel and the large clock, to be put into a page that is
// open; with ?part=page the same for a page that is this one.
func (l *Lab) internalsPage(w http.ResponseWriter, r *http.Request) {
	p := l.newPage(r, "X-ray", nil)
	token, came := xray.LastCookie(r, l.settings.CookieName)
	memo := &xray.Memo{Codec: patient{xray.Codec, r.Context(), l}}
	s, err := xray.Look(r.Context(), l.engine, memo, token, l.now())
	if err != nil {
		l.fail(w, r, err)
		return
	}
	if s.Row == nil {
		token = ""
	}
	history, err := l.past(r.Context(), token)
	if err != nil {
		l.fail(w, r, err)
		return
	}
	var shown *xray.Exchange
	if id := p.Query.Get("exchange"); id != "" {
		if shown, err = l.history.Get(r.Context(), id, token); err != nil {
			l.fail(w, r, err)
			return
		}
		p.Lost = shown == nil
	}
	if shown == nil {
		shown = worthALook(history)
	}
	browser, err := l.browser(r, came, "")
	if err != nil {
		l.fail(w, r, err)
		return
	}
	part := p.Query.Get("part")
	given := l.given()
	given.Whole = part != "panel"
	p.Panel = given.Panel(s, memo, shown, history, browser)
	if part == "panel" || part == "page" {
		l.renderPart(w, r, "panel-part", p.Panel)
		return
	}
	l.render(w, r, http.StatusOK, "internals", p, nil)
}
