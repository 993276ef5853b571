package python

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// ran runs a view on a session.
func ran(t *testing.T, s Session, source string) *Outcome {
	t.Helper()
	p, err := Parse(source)
	if err != nil {
		t.Fatalf("%s\n%v", source, err)
	}
	o, err := p.Run(context.Background(), Request{Method: "POST", Session: s, GET: &Dict{}, Cookies: &Dict{}},
		func() time.Time { return noon })
	if err != nil {
		t.Fatalf("%s\n%v", source, err)
	}
	return o
}

// folded writes a folded trace, a line each.
func folded(o *Outcome, source string) string {
	var b strings.Builder
	for _, l := range o.Folded(source) {
		fmt.Fprintf(&b, "%d", l.Line)
		if !l.Ran {
			b.WriteString(" not run")
		}
		if len(l.Texts) > 0 {
			fmt.Fprintf(&b, " %d rounds: %s", l.Rounds, strings.Join(l.Texts, ", "))
		}
		for _, a := range l.Acts {
			fmt.Fprintf(&b, " [%s %s %s→%s %s]", a.Did, a.Key, a.Old, a.New, strings.Join(a.Flags, " "))
		}
		if l.Gave != "" {
			b.WriteString(" " + l.Gave)
		}
		if l.Printed != "" {
			b.WriteString(" printed " + l.Printed)
		}
		if l.Raised {
			b.WriteString(" raised")
		}
		b.WriteString("\n")
	}
	return b.String()
}
