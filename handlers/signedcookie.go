package handlers

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"strconv"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// What is different where the session is the cookie: the server keeps no row, so every sentence about
// a row would be untrue, and there is a cookie to look into.

// inCookie says whether the sessions of this lab are in the cookies themselves.
func (l *Lab) inCookie() bool { return l.engine.Kind().InCookie }

// cookieParts are the value of a signed cookie taken apart, as anybody can who holds it. gorilla/securecookie
// writes base64 of three parts with bars between them, and the payload is base64 once more.
type cookieParts struct {
	Date    string // when it was signed, in Unix seconds
	Payload []byte // what the engine keeps: see [engine.Payload]

	first, second int // where, in the value, the payload and the signature begin
}

// takeApart reads a signed cookie without the key that signed it; false for what is none.
func takeApart(value string) (cookieParts, bool) {
	outer, err := base64.URLEncoding.DecodeString(value)
	parts := bytes.SplitN(outer, []byte("|"), 3)
	if err != nil || len(parts) < 3 {
		return cookieParts{}, false
	}
	payload, err := base64.URLEncoding.DecodeString(string(parts[1]))
	if err != nil {
		return cookieParts{}, false
	}
	// Base64 writes three bytes as four characters, so a part may begin within one.
	begin := func(n int) int { return (4*n + 1) / 3 }
	first := len(parts[0]) + 1
	return cookieParts{string(parts[0]), payload, begin(first), begin(first + len(parts[1]) + 1)}, true
}

// signedCookie is the session cookie as the panel shows it where it is the session.
type signedCookie struct {
	Date, Payload, Signature string // the whole value, in pieces
	DateRange                string // which characters of the value the date is; and so on
	PayloadRange             string
	SignatureRange           string

	Seconds string // the date as it stands there
	Signed  string // the date as a time of day
	Millis  string // the end that the payload begins with, as it stands there
	Ends    string // the end as a time of day
	Nonce   string // the random part of the payload; "" where the cookie is older than random parts are
	Length  int    // of name and value
	Max     int
}

// newSignedCookie takes the cookie of that name and value apart; nil for one that the engine did not make.
func newSignedCookie(name, value string) *signedCookie {
	parts, ok := takeApart(value)
	if !ok {
		return nil
	}
	span := func(from, to int) string { return fmt.Sprintf("characters %d to %d", from+1, to) }
	c := &signedCookie{
		Date: value[:parts.first], Payload: value[parts.first:parts.second], Signature: value[parts.second:],
		DateRange: span(0, parts.first), PayloadRange: span(parts.first, parts.second), SignatureRange: span(parts.second, len(value)),
		Seconds: parts.Date, Length: len(name) + len(value), Max: engine.MaxCookie,
	}
	if seconds, err := strconv.ParseInt(parts.Date, 10, 64); err == nil {
		c.Signed = time.Unix(seconds, 0).Format(timeOfDay)
	}
	if payload, ok := engine.ParsePayload(parts.Payload); ok {
		c.Millis = strconv.FormatInt(payload.Millis, 10)
		c.Ends = time.UnixMilli(payload.Millis).Format(timeOfDay)
		c.Nonce = payload.Nonce
	}
	return c
}

// unsigned is what a person can read of a signed cookie's payload without the key.
func unsigned(cookie string) string {
	parts, _ := takeApart(cookie)
	return readable(parts.Payload)
}

// stateInCookie is [stateOf] where the session is in the cookie.
func stateInCookie(s xray.Snapshot, shown *xray.Exchange) string {
	switch {
	case s.Row == nil && s.Lying != nil:
		return "Expired. The end that is signed in your cookie has passed, so the server does not take it."
	case s.Row == nil && shown.Ended && shown.Known:
		return "Your browser has dropped its cookie. A copy of that cookie still opens the session, until it expires."
	case s.Row == nil && shown.Sent != "":
		return "Your browser sent a cookie, but its signature does not fit the key of this server, or its time is over."
	case s.Row == nil:
		return "No session. Your browser has no cookie, and the server keeps nothing in any case."
	case s.Undecodable != "":
		return "The signature fits, but the data is damaged: an empty session, as in Django."
	case shown.Refused != "":
		return "Alive. Your last request did not change it."
	case shown.Cycled:
		return "Alive, in a new cookie. The one before it still works."
	case shown.Committed != nil && !shown.Known:
		return "A new session, in the cookie that your last request brought."
	case shown.Committed != nil:
		return "Alive, in a new cookie: your last request saved it."
	}
	return "Alive. Your last request only read it."
}

// whyInCookie is [why] where the session is in the cookie.
func whyInCookie(x *xray.Exchange) []template.HTML {
	var lines []template.HTML
	say := func(s string) { lines = append(lines, inline(s)) }

	switch {
	case x.Blank():
		say("The browser sent a session cookie without a value. There was nothing to read.")
	case x.Sent == "":
		say("The browser sent no session cookie, so there was nothing to read.")
	case !x.Known:
		say("The cookie that came has no signature that fits the key of this server, or its time is over. Nothing in it is believed.")
	default:
		say("The signature fitted, so what is in the cookie was believed. No store was asked.")
	}
	switch {
	case x.Refused != "":
		say("The operation was refused, so nothing was saved.")
	case x.Ended && x.Known:
		say("The server had nothing to delete. A copy of the cookie still opens the session, until the end that is signed in it.")
	case x.Cycled:
		say("The same values were signed again, in a new cookie. There is no id that could change, and the old cookie stays good until its own end.")
	case x.Committed != nil && !x.Known:
		say("There was no session yet, so one was written into a cookie and signed. No row was made.")
	case x.Committed != nil:
		say("The session was marked as modified, so the whole of it was signed again, with a new end. The cookie before it stays good until its own end.")
	case x.Known:
		say("Nothing marked the session as modified, so no new cookie was signed and the clock went on.")
	}
	if _, _, ok := otherRows(x); ok {
		say("There are no rows to sweep: the sessions are in the browsers' cookies.")
	}
	switch c := x.SetCookie; {
	case c == nil && x.Sent == "" && x.Token == "":
		say("There is no session, so there is no cookie to send.")
	case c == nil:
		say("The cookie is sent only when the session was saved. The browser keeps the one it has.")
	case c.MaxAge < 0:
		say("The browser is told to drop its cookie: `Max-Age=0`. That is all that the server can do.")
	case c.MaxAge == 0:
		say("The cookie has no `Max-Age`: the browser forgets it when it closes. The end that is signed in it does not know of that.")
	default:
		say(fmt.Sprintf("The session went out in the cookie: `Max-Age=%d`, which is also the end that is signed in it.", c.MaxAge))
	}
	return lines
}

// cookieMessages are [exchangeView.stepMessages] for a step that a store would do, and that here is done
// with the cookie and the key.
func (v *exchangeView) cookieMessages(x *xray.Exchange, s xray.Step) []message {
	there := message{Lane: "sd", From: "SCS to " + v.Store, Head: s.Kind.String()}
	back := message{Lane: "sd", Back: true, From: v.Store + " to SCS", Took: milliseconds(s.Took)}
	if s.Kind == xray.Find {
		there.Token = s.Token
	}
	for _, st := range s.Statements {
		there.Lines = append(there.Lines, newStatement(st, s, false))
	}
	switch {
	case s.Err != "":
		back.Text, back.Mark = "refused", xray.Removed
	case s.Kind == xray.Find && s.Found:
		back.Text = fmt.Sprintf("genuine, %d bytes", s.Size)
	case s.Kind == xray.Find:
		back.Text = "not valid"
	case s.Kind == xray.Sweep, s.Kind == xray.Delete:
		back.Text = "nothing to delete"
	default:
		back.Text, back.Token, back.Chip = "signed:", x.Token, true
	}
	return []message{there, back}
}
