package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// grace is how long requests under way have when the program ends.
const grace = 4 * time.Second

// connect opens a connection to the server at address, a URL, for this test.
func connect(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return conn
}

// inFlight is a POST of which the server has begun to read the form.
type inFlight struct {
	net.Conn
	t *testing.T
	r *bufio.Reader
}

const wholeForm = "key=last&value=answered"

// begin sends the head of a form and waits for the server to ask for the rest.
func begin(t *testing.T, c *client) *inFlight {
	t.Helper()
	conn := connect(t, c.l.url)
	fmt.Fprintf(conn, "POST /set HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionname=%s\r\n"+
		"Expect: 100-continue\r\nContent-Type: application/x-www-form-urlencoded\r\n"+
		"Content-Length: %d\r\n\r\n", c.token(), len(wholeForm))
	f := &inFlight{conn, t, bufio.NewReader(conn)}
	if line, err := f.r.ReadString('\n'); err != nil || !strings.Contains(line, " 100 ") {
		t.Fatalf("the server said %q, %v; want 100 Continue", line, err)
	}
	f.r.ReadString('\n')
	return f
}

// send sends the rest of the form.
func (f *inFlight) send() {
	f.t.Helper()
	if _, err := io.WriteString(f.Conn, wholeForm); err != nil {
		f.t.Fatal(err)
	}
}

// finish sends the rest and returns the status of the answer.
func (f *inFlight) finish() int {
	f.t.Helper()
	f.send()
	resp, err := http.ReadResponse(f.r, nil)
	if err != nil {
		f.t.Fatalf("the request in flight was not answered: %v", err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// deaf waits until nobody listens at address any more.
func deaf(t *testing.T, address string) {
	t.Helper()
	until(t, "the server does not listen any more", func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
}

func TestProgram_Signals(t *testing.T) {
	t.Parallel()
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			l := startLab(t)
			c := l.client(t)
			c.does("/set", "key", "k", "value", "v")
			var streams []<-chan string
			for _, visitor := range []*client{c, c, l.client(t)} {
				streams = append(streams, stream(t, &visitor.Client, l.url))
			}
			for _, s := range streams {
				hear(t, s, "event: session")
			}
			connect(t, l.url) // as browsers open in advance
			request := begin(t, c)

			sent := time.Now()
			l.signal(sig)
			for _, s := range streams {
				over(t, s)
			}
			deaf(t, l.url)
			if status := request.finish(); status != http.StatusSeeOther {
				t.Errorf("the request in flight = %d, want 303", status)
			}
			status := l.ended()
			took := time.Since(sent)
			t.Logf("%v: ended after %v", sig, took)
			if status != 0 || took > grace+time.Second {
				t.Errorf("exit status %d after %v; want 0 within 5 s", status, took)
			}
			if log := l.log.String(); strings.Contains(log, "level=WARN") {
				t.Errorf("the log complains:\n%s", log)
			}
			l.start(anyPort)
			if got := c.value("last"); got != "answered" {
				t.Errorf("the request that was answered during the shutdown stored %v", got)
			}
		})
	}
}

func TestProgram_SecondSignal(t *testing.T) {
	t.Parallel()
	l := startLab(t)
	begin(t, l.client(t)) // and it never ends
	l.signal(syscall.SIGTERM)
	deaf(t, l.url)
	sent := time.Now()
	until(t, "the process ends", func() bool { // the first signal may still be at work for some microseconds
		l.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-l.gone:
			return true
		default:
			return false
		}
	})
	if took, status := time.Since(sent), l.ended(); status == 0 || took > 3*time.Second {
		t.Errorf("exit status %d after %v; want to be ended by the signal at once", status, took)
	}
}

// Browsers open connections in advance. One on which nothing came does not hold up the end: by itself
// http.Server waits for it until the time of grace is over.
func TestProgram_EndsWithUnusedConnections(t *testing.T) {
	t.Parallel()
	l := startLab(t)
	connect(t, l.url)
	// Connections are accepted in their order: with the answer on this one the server has the other too.
	l.client(t).sees("/healthz")
	sent := time.Now()
	l.signal(syscall.SIGTERM)
	if status, took := l.ended(), time.Since(sent); status != 0 || took >= grace {
		t.Errorf("exit status %d after %v; want 0 before %v", status, took, grace)
	}
}

// Requests that hang, in the store or in the network, hold up the end for a few seconds at most.
func TestProgram_EndsWithRequestsThatHang(t *testing.T) {
	t.Parallel()
	l := startLab(t)
	c := l.client(t)
	c.does("/set", "key", "k", "value", "before")
	begin(t, c) // a form that never ends

	other, err := l.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	waiting := begin(t, c)
	waiting.send()
	sent := time.Now()
	l.signal(syscall.SIGTERM)
	status, took := l.ended(), time.Since(sent)
	if status != 0 || took > grace+2*time.Second {
		t.Errorf("exit status %d after %v; want 0 within about 5 s", status, took)
	}
	if resp, err := http.ReadResponse(waiting.r, nil); err == nil && resp.StatusCode == http.StatusSeeOther {
		t.Error("a write that could not be made was acknowledged")
	}
	t.Logf("ended after %v", took)
}
