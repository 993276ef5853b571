package view

import (
	"cmp"
	"fmt"
	"html/template"
	"strings"

	"sessionlab/handlers/xray"
)

// Exchange is a recorded exchange as exchange.html draws it: the messages between the browser, SCS and the
// store, in the order in which they happened.
type Exchange struct {
	ID       string
	Title    string // request line
	Took     string
	At       string
	Store    string        // the store's lane
	Messages template.HTML // an item for each message
	Why      []template.HTML
	Latest   bool // whether it is the visitor's latest
}

// message is one line of the sequence diagram.
type message struct {
	Lane  string // bs: browser and SCS, sd: SCS and store, self: SCS alone, code: the application's code
	Back  bool   // an answer
	From  string // sender and receiver in words, for those who do not see the arrow
	Token string // the session ID that travels with it
	Head  string
	Text  string
	Mark  xray.Mark // of Text
	Chip  bool      // show Token after Text
	Said  *statement
	Took  string
	Note  string
	Below *message // a second line of the same
}

// write writes the message as an item of the diagram. fold names what folds in it; whole unfolds it.
func (m message) write(to *markup, fold string, whole bool) {
	attrs := []string{"class", m.class()}
	if m.Token != "" {
		attrs = append(attrs, "data-tok", Hue(m.Token))
	}
	to.open("li", attrs...)
	if m.From != "" {
		to.element("span", m.From+": ", "class", "vh")
	}
	to.some("span", m.Took, "class", "ms")
	if m.Said != nil {
		m.Said.write(to, fold, whole)
	}
	m.line(to)
	if m.Below != nil {
		to.empty("br")
		m.Below.line(to)
	}
	to.close("li")
	to.text("\n")
}

// line writes what is said.
func (m message) line(to *markup) {
	if m.Head != "" {
		to.element("b", m.Head)
		to.text(" ")
	}
	if class := markClasses[m.Mark]; class != "" {
		to.element("span", m.Text, "class", class)
	} else {
		to.text(m.Text)
	}
	if m.Chip {
		to.text(" ")
		to.put(Token(m.Token, flat))
	}
	if m.Note != "" {
		to.text(" ")
		to.element("small", m.Note)
	}
}

// class is the message's place in the diagram, in the words of the style sheet.
func (m message) class() string {
	switch m.Lane {
	case "self":
		return "self"
	case "code":
		return "self code"
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

// exchange draws x. latest says whether it is its visitor's latest.
func (g Given) exchange(x *xray.Exchange, memo *xray.Memo, latest bool) *Exchange {
	v := &Exchange{ID: x.ID, Title: x.Method + " " + x.Path, Took: measured(x.Took), Latest: latest,
		At: x.At.Local().Format(TimeOfDay), Store: g.lane()}
	unmoved := ""
	if x.Known && x.Committed != nil {
		unmoved = g.unmoved(memo.After(x), x.Deadline)
	}
	v.Why = g.medium().why(x, unmoved)
	v.Messages = g.drawn(x)
	return v
}

// Draw draws an exchange that is not the lab's own: its messages, without the sentences on why, which are
// about the lab.
func (g Given) Draw(x *xray.Exchange) *Exchange {
	v := &Exchange{ID: x.ID, Title: x.Method + " " + x.Path, Took: measured(x.Took), Store: g.lane()}
	v.Messages = g.drawn(x)
	return v
}

// drawn are the messages of x as they stand in the diagram.
func (g Given) drawn(x *xray.Exchange) template.HTML {
	var m markup
	messages := g.messages(x)
	m.b.Grow(600 * len(messages))
	for i, line := range messages {
		line.write(&m, fmt.Sprintf("%s-%d", x.ID, i), g.Whole)
	}
	return m.html()
}

// lane is the store's name as the narrow lane has room for it.
func (g Given) lane() string {
	switch {
	case g.Kind.InCookie:
		return "Signing"
	case g.Kind.Name == "postgres":
		return "Postgres"
	}
	return g.Kind.Label
}

// messages are the lines of the diagram.
func (g Given) messages(x *xray.Exchange) []message {
	messages := []message{requestMessage(x)}
	if x.Sent == "" {
		messages = append(messages, message{Lane: "self", Text: "nothing to find"})
	}
	medium := g.medium()
	for _, s := range x.Steps {
		if s.Kind == xray.Code || s.Kind == xray.Page {
			messages = append(messages, codeMessage(x, s))
		} else {
			messages = append(messages, medium.step(x, s)...)
		}
	}
	messages = append(messages, trialMessages(x)...)
	return append(messages, answerMessage(x))
}

// requestMessage is the line from the browser.
func requestMessage(x *xray.Exchange) message {
	m := message{Lane: "bs", From: "Browser to SCS", Head: x.Method + " " + x.Path}
	notes := requestNotes(x)
	switch {
	case x.Sent != "":
		m.Token, m.Chip = x.Sent, true
	case x.Blank():
		notes = append([]string{"cookie without a value"}, notes...)
	case len(notes) > 0:
		notes = append([]string{"no session cookie"}, notes...)
	default:
		notes = []string{"no cookie"}
	}
	m.Note = strings.Join(notes, "; ")
	return m
}

// requestNotes say which other cookies came along with the one that counts.
func requestNotes(x *xray.Exchange) (notes []string) {
	if x.Came > 1 {
		notes = append(notes,
			fmt.Sprintf("the last of %d cookies with the session's name: it counts, as in Django", x.Came))
	}
	if x.Others > 0 {
		notes = append(notes, fmt.Sprintf("and %d of other programs on this host", x.Others))
	}
	if x.Notebook {
		notes = append(notes, "and the lab's own notebook")
	}
	if x.Trials > 0 {
		notes = append(notes, "and a trial cookie of the lesson Settings")
	}
	return notes
}

// codeMessage is the line of the application's own code.
func codeMessage(x *xray.Exchange, s xray.Step) message {
	if s.Kind == xray.Page {
		return message{Lane: "code", Head: s.Name, Note: "rendered, nothing else"}
	}
	m := message{Lane: "code", From: "Your code", Head: s.Name + "()", Took: measured(s.Took)}
	switch {
	case s.Err != "":
		m.Text, m.Mark = cmp.Or(firstWord(x.Refused), s.Err), xray.Removed
	case x.Committed != nil:
		m.Text, m.Mark = x.Summary()
	}
	return m
}

// answerMessage is the line back to the browser.
func answerMessage(x *xray.Exchange) message {
	m := message{Lane: "bs", Back: true, From: "SCS to browser", Head: fmt.Sprint(x.Status)}
	if x.Status == 0 {
		m.Head, m.Note = "no answer", "the connection was closed"
		return m
	}
	if path, _, _ := strings.Cut(x.Location, "?"); path != "" {
		m.Text = "to " + path
	}
	cookie := message{Text: "Set-Cookie"}
	switch c := x.SetCookie; {
	case c == nil:
		cookie = message{Note: "no Set-Cookie"}
		cookie.trials(x)
	case c.MaxAge < 0:
		cookie.Note = c.Name + "= Max-Age=0"
	default:
		cookie.Token, cookie.Chip, cookie.Note = c.Value, true, "no Max-Age"
		if c.MaxAge > 0 {
			cookie.Note = fmt.Sprintf("Max-Age=%d", c.MaxAge)
		}
	}
	m.Token = cookie.Token
	if m.Text != "" {
		m.Below = &cookie
	} else {
		m.Text, m.Chip, m.Note = cookie.Text, cookie.Chip, cookie.Note
	}
	return m
}
