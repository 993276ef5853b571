package view

import (
	"fmt"
	"sessionlab/handlers/xray"
)

// What is said beside each step of the flow, for a session that is a row in a store.

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
