package handlers

import (
	"fmt"
	"html"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

// TestSettingsTable: the defaults in the table are those of SCS as it is built in, and the last column
// is this server's.
func TestSettingsTable(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	m := scs.New()
	defaults := map[string]string{
		"Cookie.Name": fmt.Sprintf("%q", m.Cookie.Name),
		"Lifetime":    strings.TrimSuffix(m.Lifetime.String(), "0m0s"),
		"Cookie.Path": fmt.Sprintf("%q", m.Cookie.Path), "Cookie.Secure": fmt.Sprint(m.Cookie.Secure),
		"Cookie.HttpOnly": fmt.Sprint(m.Cookie.HttpOnly), "Cookie.SameSite": sameSiteName(m.Cookie.SameSite),
		"Cookie.Partitioned": fmt.Sprint(m.Cookie.Partitioned), "HashTokenInStore": fmt.Sprint(m.HashTokenInStore),
		"Codec":          strings.TrimPrefix(fmt.Sprintf("%T", m.Codec), "scs."),
		"Cookie.Persist": fmt.Sprintf("%v, the opposite", m.Cookie.Persist),
		"IdleTimeout":    fmt.Sprintf("%d, the nearest", m.IdleTimeout), "Store": "memory",
		"Cookie.Domain": "empty",
	}
	here := map[string]string{"SESSION_COOKIE_NAME": "sessionname", "SESSION_COOKIE_AGE": "400",
		"SESSION_COOKIE_DOMAIN": "None",
		"SESSION_COOKIE_PATH":   "/", "SESSION_COOKIE_SECURE": "False", "SESSION_COOKIE_HTTPONLY": "True",
		"SESSION_COOKIE_SAMESITE":         "Lax",
		"SESSION_EXPIRE_AT_BROWSER_CLOSE": "False", "SESSION_SAVE_EVERY_REQUEST": "False",
		"SESSION_ENGINE":      "sqlite",
		"SESSION_CACHE_ALIAS": "", "SESSION_FILE_PATH": "", "SESSION_SERIALIZER": "GobCodec", "SECRET_KEY": ""}
	page := html.UnescapeString(tl.visitor().get("/settings").Body)
	seen := 0
	for _, row := range tl.settingRows() {
		if row.SCS != "" && row.SCSDefault != defaults[row.SCS] {
			t.Errorf("SCS's default of %s is given as %s, and is %s", row.SCS, row.SCSDefault, defaults[row.SCS])
		}
		if row.Default == "" { // not in Django
			continue
		}
		seen++
		if want, ok := here[row.Name]; !ok || row.Here != want {
			t.Errorf("%s is given as %q here, want %q", row.Name, row.Here, want)
		}
		if !strings.Contains(page, row.Name) {
			t.Errorf("the page lacks %s", row.Name)
		}
	}
	if seen != len(here) {
		t.Errorf("%d of Django's settings are listed, want %d", seen, len(here))
	}
}

// TestSettingsShowTheHeadersOfThisServer: both headers on the page are the ones that are really sent.
func TestSettingsShowTheHeadersOfThisServer(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.at(time.Now().Truncate(time.Second))
	v := tl.visitor()
	saved := v.post("/set", "key", "k", "value", "v").Header.Get("Set-Cookie")
	page := html.UnescapeString(tl.visitor().get("/settings").Body)
	if want := strings.Replace(saved, v.token(), "TOKEN", 1); !strings.Contains(page, "Set-Cookie: "+want) {
		t.Errorf("the page lacks %q", want)
	}
	if dropped := v.post("/flush").Header.Get("Set-Cookie"); !strings.Contains(page, "Set-Cookie: "+dropped) {
		t.Errorf("the page lacks %q", dropped)
	}
	if !strings.Contains(page, "__Host-") {
		t.Error("the page does not explain the missing prefix")
	}
}
