package e2e

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

func flush(t *testing.T, l *lab, v *visitor) {
	ok(t, v.run("Flush this session")) // without one nothing happens
	if answer, _ := v.posted(); header(answer.headers, "Set-Cookie") != "" {
		t.Errorf("flush without a session sent %s", header(answer.headers, "Set-Cookie"))
	}
	v.open("/set")
	v.run("Set it", "key", "secret", "value", "of the session that ends")
	first := v.saved(map[string]any{"secret": "of the session that ends"})

	v.open("/flush")
	v.says("main", "secret")
	ok(t, v.run("Flush this session"))
	answer, sent := v.posted()
	c, err := http.ParseSetCookie(header(answer.headers, "Set-Cookie"))
	if err != nil || c.Name != "sessionname" || c.Value != "" || c.Path != "/" || c.MaxAge >= 0 {
		t.Errorf("flush sent Set-Cookie: %s", header(answer.headers, "Set-Cookie"))
	}
	if sent != "sessionname="+first.token {
		t.Errorf("the browser sent %s", sent)
	}
	v.noCookie()
	l.empty()
	page := v.html()
	if strings.Contains(page, first.token) || strings.Contains(page, "of the session that ends") {
		t.Error("the page after the flush holds the dead token or its values")
	}
	v.says("#xray", "Your browser holds no sessionname.", "The row is gone")

	// Only the next write makes a session, under another token. Nothing of the old one is in it.
	v.open("/set")
	l.empty()
	v.run("Set it", "key", "fname", "value", "Aman")
	if r := v.saved(map[string]any{"fname": "Aman"}); r.token == first.token {
		t.Error("the old token came back")
	}
}

func cycleKey(t *testing.T, l *lab, v *visitor) {
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	first := v.saved(map[string]any{"fname": "Aman"})
	v.open("/cycle-key")
	ok(t, v.run("Cycle the key"))
	r := v.saved(map[string]any{"fname": "Aman"})
	if r.token == first.token {
		t.Error("the token is the same")
	}
	v.says(landed, r.token[:4])

	// The old ID opens nothing, for whoever has a copy of it.
	thief := newVisitorIn(t, l, shell())
	thief.hold(first.token)
	thief.open("/items")
	thief.says("main", "dict_items([])")
	if strings.Contains(thief.html(), r.token) {
		t.Error("the old ID leads to the new one")
	}
	thief.open("/set")
	thief.run("Set it", "key", "stolen", "value", "yes")
	if rows := l.rows(); len(rows) != 2 || rows[r.token].values["stolen"] != nil {
		t.Errorf("after the thief's write: %v", rows)
	}
}

func expiry(t *testing.T, l *lab, v *visitor) {
	v.expiryInSeconds()
	fixed := v.expiryAtMoment()

	// A save moves the end of one that has seconds.
	ok(t, v.run("set_expiry(30)"))
	v.says("[data-card=expiry-store] .needs", "It ends at")
	ok(t, v.run("Store a value", "predict", "30 seconds after set_expiry"))
	v.says(landed, "Saved. The end moved to", "Not this time.")
	r := v.saved(map[string]any{"_session_expiry": 30, "fname": "Aman"})
	ok(t, v.run("Ask for the cookie age", "predict", "The setting, the same for every visitor"))
	v.returns("400")
	v.says(landed, "Correct.")
	v.unsaved(r)

	v.expiryOfWhatIsRead(l)
	until(t, "the row is past its end", func() bool { return time.Now().After(l.rows()[fixed.token].expiry) })
	if len(l.rows()) != 1 {
		t.Error("the expired row is gone")
	}
	v.open("/items") // its panel knows what the browser held last
	v.says("#xray", "Expired. The row is still in the table, but nobody can find it.",
		"expired; your browser dropped it with its Max-Age", "It stays until clearsessions deletes it.")
	v.says("#xray .tok.gone", fixed.token[:4])
	v.hold(fixed.token) // as a browser whose clock is slow would
	v.open("/items")
	v.says("main", "dict_items([])")
	v.noSession() // a cookie that names nothing is dropped
}

// expiryOfWhatIsRead reads a session of ten seconds until it ends by itself: the cookie leaves the jar, the
// row stays and is found no more. What was predicted is kept until then.
func (v *visitor) expiryOfWhatIsRead(l *lab) {
	v.t.Helper()
	v.open("/expiry")
	ok(v.t, v.run("set_expiry(10)"))
	r := v.saved(map[string]any{"_session_expiry": 10, "fname": "Aman"})
	ok(v.t, v.run("Only read", "predict", "It moves it: ten seconds start again"))
	v.says(landed, "Only read. The end did not move.", "Read it a second time. It ends in 0:")
	ok(v.t, v.run("Only read"))
	v.says(landed, "Read it a third time, after the end. It ends in 0:")
	v.unsaved(r)
	until(v.t, "the cookie leaves the jar", func() bool { return len(v.jar()) == 0 })
	ok(v.t, v.run("Only read"))
	v.says(landed, "The session has expired. The read found nothing.", "Not this time.")
	if n := js[int](v, `document.querySelectorAll(
		"[data-card=expiry-read] .tline :is(.save, .read, .miss)").length`); n != 4 {
		v.t.Errorf("%d dots and rings on the time line, want a save, two reads and one that found nothing", n)
	}
	v.noSession()
}

// expiryInSeconds sets ages, counted from the save: a number, 0 and None.
func (v *visitor) expiryInSeconds() {
	v.t.Helper()
	maxAge := func(more, most int) {
		v.t.Helper()
		answer, _ := v.posted()
		c, err := http.ParseSetCookie(sessionCookie(answer.headers))
		if err != nil {
			v.t.Fatal(err)
		}
		if c.MaxAge <= more || c.MaxAge > most {
			v.t.Errorf("Max-Age is %d", c.MaxAge)
		}
	}
	answers := func(cookieAge, age, atClose string) {
		v.t.Helper()
		a := js[[]string](v, `[...document.querySelectorAll("main table output[data-result]")]
			.map(o => o.textContent)`)
		if len(a) != 4 || a[0] != cookieAge || a[1] != age || a[3] != atClose {
			v.t.Errorf("the methods answer %q", a)
		}
	}

	// The browser checks what is typed; so does the server.
	v.click("#others summary")
	ok(v.t, v.run("Set", "seconds", "7200"))
	r := v.saved(map[string]any{"_session_expiry": 7200})
	maxAge(400, 7200)
	answers("400", "7200", "False")
	ok(v.t, v.run("Only read")) // does not extend it
	v.says(landed, "Not judged yet.")
	v.unsaved(r)

	// At browser close: the cookie has no end, the row keeps the default.
	ok(v.t, v.run("Set to 0", "predict", "After the cookie age, as if nothing was set"))
	v.says(landed, "Correct.", "The cookie has no end of its own now. The row has.")
	zero := v.savedForBrowser(map[string]any{"_session_expiry": 0})
	if !zero.deadline.Before(r.deadline) {
		v.t.Error("the row did not go back to the default age")
	}
	answers("400", "400", "True")

	// None: back to the default.
	v.click("#others summary")
	ok(v.t, v.run("Set to None"))
	v.saved(nil)
	maxAge(60, 400)
}

// expiryAtMoment sets a fixed moment, which later saves do not move, and returns the row.
func (v *visitor) expiryAtMoment() row {
	v.t.Helper()
	v.mark(`document.querySelector("#at").form`)
	v.forget()
	at := time.Now().Add(time.Hour).Format("2006-01-02T15:04")
	js[bool](v, fmt.Sprintf(`(document.querySelector("#at").value = %q, true)`, at))
	ok(v.t, v.press(v.mark(`document.querySelector("#at").form.querySelector("button")`)))
	moment, err := time.ParseInLocation("2006-01-02T15:04", at, time.Local)
	if err != nil {
		v.t.Fatal(err)
	}
	end := moment.UTC().Format("2006-01-02T15:04:05-07:00")
	fixed := v.saved(map[string]any{"_session_expiry": end})
	if !fixed.deadline.Equal(moment) {
		v.t.Errorf("the row ends at %s, not at %s", fixed.deadline, moment)
	}
	ok(v.t, v.run("Store a value"))
	again := v.saved(map[string]any{"_session_expiry": end, "fname": "Aman"})
	if !again.deadline.Equal(moment) {
		v.t.Errorf("a write moved the fixed moment to %s", again.deadline)
	}
	return fixed
}

func clearExpired(t *testing.T, l *lab, v *visitor) {
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	own := v.saved(map[string]any{"fname": "Aman"})
	v.open("/clear-expired")
	ok(t, v.run("Put in 4 rows"))
	if n := len(l.rows()); n != 5 {
		t.Errorf("%d rows after planting", n)
	}
	v.says(landed+" .rows", "your session", "alive, 14 s left")

	// One sees them expire, and nothing removes them. Without a script the page tells how it was.
	if v.scriptless {
		until(t, "rows have expired", func() bool { return l.expired() > 1 })
		v.open("/clear-expired")
	} else {
		v.wait(`[...document.querySelectorAll(".rows tr.over td:last-child")]
			.filter(td => /^expired \d+ s ago, still here$/.test(td.textContent)).length > 1`)
	}
	v.says("main .rows", "s ago, still here", "Expired, and found by nobody:")
	if n := len(l.rows()); n != 5 {
		t.Errorf("%d rows when some have expired", n)
	}
	ok(t, v.run("Clear expired sessions", "predict", "Still there, but nobody can find it"))
	gone := 5 - len(l.rows())
	v.says(headline, fmt.Sprintf("%d rows removed. Yours was not touched.", gone))
	v.says(landed+" [data-verdict]", "Correct.")
	if n := js[int](v, `document.querySelectorAll(".rows tr.swept").length`); n != gone || gone < 2 {
		t.Errorf("%d rows are struck through, and %d are gone", n, gone)
	}
	v.untouched(own)

	until(t, "all have expired", func() bool { return l.expired() == len(l.rows())-1 })
	if said := l.clearSessions(); !strings.HasSuffix(said, "removed") {
		t.Errorf("clearsessions says %q", said)
	}
	l.holds(own.token, own.values)
}

// untouched checks that the visitor's row, among those of others, is as it was.
func (v *visitor) untouched(before row) {
	v.t.Helper()
	if after := v.lab.rows()[before.token]; !reflect.DeepEqual(after, before) {
		v.t.Errorf("the row is %v, and before it was %v", after, before)
	}
}

// expired counts the rows whose end is past.
func (l *lab) expired() (n int) {
	l.t.Helper()
	for _, r := range l.rows() {
		if r.expiry.Before(time.Now()) {
			n++
		}
	}
	return n
}
