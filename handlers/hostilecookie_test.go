package handlers

import (
	"encoding/hex"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var issued = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// hostileCookies are values that name no live session. victim is the token of one, dead of one that has
// ended.
func hostileCookies(victim, dead string) map[string]string {
	return map[string]string{
		"nothing": "", "one letter": "x", "made up": strings.Repeat("A", 43), "30 kB": strings.Repeat("B", 30_000),
		"Django's": "abcdefghijklmnopqrstuvwxyz012345", "an ellipsis, as in a masked token": "abcd…wxyz",
		"ended": dead, "longer": victim + "A", "shorter": victim[:42], "other case": strings.ToUpper(victim),
		"with a NUL": victim + "\x00", "with a space": victim + " x", "padded": victim + "=",
		"encoded": "%" + hex.EncodeToString([]byte(victim[:1])) + victim[1:],

		"SQL": "' OR '1'='1", "SQL, quoted": "x'; DROP TABLE sessions; --", "a wildcard": "%",
		"a path": "../../../etc/passwd",
		"markup": "<zq>\"zq'zq", "a script": "<script>alert(1)</script>", "JSON": `{"a":1}`,
		"escapes": "%00%0d%0aSet-Cookie:%20a=b", "a line break": "a\r\nSet-Cookie: x=y", "a NUL": "a\x00b",

		"double quotes": `"quoted"`, "quotes within": `"a"b"`, "a lone quote": `"`, "a comma": "a,b",
		"a backslash": `a\b`,
		"spaces":      "  a b  ", "semicolons": ";;;=;;=", "equals signs": "a=b=c==",
		"bytes that are no UTF-8": "\xff\xfe\x80", "other letters": "Schlüssel🔑",
	}
}

// TestHostileCookies: whatever comes as a cookie, no page fails because of it, nothing of it is repeated as
// it is, and a first write gets a token that the server drew. Nothing is ever stored under another.
func TestHostileCookies(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	h := tl.Handler()
	victim, dead := began(t, h, "pin", "S3CRET"), began(t, h, "k", "v")
	serve(h, http.MethodPost, "/flush", "", "sessionname="+dead)
	rows := tl.rows()
	for name, value := range hostileCookies(victim, dead) {
		ask := func(method, path string) answer {
			if !strings.ContainsAny(value, "\x00\r\n") {
				return tl.send(method, path, "Cookie", "sessionname="+value)
			}
			w := serve(h, method, path, "key=k&value=v", "sessionname="+value) // no client would send it
			return answer{w.Code, w.Header(), w.Body.String()}
		}
		for _, path := range []string{"/items", "/internals", "/internals.json", "/sessions", "/healthz", "/set"} {
			checkForeignRead(t, name+": GET "+path, ask(http.MethodGet, path))
		}
		checkForeignRead(t, name+": HEAD /set", ask(http.MethodHead, "/set"))
		if n := tl.rows(); n != rows {
			t.Errorf("%s: reading made %d rows", name, n-rows)
		}
		a := ask(http.MethodPost, "/set")
		c := a.setCookie()
		if a.Status != http.StatusSeeOther || c == nil || !issued.MatchString(c.Value) ||
			slices.Contains([]string{value, dead, victim}, c.Value) {
			t.Errorf("%s: POST /set = %d, cookie %v; want a new id from the server", name, a.Status, c)
			continue
		}
		rows++
		if n := tl.rows(); n != rows {
			t.Errorf("%s: %d rows, want %d", name, n, rows)
		}
	}
	for _, row := range tl.raw() {
		if !issued.MatchString(row.token) || row.token == strings.Repeat("A", 43) {
			t.Errorf("a row lies under %q", row.token)
		}
	}
}

// checkForeignRead checks what a reading answers to a cookie that names no session: its deletion at most.
func checkForeignRead(t *testing.T, what string, a answer) {
	t.Helper()
	if a.Status != http.StatusOK || strings.Contains(a.Body, "S3CRET") ||
		strings.Contains(a.Body, "<script>alert") {
		t.Errorf("%s = %d, or it shows what it must not", what, a.Status)
	}
	if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		wantEscaped(t, what, a.Body)
	}
	// A value that is no cookie at all reads as none; there is nothing to delete then.
	if c := a.setCookie(); c != nil && (c.MaxAge != -1 || c.Value != "") {
		t.Errorf("%s sets %v", what, c)
	}
}

// A session is opened by its cookie alone: not by an id in the address or in a form.
func TestTokenCountsInTheCookieAlone(t *testing.T) {
	t.Parallel()
	h := newLab(t).Handler()
	victim := began(t, h, "pin", "S3CRET")
	for _, way := range []string{"/items?sessionname=", "/items?session_key="} {
		if w := serve(h, http.MethodGet, way+victim, "", ""); strings.Contains(w.Body.String(), "S3CRET") {
			t.Errorf("%s: an id in the address opens the session", way)
		}
	}
	w := serve(h, http.MethodPost, "/set", "key=k&value=v&sessionname="+victim, "")
	if c := (answer{0, w.Header(), ""}).setCookie(); c == nil || c.Value == victim {
		t.Error("an id in the form opens the session")
	}
}
