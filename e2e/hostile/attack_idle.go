package main

import (
	"context"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// idle is from the row about memory without bound, which says that connections have no limit. Half of the
// connections send nothing, the others half a header; where the lab closes one, another takes its place.
func idle(ctx context.Context, a *attacker) error {
	a.ready(ctx)
	var open, most, closed atomic.Int64
	var mu sync.Mutex
	var lives []time.Duration
	repeat(ctx, a.n, func(sender int) {
		conn, err := a.connect(ctx)
		if err != nil {
			a.noted(ctx, "connection", answer{}, err)
			wait(ctx, time.Second)
			return
		}
		defer conn.Close()
		defer context.AfterFunc(ctx, func() { conn.Close() })()
		most.Store(max(most.Load(), open.Add(1))) // two at the same time may count one too few
		defer open.Add(-1)
		if began := time.Now(); untilClosed(conn, sender%2 == 0, a) && ctx.Err() == nil {
			mu.Lock()
			defer mu.Unlock()
			lives = append(lives, time.Since(began))
			closed.Add(1)
		}
	})
	a.say("%d connections were open at once, %d were closed by the lab", most.Load(), closed.Load())
	if len(lives) > 0 {
		slices.Sort(lives)
		a.say("half of those lived at most %v", lives[len(lives)/2].Round(100*time.Millisecond))
	}
	return nil
}

// untilClosed holds a connection until the lab closes it. It counts what the lab may have said before.
func untilClosed(conn net.Conn, silent bool, a *attacker) bool {
	if !silent {
		if _, err := io.WriteString(conn, a.header("GET /", "a=b")); err != nil {
			return true
		}
	}
	start := make([]byte, len("HTTP/1.1 200"))
	if _, err := io.ReadFull(conn, start); err == nil {
		a.count("connection " + string(start[len("HTTP/1.1 "):]))
		_, _ = discard(conn)
	}
	return true
}
