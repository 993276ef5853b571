package handlers

import (
	"net/http"
	"strings"
	"testing"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// Browser B comes with the ID of before the cycle, and the page says what it got, and shows the run on. Where
// the cookie is the session, the old one still opens it.
func checkOldIDOfB(t *testing.T, tl *testLab, kind engine.Kind) {
	v := tl.visitor()
	v.post("/set", "key", "fname", "value", "Aman")
	old := v.token()
	page := v.run("/cycle-key", "card", "cycle-key", "predict", "cycle-key:nothing")
	fresh := v.token()
	for _, body := range []string{page.Body, v.get("/cycle-key").Body} {
		if strings.Contains(body, "data-told") || !strings.Contains(body, `action="/cycle-key/b#cycle-key-b"`) {
			t.Error("before Browser B has tried: no button, or an answer of nobody")
		}
	}
	_, of, _ := strings.Cut(page.Body, `name="of" value="`)
	of, _, _ = strings.Cut(of, `"`)
	page = v.run("/cycle-key/b", "of", of)
	got, says := "An empty session: the old ID names nothing. That is what you predicted.", "None"
	if kind.InCookie {
		got, says = "Your values, until its cookie expires. You predicted something else.", "Aman"
	}
	text := page.text()
	if strings.Contains(text, "older exchange") {
		t.Error("the panel says that the cycle is an older exchange: Browser B did nothing to the session")
	}
	for _, want := range []string{"Browser B got: " + got, "GET /get fname", "200 " + says} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	wantVerdict(t, page, map[bool]string{true: "Not this time.", false: "Correct."}[kind.InCookie])
	read := ranBy(v.sheet().Runs[0], "cycle-key-b").last("B", "/get")
	if read.Held != old || read.Exchange.Known != kind.InCookie || v.token() != fresh {
		t.Errorf("Browser B: %+v", read)
	}
	page = v.run("/cycle-key", "card", "cycle-key")
	if strings.Contains(page.Body, "data-told") {
		t.Error("what Browser B got after one cycle stands under the next one")
	}
}

// What Browser B got is read off its request, and nothing is said where that was turned away.
func TestOldIDOfBIsReadOffTheRecord(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	if a := v.post("/cycle-key/b", "of", "x"); a.Status != http.StatusBadRequest {
		t.Errorf("without a cycle = %d", a.Status)
	}
	set := v.recorded(v.post("/set", "key", "fname", "value", "Aman"))
	cycle := v.recorded(v.done("/cycle-key", "predict", "cycle-key:values"))
	if a := v.post("/cycle-key/b", "of", set.ID); a.Status != http.StatusBadRequest {
		t.Errorf("after another request = %d", a.Status)
	}
	if a := v.lab.visitor().post("/cycle-key/b", "of", cycle.ID); a.Status != http.StatusBadRequest {
		t.Errorf("with the exchange of another visitor = %d", a.Status)
	}
	for _, tt := range []struct {
		change func(*ran)
		says   string
	}{
		{func(r *ran) { r.Events[0].Exchange.Known = true },
			"Your values, until its cookie expires. That is what you predicted."},
		{func(r *ran) { r.Events[0].Exchange.Status = 403 },
			"An error page that says 403. You predicted something else."},
		{func(r *ran) { r.Events[0].Holds = v.token() }, "The new ID, with its next request. You predicted"},
		{func(r *ran) { r.Events[0].Exchange.Status = 429 }, "The server did not let Browser B in."},
	} {
		v.run("/cycle-key/b", "of", cycle.ID)
		if page := v.falsify("/cycle-key", tt.change); !strings.Contains(page.text(), tt.says) {
			t.Errorf("the page does not say %q", tt.says)
		}
	}
}

// A copy of the cookie opens nothing after a flush, and still everything where the cookie is the session.
func checkCopyOfB(t *testing.T, tl *testLab, kind engine.Kind) {
	v := tl.visitor()
	page, _ := v.play("/flush/b", "flush-b", "nothing")
	wantVerdict(t, page, "Not judged yet.")
	v.run("/set", "key", "fname", "value", "Aman")
	mine := v.token()
	page, run := v.play("/flush/b", "flush-b", "nothing")
	verdict, says, want := "Correct.", "B reads nothing.", "nothing"
	if kind.InCookie {
		verdict, says, want = "Not this time.", "You are logged out, and B reads <code>Aman</code>.", "values"
	}
	wantVerdict(t, page, verdict)
	wantText(t, page, says, "The cookie, copied by hand")
	if got := page.cameTrue("flush-b"); got != want {
		t.Errorf("came true: %q, want %q", got, want)
	}
	if read := run.last("B", "/get"); read.Held != mine || v.token() != "" || tl.rows() != 0 {
		t.Errorf("B: %+v, you hold %q, %d rows", read, v.token(), tl.rows())
	}
	for name, tt := range map[string]struct {
		change func(*ran)
		want   string
	}{
		"B found it": {func(r *ran) {
			x := r.last("B", "/get").Exchange
			value := "Aman"
			x.Known, x.Returned, x.Typed = true, &value, true
		}, "values"},
		"B found it empty": {func(r *ran) {
			x := r.last("B", "/get").Exchange
			x.Known, x.Returned = true, nil
		}, "empty"},
		"B was refused": {func(r *ran) { r.last("B", "/get").Exchange.Refused = "Forbidden" }, "error"},
		"a limit":       {func(r *ran) { r.last("B", "/get").Exchange.Status = 429 }, ""},
		"B found none":  {func(r *ran) { r.last("B", "/get").Exchange.Known = false }, "nothing"},
		"no flush":      {func(r *ran) { r.last("A", "/flush").Exchange.Ended = false }, ""},
	} {
		v.run("/set", "key", "fname", "value", "Aman")
		v.play("/flush/b", "flush-b", "nothing")
		v.wantJudged("/flush", "flush-b", name, tt.change, tt.want)
	}
}

// Who keeps no cookies has no test cookie in the second view.
func checkNoJar(t *testing.T, tl *testLab, kind engine.Kind) {
	v := tl.visitor()
	page, run := v.play("/test-cookie/b", "test-cookie-none", "False")
	wantVerdict(t, page, "Correct.")
	wantText(t, page, "To Browser B it returned <code>False</code>.", "thrown away", `<b class="says">False</b>`)
	check := run.last("B", "/test-cookie/check")
	if check.Held != "" || check.Exchange.By != xray.ByB || len(run.Events) != 2 || v.token() != "" {
		t.Errorf("B: %+v, and you hold %q", run.story(), v.token())
	}
	if want := map[bool]int{false: 1}[kind.InCookie]; tl.rows() != want {
		t.Errorf("%d rows, want %d", tl.rows(), want)
	}
	for name, tt := range map[string]struct {
		change func(*ran)
		want   string
	}{
		"True":       {func(r *ran) { *r.Events[1].Exchange.Returned = "True" }, "True"},
		"a KeyError": {func(r *ran) { r.Events[1].Exchange.Refused = "KeyError: 'testcookie'" }, "KeyError"},
		"403":        {func(r *ran) { r.Events[0].Exchange.Refused = "Forbidden" }, "error"},
		"a jar":      {func(r *ran) { r.Events[0].Holds = "x" }, ""},
		"a limit":    {func(r *ran) { r.Events[1].Exchange.Status = 503 }, ""},
	} {
		v.play("/test-cookie/b", "test-cookie-none", "False")
		v.wantJudged("/test-cookie", "test-cookie-none", name, tt.change, tt.want)
	}
}

// On the engine of this server Browser B replays its own cookie: it opens what the table of engines says. The
// visitor's session stays, and so does the comparison.
func checkReplayOfB(t *testing.T, tl *testLab, kind engine.Kind) {
	v := tl.visitor()
	if a := v.post("/storage/b", "of", "x"); a.Status != http.StatusBadRequest {
		t.Errorf("without a comparison = %d", a.Status)
	}
	v.run("/set", "key", "fname", "value", "Aman")
	compared := v.recorded(v.done("/storage/compare", "card", "storage", "predict", "storage:cookie"))
	page := v.run("/storage/b", "of", compared.ID)
	wantVerdict(t, page, "Correct.")
	opened, nothing := "The old cookie still opened its session", "its old cookie opened nothing"
	says := map[bool]string{true: nothing, false: opened}[kind.Ends]
	wantText(t, page, "Browser B, on "+kind.Label, says, "POST /flush")
	run := ranBy(v.sheet().Runs[0], "storage-b")
	if set, read := run.last("B", "/set"), run.last("B", "/get"); read.Held != set.Holds ||
		v.values()["fname"] != "Aman" {
		t.Errorf("B: %v, and you have %v", run.story(), v.values())
	}
	for change, want := range map[string]string{"found": opened, "not found": nothing, "limit": "did not let"} {
		v.run("/storage/b", "of", compared.ID)
		page := v.falsify("/storage?exchange="+compared.ID, func(r *ran) {
			x := r.last("B", "/get").Exchange
			x.Known = change == "found"
			if change == "limit" {
				x.Status = http.StatusTooManyRequests
			}
		})
		wantText(t, page, want)
	}
}

// With a jar two visits are one session, and one row where there are rows.
func checkTwoVisitsOfB(t *testing.T, tl *testLab, kind engine.Kind) {
	v := tl.visitor()
	if a := v.post("/sessions/b", "of", "x"); a.Status != http.StatusBadRequest {
		t.Errorf("without a run = %d", a.Status)
	}
	v.run("/set", "key", "fname", "value", "Aman")
	visits := v.recorded(v.done("/sessions/visits", "card", "sessions", "predict", "sessions:three"))
	before := tl.rows()
	page := v.run("/sessions/b", "of", visits.ID)
	wantText(t, page, "Two visits, one session", "POST /set")
	if want := before + map[bool]int{false: 1}[kind.InCookie]; tl.rows() != want {
		t.Errorf("%d rows, want %d", tl.rows(), want)
	}
	for want, change := range map[string]func(*xray.Exchange){
		"Two visits, and 2 sessions.": func(x *xray.Exchange) { x.Known, x.Token = false, "another" },
		"did not let Browser B":       func(x *xray.Exchange) { x.Status = http.StatusTooManyRequests },
	} {
		v.run("/sessions/b", "of", visits.ID)
		page := v.falsify("/sessions?exchange="+visits.ID, func(r *ran) { change(r.Events[1].Exchange) })
		wantText(t, page, want)
	}
}
