package view

import (
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"sessionlab/handlers/xray"
)

// Result is what became of the experiment, for step three of a lesson.
type Result struct {
	Headline template.HTML
	Raised   string        // the name of the error that it ended with: KeyError: 'lname'; "" for none
	Says     template.HTML // what that error says; "" where it is not known any more
	Next     template.HTML // and what to do now
	Returned *string       // what the operation returned
	Withheld bool          // it returned a text that is not kept
	Note     string        // what it found out beyond that, in a sentence
	Detail   *xray.Detail  // what it found out for its own page

	Token      string // after the exchange
	Gone       bool   // the cookie was deleted
	CookieNote string
	Changes    []xray.Change // only those with a mark
	MemoryNote string
	RowNote    string
	RowSmall   string
}

// Result tells what became of x.
func (g Given) Result(x *xray.Exchange, memo *xray.Memo) *Result {
	before, after := memo.Before(x), memo.After(x)
	r := &Result{Returned: x.Returned, Withheld: x.Withheld, Note: x.Note, Detail: x.Detail, Token: x.Token,
		Raised: x.Refused}
	for _, c := range xray.Diff(before, after) {
		if c.Mark != xray.Same {
			r.Changes = append(r.Changes, c)
		}
	}
	r.Headline = Code(g.headline(x, r.Changes, g.unmoved(after, x.Deadline)))
	r.cookie(x)
	r.MemoryNote = memoryNote(x, len(r.Changes) > 0, len(before), len(after))
	r.RowNote, r.RowSmall = g.medium().row(x, memo.End(x.Found))
	return r
}

// Brief reports whether what it returned is short enough for a headline: a few words in one line.
func (r *Result) Brief() bool {
	const most = 60
	return r.Returned != nil && len(*r.Returned) <= most && !strings.Contains(*r.Returned, "\n")
}

// Say gives it another headline; code in backticks.
func (r *Result) Say(headline string) { r.Headline = Code(headline) }

// Explain adds to a run that was refused what its error says, and what to do now; code in backticks.
func (r *Result) Explain(says, next string) { r.Says, r.Next = Code(says), Code(next) }

// cookie notes what became of the cookie.
func (r *Result) cookie(x *xray.Exchange) {
	switch c := x.SetCookie; {
	case c == nil && x.Sent == "":
		r.CookieNote = "no Set-Cookie"
	case c == nil:
		r.CookieNote = "not sent again"
	case c.MaxAge < 0:
		r.CookieNote, r.Gone, r.Token = "deleted: Max-Age=0", true, x.Sent
	case c.MaxAge == 0:
		r.CookieNote = "sent without Max-Age"
	default:
		r.CookieNote = fmt.Sprintf("sent with Max-Age=%d", c.MaxAge)
	}
}

// memoryNote says what became of the session in memory, which had so many keys before and after.
func memoryNote(x *xray.Exchange, changed bool, before, after int) string {
	switch {
	case x.Untouched:
		return "not loaded"
	case x.Ended && x.Known:
		return fmt.Sprintf("keys %d → 0", len(x.Removed))
	case x.Unsure():
		return fmt.Sprintf("keys %d, perhaps changed", before)
	case !changed && x.Committed == nil && x.Method == http.MethodPost:
		return fmt.Sprintf("keys %d, nothing saved", before)
	case !changed || before == after:
		return fmt.Sprintf("keys %d, %s", before, counted(changed))
	}
	return fmt.Sprintf("keys %d → %d", before, after)
}

func counted(changed bool) string {
	if changed {
		return "as many as before"
	}
	return "unchanged"
}

// headline says in a sentence what the exchange did to the session. unmoved is that of [Given.unmoved].
func (g Given) headline(x *xray.Exchange, changes []xray.Change, unmoved string) string {
	medium := g.medium()
	switch {
	case x.Unsure():
		return LeftBehind(x)
	case x.Refused != "":
		return LeftBehind(x)
	case x.Ended && x.Known:
		return medium.ended()
	case x.Ended:
		return "There was no session to end."
	case x.Cycled:
		return medium.cycled()
	case x.Committed == nil:
		return unwritten(x)
	case len(changes) > 0:
		return changedKeys(changes) + medium.stays(x)
	case !x.Known:
		return "An empty session was made."
	case unmoved != "":
		return "Saved, with the same values. " + unmoved
	}
	return "Saved, with the same values. The clock starts again."
}

// unwritten is the headline of an exchange that did not write the visitor's session.
func unwritten(x *xray.Exchange) string {
	planted, swept, ok := otherRows(x)
	switch {
	case !ok:
		return "Nothing was written."
	case planted > 0:
		return rows(int64(planted)) + " put in. Your own session was not written."
	case swept > 0:
		return rows(int64(swept)) + " removed. Your own session was not written."
	}
	return "No row was removed. Your own session was not written."
}

// changedKeys says which keys were stored, changed or removed.
func changedKeys(changes []xray.Change) string {
	by := map[xray.Mark][]string{}
	for _, c := range changes {
		by[c.Mark] = append(by[c.Mark], Quote(KeyText(c.Key)))
	}
	added, changed, removed := by[xray.Added], by[xray.Changed], by[xray.Removed]
	switch {
	case len(added)+len(changed) == 0:
		return are(removed) + " gone."
	case len(changed)+len(removed) == 0:
		return are(added) + " stored."
	}
	return are(append(append(added, changed...), removed...)) + " changed."
}

// are begins a sentence about things with those names.
func are(names []string) string {
	if len(names) == 1 {
		return names[0] + " is"
	}
	return strings.Join(names, ", ") + " are"
}
