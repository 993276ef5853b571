package handlers

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"sessionlab/handlers/python"
	"sessionlab/handlers/xray"
)

// This file puts what each line of a view did into words.

// tracedLine is a line of the view, as the trace shows it.
type tracedLine struct {
	Line  int
	Text  string
	Class string // what its mark on the thread is, in the words of the style sheet
	Did   []traceWord
	Gave  string
	Error string // the line that raised has it
	Aside string // what the flags or the store did
}

// traceWord is what a line did to the session, with its colour.
type traceWord struct{ Class, Text string }

// Trace are the lines of the run on view.
func (d *viewPageData) Trace() []tracedLine {
	lines := make([]tracedLine, len(d.Lines))
	kept, over := false, false
	for i, l := range d.Lines {
		t := &lines[i]
		*t = traced(l.Acts, l.MoreActs)
		t.Line, t.Text, t.Gave = l.Line, l.Text, short(outcomeOf(l))
		t.fit()
		switch {
		case l.Raised && d.Outcome.Raised != nil && l.Line == d.Outcome.Raised.Line:
			t.Class, t.Error, t.Gave, t.Aside, over = "t x", short(d.Outcome.Raised.Says), "", "raised here", true
		case !l.Ran:
			if t.Class = "no"; l.Code {
				t.Gave = "not run"
			}
		}
		if strings.Contains(t.Class, "wr") {
			kept = true
		} else if kept && !over {
			t.Class = strings.TrimSpace(t.Class + " kept")
		}
	}
	return lines
}

// Step is one line that ran, in the list of all of them.
func (d *viewPageData) Steps() []tracedLine {
	if d.Outcome == nil {
		return nil
	}
	source := strings.Split(d.Source, "\n")
	steps := make([]tracedLine, len(d.Outcome.Events))
	for i, e := range d.Outcome.Events {
		steps[i] = traced(e.Acts, 0)
		steps[i].Line, steps[i].Gave = e.Line, e.Gave
		if e.Printed != "" {
			steps[i].Gave = "printed " + oneLine(e.Printed)
		}
		if e.Line >= 1 && e.Line <= len(source) {
			steps[i].Text = strings.TrimSpace(source[e.Line-1])
		}
	}
	return steps
}

// Left is how many steps are not kept.
func (d *viewPageData) Left() int { return d.Outcome.More }

// traced is what acts did, in words, with the mark of the strongest. more is how many acts are not named.
func traced(acts []python.Act, more int) (t tracedLine) {
	var asides []string
	for _, a := range acts {
		if class := marks[a.Did]; strong(class) > strong(t.Class) {
			t.Class = class
		}
		asides = append(asides, a.Store...)
		for _, flag := range a.Flags {
			if flag == "modified" {
				t.Class = "t wr"
			}
			if flag != "accessed" {
				asides = append(asides, flagWords[flag])
			}
		}
		t.Did = append(t.Did, did(a))
	}
	if more > 0 {
		t.Did = append(t.Did, traceWord{"gv", fmt.Sprintf("and %d more", more)})
	}
	if len(asides) == 0 && len(acts) > 0 && acts[0].Did == python.Inside {
		asides = []string{"in memory"}
	}
	t.Aside = strings.Join(asides, " · ")
	return t
}

// fit cuts what a line did so that it stands beside its line, as a rule. The list of all steps has it whole.
func (t *tracedLine) fit() {
	const most, least = 58, 12 // characters
	room := most - utf8.RuneCountInString(t.Aside+t.Gave)
	for i := range t.Did {
		text := []rune(t.Did[i].Text)
		if len(text) > max(room, least) {
			t.Did[i].Text = string(text[:max(room, least)-1]) + "…"
		}
		room -= len(text) + 1
	}
}

// short is text that stands beside a line.
func short(text string) string {
	const most = 44
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// marks are the marks on the thread: a ring for what read, a grey dot for a change that the session did not
// see, and a full one for what marked it.
var marks = map[python.Deed]string{
	python.Read: "t", python.Looked: "t", python.Called: "t", python.Flagged: "t",
	python.Inside: "t in",
	python.Added:  "t wr", python.Changed: "t wr", python.Removed: "t wr",
}

func strong(class string) int { return len(class) }

var flagWords = map[string]string{"modified": "modified = True", "new ID": "new ID"}

// did is an act in words.
func did(a python.Act) traceWord {
	switch a.Did {
	case python.Looked:
		return traceWord{"rd", "looked for " + a.Key + ": " + a.New}
	case python.Added:
		return traceWord{"ins", "+ " + a.Key + " " + a.New}
	case python.Changed, python.Inside:
		if a.Old == "" && a.New == "" {
			return traceWord{"upd", "~ " + a.Key}
		}
		return traceWord{"upd", "~ " + a.Key + " " + a.Old + " → " + a.New}
	case python.Removed:
		return traceWord{"rem", "− " + a.Key + " " + a.Old}
	case python.Read:
		return traceWord{"rd", strings.TrimSpace("read " + a.Key + " " + a.New)}
	}
	return traceWord{"rd", strings.TrimSpace(a.Key + " " + a.New)}
}

// outcomeOf is what a line gave, in words. Of one that ran in rounds it says how many, and what the first
// gave.
func outcomeOf(l python.LineTrace) string {
	switch {
	case l.Rounds > 1 && l.Printed == "" && len(l.Acts) == 0:
		return rounds(l)
	case l.Printed != "":
		return "printed " + oneLine(l.Printed)
	case len(l.Acts) > 0 && !strings.HasPrefix(l.Gave, "returned"):
		return "" // what it read says it
	}
	return l.Gave
}

func rounds(l python.LineTrace) string {
	says := fmt.Sprintf("%d rounds", l.Rounds)
	if len(l.Texts) == 0 {
		return says
	}
	says += ": " + strings.Join(l.Texts, ", ")
	if more := l.Rounds - len(l.Texts); more > 0 {
		says += fmt.Sprintf(" and %d more", more)
	}
	return says
}

func oneLine(s string) string {
	return strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", " ⏎ ")
}

// EndClass is the mark at the end of the thread.
func (d *viewPageData) EndClass() string {
	if d.Saved() {
		return "saved kept"
	}
	return "off"
}

// EndSays is what happened after the view.
func (d *viewPageData) EndSays() string {
	x, o := d.run, d.Outcome
	switch {
	case o.Raised != nil && o.Raised.Line == 0 && o.Raised.Traceback == "":
		return "The save raised: " + o.Raised.Says + ". Nothing goes to the store."
	case o.Raised != nil:
		return "It raised. Nothing goes to the store."
	case o.Over != "":
		return "It was ended. Nothing goes to the store."
	case o.Response != nil && o.Response.Status >= 500:
		return fmt.Sprintf("The answer is %d. Nothing goes to the store.", o.Response.Status)
	case x.Ended:
		return "The session is gone. The answer deletes the cookie."
	case x.Committed != nil:
		return fmt.Sprintf("modified is True. All of it was saved, %d bytes, and the cookie sent.",
			len(x.Committed))
	case x.Asked(xray.Sweep):
		return "The session itself was not touched."
	case x.Untouched:
		return "The session was not touched. The store was asked for nothing."
	}
	return "modified is False. Nothing goes to the store."
}
