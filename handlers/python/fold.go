package python

import "strings"

// LineTrace is what one line of the source did in all its rounds.
type LineTrace struct {
	Line   int
	Text   string
	Code   bool     // a statement or the head of a block begins here: no comment, and not the rest of one
	Ran    bool     // at least once
	Rounds int      // how often; for the head of a for, how many rounds it had
	Gave   string   // what it gave, where it ran once
	Texts  []string // what it gave in its first rounds, where it ran more often: n = 1, 2, 3
	Acts   []Act    // the first of them
	// MoreActs are those that are kept in its events and not in Acts.
	MoreActs int
	Printed  string // without the end of its last line
	Raised   bool   // in a round that is kept
}

// most is how many rounds and acts of a line are shown.
const most = 3

// Folded is the trace as it stands beside the source: one entry for each of its lines, with loops folded.
func (o *Outcome) Folded(source string) []LineTrace {
	lines := splitLines(source)
	list := make([]LineTrace, len(lines))
	for i, text := range lines {
		list[i] = LineTrace{Line: i + 1, Text: text, Ran: o.Times[i+1] > 0, Rounds: o.Times[i+1]}
	}
	for _, e := range o.Events {
		if e.Line <= len(list) {
			list[e.Line-1].add(e)
		}
	}
	quiet := codeOf(lines, list)
	next := LineTrace{}
	for i := len(list) - 1; i >= 0; i-- {
		l := &list[i]
		if quiet[i] && !l.Ran { // nothing is evaluated in a try, else or finally: its block says if it ran
			l.Ran = next.Ran
		}
		if l.Code {
			next = *l
		}
		l.finish()
	}
	if o.Raised != nil && o.Raised.Line > 0 && o.Raised.Line <= len(list) {
		list[o.Raised.Line-1].Raised = true
	}
	return list
}

// splitLines are the lines of a source as [Parse] counts them.
func splitLines(source string) []string {
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(source), "\n")
}

// codeOf marks the lines that code begins in, and returns which of them have a word that does nothing by
// itself.
func codeOf(lines []string, list []LineTrace) (quiet []bool) {
	quiet = make([]bool, len(lines))
	tokens, err := scan(strings.Join(lines, "\n"), lines)
	if err != nil {
		return quiet
	}
	begins := true
	for i, t := range tokens {
		switch t.kind {
		case tokenNewline:
			begins = true
		case tokenIndent, tokenDedent:
		default:
			if begins {
				list[t.line-1].Code = true
				word := t.text == "try" || t.text == "else" || t.text == "finally"
				quiet[t.line-1] = word && tokens[i+1].text == ":"
			}
			begins = false
		}
	}
	return quiet
}

// add adds an event of the line.
func (l *LineTrace) add(e Event) {
	if e.Gave != "" && len(l.Texts) < most {
		l.Texts = append(l.Texts, e.Gave)
	}
	room := min(most-len(l.Acts), len(e.Acts))
	l.Acts = append(l.Acts, e.Acts[:room]...)
	l.MoreActs += len(e.Acts) - room
	if printed := strings.TrimSuffix(e.Printed, "\n"); e.Printed != "" {
		if l.Printed != "" {
			printed = l.Printed + ", " + printed
		}
		l.Printed = clip(printed, 2*MaxShown)
	}
	l.Raised = l.Raised || e.Raised
}

// finish says what the line gave: once, or in its first rounds, where a name stands only the first time.
func (l *LineTrace) finish() {
	if l.Rounds <= 1 {
		l.Gave, l.Texts = strings.Join(l.Texts, "; "), nil
		if l.Gave == noRound {
			l.Rounds = 0
		}
		return
	}
	name, _, ok := strings.Cut(first(l.Texts), " = ")
	if !ok || strings.ContainsAny(name, "'\"[{( ") {
		return
	}
	for i, text := range l.Texts[1:] {
		l.Texts[i+1] = strings.TrimPrefix(text, name+" = ")
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
