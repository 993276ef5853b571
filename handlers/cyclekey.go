package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"sessionlab/handlers/xray"
)

// cycleKey is Django's session.cycle_key(): a new id for the same values. SCS's
// RenewToken, which newToken calls, also sets the deadline back to the default; save
// then counts it from the session's own age again, so a custom expiry is kept. A
// visitor without a session gets an empty one.
func (l *Lab) cycleKey(ctx context.Context, _ url.Values) error {
	return l.newToken(ctx)
}

// tryOldID has Browser B come with what the visitor's browser held before a cycle of the
// key, and read a value.
func (l *Lab) tryOldID(s *scene, form url.Values) error {
	cycle, err := l.followed(s, form, s.a.Holds(), &cycleKeyLesson.Cards[0])
	if err != nil {
		return err
	}
	if cycle == nil || !cycle.Known {
		return badInput("No old ID", "Cycle the key first: then Browser B has an old ID to try.")
	}
	s.follow("cycle-key", cycle)
	key := "fname"
	for _, v := range xray.Values(cycle.After()) {
		if !strings.HasPrefix(v.Key, "_") {
			key = v.Key // one that is there
		}
	}
	_, err = s.Browser("B", xray.ByB, true, l.sessionCookie(cycle)...).Do("GET /get", "key", key)
	return err
}

// oldIDTried is what Browser B got with the old ID.
type oldIDTried struct {
	Option
	Chosen, Right bool // whether something was predicted, and whether that
}

// OldIDTried is what Browser B got after the cycle that the card shows; nil where it was not let, and with an
// empty option where its answer says nothing of a session.
func (d scenePageData) OldIDTried() *oldIDTried {
	read := d.after("cycle-key").last("B", "/get")
	if read == nil {
		return nil
	}
	c := d.Card("cycle-key")
	got := ""
	switch x := read.Exchange; {
	case x.Status == http.StatusForbidden:
		got = "refused"
	case x.Status != http.StatusOK:
	case x.Known:
		got = "values"
	case read.Holds != "" && read.Holds == c.Run.Record.Token:
		got = "new"
	default:
		got = "nothing"
	}
	option, _ := c.option(got)
	return &oldIDTried{option, c.Chosen != "", c.Chosen == got}
}

var cycleKeyLesson = &Lesson{
	Group: "Ending", Name: "cycle-key", Short: "Cycle key",
	Title: "A new ID for the same data", Call: "cycle_key()", WithB: true,
	Django: `request.session.cycle_key()`,
	Funcs:  []string{"cycleKey", "newToken", "renew"},
	Curl:   []string{"-X POST BASE/cycle-key"},
	Effects: []Effect{
		{Call: "session.cycle_key()",
			Values: Cell{"same", "same"}, Row: Cell{Text: "moved"},
			Token: Cell{"new", "new"}, Cookie: Cell{"new value", "new"}},
	},

	Cards: []Card{{
		ID: "cycle-key", Paths: []string{"/cycle-key"}, Beside: "/cycle-key/b#cycle-key-b",
		Needs: []Need{needsSession()},
		Ask:   "Another browser still holds the old session ID. You cycle the key. What does that browser get?",
		Options: []Option{
			{"nothing", "An empty session: the old ID names nothing"},
			{"values", "Your values, until its cookie expires"},
			{"new", "The new ID, with its next request"},
			{"refused", "An error page that says 403"},
		},
		Observe: func(r Run) string {
			if r.Path != "/cycle-key" || r.Refused || !r.Known {
				return ""
			}
			if r.Record.InCookie {
				return "values" // it was signed anew, and nothing can make the old signature bad
			}
			for _, s := range r.Record.Steps {
				if s.Kind == xray.Cycle && s.Old == r.Record.Sent && s.Err == "" {
					return "nothing" // the old row went in the same step
				}
			}
			return "values"
		},
		Because: "The row moved to the new ID, so the old one names nothing. The new ID went to you alone, in " +
			"`Set-Cookie`.",
		Lacking: "You had no session, so there was no old ID. Now you have one: cycle its key.",
		Onward:  "Below: try the old ID yourself, with curl.",
		InCookie: wording{Ask: "Another browser still holds the old cookie. You cycle the key. What does " +
			"that browser get?",
			Because: "There is no ID. The values were signed once more, in a new cookie for you. The old " +
				"cookie has its own copy of them, and its signature is still good. Only its end stops it.",
			Onward: "Below: try the old cookie yourself, with curl."},
	}},
}
