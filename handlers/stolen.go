package handlers

import (
	"net/url"
	"slices"
	"strings"

	"sessionlab/handlers/scenario"
	"sessionlab/handlers/view"
)

// steal copies the visitor's cookie to Browser B, which then reads, and stores.
func (l *Lab) steal(s *scene, _ url.Values) error {
	b := s.newB()
	b.Give(s.a)
	if _, err := b.Do("GET /get", "key", "user"); err != nil {
		return err
	}
	if _, err := b.Do("POST /set", "key", "cart", "value", "drone"); err != nil {
		return err
	}
	if _, err := b.Do("GET /get", "key", "cart"); err != nil {
		return err
	}
	_, err := s.a.Do("GET /get", "key", "cart")
	return err
}

// act is what somebody does while a thief holds the cookie.
type act struct{ ID, Says string }

var acts = []act{
	{"change", "You change a value"}, {"clear", "You clear()"}, {"close", "You close the browser"},
	{"cycle", "You cycle_key()"}, {"flush", "You flush()"}, {"thief", "The thief calls cycle_key() first"},
}

// stealAndAct has the thief hold the cookie, then somebody act, and then both read.
func (l *Lab) stealAndAct(s *scene, form url.Values) error {
	s.ran.Choice = form.Get("act")
	if !slices.ContainsFunc(acts, func(a act) bool { return a.ID == s.ran.Choice }) {
		return badInput("No act", "Choose what is done while B holds your cookie.")
	}
	if _, err := s.a.Do("POST /set", "key", "user", "value", "Ann"); err != nil {
		return err
	}
	b := s.newB()
	b.Give(s.a)
	if err := doAct(s.ran.Choice, s.a, b); err != nil {
		return err
	}
	if _, err := b.Do("GET /get", "key", "user"); err != nil {
		return err
	}
	_, err := s.a.Do("GET /get", "key", "user")
	return err
}

func doAct(what string, a, b *scenario.Browser) (err error) {
	switch what {
	case "change":
		_, err = a.Do("POST /set", "key", "user", "value", "Zoe")
	case "clear":
		_, err = a.Do("POST /clear")
	case "close": // with set_expiry(0), so that the cookie goes with the browser
		_, err = a.Do("POST /expiry", "seconds", "0")
		a.Close()
	case "cycle":
		_, err = a.Do("POST /cycle-key")
	case "flush":
		_, err = a.Do("POST /flush")
	case "thief":
		_, err = b.Do("POST /cycle-key")
	}
	return err
}

var stolenLesson = &Lesson{
	Group: "Two browsers", Name: "stolen", Short: "Stolen session ID",
	Title: "Stolen session ID", Call: "cycle_key() and flush()", Scenes: true, View: noView,
	Django: `def change_password(request):
    ...
    request.session.cycle_key()    # whoever has the old ID is out

def logout(request):
    request.session.flush()        # everybody is out`,
	Funcs: []string{"steal", "stealAndAct", "doAct"},
	Curl: []string{
		"-d key=user -d value=Ann BASE/set",
		"-b \"sessionname=$(awk '/sessionname/{print $7}' jar)\" -c thief 'BASE/get?key=user'",
	},
	Cards: []Card{stolenCard, stolenActCard},
}

var stolenCard = Card{
	ID: "stolen", Title: "B gets a copy of your cookie", Paths: []string{"/stolen"},
	Needs: []Need{needsKey("user", "Ann")},
	Ask:   "Browser B gets a copy of your cookie, and reads. What does B see?",
	Options: []Option{
		{"nothing", "Nothing: it is my ID"},
		{"values", "Your values"},
		{"login", "A login page"},
		{"readonly", "Your values, only to read"},
	},
	Observe: func(r Run) string {
		ran := ranBy(r.Record, "stolen")
		first, stored, last := ran.first("B", "/get"), ran.last("B", "/set"), ran.last("B", "/get")
		if stored == nil || first == last || r.Record.Sent == "" || first.Held != r.Record.Sent {
			return ""
		}
		switch {
		case first.Exchange.Status/100 == 3:
			return "login"
		case !first.Exchange.Known:
			return "nothing"
		case readOf(first) == "":
			return "" // the visitor has no such value
		case readOf(last) == "drone":
			return "values"
		}
		return "readonly"
	},
	Headline: func(r Run) string {
		ran := ranBy(r.Record, "stolen")
		if read := ran.first("B", "/get"); readOf(read) != "" {
			return "B reads " + view.Quote(readOf(read)) + ", and stores. For the server, B is you."
		}
		return "B reads nothing."
	},
	Because: "Two browsers, one session ID: the server has no way to tell them apart. A thief needs these " +
		"characters, and nothing else.",
	Lacking: "You need a session with `user`, so that there is something to steal. Set it first.",
	InCookie: wording{Because: "The cookie is the session, so a copy of it is a copy of all values. What B " +
		"stores goes into B's copy, and you do not see it."},
}

var stolenActCard = Card{
	ID: "stolen-act", Title: "Throw the thief out", Paths: []string{"/stolen/act"},
	Ask: "B holds your cookie. Choose what is done then. Is B still in after it?",
	Options: []Option{
		{"in", "Still in"},
		{"out", "Out"},
	},
	Observe: func(r Run) string {
		read := ranBy(r.Record, "stolen-act").last("B", "/get")
		switch {
		case read == nil:
			return ""
		case read.Exchange.Known:
			return "in"
		}
		return "out"
	},
	Headline: func(r Run) string { return whoIsIn(ranBy(r.Record, "stolen-act")) },
	Because: "A session ID opens its row for whoever sends it. What counts is whether there is still a row " +
		"under the ID that B has.",
	Onward: "Try the others, too: the table keeps what came of each.",
	InCookie: wording{Because: "The server keeps nothing that it could delete. B's copy of the cookie is good " +
		"until its date, whatever anybody does."},
}

// whoIsIn says who has the session after an act: a request finds it, or not.
func whoIsIn(r *ran) string {
	a, b := r.isIn("A"), r.isIn("B")
	switch {
	case r == nil:
		return ""
	case a && b:
		return "Both are in: you and the thief."
	case b:
		return "Only the thief is in."
	case a:
		return "The thief is out, and you are in."
	}
	return "Nobody is in: the thief is out, and so are you."
}

func (r *ran) isIn(name string) bool {
	read := r.last(name, "/get")
	return read != nil && read.Exchange.Known
}

// actRow is an act with what came of its last run.
type actRow struct {
	act
	Run       bool // whether it was run
	Now       bool // whether the page shows that run
	Row, Came string
	Holds     string // what the visitor holds after it
	A, B      bool   // who is in
	Predicted string // "" for nothing
	Right     bool
}

// Acts are all acts, with what came of them.
func (d scenePageData) Acts() []actRow {
	rows := make([]actRow, len(acts))
	for i, a := range acts {
		rows[i].act = a
		r, x := d.chosen("stolen-act", a.ID)
		if r == nil {
			continue
		}
		card := d.Card("stolen-act")
		came := card.Observe(Run{Record: x})
		rows[i].Run, rows[i].Now = true, card.Run != nil && card.Run.Record == x
		rows[i].A, rows[i].B = r.isIn("A"), r.isIn("B")
		rows[i].Row, rows[i].Came = rowAfter(r), cameBack(r.last("B", "/get"))
		if d.lab.engine.Kind().InCookie {
			rows[i].Row = "in each cookie"
		}
		rows[i].Holds = r.last("A", "/get").Holds
		if _, choice, ok := strings.Cut(x.Guess, ":"); ok {
			rows[i].Right, rows[i].Predicted = choice == came, choice
		}
	}
	return rows
}

// rowAfter says what became of the row, by what the last two reads have found.
func rowAfter(r *ran) string {
	a, b := r.last("A", "/get"), r.last("B", "/get")
	stolen := r.first("A", "/set").Holds
	found := a
	if !a.Exchange.Known {
		found = b
	}
	if !found.Exchange.Known {
		return "gone"
	}
	id := "same ID"
	if found.Held != stolen {
		id = "a new ID"
	}
	return id + ", " + cameBack(found)
}

// cameBack says what a read of user has given.
func cameBack(e *scenario.Event) string {
	if text := readOf(e); text != "" {
		return "user " + text
	}
	return "no values"
}
