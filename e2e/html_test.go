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
	l := startLab(t)
	dir := t.TempDir()
	n := 0
	var files []string
	save := func(what, body string) {
		n++
		file := filepath.Join(dir, fmt.Sprintf("%02d-%s.html", n, strings.Trim(strings.NewReplacer("/", "-", "?", "-", "=", "-").Replace(what), "-")))
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	page := func(c *client, state, path string) string {
		r, body := c.get(path)
		if kind := r.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/html") {
			t.Errorf("%s is %q", path, kind)
		}
		save(state+path, body)
		return body
	}
	rich := l.client(t)
	rich.full()
	for _, path := range append(l.paths(), "/no-such-page") {
		page(l.client(t), "new", path)
		body := page(rich, "full", path)
		// Every form of the page, as it comes.
		for _, m := range regexp.MustCompile(`(?s)<form method="post" action="([^"]+)".*?</form>`).FindAllStringSubmatch(body, -1) {
			if m[1] == "/flush" && path != "/flush" {
				continue // "Start over", on every page
			}
			c := l.client(t)
			c.full()
			r, body := c.post(m[1], "key", "fname", "value", "Aman", "default", "Guest", "seconds", "60")
			if r.StatusCode != http.StatusSeeOther {
				save("refused"+m[1], body)
				continue
			}
			page(c, "result", r.Header.Get("Location"))
		}
	}
	for path, fields := range map[string][]string{
		"/delete": {"key", "absent"}, "/pop": {"key", "absent"}, "/set": {"key", ""}, "/expiry": {"seconds", "-5"}, "/test-cookie/delete": nil, "/update": nil,
	} {
		_, body := rich.post(path, fields...)
		save("error"+path, body)
	}

	// The checker runs for seconds only: optimising it for longer would take as much work again.
	out, err := exec.Command("java", append([]string{"-XX:TieredStopAtLevel=1", "-Xss2m", "-jar", jar, "--format", "json", "--stdout"}, files...)...).Output()
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
		if m.Type == "error" || m.SubType == "warning" {
			if key := m.Message; !told[key] {
				told[key] = true
				t.Errorf("%s:%d: %s: %s", filepath.Base(m.URL), m.LastLine, m.Message, m.Extract)
			}
		}
	}
	t.Logf("%d pages checked, %d messages", n, len(result.Messages))
}
