package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/limits"
)

// settingsPageData is the data of settings.html.
type settingsPageData struct {
	*page
	Rows []settingRow
	Own  string // the Set-Cookie header that this server writes when it saves a session
	Drop string // the one that has the cookie deleted

	Tried   trial
	Header  string // what SCS writes for what was tried; "" when it can write nothing
	Problem problem
	Refused string // why a browser would not keep that cookie; "" when it would
}

// problem is what is wrong with what was typed: the field, and why. Its zero value is no problem.
type problem struct{ Field, Text string }

// trial is what the form on the page asks for, as text.
type trial struct {
	Name, Path, Domain, SameSite, Age string
	HTTPOnly, Secure, Persist         bool
}

// settingsPage shows every setting, and what SCS makes of the values that were tried in the form. It
// needs no session and loads none.
func (l *Lab) settingsPage(p *page) settingsPageData {
	end := l.now().Add(l.settings.CookieAge)
	d := settingsPageData{
		page:  p,
		Rows:  l.settingRows(),
		Own:   l.cookie("TOKEN", end, false).String(),
		Drop:  l.deletedCookie().String(),
		Tried: newTrial(p.Query),
	}
	d.Problem = d.Tried.problem()
	if d.Problem.Field == "" {
		d.Header, d.Refused = trySettings(d.Tried), d.Tried.refusal()
	}
	return d
}

// showSettings answers GET /settings: 200, or 400 for values that no cookie can have. The page is the
// same either way, with what was typed and what is wrong with it.
func (l *Lab) showSettings(w http.ResponseWriter, r *http.Request) {
	if _, err := parseFields(r.URL.RawQuery); err != nil {
		l.fail(w, r, nil, err)
		return
	}
	data := l.settingsPage(l.newPage(r, settingsLesson.Title, settingsLesson))
	status := http.StatusOK
	if data.Problem.Field != "" {
		status = http.StatusBadRequest
	}
	l.render(w, r, status, "settings", data, nil)
}

// newTrial reads the form. A field that is not there has the notes' value, or SCS's default where the
// notes have none. A box that is off sends nothing, so it counts as off only when the form was sent,
// which its name shows.
func newTrial(q url.Values) trial {
	t := trial{Name: "sessionname", Path: "/", SameSite: "Lax", Age: "400", HTTPOnly: true, Persist: true}
	for name, field := range map[string]*string{
		"name": &t.Name, "path": &t.Path, "domain": &t.Domain, "samesite": &t.SameSite, "age": &t.Age,
	} {
		if q.Has(name) {
			*field = q.Get(name)
		}
	}
	if q.Has("name") {
		t.HTTPOnly, t.Secure, t.Persist = q.Has("httponly"), q.Has("secure"), q.Has("persist")
	}
	return t
}

// problem says which of the values cannot be written into a cookie. net/http would leave such an
// attribute out without a word, or write no cookie at all.
func (t trial) problem() problem {
	writable := func(c http.Cookie) bool { return c.Valid() == nil }
	age, err := strconv.Atoi(t.Age)
	switch _, known := sameSites[t.SameSite]; {
	case t.Name == "":
		return problem{"name", "The name is empty. A cookie has a name of at least one character."}
	case !writable(http.Cookie{Name: t.Name}):
		return problem{"name", "That cannot be the name of a cookie. It has letters, digits and signs such " +
			"as - _ . but no space, comma, semicolon, equals sign, quote or letter outside ASCII."}
	case t.Path != "" && t.Path[0] != '/':
		return problem{"path", "The path has to begin with a slash. A browser ignores any other."}
	case !writable(http.Cookie{Name: "x", Path: t.Path}):
		return problem{"path", "A path has no semicolon, no control character and no letter outside ASCII."}
	case !writable(http.Cookie{Name: "x", Domain: t.Domain}):
		return problem{"domain", "The domain is no host name. It looks like example.com, without a scheme, " +
			"port or path. Leave it empty for this host alone."}
	case !known:
		return problem{"samesite", "SameSite is Lax, Strict, None, or nothing at all."}
	case err != nil || age < 1 || age > int(limits.MaxAge.Seconds()):
		return problem{"age", fmt.Sprintf("The age is a whole number of seconds, from 1 to %d, which is "+
			"one year.", int(limits.MaxAge.Seconds()))}
	}
	return problem{}
}

// refusal says why a browser drops the cookie although it is written well.
func (t trial) refusal() string {
	switch {
	case t.SameSite == "None" && !t.Secure:
		return "SameSite=None needs Secure beside it."
	case CookiePrefix(t.Name, "__Http-", "__Host-Http-") != "" && (!t.Secure || !t.HTTPOnly):
		return "A name that begins with __Http- or __Host-Http- needs Secure and HttpOnly."
	case CookiePrefix(t.Name, "__Secure-") != "" && !t.Secure:
		return "A name that begins with __Secure- needs Secure."
	case CookiePrefix(t.Name, "__Host-") != "" && (!t.Secure || t.Path != "/" || t.Domain != ""):
		return "A name that begins with __Host- needs Secure, Path=/ and no Domain."
	}
	return ""
}

// trySettings has SCS itself write a cookie with the chosen settings into an answer
// that is thrown away, and returns the header. The manager is made without scs.New,
// which would start a store that sweeps itself for ever.
func trySettings(t trial) string {
	seconds, err := strconv.Atoi(t.Age)
	if err != nil {
		return ""
	}
	sessions := &scs.SessionManager{Cookie: scs.SessionCookie{
		Name: t.Name, Path: t.Path, Domain: t.Domain, SameSite: sameSites[t.SameSite],
		HttpOnly: t.HTTPOnly, Secure: t.Secure, Persist: t.Persist,
	}}
	// Without a token it asks no store.
	ctx, err := sessions.Load(context.Background(), "")
	if err != nil {
		return ""
	}
	w := headerOnly{http.Header{}}
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	sessions.WriteSessionCookie(ctx, w, "TOKEN", end)
	return w.header.Get("Set-Cookie")
}

// headerOnly is an answer that nobody gets.
type headerOnly struct{ header http.Header }

func (w headerOnly) Header() http.Header         { return w.header }
func (w headerOnly) Write(b []byte) (int, error) { return len(b), nil }
func (w headerOnly) WriteHeader(int)             {}

var settingsLesson = &Lesson{
	Group: "Browser", Name: "settings", Short: "Settings",
	Title: "The session settings", Call: "SESSION_COOKIE_*",
	Django: `SESSION_COOKIE_AGE = 400
SESSION_COOKIE_NAME = 'sessionname'`,
	Funcs: []string{"trySettings", "cookie", "deletedCookie"},
	Curl:  []string{"'BASE/settings?name=sessionname&path=/&samesite=Lax&age=400&httponly=on&persist=on'"},
}
