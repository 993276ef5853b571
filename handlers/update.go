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
	l.updateItems(ctx, pairs)
	return nil
}

// updateItems is session.update(pairs). It marks the session even when there are none.
func (l *Lab) updateItems(ctx context.Context, pairs map[string]any) {
	for key, value := range pairs {
		l.sessions.Put(ctx, key, value)
	}
	l.markModified(ctx)
}

var updateLesson = &Lesson{
	Group: "Whole session", Name: "update", Short: "Update",
	Title: "Set many keys at once", Call: "session.update()",
	Django: `request.session.update({'fname': 'Aman', 'lname': 'Roy', 'city': 'Pune'})`,
	Funcs:  []string{"update", "updateItems"},
	Curl: []string{
		"-d key=fname -d value=Aman -d key=lname -d value=Roy -d key=city -d value=Pune BASE/update",
	},
	Effects: []Effect{
		{Call: "session.update({…})",
			Values: Cell{"merged", "new"}, Row: Cell{Text: "rewritten, even for {}"},
			Token: Cell{"same", "same"}, Cookie: Cell{Text: "sent again"}},
	},

	Cards: []Card{{
		ID: "update", Title: "Three keys, how many writes?", Paths: []string{"/update"}, LandsAtRun: true,
		Ask: "Here `update` is a loop: it sets one key after the other. How often does it write to the store?",
		Options: []Option{
			{"each", "Three times, once for each key"},
			{"rows", "Three times, and each key gets a row of its own"},
			{"once", "Once, with all three"},
			{"never", "Not at all, until `session.modified = True`"},
		},
		Observe: writesOfUpdate,
		Because: "The loop only changed the dictionary in memory. When the request was over, the whole " +
			"dictionary was written to the one row. Three assignments in a view cost the same.",
		Onward: "`modified` says only that something changed, not how much.",
		InCookie: wording{
			Ask: "Here `update` is a loop: it sets one key after the other. How often is the session saved?",
			Because: "The loop only changed the dictionary in memory. When the request was over, the whole " +
				"dictionary was signed, once, into one cookie. Three assignments in a view cost the same."},
	}, {
		ID: "update-rest", Title: "The key that is not named", LandsAtRun: true,
		Needs: []Need{needsKey("city", "Pune")},
		Ask:   "The session has `city`. You update `fname` and `age`. What becomes of `city`?",
		Options: []Option{
			{"gone", "It goes: the new dictionary replaces the old one"},
			{"stays", "It stays as it is"},
			{"none", "It stays, with the value `None`"},
			{"error", "It raises `KeyError`: update needs every key"},
		},
		Observe: restOfUpdate,
		Because: "`update` goes through the pairs that it was given, and nothing else. It merges: it adds " +
			"keys and replaces values, and never removes one.",
		Lacking: "Nothing was there that you did not name. Set `city` above, then update the other two.",
	}},
}

// restOfUpdate is what became of the keys that an update found and did not change.
func restOfUpdate(r Run) string {
	switch {
	case r.Path != "/update":
		return ""
	case r.KeyError:
		return "error"
	case r.Refused:
		return ""
	}
	became := ""
	for key := range r.Before {
		switch mark := r.Marks[key]; {
		case mark == xray.Removed:
			return "gone"
		case mark == xray.Changed && r.After[key] == nil:
			return "none"
		case mark == xray.Same && key != r.Key && key != birthKey:
			became = "stays"
		}
	}
	return became
}

// Writes is how often r gave the store a session to keep.
func (r *Run) Writes() (n int) {
	for _, s := range r.Record.Steps {
		if s.Kind == xray.Commit {
			n++
		}
	}
	return n
}

func writesOfUpdate(r Run) string {
	if r.Path != "/update" || r.Refused {
		return ""
	}
	tokens := map[string]bool{}
	for _, s := range r.Record.Steps {
		if s.Kind == xray.Commit {
			tokens[s.Token] = true
		}
	}
	switch writes := r.Writes(); {
	case writes == 0:
		return "never"
	case writes == 1:
		return "once"
	case len(tokens) == 1:
		return "each"
	}
	return "rows"
}

// pair is a key with its value and its type, as fields of a form that sends several.
type pair struct {
	ID         string // of its fields, each with the field's name behind it
	Name       string // first, second, third
	Key, Value string
	Type       typeField
}

// Pair is the nth pair of the form, from 1: what was sent the last time, or else these.
func (c *shownCard) Pair(n int, key, value, kind string) pair {
	of := func(name, first string) string {
		if sent := c.sent[name]; n <= len(sent) {
			return sent[n-1]
		}
		return first
	}
	name := [...]string{"first", "second", "third"}[n-1]
	id := c.ID + "-" + name
	return pair{id, name, of("key", key), of("value", value), typeField{id + "-type", "type", of("type", kind)}}
}
