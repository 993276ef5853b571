package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestValidHTML gives every page that the server can make to the Nu HTML checker. It needs no browser.
func TestValidHTML(t *testing.T) {
	t.Parallel()
	jar := filepath.Join("node_modules", "vnu-jar", "build", "dist", "vnu.jar")
	if _, err := os.Stat(jar); err != nil {
		missing(t, fmt.Errorf("vnu-jar is missing: run npm ci --ignore-scripts in e2e"))
	}
	if _, err := exec.LookPath("java"); err != nil {
		missing(t, fmt.Errorf("java is missing: the HTML checker needs it"))
	}
	p := &pages{t: t, l: startPlain(t), dir: t.TempDir()}
	p.ofLessons()
	p.ofErrors()

	// The checker runs for seconds only: optimising it for longer would take as much work again.
	args := []string{"-XX:TieredStopAtLevel=1", "-Xss2m", "-jar", jar, "--format", "json", "--stdout"}
	out, err := exec.Command("java", append(args, p.files...)...).Output()
	var result struct {
		Messages []struct {
			Type, SubType, URL, Message, Extract string
			LastLine                             int
		}
	}
	if json.Unmarshal(out, &result) != nil {
		t.Fatalf("the HTML checker: %v\n%s", err, out)
	}
	told := map[string]bool{}
	for _, m := range result.Messages {
		if (m.Type == "error" || m.SubType == "warning") && !told[m.Message] {
			told[m.Message] = true
			t.Errorf("%s:%d: %s: %s", filepath.Base(m.URL), m.LastLine, m.Message, m.Extract)
		}
	}
	t.Logf("%d pages checked, %d messages", len(p.files), len(result.Messages))
}

// pages are pages of a lab that are kept in files.
type pages struct {
	t     *testing.T
	l     *lab
	dir   string
	files []string
}

func (p *pages) save(what, body string) {
	p.t.Helper()
	name := strings.NewReplacer("/", "-", "?", "-", "=", "-").Replace(what)
	name = fmt.Sprintf("%02d-%s.html", len(p.files)+1, strings.Trim(name, "-"))
	file := filepath.Join(p.dir, name)
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.files = append(p.files, file)
}

// saveFor saves the page of that path as c sees it, and returns it.
func (p *pages) saveFor(c *client, state, path string) string {
	p.t.Helper()
	r, body := c.get(path)
	if kind := r.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/html") {
		p.t.Errorf("%s is %q", path, kind)
	}
	p.save(state+path, body)
	return body
}

var postForm = regexp.MustCompile(`(?s)<form method="post" action="([^"]+)".*?</form>`)

// ofLessons saves each page without a session and in a full one, and what comes of every form of it.
func (p *pages) ofLessons() {
	p.t.Helper()
	rich := p.l.client(p.t)
	rich.full()
	for _, path := range append(p.l.paths(), "/no-such-page") {
		p.saveFor(p.l.client(p.t), "new", path)
		body := p.saveFor(rich, "full", path)
		for _, m := range postForm.FindAllStringSubmatch(body, -1) {
			if m[1] == "/flush" && path != "/flush" {
				continue // "Start over", on every page
			}
			c := p.l.client(p.t)
			c.full()
			r, body := c.post(m[1], "key", "fname", "value", "Aman", "default", "Guest", "seconds", "60")
			if r.StatusCode != http.StatusSeeOther {
				p.save("refused"+m[1], body)
				continue
			}
			p.saveFor(c, "result", r.Header.Get("Location"))
		}
	}
}

// ofErrors saves the pages of refusals.
func (p *pages) ofErrors() {
	p.t.Helper()
	c := p.l.client(p.t)
	c.full()
	for path, fields := range map[string][]string{
		"/delete": {"key", "absent"}, "/pop": {"key", "absent"}, "/set": {"key", ""},
		"/expiry": {"seconds", "-5"}, "/test-cookie/delete": nil, "/update": nil,
	} {
		_, body := c.post(path, fields...)
		p.save("error"+path, body)
	}
}
