package handlers

import (
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// answer is a response that was read whole.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

var outputs = regexp.MustCompile(`<output data-result>([^<]*)</output>`)

// results are the texts of the page's result elements.
func (a answer) results() []string {
	var list []string
	for _, m := range outputs.FindAllStringSubmatch(a.Body, -1) {
		list = append(list, html.UnescapeString(m[1]))
	}
	return list
}

// setCookie returns the session cookie that the answer sets; nil when it sets none.
func (a answer) setCookie() *http.Cookie {
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		if c.Name == "sessionname" {
			return c
		}
	}
	return nil
}

// withoutTags is what is left of HTML.
func withoutTags(html string) string {
	var b strings.Builder
	for more := true; more; {
		var text string
		text, html, more = strings.Cut(html, "<")
		b.WriteString(text)
		_, html, _ = strings.Cut(html, ">")
	}
	return b.String()
}

// text is the page as a person reads it.
func (a answer) text() string {
	return html.UnescapeString(strings.Join(strings.Fields(withoutTags(a.Body)), " "))
}

const deletion = "sessionname=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; SameSite=Lax"

// wantErrorPage checks that a is a page for people which says nothing of the inside.
func (tl *testLab) wantErrorPage(what string, a answer, status int, texts ...string) {
	tl.t.Helper()
	if a.Status != status {
		tl.t.Errorf("%s: status %d, want %d\n%s", what, a.Status, status, a.Body)
		return
	}
	if kind := a.Header.Get("Content-Type"); kind != "text/html; charset=utf-8" {
		tl.t.Errorf("%s: %s, want a page", what, kind)
	}
	if a.setCookie() != nil || a.Header.Get("Location") != "" {
		tl.t.Errorf("%s: an error with Set-Cookie %q and Location %q", what, a.Header.Get("Set-Cookie"),
			a.Header.Get("Location"))
	}
	for _, text := range append(texts, "Nothing was changed") {
		if !strings.Contains(html.UnescapeString(a.Body), text) {
			tl.t.Errorf("%s: the page does not say %q", what, text)
		}
	}
	for _, inside := range []string{tl.file, "goroutine", "panic", "SQLITE", "no such table",
		"database is locked", ".go:", "constraint"} {
		if before, _, ok := strings.Cut(a.Body, `<section class="xray`); ok && strings.Contains(before, inside) {
			tl.t.Errorf("%s: the page shows %q of the inside", what, inside)
		}
	}
	if status == http.StatusServiceUnavailable && a.Header.Get("Retry-After") == "" {
		tl.t.Errorf("%s: 503 without Retry-After", what)
	}
}

// limited checks the page of a limit: it names the limit, says that nothing was changed and what to do, and
// when to come again.
func limited(t *testing.T, a answer, status int, says ...string) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("%d, want %d", a.Status, status)
	}
	for _, text := range append(says, "Nothing was changed", `<p class="calm">`) {
		if !strings.Contains(a.Body, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
	if after, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || after < 1 {
		t.Errorf("Retry-After = %q", a.Header.Get("Retry-After"))
	}
	if c := a.setCookie(); c != nil {
		t.Errorf("Set-Cookie = %v", c)
	}
}

// wantText wants the page to contain text, as HTML.
func wantText(t *testing.T, page answer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page.Body, text) {
			t.Errorf("not on the page: %s", text)
		}
	}
}

// pressAgain is what stands in the place of a verdict after the first of two presses.
const pressAgain = "now press it again"

// wantVerdict wants the page to judge the prediction with that phrase and no other; "" for none.
func wantVerdict(t *testing.T, page answer, want string) {
	t.Helper()
	for _, phrase := range []string{"Correct.", "Not this time.", "Not judged yet.", pressAgain} {
		if strings.Contains(page.Body, phrase) != (phrase == want) {
			t.Errorf("%q on the page: %v, want the verdict %q", phrase, phrase != want, want)
		}
	}
}

// sameJSON reports whether two values are the same as JSON.
func sameJSON(a, b any) bool {
	x, err := json.Marshal(a)
	if err != nil {
		return false
	}
	y, err := json.Marshal(b)
	return err == nil && string(x) == string(y)
}
