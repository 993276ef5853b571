package handlers

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"testing"
	"time"
)

// An address is the peer's, or what a trusted proxy says; of IPv6 the network counts.
func TestAddresses(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, tt := range []struct {
		name, peer, forwarded, trusted, want string
	}{
		{"the peer", "192.0.2.7:80", "", "", "192.0.2.7"},
		{"a claim that nobody trusts", "192.0.2.7:80", "203.0.113.9", "", "192.0.2.7"},
		{"a trusted proxy's word", "127.0.0.1:80", "203.0.113.9", "127.0.0.0/8", "203.0.113.9"},
		{"a claim passed on by a trusted proxy", "127.0.0.1:80", "1.2.3.4, 203.0.113.9", "127.0.0.0/8",
			"203.0.113.9"},
		{"two trusted proxies", "127.0.0.1:80", "203.0.113.9, 127.0.0.5", "127.0.0.0/8", "203.0.113.9"},
		{"a claim past the trusted proxy", "192.0.2.7:80", "203.0.113.9", "127.0.0.0/8", "192.0.2.7"},
		{"a trusted proxy without a word", "127.0.0.1:80", "", "127.0.0.0/8", "127.0.0.1"},
		{"nonsense from a trusted proxy", "127.0.0.1:80", "unknown", "127.0.0.0/8", "127.0.0.1"},
		{"IPv6", "[2001:db8:1:2:3:4:5:6]:80", "", "", "2001:db8:1:2::"},
		{"IPv4 in IPv6", "[::ffff:192.0.2.7]:80", "", "", "192.0.2.7"},
	} {
		tl.settings.TrustedProxies = nil
		if tt.trusted != "" {
			tl.settings.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(tt.trusted)}
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tt.peer
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		var got netip.Addr
		look := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = tl.address(r) })
		tl.clientAddress()(look).ServeHTTP(httptest.NewRecorder(), r)
		if got.String() != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Connections: so many in all and from one address. A few beyond get a page that says so, the rest is closed.
func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := tl.Bound(inner).(*boundListener)
	listener.most, listener.from = 6, newPerAddress(4)
	server := &http.Server{Handler: tl.Handler(), ConnContext: tl.ConnContext}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })

	ask := func(conn net.Conn) answer {
		t.Helper()
		fmt.Fprint(conn, "GET /set HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
		conn.SetReadDeadline(time.Now().Add(patience))
		return readAnswer(t, conn)
	}
	var open []net.Conn
	dial := func(address string) net.Conn {
		t.Helper()
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
		conn, err := d.Dial("tcp", inner.Addr().String())
		if err != nil {
			if runtime.GOOS == "linux" { // where all of 127.0.0.0/8 is this machine
				t.Fatal(err)
			}
			t.Skipf("this machine has no address %s: %v", address, err)
		}
		t.Cleanup(func() { conn.Close() })
		open = append(open, conn)
		return conn
	}
	var mine []net.Conn
	for range 4 {
		conn := dial("127.0.0.1")
		if a := ask(conn); a.Status != http.StatusOK {
			t.Fatalf("a connection within the limit = %d", a.Status)
		}
		mine = append(mine, conn)
	}
	a := ask(dial("127.0.0.1"))
	limited(t, a, http.StatusServiceUnavailable, fmt.Sprintf("at most %d connections", maxConnections),
		fmt.Sprintf("at most %d from one address", maxConnectionsEach))
	if a.Header.Get("Connection") != "close" {
		t.Errorf("Connection = %q, want close", a.Header.Get("Connection"))
	}
	for range 2 {
		if a := ask(dial("127.0.0.2")); a.Status != http.StatusOK {
			t.Errorf("another address = %d", a.Status)
		}
	}
	if a := ask(dial("127.0.0.3")); a.Status != http.StatusServiceUnavailable {
		t.Errorf("one more than there may be in all = %d", a.Status)
	}
	mine[0].Close()
	until(t, "a place is free", func() bool { return ask(dial("127.0.0.1")).Status == http.StatusOK })
	for _, conn := range open {
		conn.Close()
	}
	until(t, "nothing is counted any more", func() bool {
		listener.mu.Lock()
		defer listener.mu.Unlock()
		return listener.all+listener.turnedAway+len(listener.from.taken) == 0
	})
}

// A trusted proxy brings the connections of many.
func TestTrustedProxiesMayConnectMore(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for trusted, from := range map[string]string{
		"127.0.0.0/8": "127.0.0.1:1", "::1/128": "[::1]:1",
		"10.1.0.0/16": "[::ffff:10.1.2.3]:1", "2001:db8::7/128": "[2001:db8::7]:1",
	} {
		tl.settings.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(trusted)}
		listener := tl.Bound(nil).(*boundListener)
		listener.most, listener.from = 3, newPerAddress(1)
		for n := range 4 {
			ours, theirs := net.Pipe()
			defer theirs.Close()
			c := listener.take(addressed{ours, from})
			if over := c.over; over != (n == 3) {
				t.Errorf("connection %d of the trusted proxy %s is over the limit: %v", n+1, trusted, over)
			}
			defer c.Close()
		}
	}
}

// addressed is a connection that comes from an address.
type addressed struct {
	net.Conn
	address string
}

func (c addressed) RemoteAddr() net.Addr {
	at, _ := net.ResolveTCPAddr("tcp", c.address)
	return at
}

// readAnswer reads one answer from a raw connection.
func readAnswer(t *testing.T, conn net.Conn) answer {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Close {
		resp.Header.Set("Connection", "close")
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}
