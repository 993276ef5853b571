package handlers

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

// TestSettingsLoadNoSession: the page asks the store nothing, leaves a cookie alone that names no
// session, and is there when the store is not.
func TestSettingsLoadNoSession(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.setToken(strings.Repeat("x", 43))
	if a := v.get("/settings"); a.Status != http.StatusOK || a.setCookie() != nil ||
		strings.Contains(a.Body, "data-panel") {
		t.Errorf("with an unknown cookie = %d, Set-Cookie %v", a.Status, a.setCookie())
	}
	if err := tl.engine.Engine.Close(); err != nil {
		t.Fatal(err)
	}
	if a := v.get("/settings?name=x&age=1&path=/&samesite=Lax"); a.Status != http.StatusOK {
		t.Errorf("without a store = %d, want 200", a.Status)
	}
}

func TestSettingsShowTheHeaderThatSCSWrites(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, tt := range []struct{ query, want string }{
		{"", "sessionname=TOKEN; Path=/; Expires=*; Max-Age=400; HttpOnly; SameSite=Lax"},
		{"name=sessionid&path=/shop&domain=example.com&samesite=Strict&age=60&httponly=on&secure=on&persist=on",
			"sessionid=TOKEN; Path=/shop; Domain=example.com; Expires=*; Max-Age=60; " +
				"HttpOnly; Secure; SameSite=Strict"},
		{"name=a&path=&domain=&samesite=&age=1", "a=TOKEN"},
		{"name=a&path=/&samesite=None&secure=on&age=31536000&persist=on",
			"a=TOKEN; Path=/; Expires=*; Max-Age=31536000; Secure; SameSite=None"},
		{"age=10", "sessionname=TOKEN; Path=/; Expires=*; Max-Age=10; HttpOnly; SameSite=Lax"},
	} {
		a := tl.visitor().get("/settings?" + tt.query)
		got := a.results()
		if a.Status != http.StatusOK || len(got) != 1 {
			t.Errorf("%q = %d, results %v", tt.query, a.Status, got)
			continue
		}
		var parts []string
		for part := range strings.SplitSeq(got[0], "; ") {
			if strings.HasPrefix(part, "Expires=") {
				part = "Expires=*" // it is counted from the real time
			}
			parts = append(parts, part)
		}
		if shown := strings.Join(parts, "; "); shown != tt.want {
			t.Errorf("%q shows %q, want %q", tt.query, shown, tt.want)
		}
		if a.setCookie() != nil {
			t.Errorf("%q really sent a cookie", tt.query)
		}
	}
}

func TestSettingsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, tt := range []struct{ field, value string }{
		{"name", ""}, {"name", "two words"}, {"name", "a=b"}, {"name", "a;b"}, {"name", "Schlüssel"},
		{"name", "\x00"}, {"name", "\xff"}, {"name", "a\r\nSet-Cookie: b=c"},
		{"age", ""}, {"age", "0"}, {"age", "-1"}, {"age", "1.5"}, {"age", "soon"}, {"age", "31536001"},
		{"age", "9223372036854775807"},
		{"path", "shop"}, {"path", "/a;b"}, {"path", "/\r\n"}, {"path", "/ü"},
		{"domain", "http://example.com"}, {"domain", "example.com:80"}, {"domain", "-"}, {"domain", "a b"},
		{"samesite", "lax"}, {"samesite", "Sometimes"},
	} {
		q := url.Values{"name": {"mine"}, "age": {"77"}, "path": {"/here"}, "domain": {"example.org"},
			"samesite": {"Strict"}, "secure": {"on"}}
		q.Set(tt.field, tt.value)
		a := tl.visitor().get("/settings?" + q.Encode())
		if a.Status != http.StatusBadRequest || len(a.results()) != 0 {
			t.Errorf("%s=%q = %d, results %v; want 400 and none", tt.field, tt.value, a.Status, a.results())
		}
		if !strings.Contains(a.Body, `id="problem"`) || strings.Count(a.Body, `aria-describedby="problem"`) != 1 ||
			!strings.Contains(a.Body, fmt.Sprintf(`name="%s"`, tt.field)) || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s=%q: the page does not say at which field the trouble is", tt.field, tt.value)
		}
		for field, values := range q {
			if field != tt.field && field != "secure" && field != "samesite" &&
				!strings.Contains(a.Body, `value="`+values[0]+`"`) {
				t.Errorf("%s=%q: the value of %s is lost", tt.field, tt.value, field)
			}
		}
	}
	if log := tl.log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("the log has %s", log)
	}
}

func TestSettingsEscapeWhatWasTyped(t *testing.T) {
	t.Parallel()
	const evil = `"><script>alert(1)</script>`
	if a := newLab(t).visitor().get("/settings?name=" + url.QueryEscape(evil)); strings.Contains(a.Body, evil) {
		t.Error("the page repeats HTML")
	}
}

func TestSettingsSayWhatABrowserDrops(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	const dropped = "A browser does not keep it."
	for _, tt := range []struct {
		query string
		kept  bool
	}{
		{"name=a&samesite=None", false},
		{"name=a&samesite=None&secure=on", true},
		{"name=__Secure-a", false},
		{"name=__Secure-a&secure=on", true},
		{"name=__Host-a&path=/", false},
		{"name=__Http-a&path=/&secure=on", false},
		{"name=__Http-a&path=/&secure=on&httponly=on", true},
		{"name=__Host-Http-a&path=/&secure=on", false},
		{"name=__Host-Http-a&path=/x&secure=on&httponly=on", false},
		{"name=__Host-Http-a&path=/&secure=on&httponly=on", true},
		{"name=__host-a&path=/", false},
		{"name=__Host-a&path=/x&secure=on", false},
		{"name=__Host-a&path=/&domain=example.com&secure=on", false},
		{"name=__Host-a&path=/&secure=on", true},
	} {
		a := tl.visitor().get("/settings?" + tt.query)
		if a.Status != http.StatusOK || strings.Contains(a.Body, dropped) == tt.kept {
			t.Errorf("%s = %d, said to be dropped: %v", tt.query, a.Status, !tt.kept)
		}
	}
}

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
