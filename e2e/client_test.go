package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"
)

// client is a visitor without a browser. It has a jar, and follows no redirect by itself. Ports do not
// separate cookies, so it can go on with its session at another program on the same store.
type client struct {
	http.Client
	t testing.TB
	l *lab
}

func (l *lab) client(t testing.TB) *client {
	jar, _ := cookiejar.New(nil) // never fails
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client{http.Client{Jar: jar, Timeout: patience, CheckRedirect: stay}, t, l}
}

// get fetches a page and returns the answer and its body.
func (c *client) get(path string) (*http.Response, string) {
	c.t.Helper()
	return c.read(c.Get(c.l.url + path))
}

// sees fetches a page that must be there, and returns it.
func (c *client) sees(path string) string {
	c.t.Helper()
	resp, body := c.get(path)
	if resp.StatusCode != http.StatusOK {
		c.t.Fatalf("GET %s = %d\n%s", path, resp.StatusCode, body)
	}
	return body
}

// post sends a form; fields are name and value in turn.
func (c *client) post(path string, fields ...string) (*http.Response, string) {
	c.t.Helper()
	return c.read(c.send(path, fields...))
}

func (c *client) send(path string, fields ...string) (*http.Response, error) {
	var form []string
	for i := 0; i+1 < len(fields); i += 2 {
		form = append(form, url.QueryEscape(fields[i])+"="+url.QueryEscape(fields[i+1]))
	}
	body := strings.NewReader(strings.Join(form, "&"))
	return c.Post(c.l.url+path, "application/x-www-form-urlencoded", body)
}

// does sends a form that must be obeyed.
func (c *client) does(path string, fields ...string) {
	c.t.Helper()
	if resp, body := c.post(path, fields...); resp.StatusCode != http.StatusSeeOther {
		c.t.Fatalf("POST %s = %d\n%s", path, resp.StatusCode, body)
	}
}

// try sends a form to a program that may end meanwhile: then the connection breaks, and that is the error.
func (c *client) try(path string, fields ...string) (status int, body string, err error) {
	resp, err := c.send(path, fields...)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

func (c *client) read(r *http.Response, err error) (*http.Response, string) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return r, string(body)
}

// token is the value of the client's session cookie.
func (c *client) token() string {
	u, _ := url.Parse(c.l.url)
	for _, cookie := range c.Jar.Cookies(u) {
		return cookie.Value
	}
	return ""
}

// hold gives the client a session cookie.
func (c *client) hold(token string) {
	u, _ := url.Parse(c.l.url)
	c.Jar.SetCookies(u, []*http.Cookie{{Name: "sessionname", Value: token, Path: "/"}})
}

// value is what the session holds under key; nil for nothing.
func (c *client) value(key string) any {
	c.t.Helper()
	var i struct {
		Session struct {
			Values []struct {
				Key   string
				Value any
			}
		}
	}
	if err := json.Unmarshal([]byte(c.sees("/internals.json")), &i); err != nil {
		c.t.Fatal(err)
	}
	for _, v := range i.Session.Values {
		if v.Key == key {
			return v.Value
		}
	}
	return nil
}

// stream opens the stream of a live panel of the lab at address. Its lines come from the channel, which is
// closed when it ends.
func stream(t *testing.T, c *http.Client, address string) <-chan string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/internals/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	forever := *c
	forever.Timeout = 0
	resp, err := forever.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		t.Fatalf("GET /internals/events = %d", resp.StatusCode)
	}
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		defer resp.Body.Close()
		for scan := bufio.NewScanner(resp.Body); scan.Scan(); {
			lines <- scan.Text()
		}
	}()
	return lines
}

// hear waits for a line that contains text.
func hear(t *testing.T, lines <-chan string, text string) {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				t.Fatalf("the stream ended; want %q", text)
			}
			if strings.Contains(line, text) {
				return
			}
		case <-timeout:
			t.Fatalf("the stream did not bring %q", text)
		}
	}
}

// over waits until the stream ends.
func over(t *testing.T, lines <-chan string) {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case _, ok := <-lines:
			if !ok {
				return
			}
		case <-timeout:
			t.Fatal("the stream does not end")
		}
	}
}
