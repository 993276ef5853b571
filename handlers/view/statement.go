package view

import (
	"fmt"
	"strings"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// statement is what an engine said to its store: in a word or two, and whole, with the session ID among its
// arguments picked out.
type statement struct {
	Verb   string
	Object string // the table, or what else the verb is about
	Text   string
	Args   []argument
}

type argument struct{ Name, Text, Token, After string }

// token is the session ID whole, but for a session in its own cookie, which the panel has once already.
func (a argument) token() string {
	if len(a.Token) > xray.LongestToken {
		return shorten(a.Token)
	}
	return a.Token
}

// write writes the statement in one line, which opens to the whole of it.
func (s statement) write(to *markup, fold string, whole bool) {
	attrs := []string{"class", "sql", "data-fold", fold}
	if whole {
		attrs = append(attrs, "open", "")
	}
	to.open("details", attrs...)
	to.open("summary")
	to.element("b", s.Verb)
	if s.Object != "" {
		to.text(" " + s.Object)
	}
	if token := s.token(); token != "" {
		to.text(" ")
		to.put(Token(token, flat))
	}
	to.close("summary")
	to.open("pre", "class", "blob", "tabindex", "0")
	to.text(s.Text)
	for _, arg := range s.Args {
		to.text("\n")
		to.some("i", arg.Name)
		to.text(arg.Text + arg.token() + arg.After)
	}
	to.close("pre")
	to.close("details")
}

// token is the session ID that the statement is about; "" for none.
func (s statement) token() string {
	for _, arg := range s.Args {
		if arg.Token != "" {
			return arg.Token
		}
	}
	return ""
}

// statements are what the engine said to its store in one step.
func (g Given) statements(step xray.Step) (list []statement) {
	for _, st := range step.Statements {
		s := newStatement(st, step, g.Kind.SQL)
		s.Verb, s.Object = g.inShort(st.Text, step.Kind)
		list = append(list, s)
	}
	return list
}

// newStatement picks the session ID out of a statement's arguments, also where it is part of a longer name:
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

// inShort is a statement in a verb and what it is about: REPLACE sessions, GET key, WRITE file. A script of
// Redis is named after what SCS wanted.
func (g Given) inShort(text string, kind xray.StepKind) (verb, object string) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return kind.String(), ""
	}
	verb = strings.ToUpper(words[0])
	library, function, called := strings.Cut(words[0], ".")
	switch {
	case g.Kind.SQL:
		return verb, table(words)
	case g.Kind.InCookie && kind == xray.Find:
		return "VERIFY", "cookie"
	case g.Kind.InCookie:
		return "SIGN", "cookie"
	case verb == "EVAL":
		return verb, kind.String()
	case verb == "EVALSHA":
		return verb, "record" // the archive's script, which the server knows already
	case called:
		return function, library
	}
	return verb, g.Kind.PlaceName
}

// table is the table that a statement of SQL names first, or what follows BEGIN.
func table(words []string) string {
	for i, word := range words[:len(words)-1] {
		switch strings.ToUpper(word) {
		case "FROM", "INTO", "UPDATE":
			name, _, _ := strings.Cut(words[i+1], "(")
			return name
		}
	}
	if strings.EqualFold(words[0], "BEGIN") {
		return strings.Join(words[1:], " ")
	}
	return ""
}

// affected is the most rows that one of the statements changed.
func affected(statements []engine.Statement) (n int64) {
	for _, s := range statements {
		n = max(n, s.Rows)
	}
	return n
}
