package view

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

var (
	oldID   = strings.Repeat("o", 43)
	freshID = strings.Repeat("f", 43)
	end     = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
)

// data are the bytes of a session with those values.
func data(values map[string]any) []byte {
	b, err := xray.Codec.Encode(end, values)
	if err != nil {
		panic(err)
	}
	return b
}

var (
	some  = data(map[string]any{"fname": "Aman"})
	other = data(map[string]any{"fname": "Roy"})
	fixed = data(map[string]any{"fname": "Aman", "end": "fixed"})
)

// given is a lab of that kind, whose sessions end at a fixed moment where they have the key "end".
func given(kind engine.Kind) Given {
	return Given{
		Kind: kind, CookieName: "sessionname", CookieAge: 400 * time.Second, Now: end.Add(-time.Minute),
		Age: func(values map[string]any) (time.Duration, bool) {
			_, fixed := values["end"]
			return 400 * time.Second, !fixed
		},
		Entries: func(values map[string]any) int { return len(values) },
		OfLife:  func(map[string]any, time.Time) bool { return false },
		PageOf:  func(string) string { return "/set" },
	}
}

// exchanges are one of each kind: what can come, and what can become of it.
func exchanges() map[string]*xray.Exchange {
	saved := &http.Cookie{Name: "sessionname", Value: freshID, MaxAge: 400}
	kept := &http.Cookie{Name: "sessionname", Value: oldID, MaxAge: 400}
	browserOnly := &http.Cookie{Name: "sessionname", Value: oldID}
	dropped := &http.Cookie{Name: "sessionname", MaxAge: -1}
	find := xray.Step{Kind: xray.Find, Token: oldID, Found: true, Size: 40}
	code := xray.Step{Kind: xray.Code, Name: "set"}
	commit := xray.Step{Kind: xray.Commit, Token: oldID, Size: 40}
	list := map[string]*xray.Exchange{
		"reads without a cookie": {},
		"reads":                  {Sent: oldID, Came: 1, Known: true, Token: oldID, Found: some},
		"blank cookie":           {Came: 1, SetCookie: dropped},
		"unknown cookie":         {Sent: oldID, Came: 1, SetCookie: dropped},
		"first save":             {Token: freshID, Committed: some, Deadline: end, SetCookie: saved},
		"empty first save":       {Token: freshID, Committed: data(nil), Deadline: end, SetCookie: saved},
		"save": {Sent: oldID, Came: 1, Known: true, Token: oldID, Found: some, Committed: other,
			Deadline: end, SetCookie: kept},
		"same values": {Sent: oldID, Came: 1, Known: true, Token: oldID, Found: some, Committed: some,
			Deadline: end, SetCookie: kept},
		"fixed end": {Sent: oldID, Came: 1, Known: true, Token: oldID, Found: fixed, Committed: fixed,
			Deadline: end, SetCookie: kept},
		"until the browser closes": {Sent: oldID, Came: 1, Known: true, Token: oldID, Found: some, Committed: other,
			Deadline: end, SetCookie: browserOnly},
		"flush": {Sent: oldID, Came: 1, Known: true, Ended: true, Removed: []string{"fname"},
			SetCookie: dropped},
		"empty flush": {Ended: true},
		"cycle": {Sent: oldID, Came: 1, Known: true, Cycled: true, Token: freshID, Found: some,
			Committed: some, Deadline: end, SetCookie: saved},
		"refused": {Sent: oldID, Came: 1, Known: true, Token: oldID, Found: some, Refused: "KeyError: 'x'",
			Status: 404},
		"no answer": {Sent: oldID, Came: 1, Known: true, Token: oldID, Found: some,
			Refused: "The store is gone", Status: 503},
		"sweep, planted": {Sent: oldID, Came: 1, Known: true, Token: oldID, Found: some},
	}
	for name, x := range list {
		x.ID, x.Method, x.Path, x.At = "ID", http.MethodPost, "/set", end.Add(-time.Minute)
		if x.Status == 0 {
			x.Status, x.Location = http.StatusSeeOther, "/set?exchange=ID"
		}
		if x.Sent != "" {
			x.Steps = append(x.Steps, find)
		}
		x.Steps = append(x.Steps, code)
		switch {
		case name == "no answer":
			x.Steps = append(x.Steps, xray.Step{Kind: xray.Commit, Err: "no answer", Unsure: true})
		case name == "sweep, planted":
			x.Steps = append(x.Steps, xray.Step{Kind: xray.Plant}, xray.Step{Kind: xray.Sweep, Rows: 3})
		case x.Cycled:
			x.Steps = append(x.Steps, xray.Step{Kind: xray.Cycle, Token: freshID, Old: oldID})
		case x.Ended:
			x.Steps = append(x.Steps, xray.Step{Kind: xray.Delete, Token: oldID})
		case x.Committed != nil:
			x.Steps = append(x.Steps, commit)
		}
	}
	return list
}

// said is everything that a page says of x.
func said(g Given, x *xray.Exchange) string {
	memo := &xray.Memo{Codec: xray.Codec}
	s := xray.Snapshot{Token: x.Token}
	if x.Token != "" {
		s.Row = &engine.Row{Token: x.Token, Data: x.Found, Expiry: end, Size: len(x.Found)}
		s.Values = x.After()
	}
	result, panel := g.Result(x, memo), g.Panel(s, memo, x, []*xray.Exchange{x}, Browser{Came: x.Came})
	steps := g.Steps(x, []*xray.Exchange{x})
	text := fmt.Sprintln(result.Headline, result.CookieNote, result.MemoryNote, result.RowNote, result.RowSmall,
		panel.State, panel.Cookie.WasNote, panel.Exchange.Messages, panel.Exchange.Why, panel.History, steps.Notes)
	return html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(text, " "))
}

// Of every kind of exchange both mediums say how the session is, why, and what each step did; and where the
// session is the cookie nothing claims a row, or an ID of its own.
func TestMediums_SayWhatIsSo(t *testing.T) {
	t.Parallel()
	untrue := regexp.MustCompile(`a row inserted|its row was not written|the old row deleted|deletes the row|` +
		`The row is|[Nn]ew ID|same ID|: an ID was made|to a new|under a new|inserted|rewritten|\bmoved|` +
		`\d+ → \d+ bytes`)
	for _, kind := range engine.Kinds {
		for name, x := range exchanges() {
			t.Run(kind.Name+"/"+name, func(t *testing.T) {
				g := given(kind)
				text := said(g, x)
				if why := g.medium().why(x, ""); len(why) == 0 {
					t.Error("nothing says why")
				}
				if state := g.medium().state(xray.Snapshot{}, x); state == "" {
					t.Error("nothing says how the session is")
				}
				if m := untrue.FindString(text); kind.InCookie && m != "" {
					t.Errorf("a session in its cookie has %q:\n%s", m, text)
				}
				if strings.Contains(text, "signed") && !kind.InCookie {
					t.Errorf("a row is signed:\n%s", text)
				}
			})
		}
	}
}

// A save that does not move the end must not be said to.
func TestMediums_FixedEnd(t *testing.T) {
	t.Parallel()
	for _, kind := range engine.Kinds {
		text := said(given(kind), exchanges()["fixed end"])
		if !strings.Contains(text, "Its end is a fixed moment, which no save moves.") {
			t.Errorf("%s: nothing says that the end stays:\n%s", kind.Name, text)
		}
		for _, wrong := range []string{"with a new end", "clock restarted", "clock starts again"} {
			if strings.Contains(text, wrong) {
				t.Errorf("%s: the page says %q:\n%s", kind.Name, wrong, text)
			}
		}
	}
}

// A session that expired is shown as it is: its row, if it is still there, and never the row's data.
func TestMediums_Expired(t *testing.T) {
	t.Parallel()
	for _, kind := range engine.Kinds {
		for _, lying := range []*engine.Row{nil, {Token: oldID, Expiry: end, Size: 40}} {
			if lying != nil && !kind.Lies {
				continue
			}
			g, x := given(kind), &xray.Exchange{ID: "ID", Method: http.MethodGet, Path: "/set", Status: 200}
			e := &Expired{ID: oldID, Ended: end, Lying: lying}
			p := g.Panel(xray.Snapshot{}, &xray.Memo{Codec: xray.Codec}, x, nil, Browser{Expired: e})
			plain := g.Panel(xray.Snapshot{}, &xray.Memo{Codec: xray.Codec}, x, nil, Browser{})
			if !strings.HasPrefix(p.State, "Expired. ") || p.State != g.medium().expired(e) {
				t.Errorf("%s: the state is %q", kind.Name, p.State)
			}
			if told := strings.Contains(p.State, "The row is still in the "); told != (lying != nil) {
				t.Errorf("%s, row %v: the state is %q", kind.Name, lying != nil, p.State)
			}
			if c := p.Cookie; c.Was != oldID || !c.Expired || c.Token != "" || c.Stale || c.WasNote == "" {
				t.Errorf("%s: the cookie is %+v", kind.Name, c)
			}
			if lying != nil && (p.Row.Lying != end.Local().Format(TimeOfDay) || p.Row.Size != 40 || p.Row.Hex != "") {
				t.Errorf("%s: the row is %+v", kind.Name, p.Row)
			}
			if lying == nil && (p.Row.Lying != "" || !strings.HasPrefix(p.Row.None, "The row is gone.")) {
				t.Errorf("%s: the row is %+v", kind.Name, p.Row)
			}
			if p.Row.Exists || p.Token != "" || p.Clock.Runs || p.Stamp != plain.Stamp {
				t.Errorf("%s: somebody would take it for a session: %+v", kind.Name, p)
			}
			if clock := string(p.Clock.HTML()); !strings.Contains(clock, "ended "+p.Clock.Ends) ||
				strings.Contains(string(plain.Clock.HTML()), "expired") {
				t.Errorf("%s: the clock says %s", kind.Name, clock)
			}
			if plain.Row.None != "Your browser names no row." || plain.Cookie.Was != "" {
				t.Errorf("%s: without a notebook %+v", kind.Name, plain.Row)
			}
		}
	}
}
