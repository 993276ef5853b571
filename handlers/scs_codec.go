package handlers

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/bench"
	"sessionlab/handlers/view"
)

// jsonCodec keeps sessions as JSON, in the place of SCS's GobCodec.
type jsonCodec struct{}

// jsonSession is a session as that codec writes it.
type jsonSession struct {
	Deadline time.Time
	Values   map[string]any
}

// Encode is the half of scs.Codec that a save calls.
func (jsonCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	return json.Marshal(jsonSession{deadline, values})
}

// Decode is the half that Load calls. JSON does not say of which type a number was.
func (jsonCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	var s jsonSession
	err := json.Unmarshal(b, &s)
	return s.Deadline, s.Values, err
}

// storeTypes keeps a value of each of five types.
func (a scsApp) storeTypes(_ http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	a.sessions.Put(ctx, "age", 31)
	a.sessions.Put(ctx, "since", time.Now())
	a.sessions.Put(ctx, "key", []byte("abc"))
	a.sessions.Put(ctx, "name", "Aman")
	a.sessions.Put(ctx, "admin", true)
}

// readTypes reads them in another request, from what was kept.
func (a scsApp) readTypes(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	says(w, `GetInt("age")`, a.sessions.GetInt(ctx, "age"))
	says(w, `GetFloat("age")`, a.sessions.GetFloat(ctx, "age"))
	says(w, `GetTime("since").IsZero()`, a.sessions.GetTime(ctx, "since").IsZero())
	says(w, `GetBytes("key") == nil`, a.sessions.GetBytes(ctx, "key") == nil)
	says(w, `GetString("key")`, a.sessions.GetString(ctx, "key"))
	says(w, `GetString("name")`, a.sessions.GetString(ctx, "name"))
	says(w, `GetBool("admin")`, a.sessions.GetBool(ctx, "admin"))
}

// tryCodec has a browser store five types and read them, with sessions kept as JSON.
func (l *Lab) tryCodec(ctx context.Context, _ url.Values) error {
	return onBench(ctx, "scs-codec", func(b *bench.Bench, ran *scsRan) error {
		b.Sessions.Codec = jsonCodec{}
		app := newSCSApp(b)
		handle(b, "POST /store", app.storeTypes)
		handle(b, "GET /read", app.readTypes)
		return ran.visit(b.Browser(), "POST /store", "GET /read")
	})
}

// tryOtherCodec begins a session with one codec, and goes on with another, as after an
// update of the program.
func (l *Lab) tryOtherCodec(ctx context.Context, _ url.Values) error {
	return onBench(ctx, "scs-codec-switch", func(b *bench.Bench, ran *scsRan) error {
		ran.About = 2
		app, me := newSCSApp(b), b.Browser()
		handle(b, "POST /store", app.storeTypes)
		handle(b, "POST /put", app.put)
		handle(b, "GET /get", app.get)
		if _, err := me.Do("POST /store"); err != nil {
			return err
		}
		for _, try := range []struct {
			did   string
			codec scs.Codec
		}{
			{"kept as gob, read as JSON", jsonCodec{}},
			{"once more", jsonCodec{}},
			{"with gob again", scs.GobCodec{}},
		} {
			b.Sessions.Codec = try.codec
			x, err := me.Do("GET /get?key=name")
			if err != nil {
				return err
			}
			ran.note(try.did, "%s", whatCame(x))
		}
		newcomer := b.Browser()
		b.Sessions.Codec = jsonCodec{}
		if _, err := newcomer.Do("POST /put", "key", "name", "value", "Aman"); err != nil {
			return err
		}
		b.Sessions.Codec = scs.GobCodec{}
		x, err := newcomer.Do("GET /get?key=name")
		if err != nil {
			return err
		}
		ran.note("kept as JSON, read as gob", "%s", whatCame(x))
		ran.note("rows", "%d", app.rows())
		return nil
	})
}

var scsCodecLesson = &Lesson{
	Group: "In SCS", Name: "scs-codec", Short: "Codec",
	Title: "How values become bytes", Call: "Codec",
	Django: `SESSION_SERIALIZER = 'django.contrib.sessions.serializers.JSONSerializer'  # the default`,
	Funcs:  []string{"jsonCodec.Encode", "jsonCodec.Decode", "storeTypes", "readTypes"},
	Curl: []string{
		"-L -d card=scs-codec BASE/scs-codec | grep -o '<output.*/output>'",
		"-L -d card=scs-codec-switch BASE/scs-codec/switch | grep -o '<output.*/output>'",
	},
	Cards: []Card{codecCard, otherCodecCard},
}

var codecCard = Card{
	ID: "scs-codec", Title: "Sessions as JSON", Paths: []string{"/scs-codec"},
	Ask: "SCS keeps sessions as JSON here. A request stores the int 31. What does `GetInt` give to the next?",
	Options: []Option{
		{"same", "31"},
		{"zero", "0"},
		{"text", "An error: JSON has texts alone"},
		{"panic", "It panics"},
	},
	Observe: func(r Run) string {
		ran := ranSCS(r.Record, "scs-codec")
		switch came := ran.came(`GetInt("age")`); {
		case ran == nil:
			return ""
		case ran.died():
			return "panic"
		case came == "31":
			return "same"
		case came == "0":
			return "zero"
		}
		return "text"
	},
	Headline: func(r Run) string { return ranSCS(r.Record, "scs-codec").headline(`GetInt("age")`) },
	Because: "JSON has one kind of number, and Go reads it as float64. A float64 is no int, so the typed " +
		"getter gives the zero value. `GetFloat` gives 31.",
	Onward: "gob keeps the types of Go: that is why it is SCS's default.",
}

var otherCodecCard = Card{
	ID: "scs-codec-switch", Title: "Another codec, with old sessions", Paths: []string{"/scs-codec/switch"},
	Ask: "Yesterday's program kept sessions as gob, today's uses JSON. A visitor comes with yesterday's " +
		"cookie. What does he get?",
	Options: []Option{
		{"empty", "An empty session"},
		{"values", "His values: SCS converts them"},
		{"once", "Status 500 once, and then a new session"},
		{"always", "Status 500, each time that he comes"},
	},
	Observe: func(r Run) string {
		ran := ranSCS(r.Record, "scs-codec-switch")
		first, again := ran.came("kept as gob, read as JSON"), ran.came("once more")
		switch {
		case ran == nil:
			return ""
		case strings.HasPrefix(first, "500") && strings.HasPrefix(again, "500"):
			return "always"
		case strings.HasPrefix(first, "500"):
			return "once"
		case first == "<nil>":
			return "empty"
		}
		return "values"
	},
	Headline: func(r Run) string {
		ran := ranSCS(r.Record, "scs-codec-switch")
		if ran == nil {
			return ""
		}
		came, _, _ := strings.Cut(ran.came("kept as gob, read as JSON"), " (")
		return "He gets " + view.Quote(came) + "."
	},
	Because: "Load cannot decode the row, so LoadAndSave calls `ErrorFunc`, and the handler never runs. " +
		"Nothing deletes the row or the cookie, so it is so each time.",
	Onward: "A codec that reads both, or a new cookie name.",
}
