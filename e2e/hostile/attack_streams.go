package main

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// streams is from the row about the stamps of watched sessions. Each live panel belongs to a large session of
// its own, and is read. A small session changes twice a second, and the lab then looks at all of them.
func streams(ctx context.Context, a *attacker) error {
	visitors, err := a.manyLarge(ctx, a.n, letters)
	if err != nil {
		return err
	}
	small := a.newcomer()
	a.send(ctx, small, "/set", "key", "n", "value", "0")
	panels := a.openPanels(ctx, visitors)
	a.ready(ctx)
	opened := panels.open.Load()
	repeat(ctx, 1, func(int) {
		a.send(ctx, small, "/set", "key", "n", "value", strconv.FormatInt(time.Now().UnixNano(), 10))
		wait(ctx, 500*time.Millisecond)
	})
	panels.done.Wait()
	a.say("%d sessions of 252 KB, %d live panels open at the beginning", len(visitors), opened)
	return nil
}

// panels are live panels that are read.
type panels struct {
	open   atomic.Int64 // streams that have begun
	bytes  atomic.Int64 // that came over them
	events atomic.Int64
	done   sync.WaitGroup
}

// openPanels opens a live panel for each of the visitors, and returns when all have been answered. They last
// until ctx ends or the lab ends them; one that is refused is counted and not tried again.
func (a *attacker) openPanels(ctx context.Context, visitors []*visitor) *panels {
	p := &panels{}
	each(16, visitors, func(v *visitor) {
		response, err := v.stream(ctx)
		if err != nil {
			a.noted(ctx, "stream", answer{}, err)
			return
		}
		a.count("stream " + strconv.Itoa(response.StatusCode))
		if response.StatusCode != http.StatusOK {
			response.Body.Close()
			return
		}
		p.open.Add(1)
		p.done.Go(func() { p.read(response) })
	})
	return p
}

// read reads a stream to its end.
func (p *panels) read(response *http.Response) {
	defer response.Body.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := response.Body.Read(buffer)
		p.bytes.Add(int64(n))
		p.events.Add(int64(bytes.Count(buffer[:n], []byte("event: ")))) // one that is cut in two is not seen
		if err != nil {
			return
		}
	}
}
