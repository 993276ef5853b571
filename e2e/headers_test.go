package e2e

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// Senders who begin a request and do not end its header are cut off, and hold up nobody meanwhile.
func TestProgram_SlowHeaders(t *testing.T) {
	t.Parallel()
	l := startLab(t)
	var slow []net.Conn
	for range 50 {
		conn := connect(t, l.url)
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
		slow = append(slow, conn)
	}
	c := l.client(t)
	for range 5 {
		c.does("/set", "key", "k", "value", "v")
		c.sees("/set")
	}
	for _, conn := range slow {
		if _, err := io.ReadAll(conn); err != nil {
			t.Fatalf("the connection was not closed: %v", err)
		}
	}
}

func TestProgram_LongHeaders(t *testing.T) {
	t.Parallel()
	l := startLab(t)
	for what, tt := range map[string]struct {
		cookie, query int // bytes
		status        int
	}{
		"cookie of 10 kB":  {10 << 10, 0, http.StatusOK},
		"cookie of 60 kB":  {60 << 10, 0, http.StatusOK},
		"cookie of 200 kB": {200 << 10, 0, http.StatusRequestHeaderFieldsTooLarge},
		"address of 10 kB": {0, 10 << 10, http.StatusOK},
		"address of 1 MB":  {0, 1 << 20, http.StatusRequestHeaderFieldsTooLarge},
	} {
		c := l.client(t)
		if tt.cookie > 0 {
			c.hold(strings.Repeat("A", tt.cookie))
		}
		resp, err := c.Get(l.url + "/get?key=k&default=" + strings.Repeat("x", tt.query))
		if err != nil {
			// A server that does not read on may close before all is sent.
			if tt.status != http.StatusRequestHeaderFieldsTooLarge {
				t.Errorf("%s: %v", what, err)
			}
			continue
		}
		resp.Body.Close()
		if resp.StatusCode != tt.status {
			t.Errorf("%s = %d, want %d", what, resp.StatusCode, tt.status)
		}
	}
	l.client(t).does("/set", "key", "k", "value", "v")
}
