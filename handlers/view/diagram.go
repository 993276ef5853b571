package view

import (
	"fmt"
	"html/template"
	"strings"

	"sessionlab/handlers/engine"
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
}

// write writes the message as an item of the diagram.
func (m message) write(to *markup) {
	attrs := []string{"class", m.class()}
	if m.Token != "" {
		attrs = append(attrs, "data-tok", Hue(m.Token))
	}
	to.open("li", attrs...)
	if m.From != "" {
		to.element("span", m.From+": ", "class", "vh")
	}
	to.some("span", m.Took, "class", "ms")
	if m.Head != "" {
		to.element("b", m.Head)
		to.text(" ")
	}
	to.text(m.Text)
	if m.Chip {
		to.text(" ")
		to.put(Token(m.Token, flat))
	}
	to.some("small", m.Note)
	for _, line := range m.Lines {
		line.write(to)
	}
	to.close("li")
	to.text("\n")
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

func (s statement) write(to *markup) {
	to.some("code", s.Text)
	for _, arg := range s.Args {
		to.open("small")
		to.text(arg.Name + arg.Text)
		if arg.Token != "" {
			to.put(Token(arg.Token, flat))
		}
		to.text(arg.After)
		to.close("small")
	}
}

// statements are what the engine said to its store in one step.
func (g Given) statements(step xray.Step) (list []statement) {
	for _, st := range step.Statements {
		list = append(list, newStatement(st, step, g.Kind.SQL))
	}
	return list
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

// exchange draws x. latest says whether it is its visitor's latest.
func (g Given) exchange(x *xray.Exchange, memo *xray.Memo, latest bool) *Exchange {
	v := &Exchange{ID: x.ID, Title: x.Method + " " + x.Path, Took: measured(x.Took), Latest: latest,
		At: x.At.Local().Format(TimeOfDay), Store: g.Kind.Label}
	unmoved := ""
	if x.Known && x.Committed != nil {
		unmoved = g.unmoved(memo.After(x), x.Deadline)
	}
	v.Why = g.medium().why(x, unmoved)
	var m markup
	messages := g.messages(x)
	m.b.Grow(400 * len(messages))
	for _, line := range messages {
		line.write(&m)
	}
	v.Messages = m.html()
	return v
}

// messages are the lines of the diagram.
func (g Given) messages(x *xray.Exchange) []message {
	messages := []message{requestMessage(x)}
	if x.Sent == "" {
		messages = append(messages, message{Lane: "self", Text: "no token, so nothing to find"})
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
	m := message{Lane: "bs", From: "Browser to SCS", Head: x.Method + " " + x.Path, Text: "no Cookie",
		Note: requestNote(x)}
	if x.Sent != "" {
		m.Text, m.Token, m.Chip = "Cookie:", x.Sent, true
	} else if x.Blank() {
		m.Text = "Cookie: without a value"
	}
	return m
}

// requestNote says which other cookies came along with the one that counts.
func requestNote(x *xray.Exchange) string {
	var notes []string
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
	return strings.Join(notes, "; ")
}

// codeMessage is the line of the application's own code.
func codeMessage(x *xray.Exchange, s xray.Step) message {
	m := message{Lane: "self", Head: s.Name + "()", Note: "this app's code, " + measured(s.Took)}
	if s.Kind == xray.Page {
		m.Head, m.Note = s.Name, "rendered, nothing else"
	}
	switch {
	case s.Err != "":
		m.Note = firstWord(x.Refused)
	case x.Committed != nil:
		m.Text, _ = x.Summary()
	}
	return m
}

// answerMessage is the line back to the browser.
func answerMessage(x *xray.Exchange) message {
	m := message{Lane: "bs", Back: true, From: "SCS to browser", Head: fmt.Sprint(x.Status),
		Text: "no Set-Cookie"}
	if path, _, _ := strings.Cut(x.Location, "?"); path != "" {
		m.Head += " to GET " + path
	}
	switch c := x.SetCookie; {
	case c == nil:
		m.trials(x)
	case c.MaxAge < 0:
		m.Text = "Set-Cookie: " + c.Name + " with Max-Age=0"
	default:
		m.Text, m.Token, m.Chip, m.Note = "Set-Cookie:", c.Value, true, "no Max-Age"
		if c.MaxAge > 0 {
			m.Note = fmt.Sprintf("Max-Age=%d", c.MaxAge)
		}
	}
	return m
}
