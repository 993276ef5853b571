package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What a student does in each lesson, and what comes of it: on the page, in the browser's cookie jar,
// in the answer's headers and in the database.

type lesson struct {
	path string
	do   func(t *testing.T, l *lab, v *visitor)
}

var lessons = []lesson{
	{"/flow", flow}, {"/set", set}, {"/get", getLesson}, {"/modified", modified}, {"/delete", deleteLesson},
	{"/items", items}, {"/setdefault", setDefault}, {"/pop", pop}, {"/update", update}, {"/clear", clearLesson},
	{"/flush", flush}, {"/cycle-key", cycleKey}, {"/expiry", expiry}, {"/clear-expired", clearExpired},
	{"/test-cookie", testCookie}, {"/settings", settings}, {"/storage", storageLesson}, {"/templates", templates}, {"/sessions", sessions},
	{"/security", security}, {"/summary", summary},
}

func TestLessons(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	for _, lesson := range lessons {
		t.Run(lesson.path[1:], func(t *testing.T) {
			t.Parallel()
			l := startLab(t)
			v := newVisitor(t, l)
			v.open(lesson.path)
			lesson.do(t, l, v)
		})
	}
}

// TestLessonsWithoutJavaScript does the same in a browser that runs no scripts.
func TestLessonsWithoutJavaScript(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	for _, lesson := range lessons {
		t.Run(lesson.path[1:], func(t *testing.T) {
			t.Parallel()
			l := startLab(t)
			v := newVisitorIn(t, l, shell())
			v.withoutScripts()
			v.open(lesson.path)
			lesson.do(t, l, v)
			if v.got() != "" {
				t.Error("scripts were on after all: the live panel was")
			}
		})
	}
}

// TestEveryLessonIsTested compares the list above with the one in the navigation.
func TestEveryLessonIsTested(t *testing.T) {
	t.Parallel()
	tested := map[string]bool{"/": true, "/internals": true}
	for _, lesson := range lessons {
		tested[lesson.path] = true
	}
	for _, path := range startLab(t).paths() {
		if !tested[path] {
			t.Errorf("no test for the lesson %s", path)
		}
	}
}

// ok checks the status of a page.
func ok(t *testing.T, status int64) {
	t.Helper()
	if status != http.StatusOK {
		t.Errorf("status %d", status)
	}
}

// refused checks that the page is the error page of that status and name, and that nothing was changed.
func (v *visitor) refused(status, want int64, name string) {
	v.t.Helper()
	if status != want {
		v.t.Errorf("status %d, not %d", status, want)
	}
	v.says("h1", name)
	v.says("main", "Nothing was changed.")
}

func flow(t *testing.T, l *lab, v *visitor) {
	ok(t, v.run("Read x"))
	v.returns("None")
	l.empty()
	v.noCookie()

	ok(t, v.run("Store x = 1"))
	r := v.saved(map[string]any{"x": "1"})
	v.open("/flow")
	ok(t, v.run("Read x"))
	v.returns("1")
	v.unsaved(r)
	v.says("main", "The ID exists")
}

func storageLesson(t *testing.T, l *lab, v *visitor) {
	ok(t, v.run("Compare the stores", "predict", "The signed cookie"))
	v.returns("still open after flush: cookie")
	v.says("#result", "It was so.", "notes' example", "Signed cookie", "the old cookie still opens it", "43 characters", "still opens it")
	l.empty()
	v.noCookie()

	v.open("/set")
	ok(t, v.run("Set it", "key", "fname", "value", "Aman"))
	r := v.saved(map[string]any{"fname": "Aman"})
	v.open("/storage")
	ok(t, v.run("Compare the stores", "predict", "None of them"))
	v.says("#result", "It was not.", "A copy of your values", "Aman")
	v.unsaved(r)
}

// TestSignedCookies goes through the lab where the session is the cookie.
func TestSignedCookies(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t, "-store", "cookie:")
	v := newVisitorIn(t, l, shell())
	whole := func() string {
		t.Helper()
		jar := v.jar()
		if len(jar) != 1 {
			t.Fatalf("the browser holds %d cookies", len(jar))
		}
		return jar[0].Value
	}
	v.open("/set")
	ok(t, v.run("Set it", "key", "fname", "value", "Aman", "predict", "The value is added to it"))
	v.says("#result", "It was so.", "A session was made for it.")
	v.says("#xray", "No row exists", "of 4096 bytes", "HMAC-SHA256")
	first := whole()
	if shown := js[string](v, `document.querySelector("[data-whole]").textContent`); shown != first {
		t.Errorf("the panel shows %q of the cookie %q", shown, first)
	}
	colour := `getComputedStyle(document.querySelector("#xray .cookie .tok")).color + document.querySelector("#xray .cookie path").getAttribute("d")`
	looked := js[string](v, colour)

	// The thread: whole from the cookie to memory, broken from there, and no row at its end.
	line := func(tier int, part, property string) string {
		return js[string](v, fmt.Sprintf(`getComputedStyle(document.querySelectorAll("#xray .tier")[%d], %q)[%q]`, tier, part, property))
	}
	if line(0, "::after", "backgroundImage") != "none" || !strings.Contains(line(1, "::after", "backgroundImage"), "gradient") {
		t.Errorf("the thread: %s, then %s", line(0, "::after", "backgroundImage"), line(1, "::after", "backgroundImage"))
	}
	if memory, row := line(1, "::before", "backgroundColor"), line(2, "::before", "backgroundColor"); memory == row {
		t.Errorf("the row's knot is filled like that of memory: %s", row)
	}

	// The longest cookie that fits breaks nothing on a phone.
	ok(t, v.run("Set it", "key", "big", "value", strings.Repeat("x", 2000)))
	v.says("#result", "Same session, in a new cookie.")
	if js[string](v, colour) == looked {
		t.Error("the new cookie looks like the old one")
	}
	v.resize(360)
	for _, path := range []string{"/set", "/get", "/flush", "/cycle-key", "/expiry", "/storage", "/internals"} {
		v.forget()
		v.open(path)
		if wide := js[int](v, "document.documentElement.scrollWidth"); wide > 360 {
			t.Errorf("%s is %d pixels wide", path, wide)
		}
		if size := js[int](v, "performance.getEntriesByType('navigation')[0].transferSize"); size > 60_000-16_500 { // style sheet, script and icon
			t.Errorf("%s has %d bytes", path, size)
		}
	}
	v.resize(1440)

	// The browser drops its cookie, and a copy still works.
	copied := whole()
	v.open("/flush")
	ok(t, v.run("Flush this session"))
	v.says("#result", "A copy of it still opens the session.")
	v.noCookie()
	v.hold(copied)
	v.open("/get")
	ok(t, v.run("Get it", "key", "fname"))
	v.returns("Aman")
}

func set(t *testing.T, l *lab, v *visitor) {
	v.allow("status of 400")
	l.empty()
	v.noCookie()
	v.says("#xray", "No session")
	ok(t, v.run("Set it", "key", "fname", "value", "Aman", "predict", "A token is made, because there was none"))
	r := v.saved(map[string]any{"fname": "Aman"})
	v.says("#result", "fname", "It was so.")
	v.says("#xray", "fname", "Aman", "inserted", r.token[:4]+"…"+r.token[len(r.token)-4:])
	if _, sent := v.posted(); sent != "" {
		t.Errorf("the first POST came with a cookie: %s", sent)
	}

	// The second write: the same token, which the browser has sent back.
	ok(t, v.run("Set it", "key", "lname", "value", "Roy", "predict", "The value is added to it"))
	second := v.saved(map[string]any{"fname": "Aman", "lname": "Roy"})
	v.says("#result", "lname", "It was not.")
	if _, sent := v.posted(); second.token != r.token || sent != "sessionname="+r.token {
		t.Errorf("the token went from %s to %s, and the browser sent %s", r.token, second.token, sent)
	}
	if !second.deadline.After(r.deadline) {
		t.Errorf("the write did not move the expiry from %s", r.deadline)
	}

	for kind, want := range map[string]struct {
		text  string
		value any
	}{
		"int": {"31", 31}, "float": {"0.5", 0.5}, "bool": {"true", true},
		"time": {"2026-01-31T12:00:00Z", time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)},
	} {
		ok(t, v.run("Set it", "key", "typed", "value", want.text, "type", kind))
		v.saved(map[string]any{"fname": "Aman", "lname": "Roy", "typed": want.value})
		v.says("#xray", "typed", kind)
	}

	before := l.rows()[r.token]
	v.refused(v.run("Set it", "key", "_session_expiry", "value", "1", "type", "string"), http.StatusBadRequest, "Reserved key")
	v.unsaved(before)
}

func getLesson(t *testing.T, l *lab, v *visitor) {
	v.allow("status of 404")
	ok(t, v.run("Get it", "key", "fname", "default", "Guest"))
	v.returns("Guest")
	ok(t, v.run("Get it plain"))
	v.returns("None")
	l.empty()
	v.noCookie()
	v.refused(v.run("Use brackets"), http.StatusNotFound, "KeyError")

	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	r := v.saved(map[string]any{"fname": "Aman"})
	v.open("/get")
	ok(t, v.run("Get it", "key", "fname", "default", "Guest", "predict", "What it held before, and nothing more"))
	v.returns("Aman")
	v.says("#result", "It was so.")
	v.unsaved(r)
}

func modified(t *testing.T, l *lab, v *visitor) {
	ok(t, v.run("Assign the cart"))
	r := v.saved(map[string]any{"cart": map[string]int{"n": 1}})
	ok(t, v.run("Change in place"))
	v.returns("2")
	v.unsaved(r)
	v.forget()
	ok(t, v.press("main button[name=also]"))
	v.returns("2")
	v.saved(map[string]any{"cart": map[string]int{"n": 2}, "also": "stored in the same request"})
	ok(t, v.run("Change and flag"))
	v.returns("3")
	v.saved(map[string]any{"cart": map[string]int{"n": 3}, "also": "stored in the same request"})
}

func deleteLesson(t *testing.T, l *lab, v *visitor) {
	v.allow("status of 404")
	ok(t, v.run("Set lname to Roy"))
	first := v.saved(map[string]any{"lname": "Roy"})
	v.open("/delete")
	ok(t, v.run("Delete the key", "key", "lname"))
	r := v.saved(nil)
	if r.token != first.token {
		t.Error("the token has changed")
	}
	v.says("#result", "lname")
	v.refused(v.run("Delete the key", "key", "lname"), http.StatusNotFound, "KeyError: 'lname'")
	v.unsaved(r)
}

func items(t *testing.T, l *lab, v *visitor) {
	ok(t, v.run("List everything"))
	l.empty()
	v.run("Store it")
	v.open("/items")
	v.run("Set the expiry")
	v.open("/items")
	v.run("Set the test cookie")
	r := v.saved(map[string]any{"fname": "Aman", "_session_expiry": 400, "testcookie": "worked"})
	v.open("/items")
	ok(t, v.run("List everything"))
	v.says("#result", "fname", "Aman", "_session_expiry", "400", "testcookie", "worked")
	v.unsaved(r)
}

func setDefault(t *testing.T, l *lab, v *visitor) {
	ok(t, v.run("Call it with 31"))
	v.returns("31")
	r := v.saved(map[string]any{"age": 31})
	ok(t, v.run("Set if absent", "key", "age", "value", "99"))
	v.returns("31")
	v.unsaved(r)
}

func pop(t *testing.T, l *lab, v *visitor) {
	v.allow("status of 404")
	ok(t, v.run("Leave the message"))
	var message string
	for _, r := range l.rows() {
		message, _ = r.values["msg"].(string)
	}
	if message == "" {
		t.Fatal("no message was left")
	}
	v.open("/pop")
	ok(t, v.run("Pop it"))
	v.returns(message)
	r := v.saved(nil)
	ok(t, v.run("Pop it", "default", "nothing"))
	v.returns("nothing")
	v.unsaved(r)
	v.refused(v.run("Pop without a default"), http.StatusNotFound, "KeyError")
	v.unsaved(r)
}

func update(t *testing.T, l *lab, v *visitor) {
	ok(t, v.run("Update all three", "key", "fname", "value", "Aman", "key", "lname", "value", "Roy", "key", "city", "value", "Pune"))
	v.saved(map[string]any{"fname": "Aman", "lname": "Roy", "city": "Pune"})
	ok(t, v.run("Update all three", "key", "fname", "value", "1", "key", "fname", "value", "2", "key", "fname", "value", "3"))
	v.saved(map[string]any{"fname": "3", "lname": "Roy", "city": "Pune"})
}

func clearLesson(t *testing.T, l *lab, v *visitor) {
	v.open("/update")
	v.run("Update all three")
	first := v.saved(map[string]any{"fname": "Aman", "lname": "Roy", "city": "Pune"})
	v.open("/clear")
	ok(t, v.run("Clear the session"))
	r := v.saved(nil)
	if r.token != first.token {
		t.Error("the token has changed")
	}
	ok(t, v.run("Clear the session")) // saved even if it is empty
	if again := v.saved(nil); !again.deadline.After(r.deadline) {
		t.Error("clearing an empty session did not save it")
	}
}

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
	page := js[string](v, "document.documentElement.outerHTML")
	if strings.Contains(page, first.token) || strings.Contains(page, "of the session that ends") {
		t.Error("the page after the flush holds the dead token or its values")
	}
	v.says("#xray", "Your browser holds no sessionname.", "No row.")

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
	v.says("#result", r.token[:4])

	// The old token opens nothing, for whoever has a copy of it.
	thief := newVisitorIn(t, l, shell())
	thief.hold(first.token)
	thief.open("/items")
	if page := js[string](thief, "document.documentElement.outerHTML"); strings.Contains(page, "Aman") && !strings.Contains(thief.text("#result"), "nothing") || strings.Contains(page, r.token) {
		t.Error("the old token still opens the session")
	}
	thief.open("/set")
	thief.run("Set it", "key", "stolen", "value", "yes")
	if rows := l.rows(); len(rows) != 2 || rows[r.token].values["stolen"] != nil {
		t.Errorf("after the thief's write: %v", rows)
	}
}

func expiry(t *testing.T, l *lab, v *visitor) {
	v.allow("status of 400")
	maxAge := func() int {
		t.Helper()
		answer, _ := v.posted()
		c, err := http.ParseSetCookie(header(answer.headers, "Set-Cookie"))
		if err != nil {
			t.Fatal(err)
		}
		return c.MaxAge
	}
	answers := func() []string {
		return js[[]string](v, `[...document.querySelectorAll("main table output[data-result]")].map(o => o.textContent)`)
	}

	// Seconds, counted from the save. The browser checks what is typed; so does the server.
	ok(t, v.run("Set", "seconds", "7200"))
	r := v.saved(map[string]any{"_session_expiry": 7200})
	if m := maxAge(); m <= 400 || m > 7200 {
		t.Errorf("Max-Age is %d", m)
	}
	if a := answers(); len(a) != 4 || a[0] != "400" || a[1] != "7200" || a[3] != "False" {
		t.Errorf("the methods answer %q", a)
	}
	ok(t, v.run("Only read")) // does not extend it
	v.unsaved(r)

	// At browser close: the cookie has no end, the row keeps the default.
	ok(t, v.run("Set to 0"))
	zero := v.savedForBrowser(map[string]any{"_session_expiry": 0})
	if !zero.deadline.Before(r.deadline) {
		t.Error("the row did not go back to the default age")
	}
	if a := answers(); len(a) != 4 || a[1] != "400" || a[3] != "True" {
		t.Errorf("the methods answer %q", a)
	}

	// None: back to the default.
	ok(t, v.run("Set to None"))
	v.saved(nil)
	if m := maxAge(); m <= 60 || m > 400 {
		t.Errorf("Max-Age is %d", m)
	}

	// A fixed moment: later saves do not move it.
	v.mark(`document.querySelector("#at").form`)
	v.forget()
	at := time.Now().Add(time.Hour).Format("2006-01-02T15:04")
	js[bool](v, fmt.Sprintf(`(document.querySelector("#at").value = %q, true)`, at))
	ok(t, v.press(v.mark(`document.querySelector("#at").form.querySelector("button")`)))
	moment, err := time.ParseInLocation("2006-01-02T15:04", at, time.Local)
	if err != nil {
		t.Fatal(err)
	}
	fixed := v.saved(map[string]any{"_session_expiry": moment.UTC().Format(time.RFC3339)})
	if !fixed.deadline.Equal(moment) {
		t.Errorf("the row ends at %s, not at %s", fixed.deadline, moment)
	}
	ok(t, v.run("Store a value"))
	if again := v.saved(map[string]any{"_session_expiry": moment.UTC().Format(time.RFC3339), "fname": "Aman"}); !again.deadline.Equal(moment) {
		t.Errorf("a write moved the fixed moment to %s", again.deadline)
	}

	// A short one ends by itself: the cookie leaves the jar, the row stays and is found no more.
	v.open("/expiry")
	ok(t, v.run("3 s"))
	until(t, "the cookie leaves the jar", func() bool { return len(v.jar()) == 0 })
	v.open("/items")
	v.says("#result", "nothing")
	until(t, "the row is past its end", func() bool { return time.Now().After(l.rows()[fixed.token].expiry) })
	if len(l.rows()) != 1 {
		t.Error("the expired row is gone")
	}
	v.hold(fixed.token) // as a browser whose clock is slow would
	v.open("/items")
	v.says("#result", "nothing")
	v.noCookie() // a cookie that names nothing is dropped
}

func clearExpired(t *testing.T, l *lab, v *visitor) {
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	own := v.saved(map[string]any{"fname": "Aman"})
	v.open("/clear-expired")
	ok(t, v.run("Plant three rows"))
	if n := len(l.rows()); n != 4 {
		t.Errorf("%d rows after planting", n)
	}
	v.says("main", "expired, still here")
	ok(t, v.run("Clear expired sessions"))
	v.returns("3")
	v.unsaved(own)

	v.run("Plant three rows")
	if said := l.clearSessions(); said != "3 expired sessions removed" {
		t.Errorf("clearsessions says %q", said)
	}
	l.holds(own.token, own.values)
}

func testCookie(t *testing.T, l *lab, v *visitor) {
	v.allow("status of 404")
	ok(t, v.run("Check it"))
	v.returns("False")
	l.empty()
	v.noCookie()
	ok(t, v.run("Set the test cookie"))
	v.saved(map[string]any{"testcookie": "worked"})
	ok(t, v.run("Check it"))
	v.returns("True")
	ok(t, v.run("Delete the test cookie"))
	r := v.saved(nil)
	ok(t, v.run("Check it"))
	v.returns("False")
	v.unsaved(r)
	v.refused(v.run("Delete the test cookie"), http.StatusNotFound, "KeyError: 'testcookie'")
	v.unsaved(r)
	v.open("/test-cookie")
	ok(t, v.run("Set and check at once"))
	v.returns("True")
	v.saved(map[string]any{"testcookie": "worked"})
}

func settings(t *testing.T, l *lab, v *visitor) {
	v.allow("status of 400")
	v.says("main", "SESSION_COOKIE_NAME", "SESSION_COOKIE_AGE", "sessionname", "400")
	ok(t, v.run("Show the header", "name", "sid", "age", "60", "path", "/shop", "samesite", "Strict"))
	if c, err := http.ParseSetCookie(v.returned()); err != nil || c.Name != "sid" || c.Path != "/shop" || c.MaxAge != 60 || !c.HttpOnly || c.Secure || c.SameSite != http.SameSiteStrictMode {
		t.Errorf("the header would be %q", v.returned())
	}
	if status := v.run("Show the header", "name", "not a name"); status != http.StatusBadRequest {
		t.Errorf("status %d for a name that no cookie can have", status)
	}
	l.empty()
	v.noCookie()
}

func templates(t *testing.T, l *lab, v *visitor) {
	v.run("Store the name")
	v.open("/templates")
	v.run("Store the HTML")
	r := v.saved(map[string]any{"fname": "Aman", "note": "<b>Aman</b>"})
	v.open("/templates")
	ok(t, v.run("Run the Go loop"))
	v.unsaved(r)
	v.says("main", "Aman")
	if n := js[int](v, `[...document.querySelectorAll("main b, #xray b")].filter(b => b.textContent === "Aman").length`); n != 0 {
		t.Error("a value became HTML")
	}
}

func sessions(t *testing.T, l *lab, v *visitor) {
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	own := v.saved(map[string]any{"fname": "Aman"})
	other := l.client(t)
	other.post("/set", "key", "diary", "value", "of somebody else")
	v.open("/sessions")
	ok(t, v.run("Count the rows"))
	v.returns("2")
	v.says("main", "this is you", "somebody else")
	page := js[string](v, "document.documentElement.outerHTML")
	for _, secret := range []string{other.token(), other.token()[:12], "diary", "of somebody else"} {
		if strings.Contains(page, secret) {
			t.Errorf("the page shows %q of another visitor", secret)
		}
	}
	if !strings.Contains(page, own.token[:4]) {
		t.Error("the page does not show the visitor's own token")
	}
}

func security(t *testing.T, l *lab, v *visitor) {
	ok(t, v.run("Work it out", "rate", "1000", "live", "1000000"))
	v.returns("2.0 × 10^33 years") // 36^32 ids, half of them tried before a million hits one, a thousand a second
	l.empty()
	v.noCookie()
}

func summary(t *testing.T, l *lab, v *visitor) {
	v.says("main", "flush()", "SESSION_COOKIE_AGE", "clearsessions")
	l.empty()
	v.noCookie()
	// The questions answer themselves, without a script.
	if js[bool](v, `document.querySelector("main").innerText.includes("A session is made when something is stored.")`) {
		t.Error("the sheet gives the answer away")
	}
	v.click(v.mark(`[...document.querySelectorAll("main label")].find(l => l.textContent.trim() === "None")`))
	v.wait(`document.querySelector("main").innerText.includes("A session is made when something is stored.")`)
}
