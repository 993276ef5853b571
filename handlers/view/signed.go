package view

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"time"

	"sessionlab/handlers/engine"
)

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
		Date:           value[:parts.first],
		Payload:        value[parts.first:parts.second],
		Signature:      value[parts.second:],
		DateRange:      span(0, parts.first),
		PayloadRange:   span(parts.first, parts.second),
		SignatureRange: span(parts.second, len(value)),
		Seconds:        parts.Date,
		Length:         len(name) + len(value),
		Max:            engine.MaxCookie,
	}
	if seconds, err := strconv.ParseInt(parts.Date, 10, 64); err == nil {
		c.Signed = time.Unix(seconds, 0).Format(TimeOfDay)
	}
	if payload, ok := engine.ParsePayload(parts.Payload); ok {
		c.Millis = strconv.FormatInt(payload.Millis, 10)
		c.Ends = time.UnixMilli(payload.Millis).Format(TimeOfDay)
		c.Nonce = payload.Nonce
	}
	return c
}

// Unsigned is what a person can read of a signed cookie's payload without the key; "" for what is none.
func Unsigned(cookie string) string {
	parts, _ := takeApart(cookie)
	return Readable(parts.Payload)
}

// Readable is what a person can read of b: its printable ASCII, at most 300 characters.
func Readable(b []byte) string { return string(printable(b[:min(300, len(b))])) }
