package xray

import "strings"

// What an exchange must not hold any more once its session is gone.

// forget takes the values and what was typed out of an exchange whose session was ended: only the names of
// the removed keys stay.
func (x *Exchange) forget() {
	for _, v := range Values(x.Before()) {
		x.Removed = append(x.Removed, v.Key)
	}
	x.Found, x.Unsaved, x.Key = nil, nil, ""
	if x.Ended {
		x.Committed = nil
	}
}

// maskSent shortens the token of a session that is gone, wherever the exchange mentions it.
// Nobody owns the exchange then, so it must not hold a whole token.
func (x *Exchange) maskSent() {
	dead := x.Sent
	if dead == "" {
		return
	}
	x.Sent = Mask(dead)
	for i := range x.Steps {
		s := &x.Steps[i]
		if s.Token == dead {
			s.Token = x.Sent
		}
		if s.Old == dead {
			s.Old = x.Sent
		}
		for j := range s.Statements {
			for k, arg := range s.Statements[j].Args {
				// Some engines put the token into a longer name: a key, a file.
				s.Statements[j].Args[k] = strings.ReplaceAll(arg, dead, x.Sent)
			}
		}
	}
}

// LongestToken is the length of SCS's tokens. A longer one is a session that is its own cookie.
const LongestToken = 43

// Mask shortens a token to its first and last four characters, which is enough to recognize
// it and keeps 210 of the 256 bits hidden. Shorter strings are hidden whole. A session that is its own
// cookie begins with a date and ends with its signature: of that the last eight characters are left.
func Mask(token string) string {
	switch n := len(token); {
	case n < 32:
		return "…"
	case n > LongestToken:
		end := strings.TrimRight(token, "=") // padding
		return "…" + end[max(0, len(end)-8):]
	}
	return token[:4] + "…" + token[len(token)-4:]
}

// forgetAll takes out of an exchange all that it knows of a session. It is for a late one, whose session was
// ended while it ran. The cookie itself may be still to be sent.
func (x *Exchange) forgetAll() {
	x.Token, x.Found, x.Committed, x.Unsaved, x.Returned = "", nil, nil, nil, nil
	x.Note, x.Detail, x.Key = "", nil, ""
	if c := x.SetCookie; c != nil && c.Value != "" {
		masked := *c
		masked.Value = Mask(c.Value)
		x.SetCookie = &masked
	}
}

// disown makes x one that belongs to no session. Whoever has its address may see it, so it keeps no whole
// token and no text that a visitor stored or typed.
func (x *Exchange) disown() {
	x.maskSent()
	if x.Location != "" {
		x.withhold()
	}
}

// withhold takes out of x what a visitor typed or stored.
func (x *Exchange) withhold() {
	x.Key = ""
	if x.Detail != nil && x.Detail.Bare != nil {
		x.Detail = &Detail{Of: x.Detail.Of, Data: x.Detail.Bare}
	}
	if x.Typed && x.Returned != nil && *x.Returned != "" {
		x.Returned, x.Withheld = nil, true
	}
}
