package view

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// CookieTier is the cookie in the browser.
type CookieTier struct {
	Name  string
	Token string // what the browser holds now; "" for nothing
	Was   string // the token that it held before, when it is another
	Stale bool   // the browser still sends Was, which names no session
	// Expired says that Was ended by its own time, and that the browser has dropped it since.
	Expired bool
	// Several is how many cookies of this name the browser sends, of which the last counts; 0 where it is
	// one or none.
	Several int
	Note    string
	Mark    xray.Mark
	Attrs   []string // as last sent; nil when this server did not send it lately

	Signed  *signedCookie // what is in it, where the session is; nil on the other engines
	WasNote string        // what becomes of Was; "" where it is just dead
}

// MemoryTier is the session as a program has it while it answers: its values.
type MemoryTier struct {
	Note    string
	Has     bool // whether there is a session
	Changes []xray.Change
	Differs bool // whether some entry has a mark
	// Elsewhere says that the marks are against the exchange on view: another tab or program
	// changed the session after it.
	Elsewhere bool
	Unsaved   bool // the marks are of what the request on view had in memory, and did not save
	Broken    string
}

// RowTier is the row in the store.
type RowTier struct {
	Note    string
	Mark    xray.Mark
	Exists  bool
	Place   string
	Expires string
	Julian  string
	Clock   string // what the store itself says of the end
	Size    int
	Was     int // size before, when it is another; 0 otherwise
	Decoded []xray.Value
	Hex     template.HTML
	More    int    // bytes that Hex leaves out
	Lying   string // when an expired row is still there: its end
	LyingID string
	Left    template.HTML // what becomes of it
	None    string        // a sentence for when there is neither
}

// cookieTier describes the cookie after last. token is the session that exists, "" without one.
func (g Given) cookieTier(
	s xray.Snapshot, token string, last *xray.Exchange, history []*xray.Exchange,
) CookieTier {
	t := CookieTier{Name: g.CookieName, Token: token}
	for _, x := range append([]*xray.Exchange{last}, history...) {
		if x.SetCookie != nil && x.SetCookie.MaxAge >= 0 && x.Token == token && token != "" {
			t.Attrs = attributes(x.SetCookie, g.Whole)
			break
		}
	}
	switch c := last.SetCookie; {
	case c != nil && c.MaxAge < 0:
		t.Note, t.Mark, t.Was = "deleted", xray.Removed, last.Sent
	case c != nil && last.Cycled:
		t.Note, t.Mark, t.Was = "new value", xray.Changed, last.Sent
	case c != nil && last.New():
		t.Note, t.Mark = "new", xray.Added
	case c != nil:
		t.Note = "sent, and set again"
	case s.Token != "" && token == "":
		t.Note, t.Stale, t.Was = "names nothing", true, s.Token
	case last.Sent != "":
		t.Note = "sent, not set again"
	}
	return t
}

// attributes are the parts of a Set-Cookie header after the value, as they were sent. Expires says the same
// as Max-Age, for browsers that do not know that: only the whole has both.
func attributes(c *http.Cookie, whole bool) []string {
	_, rest, _ := strings.Cut(c.String(), "; ")
	list := strings.Split(rest, "; ")
	if whole || c.MaxAge == 0 {
		return list
	}
	return slices.DeleteFunc(list, func(s string) bool { return strings.HasPrefix(s, "Expires=") })
}

// AtClose reports whether the browser keeps the cookie until it closes, as far as that is known.
func (t CookieTier) AtClose() bool {
	return len(t.Attrs) > 0 && !slices.ContainsFunc(t.Attrs, func(s string) bool {
		return strings.HasPrefix(s, "Max-Age=")
	})
}

// newMemoryTier compares the values of s with what last found and left.
func newMemoryTier(s xray.Snapshot, memo *xray.Memo, last *xray.Exchange) MemoryTier {
	t := MemoryTier{Broken: s.Undecodable, Has: s.Row != nil}
	before, after := memo.Before(last), memo.After(last)
	if last.Refused != "" {
		after = before
	}
	var elsewhere bool
	switch {
	case last.Unsaved != nil && same(before, s.Values):
		t.Changes, t.Unsaved = xray.Diff(before, memo.Unsaved(last)), true
	case s.Row == nil || last.Status == 0 || last.Untouched:
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
	if t.Unsaved {
		t.Note = "changed, not saved"
	} else if t.Note = keys(n); last.Ended && last.Known {
		t.Note = fmt.Sprintf("keys %d → %d", len(last.Removed), n)
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

// newRowTier describes the row of s after last.
func newRowTier(kind engine.Kind, s xray.Snapshot, last *xray.Exchange, whole bool) RowTier {
	t := RowTier{None: "Your browser names no row."} // there may be one all the same
	switch {
	case last.Ended && last.Known:
		t.None = "The row is gone, with all that was in it."
	case s.Token != "":
		t.None = "No row has this ID."
	}
	switch {
	case last.Ended && last.Known:
		t.Note, t.Mark = "deleted", xray.Removed
	case last.Cycled:
		t.Note, t.Mark = "moved", xray.Changed
	case last.New():
		t.Note, t.Mark = "inserted", xray.Added
	case last.Committed != nil:
		t.Note = "rewritten"
	case last.Unsure():
		t.Note = "no answer"
	case last.Untouched:
		t.Note = "not asked for"
	case last.Refused != "" || last.Method == http.MethodPost:
		t.Note = "not written"
	case last.Known:
		t.Note = "read"
	}
	if s.Lying != nil {
		t.lies(s.Lying, kind)
	}
	if s.Row == nil {
		return t
	}
	t.Exists, t.Place = true, s.Row.Place
	t.Expires = s.Row.Expiry.Local().Format(TimeOfDay)
	if s.Row.Julian != 0 {
		t.Julian = fmt.Sprintf("%.6f", s.Row.Julian)
	}
	t.Size, t.Clock = s.Row.Size, s.Row.Clock
	if last.Committed != nil && last.Known && len(last.Found) != t.Size {
		t.Was = len(last.Found)
	}
	t.Decoded = xray.Values(s.Values)
	t.Hex, t.More = hexDump(s.Row.Data, dumped(whole))
	return t
}

// lies notes an expired row that is still there.
func (t *RowTier) lies(row *engine.Row, kind engine.Kind) {
	t.Lying, t.Size = row.Expiry.Local().Format(TimeOfDay), row.Size
	t.LyingID, t.Left = row.Token, swept(kind)
	t.Note, t.Mark = "not found", xray.Same
}
