package handlers

import (
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// panel is the data of panel.html: one visitor's session, from the cookie to the row.
type panel struct {
	Kind engine.Kind
	// InCookie says that the session is in the cookie itself, and that there is no row.
	InCookie bool
	AsOf     string // time of day when it was made
	Token    string // the session that exists; "" without one
	State    string // what is so, in a sentence
	Stamp    string // differs whenever the session does
	Clock    clock
	Cookie   cookieTier
	Memory   memoryTier
	Row      rowTier

	Exchange *exchangeView
	History  template.HTML // a list item for each of the last exchanges
}

// clock is the time left until the row's end.
type clock struct {
	Runs    bool
	Left    int    // whole seconds, rounded up
	Max     int    // seconds from the last save to the end
	State   string // ok, soon, over
	Changed string // time of the last save; "" where the end does not depend on it
	OfLife  bool   // the end is that of the session's life
	Ends    string // time of the row's end
	EndMS   int64  // the row's end in Unix milliseconds
	NowMS   int64  // the server's clock when the page was made
}

// Show is the time left as minutes and seconds.
func (c clock) Show() string { return fmt.Sprintf("%d:%02d", c.Left/60, c.Left%60) }

// Period is the time left as HTML's time element wants it (ISO 8601).
func (c clock) Period() string { return fmt.Sprintf("PT%dS", c.Left) }

// HTML is the clock as the panel shows it. Like [tok] it is Go because every page has one, with a dozen
// small parts.
func (c clock) HTML() template.HTML {
	if !c.Runs {
		return `<section class="clock" data-clock="over">
    <h3 class="vh">Clock</h3>
    <p class="n"><b class="left">No clock</b> <span>nothing to expire</span></p>
    <progress max="1" value="0" aria-label="Time left"></progress>
    <p class="ends"><span>no session</span></p>
  </section>`
	}
	since := "a fixed moment"
	switch {
	case c.Changed != "":
		since = "last change " + c.Changed
	case c.OfLife:
		since = "the end of its life"
	}
	const page = `<section class="clock" data-clock="%s" data-end="%d" data-now="%d">
    <h3 class="vh">Clock</h3>
    <p class="n"><time class="left" datetime="%s">%s</time> <span class="running">until this session expires</span><span class="ended">expired. The next request finds nothing.</span></p>
    <progress max="%d" value="%d" aria-label="Time left"></progress>
    <p class="ends"><span>%s</span><span>expires %s</span></p>
  </section>`
	// All of it is made by this program: there is nothing to escape.
	return template.HTML(fmt.Sprintf(page,
		c.State, c.EndMS, c.NowMS, c.Period(), c.Show(), c.Max, c.Left, since, c.Ends))
}

type cookieTier struct {
	Name  string
	Token string // what the browser holds now; "" for nothing
	Was   string // the token that it held before, when it is another
	Stale bool   // the browser still sends Was, which names no session
	// Several is how many cookies of this name the browser sends, of which the last counts; 0 where it is
	// one or none.
	Several int
	Note    string
	Mark    xray.Mark
	Attrs   []string // as last sent; nil when this server did not send it lately

	Signed  *signedCookie // what is in it, where the session is; nil on the other engines
	WasNote string        // what becomes of Was there: it is not dead
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
	Clock   string // what the store itself says of the end
	Size    int
	Was     int // size before, when it is another; 0 otherwise
	Decoded []xray.Value
	Hex     template.HTML
	More    int    // bytes that Hex leaves out
	Lying   string // when an expired row is still there: its end
}

const timeOfDay = "15:04:05"

// newPanel describes what s shows, with the exchange that is on view and the ones before it.
func (l *Lab) newPanel(s xray.Snapshot, codec scs.Codec, shown *xray.Exchange, history []*xray.Exchange) *panel {
	p := &panel{Kind: l.engine.Kind(), InCookie: l.inCookie(), AsOf: l.now().Format(timeOfDay)}
	onView := shown
	if shown != nil {
		latest := len(history) == 0 || history[0] == shown || len(history) > 1 && history[1] == shown
		p.Exchange = l.newExchangeView(shown, codec, latest)
	}
	older := shown != nil && !p.Exchange.Latest
	if shown == nil || older { // then the session is described as it is, and not as what an exchange made of it
		shown = &xray.Exchange{}
	}
	if s.Row != nil {
		p.Token = s.Token
	}
	p.Stamp = stamp(afterAnswer(s, shown))
	p.Clock = l.newClock(s)
	p.Cookie = l.newCookieTier(s, p.Token, shown, history)
	p.Memory = newMemoryTier(s, codec, shown)
	p.Row = newRowTier(s, shown)
	if p.State = stateOf(s, shown); p.InCookie {
		p.Row.Exists, p.Row.Note = false, ""
		p.State = stateInCookie(s, shown)
		if s.Row != nil { // the page has all of it already, as base64
			p.Row.Hex, p.Row.More = hexDump(s.Row.Data, 192)
		}
	}
	if older && s.Row != nil && s.Undecodable == "" {
		p.State = "Alive. On view is an older exchange, not your last."
	}
	p.History = historyList(history, codec, onView)
	return p
}

// afterAnswer is s as it is once the browser has the answer, which may drop a cookie that names nothing.
func afterAnswer(s xray.Snapshot, shown *xray.Exchange) xray.Snapshot {
	if c := shown.SetCookie; s.Row == nil && c != nil && c.MaxAge < 0 {
		s.Token = ""
	}
	return s
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
	c.OfLife = l.endsWithLife(s.Values, end)
	if age, ok := ageIn(s.Values, l.settings.CookieAge); ok && !c.OfLife {
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
	if l.inCookie() {
		t.lookInto(shown)
	}
	return t
}

// severalOf notes how many cookies of the session's name came.
func (t *cookieTier) severalOf(came int) {
	if came > 1 {
		t.Several = came
	}
}

// lookInto adds what there is to see where the session is the cookie: each save makes another cookie, and
// the server cannot end the one before.
func (t *cookieTier) lookInto(shown *xray.Exchange) {
	t.Signed = newSignedCookie(t.Name, t.Token)
	switch {
	case shown.Ended && shown.Known && t.Token == "":
		t.WasNote = "Dropped by your browser. A copy of it still opens the session, until it expires."
	case t.Stale:
		t.Note, t.WasNote = "not valid", "Your browser still sends this one. The next page drops it."
	case shown.Known && shown.SetCookie != nil && shown.SetCookie.MaxAge >= 0:
		t.Note, t.Mark, t.Was = "new value", xray.Changed, shown.Sent
		t.WasNote = "The one before. It still opens the session as it was, until it expires."
	}
}

// attributes are the parts of a Set-Cookie header after the value, as they were sent.
func attributes(c *http.Cookie) []string {
	_, rest, _ := strings.Cut(c.String(), "; ")
	return strings.Split(rest, "; ")
}

func newMemoryTier(s xray.Snapshot, codec scs.Codec, shown *xray.Exchange) memoryTier {
	t := memoryTier{Broken: s.Undecodable, Has: s.Row != nil}
	before, after := shown.Before(codec), shown.After(codec)
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
	case shown.Unsure():
		t.Note = "no answer"
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
	t.Size, t.Clock = s.Row.Size, s.Row.Clock
	if shown.Committed != nil && shown.Known && len(shown.Found) != t.Size {
		t.Was = len(shown.Found)
	}
	t.Decoded = xray.Values(s.Values)
	t.Hex, t.More = hexDump(s.Row.Data, 512)
	return t
}

// hexDump writes the first bytes, at most that many, in lines of eight, as hex and as text, and says how many it left
// out. It is Go and not a template because a row has dozens of lines.
func hexDump(data []byte, most int) (lines template.HTML, more int) {
	const width = 8
	shown := data[:min(most, len(data))]
	b := make([]byte, 0, len(shown)*8)
	for i := 0; i < len(shown); i += width {
		line := shown[i:min(i+width, len(shown))]
		b = fmt.Appendf(b, "<i>%04x</i>  %- 23x  <b>", i, line)
		for _, c := range line {
			b = append(b, printable[c]...)
		}
		b = append(b, "</b>\n"...)
	}
	return template.HTML(b), len(data) - len(shown)
}

// printable is each byte as HTML text: itself where it is printable ASCII, and a dot where it is not.
var printable = func() (table [256]string) {
	for c := range table {
		table[c] = "·"
		if c >= 0x20 && c <= 0x7e {
			table[c] = template.HTMLEscapeString(string(rune(c)))
		}
	}
	return table
}()

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
	case shown.Unsure():
		return "Alive. Your last request wanted to change it, and the store did not answer. This is how it is now."
	case shown.Refused != "":
		return "Alive. Your last request did not change it."
	case shown.Cycled:
		return "Alive, under a new token."
	case shown.Committed != nil && !shown.Known:
		return "A new session, made by your last request."
	case shown.Committed != nil:
		return "Alive, and saved by your last request."
	}
	return "Alive. Your last request only read it."
}

// historyList is a list item for each exchange. An exchange does not change any more, so its line is
// written once and kept with it: a page has twenty of them.
func historyList(history []*xray.Exchange, codec scs.Codec, shown *xray.Exchange) template.HTML {
	var b strings.Builder
	b.Grow(200 * len(history))
	for _, x := range history {
		b.WriteString("<li")
		if x == shown {
			b.WriteString(` aria-current="true"`)
		}
		b.WriteString(">")
		b.WriteString(x.Keep(func() any { return newHistoryLine(x, codec) }).(string))
		b.WriteString("</li>")
	}
	return template.HTML(b.String())
}

func newHistoryLine(x *xray.Exchange, codec scs.Codec) string {
	what, mark := historyWords(x, codec)
	if x.Came > 1 {
		what += fmt.Sprintf(", last of %d cookies", x.Came)
	}
	page := "/internals"
	if lesson := lessonAt(x.Path); lesson != nil {
		page = lesson.Path
	}
	classes := map[xray.Mark]string{xray.Added: "ins", xray.Changed: "upd", xray.Removed: "rem"}
	return fmt.Sprintf(`<time>%s</time><a href="%s?exchange=%s">%s</a><span class="%s">%s</span>`,
		x.At.Local().Format(timeOfDay), page, x.ID, template.HTMLEscapeString(x.Method+" "+x.Path), classes[mark], template.HTMLEscapeString(what))
}

// historyWords says what became of an exchange, in a word or two.
func historyWords(x *xray.Exchange, codec scs.Codec) (what string, mark xray.Mark) {
	fresh := "new token"
	if x.InCookie() {
		fresh = "new cookie"
	}
	switch {
	case x.Refused != "":
		return fmt.Sprintf("%d %s", x.Status, firstWord(x.Refused)), xray.Removed
	case x.Cycled:
		return fresh, xray.Changed
	case x.Committed == nil && x.Method == http.MethodPost:
		return "not written", xray.Same
	case x.Committed == nil:
		return "read only", xray.Same
	}
	what, mark = x.Summary(codec)
	if !x.Known {
		what += ", " + fresh
	}
	return what, mark
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, ":")
	return word
}
