package handlers

import (
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/python"
	"sessionlab/handlers/xray"
)

// exchangeView is a recorded exchange as exchange.html draws it: the messages between the browser,
// SCS and the store, in the order in which they happened.
type exchangeView struct {
	ID       string
	Title    string // request line
	Took     string
	At       string
	Store    string        // the store's lane
	Messages template.HTML // an item for each message
	Why      []template.HTML
	Latest   bool // whether it is the visitor's latest

	codec    scs.Codec
	sql      bool // the store speaks SQL
	inCookie bool // there is no store: the session is in the cookie
}

// message is one line of the sequence diagram.
type message struct {
	Lane  string // bs: browser and SCS, sd: SCS and store, self: the application's code
	Back  bool   // an answer
	From  string // sender and receiver in words, for those who do not see the arrow
	Token string // the token that travels with it
	Head  string
	Text  string
	Chip  bool // show Token after Text
	Lines []statement
	Took  string
	Note  string
	Mark  xray.Mark
}

// writeHTML writes the message as an item of the diagram. It is Go for the reason that [tok] is: a diagram has
// dozens of small parts, and html/template takes a microsecond for each.
func (m message) writeHTML(b *strings.Builder) {
	element := func(open, text, end string) {
		if text != "" {
			b.WriteString(open + template.HTMLEscapeString(text) + end)
		}
	}
	b.WriteString(`<li class="` + m.class() + `"`)
	if m.Token != "" {
		b.WriteString(` data-tok="` + hue(m.Token) + `"`)
	}
	b.WriteString(">")
	element(`<span class="vh">`, m.From, ": </span>")
	element(`<span class="ms">`, m.Took, "</span>")
	element("<b>", m.Head, "</b> ")
	element("", m.Text, "")
	if m.Chip {
		b.WriteString(" " + string(tok(m.Token, flat)))
	}
	element("<small>", m.Note, "</small>")
	for _, line := range m.Lines {
		element("<code>", line.Text, "</code>")
		for _, arg := range line.Args {
			b.WriteString("<small>")
			element("", arg.Name+arg.Text, "")
			if arg.Token != "" {
				b.WriteString(string(tok(arg.Token, flat)))
			}
			element("", arg.After, "")
			b.WriteString("</small>")
		}
	}
	b.WriteString("</li>\n")
}

// class is the message's place in the diagram, in the words of the style sheet.
func (m message) class() string {
	if m.Lane == "self" {
		return m.Lane
	}
	class := "msg " + m.Lane
	if m.Back {
		class += " back"
	}
	if m.Token != "" {
		class += " hot"
	}
	return class
}

// statement is what an engine said to its store, with the token among its arguments picked out.
type statement struct {
	Text string
	Args []argument
}

type argument struct{ Name, Text, Token, After string }

func (l *Lab) newExchangeView(x *xray.Exchange, codec scs.Codec, latest bool) *exchangeView {
	kind := l.engine.Kind()
	v := &exchangeView{ID: x.ID, Title: x.Method + " " + x.Path, Took: milliseconds(x.Took), Latest: latest,
		At: x.At.Local().Format(timeOfDay), Store: kind.Label}
	v.codec, v.sql, v.inCookie = codec, kind.SQL, kind.InCookie
	if v.inCookie {
		v.Why = whyInCookie(x)
	} else {
		unmoved := ""
		if x.Known && x.Committed != nil {
			unmoved = l.unmoved(x.After(codec), x.Deadline)
		}
		v.Why = why(x, unmoved)
	}

	request := message{Lane: "bs", From: "Browser to SCS", Head: v.Title, Text: "no Cookie"}
	if x.Sent != "" {
		request.Text, request.Token, request.Chip = "Cookie:", x.Sent, true
	} else if x.Blank() {
		request.Text = "Cookie: without a value"
	}
	request.Note = requestNote(x)
	messages := []message{request}
	if x.Sent == "" {
		messages = append(messages, message{Lane: "self", Text: "no token, so nothing to find"})
	}
	for _, s := range x.Steps {
		messages = append(messages, v.stepMessages(x, s)...)
	}
	messages = append(messages, answerMessage(x))
	var b strings.Builder
	b.Grow(400 * len(messages))
	for _, m := range messages {
		m.writeHTML(&b)
	}
	v.Messages = template.HTML(b.String())
	return v
}

// requestNote says which other cookies came along with the one that counts.
func requestNote(x *xray.Exchange) string {
	var notes []string
	if x.Came > 1 {
		notes = append(notes, fmt.Sprintf("the last of %d cookies with the session's name: it counts, as in Django", x.Came))
	}
	if x.Others > 0 {
		notes = append(notes, fmt.Sprintf("and %d of other programs on this host", x.Others))
	}
	return strings.Join(notes, "; ")
}

// stepMessages are the lines for one recorded step: what went to the store, and what came back.
func (v *exchangeView) stepMessages(x *xray.Exchange, s xray.Step) []message {
	if s.Kind == xray.Code {
		m := message{Lane: "self", Head: s.Name + "()", Note: "this app's code, " + milliseconds(s.Took)}
		if strings.HasSuffix(s.Name, ".html") {
			m.Head, m.Note = s.Name, "rendered, nothing else"
		}
		switch {
		case s.Err != "":
			m.Note, m.Mark = firstWord(x.Refused), xray.Removed
		case x.Committed != nil:
			m.Text, m.Mark = x.Summary(v.codec)
		}
		return []message{m}
	}
	if v.inCookie {
		return v.cookieMessages(x, s)
	}
	there := message{Lane: "sd", From: "SCS to " + v.Store, Head: s.Kind.String(), Token: s.Token}
	back := message{Lane: "sd", Back: true, From: v.Store + " to SCS", Took: milliseconds(s.Took)}
	for _, st := range s.Statements {
		there.Lines = append(there.Lines, newStatement(st, s, v.sql))
	}
	if len(there.Lines) == 0 {
		there.Text, there.Chip = "", s.Token != ""
	}
	switch {
	case s.Err != "":
		back.Text, back.Mark = "refused", xray.Removed
	case s.Kind == xray.Find && s.Found:
		back.Text = fmt.Sprintf("%d bytes", s.Size)
	case s.Kind == xray.Find:
		back.Text = "nothing"
	case s.Kind == xray.Sweep:
		back.Text = rows(int64(s.Rows))
	default:
		back.Text = rows(affected(s.Statements))
	}
	var all []message
	if fresh := s.Kind == xray.Cycle || s.Kind == xray.Commit && !x.Known; fresh && s.Token != "" {
		all = append(all, message{Lane: "self", Text: "new token", Token: s.Token, Chip: true})
	}
	return append(all, there, back)
}

func affected(statements []engine.Statement) (n int64) {
	for _, s := range statements {
		n = max(n, s.Rows)
	}
	return n
}

func rows(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}

// newStatement picks the token out of a statement's arguments, also where it is part of a longer name:
// a key of Redis, a file. Only SQL numbers its arguments.
func newStatement(st engine.Statement, step xray.Step, sql bool) statement {
	s := statement{Text: st.Text}
	for i, arg := range st.Args {
		a := argument{Text: arg}
		if sql {
			a.Name = fmt.Sprintf("$%d = ", i+1)
		}
		for _, token := range []string{step.Token, step.Old} {
			if before, after, ok := strings.Cut(arg, token); ok && token != "" && a.Token == "" {
				a.Text, a.Token, a.After = before, token, after
			}
		}
		s.Args = append(s.Args, a)
	}
	return s
}

// answerMessage is the line back to the browser.
func answerMessage(x *xray.Exchange) message {
	m := message{Lane: "bs", Back: true, From: "SCS to browser", Head: fmt.Sprint(x.Status), Text: "no Set-Cookie"}
	if path, _, _ := strings.Cut(x.Location, "?"); path != "" {
		m.Head += " to GET " + path
	}
	if c := x.SetCookie; c != nil {
		if c.MaxAge < 0 {
			m.Text = "Set-Cookie: " + c.Name + " with Max-Age=0"
		} else {
			m.Text, m.Token, m.Chip = "Set-Cookie:", c.Value, true
			if c.MaxAge > 0 {
				m.Note = fmt.Sprintf("Max-Age=%d", c.MaxAge)
			} else {
				m.Note = "no Max-Age"
			}
		}
	}
	return m
}

// milliseconds writes a duration that was measured, in the unit that a reader can compare.
func milliseconds(d time.Duration) string {
	switch {
	case d < time.Microsecond:
		return "under 1 µs"
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

// why explains the exchange in words: why a row was or was not written, why a cookie was or was not
// sent. Every sentence follows from what was recorded. unmoved is that of [Lab.unmoved].
func why(x *xray.Exchange, unmoved string) []template.HTML {
	var lines []template.HTML
	say := func(s string) { lines = append(lines, inline(s)) }

	switch {
	case x.Blank():
		say("The browser sent a session cookie without a value. That names no session.")
	case x.Sent == "":
		say("The browser sent no session cookie, so there was nothing to look for.")
	case !x.Known:
		say("The token that came belongs to no live session. It is not adopted: an id is only ever made by the server.")
	}
	switch {
	case x.Unsure():
		say("The store was told to change the session and did not answer, so it may have done it.")
	case x.Refused != "":
		say("The operation was refused, so nothing was saved.")
	case x.Ended && x.Known:
		say("Flush deletes the row at once. A new one is made only when something is stored again.")
	case x.Cycled:
		say("The row was written under a new token and the old row deleted, in one step. Values and age are the same.")
	case x.Committed != nil && !x.Known:
		say("There was no session yet, so a token was made and a row inserted.")
	case x.Committed != nil && unmoved != "":
		say("The session was marked as modified, so the whole of it was written again. " + unmoved)
	case x.Committed != nil:
		say("The session was marked as modified, so the whole of it was written again and its clock restarted.")
	case x.Known:
		say("Nothing marked the session as modified, so its row was not written and the clock went on.")
	}
	if planted, swept, ok := otherRows(x); ok {
		say(fmt.Sprintf("Rows of other sessions: %d put in, %d removed.", planted, swept))
	}
	switch c := x.SetCookie; {
	case c == nil && x.Sent == "" && x.Token == "":
		say("There is no session, so there is no cookie to send.")
	case c == nil:
		say("The cookie is sent only when the session was saved. The browser keeps the one it has.")
	case c.MaxAge < 0:
		say("A cookie that names no session is of no use, so the browser is told to drop it: `Max-Age=0`.")
	case c.MaxAge == 0:
		say("The cookie has no `Max-Age`: the browser forgets it when it closes. The row does not know of that.")
	default:
		say(fmt.Sprintf("The session was saved, so the cookie goes out with it: `Max-Age=%d`, as long as the row lives.", c.MaxAge))
	}
	return lines
}

// result is what became of the experiment, for step three of a lesson.
type result struct {
	Headline template.HTML
	Returned *string // what the operation returned
	Withheld bool    // it returned a text that is not kept
	Detail   any     // what it found out beyond that
	Verdict  *verdict

	Token      string // after the exchange
	Gone       bool   // the cookie was deleted
	CookieNote string
	Changes    []xray.Change // only those with a mark
	MemoryNote string
	RowNote    string
	RowSmall   string
}

func (l *Lab) newResult(x *xray.Exchange, codec scs.Codec) *result {
	before, after := x.Before(codec), x.After(codec)
	r := &result{Returned: x.Returned, Withheld: x.Withheld, Detail: x.Detail, Token: x.Token, Verdict: l.judge(x)}
	for _, c := range xray.Diff(before, after) {
		if c.Mark != xray.Same {
			r.Changes = append(r.Changes, c)
		}
	}
	r.Headline = headline(x, r.Changes, l.inCookie(), l.unmoved(after, x.Deadline))

	switch c := x.SetCookie; {
	case c == nil:
		r.CookieNote = "not sent again"
	case c.MaxAge < 0:
		r.CookieNote, r.Gone, r.Token = "deleted: Max-Age=0", true, x.Sent
	case c.MaxAge == 0:
		r.CookieNote = "sent without Max-Age"
	default:
		r.CookieNote = fmt.Sprintf("sent with Max-Age=%d", c.MaxAge)
	}

	switch {
	case x.Ended && x.Known:
		r.MemoryNote = fmt.Sprintf("%s, now 0", keys(len(x.Removed)))
	case x.Unsure():
		r.MemoryNote = keys(len(before)) + ", perhaps changed"
	case len(r.Changes) == 0 && x.Committed == nil && x.Method == http.MethodPost:
		r.MemoryNote = keys(len(before)) + ", nothing saved"
	case len(r.Changes) == 0:
		r.MemoryNote = keys(len(before)) + ", unchanged"
	default:
		r.MemoryNote = fmt.Sprintf("%s, now %d", keys(len(before)), len(after))
	}

	switch {
	case l.inCookie():
		r.RowNote = "none"
	case x.Ended && x.Known:
		r.RowNote = "deleted"
	case x.Unsure():
		r.RowNote = "not known"
	case x.Committed != nil && !x.Known:
		r.RowNote = fmt.Sprintf("inserted, %d bytes", len(x.Committed))
	case x.Committed != nil && len(x.Found) != len(x.Committed):
		r.RowNote = fmt.Sprintf("%d to %d bytes", len(x.Found), len(x.Committed))
	case x.Committed != nil:
		r.RowNote = fmt.Sprintf("rewritten, %d bytes", len(x.Committed))
	case x.Known:
		r.RowNote = "not written"
	default:
		r.RowNote = "none"
	}
	if x.Committed != nil && l.inCookie() {
		r.RowSmall = fmt.Sprintf("%d bytes travel in the cookie, and expire %s", len(x.Committed), x.Deadline.Local().Format(timeOfDay))
	} else if x.Committed != nil {
		r.RowSmall = "expires " + x.Deadline.Local().Format(timeOfDay)
	}
	return r
}

// otherRows counts the rows of other sessions that the exchange put into the store and swept from it, and
// says whether it tried.
func otherRows(x *xray.Exchange) (planted, swept int, ok bool) {
	for _, s := range x.Steps {
		switch s.Kind {
		case xray.Plant:
			ok = true
			if s.Err == "" {
				planted++
			}
		case xray.Sweep:
			swept, ok = swept+s.Rows, true
		}
	}
	return planted, swept, ok
}

// leftBehind says what a refused exchange has changed all the same: nothing, as a rule. But a sweep can fail
// half way, and a store can fail to answer. x may be nil.
func leftBehind(x *xray.Exchange) string {
	if x == nil {
		return "Nothing was changed."
	}
	planted, swept, _ := otherRows(x)
	switch {
	case x.Unsure():
		return "Whether it was done is not known: the store got the order, and its answer did not come."
	case planted > 0:
		return fmt.Sprintf("Your session was not changed. What was put in before the error stays: %s.", rows(int64(planted)))
	case swept > 0:
		return fmt.Sprintf("Your session was not changed. What was removed before the error stays removed: %s.", rows(int64(swept)))
	}
	return "Nothing was changed."
}

// headline says in a sentence what the exchange did to the session. inCookie says that it is in the
// cookie and not in a store, and unmoved is that of [Lab.unmoved].
func headline(x *xray.Exchange, changes []xray.Change, inCookie bool, unmoved string) template.HTML {
	by := map[xray.Mark][]string{}
	for _, c := range changes {
		by[c.Mark] = append(by[c.Mark], quoteCode(keyText(c.Key)))
	}
	same := " Same session, same token."
	if inCookie {
		same = " Same session, in a new cookie."
	}
	if !x.Known && x.Token != "" {
		same = " A session was made for it."
	}
	are := func(names []string) string {
		if len(names) == 1 {
			return names[0] + " is"
		}
		return strings.Join(names, ", ") + " are"
	}
	switch {
	case x.Unsure():
		return inline(leftBehind(x))
	case x.Refused != "":
		return inline("Refused. " + leftBehind(x))
	case x.Ended && x.Known && inCookie:
		return inline("Your browser drops its cookie. A copy of it still opens the session.")
	case x.Ended && x.Known:
		return inline("The session is gone: values, row and cookie.")
	case x.Ended:
		return inline("There was no session to end.")
	case x.Cycled && inCookie:
		return inline("Same values, signed again in a new cookie. The old cookie still works.")
	case x.Cycled:
		return inline("Same values, new token.")
	case x.Committed == nil:
		if planted, swept, ok := otherRows(x); ok {
			return inline(fmt.Sprintf("%s put in, %s removed. Your own session was not written.", rows(int64(planted)), rows(int64(swept))))
		}
		return inline("Nothing was written.")
	case len(by[xray.Removed]) > 0 && len(by[xray.Added])+len(by[xray.Changed]) == 0:
		return inline(are(by[xray.Removed]) + " gone." + same)
	case len(by[xray.Added]) > 0 && len(by[xray.Changed])+len(by[xray.Removed]) == 0:
		return inline(are(by[xray.Added]) + " stored." + same)
	case len(changes) > 0:
		return inline(are(append(append(by[xray.Added], by[xray.Changed]...), by[xray.Removed]...)) + " changed." + same)
	}
	switch {
	case !x.Known:
		return inline("An empty session was made.")
	case unmoved != "":
		return inline("Saved, with the same values. " + unmoved)
	}
	return inline("Saved, with the same values. The clock starts again.")
}

// unmoved says why a session of these values, saved with that end, keeps it at its next save; "" where it
// does not.
func (l *Lab) unmoved(values map[string]any, end time.Time) string {
	if l.endsWithLife(values, end) {
		return "Its end is that of its life, which no save moves."
	}
	if _, fixed := values[expiryKey].(string); fixed {
		return "Its end is a fixed moment, which no save moves."
	}
	return ""
}

// keyText is a key as it stands in a page or a sentence: as Python would write it, and a very long one cut.
func keyText(key string) string {
	const most = 120
	if len(key) <= most {
		return python.Key(key)
	}
	return fmt.Sprintf("%s… (%d bytes)", python.Key(strings.ToValidUTF8(key[:most], "")), len(key))
}

// plainTick stands for a backtick that marks nothing. No sentence has this character: see keyText.
const plainTick = "\x00"

// quoteCode puts what a visitor named between backticks, for [inline].
func quoteCode(s string) string { return "`" + strings.ReplaceAll(s, "`", plainTick) + "`" }

// inline turns a sentence with code in backticks into HTML.
func inline(s string) template.HTML {
	var b strings.Builder
	for i, part := range strings.Split(s, "`") {
		part = template.HTMLEscapeString(strings.ReplaceAll(part, plainTick, "`"))
		if i%2 == 1 {
			part = "<code>" + part + "</code>"
		}
		b.WriteString(part)
	}
	return template.HTML(b.String())
}
