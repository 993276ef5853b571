package handlers

import (
	"context"
	"sync"
	"time"

	"sessionlab/handlers/scratch"
)

// This file has what the lab does beside the requests.

// Run does what goes on beside the requests, until ctx ends: it removes what a lab that was killed has left,
// watches the store for the live panels and sweeps it. When it returns it uses the store no more.
func (l *Lab) Run(ctx context.Context) {
	if err := scratch.RemoveLeft(); err != nil {
		l.log.Warn("remove what a killed program left", "err", err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { l.watcher.Run(ctx) })
	l.sweep(ctx)
	wg.Wait()
}

// sweep removes rows that expired more than an hour ago, every five minutes until ctx ends, and
// forgets the exchanges of sessions that are gone. The hour leaves expired rows lying long
// enough for the lesson on them. When the store is full, all expired rows go. Every half minute it counts
// what the store holds.
func (l *Lab) sweep(ctx context.Context) {
	sweeps, counts := time.NewTicker(5*time.Minute), time.NewTicker(30*time.Second)
	defer sweeps.Stop()
	defer counts.Stop()
	l.count(ctx, true)
	for {
		select {
		case <-ctx.Done():
			return
		case <-sweeps.C:
			l.sweepOnce(ctx, time.Hour)
		case <-l.room.Full():
			l.sweepOnce(ctx, 0)
			l.count(ctx, true)
		case <-counts.C:
			l.count(ctx, false)
		}
	}
}

// count has the room know what the store holds, if that has changed or it always should.
func (l *Lab) count(ctx context.Context, always bool) {
	if err := l.room.Count(ctx, l.engine, always); err != nil && ctx.Err() == nil {
		l.log.Error("count what the store holds", "err", err)
	}
}

// sweepOnce removes the rows that expired at least so long ago, and the exchanges of sessions that are gone.
func (l *Lab) sweepOnce(ctx context.Context, ago time.Duration) {
	over := l.now().Add(-ago)
	n, err := l.engine.DeleteExpired(ctx, over)
	if err != nil {
		l.log.Error("sweep", "err", err)
		return
	}
	if n > 0 {
		l.log.Info("sweep", "removed", n)
	}
	tokens := l.history.Tokens()
	stamps, err := l.engine.Stamps(ctx, tokens)
	if err != nil {
		l.log.Error("sweep", "err", err)
		return
	}
	for _, token := range tokens {
		// nothing sweeps a signed cookie: of that, its end tells
		if stamp, ok := stamps[token]; !ok || stamp.Expiry < over.UnixMilli() {
			l.history.DropSession(token)
		}
	}
}
