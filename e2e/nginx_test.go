package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sessionlab/handlers/engine/enginetest"
)

// siteTest is something that must be so of a site.
type siteTest struct {
	name string
	run  func(*testing.T, *site)
}

// TestNginx runs the README's recipe as it stands there: two copies of the lab on one Redis, and nginx with
// TLS before them. Only ports and files are others.
func TestNginx(t *testing.T) {
	t.Parallel()
	s := startSite(t, "redis://"+enginetest.RedisServer(t).Addr)
	for _, tt := range []siteTest{
		{"keeps a session", siteKeepsASession},
		{"leads people from http to https", siteLeadsToTLS},
		{"takes forms of its own pages alone", siteTakesOwnForms},
		{"answers a large form with the lab's page", siteTakesLargeForms},
		{"keeps a panel live", sitePanelIsLive},
		{"serves pages beside the panels of a class", siteServesBesidePanels},
		{"limits each visitor by the visitor's address", siteLimitsByAddress},
		{"shows every outcome", siteShowsEveryOutcome},
		{"loses nothing with a copy that is killed", siteOutlivesACopy},
		{"goes on with one copy, and logs no value", siteLogsNoValue},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, s) })
	}
}

// TestNginxOnPostgres runs the same recipe over PostgreSQL, which is all that has to be put into it.
func TestNginxOnPostgres(t *testing.T) {
	t.Parallel()
	s := startSite(t, enginetest.PostgresServer(t, false).URL)
	for _, tt := range []siteTest{
		{"keeps a session", siteKeepsASession},
		{"shows every outcome", siteShowsEveryOutcome},
		{"loses nothing with a copy that is killed", siteOutlivesACopy},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, s) })
	}
}

func siteKeepsASession(t *testing.T, s *site) {
	v := s.visitor("127.0.0.1")
	saved, body := ask(t, v, http.MethodPost, siteURL+"/set", "key=fname&value=Aman")
	if saved.StatusCode != http.StatusSeeOther || !strings.HasPrefix(saved.Header.Get("Location"), "/set?") {
		t.Fatalf("POST /set = %d to %q\n%s", saved.StatusCode, saved.Header.Get("Location"), body)
	}
	strict(t, "POST /set", saved)
	cookies := saved.Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies", len(cookies))
	}
	c := cookies[0]
	if !hostCookie(c) || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("cookie %v; browsers keep a __Host- one only with Secure, Path=/ and no Domain", c)
	}
	for range 4 { // whichever copy it is
		page, body := ask(t, v, http.MethodGet, siteURL+"/get?key=fname", "")
		if page.StatusCode != http.StatusOK || !strings.Contains(body, "<output data-result>Aman</output>") {
			t.Errorf("GET /get = %d, without the value", page.StatusCode)
		}
		strict(t, "GET /get", page)
	}
	_, body = ask(t, v, http.MethodGet, siteURL+"/internals.json", "")
	if !strings.Contains(body, `"_session_birth"`) {
		t.Error("the session has no bounded life")
	}
	refused, _ := ask(t, v, http.MethodGet, siteURL+"/nothing", "")
	strict(t, "GET /nothing", refused)
	flushed, _ := ask(t, v, http.MethodPost, siteURL+"/flush", "")
	if c := flushed.Cookies(); len(c) != 1 || !hostCookie(c[0]) || c[0].MaxAge >= 0 {
		t.Errorf("a flush sends %v; a browser would not drop the cookie", c)
	}
}

// hostCookie reports whether browsers take the site's cookie under its name.
func hostCookie(c *http.Cookie) bool {
	return c.Name == "__Host-sessionname" && c.Secure && c.Path == "/" && c.Domain == ""
}

func siteLeadsToTLS(t *testing.T, s *site) {
	r, _ := ask(t, s.visitor("127.0.0.1"), http.MethodGet, "http://"+siteName+"/get?key=fname", "")
	to := r.Header.Get("Location")
	if r.StatusCode != http.StatusMovedPermanently || to != siteURL+"/get?key=fname" ||
		len(r.Cookies()) != 0 {
		t.Errorf("%d to %q, cookies %v", r.StatusCode, to, r.Cookies())
	}
	// A program would follow without anybody noticing that it sends its cookie readable.
	for _, path := range []string{"/internals.json", "/healthz"} {
		r, _ := ask(t, s.visitor("127.0.0.1"), http.MethodGet, "http://"+siteName+path, "")
		if r.StatusCode != http.StatusForbidden || r.Header.Get("Location") != "" {
			t.Errorf("GET %s over plain http = %d to %q", path, r.StatusCode, r.Header.Get("Location"))
		}
	}
}

func siteTakesOwnForms(t *testing.T, s *site) {
	for origin, want := range map[string]int{
		siteURL:                    http.StatusSeeOther,
		"http://" + siteName:       http.StatusForbidden,
		siteURL + ":8443":          http.StatusForbidden,
		"https://evil.example.org": http.StatusForbidden,
		"null":                     http.StatusForbidden,
	} {
		v := s.visitor("127.0.0.1")
		r, _ := ask(t, v, http.MethodPost, siteURL+"/set", "key=k&value=v", "Origin", origin)
		if r.StatusCode != want {
			t.Errorf("a form of a page of %s = %d, want %d", origin, r.StatusCode, want)
		}
	}
}

func siteTakesLargeForms(t *testing.T, s *site) {
	large := "key=k&value=" + strings.Repeat("x", 1<<20)
	r, body := ask(t, s.visitor("127.0.0.1"), http.MethodPost, siteURL+"/set", large)
	if r.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(body, "at most 1 MiB") {
		t.Errorf("%d, without the page that names the limit:\n%.300s", r.StatusCode, body)
	}
}

func sitePanelIsLive(t *testing.T, s *site) {
	v := s.visitor("127.0.0.1")
	ask(t, v, http.MethodPost, siteURL+"/set", "key=k&value=before")
	lines := stream(t, v, siteURL)
	hear(t, lines, `"before"`)
	for i := range 4 { // whichever copy saves it
		value := fmt.Sprint("change", i)
		ask(t, v, http.MethodPost, siteURL+"/set", "key=k&value="+value)
		hear(t, lines, value)
	}
	ask(t, v, http.MethodPost, siteURL+"/flush", "")
	hear(t, lines, "event: ended")
}

func siteServesBesidePanels(t *testing.T, s *site) {
	v := s.visitor("127.0.0.1")
	const panels = 250
	var open []<-chan string
	for range panels {
		open = append(open, stream(t, v, siteURL))
	}
	for _, lines := range open {
		hear(t, lines, "event: session")
	}
	for range 4 {
		if r, _ := ask(t, v, http.MethodGet, siteURL+"/", ""); r.StatusCode != http.StatusOK {
			t.Errorf("a page beside %d live panels = %d", panels, r.StatusCode)
		}
	}
	// A browser keeps up to six connections, and each may take one to the lab.
	m := regexp.MustCompile(`worker_connections (\d+);`).FindStringSubmatch(s.config)
	if m == nil {
		t.Fatal("the recipe does not say how many connections nginx has")
	}
	if n, _ := strconv.Atoi(m[1]); n < 200*6*2 {
		t.Errorf("%d connections are not enough for a class of 200", n)
	}
}

// siteLimitsByAddress has one visitor store as much as an address may, and another at another address store
// something. What the first one claims in a header does not count.
func siteLimitsByAddress(t *testing.T, s *site) {
	var large string
	for i := range 3 {
		large += fmt.Sprintf("&key=k%d&value=%s", i, strings.Repeat("x", 64<<10))
	}
	store := func(address string, headers ...string) int {
		v := s.visitor(address)
		v.Jar = nil // each is a session of its own
		defer v.CloseIdleConnections()
		r, _ := ask(t, v, http.MethodPost, siteURL+"/update", large[1:], headers...)
		return r.StatusCode
	}
	// Of as many at the same time, so many were refused.
	const together = 16
	refused := func(headers func(i int) []string) int {
		var n atomic.Int32
		var all sync.WaitGroup
		for i := range together {
			all.Go(func() {
				switch status := store("127.0.0.2", headers(i)...); status {
				case http.StatusSeeOther:
				case http.StatusTooManyRequests:
					n.Add(1)
				default:
					t.Errorf("POST /update = %d", status)
				}
			})
		}
		all.Wait()
		return int(n.Load())
	}
	none := func(int) []string { return nil }
	for rounds := 0; refused(none) < together/2; rounds++ {
		if rounds == 60 || t.Failed() {
			t.Fatal("one address stores without a limit")
		}
	}
	if status := store("127.0.0.3"); status != http.StatusSeeOther {
		t.Errorf("another visitor, at another address = %d", status)
	}
	claims := func(i int) []string {
		claim := fmt.Sprintf("203.0.113.%d", i+1)
		return []string{"X-Forwarded-For", claim, "X-Real-IP", claim,
			"Forwarded", "for=" + claim, "True-Client-IP", claim}
	}
	if refused(claims) == 0 {
		t.Error("who claims another address in a header has the limits of that one")
	}
}

func siteLogsNoValue(t *testing.T, s *site) {
	v := s.visitor("127.0.0.4")
	ask(t, v, http.MethodPost, siteURL+"/set", "key=k&value=S3CRET")
	s.copies[1].stop()
	for range 4 { // nginx finds out that one copy is gone, and would log the request that told it
		r, _ := ask(t, v, http.MethodGet, siteURL+"/get?key=fname&default=S3CRET", "")
		if r.StatusCode != http.StatusOK {
			t.Errorf("with one copy GET /get = %d", r.StatusCode)
		}
	}
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(s.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	until(t, "nginx logs the requests", func() bool {
		return strings.Count(read("access.log"), "\n127.0.0.4 ") >= 5
	})
	for _, line := range []string{`"POST /set" 303 `, `"GET /get" 200 `} {
		if !regexp.MustCompile(`(?m)^127\.0\.0\.4 \[.*\] ` + line).MatchString(read("access.log")) {
			t.Errorf("the access log has no line with %s", line)
		}
	}
	for _, name := range []string{"access.log", "error.log", "start.log", "test.log"} {
		if text := read(name); strings.Contains(text, "S3CRET") || strings.Contains(text, "fname") {
			t.Errorf("%s has what a visitor typed", name)
		}
	}
	for _, l := range s.copies {
		if strings.Contains(l.log.String(), "S3CRET") {
			t.Error("the lab's log has what a visitor typed")
		}
	}
}
