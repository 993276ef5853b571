package view

import (
	"fmt"
	"html/template"
	"time"

	"sessionlab/handlers/xray"
)

// inCookie are the words for a session that is its own cookie.
type inCookie struct{ Given }

func (inCookie) why(x *xray.Exchange, unmoved string) []template.HTML {
	return codes(cookieSought(x), cookieSaved(x, unmoved), cookieOthers(x), cookieAnswered(x))
}

func cookieSought(x *xray.Exchange) string {
	switch {
	case x.Blank():
		return "The browser sent a session cookie without a value. There was nothing to read."
	case x.Sent == "":
		return "The browser sent no session cookie, so there was nothing to read."
	case x.Untouched:
		return untouched
	case !x.Known:
		return "The cookie that came has no signature that fits the key of this server, " +
			"or its time is over. Nothing in it is believed."
	}
	return "The signature fitted, so what is in the cookie was believed. No store was asked."
}

func cookieSaved(x *xray.Exchange, unmoved string) string {
	switch {
	case x.Refused != "":
		return failed(x)
	case x.Ended && x.Known:
		return "The server had nothing to delete. A copy of the cookie still opens the session, " +
			"until the end that is signed in it."
	case x.Cycled:
		return "The same values were signed again, in a new cookie. There is no id that could change, " +
			"and the old cookie stays good until its own end."
	case x.Anew:
		return "Flush emptied the session. Then a value was stored, and it was signed into a cookie. The " +
			"cookie before it stays good until its own end."
	case x.New():
		return "There was no session yet, so one was written into a cookie and signed. No row was made."
	case x.Committed != nil && unmoved != "":
		return "The session was marked as modified, so the whole of it was signed again. " + unmoved +
			" The cookie before it stays good until its own end."
	case x.Committed != nil:
		return "The session was marked as modified, so the whole of it was signed again, with a new end. " +
			"The cookie before it stays good until its own end."
	case x.Known:
		return "Nothing marked the session as modified, so no new cookie was signed and the clock went on."
	}
	return ""
}

func cookieOthers(x *xray.Exchange) string {
	planted, _, ok := otherRows(x)
	switch {
	case !ok:
		return ""
	case planted > 0:
		return fmt.Sprintf("Signed cookies that were sent to nobody: %d. No row was made.", planted)
	}
	return "There are no rows to sweep: the sessions are in the browsers' cookies."
}

func cookieAnswered(x *xray.Exchange) string {
	switch c := x.SetCookie; {
	case c == nil:
		return notSent(x)
	case c.MaxAge < 0:
		return "The browser is told to drop its cookie: `Max-Age=0`. That is all that the server can do."
	case c.MaxAge == 0:
		return "The cookie has no `Max-Age`: the browser forgets it when it closes. " +
			"The end that is signed in it does not know of that."
	default:
		return fmt.Sprintf("The session went out in the cookie: `Max-Age=%d`, which is also the end that "+
			"is signed in it.",
			c.MaxAge)
	}
}

const overInCookie = "Expired. The end that is signed in your cookie has passed, so the server does not " +
	"take it."

func (inCookie) state(s xray.Snapshot, last *xray.Exchange) string {
	switch {
	case s.Row == nil && s.Lying != nil:
		return overInCookie
	case s.Row == nil && last.Ended && last.Known:
		return "Your browser has dropped its cookie. A copy of that cookie still opens the session, until " +
			"it expires."
	case s.Row == nil && last.Sent != "":
		return "Your browser sent a cookie, but its signature does not fit the key of this server, or its " +
			"time is over."
	case s.Row == nil:
		return "No session. Your browser has no cookie, and the server keeps nothing in any case."
	case s.Undecodable != "":
		return "The signature fits, but the data is damaged: an empty session, as in Django."
	case last.Untouched:
		return "Alive. Your last request did not touch it."
	case last.Refused != "" && last.Committed == nil:
		return "Alive. Your last request did not change it."
	case last.Cycled:
		return "Alive, in a new cookie. The one before it still works."
	case last.New():
		return "A new session, in the cookie that your last request brought."
	case last.Committed != nil:
		return "Alive, in a new cookie: your last request saved it."
	}
	return "Alive. Your last request only read it."
}

func (inCookie) expired(*Expired) string {
	return "Expired. The end that was signed in your cookie has passed, and your browser holds it no more. " +
		"The server keeps nothing."
}

func (inCookie) zero(xray.Snapshot, bool) Zero {
	return Zero{State: emphasize(overInCookie), Cookie: "not valid any more"}
}

// panel takes the cookie apart, and leaves out the row.
func (inCookie) panel(p *Panel, s xray.Snapshot, last *xray.Exchange) {
	p.Cookie.lookInto(last)
	p.Row.Exists, p.Row.Note, p.Row.Lying = false, "", ""
	if s.Row != nil { // the page has all of it already, as base64
		p.Row.Hex, p.Row.More = hexDump(s.Row.Data, dumped(p.Whole))
	}
}

// lookInto adds what there is to see where the session is the cookie: each save makes another cookie, and
// the server cannot end the one before.
func (t *CookieTier) lookInto(last *xray.Exchange) {
	t.Signed = newSignedCookie(t.Name, t.Token)
	switch {
	case last.Ended && last.Known && t.Token == "":
		t.WasNote = "Dropped by your browser. A copy of it still opens the session, until it expires."
	case t.Stale:
		t.Note, t.WasNote = "not valid", "Your browser still sends this one. The next page drops it."
	case last.Known && last.SetCookie != nil && last.SetCookie.MaxAge >= 0:
		t.Note, t.Mark, t.Was = "new value", xray.Changed, last.Sent
		t.WasNote = "The one before. It still opens the session as it was, until it expires."
	}
}

// step draws what is done with the cookie and the key where others have a store.
func (c inCookie) step(x *xray.Exchange, s xray.Step) []message {
	back := message{Lane: "sd", Back: true, From: c.Kind.Label + " to SCS", Took: measured(s.Took)}
	switch {
	case s.Err != "":
		back.Text = "refused"
	case s.Kind == xray.Find && s.Found:
		back.Text = fmt.Sprintf("genuine, %d bytes", s.Size)
	case s.Kind == xray.Find:
		back.Text = "not valid"
	case s.Kind == xray.Sweep, s.Kind == xray.Delete:
		back.Text = "nothing to delete"
	case s.Kind == xray.Plant:
		back.Text = "signed, for a cookie that nobody gets"
	default:
		back.Text, back.Token, back.Chip = "signed:", x.Token, true
	}
	return append(c.asked(s), back)
}

func (inCookie) ended() string {
	return "Your browser drops its cookie. A copy of it still opens the session."
}

func (inCookie) cycled() string {
	return "Same values, signed again in a new cookie. The old cookie still works."
}

func (inCookie) fresh() string { return "new cookie" }

func (inCookie) stays(x *xray.Exchange) string {
	if !x.Known && x.Token != "" {
		return " A session was made for it."
	}
	return " Same session, in a new cookie."
}

func (inCookie) row(x *xray.Exchange, _ time.Time) (note, small string) {
	if x.Committed != nil {
		small = fmt.Sprintf("%d bytes travel in the cookie, until %s",
			len(x.Committed), x.Deadline.Local().Format(TimeOfDay))
	}
	return "none", small
}

// notes are those about rows, with other words where one about an ID or a row would be untrue.
func (c inCookie) notes(s Steps, x *xray.Exchange, earlier []*xray.Exchange) stepNotes {
	notes := inRows(c).notes(s, x, earlier)
	if s.Sent != "" {
		notes.Look = Code("It is there, and it is no ID: it is the session, signed. Without it, step 4.")
	}
	notes.Fetch = Code(checkNote(s))
	switch {
	case x.Cycled:
		notes.Make = Code("There is no ID. The same values were signed again.")
	case s.Made != "":
		notes.Make = Code("There is no ID either: the session itself goes into the cookie, at the end of " +
			"the request.")
	case x.Known:
		notes.Make = Code("Skipped, as always in this store: it has no IDs.")
	}
	if x.Ended && x.Known {
		notes.Work = Code("It ended the session. The server has nothing to delete.")
	}
	if s.Dropped {
		notes.Answer = Code("The browser is told to drop its cookie.")
	} else if s.Keeps != "" {
		notes.Keep = Code("In this store the cookie is the session: the values are in it, signed, and " +
			"readable.")
	}
	return notes
}

func checkNote(s Steps) string {
	switch {
	case s.Find == nil:
		return "Skipped. There is no cookie to check."
	case s.Find.Found:
		return "Nothing is fetched. The signature is checked, and the data read out of the cookie."
	}
	return "The signature does not fit the key of this server, or the time is over. Your code gets an " +
		"empty session."
}
