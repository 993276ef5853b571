package handlers

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/alexedwards/scs/v2"
)

// settingsPageData is the data of settings.html.
type settingsPageData struct {
	*page
	Name, Path, Domain, SameSite, Age string
	HTTPOnly, Secure, Persist         bool
	Header                            string // the Set-Cookie header that SCS writes for these; "" when it writes none
}

// settingsPage shows every setting, and what SCS makes of the values that were tried in the form. It
// needs no session and loads none.
func (l *Lab) settingsPage(p *page) any {
	q := p.Query
	d := settingsPageData{page: p, Name: "sessionname", Path: "/", SameSite: "Lax", Age: "400", HTTPOnly: true, Persist: true}
	if q.Has("name") {
		d.Name, d.Path, d.Domain, d.SameSite, d.Age = q.Get("name"), q.Get("path"), q.Get("domain"), q.Get("samesite"), q.Get("age")
		d.HTTPOnly, d.Secure, d.Persist = q.Has("httponly"), q.Has("secure"), q.Has("persist")
	}
	d.Header = trySettings(d)
	return d
}

// trySettings has SCS itself write a cookie with the chosen settings into an answer that is thrown
// away, and returns the header. A name or age that cannot be one gives none.
func trySettings(d settingsPageData) string {
	seconds, err := strconv.Atoi(d.Age)
	if err != nil || seconds < 0 {
		return ""
	}
	sessions := scs.New()
	sessions.Cookie = scs.SessionCookie{Name: d.Name, Path: d.Path, Domain: d.Domain, HttpOnly: d.HTTPOnly, Secure: d.Secure,
		Persist: d.Persist, SameSite: map[string]http.SameSite{"Lax": http.SameSiteLaxMode, "Strict": http.SameSiteStrictMode, "None": http.SameSiteNoneMode}[d.SameSite]}
	ctx, err := sessions.Load(context.Background(), "")
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
