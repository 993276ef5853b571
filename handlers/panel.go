package handlers

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"

	"sessionlab/handlers/xray"
)

// panel is the data of panel.html: one visitor's session, from the cookie to the row.
type panel struct {
	Engine string
	AsOf   string // time of day when it was made
	Token  string // the session that exists; "" without one
	State  string // what is so, in a sentence
	Stamp  string // differs whenever the session does
	Clock  clock
	Cookie cookieTier
	Memory memoryTier
	Row    rowTier

	Exchange *exchangeView
	History  []historyLine
}

// clock is the time left until the row's end.
type clock struct {
	Runs    bool
	Left    int    // whole seconds, rounded up
	Max     int    // seconds from the last save to the end
	State   string // ok, soon, over
	Changed string // time of the last save
	Ends    string // time of the row's end
	EndMS   int64  // the row's end in Unix milliseconds
	NowMS   int64  // the server's clock when the page was made
}

// Show is the time left as minutes and seconds.
func (c clock) Show() string { return fmt.Sprintf("%d:%02d", c.Left/60, c.Left%60) }

type cookieTier struct {
	Name  string
	Token string // what the browser holds now; "" for nothing
	Was   string // the token that it held before, when it is another
	Stale bool   // the browser still sends Was, which names no session
	Note  string
	Mark  xray.Mark
	Attrs []string // as last sent; nil when this server did not send it lately
}

type memoryTier struct {
	Note    string
	Has     bool // whether there is a session
	Changes []xray.Change
	Differs bool // whether some entry has a mark
	// Elsewhere says that the marks are against the exchange on view: another tab or program
	// changed the session after it.
	Elsewhere bool
	Broken    string
}

type rowTier struct {
	Note    string
	Mark    xray.Mark
	Exists  bool
	Place   string
	Expires string
	Julian  string
	Size    int
	Was     int // size before, when it is another; 0 otherwise
	Decoded []xray.Value
	Hex     []hexLine
	More    int    // bytes that Hex leaves out
	Lying   string // when an expired row is still there: its end
}

type hexLine struct{ Offset, Bytes, Text string }

// historyLine is one exchange in the list.
type historyLine struct {
	ID, At, Request, Page string
	What                  string
	Mark                  xray.Mark
	OnView                bool
}

const timeOfDay = "15:04:05"

// newPanel describes what s shows, with the exchange that is on view and the ones before it.
func (l *Lab) newPanel(s xray.Snapshot, shown *xray.Exchange, history []*xray.Exchange) *panel {
	p := &panel{Engine: l.engine.Name(), AsOf: l.now().Format(timeOfDay)}
	if shown == nil {
		shown = &xray.Exchange{}
	} else {
		latest := len(history) == 0 || history[0] == shown || len(history) > 1 && history[1] == shown
		p.Exchange = l.newExchangeView(shown, latest)
	}
	if s.Row != nil {
		p.Token = s.Token
	}
	p.Stamp = stamp(s)
	p.Clock = l.newClock(s)
	p.Cookie = l.newCookieTier(s, p.Token, shown, history)
	p.Memory = newMemoryTier(s, shown)
	p.Row = newRowTier(s, shown)
	p.State = stateOf(s, shown)
	for _, x := range history {
		p.History = append(p.History, newHistoryLine(x, shown))
	}
	return p
}

func (l *Lab) newClock(s xray.Snapshot) clock {
	now := l.now()
	c := clock{State: "over", Max: int(l.settings.CookieAge.Seconds()), NowMS: now.UnixMilli()}
	if s.Row == nil {
		return c
	}
	end := s.Row.Expiry
	left := end.Sub(now)
	c.Runs, c.State = true, "ok"
	c.Left = int((left + time.Second - 1) / time.Second)
	if left <= 30*time.Second {
		c.State = "soon"
	}
	c.Ends, c.EndMS = end.Local().Format(timeOfDay), end.UnixMilli()
	if age, ok := ageIn(s.Values, l.settings.CookieAge); ok {
		c.Max = int(age.Seconds())
		c.Changed = end.Add(-age).Local().Format(timeOfDay)
	}
	c.Max = max(c.Max, c.Left)
	return c
}

func (l *Lab) newCookieTier(s xray.Snapshot, token string, shown *xray.Exchange, history []*xray.Exchange) cookieTier {
	t := cookieTier{Name: l.settings.CookieName, Token: token}
	for _, x := range append([]*xray.Exchange{shown}, history...) {
		if x.SetCookie != nil && x.SetCookie.MaxAge >= 0 && x.Token == token && token != "" {
			t.Attrs = attributes(x.SetCookie)
			break
		}
	}
	switch c := shown.SetCookie; {
	case c != nil && c.MaxAge < 0:
		t.Note, t.Mark, t.Was = "deleted", xray.Removed, shown.Sent
	case c != nil && shown.Cycled:
		t.Note, t.Mark, t.Was = "new value", xray.Changed, shown.Sent
	case c != nil && !shown.Known:
		t.Note, t.Mark = "new", xray.Added
	case c != nil:
		t.Note = "sent, and set again"
	case s.Token != "" && token == "":
		t.Note, t.Stale, t.Was = "names nothing", true, s.Token
	case shown.Sent != "":
		t.Note = "sent, not set again"
	}
	return t
}

// attributes are the parts of a Set-Cookie header after the value, as they were sent.
func attributes(c *http.Cookie) []string {
	_, rest, _ := strings.Cut(c.String(), "; ")
	return strings.Split(rest, "; ")
}

func newMemoryTier(s xray.Snapshot, shown *xray.Exchange) memoryTier {
	t := memoryTier{Broken: s.Undecodable, Has: s.Row != nil}
	before, after := shown.Before(strict), shown.After(strict)
	if shown.Refused != "" {
		after = before
	}
	var elsewhere bool
	switch {
	case s.Row == nil || shown.Status == 0:
		t.Changes = xray.Diff(s.Values, s.Values)
	case same(after, s.Values):
		t.Changes = xray.Diff(before, after)
	default:
		t.Changes, elsewhere = xray.Diff(after, s.Values), true
	}
	for _, c := range t.Changes {
		t.Differs = t.Differs || c.Mark != xray.Same
	}
	t.Elsewhere = elsewhere && t.Differs
	n := len(s.Values)
	switch {
	case s.Row == nil:
		t.Note = "0 keys"
	case n != len(before) && before != nil && t.Differs:
		t.Note = fmt.Sprintf("%s, now %d", keys(len(before)), n)
	default:
		t.Note = keys(n)
	}
	return t
}

// same reports whether two decoded states hold equal entries.
func same(a, b map[string]any) bool {
	for _, c := range xray.Diff(a, b) {
		if c.Mark != xray.Same {
			return false
		}
	}
	return true
}

func keys(n int) string {
	if n == 1 {
		return "1 key"
	}
	return fmt.Sprintf("%d keys", n)
}

func newRowTier(s xray.Snapshot, shown *xray.Exchange) rowTier {
	t := rowTier{}
	if s.Lying != nil {
		t.Lying = s.Lying.Expiry.Local().Format(timeOfDay)
		t.Size = s.Lying.Size
	}
	switch {
	case shown.Ended && shown.Known:
		t.Note, t.Mark = "deleted", xray.Removed
	case shown.Cycled:
		t.Note, t.Mark = "moved", xray.Changed
	case shown.Committed != nil && !shown.Known:
		t.Note, t.Mark = "inserted", xray.Added
	case shown.Committed != nil:
		t.Note = "rewritten"
	case shown.Refused != "" || shown.Method == http.MethodPost:
		t.Note = "not written"
	case shown.Known:
		t.Note = "read"
	}
	if s.Row == nil {
		return t
	}
	t.Exists, t.Place = true, s.Row.Place
	t.Expires = s.Row.Expiry.Local().Format(timeOfDay)
	if s.Row.Julian != 0 {
		t.Julian = fmt.Sprintf("%.6f", s.Row.Julian)
	}
	t.Size = s.Row.Size
	if shown.Committed != nil && shown.Known && len(shown.Found) != t.Size {
		t.Was = len(shown.Found)
	}
	t.Decoded = xray.Values(s.Values)
	t.Hex, t.More = hexDump(s.Row.Data)
	return t
}

// hexDump writes the first 512 bytes in lines of eight, and says how many it left out.
func hexDump(data []byte) (lines []hexLine, more int) {
	const most, width = 512, 8
	shown := data[:min(most, len(data))]
	for i := 0; i < len(shown); i += width {
		b := shown[i:min(i+width, len(shown))]
		var text strings.Builder
		for _, c := range b {
			if c < 0x20 || c > 0x7e {
				text.WriteRune('·')
			} else {
				text.WriteByte(c)
			}
		}
		lines = append(lines, hexLine{fmt.Sprintf("%04x", i), spaced(hex.EncodeToString(b)), text.String()})
	}
	return lines, len(data) - len(shown)
}

func spaced(digits string) string {
	var b strings.Builder
	for i := 0; i < len(digits); i += 2 {
		b.WriteString(digits[i:i+2] + " ")
	}
	return b.String()
}

// stateOf says in one sentence how the session is.
func stateOf(s xray.Snapshot, shown *xray.Exchange) string {
	switch {
	case s.Row == nil && s.Lying != nil:
		return "Expired. The row is still in the store, but it is not found any more."
	case s.Row == nil && shown.Ended && shown.Known:
		return "Ended by your last request. Nothing is stored for you."
	case s.Row == nil && shown.Sent != "":
		return "Your browser sent a token, but no session belongs to it."
	case s.Row == nil:
		return "No session. Nothing is stored for you."
	case s.Undecodable != "":
		return "The row is there, but its data is damaged: an empty session, as in Django."
	case shown.Refused != "":
		return "Alive. Your last request changed nothing."
	case shown.Cycled:
		return "Alive, under a new token."
	case shown.Committed != nil && !shown.Known:
		return "A new session, made by your last request."
	case shown.Committed != nil:
		return "Alive, and saved by your last request."
	}
	return "Alive. Your last request only read it."
}

func newHistoryLine(x, shown *xray.Exchange) historyLine {
	h := historyLine{ID: x.ID, At: x.At.Local().Format(timeOfDay), Request: x.Method + " " + x.Path, OnView: x.ID == shown.ID, Page: "/internals"}
	if lesson := lessonAt(x.Path); lesson != nil {
		h.Page = lesson.Path
	}
	switch {
	case x.Refused != "":
		h.What, h.Mark = fmt.Sprintf("%d %s", x.Status, firstWord(x.Refused)), xray.Removed
	case x.Cycled:
		h.What, h.Mark = "new token", xray.Changed
	case x.Committed == nil && x.Method == http.MethodPost:
		h.What = "not written"
	case x.Committed == nil:
		h.What = "read only"
	default:
		h.What, h.Mark = x.Summary(strict)
		if !x.Known {
			h.What += ", new token"
		}
	}
	return h
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, ":")
	return word
}
