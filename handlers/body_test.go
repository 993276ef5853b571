package handlers

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionlab/handlers/limits"
)

// The limit of a body holds to the byte, however its length is told.
func TestBodyToTheByte(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	form := "key=k&value=v&pad="
	whole := form + strings.Repeat("x", 1<<20-len(form))
	head := "POST /set HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	chunked := func(body string) string {
		half := len(body) / 2
		return fmt.Sprintf("%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", head, half,
			body[:half], len(body)-half, body[half:])
	}
	length := func(body string) string {
		return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body)
	}
	expect := func(body string) string {
		return fmt.Sprintf("%sExpect: 100-continue\r\nContent-Length: %d\r\n\r\n%s", head, len(body), body)
	}
	for name, send := range map[string]func(body string) string{"a length": length, "chunks": chunked,
		"a length that waits for 100": expect} {
		if a := tl.wire(send(whole)); a.Status != http.StatusSeeOther {
			t.Errorf("1 MiB with %s = %d, want 303", name, a.Status)
		}
		rows := tl.rows()
		tl.wantErrorPage("one byte more with "+name, tl.wire(send(whole+"x")), http.StatusRequestEntityTooLarge,
			"1 MiB")
		if n := tl.rows(); n != rows {
			t.Errorf("one byte more with %s made a row", name)
		}
	}
}

// A body that is not what its head says is no form, and one that is refused for its head is not asked for.
func TestBodiesThatLie(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	head := "POST /set HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	for name, text := range map[string]string{
		"shorter than its length": head + "Content-Length: 100\r\n\r\nkey=k&value=v",
		"cut in a chunk":          head + "Transfer-Encoding: chunked\r\n\r\nff\r\nkey=k&value=v",
		"without the last chunk":  head + "Transfer-Encoding: chunked\r\n\r\nd\r\nkey=k&value=v\r\n",
		"not in chunks":           head + "Transfer-Encoding: chunked\r\n\r\nkey=k&value=v\r\n",
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(tl.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, text)
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		tl.wantErrorPage(name, tl.answer(conn), http.StatusBadRequest, "did not arrive whole")
	}
	for name, text := range map[string]string{
		"two lengths":        head + "Content-Length: 13\r\nContent-Length: 5\r\n\r\nkey=k&value=v",
		"a negative length":  head + "Content-Length: -1\r\n\r\nkey=k&value=v",
		"an unknown coding":  head + "Transfer-Encoding: gzip\r\n\r\nkey=k&value=v",
		"a length in spaces": head + "Content-Length: 1 3\r\n\r\nkey=k&value=v",
	} {
		if a := tl.wire(text); a.Status < 400 || a.Status == http.StatusInternalServerError {
			t.Errorf("%s = %d", name, a.Status)
		}
	}
	if n := tl.rows(); n != 0 {
		t.Errorf("%d rows, want none", n)
	}
	waits := "Expect: 100-continue\r\nContent-Length: 13\r\n"
	for name, tt := range map[string]struct {
		text   string
		status int
	}{
		"cross-site": {head + "Sec-Fetch-Site: cross-site\r\n" + waits + "\r\n", http.StatusForbidden},
		"foreign host": {strings.Replace(head, "127.0.0.1", "evil.example", 1) + waits + "\r\n",
			http.StatusMisdirectedRequest},
		"no page": {strings.Replace(head, "/set", "/nothing", 1) + waits + "\r\n", http.StatusNotFound},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(tl.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(patience))
		io.WriteString(conn, tt.text)
		if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil ||
			!strings.HasPrefix(line, fmt.Sprintf("HTTP/1.1 %d ", tt.status)) {
			t.Errorf("%s: the server says %q, %v; want %d before it has seen the form", name, line, err, tt.status)
		}
	}
}

// Senders who begin a form and never end it are cut off, hold up nobody and change nothing.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.formWait = time.Second
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "before")
	var slow []net.Conn
	for range 30 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(tl.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST /set HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionname=%s\r\n"+
			"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nkey=k&value=sl", v.token())
		slow = append(slow, conn)
	}
	v.run("/set", "key", "other", "value", "tab")
	for _, conn := range slow {
		conn.SetReadDeadline(time.Now().Add(patience))
		b, err := io.ReadAll(conn)
		if err != nil {
			t.Fatalf("the connection is not closed: %v", err)
		}
		if !strings.HasPrefix(string(b), "HTTP/1.1 400 ") || !strings.Contains(string(b), "Incomplete request") {
			t.Errorf("answer %.80q, want the 400 page", b)
		}
	}
	if got := v.values(); got["k"] != "before" || got["other"] != "tab" {
		t.Errorf("stored %v", got)
	}
}

// A body that nobody reads does not hold an answer up for ever: net/http waits for it before it answers.
func TestBodyThatNeverComes(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.formWait = time.Second
	var wg sync.WaitGroup
	for request, status := range map[string]string{
		"GET /set HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n":                                "200",
		"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n":                           "200",
		"POST /no-such-page HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n":                      "404",
		"POST /set HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 10\r\n\r\n": "403",
	} {
		conn := tl.dial()
		wg.Go(func() {
			io.WriteString(conn, request)
			conn.SetReadDeadline(time.Now().Add(patience))
			b, err := io.ReadAll(conn)
			if err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 "+status) {
				t.Errorf("%q: %.80q, %v; want %s and the end of the connection", request, b, err, status)
			}
		})
	}
	wg.Wait()
}

// Large bodies wait for room, and give it back when they are done or given up.
func TestLargeBodiesHaveRoom(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.bodies = limits.NewBytes(limits.MaxBodies, limits.SmallBody, 100*time.Millisecond, tooManyBodies)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	var slow []net.Conn
	for range limits.MaxBodies / limits.MaxBody {
		conn := tl.dial()
		slow = append(slow, conn)
		fmt.Fprintf(conn, "POST /set HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "+
			"application/x-www-form-urlencoded\r\n"+
			"Content-Length: %d\r\n\r\nkey=k&value=", limits.MaxBody)
	}
	large := strings.Repeat("x", 2*limits.SmallBody)
	post := func() answer { return v.post("/set", "key", "a", "value", large) }
	until(t, "there is no room", func() bool { return post().Status != http.StatusSeeOther })
	limited(t, post(), http.StatusServiceUnavailable, "Forms over 16 KiB", "at most 32 MiB of them")
	v.run("/set", "key", "a", "value", "small")
	for _, conn := range slow {
		conn.Close()
	}
	until(t, "there is room again", func() bool { return post().Status == http.StatusSeeOther })
}
