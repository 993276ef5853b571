package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"sessionlab/handlers/python"
)

// settingRow is one setting: Django's, and what stands for it in SCS and here.
type settingRow struct {
	Name, Default   string // of Django; where it has none, a flag's name or "", and no default
	Notes           string // the notes' value; "" where they say nothing
	SCS, SCSDefault string // the field of scs.SessionManager; "" where SCS has none
	Here            string // "" where it does not apply
	Effect          string
}

// settingRows lists every session setting of Django, and what SCS has beyond them. What this server
// has is read off it as it runs.
func (l *Lab) settingRows() []settingRow {
	return slices.Concat(l.cookieRows(), l.storeRows(), l.ownRows())
}

// cookieRows are the settings about the cookie.
func (l *Lab) cookieRows() []settingRow {
	c := l.sessions.Cookie
	return []settingRow{
		{
			Name: "SESSION_COOKIE_NAME", Default: "'sessionid'", Notes: "'sessionname'",
			SCS: "Cookie.Name", SCSDefault: `"session"`, Here: c.Name,
			Effect: "The name under which the browser keeps the session ID. Change it on a running site, and " +
				"everybody is logged out.",
		},
		{
			Name: "SESSION_COOKIE_AGE", Default: "1209600, two weeks", Notes: "400",
			SCS: "Lifetime", SCSDefault: "24h", Here: seconds(l.settings.CookieAge),
			Effect: "How long a session lives. Django counts from the last save; SCS's `Lifetime` from " +
				"when the session was made. This server follows Django: each save sets a new deadline.",
		},
		{
			Name: "SESSION_COOKIE_DOMAIN", Default: "None",
			SCS: "Cookie.Domain", SCSDefault: "empty", Here: orNone(c.Domain),
			Effect: "None: only the host that set the cookie gets it back. With a domain its subdomains " +
				"get it too. The port never counts: a server on another port of the same host gets the " +
				"cookie, and can overwrite it.",
		},
		{
			Name: "SESSION_COOKIE_PATH", Default: "'/'",
			SCS: "Cookie.Path", SCSDefault: `"/"`, Here: c.Path,
			Effect: "The browser sends the cookie only for addresses under this path. It tells sites on " +
				"one host apart, but it is no protection.",
		},
		{
			Name: "SESSION_COOKIE_SECURE", Default: "False",
			SCS: "Cookie.Secure", SCSDefault: "false", Here: python.Str(c.Secure),
			Effect: "True: over TLS only. On plain http in a network the cookie is then never kept, and a " +
				"login form comes back for ever.",
		},
		{
			Name: "SESSION_COOKIE_HTTPONLY", Default: "True",
			SCS: "Cookie.HttpOnly", SCSDefault: "true", Here: python.Str(c.HttpOnly),
			Effect: "True: a script in the page cannot read the cookie. It can still send requests that " +
				"carry it.",
		},
		{
			Name: "SESSION_COOKIE_SAMESITE", Default: "'Lax'",
			SCS: "Cookie.SameSite", SCSDefault: "Lax", Here: sameSiteName(c.SameSite),
			Effect: "Lax: a POST from another site goes without the cookie, a link from there has it. " +
				"Strict: neither. None: both, and only together with Secure: " +
				"without it Firefox and Chromium drop the cookie, and WebKitGTK keeps it.",
		},
	}
}

// storeRows are Django's other settings: when a session is saved, where, and as what.
func (l *Lab) storeRows() []settingRow {
	return []settingRow{
		{
			Name: "SESSION_EXPIRE_AT_BROWSER_CLOSE", Default: "False",
			SCS: "Cookie.Persist", SCSDefault: "true, the opposite", Here: "False",
			Effect: "True: no `Max-Age`, but for a session that set_expiry has given an age. For one session " +
				"there is `set_expiry(0)`, and that is what this server follows.",
		},
		{
			Name: "SESSION_SAVE_EVERY_REQUEST", Default: "False",
			SCS: "IdleTimeout", SCSDefault: "0, the nearest", Here: "False",
			Effect: "True: every request that has a session saves it and sends the cookie, so that reading " +
				"extends it too. Django 6.1 saves nothing with a status of 500 or more; until 4.1 it did " +
				"with 503. SCS's `IdleTimeout` extends too, but never beyond the session's deadline.",
		},
		{
			Name: "SESSION_ENGINE", Default: "'django.contrib.sessions.backends.db'",
			SCS: "Store", SCSDefault: "memory", Here: l.engine.Kind().Name,
			Effect: "Where the sessions are kept. Django has db, cache, cached_db, file and signed_cookies.",
		},
		{
			Name: "SESSION_CACHE_ALIAS", Default: "'default'",
			Effect: "Which cache the cache engines use.",
		},
		{
			Name: "SESSION_FILE_PATH", Default: "None, the system's folder for temporary files",
			Effect: "Where the file engine puts its files. Each is named after the cookie and the key.",
		},
		{
			Name: "SESSION_SERIALIZER", Default: "JSONSerializer",
			SCS: "Codec", SCSDefault: "GobCodec", Here: "GobCodec",
			Effect: "How values become bytes. JSON knows text, numbers, booleans, None, lists and dicts. gob " +
				"keeps times too, and the types that the program names. Django 6.1 has no " +
				"`PickleSerializer`; until 4.2 it had one, which old blogs still advise.",
		},
		{
			Name: "SECRET_KEY", Default: "empty, must be set",
			Effect: "Django signs what it keeps in the database, in files and in signed cookies with it, " +
				"and a new key makes those sessions empty. Django 6.1 still reads those of the keys in " +
				"`SECRET_KEY_FALLBACKS`; until 4.0 it had no such setting. SCS signs nothing. This lab " +
				"signs with SESSIONLAB_KEY, and only where the session is in the cookie.",
		},
	}
}

// ownRows are what Django has nothing for.
func (l *Lab) ownRows() []settingRow {
	life := "None"
	if l.settings.SessionLife > 0 {
		life = seconds(l.settings.SessionLife)
	}
	return []settingRow{
		{
			Name: "-session-life",
			SCS:  "Lifetime", SCSDefault: "24h", Here: life,
			Effect: "This lab's own: how long a session lives at most, from its first save on, however " +
				"often it is saved. SCS's `Lifetime` by itself is such a bound. Django has none, so who " +
				"keeps saving stays in for ever. The moment of birth is kept in the session, as " +
				"`_session_birth`.",
		},
		{
			SCS: "HashTokenInStore", SCSDefault: "false", Here: python.Str(l.sessions.HashTokenInStore),
			Effect: "True: the row holds a hash of the session ID, so whoever reads the table cannot become a " +
				"visitor. Here the panel shows the session ID and its row side by side, so it is off.",
		},
		{
			SCS: "Cookie.Partitioned", SCSDefault: "false", Here: python.Str(l.sessions.Cookie.Partitioned),
			Effect: "True: inside a frame of another site the browser keeps a cookie of its own for each " +
				"of those sites. Needs Secure.",
		},
	}
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }

func orNone(s string) string {
	if s == "" {
		return "None"
	}
	return s
}

var sameSites = map[string]http.SameSite{
	"": 0, "Lax": http.SameSiteLaxMode, "Strict": http.SameSiteStrictMode, "None": http.SameSiteNoneMode,
}

func sameSiteName(s http.SameSite) string {
	for name, mode := range sameSites {
		if mode == s && name != "" {
			return name
		}
	}
	return "not set"
}
