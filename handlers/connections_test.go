package handlers

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"testing"
	"time"

	"sessionlab/handlers/limits"
)

// Connections: so many in all and from one address. A few beyond get a page that says so.
func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: tl.Handler(), ConnContext: limits.ConnContext}
	go server.Serve(limits.NewListener(inner, 6, 4, nil))
	t.Cleanup(func() { server.Close() })

	ask := func(conn net.Conn) answer {
		t.Helper()
		fmt.Fprint(conn, "GET /set HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
		conn.SetReadDeadline(time.Now().Add(patience))
		return readAnswer(t, conn)
	}
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
	limited(t, a, http.StatusServiceUnavailable, fmt.Sprintf("at most %d connections", limits.MaxConnections),
		fmt.Sprintf("at most %d from one address", limits.MaxConnectionsFrom))
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
}

// turnedAway is the context of a request that came over a connection over the bound.
func turnedAway(t *testing.T) context.Context {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	theirs, err := net.Dial("tcp", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	ours, err := limits.NewListener(inner, 0, 0, nil).Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	return limits.ConnContext(t.Context(), ours)
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
