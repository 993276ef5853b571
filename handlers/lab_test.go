package handlers

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionlab/handlers/engine"
)

// testLab is the whole site on a real SQLite file, behind a real server.
type testLab struct {
	*Lab
	t    *testing.T
	url  string
	file string // of the database; empty on another engine than SQLite
	log  *lockedBuffer
}

// lockedBuffer keeps what the lab logs.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func newLab(t *testing.T) *testLab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sessions.db")
	tl := newLabOn(t, "sqlite:"+file)
	tl.file = file
	return tl
}

// newLabOn is the whole site on the store of url.
func newLabOn(t *testing.T, url string) *testLab {
	t.Helper()
	schema, err := os.ReadFile("../sessions.db.sql")
	if err != nil {
		t.Fatal(err)
	}
	tl := &testLab{t: t, log: new(lockedBuffer)}
	eng, err := engine.Open(t.Context(), url, string(schema))
	if err != nil {
		t.Fatal(err)
	}
	settings := Settings{CookieName: "sessionname", CookieAge: 400 * time.Second}
	if tl.Lab, err = New(os.DirFS(".."), eng, settings, slog.New(slog.NewTextHandler(tl.log, nil))); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(tl.Handler())
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		eng.Close()
		// A finished test keeps what its cleanups refer to until all are finished, and there are hundreds.
		server.Config.Handler, tl.Lab = nil, nil
	})
	tl.url = server.URL
	return tl
}

// sql runs a statement on a connection of its own, as the sqlite3 shell would, and returns the
// number of rows that it changed.
func (tl *testLab) sql(statement string, args ...any) int64 {
	tl.t.Helper()
	db, err := sql.Open("sqlite", "file:"+tl.file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		tl.t.Fatal(err)
	}
	defer db.Close()
	res, err := db.Exec(statement, args...)
	if err != nil {
		tl.t.Fatalf("%s: %v", statement, err)
	}
	n, _ := res.RowsAffected()
	return n
}

// rows counts the rows of the sessions table.
func (tl *testLab) rows() int {
	tl.t.Helper()
	_, total, err := tl.engine.Rows(tl.t.Context(), 1)
	if err != nil {
		tl.t.Fatal(err)
	}
	return total
}

// visitor is a browser: it has its own cookies and does not follow redirects by itself.
type visitor struct {
	*http.Client
	lab *testLab
	t   *testing.T
}

func (tl *testLab) visitor() *visitor {
	jar, _ := cookiejar.New(nil) // never fails
	return &visitor{t: tl.t, lab: tl, Client: &http.Client{Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answer is a response that was read whole.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

func (v *visitor) do(r *http.Request) answer {
	v.t.Helper()
	resp, err := v.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

func (v *visitor) get(path string) answer {
	v.t.Helper()
	r, err := http.NewRequest(http.MethodGet, v.lab.url+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.do(r)
}

// post sends a form of alternating names and values.
func (v *visitor) post(path string, fields ...string) answer {
	v.t.Helper()
	var form []string
	for i := 0; i < len(fields); i += 2 {
		form = append(form, url.QueryEscape(fields[i])+"="+url.QueryEscape(fields[i+1]))
	}
	return v.postBody(path, strings.Join(form, "&"), "application/x-www-form-urlencoded")
}

func (v *visitor) postBody(path, body, kind string) answer {
	v.t.Helper()
	r, err := http.NewRequest(http.MethodPost, v.lab.url+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	return v.do(r)
}

// run posts, wants a 303, and returns the page that it leads to.
func (v *visitor) run(path string, fields ...string) answer {
	v.t.Helper()
	a := v.post(path, fields...)
	if a.Status != http.StatusSeeOther {
		v.t.Fatalf("POST %s %v = %d, want 303\n%s", path, fields, a.Status, a.Body)
	}
	return v.get(a.Header.Get("Location"))
}

// internals returns what /internals.json says to this visitor.
func (v *visitor) internals() internals {
	v.t.Helper()
	a := v.get("/internals.json")
	var i internals
	if err := json.Unmarshal([]byte(a.Body), &i); err != nil {
		v.t.Fatalf("internals.json: %v\n%s", err, a.Body)
	}
	return i
}

// values returns the session's values by key, as JSON sees them.
func (v *visitor) values() map[string]any {
	v.t.Helper()
	m := map[string]any{}
	for _, value := range v.internals().Session.Values {
		m[value.Key] = value.Value
	}
	return m
}

// token returns the session cookie that the visitor holds, "" without one.
func (v *visitor) token() string {
	u, err := url.Parse(v.lab.url)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range v.Jar.Cookies(u) {
		if c.Name == "sessionname" {
			return c.Value
		}
	}
	return ""
}

// setToken puts a session cookie into the visitor's jar.
func (v *visitor) setToken(token string) {
	u, err := url.Parse(v.lab.url)
	if err != nil {
		v.t.Fatal(err)
	}
	v.Jar.SetCookies(u, []*http.Cookie{{Name: "sessionname", Value: token, Path: "/"}})
}

var outputs = regexp.MustCompile(`<output data-result>([^<]*)</output>`)

// results are the texts of the page's result elements.
func (a answer) results() []string {
	var list []string
	for _, m := range outputs.FindAllStringSubmatch(a.Body, -1) {
		list = append(list, html.UnescapeString(m[1]))
	}
	return list
}

// setCookie returns the session cookie that the answer sets; nil when it sets none.
func (a answer) setCookie() *http.Cookie {
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		if c.Name == "sessionname" {
			return c
		}
	}
	return nil
}
