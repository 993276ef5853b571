package view

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"sessionlab/handlers/xray"
)

// inRows are the words for a session that is a row in a store.
type inRows struct{ Given }

func (inRows) why(x *xray.Exchange, unmoved string) []template.HTML {
	return codes(rowSought(x), rowSaved(x, unmoved), rowOthers(x), rowAnswered(x, unmoved))
}

func rowSought(x *xray.Exchange) string {
	switch {
	case x.Blank():
		return "A session cookie without a value came. It names no session."
	case x.Sent == "":
		return "No session ID came, so there was nothing to look for."
	case x.Untouched:
		return untouched
	case !x.Known:
		return "No live session has the ID that came. It is not adopted: only the server makes IDs."
	}
	return ""
}

func rowSaved(x *xray.Exchange, unmoved string) string {
	switch {
	case x.Unsure():
		return "The store was told to change the session and did not answer, so it may have done it."
	case x.Refused != "":
		return failed(x)
	case x.Ended && x.Known:
		return "Flush deletes the row at once. A new one is made only when something is stored again."
	case x.Cycled:
		return "The row moved to a new ID, in one step. Values and age are the same."
	case x.Anew:
		return "Flush deleted the row. Then a value was stored, so an ID was made and a row inserted."
	case x.New():
		return "No session yet: an ID was made and a row inserted."
	case x.Committed != nil && unmoved != "":
		return "The session was modified, so all of it was written again. " + unmoved
	case x.Committed != nil:
		return "The session was modified, so all of it was written again."
	case x.Known && x.Method == http.MethodGet:
		return "Only read, so nothing was written. The end stays where it is."
	case x.Known && len(rowOthers(x)) > 0:
		return "Your own row was not written. Its end stays where it is."
	case x.Known:
		return "It was not modified, so nothing was written. The end stays where it is."
	}
	return ""
}

func rowOthers(x *xray.Exchange) string {
	planted, swept, ok := otherRows(x)
	switch {
	case !ok:
		return ""
	case planted > 0:
		return rows(int64(planted)) + " put in, under session IDs that no browser holds."
	}
	return "The sweep asks for the date only, not for an owner. It removed " + rows(int64(swept)) + "."
}

func rowAnswered(x *xray.Exchange, unmoved string) string {
	switch c := x.SetCookie; {
	case c == nil:
		return notSent(x)
	case c.MaxAge < 0:
		return "Its cookie names no session now, so the browser is told to drop it."
	case c.MaxAge == 0:
		return "The cookie has no `Max-Age`: the browser forgets it when it closes. The row does not know that."
	case x.Known && !x.Cycled && unmoved == "":
		return "It was saved, so its clock starts again and the cookie goes out."
	default:
		return "It was saved, so the cookie goes out, for as long as the row lives."
	}
}

func (r inRows) state(s xray.Snapshot, last *xray.Exchange) string {
	switch {
	case s.Row == nil && s.Lying != nil:
		return r.expired(&Expired{Lying: s.Lying})
	case s.Row == nil && last.Ended && last.Known:
		return "Ended by your last request. Nothing is stored for you."
	case s.Row == nil && last.Sent != "":
		return "Your browser sent an ID, but no session has it."
	case s.Row == nil:
		return "No session. Nothing is stored for you."
	case s.Undecodable != "":
		return "The row is there, but its data is damaged: an empty session, as in Django."
	case last.Unsure():
		return "Alive. Your last request wanted to change it, and the store did not answer. This is how it " +
			"is now."
	case last.Untouched:
		return "Alive. Your last request did not touch it."
	case last.Refused != "" && last.Committed == nil:
		return "Alive. Your last request did not change it."
	case last.Cycled:
		return "Alive, under a new ID."
	case last.New():
		return "A new session, made by your last request."
	case last.Committed != nil:
		return "Alive, and saved by your last request."
	}
	return "Alive. Your last request only read it."
}

func (r inRows) expired(e *Expired) string {
	switch {
	case e.Lying != nil && r.Kind.SQL:
		return "Expired. The row is still in the table, but nobody can find it."
	case e.Lying != nil:
		return "Expired. The row is still in the store, but nobody can find it."
	}
	return "Expired. Cookie and row are both gone."
}

func (r inRows) zero(s xray.Snapshot, atClose bool) Zero {
	z := Zero{Cookie: "your browser drops it", Row: "gone"}
	if atClose {
		z.Cookie = "names nothing"
	}
	if !r.Kind.Lies {
		z.State = emphasize("Expired. " + r.Kind.Label + " removes the row by itself.")
		return z
	}
	z.State, z.Row, z.Left = emphasize(r.expired(&Expired{Lying: s.Row})), "still there", swept(r.Kind)
	z.Swept = "The row has been cleared away."
	return z
}

func (inRows) panel(*Panel, xray.Snapshot, *xray.Exchange) {}

func (r inRows) step(x *xray.Exchange, s xray.Step) []message {
	var list []message
	made := s.Kind == xray.Cycle || s.Kind == xray.Commit && (!x.Known || x.Cycled || x.Anew)
	if made && s.Token != "" {
		// A store may keep the ID's hash in its place.
		list = append(list, message{Lane: "self", Text: "new ID", Token: cmp.Or(x.Token, s.Token), Chip: true})
	}
	list = append(list, r.asked(s)...)
	back := message{Lane: "sd", Back: true, From: r.Kind.Label + " to SCS", Took: measured(s.Took)}
	switch {
	case s.Err != "":
		back.Text = "refused"
	case s.Kind == xray.Find && s.Found:
		back.Text = fmt.Sprintf("found, %d bytes", s.Size)
	case s.Kind == xray.Find:
		back.Text = "nothing found"
	case s.Kind == xray.Sweep || s.Kind == xray.All:
		back.Text = rows(int64(s.Rows))
	default:
		back.Text = rows(affected(s.Statements))
	}
	return append(list, back)
}

// asked is what went to the store in one step, a line for each statement; where the engine says none, what
// SCS called.
func (g Given) asked(s xray.Step) (list []message) {
	from := "SCS to " + g.Kind.Label
	for _, said := range g.statements(s) {
		list = append(list, message{Lane: "sd", From: from, Said: &said, Token: said.token()})
	}
	if list == nil {
		list = []message{{Lane: "sd", From: from, Head: s.Kind.String(), Token: s.Token, Chip: s.Token != ""}}
	}
	return list
}

func (inRows) ended() string  { return "The session is gone: values, row and cookie." }
func (inRows) cycled() string { return "Same values, new ID." }
func (inRows) fresh() string  { return "new ID" }

func (inRows) stays(x *xray.Exchange) string {
	if x.New() {
		return " A session was made for it."
	}
	return " Same session, same ID."
}

func (inRows) row(x *xray.Exchange, was time.Time) (note, small string) {
	switch {
	case x.Committed != nil:
		small = "ends " + x.Deadline.Local().Format(TimeOfDay)
	case !was.IsZero() && !x.Ended && !x.Unsure():
		small = "ends " + was.Local().Format(TimeOfDay) + ", as before"
	}
	switch {
	case x.Ended && x.Known:
		return "deleted", small
	case x.Unsure():
		return "not known", small
	case x.Untouched:
		return "not asked for", small
	case x.Anew:
		return fmt.Sprintf("deleted, and a new one of %d bytes", len(x.Committed)), small
	case x.New():
		return fmt.Sprintf("inserted, %d bytes", len(x.Committed)), small
	case x.Cycled:
		return fmt.Sprintf("moved, %d bytes", len(x.Committed)), small
	case x.Committed != nil && len(x.Found) != len(x.Committed):
		return fmt.Sprintf("rewritten, %d → %d bytes", len(x.Found), len(x.Committed)), small
	case x.Committed != nil:
		return fmt.Sprintf("rewritten, %d bytes", len(x.Committed)), small
	case x.Known:
		return "not written", small
	}
	return "none", small
}

func (inRows) notes(s Steps, x *xray.Exchange, earlier []*xray.Exchange) stepNotes {
	return stepNotes{Look: Code(lookNote(s)), Fetch: Code(fetchNote(s)), Make: Code(makeNote(x, s, earlier)),
		Work: Code(workNote(x, s)), Answer: Code(answerNote(x)), Keep: Code(keepNote(s))}
}

func lookNote(s Steps) string {
	if s.Sent == "" {
		return "There is none, so there is nothing to fetch."
	}
	return "It is there, so the flow goes on to step 3. Without it, step 4."
}

func fetchNote(s Steps) string {
	switch {
	case s.Find == nil:
		return "Skipped. There is no ID to look up, so the store was not asked."
	case !s.Find.Found:
		return "No live row has this ID. The server does not adopt an ID that it does not know: " +
			"your code gets an empty session."
	}
	return ""
}

// makeNote says when the token was made: in this exchange, or in which of those before it.
func makeNote(x *xray.Exchange, s Steps, earlier []*xray.Exchange) string {
	switch {
	case x.Cycled:
		return "The session was there already, and moved to this new ID."
	case x.Anew:
		return "The session that was found had been flushed. What was stored then made a new ID, at the end."
	case s.Made != "" && s.empty:
		return "Made by your code: `cycle_key()` asks for a new ID at once, and makes an empty session."
	case s.Made != "":
		return "Made at the end of the request, when the session was saved for the first time. " +
			"While your code ran, there was no ID yet."
	case x.Known && x.Ended:
		return "Skipped. A session that was ended gets no new ID until something is stored again."
	case !x.Known:
		return "Not yet. Nothing was stored, so neither a session nor an ID was made."
	}
	for _, old := range earlier {
		if old.At.Before(x.At) && old.Committed != nil && (!old.Known || old.Cycled) {
			return fmt.Sprintf("Skipped. Your ID was made at %s, by `%s %s`.",
				old.At.Local().Format(TimeOfDay), old.Method, old.Path)
		}
	}
	return "Skipped. Your session has its ID already."
}

func workNote(x *xray.Exchange, s Steps) string {
	switch {
	case x.Unsure():
		return "It marked the session as modified, and the store did not answer when it was to be saved."
	case x.Refused != "":
		return "It ended with `" + firstWord(x.Refused) + "`, so nothing is saved."
	case x.Ended && x.Known:
		return "It ended the session: the row was deleted at once."
	case x.Committed != nil:
		return "It marked the session as modified, so the session is saved before the answer goes out."
	case len(s.Values) == 0:
		return "The session is empty, and nothing marked it as modified."
	}
	return "Nothing marked the session as modified."
}

func answerNote(x *xray.Exchange) string {
	switch c := x.SetCookie; {
	case c != nil && c.MaxAge < 0:
		return "The cookie names no session any more, so the browser is told to drop it."
	case c != nil:
		return "The session was saved, so the cookie goes out with it."
	case x.Unsure():
		return "No Set-Cookie. Whether the session was saved is not known."
	case x.Refused != "":
		return "No Set-Cookie. The request was refused, and nothing was saved."
	case x.Token == "":
		return "No Set-Cookie. There is no session that it could name."
	}
	return "No Set-Cookie this time: the session was not saved. After a change the cookie is sent again."
}

func keepNote(s Steps) string {
	switch {
	case s.Dropped:
		return "It drops the cookie."
	case s.Keeps == "":
		return "Skipped. No ID was sent."
	}
	return "Only the ID. The values never left the server."
}
