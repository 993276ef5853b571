package handlers

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"sessionlab/handlers/engine"
)

// labFiles is a copy of the files that the lab is made of, for a test to change.
func labFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, pattern := range []string{"*.sql", "templates/*.html", "templates/*/*.html", "static/*"} {
		names, err := fs.Glob(os.DirFS(".."), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile("../" + name)
			if err != nil {
				t.Fatal(err)
			}
			files[name] = &fstest.MapFile{Data: b}
		}
	}
	return files
}

// use has the lab show other pages than its own.
func (tl *testLab) use(files fs.FS) {
	tl.t.Helper()
	source, err := readSource()
	if err != nil {
		tl.t.Fatal(err)
	}
	if tl.pages, err = tl.parsePages(files, source); err != nil {
		tl.t.Fatal(err)
	}
}

// A template that fails in the middle of a page makes a whole page that says so, and no cookie is sent.
func TestTemplateFails(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	broken := labFiles(t)
	broken["templates/items.html"].Data = []byte(`{{define "main"}}HALF A PAGE {{.NoSuchField}}{{end}}`)
	tl.use(broken)
	v := tl.visitor()
	v.setToken(strings.Repeat("A", 43)) // a page that works deletes it
	for range 2 {
		a := v.get("/items")
		tl.wantErrorPage("a template that fails", a, http.StatusInternalServerError,
			"Something broke on the server")
		if strings.Contains(a.Body, "HALF A PAGE") || strings.Contains(a.Body, "NoSuchField") ||
			a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("the answer is %v\n%s", a.Header, a.Body)
		}
	}
	if !strings.Contains(tl.log.String(), "NoSuchField") {
		t.Error("the log does not say why")
	}
	if a := v.get("/get"); a.Status != http.StatusOK || a.setCookie() == nil {
		t.Errorf("another page = %d, Set-Cookie %v", a.Status, a.setCookie())
	}
}

// markOverrides puts a mark before each text of templates/cookie, and returns the marks of each page.
func markOverrides(files fstest.MapFS) map[string][]string {
	define := regexp.MustCompile(`{{define "([^"]+)"}}`)
	marks := map[string][]string{}
	for name, file := range files {
		page, ok := strings.CutPrefix(strings.TrimSuffix(name, ".html"), "templates/cookie/")
		if !ok {
			continue
		}
		for _, match := range define.FindAllSubmatch(file.Data, -1) {
			marks[page] = append(marks[page], "[cookie "+string(match[1])+"]")
		}
		file.Data = define.ReplaceAll(file.Data, []byte("$0[cookie $1]"))
	}
	return marks
}

// damaged returns a visitor whose session cannot be decoded.
func (tl *testLab) damaged() *visitor {
	tl.t.Helper()
	var log engine.Log
	ctx := engine.WithLog(tl.t.Context(), &log)
	token := newID()
	if err := tl.engine.Engine.CommitCtx(ctx, token, []byte("damaged"), tl.now().Add(time.Minute)); err != nil {
		tl.t.Fatal(err)
	}
	v := tl.visitor()
	v.setToken(cmp.Or(log.Cookie, token))
	return v
}

// Each text of templates/cookie is shown where the session is the cookie, and none where it is a row.
func TestOverridesAreShown(t *testing.T) {
	t.Parallel()
	files := labFiles(t)
	marks := markOverrides(files)
	if len(marks) == 0 {
		t.Fatal("there is no text to look for")
	}
	for _, url := range []string{"cookie:sessionname", "memory:"} {
		tl := newLabOn(t, url)
		tl.use(files)
		newcomer, v := tl.visitor(), tl.visitor()
		all := v.run("/set", "key", "fname", "value", "Aman", "then", "flow").Body + tl.damaged().get("/set").Body
		bodies := map[string]string{}
		for page := range marks {
			if !slices.Contains(shared, page+".html") {
				path := lessonNamed(page).Path
				bodies[page] = newcomer.get(path).Body + v.get(path).Body
				all += bodies[page]
			}
		}
		bodies["cycle-key"] += v.run("/cycle-key").Body
		bodies["flush"] += v.run("/flush").Body
		bodies["late-request"] += v.run("/late-request", "card", "late-request").Body
		bodies["update"] += v.run("/update", "key", "city", "value", "Pune").Body
		v.setToken(strings.Repeat("x", 43))
		all += v.get("/flow?card=flow&read=x").Body
		v.run("/set", "key", "fname", "value", "Aman")
		all += v.run("/cycle-key").Body + v.run("/flush", "then", "flow").Body
		for page, marks := range marks {
			body := bodies[page]
			if slices.Contains(shared, page+".html") { // it is a part of every page
				body = all
			}
			for _, mark := range marks {
				if got := strings.Contains(body, mark); got != tl.engine.Kind().InCookie {
					t.Errorf("%s: %s of %s is shown: %t", url, mark, page, got)
				}
			}
		}
	}
}

// A lab whose templates are wrong does not start, even where those that are would not be shown.
func TestNewNamesTheTemplateThatIsWrong(t *testing.T) {
	t.Parallel()
	tl := newLabOn(t, "memory:")
	for file, want := range map[string]string{
		"set.html": `parse templates/set.html: template: set.html:1: unexpected "}" in operand`,
		"cookie/set.html": `parse templates/cookie/set.html: ` +
			`template: templates/cookie/set.html:1: unexpected "}" in operand`,
	} {
		files := labFiles(t)
		files["templates/"+file] = &fstest.MapFile{Data: []byte(`{{.Card "set"}`)}
		_, err := New(files, tl.engine.Engine, tl.settings, slog.New(slog.DiscardHandler))
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", file, err, want)
		}
	}
}

// In development the texts of templates/cookie are read anew for each request, as the pages are.
func TestOverrideInDevelopment(t *testing.T) {
	t.Parallel()
	tl := newCookieLab(t)
	files := labFiles(t)
	tl.settings.Dev = true
	tl.use(files)
	for _, lead := range []string{"The first text.", "The second text."} {
		files["templates/cookie/set.html"] = &fstest.MapFile{Data: []byte(`{{define "lead"}}` + lead + `{{end}}`)}
		if a := tl.visitor().get("/set"); !strings.Contains(a.Body, lead) {
			t.Errorf("the page does not say %q\n%s", lead, a.Body)
		}
	}
}

// Who asks for pages and does not take them is cut off too.
func TestSlowPageReader(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	big := strings.Repeat("x", 60<<10)
	v.run("/update", "key", "a", "value", big, "key", "b", "value", big, "key", "c", "value", big)
	tl.pageWait = time.Second
	conn := tl.narrow()
	request := fmt.Sprintf("GET /internals.json HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionname=%s\r\n\r\n",
		v.token())
	io.WriteString(conn, strings.Repeat(request, 2)) // half a megabyte each: more than the network holds
	until(t, "the connection is given up", func() bool {
		_, err := io.WriteString(conn, "\r\n")
		return err != nil
	})
}

// TestFaviconFollowsItsFile: in development an edited file has another name at once.
func TestFaviconFollowsItsFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("..")); err != nil {
		t.Fatal(err)
	}
	tl := newLab(t)
	settings := tl.settings
	settings.Dev = true
	lab, err := New(os.DirFS(dir), tl.engine.Engine, settings, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(lab.Handler())
	defer server.Close()
	if err := os.WriteFile(filepath.Join(dir, "static", "favicon.svg"),
		[]byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), 0o600); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(server.URL + "/favicon.ico")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("/favicon.ico leads to %d", resp.StatusCode)
	}
}
