//go:build unix

package xray

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/engine/enginetest"
)

const (
	watchedSessions = 1000
	watchedBytes    = 250 << 10
	watchedInCookie = 2000 // bytes: what fits
)

// BenchmarkWatch measures a watcher that looks at a thousand large sessions every 100 ms: while nothing
// happens, while one of them is saved before each look, and while a visitor comes before each look and goes.
// core-% is what it takes of one core of this process, look-ms how long a look takes, a server's part
// included.
func BenchmarkWatch(b *testing.B) {
	for _, kind := range engine.Kinds {
		b.Run(kind.Name, func(b *testing.B) {
			schema, err := os.ReadFile("../../sessions.db.sql")
			if err != nil {
				b.Fatal(err)
			}
			eng, err := engine.Open(b.Context(), enginetest.Stores(b, kind.Name)(b), string(schema))
			if err != nil {
				b.Fatal(err)
			}
			defer eng.Close()
			benchmarkWatch(b, eng)
		})
	}
}

func benchmarkWatch(b *testing.B, eng engine.Engine) {
	data := make([]byte, watchedBytes)
	rand.Read(data) // which no server can compress
	if eng.Kind().InCookie {
		data = data[:watchedInCookie]
	}
	expiry := time.Now().Add(time.Hour)
	save := func(token string) string {
		var log engine.Log
		if err := eng.CommitCtx(engine.WithLog(b.Context(), &log), token, data, expiry); err != nil {
			b.Fatal(err)
		}
		return cmp.Or(log.Cookie, token)
	}
	w := NewWatcher(eng, time.Hour, quiet, time.Now)
	tokens := make([]string, watchedSessions)
	for i := range tokens {
		id := make([]byte, 32)
		rand.Read(id)
		tokens[i] = save(base64.RawURLEncoding.EncodeToString(id))
	}
	newcomer := tokens[0]
	for _, token := range tokens[1:] {
		_, stop, _ := w.Watch(token, 9)
		defer stop()
	}
	if err := w.look(context.Background()); err != nil {
		b.Fatal(err)
	}
	for _, bm := range []struct {
		name   string
		before func(i int) (after func())
	}{
		{"idle", func(int) func() { return func() {} }},
		{"a-save", func(i int) func() {
			save(tokens[1+i%(len(tokens)-1)])
			return func() {}
		}},
		{"a-newcomer", func(int) func() {
			_, stop, _ := w.Watch(newcomer, 9)
			return stop
		}},
	} {
		b.Run(bm.name, func(b *testing.B) { watchFor(b, w, bm.before) })
	}
}

// watchFor looks b.N times, every 100 ms, and does before each look what before does.
func watchFor(b *testing.B, w *Watcher, before func(i int) (after func())) {
	const interval = 100 * time.Millisecond
	tick := time.NewTicker(interval)
	defer tick.Stop()
	var cpu time.Duration
	took := make([]time.Duration, b.N)
	for i := range b.N {
		after := before(i)
		<-tick.C
		start, used := time.Now(), cpuTime(b)
		if err := w.look(b.Context()); err != nil {
			b.Fatal(err)
		}
		cpu += cpuTime(b) - used
		took[i] = time.Since(start)
		after()
	}
	slices.Sort(took)
	each := cpu / time.Duration(b.N)
	b.ReportMetric(each.Seconds()*1e6, "cpu-µs/look")
	b.ReportMetric(100*each.Seconds()/interval.Seconds(), "core-%")
	b.ReportMetric(took[b.N/2].Seconds()*1e3, "look-ms")
	b.ReportMetric(took[b.N-1].Seconds()*1e3, "longest-ms")
}

// cpuTime is how long this process has used a processor.
func cpuTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
