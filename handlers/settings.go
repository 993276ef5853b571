package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/python"
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

// settingRow is one setting: Django's, and what stands for it in SCS and here.
type settingRow struct {
	Name, Default   string // of Django; where it has none, a flag's name or "", and no default
	Notes           string // the notes' value; "" where they say nothing
	SCS, SCSDefault string // the field of scs.SessionManager; "" where SCS has none
	Here            string // "" where it does not apply
	Effect          string
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
func (l *Lab) settingsPage(p *page) any {
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
	lesson := lessonNamed("settings")
	view := l.settingsPage(l.newPage(r, lesson.Title, lesson))
	status := http.StatusOK
	if view.(settingsPageData).Problem.Field != "" {
		status = http.StatusBadRequest
	}
	l.render(w, r, status, "settings", view, nil)
}

// newTrial reads the form. A field that is not there has the notes' value, or SCS's default where the
// notes have none. A box that is off sends nothing, so it counts as off only when the form was sent,
// which its name shows.
func newTrial(q url.Values) trial {
	t := trial{Name: "sessionname", Path: "/", SameSite: "Lax", Age: "400", HTTPOnly: true, Persist: true}
	for name, field := range map[string]*string{"name": &t.Name, "path": &t.Path, "domain": &t.Domain, "samesite": &t.SameSite, "age": &t.Age} {
		if q.Has(name) {
			*field = q.Get(name)
		}
	}
	if q.Has("name") {
		t.HTTPOnly, t.Secure, t.Persist = q.Has("httponly"), q.Has("secure"), q.Has("persist")
	}
	return t
}

var sameSites = map[string]http.SameSite{"": 0, "Lax": http.SameSiteLaxMode, "Strict": http.SameSiteStrictMode, "None": http.SameSiteNoneMode}

// problem says which of the values cannot be written into a cookie. net/http would leave such an
// attribute out without a word, or write no cookie at all.
func (t trial) problem() problem {
	writable := func(c http.Cookie) bool { return c.Valid() == nil }
	age, err := strconv.Atoi(t.Age)
	switch _, known := sameSites[t.SameSite]; {
	case t.Name == "":
		return problem{"name", "The name is empty. A cookie has a name of at least one character."}
	case !writable(http.Cookie{Name: t.Name}):
		return problem{"name", "That cannot be the name of a cookie. It has letters, digits and signs such as - _ . but no space, comma, semicolon, equals sign, quote or letter outside ASCII."}
	case t.Path != "" && t.Path[0] != '/':
		return problem{"path", "The path has to begin with a slash. A browser ignores any other."}
	case !writable(http.Cookie{Name: "x", Path: t.Path}):
		return problem{"path", "A path has no semicolon, no control character and no letter outside ASCII."}
	case !writable(http.Cookie{Name: "x", Domain: t.Domain}):
		return problem{"domain", "The domain is no host name. It looks like example.com, without a scheme, port or path. Leave it empty for this host alone."}
	case !known:
		return problem{"samesite", "SameSite is Lax, Strict, None, or nothing at all."}
	case err != nil || age < 1 || age > int(maxAge.Seconds()):
		return problem{"age", fmt.Sprintf("The age is a whole number of seconds, from 1 to %d, which is one year.", int(maxAge.Seconds()))}
	}
	return problem{}
}

// refusal says why a browser drops the cookie although it is written well.
func (t trial) refusal() string {
	switch {
	case t.SameSite == "None" && !t.Secure:
		return "SameSite=None needs Secure beside it."
	case (hasPrefixFold(t.Name, "__Http-") || hasPrefixFold(t.Name, "__Host-Http-")) && (!t.Secure || !t.HTTPOnly):
		return "A name that begins with __Http- or __Host-Http- needs Secure and HttpOnly."
	case hasPrefixFold(t.Name, "__Secure-") && !t.Secure:
		return "A name that begins with __Secure- needs Secure."
	case hasPrefixFold(t.Name, "__Host-") && (!t.Secure || t.Path != "/" || t.Domain != ""):
		return "A name that begins with __Host- needs Secure, Path=/ and no Domain."
	}
	return ""
}

// hasPrefixFold compares as browsers do, without regard to case.
func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// trySettings has SCS itself write a cookie with the chosen settings into an answer that is thrown
// away, and returns the header. The manager is made without scs.New, which would start a store that
// sweeps itself for ever.
func trySettings(t trial) string {
	seconds, err := strconv.Atoi(t.Age)
	if err != nil {
		return ""
	}
	sessions := &scs.SessionManager{Cookie: scs.SessionCookie{
		Name: t.Name, Path: t.Path, Domain: t.Domain, SameSite: sameSites[t.SameSite],
		HttpOnly: t.HTTPOnly, Secure: t.Secure, Persist: t.Persist,
	}}
	ctx, err := sessions.Load(context.Background(), "") // without a token it asks no store
	if err != nil {
		return ""
	}
	w := headerOnly{http.Header{}}
	sessions.WriteSessionCookie(ctx, w, "TOKEN", time.Now().Add(time.Duration(seconds)*time.Second))
	return w.header.Get("Set-Cookie")
}

// headerOnly is an answer that nobody gets.
type headerOnly struct{ header http.Header }

func (w headerOnly) Header() http.Header         { return w.header }
func (w headerOnly) Write(b []byte) (int, error) { return len(b), nil }
func (w headerOnly) WriteHeader(int)             {}

// settingRows lists every session setting of Django 3.2, and what SCS has beyond them. What this server
// has is read off it as it runs.
func (l *Lab) settingRows() []settingRow {
	c := l.sessions.Cookie
	lifeHere := "None"
	if l.settings.SessionLife > 0 {
		lifeHere = seconds(l.settings.SessionLife)
	}
	return []settingRow{
		{"SESSION_COOKIE_NAME", "'sessionid'", "'sessionname'", "Cookie.Name", `"session"`, c.Name,
			"The name under which the browser keeps the token. Change it on a running site, and everybody is logged out."},
		{"SESSION_COOKIE_AGE", "1209600, two weeks", "400", "Lifetime", "24h", seconds(l.settings.CookieAge),
			"How long a session lives. Django counts from the last save; SCS's `Lifetime` from when the session was made. This server follows Django: each save sets a new deadline."},
		{"SESSION_COOKIE_DOMAIN", "None", "", "Cookie.Domain", "empty", orNone(c.Domain),
			"None: only the host that set the cookie gets it back. With a domain its subdomains get it too. The port never counts: a server on another port of the same host gets the cookie, and can overwrite it."},
		{"SESSION_COOKIE_PATH", "'/'", "", "Cookie.Path", `"/"`, c.Path,
			"The browser sends the cookie only for addresses under this path. It tells sites on one host apart, but it is no protection."},
		{"SESSION_COOKIE_SECURE", "False", "", "Cookie.Secure", "false", python.Str(c.Secure),
			"True: over TLS only. On plain http in a network the cookie is then never kept, and a login form comes back for ever."},
		{"SESSION_COOKIE_HTTPONLY", "True", "", "Cookie.HttpOnly", "true", python.Str(c.HttpOnly),
			"True: a script in the page cannot read the cookie. It can still send requests that carry it."},
		{"SESSION_COOKIE_SAMESITE", "'Lax'", "", "Cookie.SameSite", "Lax", sameSiteName(c.SameSite),
			"Lax: a POST from another site goes without the cookie, a link from there has it. Strict: neither. None: both, and only together with Secure."},
		{"SESSION_EXPIRE_AT_BROWSER_CLOSE", "False", "", "Cookie.Persist", "true, the opposite", "False",
			"True: no `Max-Age`, for everybody. For one session there is `set_expiry(0)`, and that is what this server follows."},
		{"SESSION_SAVE_EVERY_REQUEST", "False", "", "IdleTimeout", "0, the nearest", "False",
			"True: every request saves and sends the cookie, so that reading extends the session too. SCS's `IdleTimeout` does so for a session that was found, and never beyond its deadline."},
		{"SESSION_ENGINE", "'django.contrib.sessions.backends.db'", "", "Store", "memory", l.engine.Kind().Name,
			"Where the sessions are kept. Django has db, cache, cached_db, file and signed_cookies."},
		{"SESSION_CACHE_ALIAS", "'default'", "", "", "", "",
			"Which cache the cache engines use."},
		{"SESSION_FILE_PATH", "None, the system's folder for temporary files", "", "", "", "",
			"Where the file engine puts its files. Each is named after the cookie and the key."},
		{"SESSION_SERIALIZER", "JSONSerializer", "", "Codec", "GobCodec", "GobCodec",
			"How values become bytes. JSON knows text, numbers, booleans, lists and dicts. gob keeps times too, and the types that the program names."},
		{"SECRET_KEY", "empty, must be set", "", "", "", "",
			"Django signs what it keeps in the database, in files and in signed cookies with it, and a new key makes those sessions empty. SCS signs nothing. This lab signs with SESSIONLAB_KEY, and only where the session is in the cookie."},
		{"-session-life", "", "", "Lifetime", "24h", lifeHere,
			"This lab's own: how long a session lives at most, from its first save on, however often it is saved. SCS's `Lifetime` by itself is such a bound. Django has none, so who keeps saving stays in for ever. The moment of birth is kept in the session, as `_session_birth`."},
		{"", "", "", "HashTokenInStore", "false", python.Str(l.sessions.HashTokenInStore),
			"True: the row holds a hash of the token, so whoever reads the table cannot become a visitor. Here the panel shows the token and its row side by side, so it is off."},
		{"", "", "", "Cookie.Partitioned", "false", python.Str(c.Partitioned),
			"True: inside a frame of another site the browser keeps a cookie of its own for each of those sites. Needs Secure."},
	}
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }

func orNone(s string) string {
	if s == "" {
		return "None"
	}
	return s
}

func sameSiteName(s http.SameSite) string {
	for name, mode := range sameSites {
		if mode == s && name != "" {
			return name
		}
	}
	return "not set"
}

var settingsLesson = &Lesson{
	Group: "Browser", Name: "settings", Short: "Settings",
	Title: "The session settings", Call: "SESSION_COOKIE_*",
	Django: `SESSION_COOKIE_AGE = 400
SESSION_COOKIE_NAME = 'sessionname'`,
	Funcs: []string{"trySettings", "cookie", "deletedCookie"},
	Curl:  []string{"'BASE/settings?name=sessionname&path=/&samesite=Lax&age=400&httponly=on&persist=on'"},
}
