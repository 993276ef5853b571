package handlers

import (
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/xray"
)

// A visitor may type any key, and send a form to any address. A verdict is then right, or there is none.
func TestVerdictsAreOnTheRunThatAQuestionIsAbout(t *testing.T) {
	t.Parallel()
	const right, cannotTell = "Correct.", "Not judged yet."
	tl := newLab(t)
	for _, tt := range []struct {
		name, path, fields, guess, verdict string
	}{
		{"a stored text None is no None", "/setdefault", "key=note&value=x", "setdefault:kept", right},
		{"nor is one that is stored now", "/setdefault", "key=fresh&value=None", "setdefault:none", cannotTell},
		{"another key that is there", "/setdefault", "key=fname&value=x", "setdefault:kept", right},
		{"pop of another key that is absent", "/pop", "key=nickname&default=", "pop:default", right},
		{"pop of another key that is there", "/pop", "key=note&default=", "pop:default", pressAgain},
		{"pop without its default", "/pop", "key=nickname", "pop:error", cannotTell},
		{"pop that is to be without a default", "/pop", "key=nickname&default=None", "pop-bare:none", cannotTell},
		{"pop without a default of another key", "/pop", "key=nickname", "pop-bare:error", right},
		{"del of another key that is absent", "/delete", "key=nickname", "delete:error", cannotTell},
		{"a new token is no stored value", "/cycle-key", "", "set:changed", cannotTell},
		{"nor does it move an end as storing does", "/cycle-key", "", "expiry-store:again", cannotTell},
		{"the key by hand is no test cookie", "/set", "key=testcookie&value=worked", "test-cookie-set:key",
			cannotTell},
		{"a read elsewhere", "/get", "key=fname&default=", "expiry-read:stays", ""},
		{"a save elsewhere", "/set", "key=a&value=b", "expiry-close:age", cannotTell},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := tl.holding(map[string]any{"fname": "Aman", "note": "None", expiryKey: closesIn(tt.guess)})
			v.t = t
			card, _, _ := strings.Cut(tt.guess, ":")
			fields := append(formFields(tt.fields), "predict", tt.guess, "card", card)
			page := v.sendTo(tt.path, fields)
			wantVerdict(t, page, tt.verdict)
		})
	}
}

// closesIn is the expiry that the session of a question has: see the cards of the lesson expiry.
func closesIn(guess string) int {
	switch {
	case strings.HasPrefix(guess, "expiry-close"):
		return 0
	case strings.HasPrefix(guess, "expiry-store"):
		return 30
	}
	return 10
}

// formFields are the names and values of an encoded form that needs no decoding.
func formFields(encoded string) (fields []string) {
	for pair := range strings.SplitSeq(encoded, "&") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			fields = append(fields, name, value)
		}
	}
	return fields
}

// sendTo sends fields to path as its form does, and returns the page with the result.
func (v *visitor) sendTo(path string, fields []string) answer {
	if path == "/get" {
		query := "?"
		for i := 0; i < len(fields); i += 2 {
			query += fields[i] + "=" + fields[i+1] + "&"
		}
		return v.get(path + strings.TrimSuffix(query, "&"))
	}
	a := v.post(path, fields...)
	if to := a.Header.Get("Location"); to != "" {
		return v.get(to)
	}
	return a
}

// A session from before -session-life gets its birth with the first save: one key more, of which the visitor
// knows nothing.
func TestDeletePredictionOnASessionThatIsBornNow(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.settings.SessionLife = time.Hour
	v := tl.holding(map[string]any{"lname": "Roy"})
	wantVerdict(t, v.run("/delete", "key", "lname", "predict", "delete:nothing"), pressAgain)
}

// Of a request whose session was ended while it ran the record keeps nothing that could be judged.
func TestLateRequestsAreNotJudged(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	start := tl.now()
	data, err := xray.Codec.Encode(start.Add(time.Hour),
		map[string]any{"lname": "Roy", testCookieKey: testCookieValue})
	if err != nil {
		t.Fatal(err)
	}
	ended := &xray.Exchange{ID: "ended", At: start.Add(time.Second), Sent: "token", Known: true, Ended: true}
	tl.keep(ended)
	for path, guess := range map[string]string{
		"/delete": "delete:token", "/clear": "clear:all", "/test-cookie/delete": "test-cookie-twice:nothing",
	} {
		x := &xray.Exchange{ID: path, At: start, Path: path, Key: "lname", Sent: "token", Token: "token",
			Known: true, Found: data, Committed: data, Guess: guess, Location: "/set"}
		tl.keep(x)
		id, _, _ := strings.Cut(guess, ":")
		card, _, err := cardNamed(id)
		if err != nil {
			t.Fatal(err)
		}
		if run, ok := card.run(x, nil, &xray.Memo{Codec: xray.Codec}); ok {
			t.Errorf("POST %s: judged by %+v, want that it cannot tell", path, run)
		}
	}
}

// What ran nowhere near an experiment answers none of the questions.
func TestQuestionsTellNothingOfOtherRuns(t *testing.T) {
	t.Parallel()
	saved, err := xray.Codec.Encode(time.Now().Add(time.Hour), map[string]any{"items": "x", expiryKey: 0})
	if err != nil {
		t.Fatal(err)
	}
	returned := "None"
	x := &xray.Exchange{Path: "/elsewhere", Method: "POST", Known: true, Found: saved, Committed: saved,
		Returned: &returned, Steps: []xray.Step{{Kind: xray.Code, Name: "elsewhere"}}}
	for _, lesson := range lessons {
		for _, q := range lesson.Cards {
			run, _ := newRun(x, &xray.Memo{Codec: xray.Codec})
			if got := q.Observe(run); got != "" {
				t.Errorf("%s: observed %q", q.ID, got)
			}
		}
	}
}

func TestTheKeyThatAFormNamesIsRecorded(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	for _, tt := range []struct {
		path, fields, key string
		fallback          bool
	}{
		{"/setdefault", "key=age&value=31", "age", false},
		{"/update", "key=a&value=1&key=b&value=2", "a", false},
		{"/pop", "key=nickname&default=", "nickname", true},
		{"/pop", "key=nickname", "nickname", false},
		{"/get", "key=fname&default=Guest", "fname", true},
		{"/get", "key=fname", "fname", false},
		{"/clear", "", "", false},
		{"/set", "key=" + strings.Repeat("k", limits.MaxKeyBytes+1) + "&value=x", "", false},
	} {
		v.sendTo(tt.path, formFields(tt.fields))
		history := tl.exchanges(v.token())
		i := 0
		if tt.path != "/get" && history[0].Method == "GET" { // the page that the form led to
			i = 1
		}
		if x := history[i]; x.Path != tt.path || x.Key != tt.key || x.Default != tt.fallback {
			t.Errorf("%s %s: recorded %s with the key %q, default %v", tt.path, tt.fields, x.Path, x.Key, x.Default)
		}
	}
}
