package e2e

import (
	"net/http"
	"strings"
	"testing"
)

func testCookie(t *testing.T, l *lab, v *visitor) {
	v.allow("status of 404")
	ok(t, v.run("Check it"))
	v.returns("False")
	l.empty()
	v.noCookie()
	ok(t, v.run("Set the test cookie", "predict", "A key in the session, named testcookie"))
	v.says(landed, "Correct.")
	v.saved(map[string]any{"testcookie": "worked"})
	ok(t, v.run("Check it", "predict", "True, and the key stays"))
	v.returns("True")
	v.says(landed, "Correct.")
	ok(t, v.run("Delete the test cookie", "predict", "It raises KeyError"))
	r := v.saved(nil)
	ok(t, v.run("Check it"))
	v.returns("False")
	v.unsaved(r)
	v.refused(v.run("Delete it once more"), http.StatusNotFound, "KeyError: 'testcookie'")
	v.unsaved(r)
	v.open("/test-cookie")
	ok(t, v.run("Set and check at once"))
	v.returns("True")
	v.saved(map[string]any{"testcookie": "worked"})
}

func settings(t *testing.T, l *lab, v *visitor) {
	v.allow("status of 400")
	v.says("main", "SESSION_COOKIE_NAME", "SESSION_COOKIE_AGE")
	ok(t, v.run("Send the cookie", "predict", "Only requests under /settings"))
	v.says("[data-card=settings]", "Correct.", "It came back to /settings and /settings/seen.",
		"Set-Cookie: shopsession=trial-", "; Path=/settings; Max-Age=60; HttpOnly; SameSite=Lax",
		"GET /seen nothing: it is not under /settings")
	ok(t, v.run("Send the cookie", "name", "open", "age", "", "path", "/", "samesite", "Strict"))
	v.says("[data-card=settings]", "It came back to /settings and /settings/seen and /seen.",
		"It has no Max-Age, so it ends when the browser closes.")
	ok(t, v.run("Send the cookie", "name", "__Host-shop"))
	v.says("[data-card=settings]", "Nothing came back: your browser dropped it.", "needs Secure and Path=/.")
	ok(t, v.run("Send the cookie", "name", "last", "path", "/settings/"))
	v.says("[data-card=settings]", "It came back to /settings/seen.",
		"GET /settings nothing: it is not under /settings/")
	ok(t, v.run("Delete the trial cookie"))
	v.says("[data-card=settings]", "No trial cookie came with this request.",
		"Set-Cookie: last=; Path=/settings/; Max-Age=0")
	if status := v.run("Send the cookie", "name", "not a name"); status != http.StatusBadRequest {
		t.Errorf("status %d for a name that no cookie can have", status)
	}
	l.empty()
	v.noCookie()
}

func storageLesson(t *testing.T, l *lab, v *visitor) {
	ok(t, v.run("Compare the stores", "predict", "The signed cookie"))
	v.says(headline, "Only the signed cookie still works after flush.")
	v.says(landed+" [data-verdict]", "Correct.")
	v.says(landed+" .result", "notes' example", "Signed cookie", "still works", "an ID, 43 bytes")
	l.empty()
	v.noCookie()

	v.open("/set")
	ok(t, v.run("Set it", "key", "fname", "value", "Aman"))
	r := v.saved(map[string]any{"fname": "Aman"})
	v.open("/storage")
	ok(t, v.run("Compare the stores", "predict", "None of them"))
	v.says(landed+" [data-verdict]", "Not this time.")
	v.click(landed + ` [data-fold="stores"] summary`)
	v.says(landed+" .result", "A copy of your values", "Aman")
	v.unsaved(r)
}

func templates(t *testing.T, l *lab, v *visitor) {
	v.allow("status of 422")
	v.run("Set fname to Aman")
	v.open("/templates")
	v.run("Set note to <b>Aman</b>")
	v.open("/templates")
	v.run("Set items to 3 books")
	r := v.saved(map[string]any{"fname": "Aman", "note": "<b>Aman</b>", "items": "3 books"})
	status := v.run("Render the loop", "predict", "Nothing: it fails with ValueError")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("status %d of a loop that fails", status)
	}
	v.unsaved(r)
	v.says("main", "ValueError: Need 2 values to unpack in for loop; got 1.", "Nothing was changed.", "Correct.",
		"Aman", "Guest", "TemplateSyntaxError", "KeyError: 0")
	v.run("Delete items")
	r = v.saved(map[string]any{"fname": "Aman", "note": "<b>Aman</b>"})
	ok(t, v.run("Render the loop"))
	v.says("main", "fname : Aman")
	v.unsaved(r)
	if js[bool](v, `[...document.querySelectorAll("main b b, #xray b b")].some(b => b.textContent === "Aman")`) {
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
	v.says("main .rows", "this is you", "somebody else", "2 rows. One of them is yours.")
	ok(t, v.run("Come three times", "predict", "Three: one for each visit"))
	v.says(headline, "3 rows added. None of them is yours.")
	v.says(landed+" [data-verdict]", "Correct.")
	v.says(landed+" .rows", "this is you", "new: it came without a cookie", "rows 2 → 5")
	if n := len(l.rows()); n != 5 {
		t.Errorf("%d rows", n)
	}
	v.untouched(own)
	page := v.html()
	for _, secret := range []string{other.token(), other.token()[:12], "diary", "of somebody else"} {
		if strings.Contains(page, secret) {
			t.Errorf("the page shows %q of another visitor", secret)
		}
	}
	if !strings.Contains(page, own.token[:4]) {
		t.Error("the page does not show the visitor's own token")
	}
}
