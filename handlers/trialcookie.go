package handlers

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/xray"
)

// This file is the trial cookie, which the lesson on the settings sends beside the session's. It is a real
// one, with what the form says. Nothing is stored under its value. A browser is to hold one at most: each
// trial deletes the one before.

// trialCookie is the cookie that the form asks for, or why this server sends none such.
func (l *Lab) trialCookie(form url.Values) (*http.Cookie, error) {
	age, err := l.checkTrial(form)
	return &http.Cookie{
		Name:     form.Get("name"),
		Value:    xray.TrialMark + rand.Text(),
		MaxAge:   age, // 0 leaves Max-Age out
		Path:     form.Get("path"),
		HttpOnly: form.Has("httponly"),
		Secure:   form.Has("secure"),
		SameSite: sameSites[form.Get("samesite")],
	}, err
}

// checkTrial says what is wrong with the form, and returns the age.
func (l *Lab) checkTrial(form url.Values) (age int, err error) {
	if _, known := sameSites[form.Get("samesite")]; !known {
		return 0, badInput("No such SameSite", "SameSite is `Lax`, `Strict`, `None`, or nothing at all.")
	}
	if err := l.checkTrialName(form.Get("name")); err != nil {
		return 0, err
	}
	if err := checkTrialPath(form.Get("path")); err != nil {
		return 0, err
	}
	return trialAge(form.Get("age"))
}

// trialAge reads an age in seconds; 0 for none, which is a cookie that ends with the browser.
func trialAge(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	age, err := strconv.Atoi(text)
	if most := int(limits.MaxTrialAge.Seconds()); err != nil || age < 1 || age > most {
		return 0, badInput("Wrong age", "The age is a whole number of seconds from 1 to %d, or empty. An age "+
			"of 0 deletes a cookie: for that there is a button.", most)
	}
	return age, nil
}

// checkTrialName refuses what net/http would not write, and what could be taken for a cookie of this server.
func (l *Lab) checkTrialName(name string) error {
	switch {
	case name == "":
		return badInput("No name", "The name is empty. A cookie has a name of at least one character.")
	case len(name) > limits.MaxTrialName:
		return badInput("Name too long", "The name of the trial cookie has at most %d bytes, and this one "+
			"has %d.", limits.MaxTrialName, len(name))
	case (&http.Cookie{Name: name}).Valid() != nil:
		return badInput("Not the name of a cookie", "The name of a cookie has letters, digits and signs such "+
			"as `-` `_` `.` but no space, comma, semicolon, equals sign, quote or letter outside ASCII.")
	}
	for _, own := range []string{l.settings.CookieName, l.settings.notebookName()} {
		if alikeNames(name, own) {
			return badInput("A name of this server", "This server has a cookie `%s` of its own. Take a name "+
				"that does not begin so, and is not the beginning of it.", own)
		}
	}
	return nil
}

// alikeNames reports whether one of two names of cookies begins with the other. Case and a prefix such as
// __Host- do not count: a browser tells such names apart, and a person who reads a header may not.
func alikeNames(a, b string) bool {
	a, b = bareName(a), bareName(b)
	return strings.HasPrefix(a, b) || strings.HasPrefix(b, a)
}

func bareName(name string) string {
	prefix := CookiePrefix(name, "__Host-Http-", "__Http-", "__Host-", "__Secure-")
	return strings.ToLower(name[len(prefix):])
}

func checkTrialPath(path string) error {
	switch {
	case !strings.HasPrefix(path, "/"):
		return badInput("Not a path", "The path has to begin with a slash. A browser ignores any other.")
	case len(path) > limits.MaxTrialPath:
		return badInput("Path too long", "The path of the trial cookie has at most %d bytes, and this one "+
			"has %d.", limits.MaxTrialPath, len(path))
	case (&http.Cookie{Name: "x", Path: path}).Valid() != nil:
		return badInput("Not a path",
			"A path has no semicolon, no control character and no letter outside ASCII.")
	}
	return nil
}

// trialName is the name that the form offers: one that is free on this server.
func (l *Lab) trialName() string {
	names := []string{"shopsession", "trialcookie"}
	if l.checkTrialName(names[0]) == nil {
		return names[0]
	}
	return names[1]
}

// deletedTrial makes the browser drop the trial cookie of that name and path. A browser takes a deletion as
// it takes a cookie: with what its name demands, and Secure only where it came so.
func deletedTrial(name, path string, secure bool) *http.Cookie {
	return &http.Cookie{Name: name, Path: path, MaxAge: -1, Secure: secure,
		HttpOnly: CookiePrefix(name, "__Http-", "__Host-Http-") != ""}
}

// earlierTrials are the deletions of the trial cookies that the browser may hold: the one that the form
// names in was-name, was-path and was-secure, unless next takes its place, and those that came with r from
// elsewhere, which the form does not know. Of those the path is not known either, but it is one that covers
// this lesson.
func (l *Lab) earlierTrials(r *http.Request, form url.Values, next *http.Cookie) (list []*http.Cookie) {
	name, path, secure := form.Get("was-name"), form.Get("was-path"), form.Has("was-secure")
	named := l.checkTrialName(name) == nil && checkTrialPath(path) == nil
	if named && (next == nil || name != next.Name || path != next.Path || secure != next.Secure) {
		list = append(list, deletedTrial(name, path, secure))
	}
	for _, stray := range l.trialsOf(r) {
		if named && stray == name {
			continue
		}
		for _, path := range []string{"/", settingsLesson.Path} {
			list = append(list, deletedTrial(stray, path, false), deletedTrial(stray, path, true))
		}
	}
	return list
}

// trialsOf are the names of the trial cookies that came with r, the first few.
func (l *Lab) trialsOf(r *http.Request) (names []string) {
	for _, c := range r.Cookies() {
		if strings.HasPrefix(c.Value, xray.TrialMark) && !slices.Contains(names, c.Name) &&
			len(names) < limits.MaxTrials && l.checkTrialName(c.Name) == nil {
			names = append(names, c.Name)
		}
	}
	return names
}

// sentTrial is the trial cookie that x sent; nil if it sent none. x may be nil.
func sentTrial(x *xray.Exchange) *http.Cookie {
	if x == nil || len(x.Also) == 0 || x.Also[len(x.Also)-1].MaxAge < 0 {
		return nil
	}
	return x.Also[len(x.Also)-1]
}

// trialCame reports whether r brought the trial cookie sent.
func trialCame(r *http.Request, sent *http.Cookie) bool {
	return slices.ContainsFunc(r.CookiesNamed(sent.Name),
		func(c *http.Cookie) bool { return c.Value == sent.Value })
}

// What an address that is asked for the trial cookie says of it, in the query of the page.
const (
	trialBack    = "came"
	trialNotBack = "nothing"
)

// seenUnder answers GET /settings/seen, which lies under the lesson's page, and seenOutside GET /seen,
// which does not. The browser is sent from POST /settings to both and then to the page, so that the page
// can say what these requests brought. They load no session and are not recorded.
func (l *Lab) seenUnder(w http.ResponseWriter, r *http.Request) { l.seen(w, r, "under", "/seen") }
func (l *Lab) seenOutside(w http.ResponseWriter, r *http.Request) {
	l.seen(w, r, "outside", "/settings")
}

// seen notes in the query, as what, whether r brought the trial cookie of the exchange, and sends the browser
// to the next address. Without such an exchange there is nothing to note.
func (l *Lab) seen(w http.ResponseWriter, r *http.Request, what, next string) {
	asked, q := r.URL.Query(), url.Values{}
	if id := asked.Get("exchange"); id != "" {
		q.Set("exchange", id)
		token, _ := xray.LastCookie(r, l.settings.CookieName)
		x, err := l.history.Get(r.Context(), id, token)
		if err != nil {
			l.fail(w, r, err)
			return
		}
		if sent := sentTrial(x); sent != nil {
			if under := asked.Get("under"); under == trialBack || under == trialNotBack {
				q.Set("under", under)
			}
			q.Set(what, trialNotBack)
			if trialCame(r, sent) {
				q.Set(what, trialBack)
			}
		}
	}
	http.Redirect(w, r, (&url.URL{Path: next, RawQuery: q.Encode(), Fragment: "settings"}).String(),
		http.StatusSeeOther)
}

// covers reports whether a cookie with that Path is sent to the address, as RFC 6265, 5.1.4 has it.
func covers(path, address string) bool {
	rest, under := strings.CutPrefix(address, path)
	return under && (rest == "" || strings.HasSuffix(path, "/") || rest[0] == '/')
}

// droppedBecause says why browsers drop c, which came in an answer to base; "" where none is known to. base
// is the scheme and the host.
func droppedBecause(c *http.Cookie, base string) string {
	switch {
	case c.SameSite == http.SameSiteNoneMode && !c.Secure:
		return "`SameSite=None` needs `Secure` beside it."
	case CookiePrefix(c.Name, "__Http-", "__Host-Http-") != "" && (!c.Secure || !c.HttpOnly):
		return "A name that begins with `__Http-` or `__Host-Http-` needs `Secure` and `HttpOnly`."
	case CookiePrefix(c.Name, "__Secure-") != "" && !c.Secure:
		return "A name that begins with `__Secure-` needs `Secure`."
	case CookiePrefix(c.Name, "__Host-") != "" && (!c.Secure || c.Path != "/"):
		return "A name that begins with `__Host-` needs `Secure` and `Path=/`."
	case c.Secure && strings.HasPrefix(base, "http:"):
		return fmt.Sprintf("`Secure` asks for https, and this page came from `%s`.", base)
	}
	return ""
}
