package view

import (
	"strings"
	"testing"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// kindNamed is the engine of that name.
func kindNamed(t *testing.T, name string) engine.Kind {
	t.Helper()
	for _, kind := range engine.Kinds {
		if kind.Name == name {
			return kind
		}
	}
	t.Fatalf("no engine %s", name)
	return engine.Kind{}
}

// Whatever an engine says, one short line tells it; the rest is there for who opens it.
func TestStatement_InShort(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind, text string
		step       xray.StepKind
		want       string
	}{
		{"sqlite", "REPLACE INTO sessions (token, data, expiry) VALUES ($1, $2, julianday($3))", xray.Commit,
			"REPLACE sessions"},
		{"sqlite", "SELECT data FROM sessions WHERE token = $1", xray.Find, "SELECT sessions"},
		{"sqlite", "BEGIN IMMEDIATE", xray.Cycle, "BEGIN IMMEDIATE"},
		{"sqlite", "COMMIT", xray.Cycle, "COMMIT"},
		{"postgres", "begin", xray.Cycle, "BEGIN"},
		{"postgres", "UPDATE session_records SET token = $2 WHERE token = $1", xray.Cycle,
			"UPDATE session_records"},
		{"postgres", "INSERT INTO sessions(token) VALUES ($1)", xray.Commit, "INSERT sessions"},
		{"postgres", "DELETE FROM sessions WHERE token IN\n(SELECT token FROM revoked)", xray.Sweep,
			"DELETE sessions"},
		{"redis", "GET", xray.Find, "GET key"},
		{"redis", "EVAL local session = KEYS[1]\nreturn 1", xray.Commit, "EVAL Commit"},
		{"redis", "EVALSHA 0123456789abcdef", xray.Commit, "EVALSHA record"},
		{"file", "write", xray.Commit, "WRITE file"},
		{"memory", "memstore.Find", xray.Find, "Find memstore"},
		{"cookie", "securecookie.Decode", xray.Find, "VERIFY cookie"},
		{"cookie", "securecookie.Encode", xray.Commit, "SIGN cookie"},
		{"sqlite", "", xray.Find, "Find "},
	} {
		verb, object := given(kindNamed(t, tt.kind)).inShort(tt.text, tt.step)
		if got := strings.TrimSuffix(verb+" "+object, " "); got != strings.TrimSuffix(tt.want, " ") {
			t.Errorf("%s: %q in short is %q, want %q", tt.kind, tt.text, got, tt.want)
		}
	}
}

// The line has the ID short; opened, the statement is whole and escaped. On a page of its own it is open.
func TestStatement_Written(t *testing.T) {
	t.Parallel()
	g := given(kindNamed(t, "sqlite"))
	step := xray.Step{Kind: xray.Find, Token: oldID, Statements: []engine.Statement{
		{Text: "SELECT data FROM sessions WHERE token = $1 AND 1 < expiry", Args: []string{oldID}}}}
	const folded, open = `data-fold="ID-1"><summary>`, `data-fold="ID-1" open="">`
	for whole, begins := range map[bool]string{false: folded, true: open} {
		var m markup
		g.statements(step)[0].write(&m, "ID-1", whole)
		html := string(m.html())
		summary, rest, _ := strings.Cut(html, "</summary>")
		if !strings.Contains(html, begins) || strings.Contains(summary, oldID) ||
			!strings.Contains(summary, "oooo…oooo") {
			t.Errorf("in short: %s", summary)
		}
		if !strings.Contains(rest, "AND 1 &lt; expiry\n<i>$1 = </i>"+oldID) {
			t.Errorf("whole: %s", rest)
		}
	}
}
