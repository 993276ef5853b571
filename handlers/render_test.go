package handlers

import (
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// A template that fails in the middle of a page makes a whole page that says so, and no cookie is sent.
func TestTemplateFails(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	broken := fstest.MapFS{}
	for _, pattern := range []string{"templates/*", "static/*"} {
		names, err := fs.Glob(os.DirFS(".."), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile("../" + name)
			if err != nil {
				t.Fatal(err)
			}
			broken[name] = &fstest.MapFile{Data: b}
		}
	}
	broken["templates/items.html"].Data = []byte(`{{define "main"}}HALF A PAGE {{.NoSuchField}}{{end}}`)
	tl.pages.dev, tl.pages.files = true, broken
	v := tl.visitor()
	v.setToken(strings.Repeat("A", 43)) // a page that works deletes it
	for range 2 {
		a := v.get("/items")
		tl.wantErrorPage("a template that fails", a, http.StatusInternalServerError, "Something broke on the server")
		if strings.Contains(a.Body, "HALF A PAGE") || strings.Contains(a.Body, "NoSuchField") || a.Header.Get("Cache-Control") != "no-store" {
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

// Who asks for pages and does not take them is cut off too.
func TestSlowPageReader(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.pageWait = 4 * time.Second
	v := tl.visitor()
	big := strings.Repeat("x", 60<<10)
	v.run("/update", "key", "a", "value", big, "key", "b", "value", big, "key", "c", "value", big)
	conn, err := net.Dial("tcp", strings.TrimPrefix(tl.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	request := fmt.Sprintf("GET /internals.json HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionname=%s\r\n\r\n", v.token())
	io.WriteString(conn, strings.Repeat(request, 50)) // half a megabyte each: more than the network holds
	until(t, "the connection is given up", func() bool {
		_, err := io.WriteString(conn, "\r\n")
		return err != nil
	})
}
