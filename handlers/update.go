package handlers

import (
	"context"
	"net/url"

	"sessionlab/handlers/xray"
)

// update is Django's session.update({...}): many keys, one save. The form's key and
// value fields are paired in order, and so are the type fields, where there are any; of
// a key that comes twice the last value wins. All pairs are checked before the first is
// stored.
func (l *Lab) update(ctx context.Context, form url.Values) error {
	keys, values, types := form["key"], form["value"], form["type"]
	if len(keys) == 0 {
		return badInput("Nothing to update", "There are no pairs of `key` and "+
			"`value`. In Django `update({})` is allowed, and saves a session that "+
			"exists all the same.")
	}
	if len(keys) != len(values) {
		return badInput("Unpaired fields",
			"There are %d keys and %d values. Each `key` needs its `value`.",
			len(keys), len(values))
	}
	if len(types) == 0 {
		types = make([]string, len(keys)) // text, all of them
	}
	if len(types) != len(keys) {
		return badInput("Unpaired fields",
			"There are %d keys and %d types. "+
				"Give each pair a `type`, or none of them.", len(keys), len(types))
	}
	pairs := map[string]any{}
	for i, key := range keys {
		if err := checkKey(key); err != nil {
			return err
		}
		value, err := typed(values[i], types[i])
		if err != nil {
			return err
		}
		pairs[key] = value
	}
	for key, value := range pairs {
		l.sessions.Put(ctx, key, value)
	}
	return nil
}

var updateLesson = &Lesson{
	Group: "Whole session", Name: "update", Short: "Update",
	Title: "Set many keys at once", Call: "session.update()",
	Django: `request.session.update({'fname': 'Aman', 'lname': 'Roy', 'city': 'Pune'})`,
	Funcs:  []string{"update"},
	Curl: []string{
		"-d key=fname -d value=Aman -d key=lname -d value=Roy -d key=city -d value=Pune BASE/update",
	},
	Effects: []Effect{
		{Call: "session.update({…})",
			Values: Cell{"merged", "new"}, Row: Cell{Text: "rewritten, even for {}"},
			Token: Cell{"same", "same"}, Cookie: Cell{Text: "sent again"}},
	},

	Cards: []Card{{
		ID:  "update",
		Ask: "You update three keys. How often is the store written to?",
		Options: []Option{
			{"each", "Three times, once for each key"},
			{"rows", "Three times, and each key gets a row of its own"},
			{"once", "Once, with all three"},
			{"never", "Not at all, until `session.modified = True`"},
		},
		Observe: func(r Run) string {
			if r.Path != "/update" || r.Refused {
				return ""
			}
			commits, tokens := 0, map[string]bool{}
			for _, s := range r.Record.Steps {
				if s.Kind == xray.Commit {
					commits++
					tokens[s.Token] = true
				}
			}
			switch {
			case commits == 0:
				return "never"
			case commits == 1:
				return "once"
			case len(tokens) == 1:
				return "each"
			}
			return "rows"
		},
		Because: "The three values went into the dictionary in memory. At the end of the request the whole " +
			"dictionary was encoded and written to the one row, in one statement.",
		InCookie: wording{Ask: "You update three keys. How often is the session saved?",
			Because: "The three values went into the dictionary in memory. At the end of the request the " +
				"whole dictionary was encoded and signed, once, into one cookie."},
	}},
}
