package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/xray"
)

// inCard runs something in a card of the page: a read where it asks, and else a form.
func (v *visitor) inCard(card, guess, path string, fields ...string) answer {
	v.t.Helper()
	fields = append(fields, "card", card)
	if guess != "" {
		fields = append(fields, "predict", card+":"+guess)
	}
	if slices.Contains(fields, "ask") {
		query := url.Values{}
		for i := 0; i < len(fields); i += 2 {
			query.Set(fields[i], fields[i+1])
		}
		return v.get(path + "?" + query.Encode())
	}
	return v.run(path, fields...)
}

// read presses Only read.
func (v *visitor) read(guess string) answer {
	v.t.Helper()
	return v.inCard("expiry-read", guess, "/expiry", "ask", "get_expiry_age")
}

// The whole of the first experiment. Each page says how far it is, and shows what was recorded.
func TestExpiryOfASessionThatIsOnlyRead(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	v := tl.visitor()
	page := v.run("/expiry", "seconds", "10", "prepare", "expiry-read", "predict", "expiry-read:again")
	end := now.Add(10 * time.Second).Format("15:04:05")
	wantText(t, page, "It ends at "+end+".", `value="expiry-read:again" checked`,
		"Run it, and what happened appears here.")

	tl.at(now.Add(3 * time.Second))
	wantText(t, v.read("again"), "Only read. The end did not move.", "Press 1 of 3 done",
		`Read it a second time. It ends in <time class="left" datetime="PT7S">0:07</time>`,
		"Saved at 0 s by set_expiry(10). Read at 3 s. The end is at 10 s, "+end)
	tl.at(now.Add(6 * time.Second))
	wantText(t, v.read("again"), "Press 2 of 3 done", "Read at 3 s and 6 s. The end is at 10 s, "+end,
		`Read it a third time, after the end. It ends in <time class="left" datetime="PT4S">0:04</time>`)
	tl.at(now.Add(8 * time.Second)) // too early: nothing has ended
	page = v.read("again")
	wantText(t, page, "Press 2 of 3 done")
	wantVerdict(t, page, "")

	v.put("sessionname", "") // as a browser does by Max-Age
	tl.at(now.Add(12 * time.Second))
	wantText(t, v.get("/expiry"), "Press 2 of 3 done", `<span data-clock="over">`, "Read it once more.")
	page = v.read("again")
	wantVerdict(t, page, "Not this time.")
	wantText(t, page, "The session has expired. The read found nothing.", "this happened",
		"Read at 3 s, 6 s and 8 s. The end is at 10 s, "+end+". Read at 12 s: nothing was found.")
	if strings.Contains(page.Body, `class="now"`) {
		t.Error("the line of a session that is over reaches to now")
	}
	wantVerdict(t, v.read("stays"), "Correct.")
}

// Who is slow is told so, keeps the answer, and begins anew.
func TestExpiryBeforeTheFirstRead(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	v := tl.visitor()
	v.run("/expiry", "seconds", "10", "prepare", "expiry-read")
	tl.at(now.Add(15 * time.Second))
	v.put("sessionname", "")
	page := v.read("stays")
	wantVerdict(t, page, "Not judged yet.")
	wantText(t, page, "The session has expired. The read found nothing.", "Yours ended at ",
		"It takes a read before the end, and one after it.",
		`<input type="hidden" name="predict" value="expiry-read:stays">`)
	v.run("/expiry", "seconds", "10", "prepare", "expiry-read", "predict", "expiry-read:stays")
	v.read("stays")
	tl.at(now.Add(40 * time.Second))
	v.put("sessionname", "")
	wantVerdict(t, v.read("stays"), "Correct.")
}

// A browser may send the cookie once more after the end: it is then told to drop it.
func TestExpiryOfACookieThatStillComes(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	v := tl.visitor()
	v.run("/expiry", "seconds", "10", "prepare", "expiry-read")
	v.read("stays")
	tl.at(now.Add(20 * time.Second))
	tl.expire(v.token())
	page := v.read("stays")
	if page.setCookie() == nil || page.setCookie().MaxAge >= 0 {
		t.Errorf("the cookie is not dropped: %v", page.setCookie())
	}
	wantVerdict(t, page, "Correct.")
	wantText(t, page, "The session has expired. The read found nothing.", `class="miss"`,
		"Saved at 0 s by set_expiry(10). Read at 0 s. The end is at 10 s")
}

// Where nothing is kept of a session, the notebook still knows its end. Nothing else is made up.
func TestExpiryOfWhichNothingIsKept(t *testing.T) {
	t.Parallel()
	tl := newCookieLab(t)
	clock := tl.clockAt(time.Now())
	v := tl.visitor()
	v.run("/expiry", "seconds", "10", "prepare", "expiry-read")
	v.read("stays")
	clock.forward(20 * time.Second)
	v.put("sessionname", "")
	page := v.read("stays")
	wantVerdict(t, page, "Correct.")
	wantText(t, page, "Time line. The end is at 0 s, ", "Read at 10 s: nothing was found.")
	if strings.Contains(page.Body, `class="save"`) || strings.Contains(page.Body, `class="life"`) {
		t.Error("the line shows what is not recorded")
	}
}

func TestExpiryPredictions(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for _, tt := range []struct {
		name   string
		before string // seconds of set_expiry; "" for no session
		card   string
		guess  string
		path   string
		fields []string
		want   string
	}{
		{"a store counts anew", "30", "expiry-store", "again", "/set", storing, "Correct."},
		{"a store does not keep the end", "30", "expiry-store", "first", "/set", storing, "Not this time."},
		{"a store of another age", "10", "expiry-store", "again", "/set", storing, "Not judged yet."},
		{"a store without a session", "", "expiry-store", "again", "/set", storing, "Not judged yet."},
		{"at browser close the row has the age", "", "expiry-close", "age", "/expiry", zero, "Correct."},
		{"nor does it follow the browser", "30", "expiry-close", "closed", "/expiry", zero, "Not this time."},
		{"another expiry", "", "expiry-close", "age", "/expiry", []string{"seconds", "100"}, "Not judged yet."},
		{"the cookie age is the setting", "30", "expiry-getter", "setting", "/expiry", asking, "Correct."},
		{"the cookie age is not the session's", "30", "expiry-getter", "own", "/expiry", asking, "Not this time."},
		{"the cookie age of another session", "400", "expiry-getter", "setting", "/expiry", asking,
			"Not judged yet."},
		{"another getter", "30", "expiry-getter", "setting", "/expiry", []string{"ask", "get_expiry_age"},
			"Not judged yet."},
		{"a read of another age", "400", "expiry-read", "stays", "/expiry", []string{"ask", "get_expiry_age"},
			"Not judged yet."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := lab.in(t).visitor()
			if tt.before != "" {
				v.run("/expiry", "seconds", tt.before, "prepare", tt.card)
			}
			wantVerdict(t, v.inCard(tt.card, tt.guess, tt.path, tt.fields...), tt.want)
		})
	}
}

var (
	storing = []string{"key", "fname", "value", "Aman"}
	zero    = []string{"seconds", "0"}
	asking  = []string{"ask", "get_session_cookie_age"}
)

// A save at any moment before the end moves it, and the line shows from where.
func TestExpirySavedWheneverBeforeItsEnd(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	for _, after := range []int{1, 8, 29} {
		tl.at(now)
		v := tl.visitor()
		v.run("/expiry", "seconds", "30", "prepare", "expiry-store")
		tl.at(now.Add(time.Duration(after) * time.Second))
		page := v.inCard("expiry-store", "again", "/set", storing...)
		wantVerdict(t, page, "Correct.")
		moved := now.Add(time.Duration(30+after) * time.Second).Format("15:04:05")
		wantText(t, page, "Saved. The end moved to "+moved+".", `class="old-end"`,
			fmt.Sprintf("The end moved from 30 s to %d s. The end is at %d s, %s.", 30+after, 30+after, moved))
	}
}

// The other ways belong to no experiment: what they did stands beside them.
func TestExpiryOfNoCard(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	if page := v.get("/expiry").Body; strings.Contains(page, "data-outcome") ||
		strings.Contains(page, `id="others" open`) {
		t.Error("something is shown of what was not done")
	}
	page := v.run("/expiry", "seconds", "7200")
	wantText(t, page, `id="others" open`, "<code>_session_expiry</code> is stored.", "sent with Max-Age=7200")
	wantVerdict(t, page, "")
}

// TestExpiryPredictionsOfAnotherServer: the answers come from the exchange, so a server that did what
// the wrong options say would be told so.
func TestExpiryPredictionsOfAnotherServer(t *testing.T) {
	t.Parallel()
	at := time.Now()
	encode := func(end time.Time, seconds int) []byte {
		b, err := xray.Codec.Encode(end, map[string]any{expiryKey: seconds})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	end := at.Add(4 * time.Second)
	ten, thirty := encode(end, 10), encode(end, 30)
	run := func(path string, x *xray.Exchange) Run {
		x.Path, x.Returned = path, new(string)
		r, _ := newRun(x, &xray.Memo{Codec: xray.Codec})
		return r
	}
	saved := func(method string, found []byte, left time.Duration) *xray.Exchange {
		return &xray.Exchange{Method: method, At: at, Known: true, Found: found, Committed: found,
			Deadline: at.Add(left), Took: time.Millisecond}
	}
	for _, tt := range []struct {
		name      string
		got, want string
	}{
		{"a read that saves",
			readMovedTheEnd(run("/expiry", saved(http.MethodGet, ten, 10*time.Second))), "again"},
		{"a read that goes back to the age",
			readMovedTheEnd(run("/expiry", saved(http.MethodGet, ten, 400*time.Second))), "default"},
		{"a read that only sends the cookie", readMovedTheEnd(run("/expiry",
			&xray.Exchange{Method: http.MethodGet, Known: true, Found: ten, SetCookie: &http.Cookie{}})), "cookie"},
		{"a store that keeps the end", storeMovedTheEnd(run("/set",
			&xray.Exchange{Method: http.MethodPost, At: at, Known: true, Found: thirty, Committed: thirty,
				Deadline: end})), "first"},
		{"a store that goes back to the age",
			storeMovedTheEnd(run("/set", saved(http.MethodPost, thirty, 400*time.Second))), "default"},
		{"no end at browser close", rowEndAtBrowserClose(run("/expiry",
			&xray.Exchange{At: at, Committed: encode(at, 0)})), "never"},
		{"an end at once", rowEndAtBrowserClose(run("/expiry",
			&xray.Exchange{At: at, Committed: encode(at, 0), Deadline: at})), "now"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}
